#include "decide/retry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { FIRST = 300, LONGEST = 14400, GIVE_UP = 432000, CREATED = 1000000 };
static const Config config = {.retry_first = FIRST, .retry_longest = LONGEST, .give_up = GIVE_UP};

static void pauses_are_doubled_from_the_first_to_the_longest(void **state) {
    static const int64_t pauses[] = {300, 600, 1200, 2400, 4800, 9600, 14400, 14400, 14400};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pauses); i++) {
        int64_t next = retry_next(&config, (int64_t)i + 1, 0, CREATED + 10, 0);
        assert_in_range(next - CREATED - 10, pauses[i], pauses[i] + pauses[i] / 10);
    }
}

static void the_spread_is_up_to_a_tenth_and_the_same_every_time(void **state) {
    bool seen[FIRST / 10 + 1] = {false};
    int different = 0;
    (void)state;
    for (int64_t spread = -500; spread < 500; spread++) {
        int64_t next = retry_next(&config, 1, 0, CREATED, spread);
        assert_int_equal(next, retry_next(&config, 1, 0, CREATED, spread));
        assert_in_range(next - CREATED, FIRST, FIRST + FIRST / 10);
        different += !seen[next - CREATED - FIRST];
        seen[next - CREATED - FIRST] = true;
    }
    assert_int_equal(different, FIRST / 10 + 1);
    assert_int_not_equal(retry_next(&config, 1, 0, CREATED, INT64_MIN), 0);
    assert_int_not_equal(retry_next(&config, 1, 0, CREATED, INT64_MAX), 0);
}

static void it_is_given_up_when_it_has_waited_long_enough_and_not_before(void **state) {
    (void)state;
    assert_int_equal(retry_next(&config, 1, GIVE_UP, CREATED, 7), 0);
    assert_int_equal(retry_next(&config, 50, GIVE_UP + 99, CREATED, 7), 0);
    assert_true(retry_next(&config, 50, GIVE_UP - 1, CREATED, 7) > CREATED);
}

/* As a server that puts off for ever meets it: each try at the time that was set. */
static void five_days_of_putting_off_are_five_days(void **state) {
    int64_t now = CREATED, waited = 0, since = CREATED, attempts = 0;
    (void)state;
    for (;;) {
        waited = retry_waited(&config, attempts, waited, since, now);
        int64_t next = retry_next(&config, attempts + 1, waited, now, 7);
        if (next == 0) break;
        since = now;
        now = next;
        attempts++;
    }
    assert_in_range(now - CREATED, GIVE_UP, GIVE_UP + LONGEST + LONGEST / 10);
    assert_in_range(attempts, 30, 40);
}

static void a_clock_that_jumps_gives_nothing_up(void **state) {
    (void)state;
    assert_int_equal(retry_waited(&config, 0, 0, CREATED, CREATED + 100 * GIVE_UP), 0);
    assert_in_range(retry_waited(&config, 1, 0, CREATED, CREATED + 100 * GIVE_UP), FIRST, 2 * FIRST + 900);
    assert_in_range(retry_waited(&config, 30, 1000, CREATED, CREATED + 100 * GIVE_UP), LONGEST, 2 * LONGEST);
    assert_int_equal(retry_waited(&config, 5, 1000, CREATED, CREATED - 100 * GIVE_UP), 1000);
    assert_true(retry_horizon(&config) > LONGEST + LONGEST / 10);
    assert_true(retry_horizon(&config) < 2 * LONGEST);
}

static void a_destination_rests_after_five_times_and_longer_each_time(void **state) {
    (void)state;
    for (int64_t times = -1; times < 5; times++) {
        assert_int_equal(retry_rest_until(&config, times, CREATED), 0);
        assert_int_equal(retry_rest(&config, times, CREATED + 60, CREATED), REST_NONE);
    }
    static const int64_t rests[] = {300, 600, 1200, 2400, 4800, 9600, 14400, 14400};
    for (size_t i = 0; i < G_N_ELEMENTS(rests); i++) {
        int64_t times = (int64_t)i + 5, until = retry_rest_until(&config, times, CREATED);
        assert_int_equal(until, CREATED + rests[i]);
        assert_int_equal(retry_rest(&config, times, until, CREATED), REST_ON);
        assert_int_equal(retry_rest(&config, times, until, until - 1), REST_ON);
        assert_int_equal(retry_rest(&config, times, until, until), REST_OVER);
        assert_in_range(retry_rest_most(&config, times), rests[i], 2 * rests[i] + 900);
    }
}

static void a_clock_that_was_set_back_keeps_no_destination_at_rest(void **state) {
    (void)state;
    assert_int_equal(retry_rest(&config, 9, CREATED + 100 * GIVE_UP, CREATED), REST_OVER);
    assert_int_equal(retry_rest(&config, INT64_MAX, CREATED, CREATED), REST_OVER);
    assert_int_equal(retry_rest_until(&config, INT64_MAX, CREATED), CREATED + LONGEST);
}

static void odd_numbers_do_no_harm(void **state) {
    Config odd = {.retry_first = 86400, .retry_longest = 1, .give_up = 60};
    (void)state;
    assert_int_equal(retry_next(&odd, 1, 0, CREATED, 3), CREATED + 1);
    for (int64_t attempts = -1; attempts <= 0; attempts++)
        assert_in_range(retry_next(&config, attempts, 0, CREATED, 3), CREATED + FIRST, CREATED + FIRST + FIRST / 10);
    assert_in_range(retry_next(&config, INT64_MAX, 0, CREATED, 3), CREATED + LONGEST, CREATED + LONGEST + LONGEST / 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_are_doubled_from_the_first_to_the_longest),
        cmocka_unit_test(the_spread_is_up_to_a_tenth_and_the_same_every_time),
        cmocka_unit_test(it_is_given_up_when_it_has_waited_long_enough_and_not_before),
        cmocka_unit_test(five_days_of_putting_off_are_five_days),
        cmocka_unit_test(a_clock_that_jumps_gives_nothing_up),
        cmocka_unit_test(a_destination_rests_after_five_times_and_longer_each_time),
        cmocka_unit_test(a_clock_that_was_set_back_keeps_no_destination_at_rest),
        cmocka_unit_test(odd_numbers_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
