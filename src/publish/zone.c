#include "publish/zone.h"
#include <stdbool.h>

/* GLib moves a local time that does not exist, or exists twice, by rules of its own. So the instant is sought from the
 * other side: an offset in force a day before or after gives a candidate, which counts only when clocks really had that
 * offset then (no zone changes its clocks twice within two days). When neither counts, the time was skipped: clocks only
 * jump forward in that window, what they show only rises, and bisection finds the first instant after the gap. */

enum { HOUR = 3600, DAY = 24 * HOUR };

static int64_t offset_at(GTimeZone *zone, int64_t at) {
    return g_time_zone_get_offset(zone, g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, at));
}

/* `wall`: a local date and time, counted in seconds as if it were UTC. */
static int64_t first_instant_of(GTimeZone *zone, int64_t wall) {
    int64_t low = wall - DAY, high = wall + DAY;
    int64_t before = wall - offset_at(zone, low), after = wall - offset_at(zone, high);
    bool was = offset_at(zone, before) == wall - before, is = offset_at(zone, after) == wall - after;
    if (was && is) return MIN(before, after);
    if (was) return before;
    if (is) return after;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (middle + offset_at(zone, middle) >= wall)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* GLib reads a zone's file anew for each that asks while nobody holds it, and a run of the digest asks for thousands: we hold them. */
static GTimeZone *zone_of(const char *name) {
    static GHashTable *held;
    if (held == NULL) held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_time_zone_unref);
    GTimeZone *zone = g_hash_table_lookup(held, name);
    if (zone != NULL) return zone;
    zone = g_time_zone_new_identifier(name);
    if (zone == NULL) zone = g_time_zone_new_utc();
    g_hash_table_insert(held, g_strdup(name), zone);
    return zone;
}

int64_t zone_day(const char *zone_name, int64_t at) {
    GTimeZone *zone = zone_of(zone_name);
    int64_t wall = at + offset_at(zone, at);
    return (wall - (wall % DAY + DAY) % DAY) / DAY;
}

/* From tomorrow backwards: where clocks go back over midnight (Newfoundland until 2011), tomorrow's has been already. */
int64_t zone_cut(const char *zone_name, int hour, int64_t now) {
    GTimeZone *zone = zone_of(zone_name);
    int64_t wall = now + offset_at(zone, now), cut;
    int64_t wall_cut = wall - (wall % DAY + DAY) % DAY + DAY + (int64_t)hour * HOUR;
    do {
        cut = first_instant_of(zone, wall_cut);
        wall_cut -= DAY;
    } while (cut > now);
    return cut;
}
