#include "message/compose.h"
#include "message/header.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Composition greek(void) {
    return (Composition){.from_name = "Περιβάλλον, ομάδα", .from_address = "perivallon-owner@groups.example.gr", .to_name = "Μαρία", .to_address = "m@kozani.gr",
                         .reply_to = "perivallon@groups.example.gr", .subject = "Ένα μήνυμα περιμένει την έγκρισή σας",
                         .text = "Καλημέρα,\nένα μήνυμα περιμένει.\n.\nFrom here", .in_reply_to = "1@kozani.gr",
                         .list_id = "<perivallon.groups.example.gr>", .unsubscribe = "perivallon-leave@groups.example.gr",
                         .date = 1795504211, .message_id = "2@groups.example.gr"};
}

/* CRLF only, no NUL, no line over 998. */
static void assert_is_wire(const char *text, size_t length) {
    size_t line = 0;
    for (size_t i = 0; i < length; i++) {
        assert_true(text[i] != '\0');
        assert_true((text[i] == '\r') == (i + 1 < length && text[i + 1] == '\n'));
        line = text[i] == '\n' ? 0 : line + 1;
        assert_true(line <= 999);
    }
    assert_true(length == 0 || line == 0);
}

static char *composed(const Composition *composition, char **body) {
    g_autoptr(GBytes) head_bytes = NULL, body_bytes = NULL;
    g_autoptr(GError) error = NULL;
    if (!compose_mail(composition, &head_bytes, &body_bytes, &error)) fail_msg("%s", error->message);
    size_t length;
    const char *data = g_bytes_get_data(head_bytes, &length);
    assert_is_wire(data, length);
    assert_int_equal(header_end((const uint8_t *)data, length), length);
    char *head = g_strndup(data, length);
    data = g_bytes_get_data(body_bytes, &length);
    assert_is_wire(data != NULL ? data : "", length);
    *body = g_strndup(data != NULL ? data : "", length);
    return head;
}

static void a_notice_is_greek_in_quoted_printable(void **state) {
    (void)state;
    Composition notice = greek();
    g_autofree char *body = NULL, *head = composed(&notice, &body);
    assert_string_equal(head, "From: =?UTF-8?B?zqDOtc+BzrnOss6szrvOu86/zr0sIM6/zrzOrM60zrE=?=\r\n <perivallon-owner@groups.example.gr>\r\n"
                              "To: =?UTF-8?B?zpzOsc+Bzq/OsQ==?= <m@kozani.gr>\r\n"
                              "Reply-To: perivallon@groups.example.gr\r\n"
                              "Subject: =?UTF-8?B?zojOvc6xIM68zq7Ovc+FzrzOsSDPgM61z4HOuc68zq3Ovc61zrkg?=\r\n =?UTF-8?B?z4TOt869IM6tzrPOus+BzrnPg86uIM+DzrHPgg==?=\r\n"
                              "Date: Tue, 24 Nov 2026 07:10:11 +0000\r\n"
                              "Message-ID: <2@groups.example.gr>\r\n"
                              "In-Reply-To: <1@kozani.gr>\r\nReferences: <1@kozani.gr>\r\n"
                              "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nPrecedence: bulk\r\n"
                              "List-Id: <perivallon.groups.example.gr>\r\n"
                              "List-Unsubscribe: <mailto:perivallon-leave@groups.example.gr>\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    assert_string_equal(body, "=CE=9A=CE=B1=CE=BB=CE=B7=CE=BC=CE=AD=CF=81=CE=B1,\r\n"
                              "=CE=AD=CE=BD=CE=B1 =CE=BC=CE=AE=CE=BD=CF=85=CE=BC=CE=B1 =CF=80=CE=B5=CF=81=\r\n=CE=B9=CE=BC=CE=AD=CE=BD=CE=B5=CE=B9.\r\n"
                              ".\r\nFrom here\r\n");
}

static void only_what_is_given_is_written(void **state) {
    (void)state;
    Composition least = {.from_address = "diktyo@groups.example.gr", .subject = "", .text = "", .message_id = "2@x.gr"};
    g_autofree char *body = NULL, *head = composed(&least, &body);
    assert_true(g_str_has_prefix(head, "From: diktyo@groups.example.gr\r\nTo: undisclosed-recipients:;\r\nSubject:\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n"));
    assert_null(strstr(head, "In-Reply-To"));
    assert_null(strstr(head, "List-"));
    assert_string_equal(body, "");
}

static void no_value_from_outside_plants_a_field(void **state) {
    (void)state;
    static const char evil[] = "x\r\nBcc: y@z.gr\r\n\r\nbody";
    static const size_t texts[] = {offsetof(Composition, from_name), offsetof(Composition, to_name), offsetof(Composition, subject),
                                   offsetof(Composition, text), offsetof(Composition, in_reply_to)};
    static const size_t ours[] = {offsetof(Composition, from_address), offsetof(Composition, to_address), offsetof(Composition, reply_to),
                                  offsetof(Composition, list_id), offsetof(Composition, unsubscribe), offsetof(Composition, message_id)};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Composition notice = greek();
        *(const char **)(void *)((char *)&notice + texts[i]) = evil;
        g_autofree char *body = NULL, *head = composed(&notice, &body), *bcc = header_find((const uint8_t *)head, strlen(head), "bcc");
        assert_null(bcc);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++) {
        Composition notice = greek();
        *(const char **)(void *)((char *)&notice + ours[i]) = evil;
        g_autoptr(GBytes) head = NULL, body = NULL;
        g_autoptr(GError) error = NULL;
        assert_false(compose_mail(&notice, &head, &body, &error));
        assert_int_equal(error->code, FAULT_INTERNAL);
        assert_null(head);
    }
}

