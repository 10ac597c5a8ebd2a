#include "publish/schedule.h"
#include "publish/zone.h"

enum { HOUR = 3600, DAY = 24 * HOUR, APART = 6 * HOUR, LATE = 2 * HOUR, DAYS_LOOKED_AT = 15 };

/* 1970-01-01 was a Thursday. */
static int weekday_of(int64_t day) { return (int)(((day + 3) % 7 + 7) % 7) + 1; }

static int64_t latest(const Schedule *schedule, int64_t now) {
    int64_t cut = zone_cut(schedule->zone, schedule->hour, now);
    if (schedule->cadence == CADENCE_TWICE) return MAX(cut, zone_cut(schedule->zone, (schedule->hour + 12) % 24, now));
    for (int i = 0; schedule->cadence == CADENCE_WEEKLY && i < DAYS_LOOKED_AT && weekday_of(zone_day(schedule->zone, cut)) != schedule->weekday; i++)
        cut = zone_cut(schedule->zone, schedule->hour, cut - 1);
    return cut;
}

int64_t schedule_due(const Schedule *schedule, int64_t last, int64_t now) {
    int64_t cut = latest(schedule, now);
    if (last == 0 || last > now + DAY) return cut;
    if (cut <= last) return 0;
    bool soon = schedule->cadence == CADENCE_TWICE ? cut - last < APART : zone_day(schedule->zone, cut) == zone_day(schedule->zone, last);
    return soon ? 0 : cut;
}

/* Zones differ by quarters of an hour. */
int64_t schedule_next(const Schedule *schedule, int64_t last, int64_t now) {
    enum { STEP = 900 };
    int64_t due = 0;
    for (int64_t at = now; due <= now && at <= now + DAYS_LOOKED_AT * DAY; at += STEP) due = schedule_due(schedule, last, at);
    return due;
}

int64_t schedule_cut(int64_t due, int64_t ran, int64_t now) { return ran != 0 && ran < due && now - due > LATE ? now + 1 : due; }
