#include "digest_scene.h"

static void each_format_has_its_writers_and_its_type(void **state) {
    (void)state;
    static const struct {
        DigestFormat format;
        const DigestWriter *writers[3];
        const char *type;
    } cases[] = {
        {FORMAT_HTML, {&digest_writer_text, &digest_writer_html}, "Content-Type: multipart/alternative; boundary=\"b0undary\"\nContent-Transfer-Encoding: 8bit\n"},
        {FORMAT_TEXT, {&digest_writer_text}, "Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: 8bit\n"},
        {FORMAT_MIME, {&digest_writer_mime}, "Content-Type: multipart/mixed; boundary=\"b0undary\"\nContent-Transfer-Encoding: 8bit\n"},
        {FORMAT_RFC1153, {&digest_writer_rfc1153}, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *type = digest_type(cases[i].format, "b0undary");
        assert_string_equal(type, cases[i].type);
        for (int j = 0; j == 0 || cases[i].writers[j - 1] != NULL; j++) assert_ptr_equal(digest_writers(cases[i].format)[j], cases[i].writers[j]);
    }
}

static void an_alternative_is_the_text_and_then_the_html(void **state) {
    (void)state;
    g_autofree char *first = digest_between(FORMAT_HTML, 0, "b0undary"), *second = digest_between(FORMAT_HTML, 1, "b0undary"), *last = digest_between(FORMAT_HTML, 2, "b0undary");
    assert_string_equal(first, "--b0undary\nContent-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: 8bit\n\n");
    assert_string_equal(second, "\n--b0undary\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
    assert_string_equal(last, "\n--b0undary--\n");
    for (size_t i = 0; i < 2; i++) {
        g_autofree char *plain = digest_between(FORMAT_TEXT, i, "b"), *old = digest_between(FORMAT_RFC1153, i, "b"), *whole = digest_between(FORMAT_MIME, i, "b");
        assert_true(*plain == '\0' && *old == '\0' && *whole == '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_has_its_writers_and_its_type),
        cmocka_unit_test(an_alternative_is_the_text_and_then_the_html),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
