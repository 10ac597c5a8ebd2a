#include "message/header.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static size_t end_of(const char *text) { return header_end((const uint8_t *)text, strlen(text)); }

static char *found(const char *text, const char *name) { return header_find((const uint8_t *)text, strlen(text), name); }

static bool drop_named(const char *name, gpointer user) { return g_strv_contains(user, name); }

static char *copied(const char *text, size_t length, const char *const *names) {
    return g_string_free(header_copy((const uint8_t *)text, length, names ? drop_named : NULL, (gpointer)(uintptr_t)names), FALSE);
}

/* What every reader must agree about: only fields and folded lines, ended by CRLF. */
static void assert_is_header(const char *block, size_t length) {
    bool line_start = true;
    for (size_t i = 0; i < length; i++) {
        assert_true(block[i] != '\0');
        if (line_start) {
            assert_true(block[i] != '\r' && block[i] != '\n');
            if (block[i] != ' ' && block[i] != '\t') {
                size_t name = strcspn(block + i, ": \t\r\n"), blanks = strspn(block + i + name, " \t");
                assert_true(i > 0 || name > 0);
                assert_int_equal(block[i + name + blanks], ':');
            } else {
                assert_true(i > 0);
            }
        }
        assert_true((block[i] == '\r') == (block[i + 1] == '\n'));
        line_start = block[i] == '\n';
    }
    assert_true(length == 0 || line_start);
}

static void the_header_ends_behind_the_empty_line_whatever_the_line_ends(void **state) {
    (void)state;
    assert_int_equal(end_of("From: a\n\nbody"), 9);
    assert_int_equal(end_of("From: a\r\n\r\nbody"), 11);
    assert_int_equal(end_of("From: a\r\r\n\r\r\nbody"), 13);
    assert_int_equal(end_of("From: a\n b\n\tc\n\nbody\n\n"), 15);
    assert_int_equal(end_of("From maria@kozani.gr Tue Nov 24 07:10:11 2026\nFrom: a\n\nx"), 55);
    assert_int_equal(end_of("From : a\n\nx"), 10);
    assert_int_equal(end_of("From: a\nno field here\nTo: b\n\nx"), 29);
}

static void a_mail_without_a_header_is_all_body(void **state) {
    (void)state;
    assert_int_equal(end_of(""), 0);
    assert_int_equal(header_end(NULL, 0), 0);
    assert_int_equal(end_of("Καλημέρα σας\n\nA: b\n\n"), 0);
    assert_int_equal(end_of(" folded: first\nA: b\n\n"), 0);
    assert_int_equal(end_of(": no name\n\n"), 0);
    assert_int_equal(end_of("\nbody"), 1);
    assert_int_equal(end_of("\r\nbody"), 2);
    assert_int_equal(end_of("\n\n\n"), 1);
    assert_int_equal(end_of("From x\nΚαλημέρα"), 7);
    assert_int_equal(end_of("From"), 0);
    assert_int_equal(end_of("A: b"), 4);
    assert_int_equal(end_of("A: b\n"), 5);
    assert_int_equal(end_of("A:"), 2);
}

static void kept_fields_come_out_byte_for_byte_with_crlf(void **state) {
    (void)state;
    static const char raw[] = "From m@kozani.gr Tue Nov 24 07:10:11 2026\n"
                              "Return-Path: <m@kozani.gr>\n"
                              "subject :  \xd0\xf1\xfc\xf3\xea\xeb\xe7\xf3\xe7 \t \n\t \xd3\xf5\xed\xdc\xed\xf4\xe7\xf3\xe7\xf2 \n"
                              "LIST-ID: <x.y>\n and more\n"
                              "X-Empty:\n"
                              "To:a@b.gr\n\nList-Id: body\n";
    static const char *const names[] = {"list-id", "return-path", NULL};
    g_autofree char *block = copied(raw, strlen(raw), names);
    assert_string_equal(block, "subject :  \xd0\xf1\xfc\xf3\xea\xeb\xe7\xf3\xe7 \t \r\n\t \xd3\xf5\xed\xdc\xed\xf4\xe7\xf3\xe7\xf2 \r\n"
                               "X-Empty:\r\nTo:a@b.gr\r\n");
}

