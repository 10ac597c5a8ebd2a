#include "message/parse.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Letter *read_mail(const char *mail) {
    g_autoptr(GBytes) raw = g_bytes_new_static(mail, strlen(mail));
    return letter_parse(raw, "X-Loop-Mark");
}

#define MIXED \
    "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" \
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nΚείμενο\r\n--b\r\n"
#define END "\r\n\r\nAAAA\r\n--b--\r\n"

static void greek_names_and_subjects_are_read_whatever_their_label(void **state G_GNUC_UNUSED) {
    static const char *const mails[] = {
        "From: =?ISO-8859-7?B?os3Nwg==?= <Anna@Example.GR>\r\nSubject: =?iso-8859-7?Q?=A2=F1=E8=F1=EF?= 5\r\n\r\n",
        "From: =?iso-8859-7?Q?=B6=CD=CD=C2?= <anna@example.gr>\r\nSubject: =?ISO-8859-7?Q?=B6=F1=E8?=\r\n =?ISO-8859-7?Q?=F1=EF?= 5\r\n\r\n",
        "From: \xa2\xcd\xcd\xc2 <anna@example.gr>\r\nSubject: \xa2\xf1\xe8\xf1\xef 5\r\n\r\n",
        "From: =?utf-8?Q?=A2=CD=CD=C2?= <anna@example.gr>\r\nSubject: =?us-ascii?Q?=A2=F1=E8=F1=EF?=\n\t5\r\n\r\n",
        "From: \"=?utf-8?B?zobOnc6dzpI=?=\" <anna@example.gr>\r\nSubject: =?utf-8?Q?=CE=86=CF=81=CE?= =?utf-8?Q?=B8=CF=81=CE=BF?= 5\r\n\r\n",
        "From: ΆΝΝΒ <anna@example.gr>\nSubject: Άρθρο\n 5\n\n",
        "From: anna@example.gr (ΆΝΝΒ)\nSubject:Άρθρο 5",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(Letter) letter = read_mail(mails[i]);
        assert_string_equal(letter->author_name, "ΆΝΝΒ");
        assert_string_equal(letter->author_address, "anna@example.gr");
        assert_string_equal(letter->subject, "Άρθρο 5");
    }
}

static void a_from_that_is_no_single_mailbox_first_names_nobody(void **state G_GNUC_UNUSED) {
    static const char *const fields[] = {"ομάδα: a@example.gr;", "a@example.gr b@example.gr <c@example.gr>", "", "<>", "Μαρία",
                                         "a@b.gr@c.gr", "M <a@b.gr@c.gr>",
                                         "\"a b\"@example.gr", "x@[127.0.0.1]", "undisclosed-recipients:;"};
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autofree char *mail = g_strdup_printf("From: %s\nSubject: x\n\n", fields[i]);
        g_autoptr(Letter) letter = read_mail(mail);
        assert_null(letter->author_address);
    }
}

static void the_author_is_the_first_mailbox_of_the_first_from(void **state G_GNUC_UNUSED) {
    g_autoptr(Letter) letter = read_mail("From: =?utf-8?Q?=22x=40y.gr=22=2C?= <anna@example.gr>, b@example.gr\r\nFrom: c@example.gr\r\n\r\n");
    assert_string_equal(letter->author_address, "anna@example.gr");
    assert_string_equal(letter->author_name, "\"x@y.gr\",");
}

static void encoded_line_ends_do_not_leave_the_line(void **state G_GNUC_UNUSED) {
    g_autoptr(Letter) letter = read_mail("From: =?utf-8?Q?a=0D=0Ab?= <a@example.gr>\r\nSubject: =?utf-8?Q?a=0D=0ABcc:_b=00=E2=80=AEc?=\r\n\r\n");
    assert_string_equal(letter->author_name, "a b");
    assert_string_equal(letter->subject, "a Bcc: bc");
}

