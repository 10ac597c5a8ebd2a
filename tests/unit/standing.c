#include "decide/standing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Message or member? And what a day on which mail came back means for an address. */

enum { DAY = 86400, START = 20700 }; /* some day of 2026 */

static Config config = {.bounce_days = 3, .probe_days = 3};

static const struct {
    BounceClass class;
    Burst message, destination; /* copies, returned, fresh */
    Blame blame;
} verdicts[] = {
    {BOUNCE_DEAD, {200, 1, 1}, {1, 1, 1}, BLAME_COUNTED},
    {BOUNCE_FULL, {200, 1, 1}, {1, 1, 1}, BLAME_COUNTED},
    {BOUNCE_TEMPORARY, {200, 1, 1}, {1, 1, 1}, BLAME_IGNORED},
    {BOUNCE_POLICY, {200, 1, 1}, {1, 1, 1}, BLAME_IGNORED},
    {BOUNCE_UNKNOWN, {200, 1, 1}, {1, 1, 1}, BLAME_IGNORED},
    /* no failures, also not within a burst */
    {BOUNCE_DELAYED, {10, 10, 10}, {10, 10, 10}, BLAME_IGNORED},
    {BOUNCE_DELIVERED, {10, 10, 10}, {10, 10, 10}, BLAME_IGNORED},
    /* a tenth of the copies, and three */
    {BOUNCE_DEAD, {30, 3, 3}, {1, 1, 1}, BLAME_MESSAGE},
    {BOUNCE_DEAD, {31, 3, 3}, {1, 1, 1}, BLAME_COUNTED},
    {BOUNCE_DEAD, {10, 2, 2}, {1, 1, 1}, BLAME_COUNTED},
    {BOUNCE_POLICY, {30, 3, 3}, {1, 1, 1}, BLAME_MESSAGE},
    /* a fifth of the addresses of the domain, and three */
    {BOUNCE_DEAD, {200, 3, 3}, {15, 3, 3}, BLAME_DESTINATION},
    {BOUNCE_DEAD, {200, 3, 3}, {16, 3, 3}, BLAME_COUNTED},
    {BOUNCE_DEAD, {200, 2, 2}, {3, 2, 2}, BLAME_COUNTED},
    /* a place with two members, for the first week */
    {BOUNCE_DEAD, {200, 2, 2}, {2, 2, 2}, BLAME_DESTINATION},
    {BOUNCE_DEAD, {200, 2, 1}, {2, 2, 1}, BLAME_COUNTED},
    {BOUNCE_DEAD, {200, 2, 0}, {2, 2, 0}, BLAME_COUNTED},
    {BOUNCE_TEMPORARY, {200, 3, 3}, {15, 3, 3}, BLAME_DESTINATION},
    /* members who are dead for long do not hide behind each other, unless nearly all come back */
    {BOUNCE_DEAD, {20, 3, 0}, {1, 1, 0}, BLAME_COUNTED},
    {BOUNCE_DEAD, {6, 5, 2}, {1, 1, 0}, BLAME_COUNTED},
    {BOUNCE_DEAD, {200, 5, 0}, {6, 5, 0}, BLAME_COUNTED},
    {BOUNCE_DEAD, {20, 18, 0}, {1, 1, 0}, BLAME_MESSAGE},
    {BOUNCE_DEAD, {200, 6, 0}, {6, 6, 0}, BLAME_DESTINATION},
    /* a domain of people who are no members here: more came back than is known */
    {BOUNCE_DEAD, {200, 1, 1}, {0, 1, 1}, BLAME_COUNTED},
};

static void one_bad_message_or_one_broken_domain_blames_no_member(void **state) {
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++) {
        Blame blame = standing_blame(verdicts[i].class, &verdicts[i].message, &verdicts[i].destination);
        if (blame != verdicts[i].blame) fail_msg("row %zu: %s, not %s", i, blame_words[blame], blame_words[verdicts[i].blame]);
    }
}

