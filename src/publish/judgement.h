/* judgement.h: message or member? Reports are judged when what else came back can be seen; addresses are probed before they are suspended. */
#pragma once
#include "store/database.h"

typedef struct {
    int64_t judged, probed, suspended, passed, reminded, told; /* told: groups whose owners were written to */
} JudgementCounts;

/* All that is due at `now`. Twice or late does no harm: each step is one transaction with its mail. */
bool judgement_due(Database *database, int64_t now, JudgementCounts *counts, GError **error);
