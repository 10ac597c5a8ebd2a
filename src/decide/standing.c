#include "decide/standing.h"

/* A dead address costs four points a day and a full mailbox one, so that a mailbox may be full four times as long. What comes back from many at once is the
 * message's fault, or the destination's; but not when the same addresses return everything for more than a week: a group of twenty may well
 * have three dead members, and they would hide behind each other for ever. So what counts is who has not done so (`fresh`). When nearly
 * everything comes back, it is never the members. */

enum { DAY = 86400, POINTS_DEAD = 4, POINTS_FULL = 1, BURST_LEAST = 3, NEARLY_ALL = 90, OF_MESSAGE = 10, OF_DESTINATION = 20 };

bool standing_may_count(BounceClass class) { return class == BOUNCE_DEAD || class == BOUNCE_FULL; }

static bool is_burst(const Burst *burst, int64_t percent) {
    bool nearly_all = burst->returned >= BURST_LEAST && burst->returned * 100 >= burst->copies * NEARLY_ALL;
    return nearly_all || (burst->fresh >= BURST_LEAST && burst->fresh * 100 >= burst->copies * percent);
}

/* A place with two members, and for a few days both are unknown there: its server, until they have been for a week. */
static bool is_small_place(const Burst *burst) { return burst->fresh >= 2 && burst->returned >= burst->copies; }

Blame standing_blame(BounceClass class, const Burst *message, const Burst *destination) {
    if (class == BOUNCE_DELAYED || class == BOUNCE_DELIVERED) return BLAME_IGNORED;
    if (is_burst(message, OF_MESSAGE)) return BLAME_MESSAGE;
    if (is_burst(destination, OF_DESTINATION) || is_small_place(destination)) return BLAME_DESTINATION;
    return standing_may_count(class) ? BLAME_COUNTED : BLAME_IGNORED;
}

StandingStep standing_count(const Config *config, Standing *standing, BounceClass class, int64_t now) {
    int64_t day = now / DAY;
    if (!standing_may_count(class) || standing->health != HEALTH_GOOD || standing->scored_day >= day) return STANDING_STAYS;
    if (day - standing->scored_day > STANDING_MEMORY_DAYS) standing->score = 0;
    standing->score += class == BOUNCE_DEAD ? POINTS_DEAD : POINTS_FULL;
    standing->scored_day = day;
    if (standing->score < config->bounce_days * POINTS_DEAD) return STANDING_STAYS;
    standing->health = HEALTH_PROBED;
    standing->health_at = now;
    return STANDING_PROBE;
}

StandingStep standing_probe_returned(Standing *standing, BounceClass class, int64_t now) {
    if (standing->health != HEALTH_PROBED || !standing_may_count(class)) return STANDING_STAYS;
    standing->health = HEALTH_SUSPENDED;
    standing->health_at = now;
    return STANDING_SUSPEND;
}

bool standing_probe_passed(const Config *config, Standing *standing, int64_t now) {
    if (standing->health != HEALTH_PROBED || now - standing->health_at < config->probe_days * DAY) return false;
    *standing = (Standing){.health = HEALTH_GOOD, .health_at = now};
    return true;
}
