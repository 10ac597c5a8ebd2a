#include "decide/retry.h"

/* Mails of one post are put off together; without a spread they would come back together, every time. The number of the
 * delivery decides its place in that tenth (multiplied by 2^64/φ, so that neighbours land far apart), and not chance: the
 * same facts give the same plan. */

static uint64_t spread_below(int64_t number, int64_t bound) {
    return (((uint64_t)number * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % (uint64_t)bound;
}

enum {
    SLACK = 900,     /* a round that was long, a claim that a dead sender kept */
    TIMES_LEAST = 5  /* before a destination rests: who greylists puts off the first try of each sender, and every copy has a sender of its own */
};

static int64_t pause_after(const Config *config, int64_t attempts) {
    int64_t pause = config->retry_first;
    for (int64_t doubled = 1; doubled < attempts && pause < config->retry_longest; doubled++) pause *= 2;
    return MIN(pause, config->retry_longest);
}

static int64_t most_after(const Config *config, int64_t attempts) { return pause_after(config, attempts) / 10 * 11 + SLACK; }

int64_t retry_next(const Config *config, int64_t attempts, int64_t waited, int64_t now, int64_t spread) {
    if (waited >= config->give_up) return 0;
    int64_t pause = pause_after(config, attempts);
    return now + pause + (int64_t)spread_below(spread, pause / 10 + 1);
}

/* Before its first answer it has not been put off by anybody. */
int64_t retry_waited(const Config *config, int64_t attempts, int64_t waited, int64_t since, int64_t now) {
    if (attempts == 0) return waited;
    return waited + CLAMP(now - since, 0, most_after(config, attempts));
}

int64_t retry_horizon(const Config *config) { return MAX(config->retry_longest / 10 * 11, config->lease_seconds) + SLACK; }

int64_t retry_rest_until(const Config *config, int64_t times, int64_t now) {
    return times < TIMES_LEAST ? 0 : now + pause_after(config, times - TIMES_LEAST + 1);
}

int64_t retry_rest_most(const Config *config, int64_t times) { return most_after(config, times - TIMES_LEAST + 1); }

/* An end further away than any can have been put was put there before the clock was set back. */
Rest retry_rest(const Config *config, int64_t times, int64_t until, int64_t now) {
    if (times < TIMES_LEAST) return REST_NONE;
    return until > now && until <= now + retry_horizon(config) ? REST_ON : REST_OVER;
}
