#include <poll.h>
#include "deliver/relay.h"
#include "deliver/mta_places.h"
#include "deliver/mta_session.h"
#include "deliver/turns.h"

/* Our own client for fan-out: several connections at once in one thread, each of which sends one message after the other. What was
 * answered in one round of the loop is marked before the next wait. Relays are tried in the order of the configuration; one that
 * cannot be reached, or whose connections end again and again without a single mail, is left alone for the rest of the run. */

enum {
    RECIPIENTS_MOST = 100, /* of one transaction: what every server must take (RFC 5321 4.5.3.1.8) */
    WORTH_ONE = 4,         /* deliveries that nobody has taken: one more connection for so many, since each is a process of the server's */
    FRUITLESS_MOST = 5,    /* connections in a row that were open and took nothing */
    BYTES_MOST = 16 << 20, /* of mails at a time: of more, no other is asked for while one waits */
    LOOKS_MOST = 3,        /* before what was heard is marked */
    DRY_MILLISECONDS = 50  /* how often to ask for more work while some is under way */
};

typedef struct {
    const Config *config;
    const RelayWork *work;
    GPtrArray *places;   /* MtaPlace * that may still be tried */
    GPtrArray *sessions; /* MtaSession * */
    MtaTerms terms;
    Turns *turns;
    GHashTable *busy;    /* domain → number of transactions under way; NULL: no limit */
    int64_t dry_until;
    int fruitless;
    bool ended;          /* nothing new: an answer could not be marked */
    char *why;           /* the last failure */
} Pool;

/* --- choosing ----------------------------------------------------------------------------------------------------------- */

static const char *domain_of(const Delivery *delivery) { return strrchr(delivery->email, '@') + 1; }

static bool is_held_up(const Pool *pool, const Delivery *delivery) {
    return pool->busy != NULL && GPOINTER_TO_INT(g_hash_table_lookup(pool->busy, domain_of(delivery))) >= pool->config->per_destination;
}

static void count_busy(const Pool *pool, const Delivery *delivery, int change) {
    if (pool->busy == NULL) return;
    int count = GPOINTER_TO_INT(g_hash_table_lookup(pool->busy, domain_of(delivery))) + change;
    g_hash_table_replace(pool->busy, g_strdup(domain_of(delivery)), GINT_TO_POINTER(count));
}

static bool may_share(const Delivery *one, const Delivery *other) {
    return strcmp(one->envelope_sender, other->envelope_sender) == 0 && g_strcmp0(one->field, other->field) == 0;
}

/* The next delivery of a load that may begin, and its neighbours who can share its transaction. */
static MtaTransaction *take_from(Pool *pool, Load *load, size_t most) {
    Delivery *chosen[RECIPIENTS_MOST];
    size_t count = 0;
    for (size_t i = turns_first_of(load); i < load->job->count && count < most; i++) {
        Delivery *delivery = load->job->deliveries[i];
        if (load->turns[i] != TURN_OPEN || !turns_are_its(pool->turns, load, i) || (count == 0 && is_held_up(pool, delivery))) continue;
        if (count > 0 && !may_share(chosen[0], delivery)) break;
        turns_begin(pool->turns, load, i);
        chosen[count++] = delivery;
    }
    if (count == 0) return NULL;
    count_busy(pool, chosen[0], 1);
    return mta_transaction_new(load->job, load->content, chosen, count);
}

static void answer(const Pool *pool, Load *load, Delivery *delivery) {
    turns_answered(pool->turns, load);
    pool->work->answer(delivery, pool->work->user);
}

static void give_untried(const Pool *pool, Load *load, const char *why) {
    for (size_t i = 0; i < load->job->count; i++) {
        Delivery *delivery = load->job->deliveries[i];
        if (load->turns[i] == TURN_BEGUN) continue;
        turns_leave(pool->turns, load, i);
        delivery->result = RESULT_UNTRIED;
        g_free(delivery->reply);
        delivery->reply = g_strdup(why);
        answer(pool, load, delivery);
    }
}

static bool is_stopped(const Pool *pool) { return pool->ended || (pool->work->stop != NULL && *pool->work->stop); }

static bool fetch_load(Pool *pool) {
    int64_t now = g_get_monotonic_time();
    if (is_stopped(pool) || pool->places->len == 0 || now < pool->dry_until || turns_bytes(pool->turns) >= BYTES_MOST) return false;
    RelayJob *job = pool->work->next(pool->work->user);
    if (job == NULL) {
        pool->dry_until = now + DRY_MILLISECONDS * 1000;
        return false;
    }
    turns_add(pool->turns, job);
    return true;
}

static MtaTransaction *choose(size_t most, gpointer user) {
    Pool *pool = user;
    most = most > 0 ? MIN(most, RECIPIENTS_MOST) : RECIPIENTS_MOST;
    int64_t now = g_get_monotonic_time();
    if (is_stopped(pool)) return NULL;
    do {
        for (Load *load = turns_first_open(pool->turns); load != NULL; load = turns_next_open(pool->turns, load)) {
            if (load->job->until != 0 && now > load->job->until) give_untried(pool, load, "not tried: those before it took too long");
            MtaTransaction *transaction = take_from(pool, load, most);
            if (transaction != NULL) return transaction;
        }
    } while (fetch_load(pool));
    return NULL;
}