static void a_broken_line_is_folded_to_the_field_before_it(void **state) {
    (void)state;
    static const char *const names[] = {"list-id", NULL};
    static const char raw[] = "Subject: a\n>From x\nΘέμα: β\n cont\nTo: b\n\nx";
    static const char dropped[] = "List-Id: a\nbroken\nTo: b";
    g_autofree char *block = copied(raw, strlen(raw), NULL);
    assert_string_equal(block, "Subject: a\r\n >From x\r\n Θέμα: β\r\n cont\r\nTo: b\r\n");
    g_autofree char *lone = copied(dropped, strlen(dropped), names);
    assert_string_equal(lone, "X-Broken-Header: broken\r\nTo: b\r\n");
}

static void a_bare_cr_and_a_nul_plant_nothing(void **state) {
    (void)state;
    static const char raw[] = "Subject: a\rBcc: x@y.gr\r\r\n\0z: \0\r\n b\r\0c\r\n\r\nbody";
    g_autofree char *block = copied(raw, sizeof raw - 1, NULL);
    assert_string_equal(block, "Subject: a Bcc: x@y.gr\r\n  z:  \r\n b  c\r\n");
    assert_is_header(block, strlen(block));
}

static void any_bytes_make_a_header_and_the_pieces_agree(void **state) {
    (void)state;
    static const char pool[] = "AB:: \t\r\r\n\n\nFrom \0\xce\xb1-";
    static const char *const names[] = {"a", "b", NULL};
    GRand *dice = g_rand_new_with_seed(2611);
    char raw[64];
    for (int round = 0; round < 200000; round++) {
        size_t length = (size_t)g_rand_int_range(dice, 0, sizeof raw);
        for (size_t i = 0; i < length; i++) raw[i] = pool[g_rand_int_range(dice, 0, sizeof pool - 1)];
        size_t end = header_end((const uint8_t *)raw, length), trace = header_trace_length((const uint8_t *)raw, length);
        assert_true(end <= length && trace <= end);
        g_autoptr(GString) all = header_copy((const uint8_t *)raw, length, NULL, NULL);
        g_autoptr(GString) some = header_copy((const uint8_t *)raw, length, drop_named, (gpointer)(uintptr_t)names);
        assert_is_header(all->str, all->len);
        assert_is_header(some->str, some->len);
        assert_int_equal(header_end((const uint8_t *)all->str, all->len), all->len);
        g_autoptr(GString) again = header_copy((const uint8_t *)all->str, all->len, NULL, NULL);
        assert_string_equal(again->str, all->str);
        g_autofree char *a = header_find((const uint8_t *)raw, length, "a"), *after = header_find((const uint8_t *)some->str, some->len, "a");
        assert_null(after);
        assert_true(a == NULL || strpbrk(a, "\r\n") == NULL);
    }
    g_rand_free(dice);
}

/* Nothing is timed: were it quadratic, it would not end. */
static void huge_headers_take_linear_time(void **state) {
    (void)state;
    static const char *const shapes[] = {"A", "A:", "A: b\n", "\n", "\r", "A\n", " \n", "A: b\r\r\r\r", ":", "From "};
    for (size_t shape = 0; shape < G_N_ELEMENTS(shapes); shape++) {
        g_autoptr(GString) raw = g_string_new("A: b\n");
        while (raw->len < 2000000) g_string_append(raw, shapes[shape]);
        g_autofree char *block = copied(raw->str, raw->len, NULL), *value = found(raw->str, "zz");
        size_t trace = header_trace_length((const uint8_t *)raw->str, raw->len);
        assert_int_equal(trace, 0);
        assert_null(value);
        assert_is_header(block, strlen(block));
    }
}

