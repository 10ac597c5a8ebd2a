#include "deliver/turns.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Several jobs, each for some of these two. */
static char maria[] = "maria@drama.example.gr", nikos[] = "nikos@argos.example.gr";

enum { JOBS = 5, EACH = 2 };

typedef struct {
    Turns *turns;
    Delivery deliveries[JOBS][EACH];
    Delivery *pointers[JOBS][EACH];
    RelayJob jobs[JOBS];
    Load *loads[JOBS];
} Scene;

static int open_scene(void **state) {
    Scene *scene = g_new0(Scene, 1);
    scene->turns = turns_new();
    *state = scene;
    return 0;
}

static int close_scene(void **state) {
    Scene *scene = *state;
    turns_free(scene->turns);
    for (int i = 0; i < JOBS; i++) {
        if (scene->jobs[i].head != NULL) g_bytes_unref(scene->jobs[i].head);
        if (scene->jobs[i].body != NULL) g_bytes_unref(scene->jobs[i].body);
    }
    g_free(scene);
    return 0;
}

/* `count` of 1 is for Maria alone. */
static Load *add(Scene *scene, int number, size_t count) {
    char *emails[EACH] = {maria, nikos};
    for (size_t i = 0; i < count; i++) {
        scene->deliveries[number][i].email = emails[i];
        scene->pointers[number][i] = &scene->deliveries[number][i];
    }
    scene->jobs[number] = (RelayJob){.head = g_bytes_new_static("A: b\r\n\r\n", 8), .body = g_bytes_new_static("x\r\n", 3), .deliveries = scene->pointers[number], .count = count};
    turns_add(scene->turns, &scene->jobs[number]);
    return scene->loads[number] = turns_of(scene->turns, &scene->jobs[number]);
}

static void begin(Scene *scene, int number, size_t index) {
    assert_true(turns_are_its(scene->turns, scene->loads[number], index));
    turns_begin(scene->turns, scene->loads[number], index);
}

static void expect_waits(Scene *scene, int number, size_t index) {
    assert_false(turns_are_its(scene->turns, scene->loads[number], index));
    assert_int_equal(scene->loads[number]->turns[index], TURN_WAITING);
}

/* Which loads have something that may begin, from the oldest: "0 2". */
static void expect_open(const Scene *scene, size_t deliveries, const char *expected) {
    g_autoptr(GString) told = g_string_new(NULL);
    for (const Load *load = turns_first_open(scene->turns); load != NULL; load = turns_next_open(scene->turns, load))
        for (int i = 0; i < JOBS; i++)
            if (scene->loads[i] == load) g_string_append_printf(told, "%s%d", told->len > 0 ? " " : "", i);
    assert_string_equal(told->str, expected);
    assert_int_equal(turns_open(scene->turns), deliveries);
}

static void mails_to_one_address_go_one_after_the_other(void **state) {
    Scene *scene = *state;
    for (int i = 0; i < 3; i++) add(scene, i, 1);
    expect_open(scene, 3, "0 1 2");
    begin(scene, 0, 0);
    expect_waits(scene, 1, 0);
    expect_waits(scene, 2, 0);
    expect_open(scene, 0, "");
    turns_pass(scene->turns, maria);
    expect_open(scene, 1, "1");
    begin(scene, 1, 0);
    turns_pass(scene->turns, maria);
    expect_open(scene, 1, "2");
    begin(scene, 2, 0);
    turns_pass(scene->turns, maria);
    expect_open(scene, 0, "");
}

static void who_comes_while_it_is_anothers_turn_waits_too(void **state) {
    Scene *scene = *state;
    for (int i = 0; i < 2; i++) add(scene, i, 1);
    begin(scene, 0, 0);
    expect_waits(scene, 1, 0);
    turns_pass(scene->turns, maria);
    add(scene, 2, 1);
    expect_open(scene, 2, "1 2");
    expect_waits(scene, 2, 0); /* it is the second one's turn, begun or not */
    expect_open(scene, 1, "1");
}

