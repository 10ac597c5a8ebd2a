#include "decide/retry.h"

/* Mails of one post are put off together; without a spread they would come back together, every time. The number of the
 * delivery decides its place in that tenth (multiplied by 2^64/φ, so that neighbours land far apart), and not chance: the
 * same facts give the same plan. */

static uint64_t spread_below(int64_t number, int64_t bound) {
    return (((uint64_t)number * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % (uint64_t)bound;
}

int64_t retry_next(const Config *config, int64_t attempts, int64_t created_at, int64_t now, int64_t spread) {
    if (now - created_at >= config->give_up) return 0;
    int64_t pause = config->retry_first;
    for (int64_t doubled = 1; doubled < attempts && pause < config->retry_longest; doubled++) pause *= 2;
    if (pause > config->retry_longest) pause = config->retry_longest;
    return now + pause + (int64_t)spread_below(spread, pause / 10 + 1);
}