static void the_body_begins_at_the_same_byte_in_the_whole_and_in_its_content(void **state) {
    (void)state;
    static const char *const pieces[] = {"Received: a\n", ">From x\n", "garbage\n", " folded\n", "From: a\n", "From x\n", "\n", "Body: x\n", "Return-Path: <>\r\n", "x"};
    g_autoptr(GRand) dice = g_rand_new_with_seed(20261123);
    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) raw = g_string_new(NULL);
        for (int i = g_rand_int_range(dice, 0, 9); i > 0; i--) g_string_append(raw, pieces[g_rand_int_range(dice, 0, G_N_ELEMENTS(pieces))]);
        const uint8_t *bytes = (const uint8_t *)raw->str;
        size_t trace = header_trace_length(bytes, raw->len);
        size_t whole = header_end(bytes, raw->len), part = header_end(bytes + trace, raw->len - trace);
        if (whole != trace + part) print_message("“%s”\n", raw->str);
        assert_int_equal(whole, trace + part);
    }
}

static void trace_fields_on_top_are_not_content(void **state) {
    (void)state;
    static const char trace[] = "From m@kozani.gr Tue Nov 24 07:10:11 2026\n"
                                "Return-Path: <m@kozani.gr>\nX-Original-To: p@groups.gr\nDelivered-To: p@groups.gr\n"
                                "Received: from a\n\tby b; Tue, 24 Nov 2026 07:10:11 +0000\nReceived-SPF: pass\n"
                                "Authentication-Results: b;\n dkim=pass\n";
    static const char content[] = "DKIM-Signature: v=1\nReceived: later\nFrom: m@kozani.gr\n\nbody";
    g_autofree char *raw = g_strconcat(trace, content, NULL);
    assert_int_equal(header_trace_length((const uint8_t *)raw, strlen(raw)), strlen(trace));
    assert_int_equal(header_trace_length((const uint8_t *)content, strlen(content)), 0);
    assert_int_equal(header_trace_length((const uint8_t *)trace, strlen(trace)), 0); /* nothing else: it is content */
    assert_int_equal(header_trace_length((const uint8_t *)"Received: a\n\nb", 14), 12);
    assert_int_equal(header_trace_length(NULL, 0), 0);
}

static void a_value_is_found_unfolded(void **state) {
    (void)state;
    static const char raw[] = "X: 1\nSUBJECT:  Πρόσκληση\r\n  σε συνεδρίαση \t\r\nSubject: second\nEmpty:\n\nFrom: body";
    g_autofree char *subject = found(raw, "subject"), *empty = found(raw, "empty"), *none = found(raw, "from");
    assert_string_equal(subject, "Πρόσκληση  σε συνεδρίαση");
    assert_string_equal(empty, "");
    assert_null(none);
}

static void a_field_of_ours_takes_no_control_character(void **state) {
    (void)state;
    static const char *const bad[][2] = {{"Subject", "a\r\nBcc: x"}, {"Subject", "a\nb"}, {"Subject", "a\rb"}, {"Subject", "a\tb"},
                                         {"Subject", "a\x7f"}, {"Sub ject", "a"}, {"Subject:", "a"}, {"", "a"}, {"Su\nbject", "a"},
                                         {"Θέμα", "a"}};
    g_autoptr(GString) block = g_string_new("X: y\r\n");
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(header_append(block, bad[i][0], bad[i][1], &error));
        assert_int_equal(error->code, FAULT_INTERNAL);
    }
    g_autofree char *word = g_strnfill(992, 'x');
    assert_false(header_append(block, "Longs", word, NULL));
    assert_string_equal(block->str, "X: y\r\n");
    assert_true(header_append(block, "Empty", "", NULL));
    assert_true(header_append(block, "To", "a@b.gr", NULL));
    assert_string_equal(block->str, "X: y\r\nEmpty:\r\nTo: a@b.gr\r\n");
    assert_true(header_append(block, "Long", word, NULL));
}

static void a_long_field_is_folded_at_blanks_and_means_the_same(void **state) {
    (void)state;
    g_autoptr(GString) block = g_string_new(NULL), text = g_string_new(NULL);
    for (int i = 0; i < 60; i++) g_string_append_printf(text, "%sλέξη%d", i > 0 ? (i % 7 == 0 ? "  " : " ") : "", i);
    assert_true(header_append(block, "Subject", text->str, NULL));
    g_auto(GStrv) lines = g_strsplit(block->str, "\r\n", -1);
    assert_true(g_strv_length(lines) > 5);
    for (char **line = lines; *line != NULL; line++) assert_true(strlen(*line) <= 78);
    g_autofree char *back = found(block->str, "subject");
    assert_string_equal(back, text->str);
}