static void take_back(MtaTransaction *transaction, gpointer user) {
    Pool *pool = user;
    Load *load = turns_of(pool->turns, transaction->job);
    count_busy(pool, transaction->recipients[0].delivery, -1);
    for (size_t i = 0; i < transaction->count; i++) {
        const MtaRecipient *recipient = &transaction->recipients[i];
        if (recipient->fate == MTA_SETTLED) {
            turns_pass(pool->turns, recipient->delivery->email);
            answer(pool, load, recipient->delivery);
        } else
            turns_give_back(pool->turns, load, recipient->delivery);
    }
    mta_transaction_free(transaction);
}

/* What was answered is marked; a job whose last delivery was answered is its owner's from then on. */
static void settle(Pool *pool) {
    turns_drop_answered(pool->turns);
    if (!pool->work->settled(pool->work->user)) pool->ended = true;
}

/* --- connections ---------------------------------------------------------------------------------------------------------- */

static void turn_to_next_place(Pool *pool) {
    g_ptr_array_remove_index(pool->places, 0);
    pool->fruitless = 0;
}

/* Connections of a place that was left are no failures of the next one. */
static bool is_of_this_place(const Pool *pool, const MtaSession *session) {
    return pool->places->len > 0 && mta_session_place(session) == pool->places->pdata[0];
}

static void note_failure(Pool *pool, const MtaSession *session) {
    const char *why = mta_session_why(session);
    if (*why == '\0' || !is_of_this_place(pool, session)) return;
    if (mta_session_answered(session) > 0) {
        pool->fruitless = 0;
        return;
    }
    g_free(pool->why);
    pool->why = g_strdup(why);
    if (!mta_session_was_open(session) || ++pool->fruitless >= FRUITLESS_MOST) turn_to_next_place(pool);
}

/* Connections for work that nobody has taken. The first is waited for: what it meets, the others would too. */
static void open_sessions(Pool *pool) {
    guint opening = 0 /* that will soon take some of it */, most = (guint)pool->config->relay_sessions;
    bool one_is_open = false;
    for (guint i = 0; i < pool->sessions->len; i++) {
        bool open = mta_session_was_open(pool->sessions->pdata[i]);
        one_is_open = one_is_open || open;
        opening += !open || mta_session_is_idle(pool->sessions->pdata[i]);
    }
    if (is_stopped(pool) || (turns_open(pool->turns) == 0 && !fetch_load(pool))) return;
    size_t enough = one_is_open ? (turns_open(pool->turns) + WORTH_ONE - 1) / WORTH_ONE : 1;
    while (pool->places->len > 0 && pool->sessions->len < most && opening < enough) {
        MtaSession *session = mta_session_open(&pool->terms, pool->places->pdata[0]);
        g_ptr_array_add(pool->sessions, session);
        opening++;
        if (mta_session_is_over(session)) return;
    }
}

static void drop_ended(Pool *pool) {
    for (guint i = pool->sessions->len; i-- > 0;) {
        MtaSession *session = pool->sessions->pdata[i];
        if (!mta_session_is_over(session)) continue;
        note_failure(pool, session);
        g_ptr_array_remove_index(pool->sessions, i);
    }
}

static bool look(const Pool *pool, struct pollfd *waiting, int milliseconds) {
    guint count = pool->sessions->len;
    for (guint i = 0; i < count; i++) {
        const MtaSession *session = pool->sessions->pdata[i];
        waiting[i] = (struct pollfd){.fd = mta_session_descriptor(session), .events = (short)mta_session_wanted(session)};
    }
    int ready = poll(waiting, count, milliseconds);
    int64_t now = g_get_monotonic_time();
    for (guint i = 0; i < count && ready >= 0; i++) {
        MtaSession *session = pool->sessions->pdata[i];
        if (waiting[i].revents != 0 || now >= mta_session_deadline(session)) mta_session_go_on(session, waiting[i].revents, now);
    }
    return ready > 0;
}

/* What comes while others are heard is heard at once, and marked with them in one transaction. */
static void wait_for_events(Pool *pool) {
    g_autofree struct pollfd *waiting = g_new0(struct pollfd, pool->sessions->len + 1);
    int64_t now = g_get_monotonic_time(), soonest = now + G_USEC_PER_SEC; /* a signal sets `stop` without waking poll for sure */
    for (guint i = 0; i < pool->sessions->len; i++) soonest = MIN(soonest, mta_session_deadline(pool->sessions->pdata[i]));
    bool more = look(pool, waiting, (int)(MAX(0, soonest - now) / 1000) + 1);
    for (int looks = 1; more && looks < LOOKS_MOST; looks++) more = look(pool, waiting, 0);
}

/* Only after what was answered is marked: so one message of a connection is in doubt when we are killed, and no more. */
static void write_all(const Pool *pool) {
    int64_t now = g_get_monotonic_time();
    for (guint i = 0; i < pool->sessions->len; i++) mta_session_write(pool->sessions->pdata[i], now);
}

