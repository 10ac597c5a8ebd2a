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
        int64_t next = retry_next(&config, (int64_t)i + 1, CREATED, CREATED + 10, 0);
        assert_in_range(next - CREATED - 10, pauses[i], pauses[i] + pauses[i] / 10);
    }
}

static void the_spread_is_up_to_a_tenth_and_the_same_every_time(void **state) {
    bool seen[FIRST / 10 + 1] = {false};
    int different = 0;
    (void)state;
    for (int64_t spread = -500; spread < 500; spread++) {
        int64_t next = retry_next(&config, 1, CREATED, CREATED, spread);
        assert_int_equal(next, retry_next(&config, 1, CREATED, CREATED, spread));
        assert_in_range(next - CREATED, FIRST, FIRST + FIRST / 10);
        different += !seen[next - CREATED - FIRST];
        seen[next - CREATED - FIRST] = true;
    }
    assert_int_equal(different, FIRST / 10 + 1);
    assert_int_not_equal(retry_next(&config, 1, CREATED, CREATED, INT64_MIN), 0);
    assert_int_not_equal(retry_next(&config, 1, CREATED, CREATED, INT64_MAX), 0);
}

static void it_is_given_up_when_it_has_waited_long_enough_and_not_before(void **state) {
    (void)state;
    assert_int_equal(retry_next(&config, 1, CREATED, CREATED + GIVE_UP, 7), 0);
    assert_int_equal(retry_next(&config, 50, CREATED, CREATED + GIVE_UP + 99, 7), 0);
    assert_true(retry_next(&config, 50, CREATED, CREATED + GIVE_UP - 1, 7) > CREATED + GIVE_UP);
}

static void odd_numbers_do_no_harm(void **state) {
    Config odd = {.retry_first = 86400, .retry_longest = 1, .give_up = 60};
    (void)state;
    assert_int_equal(retry_next(&odd, 1, CREATED, CREATED, 3), CREATED + 1);
    for (int64_t attempts = -1; attempts <= 0; attempts++)
        assert_in_range(retry_next(&config, attempts, CREATED, CREATED, 3), CREATED + FIRST, CREATED + FIRST + FIRST / 10);
    assert_in_range(retry_next(&config, INT64_MAX, CREATED, CREATED, 3), CREATED + LONGEST, CREATED + LONGEST + LONGEST / 10);
    assert_true(retry_next(&config, 1, CREATED + 5000, CREATED, 3) > CREATED); /* a clock that was set back */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_are_doubled_from_the_first_to_the_longest),
        cmocka_unit_test(the_spread_is_up_to_a_tenth_and_the_same_every_time),
        cmocka_unit_test(it_is_given_up_when_it_has_waited_long_enough_and_not_before),
        cmocka_unit_test(odd_numbers_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
