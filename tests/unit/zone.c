#include "publish/zone.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Expected instants come from another implementation of the zone database (Python's zoneinfo), by walking over the minutes. */
typedef struct {
    const char *zone;
    int hour;
    const char *now, *cut;
} Case;

static int64_t instant(const char *text) {
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
    assert_non_null(time);
    return g_date_time_to_unix(time);
}

static void check_all(const Case *cases, size_t count) {
    assert_true(count > 0);
    for (const Case *c = cases; c < cases + count; c++) {
        int64_t found = zone_cut(c->zone, c->hour, instant(c->now));
        if (found == instant(c->cut)) continue;
        g_autoptr(GDateTime) wrong = g_date_time_new_from_unix_utc(found);
        g_autofree char *shown = g_date_time_format_iso8601(wrong);
        fail_msg("%s %02d:00 at %s: %s, not %s", c->zone, c->hour, c->now, shown, c->cut);
    }
}

static void the_cut_is_the_last_time_the_clock_showed_the_hour(void **state) {
    (void)state;
    static const Case cases[] = {
        {"Europe/Athens", 7, "2026-11-24T04:59:59Z", "2026-11-23T05:00:00Z"},
        {"Europe/Athens", 7, "2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z"},
        {"Europe/Athens", 7, "2026-11-24T05:00:01Z", "2026-11-24T05:00:00Z"},
        {"Europe/Athens", 7, "2026-07-01T03:59:59Z", "2026-06-30T04:00:00Z"},
        {"Europe/Athens", 7, "2026-07-01T04:00:00Z", "2026-07-01T04:00:00Z"},
        {"Asia/Kathmandu", 7, "2026-01-10T01:14:59Z", "2026-01-09T01:15:00Z"},
        {"Asia/Kathmandu", 7, "2026-01-10T01:15:00Z", "2026-01-10T01:15:00Z"},
        {"No/Such_Zone", 7, "2026-01-10T06:59:59Z", "2026-01-09T07:00:00Z"},
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void in_spring_a_skipped_hour_is_the_first_instant_after_the_gap(void **state) {
    (void)state;
    static const Case cases[] = {
        {"Europe/Athens", 0, "2026-03-29T01:00:00Z", "2026-03-28T22:00:00Z"},
        {"Europe/Athens", 2, "2026-03-28T23:59:59Z", "2026-03-28T00:00:00Z"},
        {"Europe/Athens", 2, "2026-03-29T00:59:59Z", "2026-03-29T00:00:00Z"},
        {"Europe/Athens", 2, "2026-03-29T01:30:00Z", "2026-03-29T00:00:00Z"},
        {"Europe/Athens", 3, "2026-03-29T00:59:59Z", "2026-03-28T01:00:00Z"},
        {"Europe/Athens", 3, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
        {"Europe/Athens", 3, "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z"},
        {"Europe/Athens", 4, "2026-03-29T00:59:59Z", "2026-03-28T02:00:00Z"},
        {"Europe/Athens", 4, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
        {"Europe/Athens", 5, "2026-03-29T01:30:00Z", "2026-03-28T03:00:00Z"},
        {"Europe/Athens", 5, "2026-03-29T02:00:00Z", "2026-03-29T02:00:00Z"},
        {"Europe/Athens", 23, "2026-03-29T02:00:00Z", "2026-03-28T21:00:00Z"},
        {"America/Havana", 0, "2026-03-08T04:59:59Z", "2026-03-07T05:00:00Z"},
        {"America/Havana", 0, "2026-03-08T05:00:00Z", "2026-03-08T05:00:00Z"},
        {"Pacific/Chatham", 2, "2026-09-26T14:00:00Z", "2026-09-26T13:15:00Z"},
        {"Pacific/Chatham", 3, "2026-09-26T13:59:59Z", "2026-09-25T14:15:00Z"},
        {"Pacific/Chatham", 3, "2026-09-26T14:15:00Z", "2026-09-26T14:00:00Z"},
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void in_autumn_an_hour_that_comes_twice_counts_the_first_time(void **state) {
    (void)state;
    static const Case cases[] = {
        {"Europe/Athens", 0, "2026-10-25T01:00:00Z", "2026-10-24T21:00:00Z"},
        {"Europe/Athens", 2, "2026-10-25T01:59:59Z", "2026-10-24T23:00:00Z"},
        {"Europe/Athens", 3, "2026-10-24T23:59:59Z", "2026-10-24T00:00:00Z"},
        {"Europe/Athens", 3, "2026-10-25T00:00:00Z", "2026-10-25T00:00:00Z"},
        {"Europe/Athens", 3, "2026-10-25T01:00:00Z", "2026-10-25T00:00:00Z"},
        {"Europe/Athens", 3, "2026-10-25T02:00:00Z", "2026-10-25T00:00:00Z"},
        {"Europe/Athens", 4, "2026-10-25T01:59:59Z", "2026-10-24T01:00:00Z"},
        {"Europe/Athens", 4, "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
        {"Europe/Athens", 5, "2026-10-25T02:00:00Z", "2026-10-24T02:00:00Z"},
        {"Europe/Athens", 23, "2026-10-25T02:00:00Z", "2026-10-24T20:00:00Z"},
        {"Pacific/Chatham", 3, "2026-04-04T13:15:00Z", "2026-04-04T13:15:00Z"},
        {"Pacific/Chatham", 3, "2026-04-04T14:30:00Z", "2026-04-04T13:15:00Z"},
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void odd_zones_have_right_cuts(void **state) {
    (void)state;
    static const Case cases[] = {
        /* Samoa had no 30 December 2011. */
        {"Pacific/Apia", 0, "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z"},
        {"Pacific/Apia", 0, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", 0, "2011-12-31T09:59:59Z", "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", 7, "2011-12-30T09:59:59Z", "2011-12-29T17:00:00Z"},
        {"Pacific/Apia", 7, "2011-12-30T16:59:59Z", "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", 7, "2011-12-30T17:00:00Z", "2011-12-30T17:00:00Z"},
        {"Pacific/Apia", 23, "2011-12-30T09:59:59Z", "2011-12-30T09:00:00Z"},
        {"Pacific/Apia", 23, "2011-12-31T09:00:00Z", "2011-12-31T09:00:00Z"},
        /* Lord Howe Island moves its clocks by half an hour. */
        {"Australia/Lord_Howe", 1, "2026-04-04T15:10:00Z", "2026-04-04T14:00:00Z"},
        {"Australia/Lord_Howe", 2, "2026-04-04T15:10:00Z", "2026-04-03T15:00:00Z"},
        {"Australia/Lord_Howe", 2, "2026-04-04T15:30:00Z", "2026-04-04T15:30:00Z"},
        {"Australia/Lord_Howe", 2, "2026-10-03T15:29:59Z", "2026-10-02T15:30:00Z"},
        {"Australia/Lord_Howe", 2, "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
        {"Australia/Lord_Howe", 3, "2026-10-03T15:30:00Z", "2026-10-02T16:30:00Z"},
        {"Australia/Lord_Howe", 3, "2026-10-03T16:00:00Z", "2026-10-03T16:00:00Z"},
        /* Newfoundland went from 00:01 back to 23:01 of the day before. */
        {"America/St_Johns", 0, "2010-11-07T02:29:59Z", "2010-11-06T02:30:00Z"},
        {"America/St_Johns", 0, "2010-11-07T02:31:00Z", "2010-11-07T02:30:00Z"},
        {"America/St_Johns", 0, "2010-11-07T03:30:00Z", "2010-11-07T02:30:00Z"},
        {"America/St_Johns", 23, "2010-11-07T03:00:00Z", "2010-11-07T01:30:00Z"},
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void over_two_years_cuts_never_go_back_and_come_every_day(void **state) {
    (void)state;
    static const struct {
        const char *zone, *from;
    } spans[] = {{"Europe/Athens", "2026-01-01T00:00:00Z"},   {"Australia/Lord_Howe", "2026-01-01T00:00:00Z"},
                 {"Asia/Kathmandu", "2026-01-01T00:00:00Z"},  {"America/St_Johns", "2010-01-01T00:00:00Z"},
                 {"Pacific/Apia", "2010-06-01T00:00:00Z"},    {"Pacific/Chatham", "2026-01-01T00:00:00Z"}};
    static const int hours[] = {0, 2, 3, 7, 23};
    enum { HOUR = 3600, STEPS = 2 * 365 * 24 };
    for (size_t s = 0; s < G_N_ELEMENTS(spans); s++) {
        g_autoptr(GTimeZone) held_in_memory = g_time_zone_new_identifier(spans[s].zone);
        assert_non_null(held_in_memory);
        for (size_t h = 0; h < G_N_ELEMENTS(hours); h++) {
            int64_t start = instant(spans[s].from), last = zone_cut(spans[s].zone, hours[h], start);
            for (int64_t now = start; now < start + (int64_t)STEPS * HOUR; now += HOUR) {
                int64_t cut = zone_cut(spans[s].zone, hours[h], now);
                assert_true(cut >= last && cut <= now && now - cut <= 25 * HOUR);
                assert_int_equal(zone_cut(spans[s].zone, hours[h], cut), cut);
                last = cut;
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cut_is_the_last_time_the_clock_showed_the_hour),
        cmocka_unit_test(in_spring_a_skipped_hour_is_the_first_instant_after_the_gap),
        cmocka_unit_test(in_autumn_an_hour_that_comes_twice_counts_the_first_time),
        cmocka_unit_test(odd_zones_have_right_cuts),
        cmocka_unit_test(over_two_years_cuts_never_go_back_and_come_every_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
