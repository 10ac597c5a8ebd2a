#include "publish/mboxrd.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static GString *written(GBytes *const *mails, size_t count) {
    char *buffer = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&buffer, &length);
    assert_non_null(file);
    for (size_t i = 0; i < count; i++) assert_true(mboxrd_write(file, "maria@dimos.example.gr", 1795503845, mails[i], NULL));
    assert_int_equal(fclose(file), 0);
    GString *mbox = g_string_new_len(buffer, (gssize)length);
    free(buffer);
    return mbox;
}

static bool starts(const char *text, const char *end, const char *prefix) {
    return (size_t)(end - text) >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

/* Another reader than the writer: an entry starts at a line `From `, its last line end is the file's, one > goes from >…From . */
static GPtrArray *read_back(const GString *mbox) {
    GPtrArray *mails = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    GByteArray *mail = NULL;
    const char *end = mbox->str + mbox->len;
    for (const char *line = mbox->str, *next; line < end; line = next) {
        const char *feed = memchr(line, '\n', (size_t)(end - line)), *word = line;
        next = feed != NULL ? feed + 1 : end;
        if (starts(line, end, "From ")) {
            if (mail != NULL) g_ptr_array_add(mails, g_byte_array_free_to_bytes(mail));
            mail = g_byte_array_new();
            continue;
        }
        assert_non_null(mail);
        while (word < next && *word == '>') word++;
        if (word > line && starts(word, next, "From ")) line++;
        g_byte_array_append(mail, (const guint8 *)line, (guint)(next - line));
    }
    if (mail != NULL) g_ptr_array_add(mails, g_byte_array_free_to_bytes(mail));
    for (guint i = 0; i < mails->len; i++) {
        GBytes *with_end = mails->pdata[i];
        gsize length;
        const char *bytes = g_bytes_get_data(with_end, &length);
        assert_true(length > 0 && bytes[length - 1] == '\n');
        mails->pdata[i] = g_bytes_new_from_bytes(with_end, 0, length - 1);
        g_bytes_unref(with_end);
    }
    return mails;
}

static void check_round_trip(GBytes *const *mails, size_t count) {
    g_autoptr(GString) mbox = written(mails, count);
    g_autoptr(GPtrArray) back = read_back(mbox);
    assert_int_equal(back->len, count);
    for (size_t i = 0; i < count; i++) assert_true(g_bytes_equal(mails[i], back->pdata[i]));
}

static void every_byte_of_a_mail_comes_back_from_the_mbox(void **state) {
    (void)state;
#define MAIL(bytes) g_bytes_new_static(bytes, sizeof(bytes) - 1)
    GBytes *mails[] = {
        MAIL("Subject: Κομποστοποίηση\n\nΚαλημέρα σε όλους\n"), MAIL("no line end"), MAIL(""), MAIL("\n"), MAIL("\n\n\n"),
        MAIL("From maria Mon Nov 23 07:00:00 2026\nFrom: x\n\nFrom here\n>From there\n>>>From far\n> From not\nFrom"),
        MAIL("From "), MAIL(">From "), MAIL("a\nFrom "), MAIL("a\rFrom b\rFrom "), MAIL("CR\r\nFrom a\r\n\r\n>From b\r\n"),
        MAIL("\0From \n\0\n\0"), MAIL("From\tno\nFrom:no\nfrom no\n"), MAIL("ends with CR\r"), MAIL("\xff\xfe\x80\n>>From \xce"),
    };
#undef MAIL
    check_round_trip(mails, G_N_ELEMENTS(mails));
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
        check_round_trip(&mails[i], 1);
        g_bytes_unref(mails[i]);
    }
}

static void any_bytes_at_all_come_back(void **state) {
    (void)state;
    static const char *const pieces[] = {"From ", ">", "\n", "\r\n", "\r", "F", "rom ", "Φορέας", "\xff", ""};
    GRand *dice = g_rand_new_with_seed(20261123);
    GBytes *mails[40];
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
            GString *mail = g_string_new(NULL);
            for (int piece = g_rand_int_range(dice, 0, 30); piece > 0; piece--) {
                const char *chosen = pieces[g_rand_int_range(dice, 0, G_N_ELEMENTS(pieces))];
                if (*chosen == '\0') g_string_append_c(mail, '\0');
                g_string_append(mail, chosen);
            }
            mails[i] = g_string_free_to_bytes(mail);
        }
        check_round_trip(mails, G_N_ELEMENTS(mails));
        for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) g_bytes_unref(mails[i]);
    }
    g_rand_free(dice);
}

static void the_from_line_names_the_sender_and_the_time_in_utc(void **state) {
    (void)state;
    static const struct {
        const char *sender;
        int64_t at;
        const char *line;
    } cases[] = {
        {"maria@dimos.example.gr", 1795503845, "From maria@dimos.example.gr Tue Nov 24 07:04:05 2026\n"},
        {"", 1772582400, "From MAILER-DAEMON Wed Mar  4 00:00:00 2026\n"},
        {NULL, 0, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"},
        {NULL, INT64_MAX, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *buffer = NULL;
        size_t length = 0;
        FILE *file = open_memstream(&buffer, &length);
        g_autoptr(GBytes) mail = g_bytes_new_static("x\n", 2);
        assert_true(mboxrd_write(file, cases[i].sender, cases[i].at, mail, NULL));
        fclose(file);
        g_autofree char *expected = g_strconcat(cases[i].line, "x\n\n", NULL);
        assert_string_equal(buffer, expected);
        free(buffer);
    }
}

static void a_full_disk_is_a_temporary_failure(void **state) {
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) skip();
    setvbuf(full, NULL, _IONBF, 0);
    g_autoptr(GBytes) mail = g_bytes_new_static("Καλημέρα\n", 17);
    g_autoptr(GError) error = NULL;
    assert_false(mboxrd_write(full, NULL, 0, mail, &error));
    assert_true(g_error_matches(error, FAULT, FAULT_TEMPORARY));
    fclose(full);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_a_mail_comes_back_from_the_mbox),
        cmocka_unit_test(any_bytes_at_all_come_back),
        cmocka_unit_test(the_from_line_names_the_sender_and_the_time_in_utc),
        cmocka_unit_test(a_full_disk_is_a_temporary_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
