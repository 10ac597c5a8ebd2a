#include "deliver/deliver.h"
#include "base/log.h"
#include "decide/retry.h"
#include "deliver/relay.h"
#include "message/rewrite.h"
#include "store/outbox.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Claim, send, mark. A claim is a lease on at most CLAIM_MOST deliveries of one mail; the relay answers for each of them while
 * the lease holds, and each answer is marked at once, on a connection that does not wait for the disk (DESIGN.md, 6). What
 * a crash leaves is claimed until its lease ends and then waits again; only the mail that was being handed over can
 * arrive twice. The database is the only thing that two senders share; the bell merely saves the wait. */

enum {
    CLAIM_MOST = 100,  /* deliveries of one claim: no more than one lease can send */
    MARK_TRIES = 20,   /* a second apart */
    LOOK_SECONDS = 30, /* how often to look when nothing rings */
    DEAF_SECONDS = 5   /* and when another process has the bell */
};

typedef struct {
    Database *marking;
    const Config *config;
    int64_t now; /* 0: the clock */
    DeliverCounts *counts;
    GError *fault; /* the first */
} Round;

static int64_t round_now(const Round *round) { return round->now != 0 ? round->now : g_get_real_time() / G_USEC_PER_SEC; }

static void log_delivery(const Delivery *delivery, const char *result) {
    char id[24], outgoing[24];
    g_snprintf(id, sizeof id, "%" G_GINT64_FORMAT, delivery->id);
    g_snprintf(outgoing, sizeof outgoing, "%" G_GINT64_FORMAT, delivery->outgoing);
    log_event("delivery", "id", id, "outgoing", outgoing, "to", delivery->email, "result", result, "reply", delivery->reply, NULL);
}

/* The mail has left: a mark that is lost is a second copy. A full disk or a long lock may pass, so it is tried again for a while. */
static bool settle(const Round *round, const Delivery *delivery, int64_t now, int64_t next_try, GError **error) {
    for (int tries = 1; tries < MARK_TRIES; tries++) {
        if (outbox_settle(round->marking, delivery, now, next_try, NULL)) return true;
        g_usleep(G_USEC_PER_SEC);
    }
    return outbox_settle(round->marking, delivery, now, next_try, error);
}

/* Once a mark has failed for good, the round ends with the claim; what was not marked stays claimed until its lease ends. */
static void mark(Delivery *delivery, gpointer user) {
    Round *round = user;
    g_autoptr(GError) error = NULL;
    int64_t now = round_now(round), next_try = 0;
    if (delivery->result == RESULT_LATER)
        next_try = retry_next(round->config, delivery->attempts + 1, delivery->created_at, now, delivery->id);
    if (!settle(round, delivery, now, next_try, &error)) {
        log_delivery(delivery, "unmarked");
        if (round->fault == NULL) round->fault = g_steal_pointer(&error);
        return;
    }
    bool waits = delivery->result == RESULT_LATER && next_try != 0;
    int64_t *count = delivery->result == RESULT_SENT ? &round->counts->sent : waits ? &round->counts->later : &round->counts->failed;
    ++*count;
    log_delivery(delivery, delivery->result == RESULT_SENT ? "sent" : waits ? "later" : delivery->result == RESULT_LATER ? "given-up" : "refused");
}

static void send_claim(Round *round, const OutboxClaim *claim) {
    g_autoptr(GBytes) body = claim->body_is_raw ? rewrite_body(claim->body) : g_bytes_ref(claim->body);
    RelayJob job = {claim->head, body, (Delivery **)claim->deliveries->pdata, claim->deliveries->len};
    relay_by_kind(round->config->relay)->send(round->config, &job, mark, round);
}

static bool deliver_until(Database *database, int64_t now, const volatile int *stop, DeliverCounts *counts, GError **error) {
    g_autoptr(Database) marking = database_open_for_marking(database_config(database), error);
    if (marking == NULL) return false;
    Round round = {.marking = marking, .config = database_config(database), .now = now, .counts = counts};
    while (stop == NULL || !*stop) {
        g_autoptr(OutboxClaim) claim = outbox_claim(database, round_now(&round), CLAIM_MOST, &round.fault);
        if (claim != NULL) send_claim(&round, claim);
        if (claim == NULL || round.fault != NULL) break;
    }
    if (round.fault == NULL) return true;
    g_propagate_error(error, round.fault);
    return false;
}

bool deliver_round(Database *database, int64_t now, DeliverCounts *counts, GError **error) {
    return deliver_until(database, now, NULL, counts, error);
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

bool deliver_run(Database *database, const volatile int *stop, GError **error) {
    const Config *config = database_config(database);
    int bell = bell_hang(config);
    bool good = true;
    if (bell < 0) log_event("deliver", "bell", "in other hands", "path", config->bell, NULL);
    while (good && !*stop) {
        DeliverCounts counts = {0};
        int64_t seconds = 1;
        good = deliver_until(database, 0, stop, &counts, error) && look_again(database, bell >= 0 ? LOOK_SECONDS : DEAF_SECONDS, &seconds, error);
        if (good) bell_wait(bell, seconds, stop);
    }
    if (bell >= 0) {
        unlink(config->bell);
        close(bell);
    }
    return good;
}
