#include "decide/retry.h"

/* Mails of one post are put off together; without a spread they would come back together, every time. The number of the
 * delivery decides its place in that tenth (multiplied by 2^64/φ, so that neighbours land far apart), and not chance: the
 * same facts give the same plan. */

static uint64_t spread_below(int64_t number, int64_t bound) {
    return (((uint64_t)number * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % (uint64_t)bound;
}

enum { SLACK = 900 }; /* a round that was long, a claim that a dead sender kept */

static int64_t pause_after(const Config *config, int64_t attempts) {
    int64_t pause = config->retry_first;
    for (int64_t doubled = 1; doubled < attempts && pause < config->retry_longest; doubled++) pause *= 2;
    return MIN(pause, config->retry_longest);
}

int64_t retry_next(const Config *config, int64_t attempts, int64_t waited, int64_t now, int64_t spread) {
    if (waited >= config->give_up) return 0;
    int64_t pause = pause_after(config, attempts);
    return now + pause + (int64_t)spread_below(spread, pause / 10 + 1);
}

/* Before its first answer it has not been put off by anybody. */
int64_t retry_waited(const Config *config, int64_t attempts, int64_t waited, int64_t since, int64_t now) {
    if (attempts == 0) return waited;
    int64_t most = pause_after(config, attempts) / 10 * 11 + SLACK;
    return waited + CLAMP(now - since, 0, most);
}

int64_t retry_horizon(const Config *config) { return MAX(config->retry_longest / 10 * 11, config->lease_seconds) + SLACK; }
