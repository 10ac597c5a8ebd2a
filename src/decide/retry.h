/* retry.h: when a delivery that was put off is tried again. Pure. */
#pragma once
#include "base/config.h"
#include <stdint.h>

/* The time of the next try after the `attempts`-th one (from 1) failed at `now`: doubled pauses from retry_first to retry_longest,
 * spread by up to a tenth with `spread` (any number, the delivery's own). 0: give up, it has waited give_up seconds since created_at. */
int64_t retry_next(const Config *config, int64_t attempts, int64_t created_at, int64_t now, int64_t spread);
