/* grace.h: whether the clock can be believed when something is to end because its time is over. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Until when nothing ends, seen at `now`: `last` is when the clock was looked at before (0: never), `grace` what was answered then. A time that is not
 * after `now`: nothing stands in the way. */
int64_t grace_until(int64_t last, int64_t grace, int64_t now);
