#include "deliver/deliver.h"
#include "base/log.h"
#include "decide/bounce.h"
#include "decide/retry.h"
#include "decide/server_reply.h"
#include "deliver/patience.h"
#include "deliver/relay.h"
#include "message/rewrite.h"
#include "store/bounces.h"
#include "store/outbox.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Claim, send, mark. A claim is a lease on at most CLAIM_MOST deliveries of one mail. The relay draws claims as it has room, and answers for
 * each delivery while its lease holds; what was answered at one time is marked in one transaction before anything else is waited
 * for, on a connection that does not wait for the disk (DESIGN.md, 6). What a crash leaves is claimed until its lease ends and
 * then waits again; only the mails that were being handed over can arrive twice. The database is the only thing that two
 * senders share; the bell merely saves the wait. */

enum {
    CLAIM_MOST = 1000, /* deliveries of one claim */
    MARK_TRIES = 20,   /* a second apart */
    LOOK_SECONDS = 30, /* how often to look when nothing rings */
    DEAF_SECONDS = 5,  /* and when another process has the bell */
    AWAY_LEAST = 5,    /* the first pause when no relay can be reached, doubled each time */
    AWAY_MOST = 300
};

/* A claim that the relay works on. */
typedef struct {
    OutboxClaim *claim;
    GBytes *body;
    RelayJob job;
    guint open; /* deliveries of it that are not answered */
} Errand;

typedef struct {
    Database *marking;
    const Config *config;
    int64_t now; /* 0: the clock */
    DeliverCounts *counts;
    GHashTable *errands; /* Errand * by the lease of its claim */
    GPtrArray *answered; /* Delivery * that is to be marked */
    GPtrArray *finished; /* Errand * of which no other is open */
    OutboxPlace place;
    int64_t looked_at;    /* when it was looked for work from the start */
    Patience *patience;   /* with destinations that put off */
    int64_t pause;        /* how long the relay, being away, is not tried; 0: it was there */
    DeliverProgress progress;
    gpointer user;
    GError *fault;   /* the first: nothing more is claimed */
    bool unmarkable; /* a mark has failed for good */
} Round;

static int64_t round_now(const Round *round) { return round->now != 0 ? round->now : g_get_real_time() / G_USEC_PER_SEC; }

static void errand_free(gpointer data) {
    Errand *errand = data;
    g_bytes_unref(errand->body);
    outbox_claim_free(errand->claim);
    g_free(errand);
}

static void log_delivery(const Delivery *delivery, const char *result) {
    char id[24], outgoing[24];
    g_snprintf(id, sizeof id, "%" G_GINT64_FORMAT, delivery->id);
    g_snprintf(outgoing, sizeof outgoing, "%" G_GINT64_FORMAT, delivery->outgoing);
    log_event("delivery", "id", id, "outgoing", outgoing, "to", delivery->email, "result", result, "reply", delivery->reply, NULL);
}

/* --- claiming --- */

/* From the start, the way to what is due leads past all that we have claimed ourselves, which may be thousands of mails for the same few addresses: then only
 * once a second. */
static OutboxClaim *claim_one(Round *round, int64_t now) {
    if (round->fault != NULL) return NULL;
    OutboxClaim *claim = outbox_claim(round->marking, &round->place, now, CLAIM_MOST, &round->fault);
    if (claim != NULL || round->fault != NULL || (now == round->looked_at && g_hash_table_size(round->errands) > 0)) return claim;
    OutboxPlace start = {0};
    round->looked_at = now;
    claim = outbox_claim(round->marking, &start, now, CLAIM_MOST, &round->fault);
    if (claim != NULL) round->place = start;
    return claim;
}

/* NULL when nothing is due, or on a failure (round->fault). */
static OutboxClaim *claim_some(Round *round) {
    for (;;) {
        int64_t now = round_now(round);
        g_autoptr(OutboxClaim) claim = claim_one(round, now);
        if (claim == NULL || !patience_sift(round->patience, claim, now, &round->fault)) return NULL;
        if (claim->deliveries->len > 0) return g_steal_pointer(&claim);
    }
}

/* What stands in each recipient's own copy and in no other; in bulk, in all of them. */
static void write_fields(const Round *round, OutboxClaim *claim) {
    const Delivery *before = NULL;
    for (guint i = 0; claim->slot > 0 && i < claim->deliveries->len; i++) {
        Delivery *delivery = claim->deliveries->pdata[i];
        bool same = before != NULL && before->leave_key == NULL && delivery->leave_key == NULL && strcmp(before->group, delivery->group) == 0;
        delivery->field = same ? g_strdup(before->field) : rewrite_unsubscribe(delivery->group, delivery->leave_key, round->config->domain);
        before = delivery;
    }
}

