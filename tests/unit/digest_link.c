#include "publish/digest_link.h"
#include "digest_scene.h"

static DigestEntry an_entry(const char *subject, const char *address, const char *id) {
    static const Scene scene[] = {{0, 7, 123}};
    DigestEntry entry;
    set_scene(scene, 1, &entry);
    scene_posts[0].subject = writable(subject);
    scene_posts[0].author_address = address != NULL ? writable(address) : NULL;
    scene_posts[0].message_id = id != NULL ? writable(id) : NULL;
    return entry;
}

static void an_answer_goes_to_the_thread_or_to_the_author(void **state) {
    (void)state;
    DigestEntry entry = an_entry("ΑΠ: Re: Κάδοι & άλλα", "maria+x@dimos.example.gr", "a?b=c&d@x.gr");
    g_autofree char *answer = digest_answer_link(frame_in(false), &entry), *author = digest_author_link(frame_in(false), &entry);
    g_autofree char *address = digest_answer_address(frame_in(false), &entry);
#define REST "?subject=Re%3A%20%CE%9A%CE%AC%CE%B4%CE%BF%CE%B9%20%26%20%CE%AC%CE%BB%CE%BB%CE%B1&In-Reply-To=%3Ca%3Fb%3Dc%26d%40x.gr%3E"
    assert_string_equal(answer, "mailto:environment-reply%2B123@groups.example.gr" REST);
    assert_string_equal(author, "mailto:maria%2Bx@dimos.example.gr" REST);
#undef REST
    assert_string_equal(address, "environment-reply+123@groups.example.gr");
}

static void muting_holds_the_mark_as_it_is(void **state) {
    (void)state;
    DigestEntry entry = an_entry("Κάδοι", "maria@dimos.example.gr", "a@x.gr");
    g_autofree char *address = digest_mute_address(frame_in(false), &entry), *link = digest_mute_link(frame_in(true), &entry);
    assert_string_equal(address, "diktyo-mute+7-\x01@groups.example.gr");
    assert_true(g_str_has_prefix(link, "mailto:diktyo-mute%2B7-\x01@groups.example.gr?subject=Mute%20a%20thread&body=Send%20"));
}

static void nothing_from_a_mail_can_add_a_field_or_make_a_link_too_long(void **state) {
    (void)state;
    g_autoptr(GString) subject = g_string_new(NULL), id = g_string_new(NULL);
    for (int i = 0; i < 400; i++) g_string_append(subject, "Ώ");
    for (int i = 0; i < 400; i++) g_string_append(id, "%");
    static const char *const ids[] = {"a b@x.gr", "a\r\nBcc: x@y.gr", "", NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(ids) + 1; i++) {
        DigestEntry entry = an_entry(subject->str, "maria@dimos.example.gr", i < G_N_ELEMENTS(ids) ? ids[i] : id->str);
        g_autofree char *link = digest_answer_link(frame_in(false), &entry);
        assert_lacks(link, "In-Reply-To");
        assert_true(strlen(link) < 600 && g_str_has_suffix(link, "%CE%8F%E2%80%A6"));
    }
    g_autofree char *far = g_strnfill(60, 'x'), *wide = g_strdup_printf("%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%@%s.%s.%s.gr", far, far, far);
    g_autofree char *long_id = g_strnfill(200, 'i');
    DigestEntry widest = an_entry(subject->str, wide, long_id);
    g_autofree char *widest_link = digest_author_link(frame_in(false), &widest), *near_link = digest_answer_link(frame_in(false), &widest);
    assert_true(strlen(widest_link) <= 780 && strstr(widest_link, "In-Reply-To") == NULL);
    assert_true(strlen(near_link) <= 780 && strstr(near_link, "In-Reply-To=%3Ciii") != NULL);
    DigestEntry hostile = an_entry("α\r\nBcc: x@y.gr\x01&cc=z@y.gr\u202e\"><b>", "maria@dimos.example.gr", "a@x.gr");
    g_autofree char *link = digest_author_link(frame_in(false), &hostile);
    for (const char *c = link; *c != '\0'; c++) assert_true(g_ascii_isgraph(*c) && strchr("\"'<>\\", *c) == NULL);
    assert_has(link, "%CE%B1%20Bcc%3A%20x%40y.gr%26cc%3Dz%40y.gr%22%3E%3Cb%3E&In-Reply-To=");
    DigestEntry nobody = an_entry("Κάδοι", NULL, "a@x.gr"), empty = an_entry("Κάδοι", "", "a@x.gr");
    assert_null(digest_author_link(frame_in(false), &nobody));
    assert_null(digest_author_link(frame_in(false), &empty));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_goes_to_the_thread_or_to_the_author),
        cmocka_unit_test(muting_holds_the_mark_as_it_is),
        cmocka_unit_test(nothing_from_a_mail_can_add_a_field_or_make_a_link_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, clear_scene);
}
