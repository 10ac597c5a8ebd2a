/* outbox.h: outgoing mails and their deliveries: claimed by lease, and settled. */
#pragma once
#include "model/delivery.h"
#include "model/person.h"
#include "store/database.h"

/* One outgoing mail with the deliveries claimed of it. */
typedef struct {
    int64_t outgoing, lease, slot;
    GBytes *head, *body; /* as stored: body is raw when it is a letter's own (render with rewrite_body) */
    bool body_is_raw;
    GPtrArray *deliveries; /* Delivery *, at most as many as asked */
} OutboxClaim;
void outbox_claim_free(OutboxClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutboxClaim, outbox_claim_free)
void delivery_free(Delivery *delivery);

/* From where on to look for what is due, since before it all was claimed: {0} is the start. What is given back, or is made due, may lie before it. */
typedef struct {
    int64_t next_try, outgoing, id;
} OutboxPlace;

/* Claims up to `most` due deliveries of the outgoing mail that waits longest, until now + lease_seconds. It looks from *place on, which is then behind
 * what it claimed. NULL without *error when nothing is due there. A lease that ran out holds nothing any more. */
OutboxClaim *outbox_claim(Database *database, OutboxPlace *place, int64_t now, int most, GError **error);

/* Settles a claimed delivery by its result, and with it those with the numbers behind it up to `last`, which are of the same claim and had the same answer;
 * `next_try` for RESULT_LATER (0: given up, failed) and RESULT_UNTRIED. Changes nothing when the claim was lost to another sender. */
bool outbox_settle(Database *database, const Delivery *first, int64_t last, int64_t now, int64_t next_try, GError **error);

/* Ends a claim of which everything is settled or given back. */
bool outbox_release(Database *database, int64_t outgoing, int64_t lease, GError **error);

/* When the next delivery is due, or a claim ends; 0: none waits. */
bool outbox_next(Database *database, int64_t *when, GError **error);

/* Makes everything that waits due at `now`, whatever its next try. Committed at once. */
bool outbox_hurry(Database *database, int64_t now, GError **error);

/* Puts back into reach what lies beyond `horizon` (a clock that was set back must not freeze the outbox), and ends the leases that are over. */
bool outbox_tidy(Database *database, int64_t horizon, int64_t now, GError **error);

/* Gives a claimed delivery back, to be tried at `until`; no attempt is counted. */
bool outbox_postpone(Database *database, const Delivery *delivery, int64_t until, GError **error);

/* How many wait or are being sent: by an index, whereas all states are counted by going through every delivery there ever was. */
bool outbox_open(Database *database, int64_t *count, GError **error);

typedef struct {
    int64_t count[DELIVERY_STATES];
} OutboxCounts;
bool outbox_counts(Database *database, OutboxCounts *counts, GError **error);
