/* retry.h: when a delivery that was put off is tried again, and when it is given up. Pure: time comes as a value. */
#pragma once
#include "base/config.h"

/* The next try after `attempts` failures: pauses begin at retry_first and double up to retry_longest; `spread` (any number that belongs to the
 * delivery) lengthens each by up to a tenth. 0: give up, since it has waited [delivery] give_up seconds already. */
int64_t retry_next(const Config *config, int64_t attempts, int64_t waited, int64_t now, int64_t spread);

/* What a delivery that has `waited` so long has waited now, at its next answer: the time since it was put off, but never more than the pause that was
 * meant, and some. So a clock that jumps, a machine that was off, or a relay that was away for a week gives nothing up. */
int64_t retry_waited(const Config *config, int64_t attempts, int64_t waited, int64_t since, int64_t now);

/* How far in the future a try can have been put at most; what lies further was put there by a clock that has been set back. */
int64_t retry_horizon(const Config *config);

/* A destination that was tried `times` in a row and put off everything each time. */
typedef enum {
    REST_NONE, /* it is tried like any other */
    REST_ON,   /* nothing is tried there */
    REST_OVER  /* one delivery is tried, to see */
} Rest;
/* `until`: when its rest ends, as retry_rest_until answered at its last try. */
Rest retry_rest(const Config *config, int64_t times, int64_t until, int64_t now);
/* Longer each time, as the pauses of a delivery; 0: it does not rest yet. */
int64_t retry_rest_until(const Config *config, int64_t times, int64_t now);
/* How much of the time since the last try there counts for giving up at most: the rest that was meant, and some. */
int64_t retry_rest_most(const Config *config, int64_t times);
