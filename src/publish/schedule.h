/* schedule.h: when a person's digest is due. Pure. */
#pragma once
#include "model/choice.h"

typedef struct {
    Cadence cadence;
    int weekday; /* 1 Monday … 7 Sunday */
    int hour;    /* 0–23 */
    const char *zone;
} Schedule;

/* The hour for which a digest is due at `now`, when the last one was for `last` (0: there was none); 0: none is. Never two for one local day (of two a
 * day: never two within six hours), however the schedule was changed in between. A `last` that lies ahead was written by a clock that ran ahead, and does
 * not count. */
int64_t schedule_due(const Schedule *schedule, int64_t last, int64_t now);
