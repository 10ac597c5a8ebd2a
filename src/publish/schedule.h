/* schedule.h: when a person's digest is due. Pure. */
#pragma once
#include "model/choice.h"

typedef struct {
    Cadence cadence;
    int weekday; /* 1 Monday … 7 Sunday */
    int hour;    /* 0–23 */
    const char *zone;
} Schedule;

/* The hour for which a digest is due at `now`, when the last one was made at `last` (0: there was none); 0: none is. Never two on one local day (of two a
 * day: never two within six hours), however late a run was, and however the schedule was changed in between. A `last` that lies ahead was written by a
 * clock that ran ahead, and does not count. */
int64_t schedule_due(const Schedule *schedule, int64_t last, int64_t now);

/* The first hour after `now` for which one will be due. */
int64_t schedule_next(const Schedule *schedule, int64_t last, int64_t now);

/* Before when that must have been accepted which is in a digest that is due for the hour `due`. The hour itself, unless it was missed: nobody has looked since
 * before it (`ran`; 0: not known), and it is more than two hours ago. Then all that came up to now, since the next one is a day away. */
int64_t schedule_cut(int64_t due, int64_t ran, int64_t now);
