#include "store/outbox.h"
#include "base/token.h"
#include "store/pieces.h"

/* A claim is a lease on a row of deliveries of one mail: it has a random number that tells whose it is, and an end. The deliveries are not written, so one
 * that is claimed is seen by its lease only. A sender that dies leaves a lease that ends by itself; one that was too slow finds its number gone and
 * changes nothing. */

void delivery_free(Delivery *delivery) {
    if (delivery == NULL) return;
    g_free(delivery->email);
    g_free(delivery->envelope_sender);
    g_free(delivery->field);
    g_free(delivery->group);
    g_free(delivery->leave_key);
    g_free(delivery->reply);
    g_free(delivery);
}

void outbox_claim_free(OutboxClaim *claim) {
    if (claim == NULL) return;
    if (claim->head != NULL) g_bytes_unref(claim->head);
    if (claim->body != NULL) g_bytes_unref(claim->body);
    g_ptr_array_unref(claim->deliveries);
    g_free(claim);
}

/* VERP: the key of the delivery (of the whole mail for bulk copies), under the group's bounce address or the site's. */
static char *bounce_address(Database *database, const char *group, const char *purpose, int64_t number) {
    g_autofree char *key = token_key(database_secret(database), purpose, number);
    return g_strdup_printf("%s-bounces+%s@%s", *group != '\0' ? group : "diktyo", key, database_config(database)->domain);
}

static char *leave_key(Database *database, int64_t group, int64_t person) {
    g_autofree char *purpose = token_leave_purpose(group);
    return token_key(database_secret(database), purpose, person);
}

/* Under whose name the deliveries go out: those of a mail are of one group, mostly. */
typedef struct {
    int64_t id;
    char *name, *bulk_sender; /* of all bulk copies of this mail */
} Origin;

static void origin_clear(Origin *origin) {
    g_free(origin->name);
    g_free(origin->bulk_sender);
    *origin = (Origin){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Origin, origin_clear)

/* Group 0 is the site. */
static bool origin_read(Database *database, Origin *origin, int64_t group, int64_t outgoing, GError **error) {
    if (origin->name != NULL && origin->id == group) return true;
    g_autoptr(Query) query = query_new(database, STATEMENT_GROUP_NAME);
    query_integer(query, 1, group);
    int step = query_step(query, error);
    if (step < 0) return false;
    origin_clear(origin);
    origin->id = group;
    origin->name = step == 1 ? query_column_copy(query, 0) : g_strdup("");
    origin->bulk_sender = bounce_address(database, origin->name, "bulk", outgoing);
    return true;
}

static Delivery *read_delivery(Database *database, const OutboxClaim *claim, Query *query, const Origin *origin) {
    const char *envelope = query_column_text(query, 2);
    bool verp = strcmp(envelope, "verp") == 0;
    int64_t person = query_column_integer(query, 7);
    Delivery *delivery = g_new0(Delivery, 1);
    *delivery = (Delivery){.id = query_column_integer(query, 0),
                           .outgoing = claim->outgoing,
                           .email = query_column_copy(query, 1),
                           .attempts = query_column_integer(query, 3),
                           .created_at = query_column_integer(query, 4),
                           .waited = query_column_integer(query, 5),
                           .changed_at = query_column_integer(query, 6),
                           .group = g_strdup(origin->name),
                           .lease = claim->lease};
    delivery->envelope_sender = verp                             ? bounce_address(database, origin->name, "bounces", delivery->id)
                                : strcmp(envelope, "bulk") == 0 ? g_strdup(origin->bulk_sender)
                                                                 : g_strdup("");
    if (verp && person != 0) delivery->leave_key = leave_key(database, origin->id, person);
    return delivery;
}

/* Whether some of a mail is claimed, which hardly ever is: then nobody has to be asked. */
static bool read_is_claimed(Database *database, int64_t outgoing, bool *is_claimed, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_LEASE_FIND);
    query_integer(query, 1, outgoing);
    int step = query_step(query, error);
    *is_claimed = step == 1;
    return step >= 0;
}

