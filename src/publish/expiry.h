/* expiry.h: what happens because time has passed: held mail is closed, moderators are reminded, questions end. */
#pragma once
#include "store/database.h"

typedef struct {
    int64_t expired, told, reminded, questions; /* entries closed, authors told, groups reminded, questions of ours that ended */
    int64_t closes_nothing_until; /* because the clock has jumped; 0: it has not */
} ExpiryCounts;

/* Once the clock has jumped (decide/grace.h) nothing is closed and no question ends for a while; reminders go on.
 * Held entries older than [held] days become `expired`, and their authors are told; moderators are reminded once of what has waited for a
 * day; questions whose time is over end. One transaction for each entry and each group, so that twice or late does no harm. What cannot be done
 * for one does not keep the others from it: the first failure is returned at the end. */
bool expiry_due(Database *database, int64_t now, ExpiryCounts *counts, GError **error);
