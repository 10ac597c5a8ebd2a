#include "intake/guard.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const Config limits = {.message_bytes = 1 << 20, .header_bytes = 4096, .header_lines = 50, .boundary_lines = 20};

/* `piece` written `count` times. */
static char *times(const char *piece, int count) {
    GString *all = g_string_new(NULL);
    for (int i = 0; i < count; i++) g_string_append(all, piece);
    return g_string_free(all, FALSE);
}

static void finds(const char *rule, const char *before, const char *piece, int count, const char *after) {
    g_autofree char *middle = times(piece, count);
    g_autofree char *mail = g_strconcat(before, middle, after, NULL);
    GuardFinding finding = guard_check(&limits, (const uint8_t *)mail, strlen(mail));
    if (rule == NULL) assert_null(finding.rule);
    else assert_string_equal(finding.rule, rule);
    if (rule != NULL) assert_true(finding.found > finding.limit);
}

#define MIXED "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"

static void each_limit_holds_what_is_over_it(void **state G_GNUC_UNUSED) {
    finds("message-bytes", "Subject: x\n\n", "0123456789abcdef", 1 << 16, "y");
    finds("header-bytes", "Subject: ", "0123456789abcdef", 300, "\n\nx\n");
    finds("header-bytes", "", "χωρίς κεφαλίδα ", 300, "");
    finds("header-lines", "", "X: y\r\n", 51, "\r\nx\r\n");
    finds("header-lines", MIXED "--b\r\n", "X: y\r\n", 51, "\r\nx\r\n");
    finds("header-lines", "Content-Type: message/rfc822\n\n", "X: y\n", 51, "\nx\n");
    finds("header-lines", "Content-Type:\n message/rfc822\n\n", "X: y\n", 51, "\nx\n");
    finds("header-bytes", MIXED "--b\nX: y\n", "\tmore of the same, and more of the same, and more of the same, and more of the same, and more of the same\n", 45, "\nx\n");
    finds("boundary-lines", MIXED, "--b\r\n\r\n", 21, "");
    finds("boundary-lines", MIXED, "--b\n", 21, "");
    finds("boundary-lines", "content-type : MULTIPART/mixed; boundary=----=_x\n\n", "------=_x\n\n", 21, "");
}

static void what_makes_the_parser_recurse_or_loop_is_held(void **state G_GNUC_UNUSED) {
    finds("nested-groups", "To: ", "a:", 201, "\n\nx\n");
    finds("nested-groups", "REPLY-TO: x", "\n a:a:a:a:a:", 45, "\n\nx\n");
    finds("nested-comments", "Date: ", "(", 201, "\n\nx\n");
    finds("parameter-name", "Content-Type: multipart/mixed; ", "x", 72, "=\"ά\"\n\n--\n\n");
    finds("parameter-name", "Content-Disposition: attachment;\n ", "x", 61, "*=y\n\n");
    finds("parameter-name", MIXED "--b\nContent-Type: multipart/mixed;", "x", 61, "=y\n\n");
}

static void a_long_parameter_field_is_held(void **state G_GNUC_UNUSED) {
    Config wide = limits;
    wide.header_bytes = 1 << 18;
    g_autofree char *parameters = times(";\n p=x", 2000);
    g_autofree char *mail = g_strconcat("Content-Type: text/plain", parameters, "\n\nx\n", NULL);
    wide.header_lines = 50000;
    assert_string_equal(guard_check(&wide, (const uint8_t *)mail, strlen(mail)).rule, "parameter-bytes");
}

static void what_offices_write_passes(void **state G_GNUC_UNUSED) {
    finds(NULL, "", "", 0, "");
    finds(NULL, "Subject: x\n\n", "-- \n--\n---\n----------\n--κάτι\n", 50, "");
    finds(NULL, MIXED "--b\n\n", "-- \n--\n-----\n--- a/x.c\n-- γεια\n| -- |\n--+--+--\n", 50, "--b--\n");
    finds(NULL, "Subject: x\n\n", "--b\n", 200, "");
    finds(NULL, "Subject: x\n\n", "ώρα: 12:30\n", 500, "");
    finds(NULL, "Content-Type: text/plain\n\n", "key: value\n", 500, "");
    finds(NULL, "To: ", "\"Δήμος: Χανίων\" <a@example.gr>,\n ", 40, "b@example.gr\n\n");
    finds(NULL, "To: ", "a:;, ", 250, "b@example.gr\n\n");
    finds(NULL, "Subject: ", "((:", 300, "\n\n");
    finds(NULL, "X-Report: ", "(0.1)", 300, "\n\n");
    finds(NULL, "To: ", "a@example.gr (Άννα), ", 40, "\n\n");
    finds(NULL, "Content-Type: multipart/mixed; boundary=\"", "=_x;", 30, "\"\n\n");
    finds(NULL, "Content-Type: application/pdf; name=", "x", 200, ".pdf\n\n");
    finds(NULL, "", "X: y\r\n", 50, "\r\nx\r\n");
    finds(NULL, MIXED, "--b\r\n\r\n", 20, "");
}

/* Nothing is timed: were it quadratic, it would not end. */
static void its_time_grows_with_the_length_only(void **state G_GNUC_UNUSED) {
    Config wide = {.message_bytes = 1 << 26, .header_bytes = 1 << 26, .header_lines = 1 << 26, .boundary_lines = 1 << 26};
    static const char *const pieces[] = {"\n", "a:", "To: (\n", "--b\n", " ", "Content-Type: message/x\n\n", "\r", "-"};
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autofree char *mail = times(pieces[i], (int)((8U << 20) / strlen(pieces[i])));
        guard_check(&wide, (const uint8_t *)mail, strlen(mail));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_holds_what_is_over_it),
        cmocka_unit_test(what_makes_the_parser_recurse_or_loop_is_held),
        cmocka_unit_test(a_long_parameter_field_is_held),
        cmocka_unit_test(what_offices_write_passes),
        cmocka_unit_test(its_time_grows_with_the_length_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
