#include "deliver/patience.h"
#include "base/log.h"
#include "decide/retry.h"
#include "decide/server_reply.h"
#include "store/destinations.h"

/* A destination is judged by the round, not by the delivery: a batch of which each mail is put off says no more than one of them; and what a server says
 * of one of its users (his mailbox is full) says nothing of the others. When it has only put off in several rounds it rests, and all that waits for it
 * waits together, so that it keeps its order. When the rest is over the oldest of it is tried alone (later another, lest one that never gets through keep
 * all others waiting): its answer opens the destination, or makes the next rest longer. What waits was then put off with it, and is given up like
 * what was tried. All that another sender must know is in the table; a probe whose sender dies is made good by the next end of a rest. */

typedef enum {
    STEP_NONE,
    STEP_PUT,  /* as it is known now */
    STEP_REST, /* that, and with it all that waits for it */
    STEP_OPEN,
    STEP_FORGET /* it never rested */
} Step;

typedef struct {
    Destination *known;  /* as in the table; NULL: it takes mail, for all that we know */
    int64_t probe;       /* the delivery that is tried to see; 0: none */
    bool taken, put_off; /* in this round; a probe is counted at once, and not here */
    char *reply;         /* with which it put off */
    Step step;           /* to be written */
    int64_t given_up;    /* by that */
} Watch;

struct Patience {
    Database *database;
    const Config *config;
    GHashTable *watches; /* Watch * by domain: all that were heard of */
    GPtrArray *changed;  /* Watch * with a step */
    bool opened;
    int64_t given_up;
};

static void watch_free(gpointer data) {
    Watch *watch = data;
    destination_free(watch->known);
    g_free(watch->reply);
    g_free(watch);
}

void patience_free(Patience *patience) {
    if (patience == NULL) return;
    g_hash_table_unref(patience->watches);
    g_ptr_array_unref(patience->changed);
    g_free(patience);
}

static Watch *watch_of(const Patience *patience, const char *domain) {
    Watch *watch = g_hash_table_lookup(patience->watches, domain);
    if (watch != NULL) return watch;
    watch = g_new0(Watch, 1);
    g_hash_table_insert(patience->watches, g_strdup(domain), watch);
    return watch;
}

Patience *patience_new(Database *database, const Config *config, GError **error) {
    g_autoptr(GHashTable) known = destinations_read(database, error);
    if (known == NULL) return NULL;
    Patience *patience = g_new0(Patience, 1);
    *patience = (Patience){.database = database, .config = config, .changed = g_ptr_array_new(),
                           .watches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, watch_free)};
    GHashTableIter iter;
    gpointer destination;
    g_hash_table_iter_init(&iter, known);
    while (g_hash_table_iter_next(&iter, NULL, &destination)) {
        g_hash_table_iter_steal(&iter);
        watch_of(patience, ((Destination *)destination)->domain)->known = destination;
    }
    return patience;
}

static const char *domain_of(const Delivery *delivery) { return strrchr(delivery->email, '@') + 1; }

static Rest rest_of(const Patience *patience, const Watch *watch, int64_t now) {
    const Destination *known = watch != NULL ? watch->known : NULL;
    return known == NULL ? REST_NONE : retry_rest(patience->config, known->deferrals, known->until, now);
}

/* --- claiming ------------------------------------------------------------------------------------------------------- */

/* It rests on for as long as the probe may be under way, for whoever else looks. */
static bool wake(const Patience *patience, Watch *watch, int64_t lease, int64_t now, GError **error) {
    int64_t until = now + patience->config->lease_seconds;
    bool mine = false;
    if (!destinations_wake(patience->database, watch->known, now, until, lease, &mine, &watch->probe, error)) return false;
    watch->known->until = until;
    return true;
}