static void file_names_are_read_in_every_form_that_is_sent(void **state G_GNUC_UNUSED) {
    static const char *const fields[] = {
        "Content-Disposition: attachment; filename*=UTF-8''%CE%86%CF%81%CE%B8%CF%81%CE%BF%201.pdf",
        "Content-Disposition: attachment;\r\n filename*0*=UTF-8''%CE%86%CF%81%CE%B8;\r\n filename*1*=%CF%81%CE%BF%201;\r\n filename*2=\".pdf\"",
        "Content-Disposition: attachment; filename*=ISO-8859-7''%A2%F1%E8%F1%EF%201.pdf",
        "Content-Disposition: attachment; filename*=windows-1253'el'%A2%F1%E8%F1%EF%201.pdf",
        "Content-Disposition: attachment; filename=\"=?utf-8?B?zobPgc64z4HOvyAxLnBkZg==?=\"",
        "Content-Disposition: attachment;\r\n filename=\"=?utf-8?Q?=CE=86=CF=81?=\r\n =?utf-8?Q?=CE=B8=CF=81=CE=BF_1.pdf?=\"",
        "Content-Disposition: attachment; filename=\"\xa2\xf1\xe8\xf1\xef 1.pdf\"",
        "Content-Disposition: attachment; filename=\"Άρθρο 1.pdf\"",
        "Content-Disposition: attachment; filename=\"C:\\\\Temp\\\\Άρθρο 1.pdf\"",
        "Content-Disposition: attachment; filename=\"../../etc/Άρθρο 1.pdf\"",
        "Content-Type: application/pdf; name=\"=?iso-8859-7?Q?=A2=F1=E8=F1=EF_1.pdf?=\"",
        "Content-Type: Application/PDF; name=\"=?windows-1253?Q?=A2=F1=E8=F1=EF_1.pdf?=\"\r\nContent-Disposition: inline",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autofree char *type = g_strdup(strstr(fields[i], "-Type") != NULL ? "" : "Content-Type: application/pdf\r\n");
        g_autofree char *mail = g_strconcat(MIXED, type, "Content-Transfer-Encoding: base64\r\n", fields[i], END, NULL);
        g_autoptr(Letter) letter = read_mail(mail);
        assert_string_equal(letter->text, "Κείμενο");
        assert_int_equal(letter->attachments->len, 1);
        const Attachment *attachment = letter->attachments->pdata[0];
        assert_string_equal(attachment->name, "Άρθρο 1.pdf");
        assert_string_equal(attachment->type, "application/pdf");
        assert_int_equal(attachment->size, 3);
    }
}

static void texts(const char *mail, const char *expected, guint attachments) {
    g_autoptr(Letter) letter = read_mail(mail);
    assert_string_equal(letter->text, expected);
    assert_int_equal(letter->attachments->len, attachments);
}

#define BODY(type, more, body) "--b\r\nContent-Type: " type "\r\n" more "\r\n" body "\r\n"

static void bodies_are_read_by_their_bytes_more_than_by_their_label(void **state G_GNUC_UNUSED) {
    texts("Subject: x\r\n\r\n\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1 \xa2\r\n", "Καλημέρα Ά\n", 0);
    texts("Content-Type: text/plain; charset=utf-8\r\n\r\n\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1\r\n", "Καλημέρα\n", 0);
    texts("Content-Type: text/plain; charset=iso-8859-7\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=A2=F1=E8=\r\n=F1=EF\r\n", "Άρθρο\n", 0);
    texts("Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: base64\r\n\r\nzpHOs8+Bz4zPgg==\r\n", "Αγρός", 0);
    texts("Content-Type: text\r\n\r\nΚείμενο\r\n", "Κείμενο\n", 0);
    texts("From a@example.gr Mon Nov 23 09:00:00 2026\nSubject: x\n\nΚείμενο\n", "Κείμενο\n", 0);
    texts("Μόνο κείμενο\n", "Μόνο κείμενο\n", 0);
    texts("", "", 0);
    texts("Subject: x\n", "", 0);
}

static void the_plain_alternative_is_read_unless_it_is_blank(void **state G_GNUC_UNUSED) {
    static const char alternative[] = "Content-Type: multipart/alternative; boundary=b\r\n\r\n";
    g_autofree char *both = g_strconcat(alternative, BODY("text/plain; charset=utf-8", "", "Απλό"),
                                        BODY("text/html; charset=utf-8", "", "<p>Πλούσιο"), "--b--", NULL);
    texts(both, "Απλό", 0);
    g_autofree char *blank = g_strconcat(alternative, BODY("text/plain", "", " \r\n"),
                                         BODY("text/html; charset=utf-8", "", "<p>Πλούσιο"), "--b--", NULL);
    texts(blank, "Πλούσιο", 0);
    g_autofree char *html = g_strconcat(alternative, BODY("text/html; charset=iso-8859-7", "", "<p>\xa2\xf1\xe8\xf1\xef"), "--b--", NULL);
    texts(html, "Άρθρο", 0);
    g_autofree char *inside = g_strconcat(alternative, BODY("text/plain", "", "Απλό"),
        BODY("multipart/mixed; boundary=m", "", "--m\r\nContent-Type: text/html\r\n\r\nΠλούσιο\r\n"
             "--m\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n--m--"), "--b--", NULL);
    texts(inside, "Απλό", 1);
}

