#include "store/outbox.h"
#include "base/token.h"
#include "store/pieces.h"

/* A claim is a lease: the row has a random number that tells whose it is, and its next_try is the end of the lease. A
 * sender that dies leaves rows that become due by themselves; one that was too slow finds its number gone and changes nothing. */

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

static bool read_deliveries(Database *database, OutboxClaim *claim, int64_t lease, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_CLAIM_READ);
    query_integer(query, 1, claim->outgoing);
    query_integer(query, 2, lease);
    g_autofree char *shared = NULL; /* the envelope sender of all bulk copies: a mail is of one group */
    int step;
    while ((step = query_step(query, error)) == 1) {
        Delivery *delivery = g_new0(Delivery, 1);
        delivery->id = query_column_integer(query, 0);
        delivery->outgoing = claim->outgoing;
        delivery->email = query_column_copy(query, 1);
        const char *envelope = query_column_text(query, 2), *group = query_column_text(query, 5);
        bool bulk = strcmp(envelope, "bulk") == 0;
        if (bulk && shared == NULL) shared = bounce_address(database, group, "bulk", claim->outgoing);
        delivery->envelope_sender = bulk                           ? g_strdup(shared)
                                    : strcmp(envelope, "verp") == 0 ? bounce_address(database, group, "bounces", delivery->id)
                                                                    : g_strdup("");
        delivery->attempts = query_column_integer(query, 3);
        delivery->created_at = query_column_integer(query, 4);
        delivery->waited = query_column_integer(query, 6);
        delivery->changed_at = query_column_integer(query, 7);
        delivery->group = g_strdup(group);
        int64_t person = query_column_integer(query, 8);
        if (strcmp(envelope, "verp") == 0 && person != 0) delivery->leave_key = leave_key(database, query_column_integer(query, 9), person);
        delivery->lease = lease;
        g_ptr_array_add(claim->deliveries, delivery);
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

/* 1: there is one, 0: nothing is due, -1: failed. */
static int pick(Database *database, int64_t now, int64_t *outgoing, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_CLAIM_PICK);
    query_integer(query, 1, now);
    int step = query_step(query, error);
    if (step == 1) *outgoing = query_column_integer(query, 0);
    return step;
}

static bool take(Database *database, const OutboxClaim *claim, int64_t now, int most, int64_t lease, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_CLAIM_TAKE);
    query_integer(query, 1, claim->outgoing);
    query_integer(query, 2, now);
    query_integer(query, 3, most);
    query_integer(query, 4, now + database_config(database)->lease_seconds);
    query_integer(query, 5, lease);
    return query_run(query, error);
}

OutboxClaim *outbox_claim(Database *database, int64_t now, int most, GError **error) {
    int64_t lease = 0;
    g_autoptr(OutboxClaim) claim = g_new0(OutboxClaim, 1);
    claim->deliveries = g_ptr_array_new_with_free_func((GDestroyNotify)delivery_free);
    token_random((uint8_t *)&lease, sizeof lease);
    lease = (lease & G_MAXINT64) | 1; /* 0 is nobody's */
    claim->lease = lease;
    /* Looking needs no lock: an idle round writes nothing. What was seen is looked at again under the lock. */
    int found = pick(database, now, &claim->outgoing, error);
    if (found != 1) return NULL;
    g_autoptr(Transaction) transaction = transaction_begin(database, error);
    if (transaction == NULL || pick(database, now, &claim->outgoing, error) != 1) return NULL;
    if (!take(database, claim, now, most, lease, error) || !read_deliveries(database, claim, lease, error) ||
        !read_content(database, claim, error) || !transaction_commit(transaction, error))
        return NULL;
    return g_steal_pointer(&claim);
}

bool outbox_settle(Database *database, const Delivery *delivery, int64_t now, int64_t next_try, GError **error) {
    bool waits = delivery->result == RESULT_UNTRIED || (delivery->result == RESULT_LATER && next_try != 0);
    DeliveryState state = delivery->result == RESULT_SENT ? DELIVERY_SENT : waits ? DELIVERY_WAITING : DELIVERY_FAILED;
    g_autoptr(Query) query = query_new(database, STATEMENT_SETTLE);
    query_integer(query, 1, delivery->id);
    query_integer(query, 2, delivery->lease);
    query_text(query, 3, delivery_state_words[state]);
    query_integer(query, 4, next_try);
    query_text(query, 5, delivery->reply != NULL ? delivery->reply : "");
    query_integer(query, 6, now);
    query_integer(query, 7, delivery->result != RESULT_UNTRIED);
    query_integer(query, 8, delivery->waited);
    return query_run(query, error);
}

bool outbox_next(Database *database, int64_t *when, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_NEXT);
    if (query_step(query, error) != 1) return false;
    *when = query_column_integer(query, 0);
    return true;
}

bool outbox_hurry(Database *database, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_HURRY);
    query_integer(query, 1, now);
    return query_run(query, error);
}

bool outbox_thaw(Database *database, int64_t horizon, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_THAW);
    query_integer(query, 1, horizon);
    query_integer(query, 2, now);
    return query_run(query, error);
}

bool outbox_postpone(Database *database, const Delivery *delivery, int64_t until, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_POSTPONE);
    query_integer(query, 1, delivery->id);
    query_integer(query, 2, delivery->lease);
    query_integer(query, 3, until);
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