static void a_message_id_that_is_none_is_left_out(void **state) {
    (void)state;
    static const char *const bad[] = {"a b@c", "a>@b", "", "α@β.gr", "\xff"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        Composition notice = greek();
        notice.in_reply_to = bad[i];
        g_autofree char *body = NULL, *head = composed(&notice, &body);
        assert_null(strstr(head, "In-Reply-To"));
    }
}

static char *attached_body(const char *bytes, size_t length, char **head) {
    g_autoptr(GBytes) attached = g_bytes_new(bytes, length);
    Composition notice = greek();
    notice.attached = attached;
    char *body = NULL;
    *head = composed(&notice, &body);
    return body;
}

static void an_attached_message_goes_out_as_it_is(void **state) {
    (void)state;
    static const char raw[] = "From: a\nContent-Type: multipart/mixed; boundary=\"\"\nSubject: \xd0\xf1\n\n--\n\n.\n--x--\n";
    g_autofree char *head = NULL, *body = attached_body(raw, sizeof raw - 1, &head);
    assert_non_null(strstr(head, "Content-Type: multipart/mixed; boundary="));
    assert_non_null(strstr(head, "\r\nContent-Transfer-Encoding: 8bit\r\n"));
    assert_non_null(strstr(body, "\r\nContent-Type: message/rfc822; name=message.eml\r\n"));
    assert_non_null(strstr(body, "\r\nContent-Transfer-Encoding: 8bit\r\n"));
    assert_non_null(strstr(body, "\r\n\r\nFrom: a\r\nContent-Type: multipart/mixed; boundary=\"\"\r\nSubject: \xd0\xf1\r\n\r\n--\r\n\r\n.\r\n--x--\r\n\r\n--"));
}

static void the_boundary_is_short_and_new_each_time(void **state) {
    (void)state;
    g_autofree char *first = NULL, *second = NULL, *one = attached_body("A: b\n", 5, &first), *two = attached_body("A: b\n", 5, &second);
    assert_string_not_equal(first, second);
    const char *boundary = strstr(first, "boundary=");
    /* nobody can write a mail that contains it */
    assert_int_equal(strspn(boundary + strlen("boundary="), "abcdefghijklmnopqrstuvwxyz234567"), 26);
    assert_non_null(strstr(one, "\r\nContent-Transfer-Encoding: 7bit\r\n"));
    assert_non_null(two);
}

static void an_attached_message_that_smtp_cannot_carry_goes_as_a_file(void **state) {
    (void)state;
    g_autofree char *line = g_strnfill(200000, 'x');
    const struct {
        const char *bytes;
        size_t length;
    } cases[] = {{"A: b\0c\n", 7}, {"A: b\rc\n", 7}, {"A: b\r\r\n", 7}, {line, 200000}, {"A: b\r", 5}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *head = NULL, *body = attached_body(cases[i].bytes, cases[i].length, &head);
        const char *part = strstr(body, "\r\nContent-Type: application/octet-stream");
        assert_non_null(part);
        assert_non_null(strstr(part, "filename=message.eml"));
        const char *start = strstr(part, "\r\n\r\n") + 4, *end = strstr(start, "\r\n--");
        g_autofree char *encoded = g_strndup(start, (gsize)(end - start));
        gsize length;
        g_autofree guchar *decoded = g_base64_decode(encoded, &length);
        assert_int_equal(length, cases[i].length);
        assert_memory_equal(decoded, cases[i].bytes, length);
    }
    g_autofree char *head = NULL, *fits = g_strndup(line, 998), *body = attached_body(fits, 998, &head);
    assert_non_null(strstr(body, "message/rfc822"));
    g_autofree char *other = NULL, *nothing = attached_body("", 0, &other);
    assert_non_null(strstr(nothing, "message/rfc822"));
}

static void message_ids_are_ours_and_never_twice_the_same(void **state) {
    (void)state;
    g_autofree char *one = compose_message_id("groups.example.gr"), *two = compose_message_id("groups.example.gr");
    assert_string_not_equal(one, two);
    assert_true(g_str_has_suffix(one, "@groups.example.gr"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_is_greek_in_quoted_printable),
        cmocka_unit_test(only_what_is_given_is_written),
        cmocka_unit_test(no_value_from_outside_plants_a_field),
        cmocka_unit_test(a_message_id_that_is_none_is_left_out),
        cmocka_unit_test(an_attached_message_goes_out_as_it_is),
        cmocka_unit_test(the_boundary_is_short_and_new_each_time),
        cmocka_unit_test(an_attached_message_that_smtp_cannot_carry_goes_as_a_file),
        cmocka_unit_test(message_ids_are_ours_and_never_twice_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