static void inline_texts_are_joined_and_the_rest_is_listed(void **state G_GNUC_UNUSED) {
    texts(MIXED "Content-Type: text/plain; charset=windows-1253\r\n\r\n\xf4\xdd\xeb\xef\xf2\r\n--b--\r\n", "Κείμενο\n\nτέλος", 0);
    texts(MIXED "Content-Type: text/plain; name=a.txt\r\n\r\nx\r\n--b--\r\n", "Κείμενο", 1);
    texts(MIXED "Content-Disposition: attachment\r\n\r\nx\r\n--b--\r\n", "Κείμενο", 1);
    texts("Content-Type: multipart/mixed; boundary=none\r\n\r\nΧωρίς μέρη\r\n", "Χωρίς μέρη\n", 0);
    g_autoptr(Letter) letter = read_mail(MIXED "Content-Type: message/rfc822\r\n\r\nSubject: =?iso-8859-7?Q?=A2?= 7\r\n\r\nμέσα\r\n"
                                         "--b\r\nContent-Type: application/ms-tnef\r\n\r\nxyz\r\n--b--\r\n");
    const Attachment *message = letter->attachments->pdata[0], *tnef = letter->attachments->pdata[1];
    assert_string_equal(letter->text, "Κείμενο");
    assert_string_equal(message->name, "Ά 7");
    assert_string_equal(message->type, "message/rfc822");
    assert_int_equal(message->size, strlen("μέσα"));
    assert_string_equal(tnef->name, "winmail.dat");
    assert_int_equal(tnef->size, 3);
}

static void parts_nested_too_deep_are_listed_as_one(void **state G_GNUC_UNUSED) {
    g_autoptr(GString) mail = g_string_new(NULL);
    for (int i = 0; i < 300; i++) g_string_append_printf(mail, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i);
    g_string_append(mail, "\r\nx\r\n");
    texts(mail->str, "", 1);
}

static void a_long_text_is_cut_between_letters(void **state G_GNUC_UNUSED) {
    g_autoptr(GString) mail = g_string_new("Content-Type: text/plain; charset=utf-8\r\n\r\nx");
    for (int i = 0; i < 600000; i++) g_string_append(mail, "α");
    g_autoptr(Letter) letter = read_mail(mail->str);
    assert_true(letter->text_cut);
    assert_int_equal(strlen(letter->text), (1 << 20) - 1);
    assert_true(g_utf8_validate(letter->text, -1, NULL));
    g_autoptr(Letter) whole = read_mail("Subject: x\n\nx");
    assert_false(whole->text_cut);
}