static void any_text_becomes_safe_for_a_field(void **state) {
    (void)state;
    g_autofree char *plain = header_text("Agenda for Monday"), *greek = header_text("Πρόσκληση"), *evil = header_text(" a\r\nBcc: x@y.gr\x01\x7f ");
    assert_string_equal(plain, "Agenda for Monday");
    assert_string_equal(greek, "=?UTF-8?B?zqDPgc+Mz4POus67zrfPg863?=");
    assert_string_equal(evil, "a  Bcc: x@y.gr");
    g_autofree char *fake = header_text("=?utf-8?Q?a=0D=0ABcc?="), *bytes = header_text("\xff\xfe a"), *line = header_text("α\xe2\x80\xa8β");
    assert_true(g_str_has_prefix(fake, "=?UTF-8?B?") && strstr(fake, "Bcc") == NULL);
    assert_true(g_str_has_prefix(bytes, "=?UTF-8?B?"));
    assert_string_equal(line, "=?UTF-8?B?zrEgzrI=?=");
    g_autoptr(GString) huge = g_string_new(NULL), block = g_string_new(NULL);
    while (huge->len < 100000) g_string_append(huge, "Ώρα ");
    g_autofree char *bounded = header_text(huge->str);
    assert_true(header_append(block, "Subject", bounded, NULL));
    g_auto(GStrv) words = g_strsplit(bounded, " ", -1);
    size_t octets = 0;
    for (char **word = words; *word != NULL; word++) {
        gsize length;
        assert_true(strlen(*word) <= 75 && g_str_has_suffix(*word, "?="));
        (*word)[strlen(*word) - 2] = '\0';
        g_autofree guchar *piece = g_base64_decode(*word + strlen("=?UTF-8?B?"), &length);
        assert_true(g_utf8_validate((const char *)piece, (gssize)length, NULL));
        octets += length;
    }
    assert_true(octets <= 400 && octets > 390);
}

static void a_name_is_quoted_or_encoded_before_its_address(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"Maria Papa", "Maria Papa <m@kozani.gr>"},
                                           {"", "m@kozani.gr"},
                                           {NULL, "m@kozani.gr"},
                                           {"  \r\n ", "m@kozani.gr"},
                                           {"Papa, Maria", "\"Papa, Maria\" <m@kozani.gr>"},
                                           {"a\" <x@y.gr>, \"b\\", "\"a\\\" <x@y.gr>, \\\"b\\\\\" <m@kozani.gr>"},
                                           {"a\r\nBcc: x", "\"a  Bcc: x\" <m@kozani.gr>"},
                                           {"Μαρία", "=?UTF-8?B?zpzOsc+Bzq/OsQ==?= <m@kozani.gr>"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *mailbox = header_mailbox(cases[i][0], "m@kozani.gr");
        assert_string_equal(mailbox, cases[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_ends_behind_the_empty_line_whatever_the_line_ends),
        cmocka_unit_test(a_mail_without_a_header_is_all_body),
        cmocka_unit_test(kept_fields_come_out_byte_for_byte_with_crlf),
        cmocka_unit_test(a_broken_line_is_folded_to_the_field_before_it),
        cmocka_unit_test(a_bare_cr_and_a_nul_plant_nothing),
        cmocka_unit_test(any_bytes_make_a_header_and_the_pieces_agree),
        cmocka_unit_test(huge_headers_take_linear_time),
        cmocka_unit_test(the_body_begins_at_the_same_byte_in_the_whole_and_in_its_content),
        cmocka_unit_test(trace_fields_on_top_are_not_content),
        cmocka_unit_test(a_value_is_found_unfolded),
        cmocka_unit_test(a_field_of_ours_takes_no_control_character),
        cmocka_unit_test(a_long_field_is_folded_at_blanks_and_means_the_same),
        cmocka_unit_test(any_text_becomes_safe_for_a_field),
        cmocka_unit_test(a_name_is_quoted_or_encoded_before_its_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
