/* zone.h: local hours and days, right across all changes of the clock. A zone that nobody knows is UTC. */
#pragma once
#include <glib.h>
#include <stdint.h>

/* The last instant at or before `now` when clocks in `zone` showed hour:00 (or the first instant after a gap that skipped it; the first of
 * two when it came twice). */
int64_t zone_cut(const char *zone, int hour, int64_t now);

/* The number of the local day of `at`: 0 is 1970-01-01. */
int64_t zone_day(const char *zone, int64_t at);