static void what_is_given_back_goes_before_those_that_wait(void **state) {
    Scene *scene = *state;
    for (int i = 0; i < 2; i++) add(scene, i, 1);
    begin(scene, 0, 0);
    expect_waits(scene, 1, 0);
    turns_give_back(scene->turns, scene->loads[0], &scene->deliveries[0][0]);
    expect_open(scene, 1, "0");
    begin(scene, 0, 0);
    expect_open(scene, 0, "");
    turns_pass(scene->turns, maria);
    expect_open(scene, 1, "1");
}

static void what_is_left_holds_nobody_up(void **state) {
    Scene *scene = *state;
    for (int i = 0; i < 4; i++) add(scene, i, 1);
    begin(scene, 0, 0);
    for (int i = 1; i < 4; i++) expect_waits(scene, i, 0);
    turns_leave(scene->turns, scene->loads[2], 0); /* in the middle of the line */
    turns_pass(scene->turns, maria);
    expect_open(scene, 1, "1");
    turns_leave(scene->turns, scene->loads[1], 0); /* whose turn it is */
    expect_open(scene, 1, "3");
    turns_leave(scene->turns, scene->loads[3], 0);
    expect_open(scene, 0, "");
    add(scene, 4, 1);
    begin(scene, 4, 0);
}

static void the_oldest_load_stands_first_in_whatever_order_they_open(void **state) {
    Scene *scene = *state;
    for (int i = 0; i < 3; i++) add(scene, i, 2);
    begin(scene, 0, 0);
    begin(scene, 0, 1);
    for (int i = 1; i < 3; i++)
        for (size_t k = 0; k < 2; k++) expect_waits(scene, i, k);
    assert_int_equal(turns_first_of(scene->loads[1]), EACH);
    turns_pass(scene->turns, nikos);
    assert_int_equal(turns_first_of(scene->loads[1]), 1);
    expect_open(scene, 1, "1");
    begin(scene, 1, 1);
    turns_pass(scene->turns, nikos);
    expect_open(scene, 1, "2");
    const Load *open = turns_first_open(scene->turns);
    assert_int_equal(turns_first_of(scene->loads[0]), EACH);
    turns_give_back(scene->turns, scene->loads[0], &scene->deliveries[0][0]);
    assert_int_equal(turns_first_of(scene->loads[0]), 0);
    expect_open(scene, 2, "0 2");
    begin(scene, 2, 1);
    assert_null(turns_next_open(scene->turns, open)); /* asked from one that is open no more */
    assert_ptr_equal(turns_next_open(scene->turns, scene->loads[0]), NULL);
}

static void what_is_answered_whole_is_forgotten(void **state) {
    Scene *scene = *state;
    for (int i = 0; i < 3; i++) add(scene, i, 2);
    assert_int_equal(turns_bytes(scene->turns), 3 * 11);
    for (size_t k = 0; k < 2; k++) begin(scene, 1, k);
    turns_answered(scene->turns, scene->loads[1]);
    turns_drop_answered(scene->turns);
    assert_ptr_equal(turns_of(scene->turns, &scene->jobs[1]), scene->loads[1]);
    turns_answered(scene->turns, scene->loads[1]);
    turns_drop_answered(scene->turns);
    assert_null(turns_of(scene->turns, &scene->jobs[1]));
    assert_int_equal(turns_bytes(scene->turns), 2 * 11);
    assert_ptr_equal(turns_first(scene->turns), scene->loads[0]);
    assert_ptr_equal(turns_next(scene->loads[0]), scene->loads[2]);
    assert_null(turns_next(scene->loads[2]));
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_SCENE(mails_to_one_address_go_one_after_the_other),       IN_SCENE(who_comes_while_it_is_anothers_turn_waits_too),
        IN_SCENE(what_is_given_back_goes_before_those_that_wait),    IN_SCENE(what_is_left_holds_nobody_up),
        IN_SCENE(the_oldest_load_stands_first_in_whatever_order_they_open), IN_SCENE(what_is_answered_whole_is_forgotten)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
