#include "publish/digest_order.h"
#include "digest_scene.h"

static void check_order(const Scene *scenes, size_t count, const char *expected) {
    DigestEntry entries[SCENE_MOST];
    set_scene(scenes, count, entries);
    g_autoptr(GString) order = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) g_string_append_printf(order, "%s%d", i > 0 ? " " : "", (int)entries[i].post->id);
    assert_string_equal(order->str, expected);
}

static void answers_stand_below_what_they_answer(void **state) {
    (void)state;
    static const Scene tree[] = {{0, 1, 14, 11}, {0, 1, 10, 0}, {0, 1, 12, 10}, {0, 1, 11, 10}, {0, 1, 13, 12}};
    check_order(tree, G_N_ELEMENTS(tree), "10 11 14 12 13");
    static const Scene parent_is_older_than_the_digest[] = {{0, 1, 22, 7}, {0, 1, 21, 8}, {0, 1, 23, 21}};
    check_order(parent_is_older_than_the_digest, 3, "21 23 22");
    static const Scene parent_came_later[] = {{0, 1, 31, 32}, {0, 1, 32, 0}, {0, 1, 33, 31}};
    check_order(parent_came_later, 3, "32 31 33");
}

static void threads_come_in_the_order_of_their_first_new_post_and_groups_by_rank(void **state) {
    (void)state;
    static const Scene scenes[] = {{1, 1, 1, 0}, {0, 5, 2, 0}, {0, 3, 3, 0}, {0, 5, 4, 2}, {1, 1, 5, 1}};
    check_order(scenes, G_N_ELEMENTS(scenes), "2 4 3 1 5");
}

static void a_circle_of_parents_loses_no_post(void **state) {
    (void)state;
    static const Scene scenes[] = {{0, 1, 1, 2}, {0, 1, 2, 1}, {0, 1, 3, 3}, {0, 1, 4, 0}};
    check_order(scenes, G_N_ELEMENTS(scenes), "4 1 2 3");
}

static void groups_threads_and_posts_are_counted(void **state) {
    (void)state;
    static const Scene scenes[] = {{1, 1, 1, 0}, {0, 5, 2, 0}, {0, 3, 3, 0}, {0, 5, 4, 2}, {1, 1, 5, 1}};
    DigestEntry entries[SCENE_MOST];
    set_scene(scenes, 5, entries);
    DigestNumbers all = digest_numbers(entries, 5), none = digest_numbers(entries, 0);
    assert_true(all.groups == 2 && all.threads == 3 && all.posts == 5);
    assert_true(none.groups == 0 && none.threads == 0 && none.posts == 0);
    assert_int_equal(digest_group_run(entries, 5), 3);
    assert_int_equal(digest_thread_run(entries, 5), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_stand_below_what_they_answer),
        cmocka_unit_test(threads_come_in_the_order_of_their_first_new_post_and_groups_by_rank),
        cmocka_unit_test(a_circle_of_parents_loses_no_post),
        cmocka_unit_test(groups_threads_and_posts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