static RelayJob *next_job(gpointer user) {
    Round *round = user;
    g_autoptr(OutboxClaim) claim = claim_some(round);
    if (claim == NULL) return NULL;
    write_fields(round, claim);
    Errand *errand = g_new0(Errand, 1);
    errand->body = claim->body_is_raw ? rewrite_body(claim->body) : g_bytes_ref(claim->body);
    errand->open = claim->deliveries->len;
    errand->job = (RelayJob){.head = claim->head, .body = errand->body, .slot = (size_t)claim->slot, .deliveries = (Delivery **)claim->deliveries->pdata,
                             .count = claim->deliveries->len, .until = g_get_monotonic_time() + round->config->lease_seconds * G_USEC_PER_SEC / 2};
    errand->claim = g_steal_pointer(&claim);
    g_hash_table_insert(round->errands, &errand->claim->lease, errand);
    return &errand->job;
}

/* --- marking --- */

static int64_t next_try_of(const Round *round, const Delivery *delivery, int64_t now) {
    if (delivery->result == RESULT_UNTRIED) return delivery->created_at; /* in the order in which it came */
    return delivery->result == RESULT_LATER ? retry_next(round->config, delivery->attempts + 1, delivery->waited, now, delivery->id) : 0;
}

/* Neighbours that were taken with the same words, as those of one transaction are: one change marks them all. */
static bool is_marked_alike(const Delivery *one, const Delivery *next) {
    return one->result == RESULT_SENT && next->result == RESULT_SENT && next->id == one->id + 1 && next->lease == one->lease && next->waited == one->waited &&
           g_strcmp0(next->reply, one->reply) == 0;
}

static bool mark_some(const Round *round, guint first, guint last, int64_t now, GError **error) {
    const Delivery *delivery = round->answered->pdata[first], *end = round->answered->pdata[last];
    if (!outbox_settle(round->marking, delivery, end->id, now, next_try_of(round, delivery, now), error)) return false;
    if (delivery->result != RESULT_REFUSED) return true;
    ServerReply said = server_reply_read(delivery->reply);
    return bounces_refused(round->marking, delivery->id, bounce_of_reply(delivery->reply, NULL), said.status, delivery->reply, now, error);
}

static bool mark_all(const Round *round, int64_t now, GError **error) {
    g_autoptr(Transaction) transaction = transaction_begin(round->marking, error);
    if (transaction == NULL) return false;
    for (guint first = 0, last = 0; first < round->answered->len; first = ++last) {
        while (last + 1 < round->answered->len && is_marked_alike(round->answered->pdata[last], round->answered->pdata[last + 1])) last++;
        if (!mark_some(round, first, last, now, error)) return false;
    }
    for (guint i = 0; i < round->finished->len; i++) {
        const OutboxClaim *claim = ((const Errand *)round->finished->pdata[i])->claim;
        if (!outbox_release(round->marking, claim->outgoing, claim->lease, error)) return false;
    }
    return patience_write(round->patience, now, error) && transaction_commit(transaction, error);
}

/* The mails have left: a mark that is lost is a second copy. A full disk or a long lock may pass, so it is tried again for a while. */
static bool mark_stubbornly(const Round *round, int64_t now, GError **error) {
    for (int tries = 1; tries < MARK_TRIES; tries++) {
        g_autoptr(GError) reason = NULL;
        if (mark_all(round, now, &reason)) return true;
        log_event("mark-again", "why", reason != NULL ? reason->message : NULL, NULL);
        g_usleep(G_USEC_PER_SEC);
    }
    return mark_all(round, now, error);
}

static void count(Round *round, const Delivery *delivery, int64_t now) {
    bool later = delivery->result == RESULT_LATER, waits = later && next_try_of(round, delivery, now) != 0;
    DeliverCounts *counts = round->counts;
    switch (delivery->result) {
    case RESULT_SENT: counts->sent++; break;
    case RESULT_UNTRIED:
        counts->untried++;
        g_free(counts->why);
        counts->why = g_strdup(delivery->reply);
        break;
    default: *(waits ? &counts->later : &counts->failed) += 1;
    }
    log_delivery(delivery, delivery->result == RESULT_SENT ? "sent" : delivery->result == RESULT_UNTRIED ? "untried" : waits ? "later" : later ? "given-up" : "refused");
}