/* What is due of that mail from `place` on, and in no other's hands. */
static bool read_deliveries(Database *database, OutboxClaim *claim, const OutboxPlace *place, int64_t now, int most, GError **error) {
    g_auto(Origin) origin = {0};
    bool is_claimed = false;
    if (!read_is_claimed(database, claim->outgoing, &is_claimed, error)) return false;
    g_autoptr(Query) query = query_new(database, STATEMENT_CLAIM_READ);
    query_integer(query, 1, claim->outgoing);
    query_integer(query, 2, place->id);
    query_integer(query, 3, now);
    query_integer(query, 4, most);
    query_integer(query, 5, is_claimed);
    int step;
    while ((step = query_step(query, error)) == 1) {
        if (!origin_read(database, &origin, query_column_integer(query, 8), claim->outgoing, error)) return false;
        g_ptr_array_add(claim->deliveries, read_delivery(database, claim, query, &origin));
    }
    return step == 0;
}

static bool read_content(Database *database, OutboxClaim *claim, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_CLAIM_CONTENT);
    query_integer(query, 1, claim->outgoing);
    if (query_step(query, error) != 1) return error == NULL || *error != NULL ? false : fault_set(error, FAULT_INTERNAL, "an outgoing mail is missing");
    claim->slot = query_column_integer(query, 3);
    claim->head = query_column_bytes(query, 0);
    claim->body = query_column_bytes(query, 1);
    const char *recipe = query_column_text(query, 4);
    if (*recipe != '\0') return (claim->body = pieces_join(database, recipe, query_column_integer(query, 5), error)) != NULL;
    if (claim->body == NULL) {
        claim->body = query_column_bytes(query, 2);
        claim->body_is_raw = true;
    }
    return claim->body != NULL || fault_set(error, FAULT_INTERNAL, "outgoing mail %" G_GINT64_FORMAT " has no body", claim->outgoing);
}

/* Moves to the first from *place on that is due and in nobody's hands. 1: there is one, 0: there is none, -1: failed. */
static int pick(Database *database, OutboxPlace *place, int64_t now, GError **error) {
    for (;;) {
        g_autoptr(Query) query = query_new(database, STATEMENT_CLAIM_PICK);
        query_integer(query, 1, now);
        query_integer(query, 2, place->next_try);
        query_integer(query, 3, place->outgoing);
        query_integer(query, 4, place->id);
        int step = query_step(query, error);
        if (step != 1) return step;
        int64_t claimed_to = query_column_integer(query, 3);
        *place = (OutboxPlace){query_column_integer(query, 0), query_column_integer(query, 1), claimed_to != 0 ? claimed_to + 1 : query_column_integer(query, 2)};
        if (claimed_to == 0) return 1;
    }
}

static bool run_on_lease(Database *database, Statement statement, int64_t outgoing, int64_t number, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    query_integer(query, 1, outgoing);
    query_integer(query, 2, number);
    return query_run(query, error);
}

bool outbox_release(Database *database, int64_t outgoing, int64_t lease, GError **error) {
    return run_on_lease(database, STATEMENT_LEASE_REMOVE, outgoing, lease, error);
}

static bool take(Database *database, const OutboxClaim *claim, int64_t now, GError **error) {
    const Delivery *first = claim->deliveries->pdata[0], *last = claim->deliveries->pdata[claim->deliveries->len - 1];
    g_autoptr(Query) query = query_new(database, STATEMENT_LEASE_ADD);
    query_integer(query, 1, claim->outgoing);
    query_integer(query, 2, claim->lease);
    query_integer(query, 3, first->id);
    query_integer(query, 4, last->id);
    query_integer(query, 5, now);
    query_integer(query, 6, now + database_config(database)->lease_seconds);
    return query_run(query, error);
}

static OutboxClaim *claim_new(void) {
    int64_t lease = 0;
    token_random((uint8_t *)&lease, sizeof lease);
    OutboxClaim *claim = g_new0(OutboxClaim, 1);
    claim->deliveries = g_ptr_array_new_with_free_func((GDestroyNotify)delivery_free);
    claim->lease = (lease & G_MAXINT64) | 1; /* 0 is nobody's */
    return claim;
}

