#include "message/rewrite.h"
#include "message/header.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static char domain[] = "groups.example.gr", name[] = "perivallon", title[] = "Περιβάλλον", no_tag[] = "", id[] = "1@kozani.gr";
static const Config config = {.domain = domain};
static const Group group = {.name = name, .title = title, .subject_tag = no_tag};
static const int64_t november = 1795504211; /* 2026-11-24 07:10:11 UTC */

static GBytes *bytes_of(const char *text) { return g_bytes_new(text, strlen(text)); }

static char *text_of(GBytes *bytes) {
    const char *data = g_bytes_get_data(bytes, NULL);
    return g_strndup(data != NULL ? data : "", g_bytes_get_size(bytes));
}

static const char *answered;

static char *head_of(const Group *of, const char *raw_text, const Letter *letter) {
    g_autoptr(GBytes) raw = bytes_of(raw_text);
    g_autoptr(GError) error = NULL;
    size_t slot = 0;
    g_autoptr(GBytes) head = rewrite_post(&config, of, letter, raw, "made@groups.example.gr", answered, november, &slot, &error);
    if (head == NULL) fail_msg("%s", error->message);
    g_autofree char *field = rewrite_unsubscribe(of->name, NULL, domain), *personal = rewrite_unsubscribe(of->name, "key", domain);
    assert_string_equal(personal, "List-Unsubscribe: <mailto:perivallon-leave+key@groups.example.gr>\r\n");
    g_autoptr(GBytes) filled = rewrite_filled(head, slot, field);
    return text_of(filled);
}

static char *body_of(const char *raw_text, size_t length) {
    g_autoptr(GBytes) raw = g_bytes_new(raw_text, length), body = rewrite_body(raw);
    return text_of(body);
}

static void the_fields_of_the_group_stand_above_the_authors(void **state) {
    (void)state;
    Letter letter = {.message_id = id};
    g_autofree char *head = head_of(&group, "Received: by mx\nFrom: =?iso-8859-7?Q?=CC=E1?=\n <m@kozani.gr>\nDate:  Tue, 24 Nov 2026 07:10:11 +0000\n"
                                            "Message-ID:<1@kozani.gr>\n\nbody", &letter);
    assert_string_equal(head, "X-Diktyo-Loop: perivallon@groups.example.gr\r\n"
                              "List-Id: =?UTF-8?B?zqDOtc+BzrnOss6szrvOu86/zr0=?=\r\n <perivallon.groups.example.gr>\r\n"
                              "List-Post: <mailto:perivallon@groups.example.gr>\r\n"
                              "List-Help: <mailto:perivallon-help@groups.example.gr>\r\n"
                              "List-Subscribe: <mailto:perivallon-join@groups.example.gr>\r\n"
                              "List-Unsubscribe: <mailto:perivallon-leave@groups.example.gr>\r\n"
                              "List-Owner: <mailto:perivallon-owner@groups.example.gr>\r\n"
                              "Precedence: list\r\n"
                              "Received: by mx\r\nFrom: =?iso-8859-7?Q?=CC=E1?=\r\n <m@kozani.gr>\r\nDate:  Tue, 24 Nov 2026 07:10:11 +0000\r\n"
                              "Message-ID:<1@kozani.gr>\r\n\r\n");
}

static void fields_of_other_lists_and_of_the_last_delivery_go(void **state) {
    (void)state;
    static const char *const gone[] = {"Return-Path", "Delivered-To", "X-Original-To", "List-Id", "LIST-POST", "List-Unsubscribe-Post",
                                       "list-owner", "List-Archive", "Archived-At", "Precedence", "Disposition-Notification-To", "Return-Receipt-To"};
    static const char *const kept[] = {"Received", "DKIM-Signature", "ARC-Seal", "Authentication-Results", "X-Diktyo-Loop", "Reply-To",
                                       "Sender", "Listen", "Message-ID", "Subject"};
    Letter letter = {.message_id = id};
    g_autoptr(GString) raw = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(gone); i++) g_string_append_printf(raw, "%s: theirs\n folded\n", gone[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) g_string_append_printf(raw, "%s: theirs\n", kept[i]);
    g_autofree char *head = head_of(&group, raw->str, &letter);
    const char *author = strstr(head, "Precedence: list\r\n");
    assert_non_null(author);
    g_autoptr(GString) rest = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) g_string_append_printf(rest, "%s: theirs\r\n", kept[i]);
    g_string_append(rest, "\r\n");
    /* there was no Date */
    assert_string_equal(author + strlen("Precedence: list\r\nDate: Tue, 24 Nov 2026 07:10:11 +0000\r\n"), rest->str);
}