static void take_answer(Delivery *delivery, gpointer user) { g_ptr_array_add(((Round *)user)->answered, delivery); }

static void hear(const Round *round, Delivery *delivery, int64_t now) {
    Errand *errand = g_hash_table_lookup(round->errands, &delivery->lease);
    if (delivery->result == RESULT_LATER) delivery->waited = patience_waited(round->patience, delivery, now);
    patience_hear(round->patience, delivery, now);
    if (--errand->open == 0) g_ptr_array_add(round->finished, errand);
}

static void leave_finished(const Round *round) {
    for (guint i = 0; i < round->finished->len; i++) g_hash_table_remove(round->errands, &((const Errand *)round->finished->pdata[i])->claim->lease);
    g_ptr_array_set_size(round->finished, 0);
}

/* Once a mark has failed for good, the round ends; what was not marked stays claimed until its lease ends. */
static bool mark_answered(gpointer user) {
    Round *round = user;
    int64_t now = round_now(round);
    if (round->answered->len == 0) return !round->unmarkable;
    for (guint i = 0; i < round->answered->len; i++) hear(round, round->answered->pdata[i], now);
    /* What could not be claimed is no reason not to mark what has left. */
    bool marked = !round->unmarkable && mark_stubbornly(round, now, round->fault == NULL ? &round->fault : NULL);
    round->unmarkable = !marked;
    log_hold();
    if (marked) patience_written(round->patience);
    for (guint i = 0; i < round->answered->len; i++) {
        const Delivery *delivery = round->answered->pdata[i];
        if (marked) count(round, delivery, now);
        else log_delivery(delivery, "unmarked");
    }
    log_release();
    leave_finished(round);
    g_ptr_array_set_size(round->answered, 0);
    if (round->progress != NULL) round->progress(round->counts, round->user);
    return marked;
}

/* What is due when a destination opens is due in this round: a relay that has asked for work once too often may have ended. */
static void send_all(Round *round, const volatile int *stop) {
    const RelayWork work = {.next = next_job, .answer = take_answer, .settled = mark_answered, .stop = stop, .user = round};
    do relay_by_kind(round->config->relay)->send(round->config, &work);
    while (patience_has_opened(round->patience) && round->fault == NULL && (stop == NULL || !*stop));
}

/* Away: not one mail could be handed over. When there was none, or we were told to stop, nothing is known. A single run says nothing of the
 * next, which another process makes if one waits: it knows when. */
static bool note_relay(Round *round, const volatile int *stop, GError **error) {
    const DeliverCounts *counts = round->counts;
    bool reached = counts->sent + counts->later + counts->failed > 0;
    int64_t now = round_now(round);
    if (stop != NULL && *stop) return true;
    round->pause = reached || counts->untried == 0 ? 0 : CLAMP(round->pause * 2, AWAY_LEAST, AWAY_MOST);
    if (reached) return patience_relay(round->patience, NULL, 0, now, error);
    int64_t until = stop != NULL ? now + round->pause : deliver_is_waiting(round->config) ? -1 : 0;
    return counts->untried == 0 || patience_relay(round->patience, counts->why, until, now, error);
}

static bool hold_round(Round *round, const volatile int *stop, GError **error) {
    int64_t now = round_now(round);
    g_autoptr(Patience) patience = patience_new(round->marking, round->config, error);
    if (patience == NULL || !outbox_tidy(round->marking, now + retry_horizon(round->config), now, error)) return false;
    g_autoptr(GHashTable) errands = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, errand_free);
    g_autoptr(GPtrArray) answered = g_ptr_array_new(), finished = g_ptr_array_new();
    round->errands = errands;
    round->answered = answered;
    round->finished = finished;
    round->patience = patience;
    send_all(round, stop);
    bool noted = round->fault == NULL && patience_end(patience, round_now(round), &round->fault) && note_relay(round, stop, &round->fault);
    round->counts->failed += patience_given_up(patience);
    if (!noted) g_propagate_error(error, g_steal_pointer(&round->fault));
    return noted;
}

bool deliver_round(Database *database, int64_t now, DeliverCounts *counts, DeliverProgress progress, gpointer user, GError **error) {
    g_autoptr(Database) marking = database_open_for_marking(database_config(database), error);
    Round round = {.marking = marking, .config = database_config(database), .now = now, .counts = counts, .progress = progress, .user = user};
    return marking != NULL && hold_round(&round, NULL, error);
}

