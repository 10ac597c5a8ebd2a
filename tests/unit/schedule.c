#include "publish/schedule.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int64_t instant(const char *text) {
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
    assert_non_null(time);
    return g_date_time_to_unix(time);
}

typedef struct {
    Schedule schedule;
    const char *last, *now, *due; /* NULL: none */
} Case;

static void check_all(const Case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const Case *c = &cases[i];
        int64_t found = schedule_due(&c->schedule, c->last != NULL ? instant(c->last) : 0, instant(c->now));
        int64_t wanted = c->due != NULL ? instant(c->due) : 0;
        if (found != wanted) fail_msg("case %zu at %s: %lld, not %lld", i, c->now, (long long)found, (long long)wanted);
    }
}

#define DAILY(hour) {CADENCE_DAILY, 1, hour, "Europe/Athens"}
#define TWICE(hour) {CADENCE_TWICE, 1, hour, "Europe/Athens"}
#define WEEKLY(weekday, hour) {CADENCE_WEEKLY, weekday, hour, "Europe/Athens"}

/* Athens in November is UTC+2. */
static void one_a_day_at_his_hour(void **state) {
    (void)state;
    static const Case cases[] = {
        {DAILY(7), NULL, "2026-11-24T04:59:59Z", "2026-11-23T05:00:00Z"},
        {DAILY(7), "2026-11-23T05:00:00Z", "2026-11-24T04:59:59Z", NULL},
        {DAILY(7), "2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z"},
        {DAILY(7), "2026-11-23T05:00:00Z", "2026-11-27T21:00:00Z", "2026-11-27T05:00:00Z"}, /* runs were missed */
        {DAILY(7), "2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z", NULL},                    /* doubled */
        {DAILY(20), "2026-11-24T05:00:00Z", "2026-11-24T18:00:00Z", NULL},                   /* another hour, the same day */
        {DAILY(20), "2026-11-24T05:00:00Z", "2026-11-25T18:00:00Z", "2026-11-25T18:00:00Z"},
        {DAILY(7), "2026-11-24T18:00:00Z", "2026-11-25T05:00:00Z", "2026-11-25T05:00:00Z"},
        {DAILY(7), "2027-01-03T05:00:00Z", "2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z"}, /* the clock had run ahead */
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void another_zone_does_not_make_two_of_one_day(void **state) {
    (void)state;
    static const Case cases[] = {
        /* Served at 7 in Athens, which is 18:00 in Apia (UTC+13). */
        {{CADENCE_DAILY, 1, 19, "Pacific/Apia"}, "2026-11-24T05:00:00Z", "2026-11-24T06:00:00Z", NULL},
        {{CADENCE_DAILY, 1, 7, "Pacific/Apia"}, "2026-11-24T05:00:00Z", "2026-11-24T18:00:00Z", "2026-11-24T18:00:00Z"},
        {{CADENCE_DAILY, 1, 3, "Australia/Lord_Howe"}, "2026-10-03T16:30:00Z", "2026-10-04T16:00:00Z", "2026-10-04T16:00:00Z"},
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void two_a_day_are_twelve_hours_apart(void **state) {
    (void)state;
    static const Case cases[] = {
        {TWICE(7), "2026-11-24T05:00:00Z", "2026-11-24T16:59:59Z", NULL},
        {TWICE(7), "2026-11-24T05:00:00Z", "2026-11-24T17:00:00Z", "2026-11-24T17:00:00Z"},
        {TWICE(7), "2026-11-24T17:00:00Z", "2026-11-25T05:00:00Z", "2026-11-25T05:00:00Z"},
        {TWICE(19), "2026-11-24T17:00:00Z", "2026-11-25T05:00:00Z", "2026-11-25T05:00:00Z"},
        {TWICE(9), "2026-11-24T05:00:00Z", "2026-11-24T07:00:00Z", NULL}, /* another hour */
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void one_a_week_on_its_day(void **state) {
    (void)state;
    static const Case cases[] = {
        {WEEKLY(1, 7), "2026-11-16T05:00:00Z", "2026-11-22T21:00:00Z", NULL},
        {WEEKLY(1, 7), "2026-11-16T05:00:00Z", "2026-11-23T05:00:00Z", "2026-11-23T05:00:00Z"},
        {WEEKLY(7, 23), "2026-11-16T05:00:00Z", "2026-11-22T21:00:00Z", "2026-11-22T21:00:00Z"},
        {WEEKLY(5, 7), "2026-11-24T05:00:00Z", "2026-11-26T05:00:00Z", NULL},
        {WEEKLY(2, 20), "2026-11-24T05:00:00Z", "2026-11-24T18:00:00Z", NULL}, /* it was daily this morning */
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void an_hour_that_was_missed_is_made_good_with_all_that_came(void **state) {
    (void)state;
    int64_t due = instant("2026-11-24T05:00:00Z"), before = due - 3600, hour = 3600;
    assert_int_equal(schedule_cut(due, before, due + 300), due);
    assert_int_equal(schedule_cut(due, before, due + 3 * hour), due + 3 * hour + 1);
    assert_int_equal(schedule_cut(due, due + hour, due + 3 * hour), due); /* somebody looked, and nothing had come */
    assert_int_equal(schedule_cut(due, 0, due + 3 * hour), due);
    static const Case cases[] = {
        {DAILY(7), "2026-11-25T04:00:00Z", "2026-11-25T05:05:00Z", NULL}, /* a late one at six, and seven the same day */
        {DAILY(7), "2026-11-25T04:00:00Z", "2026-11-26T05:05:00Z", "2026-11-26T05:00:00Z"},
    };
    check_all(cases, G_N_ELEMENTS(cases));
}

static void the_next_one_is_the_first_hour_that_is_still_to_come(void **state) {
    (void)state;
    static const Schedule daily = DAILY(7), weekly = WEEKLY(1, 7), nepal = {CADENCE_DAILY, 1, 7, "Asia/Kathmandu"};
    assert_int_equal(schedule_next(&daily, 0, instant("2026-11-24T04:00:00Z")), instant("2026-11-24T05:00:00Z"));
    assert_int_equal(schedule_next(&daily, 0, instant("2026-11-24T05:00:00Z")), instant("2026-11-25T05:00:00Z"));
    assert_int_equal(schedule_next(&daily, instant("2026-11-24T04:30:00Z"), instant("2026-11-24T04:40:00Z")), instant("2026-11-25T05:00:00Z"));
    assert_int_equal(schedule_next(&weekly, 0, instant("2026-11-24T05:00:00Z")), instant("2026-11-30T05:00:00Z"));
    assert_int_equal(schedule_next(&nepal, 0, instant("2026-11-24T01:20:00Z")), instant("2026-11-25T01:15:00Z"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_a_day_at_his_hour), cmocka_unit_test(another_zone_does_not_make_two_of_one_day),
                                       cmocka_unit_test(two_a_day_are_twelve_hours_apart), cmocka_unit_test(one_a_week_on_its_day),
                                       cmocka_unit_test(an_hour_that_was_missed_is_made_good_with_all_that_came),
                                       cmocka_unit_test(the_next_one_is_the_first_hour_that_is_still_to_come)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