static void message_ids_that_are_no_names_are_left_out(void **state G_GNUC_UNUSED) {
    static const struct {
        const char *field, *id;
    } cases[] = {{"<a@example.gr>", "a@example.gr"}, {"\r\n <a@example.gr>", "a@example.gr"}, {"a@example.gr", "a@example.gr"},
                 {"<a b@example.gr>", NULL}, {"<ά@example.gr>", NULL}, {"<>", NULL}, {"", NULL}, {"<a\x01@b>", NULL}, {"<a<b@c>", "b@c"},
                 {"<a@example.gr> (comment)", "a@example.gr"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *mail = g_strdup_printf("Subject: x\r\nMessage-ID: %s\r\n\r\n", cases[i].field);
        g_autoptr(Letter) letter = read_mail(mail);
        if (cases[i].id == NULL) assert_null(letter->message_id);
        else assert_string_equal(letter->message_id, cases[i].id);
    }
    g_autofree char *letters = g_strnfill(251, 'a'), *mail = g_strdup_printf("Message-ID: <%s>\n\n", letters);
    g_autoptr(Letter) long_one = read_mail(mail);
    assert_null(long_one->message_id);
}

static void references_keep_the_first_and_the_newest(void **state G_GNUC_UNUSED) {
    g_autoptr(Letter) letter = read_mail("References: <a@x> <b@x>\r\n <a@x>\r\nIn-Reply-To: Your mail of Monday <c@x>\r\n\r\n");
    assert_int_equal(letter->references->len, 3);
    assert_string_equal(letter->references->pdata[2], "c@x");
    g_autoptr(Letter) known = read_mail("In-Reply-To: <a@x>\r\nReferences: <a@x> <b@x>\r\n\r\n");
    assert_int_equal(known->references->len, 2);
    g_autoptr(GString) mail = g_string_new("References:");
    for (int i = 0; i < 500; i++) g_string_append_printf(mail, "\r\n <%d@x>", i);
    g_string_append(mail, "\r\nIn-Reply-To: <last@x>\r\n\r\n");
    g_autoptr(Letter) many = read_mail(mail->str);
    assert_int_equal(many->references->len, 100);
    assert_string_equal(many->references->pdata[0], "0@x");
    assert_string_equal(many->references->pdata[98], "499@x");
    assert_string_equal(many->references->pdata[99], "last@x");
}

static void recipients_are_canonical_once_and_bounded(void **state G_GNUC_UNUSED) {
    g_autoptr(Letter) letter = read_mail("To: Όλοι: A@Example.gr, \"Δήμος: Χανίων\" <b@example.gr>;, bad, c@παράδειγμα.gr\r\n"
                                         "Cc: a@example.gr, d@example.gr\r\n\r\n");
    assert_int_equal(letter->recipients->len, 4);
    static const char *const expected[] = {"a@example.gr", "b@example.gr", "c@xn--hxajbheg2az3al.gr", "d@example.gr"};
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        assert_true(g_ptr_array_find_with_equal_func(letter->recipients, expected[i], g_str_equal, NULL));
    g_autoptr(GString) mail = g_string_new("To: x@example.gr");
    for (int i = 0; i < 1500; i++) g_string_append_printf(mail, ",\r\n m%d@example.gr", i);
    g_autoptr(Letter) many = read_mail(mail->str);
    assert_int_equal(many->recipients->len, 1000);
}

static void dates_outside_of_reason_are_none(void **state G_GNUC_UNUSED) {
    static const struct {
        const char *field;
        int64_t date;
    } cases[] = {{"Mon, 23 Nov 2026 09:00:00 +0200", 1795417200}, {"23 Nov 26 07:00 GMT", 1795417200}, {"Mon, 23 Nov 1902 09:00:00 +0200", 0},
                 {"Mon, 23 Nov 9999 09:00:00 +0200", 0}, {"χθες", 0}, {"", 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *mail = g_strdup_printf("Subject: x\r\nDate: %s\r\n\r\n", cases[i].field);
        g_autoptr(Letter) letter = read_mail(mail);
        assert_int_equal(letter->date, cases[i].date);
    }
}

static void automatic_mail_is_known_by_its_fields(void **state G_GNUC_UNUSED) {
    static const struct {
        const char *field;
        AutoSubmitted automatic;
        bool bulk;
    } cases[] = {
        {"Auto-Submitted: no", AUTO_NO, false},
        {"Auto-Submitted: auto-replied (vacation)", AUTO_REPLIED, false},
        {"auto-submitted: Auto-Generated; owner-email=x", AUTO_GENERATED, false},
        {"Auto-Submitted: auto-notified", AUTO_GENERATED, false},
        {"X-Autoreply: yes", AUTO_REPLIED, false},
        {"X-Autorespond: x", AUTO_REPLIED, false},
        {"Precedence: auto_reply", AUTO_REPLIED, false},
        {"X-Auto-Response-Suppress: All", AUTO_NO, false},
        {"Precedence: Bulk", AUTO_NO, true},
        {"Precedence: list", AUTO_NO, true},
        {"Precedence: normal", AUTO_NO, false},
        {"List-Id: <x.example.gr>", AUTO_NO, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *mail = g_strdup_printf("Subject: x\r\n%s\r\n\r\n", cases[i].field);
        g_autoptr(Letter) letter = read_mail(mail);
        assert_int_equal(letter->automatic, cases[i].automatic);
        assert_int_equal(letter->bulk, cases[i].bulk);
    }
}

static void hops_loop_marks_and_reports_are_counted(void **state G_GNUC_UNUSED) {
    g_autoptr(Letter) letter = read_mail("Received: a\r\nX-Loop-Mark: ygeia@example.gr\r\nreceived: b\r\nx-loop-mark:\r\n paideia@example.gr\r\n"
                                         "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n");
    assert_int_equal(letter->hops, 2);
    assert_int_equal(letter->loop_marks->len, 2);
    assert_string_equal(letter->loop_marks->pdata[1], "paideia@example.gr");
    assert_true(letter->report);
}

static void a_letter_comes_back_from_a_variant_as_it_was(void **state G_GNUC_UNUSED) {
    g_autoptr(Letter) letter = read_mail("From: Άννα <anna@example.gr>\r\nTo: b@example.gr\r\nSubject: Θέμα\r\n"
                                         "Message-ID: <a@x>\r\nReferences: <b@x>\r\n"
                                         "Auto-Submitted: auto-replied\r\nX-Loop-Mark: m\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                                         "--b\r\n\r\nx\r\n--b\r\nContent-Type: a/b\r\n\r\ny\r\n--b--\r\n");
    g_autoptr(GVariant) variant = g_variant_ref_sink(letter_to_variant(letter));
    g_autoptr(Letter) back = letter_from_variant(variant);
    assert_non_null(back);
    g_autoptr(GVariant) again = g_variant_ref_sink(letter_to_variant(back));
    assert_true(g_variant_equal(variant, again));
}

static void a_letter_that_breaks_its_promises_is_refused(void **state G_GNUC_UNUSED) {
    static const char *const texts_of_letters[] = {
        "(just 'a b', 's', 'n', nothing, [], [], 0, 't', false, [], 0, false, false, [], 0)",
        "(nothing, 's\\nBcc: x', 'n', nothing, [], [], 0, 't', false, [], 0, false, false, [], 0)",
        "(nothing, 's', 'n', just 'no address', [], [], 0, 't', false, [], 0, false, false, [], 0)",
        "(nothing, 's', 'n', nothing, ['<a>'], [], 0, 't', false, [], 0, false, false, [], 0)",
        "(nothing, 's', 'n', nothing, [], ['x@y\\r\\nz'], 0, 't', false, [], 0, false, false, [], 0)",
        "(nothing, 's', 'n', nothing, [], [], 0, 't', false, [('a\\nb', 'x/y', 0)], 0, false, false, [], 0)",
        "(nothing, 's', 'n', nothing, [], [], 0, 't', false, [], 7, false, false, [], 0)",
        "(nothing, 's', 'n', nothing, [], [], 0, 't', false, [], 0, false, false, [], -1)",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts_of_letters); i++) {
        g_autoptr(GVariant) variant = g_variant_parse(G_VARIANT_TYPE("(msssmsasasxsba(ssx)ubbasx)"), texts_of_letters[i], NULL, NULL, NULL);
        assert_non_null(variant);
        g_autoptr(Letter) letter = letter_from_variant(variant);
        assert_null(letter);
    }
    g_autoptr(GVariant) other = g_variant_ref_sink(g_variant_new_string("x"));
    assert_null(letter_from_variant(other));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greek_names_and_subjects_are_read_whatever_their_label),
        cmocka_unit_test(a_from_that_is_no_single_mailbox_first_names_nobody),
        cmocka_unit_test(the_author_is_the_first_mailbox_of_the_first_from),
        cmocka_unit_test(encoded_line_ends_do_not_leave_the_line),
        cmocka_unit_test(file_names_are_read_in_every_form_that_is_sent),
        cmocka_unit_test(bodies_are_read_by_their_bytes_more_than_by_their_label),
        cmocka_unit_test(the_plain_alternative_is_read_unless_it_is_blank),
        cmocka_unit_test(inline_texts_are_joined_and_the_rest_is_listed),
        cmocka_unit_test(parts_nested_too_deep_are_listed_as_one),
        cmocka_unit_test(a_long_text_is_cut_between_letters),
        cmocka_unit_test(message_ids_that_are_no_names_are_left_out),
        cmocka_unit_test(references_keep_the_first_and_the_newest),
        cmocka_unit_test(recipients_are_canonical_once_and_bounded),
        cmocka_unit_test(dates_outside_of_reason_are_none),
        cmocka_unit_test(automatic_mail_is_known_by_its_fields),
        cmocka_unit_test(hops_loop_marks_and_reports_are_counted),
        cmocka_unit_test(a_letter_comes_back_from_a_variant_as_it_was),
        cmocka_unit_test(a_letter_that_breaks_its_promises_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
