#include "publish/expiry.h"
#include "fixture.h"
#include "store/pending.h"
#include "store/tokens.h"

/* What time does to held mail. A stranger's post to a group of two moderators waits; the clock is moved. */

enum { HOUR = 3600, DAY = 86400 };

static ExpiryCounts run(Fixture *fixture) {
    GError *error = NULL;
    ExpiryCounts counts = {0};
    if (!expiry_due(fixture->database, fixture->now, &counts, &error)) fail_msg("%s", error->message);
    return counts;
}

/* Days on which the clock is looked at once, as by a daily cron job. */
static ExpiryCounts pass_days(Fixture *fixture, int days) {
    ExpiryCounts counts = {0};
    for (int day = 0; day < days; day++) {
        fixture->now += DAY;
        ExpiryCounts of_day = run(fixture);
        counts.expired += of_day.expired;
        counts.told += of_day.told;
        counts.reminded += of_day.reminded;
        counts.questions += of_day.questions;
    }
    return counts;
}

static int start(void **state) {
    int done = fixture_start(state);
    fixture_group(*state, "environment", POSTING_MEMBERS);
    fixture_member(*state, "environment", "maria@dimos.example.gr", DELIVERY_EACH, ROLE_OWNER);
    fixture_member(*state, "environment", "nikos@dimos.example.gr", DELIVERY_EACH, ROLE_MODERATOR);
    return done;
}

static void check_state(Fixture *fixture, int64_t number, const char *state) {
    GError *error = NULL;
    g_autoptr(Held) held = pending_get(fixture->database, number, &error);
    assert_non_null(held);
    assert_string_equal(held->state, state);
}

static int64_t written_to(Fixture *fixture, const char *email) {
    g_autoptr(Query) query = query_new(fixture->database, STATEMENT_ANSWERS_TO_HIM);
    query_text(query, 1, email);
    query_integer(query, 2, 0);
    int64_t count = 0;
    while (query_step(query, NULL) == 1) count++;
    return count;
}

static void a_post_that_nobody_decided_ends_after_its_days_and_its_author_is_told_once(void **state) {
    Fixture *fixture = *state;
    fixture_mail(fixture, "eleni@polis.example.gr", "environment", "1@polis.example.gr", NULL);
    fixture->now += 30 * DAY - 1;
    assert_int_equal(run(fixture).expired, 0);
    check_state(fixture, 1, "held");
    fixture->now += 1;
    ExpiryCounts counts = run(fixture);
    assert_int_equal(counts.expired, 1);
    assert_int_equal(counts.told, 1);
    check_state(fixture, 1, "expired");
    assert_int_equal(written_to(fixture, "eleni@polis.example.gr"), 1);
    assert_int_equal(run(fixture).expired, 0);
    assert_int_equal(written_to(fixture, "eleni@polis.example.gr"), 1);
}

static void moderators_are_reminded_once_for_each_group_after_a_day(void **state) {
    Fixture *fixture = *state;
    fixture_mail(fixture, "eleni@polis.example.gr", "environment", "1@polis.example.gr", NULL);
    fixture_mail(fixture, "kostas@polis.example.gr", "environment", "2@polis.example.gr", NULL);
    int64_t before = written_to(fixture, "maria@dimos.example.gr");
    fixture->now += DAY - 1;
    assert_int_equal(run(fixture).reminded, 0);
    fixture->now += 1;
    assert_int_equal(run(fixture).reminded, 1);
    assert_int_equal(run(fixture).reminded, 0);
    assert_int_equal(written_to(fixture, "maria@dimos.example.gr"), before + 1);
    fixture_mail(fixture, "eleni@polis.example.gr", "environment", "3@polis.example.gr", NULL);
    fixture->now += DAY;
    assert_int_equal(run(fixture).reminded, 1);
}

static void what_was_decided_neither_ends_nor_reminds(void **state) {
    Fixture *fixture = *state;
    fixture_mail(fixture, "eleni@polis.example.gr", "environment", "1@polis.example.gr", NULL);
    fixture_act(fixture, (Intent){.kind = INTENT_HELD_DISCARD, .pending = 1});
    fixture->now += 31 * DAY;
    ExpiryCounts counts = run(fixture);
    assert_int_equal(counts.expired + counts.reminded + counts.told, 0);
    check_state(fixture, 1, "discarded");
}