OutboxClaim *outbox_claim(Database *database, OutboxPlace *place, int64_t now, int most, GError **error) {
    OutboxPlace here = *place;
    /* Looking needs no lock: an idle round writes nothing. What was seen is looked at again under the lock. */
    if (pick(database, &here, now, error) != 1) return NULL;
    g_autoptr(Transaction) transaction = transaction_begin(database, error);
    if (transaction == NULL || pick(database, &here, now, error) != 1) return NULL;
    g_autoptr(OutboxClaim) claim = claim_new();
    claim->outgoing = here.outgoing;
    if (!run_on_lease(database, STATEMENT_LEASES_OVER, claim->outgoing, now, error) || !read_deliveries(database, claim, &here, now, most, error)) return NULL;
    if (claim->deliveries->len == 0 || !take(database, claim, now, error) || !read_content(database, claim, error) || !transaction_commit(transaction, error))
        return NULL;
    *place = (OutboxPlace){here.next_try, here.outgoing, ((const Delivery *)claim->deliveries->pdata[claim->deliveries->len - 1])->id + 1};
    return g_steal_pointer(&claim);
}

bool outbox_settle(Database *database, const Delivery *first, int64_t last, int64_t now, int64_t next_try, GError **error) {
    bool waits = first->result == RESULT_UNTRIED || (first->result == RESULT_LATER && next_try != 0);
    DeliveryState state = first->result == RESULT_SENT ? DELIVERY_SENT : waits ? DELIVERY_WAITING : DELIVERY_FAILED;
    g_autoptr(Query) query = query_new(database, STATEMENT_SETTLE);
    query_integer(query, 1, first->id);
    query_integer(query, 2, first->outgoing);
    query_integer(query, 3, first->lease);
    query_integer(query, 4, last);
    query_text(query, 5, delivery_state_words[state]);
    query_integer(query, 6, next_try);
    query_text(query, 7, first->reply != NULL ? first->reply : "");
    query_integer(query, 8, now);
    query_integer(query, 9, first->result != RESULT_UNTRIED);
    query_integer(query, 10, first->waited);
    return query_run(query, error);
}

static bool read_time(Database *database, Statement statement, int64_t *when, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    if (query_step(query, error) != 1) return false;
    *when = query_column_integer(query, 0);
    return true;
}

bool outbox_next(Database *database, int64_t *when, GError **error) {
    int64_t due = 0, lease = 0;
    if (!read_time(database, STATEMENT_OUTBOX_NEXT, &due, error) || !read_time(database, STATEMENT_LEASES_NEXT, &lease, error)) return false;
    *when = due == 0 || lease == 0 ? MAX(due, lease) : MIN(due, lease);
    return true;
}

bool outbox_hurry(Database *database, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_HURRY);
    query_integer(query, 1, now);
    return query_run(query, error);
}

static Query *query_of_times(Database *database, Statement statement, int64_t horizon, int64_t now) {
    Query *query = query_new(database, statement);
    query_integer(query, 1, horizon);
    query_integer(query, 2, now);
    return query;
}

bool outbox_tidy(Database *database, int64_t horizon, int64_t now, GError **error) {
    g_autoptr(Query) untidy = query_of_times(database, STATEMENT_OUTBOX_UNTIDY, horizon, now);
    if (query_step(untidy, error) != 1) return false;
    if (query_column_integer(untidy, 0) == 0) return true;
    g_autoptr(Query) thaw = query_of_times(database, STATEMENT_OUTBOX_THAW, horizon, now), end = query_of_times(database, STATEMENT_LEASES_TIDY, horizon, now);
    return query_run(thaw, error) && query_run(end, error);
}

bool outbox_postpone(Database *database, const Delivery *delivery, int64_t until, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_POSTPONE);
    query_integer(query, 1, delivery->id);
    query_integer(query, 2, delivery->outgoing);
    query_integer(query, 3, delivery->lease);
    query_integer(query, 4, until);
    return query_run(query, error);
}

bool outbox_open(Database *database, int64_t *count, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_OPEN);
    if (query_step(query, error) != 1) return false;
    *count = query_column_integer(query, 0);
    return true;
}

bool outbox_counts(Database *database, OutboxCounts *counts, GError **error) {
    *counts = (OutboxCounts){0};
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_COUNTS);
    int step;
    while ((step = query_step(query, error)) == 1) {
        int state = word_index(delivery_state_words, query_column_text(query, 0));
        if (state >= 0) counts->count[state] = query_column_integer(query, 1);
    }
    return step == 0;
}
