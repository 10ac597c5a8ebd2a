#include "fixture.h"

static Fixture *start(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    return fixture;
}

static int64_t post(Fixture *fixture, const char *id, const char *answers) {
    Outcome outcome = fixture_mail(fixture, "nikos@argos.example.gr", "environment", id, answers);
    assert_true(outcome.applied.post > 0);
    return outcome.applied.post;
}

/* A thread as `number@depth` in reading order. */
static char *thread_of(Fixture *fixture, int64_t number) {
    g_autofree char *reference = g_strdup_printf("%d", (int)number);
    g_autoptr(GPtrArray) found = posts_find(fixture->database, reference, NULL);
    g_autoptr(GPtrArray) posts = posts_thread(fixture->database, ((Post *)found->pdata[0])->thread, NULL);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < posts->len; i++)
        g_string_append_printf(text, "%s%s@%d", i > 0 ? " " : "", ((Post *)posts->pdata[i])->message_id, ((Post *)posts->pdata[i])->depth);
    return g_string_free(text, FALSE);
}

static void expect_thread(Fixture *fixture, int64_t number, const char *wanted) {
    g_autofree char *found = thread_of(fixture, number);
    assert_string_equal(found, wanted);
}

static void an_answer_stands_below_what_it_answers(void **state) {
    Fixture *fixture = start(state);
    int64_t first = post(fixture, "a@x", NULL);
    post(fixture, "b@x", "a@x");
    post(fixture, "d@x", "a@x");
    post(fixture, "c@x", "b@x");
    expect_thread(fixture, first, "a@x@0 b@x@1 c@x@2 d@x@1");
}

static void a_parent_that_comes_late_takes_its_answers(void **state) {
    Fixture *fixture = start(state);
    post(fixture, "b@x", "a@x");
    int64_t grandchild = post(fixture, "c@x", "b@x");
    post(fixture, "e@x", "a@x"); /* answers the same mail that is not there: same talk */
    expect_thread(fixture, grandchild, "b@x@0 c@x@1 e@x@0");
    post(fixture, "a@x", NULL);
    expect_thread(fixture, grandchild, "a@x@0 b@x@1 c@x@2 e@x@1");
}

static void a_late_parent_joins_two_talks(void **state) {
    Fixture *fixture = start(state);
    int64_t root = post(fixture, "root@x", NULL);
    int64_t answer = post(fixture, "leaf@x", "middle@x");
    expect_thread(fixture, answer, "leaf@x@0");
    post(fixture, "middle@x", "root@x");
    expect_thread(fixture, root, "root@x@0 middle@x@1 leaf@x@2");
}

static void references_in_a_circle_lose_no_post(void **state) {
    Fixture *fixture = start(state);
    int64_t first = post(fixture, "a@x", "b@x");
    post(fixture, "b@x", "a@x");
    int64_t self = post(fixture, "c@x", "c@x");
    expect_thread(fixture, first, "a@x@0 b@x@1");
    expect_thread(fixture, self, "c@x@0");
}

static void talks_of_two_groups_stay_apart(void **state) {
    Fixture *fixture = start(state);
    fixture_group(fixture, "tourism", POSTING_ANYONE);
    int64_t first = post(fixture, "a@x", NULL);
    Outcome other = fixture_mail(fixture, "nikos@argos.example.gr", "tourism", "b@x", "a@x");
    expect_thread(fixture, first, "a@x@0");
    expect_thread(fixture, other.applied.post, "b@x@0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_stands_below_what_it_answers, fixture_start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_parent_that_comes_late_takes_its_answers, fixture_start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_late_parent_joins_two_talks, fixture_start, fixture_stop),
        cmocka_unit_test_setup_teardown(references_in_a_circle_lose_no_post, fixture_start, fixture_stop),
        cmocka_unit_test_setup_teardown(talks_of_two_groups_stay_apart, fixture_start, fixture_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