static bool sift_one(const Patience *patience, OutboxClaim *claim, guint i, int64_t now, GError **error) {
    const Delivery *delivery = claim->deliveries->pdata[i];
    Watch *watch = g_hash_table_lookup(patience->watches, domain_of(delivery));
    Rest rest = rest_of(patience, watch, now);
    if (rest == REST_OVER && !wake(patience, watch, claim->lease, now, error)) return false;
    if (rest == REST_NONE || watch->probe == delivery->id) return true;
    if (!outbox_postpone(patience->database, delivery, watch->known->until, error)) return false;
    g_ptr_array_remove_index(claim->deliveries, i);
    return true;
}

static bool has_resting(const Patience *patience, const OutboxClaim *claim, int64_t now) {
    for (guint i = 0; i < claim->deliveries->len; i++)
        if (rest_of(patience, g_hash_table_lookup(patience->watches, domain_of(claim->deliveries->pdata[i])), now) != REST_NONE) return true;
    return false;
}

bool patience_sift(Patience *patience, OutboxClaim *claim, int64_t now, GError **error) {
    if (!has_resting(patience, claim, now)) return true;
    g_autoptr(Transaction) transaction = transaction_begin(patience->database, error);
    if (transaction == NULL) return false;
    for (guint i = claim->deliveries->len; i-- > 0;)
        if (!sift_one(patience, claim, i, now, error)) return false;
    if (claim->deliveries->len == 0 && !outbox_release(patience->database, claim->outgoing, claim->lease, error)) return false;
    return transaction_commit(transaction, error);
}

/* --- hearing -------------------------------------------------------------------------------------------------------- */

/* A probe has rested with its destination, however seldom it was tried itself. */
int64_t patience_waited(const Patience *patience, const Delivery *delivery, int64_t now) {
    const Watch *watch = g_hash_table_lookup(patience->watches, domain_of(delivery));
    int64_t rested = watch != NULL && watch->known != NULL && watch->probe == delivery->id ? retry_rest_most(patience->config, watch->known->deferrals) : 0;
    int64_t waited = retry_waited(patience->config, delivery->attempts, delivery->waited, delivery->changed_at, now);
    return MAX(waited, delivery->waited + CLAMP(now - delivery->changed_at, 0, rested));
}

static void put_off_once_more(const Patience *patience, Watch *watch, const char *domain, const char *reply, int64_t now) {
    if (watch->known == NULL) {
        watch->known = g_new0(Destination, 1);
        watch->known->domain = g_strdup(domain);
    }
    Destination *known = watch->known;
    known->deferrals++;
    known->changed_at = now;
    known->until = retry_rest_until(patience->config, known->deferrals, now);
    g_free(known->reply);
    known->reply = server_reply_impersonal(reply != NULL ? reply : "");
    watch->step = known->until != 0 ? STEP_REST : STEP_PUT;
}

static bool is_put_off_by_server(const Delivery *delivery) { return delivery->result == RESULT_LATER && server_reply_is_of_server(delivery->reply); }

/* Whoever has no room for one of his users takes mail for the others. */
static void answer_of_probe(const Patience *patience, Watch *watch, const Delivery *delivery, int64_t now) {
    watch->probe = 0;
    if (is_put_off_by_server(delivery)) put_off_once_more(patience, watch, domain_of(delivery), delivery->reply, now);
    else if (delivery->result == RESULT_UNTRIED) {
        watch->known->until = now; /* another probe, as soon as there is a relay */
        watch->step = STEP_PUT;
    } else watch->step = STEP_OPEN;
    g_ptr_array_add(patience->changed, watch);
}