/* As fixture_mail, but from a machine or from nobody. */
static void machine_mail(Fixture *fixture, const char *sender, bool bulk, AutoSubmitted automatic, const char *message_id) {
    g_autoptr(Letter) letter = letter_empty();
    g_autofree char *raw = g_strdup_printf("From: robot@polis.example.gr\nMessage-ID: <%s>\n\nΚείμενο\n", message_id);
    g_autoptr(GBytes) bytes = g_bytes_new(raw, strlen(raw));
    letter->message_id = g_strdup(message_id);
    letter->author_address = g_strdup("robot@polis.example.gr");
    letter->bulk = bulk;
    letter->automatic = automatic;
    fixture_act(fixture, (Intent){.kind = INTENT_MAIL, .raw = bytes, .letter = letter, .sender = (char *)sender, .recipient = (char *)"environment@groups.example.gr"});
}

static void machines_are_never_told(void **state) {
    Fixture *fixture = *state;
    machine_mail(fixture, "", false, AUTO_NO, "1@polis.example.gr");
    machine_mail(fixture, "robot@polis.example.gr", true, AUTO_NO, "2@polis.example.gr");
    machine_mail(fixture, "robot@polis.example.gr", false, AUTO_GENERATED, "3@polis.example.gr");
    machine_mail(fixture, "robot@polis.example.gr", false, AUTO_REPLIED, "4@polis.example.gr");
    fixture->now += 30 * DAY;
    ExpiryCounts counts = run(fixture);
    assert_int_equal(counts.expired, 4);
    assert_int_equal(counts.told, 0);
    assert_int_equal(written_to(fixture, "robot@polis.example.gr"), 0);
}

static void nobody_is_flooded_in_whose_name_a_hundred_posts_were_forged(void **state) {
    Fixture *fixture = *state;
    for (int i = 0; i < 100; i++) {
        g_autofree char *message_id = g_strdup_printf("%d@polis.example.gr", i);
        fixture_mail(fixture, "victim@polis.example.gr", "environment", message_id, NULL);
    }
    fixture->now += 30 * DAY;
    ExpiryCounts counts = run(fixture);
    assert_int_equal(counts.expired, 100);
    assert_int_equal(counts.told, fixture->config->answers_to_one);
}

static void what_the_site_may_not_write_this_hour_waits_for_the_next(void **state) {
    Fixture *fixture = *state;
    for (int i = 0; i < 5; i++) {
        g_autofree char *from = g_strdup_printf("n%d@polis.example.gr", i), *message_id = g_strdup_printf("%d@polis.example.gr", i);
        fixture_mail(fixture, from, "environment", message_id, NULL);
    }
    fixture->now += 30 * DAY;
    fixture->config->answers_per_hour = 3;
    assert_int_equal(run(fixture).told, 3);
    check_state(fixture, 4, "held");
    fixture->now += HOUR;
    assert_int_equal(run(fixture).told, 2);
    check_state(fixture, 5, "expired");
}

static void questions_end_when_their_time_is_over(void **state) {
    Fixture *fixture = *state;
    GError *error = NULL;
    char email[] = "eleni@polis.example.gr", orders[] = "";
    Token token = {.kind = TOKEN_ADDRESS, .email = email, .orders = orders, .expires_at = fixture->now + TOKEN_LIFE};
    assert_true(tokens_add(fixture->database, &token, "hash", fixture->now, &error));
    fixture->now += TOKEN_LIFE - 1;
    assert_int_equal(run(fixture).questions, 0);
    fixture->now += 1;
    assert_int_equal(run(fixture).questions, 1);
    assert_int_equal(run(fixture).questions, 0);
}

static void a_closed_group_reminds_nobody_and_its_held_mail_still_ends(void **state) {
    Fixture *fixture = *state;
    fixture_mail(fixture, "eleni@polis.example.gr", "environment", "1@polis.example.gr", NULL);
    char name[] = "environment";
    Group group = {.id = 1, .name = name};
    fixture_act(fixture, (Intent){.kind = INTENT_GROUP_REMOVE, .group = &group});
    fixture->now += DAY;
    assert_int_equal(run(fixture).reminded, 0);
    assert_int_equal(pass_days(fixture, 29).told, 1);
}

static void five_wait(Fixture *fixture) {
    for (int i = 1; i <= 5; i++) {
        g_autofree char *id = g_strdup_printf("%d@polis.example.gr", i);
        fixture_mail(fixture, "eleni@polis.example.gr", "environment", id, NULL);
    }
    run(fixture);
}