/* --- the bell ------------------------------------------------------------------------------------------------------- */

static bool bell_address(const Config *config, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    return g_strlcpy(address->sun_path, config->bell, sizeof address->sun_path) < sizeof address->sun_path;
}

static int bell_socket(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

void deliver_ring(const Config *config) {
    struct sockaddr_un address;
    if (!bell_address(config, &address)) return;
    int ringing = bell_socket();
    if (ringing < 0) return;
    (void)!sendto(ringing, "", 1, MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof address);
    close(ringing);
}

/* Whether somebody listens there. A socket file outlives a process that was killed. */
static bool bell_is_heard(const struct sockaddr_un *address) {
    int asking = bell_socket();
    bool heard = asking >= 0 && connect(asking, (const struct sockaddr *)address, sizeof *address) == 0;
    if (asking >= 0) close(asking);
    return heard;
}

bool deliver_is_waiting(const Config *config) {
    struct sockaddr_un address;
    return bell_address(config, &address) && bell_is_heard(&address);
}

/* -1 when another has it, or there can be none (a path that is too long, a folder that is not ours): then we look more often. */
static int bell_hang(const Config *config) {
    struct sockaddr_un address;
    if (!bell_address(config, &address) || bell_is_heard(&address)) return -1;
    int bell = bell_socket();
    struct stat old;
    if (lstat(config->bell, &old) == 0 && S_ISSOCK(old.st_mode)) unlink(config->bell);
    /* On Linux the socket file gets the mode that the socket has when it is bound. */
    if (bell >= 0 && fchmod(bell, 0600) == 0 && bind(bell, (const struct sockaddr *)&address, sizeof address) == 0) return bell;
    if (bell >= 0) close(bell);
    return -1;
}

/* Waits for the bell or `seconds`, at most a second at a time: a signal that comes just before poll must not be slept over. */
static void bell_wait(int bell, int64_t seconds, const volatile int *stop) {
    char octet[16];
    int64_t end = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    struct pollfd waiting = {.fd = bell, .events = POLLIN};
    while (!*stop && g_get_monotonic_time() < end)
        if (poll(&waiting, 1, 1000) > 0) break;
    while (bell >= 0 && recv(bell, octet, sizeof octet, 0) > 0) continue;
}

/* How long nothing is due. At least a second: what is due and was not claimed is just now in other hands. */
static bool look_again(Database *database, int64_t longest, int64_t *seconds, GError **error) {
    int64_t when = 0;
    if (!outbox_next(database, &when, error)) return false;
    *seconds = when == 0 ? longest : CLAMP(when - g_get_real_time() / G_USEC_PER_SEC, 1, longest);
    return true;
}

/* One round by the clock. *away is how long nothing has to be tried, because no relay could be reached; 0 when one was. */
static bool look_once(Database *marking, const volatile int *stop, int64_t *away, GError **error) {
    DeliverCounts counts = {0};
    Round round = {.marking = marking, .config = database_config(marking), .counts = &counts, .pause = *away};
    bool good = hold_round(&round, stop, error);
    *away = *stop ? 0 : round.pause;
    if (*away > 0) {
        g_autofree char *seconds = g_strdup_printf("%" G_GINT64_FORMAT, *away);
        log_event("deliver", "relay", "away", "again_in", seconds, "why", counts.why, NULL);
    }
    g_free(counts.why);
    return good;
}

bool deliver_run(Database *database, const volatile int *stop, GError **error) {
    const Config *config = database_config(database);
    g_autoptr(Database) marking = database_open_for_marking(config, error);
    if (marking == NULL || !database_warm(marking, error)) return false;
    int bell = bell_hang(config);
    int64_t away = 0;
    bool good = true;
    if (bell < 0) log_event("deliver", "bell", "in other hands", "path", config->bell, NULL);
    while (good && !*stop) {
        int64_t seconds = 1;
        good = look_once(marking, stop, &away, error) && look_again(database, bell >= 0 ? LOOK_SECONDS : DEAF_SECONDS, &seconds, error);
        /* A relay that is away does not come back because somebody rings. */
        if (good) bell_wait(away > 0 ? -1 : bell, away > 0 ? away : seconds, stop);
    }
    if (bell >= 0) {
        unlink(config->bell);
        close(bell);
    }
    return good;
}