static void a_missing_message_id_and_date_are_added(void **state) {
    (void)state;
    Letter letter = {0};
    g_autofree char *head = head_of(&group, "Message-Id: unusable\nSubject: x\n\nbody", &letter), *bare = head_of(&group, "Καλημέρα", NULL);
    assert_non_null(strstr(head, "\r\nMessage-ID: <made@groups.example.gr>\r\nDate: Tue, 24 Nov 2026 07:10:11 +0000\r\nSubject: x\r\n\r\n"));
    assert_null(strstr(head, "unusable"));
    assert_true(g_str_has_suffix(bare, "\r\nMessage-ID: <made@groups.example.gr>\r\nDate: Tue, 24 Nov 2026 07:10:11 +0000\r\n\r\n"));
}

static void an_answer_by_its_address_says_so_where_its_program_did_not(void **state) {
    (void)state;
    answered = "2@kozani.gr";
    g_autofree char *silent = head_of(&group, "Subject: x\n\nbody", NULL), *reply = head_of(&group, "In-reply-to: <3@x.gr>\n\n", NULL),
                    *references = head_of(&group, "References: <3@x.gr>\n\n", NULL);
    answered = NULL;
    assert_non_null(strstr(silent, "\r\nIn-Reply-To: <2@kozani.gr>\r\n"));
    assert_null(strstr(reply, "2@kozani.gr"));
    assert_null(strstr(references, "2@kozani.gr"));
}

static void a_group_where_owners_write_says_no_to_posts(void **state) {
    (void)state;
    Group owners = group;
    owners.posting = POSTING_OWNERS;
    g_autofree char *head = head_of(&owners, "A: b\n\n", NULL);
    assert_non_null(strstr(head, "\r\nList-Post: NO\r\n"));
}

static void a_title_can_plant_no_field(void **state) {
    (void)state;
    static char evil[] = "a\r\nBcc: x@y.gr", empty[] = "", comma[] = "Health, \"Care\"";
    static const char *const expected[] = {"\r\nList-Id: \"a  Bcc: x@y.gr\" <perivallon.groups.example.gr>\r\n",
                                           "\r\nList-Id: <perivallon.groups.example.gr>\r\n",
                                           "\r\nList-Id: \"Health, \\\"Care\\\"\" <perivallon.groups.example.gr>\r\n"};
    char *titles[] = {evil, empty, comma};
    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++) {
        Group named = group;
        named.title = titles[i];
        g_autofree char *head = head_of(&named, "A: b\n\n", NULL);
        if (strstr(head, expected[i]) == NULL) fail_msg("%s", head);
    }
}