static void a_clock_that_jumps_closes_nothing_in_bulk(void **state) {
    static const int jumps[] = {365, 40, 31};
    Fixture *fixture = *state;
    five_wait(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(jumps); i++) {
        fixture->now += jumps[i] * DAY;
        assert_int_equal(run(fixture).expired, 0);
        fixture->now += HOUR;
        assert_true(run(fixture).closes_nothing_until > fixture->now);
        fixture->now -= jumps[i] * DAY; /* and it is put right */
        assert_int_equal(run(fixture).expired, 0);
    }
    assert_int_equal(pass_days(fixture, 29).expired, 0);
    assert_int_equal(pass_days(fixture, 1).expired, 5);
}

static void a_jump_within_the_days_of_held_mail_closes_nothing_either(void **state) {
    Fixture *fixture = *state;
    five_wait(fixture);
    pass_days(fixture, 20);
    fixture->now += 11 * DAY;
    assert_int_equal(run(fixture).expired, 0);
    assert_int_equal(pass_days(fixture, 6).expired, 0);
    assert_int_equal(pass_days(fixture, 1).expired, 5);
}

static void a_clock_that_is_set_back_closes_nothing_before_a_week(void **state) {
    Fixture *fixture = *state;
    five_wait(fixture);
    pass_days(fixture, 29);
    fixture->now -= 3 * DAY;
    run(fixture);
    fixture->now += DAY + HOUR; /* hardly a jump, but the week has begun */
    run(fixture);
    fixture->now += 2 * DAY - HOUR;
    assert_int_equal(run(fixture).expired, 0);
    assert_int_equal(pass_days(fixture, 3).expired, 0);
    assert_int_equal(pass_days(fixture, 1).expired, 5);
}

static void a_daily_run_that_comes_late_is_no_jump(void **state) {
    Fixture *fixture = *state;
    five_wait(fixture);
    pass_days(fixture, 28);
    fixture->now += 2 * DAY;
    assert_int_equal(run(fixture).expired, 5);
}

static void what_really_is_a_year_later_ends_a_week_after(void **state) {
    Fixture *fixture = *state;
    fixture_mail(fixture, "eleni@polis.example.gr", "environment", "1@polis.example.gr", NULL);
    run(fixture);
    fixture->now += 365 * DAY;
    assert_int_equal(run(fixture).expired, 0);
    assert_int_equal(pass_days(fixture, 6).expired, 0);
    assert_int_equal(pass_days(fixture, 1).expired, 1);
}

static void questions_survive_a_jump_and_moderators_are_still_reminded(void **state) {
    Fixture *fixture = *state;
    GError *error = NULL;
    char email[] = "eleni@polis.example.gr", orders[] = "";
    Token token = {.kind = TOKEN_ADDRESS, .email = email, .orders = orders, .expires_at = fixture->now + TOKEN_LIFE};
    assert_true(tokens_add(fixture->database, &token, "hash", fixture->now, &error));
    five_wait(fixture);
    fixture->now += 8 * DAY;
    ExpiryCounts counts = run(fixture);
    assert_int_equal(counts.questions, 0);
    assert_int_equal(counts.reminded, 1);
    assert_int_equal(pass_days(fixture, 7).questions, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_post_that_nobody_decided_ends_after_its_days_and_its_author_is_told_once, start, fixture_stop),
        cmocka_unit_test_setup_teardown(moderators_are_reminded_once_for_each_group_after_a_day, start, fixture_stop),
        cmocka_unit_test_setup_teardown(what_was_decided_neither_ends_nor_reminds, start, fixture_stop),
        cmocka_unit_test_setup_teardown(machines_are_never_told, start, fixture_stop),
        cmocka_unit_test_setup_teardown(nobody_is_flooded_in_whose_name_a_hundred_posts_were_forged, start, fixture_stop),
        cmocka_unit_test_setup_teardown(what_the_site_may_not_write_this_hour_waits_for_the_next, start, fixture_stop),
        cmocka_unit_test_setup_teardown(questions_end_when_their_time_is_over, start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_clock_that_jumps_closes_nothing_in_bulk, start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_jump_within_the_days_of_held_mail_closes_nothing_either, start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set_back_closes_nothing_before_a_week, start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_daily_run_that_comes_late_is_no_jump, start, fixture_stop),
        cmocka_unit_test_setup_teardown(questions_survive_a_jump_and_moderators_are_still_reminded, start, fixture_stop),
        cmocka_unit_test_setup_teardown(what_really_is_a_year_later_ends_a_week_after, start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_closed_group_reminds_nobody_and_its_held_mail_still_ends, start, fixture_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