/* What came back on which days after START, until a probe; the number of reports after which it went out. */
static int reports_until_probe(BounceClass class, int every, int reports) {
    Standing standing = {0};
    for (int i = 0; i < reports; i++)
        if (standing_count(&config, &standing, class, (int64_t)(START + i * every) * DAY) == STANDING_PROBE) return i + 1;
    return 0;
}

static void an_address_is_probed_after_days_and_not_after_mails(void **state) {
    (void)state;
    static const struct {
        BounceClass class;
        int every, reports, probed;
    } rows[] = {
        {BOUNCE_DEAD, 1, 10, 3},  {BOUNCE_DEAD, 14, 10, 3},     {BOUNCE_DEAD, 15, 400, 0},   {BOUNCE_DEAD, 0, 1000, 0},    {BOUNCE_FULL, 1, 100, 12},
        {BOUNCE_FULL, 15, 400, 0}, {BOUNCE_TEMPORARY, 1, 400, 0}, {BOUNCE_POLICY, 1, 400, 0}, {BOUNCE_DELAYED, 1, 400, 0}, {BOUNCE_UNKNOWN, 1, 400, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) assert_int_equal(reports_until_probe(rows[i].class, rows[i].every, rows[i].reports), rows[i].probed);
}

static void days_that_are_over_already_are_not_counted_again_when_a_clock_is_set_back(void **state) {
    (void)state;
    Standing standing = {0};
    assert_int_equal(standing_count(&config, &standing, BOUNCE_DEAD, (int64_t)START * DAY), STANDING_STAYS);
    for (int back = 0; back < 30; back++) assert_int_equal(standing_count(&config, &standing, BOUNCE_DEAD, (int64_t)(START - back) * DAY), STANDING_STAYS);
    assert_int_equal(standing.score, 4);
    assert_int_equal(standing.scored_day, START);
}

static void a_probe_that_comes_back_suspends_and_one_that_does_not_clears(void **state) {
    (void)state;
    const int64_t then = (int64_t)START * DAY;
    Standing probed = {.score = 12, .scored_day = START, .health = HEALTH_PROBED, .health_at = then}, standing = probed;
    assert_int_equal(standing_probe_returned(&standing, BOUNCE_TEMPORARY, then), STANDING_STAYS);
    assert_int_equal(standing_probe_returned(&standing, BOUNCE_POLICY, then), STANDING_STAYS);
    assert_int_equal(standing_count(&config, &standing, BOUNCE_DEAD, then + DAY), STANDING_STAYS);
    assert_int_equal(standing.health, HEALTH_PROBED);
    assert_int_equal(standing_probe_returned(&standing, BOUNCE_DEAD, then + DAY), STANDING_SUSPEND);
    assert_int_equal(standing_probe_returned(&standing, BOUNCE_DEAD, then + DAY), STANDING_STAYS);
    assert_false(standing_probe_passed(&config, &standing, then + 100 * DAY));

    standing = probed;
    assert_false(standing_probe_passed(&config, &standing, then + 3 * DAY - 1));
    assert_false(standing_probe_passed(&config, &standing, then - DAY));
    assert_true(standing_probe_passed(&config, &standing, then + 3 * DAY));
    assert_int_equal(standing.health, HEALTH_GOOD);
    assert_int_equal(standing.score, 0);
    /* the report of a probe that was thought to have arrived */
    assert_int_equal(standing_probe_returned(&standing, BOUNCE_DEAD, then + 5 * DAY), STANDING_STAYS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bad_message_or_one_broken_domain_blames_no_member),
        cmocka_unit_test(an_address_is_probed_after_days_and_not_after_mails),
        cmocka_unit_test(days_that_are_over_already_are_not_counted_again_when_a_clock_is_set_back),
        cmocka_unit_test(a_probe_that_comes_back_suspends_and_one_that_does_not_clears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