static void the_tag_is_put_before_the_subject_once(void **state) {
    (void)state;
    static const struct {
        const char *tag, *raw, *read, *expected;
    } cases[] = {
        {"env", "Subject: Agenda", "Agenda", "Subject: [env] Agenda"},
        {"[env]", "Subject: Agenda", "Agenda", "Subject: [env] Agenda"},
        {"env", "Subject: Re: [Env] Agenda", "Re: [Env] Agenda", "Subject: Re: [Env] Agenda"},
        {"env", "Subject: =?utf-8?B?zpHOoDogW2Vudl0gzpg=?=", "ΑΠ: [env] Θ", "Subject: =?utf-8?B?zpHOoDogW2Vudl0gzpg=?="},
        {"env", "subject: \xd0\xf1", "Πρ", "Subject: [env] \xd0\xf1"},
        {"env", "Subject: a\n\tb", "a b", "Subject: [env] a b"},
        {"env", "X: y", "", "Subject: [env]"},
        {"Περ", "Subject: Agenda", "Agenda", "Subject: =?UTF-8?B?W86gzrXPgV0=?= Agenda"},
        {"Περ", "Subject: =?utf-8?B?zpg=?=", "Θ", "Subject: =?UTF-8?B?W86gzrXPgV3CoA==?= =?utf-8?B?zpg=?="},
        {"Περ", "Subject: =?utf-8?B?x?=", "ΣΧΕΤ: [ΠΕΡ] Θ", "Subject: =?utf-8?B?x?="},
        {"a\r\nBcc: x", "Subject: y", "y", "Subject: [a  Bcc: x] y"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *tag = g_strdup(cases[i].tag), *subject = g_strdup(cases[i].read), *raw = g_strconcat(cases[i].raw, "\n\nbody", NULL);
        Group tagged = group;
        tagged.subject_tag = tag;
        Letter letter = {.message_id = id, .subject = subject};
        g_autofree char *head = head_of(&tagged, raw, &letter), *line = g_strdup_printf("\r\n%s\r\n", cases[i].expected);
        if (strstr(head, line) == NULL) fail_msg("case %zu: %s", i, head);
        g_auto(GStrv) around = g_strsplit(head, "ubject: ", -1);
        assert_int_equal(g_strv_length(around), 2);
    }
}

static void a_subject_that_cannot_take_the_tag_stays_as_it_came(void **state) {
    (void)state;
    static char tag[] = "env";
    g_autofree char *word = g_strnfill(2000, 'x'), *raw = g_strdup_printf("Subject: %s\n\n", word), *line = g_strdup_printf("\r\nSubject: %s\r\n", word);
    Group tagged = group;
    tagged.subject_tag = tag;
    g_autofree char *head = head_of(&tagged, raw, NULL);
    assert_non_null(strstr(head, line));
}

static void the_body_gets_canonical_line_ends(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"A: b\n\nx\ny", "x\r\ny\r\n"},       {"A: b\n\nx\r\ny\r\n", "x\r\ny\r\n"}, {"A: b\n\nx\r\r\ny\n", "x\r\ny\r\n"},
        {"A: b\n\nx\ry\r\rz\r", "x\r\ny\r\n\r\nz\r\n"}, {"A: b\n\n", ""},             {"A: b\n", ""},
        {"", ""},                               {"A: b\n\n\n\n", "\r\n\r\n"},         {"no header\n", "no header\r\n"},
        {"\n.\n.\n", ".\r\n.\r\n"},             {"A: b\n\n\r\n.\r.\n", "\r\n.\r\n.\r\n"}, {"A: b\n\n\n\r", "\r\n\r\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *body = body_of(cases[i][0], strlen(cases[i][0]));
        if (strcmp(body, cases[i][1]) != 0) fail_msg("case %zu: %s", i, body);
    }
    g_autoptr(GBytes) raw = g_bytes_new("A: b\n\na\0\xff\n", 10), body = rewrite_body(raw);
    assert_int_equal(g_bytes_get_size(body), 5);
    assert_memory_equal(g_bytes_get_data(body, NULL), "a\0\xff\r\n", 5);
}

static void canonical_lines_are_told_from_others(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        bool canonical;
    } cases[] = {{"", 0, true},          {"\r\n", 2, true},       {"a\r\n\r\nb\r\n", 8, true}, {"a\0\xff\r\n", 5, true}, {"a", 1, false},
                 {"\n", 1, false},       {"\r", 1, false},         {"a\n", 2, false},           {"a\r\nb", 4, false},      {"a\r\n\n", 4, false},
                 {"a\r\n\r", 4, false}, {"a\r\r\n", 4, false},   {"a\rb\r\n", 5, false},     {"a\nb\r\n", 5, false},   {"\n\r\n", 3, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (rewrite_has_canonical_lines(cases[i].text, cases[i].length) != cases[i].canonical) fail_msg("case %zu", i);
}

/* Then there is nothing to copy. */
static void a_body_of_canonical_lines_is_part_of_the_raw_mail(void **state) {
    (void)state;
    g_autoptr(GBytes) raw = g_bytes_new("A: b\r\n\r\nx\r\n", 11), body = rewrite_body(raw);
    assert_int_equal(g_bytes_get_size(body), 3);
    assert_ptr_equal(g_bytes_get_data(body, NULL), (const uint8_t *)g_bytes_get_data(raw, NULL) + 8);
}

static void an_address_of_a_group_has_its_word(void **state) {
    (void)state;
    g_autofree char *post = rewrite_address("ygeia", NULL, "x.gr"), *leave = rewrite_address("ygeia", "leave", "x.gr");
    assert_string_equal(post, "ygeia@x.gr");
    assert_string_equal(leave, "ygeia-leave@x.gr");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fields_of_the_group_stand_above_the_authors),
        cmocka_unit_test(fields_of_other_lists_and_of_the_last_delivery_go),
        cmocka_unit_test(a_missing_message_id_and_date_are_added),
        cmocka_unit_test(an_answer_by_its_address_says_so_where_its_program_did_not),
        cmocka_unit_test(a_group_where_owners_write_says_no_to_posts),
        cmocka_unit_test(a_title_can_plant_no_field),
        cmocka_unit_test(canonical_lines_are_told_from_others),
        cmocka_unit_test(a_body_of_canonical_lines_is_part_of_the_raw_mail),
        cmocka_unit_test(the_tag_is_put_before_the_subject_once),
        cmocka_unit_test(a_subject_that_cannot_take_the_tag_stays_as_it_came),
        cmocka_unit_test(the_body_gets_canonical_line_ends),
        cmocka_unit_test(an_address_of_a_group_has_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
