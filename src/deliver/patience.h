/* patience.h: destinations that put everything off are left alone for a while, and then tried with one delivery. What a round of deliver hears of each. */
#pragma once
#include "model/delivery.h"
#include "store/database.h"
#include "store/outbox.h"

typedef struct Patience Patience;
/* With what earlier rounds have left in the table of destinations. Both must outlive it. */
Patience *patience_new(Database *database, const Config *config, GError **error);
void patience_free(Patience *patience);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Patience, patience_free)

/* Gives back those of the claim whose destination is left alone; what is left may be tried. */
bool patience_sift(Patience *patience, OutboxClaim *claim, int64_t now, GError **error);

/* What a delivery that was put off has waited now. */
int64_t patience_waited(const Patience *patience, const Delivery *delivery, int64_t now);

/* Hears an answer, once; it is written by patience_write, in the transaction of the marks and after them (again when that has failed), and done with by
 * patience_written. Nothing is written for a destination that takes mail. */
void patience_hear(Patience *patience, const Delivery *delivery, int64_t now);
bool patience_write(Patience *patience, int64_t now, GError **error);
void patience_written(Patience *patience);

/* Whether a destination has taken mail again since this was asked: what waited for it is due. */
bool patience_has_opened(Patience *patience);

/* At the end of a round: each destination that was tried and took nothing was put off once more. */
bool patience_end(Patience *patience, int64_t now, GError **error);

/* The relay could not be reached (`why`) and is tried again at `until` (0: when the next run comes; -1: when it was to be tried
 * anyway), or it was (NULL). */
bool patience_relay(Patience *patience, const char *why, int64_t until, int64_t now, GError **error);

/* How many were given up because their destination put off for too long. */
int64_t patience_given_up(const Patience *patience);