/* The servers have something to do while we mark what others of them answered. */
static void go_ahead(const Pool *pool) {
    int64_t now = g_get_monotonic_time();
    for (guint i = 0; i < pool->sessions->len; i++) {
        mta_session_start(pool->sessions->pdata[i]);
        mta_session_write_ahead(pool->sessions->pdata[i], now);
    }
}

static bool all_idle(const Pool *pool) {
    for (guint i = 0; i < pool->sessions->len; i++)
        if (!mta_session_is_idle(pool->sessions->pdata[i])) return false;
    return true;
}

/* Goodbye is said when everything is marked; whoever does not answer it in time has lost nothing. */
static void take_leave(Pool *pool) {
    for (guint i = 0; i < pool->sessions->len; i++) mta_session_quit(pool->sessions->pdata[i]);
    while (pool->sessions->len > 0) {
        write_all(pool);
        wait_for_events(pool);
        drop_ended(pool);
    }
}

static void run(Pool *pool) {
    for (;;) {
        open_sessions(pool);
        go_ahead(pool);
        drop_ended(pool);
        settle(pool);
        bool more = !is_stopped(pool) && pool->places->len > 0 && turns_open(pool->turns) > 0;
        if (pool->sessions->len == 0 && !more) break;
        if (pool->sessions->len > 0 && all_idle(pool) && !more) {
            if (!fetch_load(pool)) break;
            continue; /* nothing is under way that could wake us */
        }
        write_all(pool);
        if (pool->sessions->len > 0) wait_for_events(pool);
    }
}

static void send_by_smtp(const Config *config, const RelayWork *work) {
    g_autoptr(GPtrArray) places = mta_places_new(config, NULL);
    g_autoptr(GPtrArray) left = g_ptr_array_new(), sessions = g_ptr_array_new_with_free_func((GDestroyNotify)mta_session_close);
    g_autoptr(Turns) turns = turns_new();
    g_autoptr(GHashTable) busy = config->per_destination > 0 ? g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) : NULL;
    Pool pool = {.config = config, .work = work, .places = left, .sessions = sessions, .turns = turns, .busy = busy};
    for (guint i = 0; places != NULL && i < places->len; i++) g_ptr_array_add(left, places->pdata[i]);
    pool.terms = (MtaTerms){.config = config, .next = choose, .over = take_back, .user = &pool};
    run(&pool);
    const char *why = is_stopped(&pool) ? "not tried: the sender was told to stop" : pool.why != NULL ? pool.why : "no relay is named in [relay] host";
    for (Load *load = turns_first(turns); load != NULL; load = turns_next(load)) give_untried(&pool, load, why);
    settle(&pool);
    take_leave(&pool);
    g_free(pool.why);
}

/* --- for the doctor ------------------------------------------------------------------------------------------------------- */

static MtaTransaction *nothing_to_send(size_t most, gpointer user) {
    (void)most;
    (void)user;
    return NULL;
}

/* The same way as for mail, up to where it could begin. */
static bool can_open(const Config *config, const MtaPlace *place, char **why) {
    const MtaTerms terms = {.config = config, .next = nothing_to_send};
    g_autoptr(GPtrArray) one = g_ptr_array_new_with_free_func((GDestroyNotify)mta_session_close);
    MtaSession *session = mta_session_open(&terms, place);
    g_ptr_array_add(one, session);
    Pool pool = {.config = config, .sessions = one};
    while (!mta_session_is_over(session) && !mta_session_is_idle(session)) {
        write_all(&pool);
        wait_for_events(&pool);
    }
    bool open = mta_session_is_idle(session), takes_8bit = mta_session_offers(session)->eight_bit;
    if (!open) *why = g_strdup(mta_session_why(session));
    else if (!takes_8bit) *why = g_strdup("it does not take 8-bit text (no 8BITMIME)");
    mta_session_quit(session);
    while (!mta_session_is_over(session)) {
        write_all(&pool);
        wait_for_events(&pool);
    }
    return open && takes_8bit;
}

static const char *cure_of(const char *why) {
    if (strstr(why, "certificate") != NULL) return "[relay] authorities names the file of certificates that are trusted, and [relay] host must be the name that stands in the server's";
    if (strstr(why, "TLS") != NULL) return "see [relay] tls and authorities";
    return "start it, or name another in [relay] host and port";
}

static bool check_smtp(const Config *config, GError **error) {
    g_autoptr(GPtrArray) places = mta_places_new(config, error);
    if (places == NULL) return false;
    for (guint i = 0; i < places->len; i++) {
        const MtaPlace *place = places->pdata[i];
        g_autofree char *why = NULL;
        if (!can_open(config, place, &why))
            return fault_set(error, FAULT_CONFIG, "the mail server %s%s%s does not take our mail: %s; %s", place->name, place->service != NULL ? ", port " : "",
                             place->service != NULL ? place->service : "", why, cure_of(why));
    }
    return true;
}

const Relay relay_smtp = {"smtp", send_by_smtp, check_smtp};