void patience_hear(Patience *patience, const Delivery *delivery, int64_t now) {
    Watch *watch = watch_of(patience, domain_of(delivery));
    watch->taken = watch->taken || (delivery->result != RESULT_LATER && delivery->result != RESULT_UNTRIED);
    if (watch->known != NULL && watch->probe == delivery->id) answer_of_probe(patience, watch, delivery, now);
    else if (is_put_off_by_server(delivery) && !watch->taken && !watch->put_off) {
        watch->put_off = true;
        watch->reply = g_strdup(delivery->reply);
    }
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

static bool write_one(const Patience *patience, Watch *watch, int64_t now, GError **error) {
    const Destination *known = watch->known;
    if (watch->step == STEP_OPEN) return destinations_open(patience->database, known->domain, now, error);
    if (watch->step == STEP_FORGET) return destinations_remove(patience->database, known->domain, error);
    if (!destinations_put(patience->database, known, error)) return false;
    if (watch->step != STEP_REST) return true;
    int64_t most = retry_rest_most(patience->config, known->deferrals - 1); /* of the rest that is over */
    return destinations_rest(patience->database, known, most, patience->config->give_up, &watch->given_up, error);
}

bool patience_write(Patience *patience, int64_t now, GError **error) {
    for (guint i = 0; i < patience->changed->len; i++)
        if (!write_one(patience, patience->changed->pdata[i], now, error)) return false;
    return true;
}

static void log_step(const Watch *watch) {
    g_autofree char *until = g_strdup_printf("%" G_GINT64_FORMAT, watch->known->until), *given_up = g_strdup_printf("%" G_GINT64_FORMAT, watch->given_up);
    if (watch->step == STEP_OPEN) log_event("destination", "domain", watch->known->domain, "state", "open", NULL);
    if (watch->step == STEP_REST)
        log_event("destination", "domain", watch->known->domain, "state", "rests", "until", until, "given_up", given_up, "reply", watch->known->reply, NULL);
}

void patience_written(Patience *patience) {
    for (guint i = 0; i < patience->changed->len; i++) {
        Watch *watch = patience->changed->pdata[i];
        log_step(watch);
        if (watch->step == STEP_OPEN) {
            g_clear_pointer(&watch->known, destination_free);
            patience->opened = true;
        }
        patience->given_up += watch->given_up;
        watch->given_up = 0;
        watch->step = STEP_NONE;
    }
    g_ptr_array_set_size(patience->changed, 0);
}

bool patience_has_opened(Patience *patience) {
    bool opened = patience->opened;
    patience->opened = false;
    return opened;
}

/* What is known of one that has taken mail without being asked to rest is forgotten here, and not while mails wait to be marked. */
static void end_round_of(Patience *patience, const char *domain, Watch *watch, int64_t now) {
    bool rests = rest_of(patience, watch, now) != REST_NONE;
    if (watch->taken && watch->known != NULL) watch->step = rests ? STEP_OPEN : STEP_FORGET;
    else if (!watch->taken && watch->put_off && !rests) put_off_once_more(patience, watch, domain, watch->reply, now);
    if (watch->step != STEP_NONE) g_ptr_array_add(patience->changed, watch);
}

bool patience_end(Patience *patience, int64_t now, GError **error) {
    GHashTableIter iter;
    gpointer domain, watch;
    g_hash_table_iter_init(&iter, patience->watches);
    while (g_hash_table_iter_next(&iter, &domain, &watch)) end_round_of(patience, domain, watch, now);
    if (patience->changed->len == 0) return true;
    g_autoptr(Transaction) transaction = transaction_begin(patience->database, error);
    if (transaction == NULL || !patience_write(patience, now, error) || !transaction_commit(transaction, error)) return false;
    patience_written(patience);
    return true;
}

bool patience_relay(Patience *patience, const char *why, int64_t until, int64_t now, GError **error) {
    const Watch *watch = g_hash_table_lookup(patience->watches, DESTINATION_RELAY);
    const Destination *before = watch != NULL ? watch->known : NULL;
    if (why == NULL) return before == NULL || destinations_remove(patience->database, DESTINATION_RELAY, error);
    if (until < 0) until = before != NULL ? before->until : 0;
    const Destination away = {.domain = (char *)DESTINATION_RELAY, .reply = (char *)why, .until = until,
                              .deferrals = before != NULL ? before->deferrals + 1 : 1, .changed_at = before != NULL ? before->changed_at : now};
    return destinations_put(patience->database, &away, error);
}

int64_t patience_given_up(const Patience *patience) { return patience->given_up; }
