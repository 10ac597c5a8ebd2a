#include "message/sandbox.h"
#include "intake/guard.h"
#include "message/parse.h"
#include "message/text.h"
#include <dirent.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* tests/run: alone */
static const Config limits = {.message_bytes = 104857600, .header_bytes = 262144, .header_lines = 2000, .boundary_lines = 2000,
                              .parse_memory = 134217728, .parse_seconds = 5};
static const char greek[] = "From: =?iso-8859-7?Q?=A2=ED=ED=E1?= <anna@example.gr>\r\nSubject: =?koi8-r?B?8NLJ18XU?= =?utf-8?B?zrE=?=\r\n"
                            "Content-Type: text/plain; charset=windows-1253\r\n\r\n\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1\r\n";

static Letter *read_under(const Config *config, const char *mail, size_t length, char **detail) {
    g_autoptr(GBytes) raw = g_bytes_new_static(mail, length);
    g_autoptr(GError) error = NULL;
    Letter *letter = sandbox_read(config, raw, detail, &error);
    assert_null(error);
    assert_true((letter == NULL) == (*detail != NULL));
    return letter;
}

static void reads_greek(void) {
    g_autofree char *detail = NULL;
    g_autoptr(Letter) letter = read_under(&limits, greek, sizeof greek - 1, &detail);
    assert_non_null(letter);
    assert_string_equal(letter->author_name, "Άννα");
    assert_string_equal(letter->subject, "Приветα");
    assert_string_equal(letter->text, "Καλημέρα\n");
}

static bool is_loaded(const char *library) {
    g_autofree char *maps = NULL;
    assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    return strstr(maps, library) != NULL;
}

/* Its parser is opened by the child, before the door closes; nobody else needs it. */
static void html_is_read_however_it_is_named_and_by_the_child_alone(void **state G_GNUC_UNUSED) {
    static const char page[] = "<p>&Kappa;&alpha;&lambda;&eta;&mu;&#941;&rho;&alpha;<br>&nbsp;</p><script>x</script>";
    g_autofree char *plain = g_base64_encode((const guchar *)page, sizeof page - 1);
    char *mails[] = {
        g_strdup_printf("Content-Type: text/html; charset=utf-8\r\n\r\n%s\r\n", page),
        g_strdup_printf("Content-Type: TEXT/HTML\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n", plain),
        g_strdup_printf("Content-Type: text/\r\n\tHtml\r\n\r\n%s\r\n", page),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autofree char *mail = mails[i], *detail = NULL;
        g_autoptr(Letter) letter = read_under(&limits, mail, strlen(mail), &detail);
        if (detail != NULL) fail_msg("%s", detail);
        assert_string_equal(g_strstrip(letter->text), "Καλημέρα");
    }
    assert_false(is_loaded("libxml2"));
    g_autofree char *text = text_from_html(page);
    assert_string_equal(text, "Καλημέρα");
    assert_true(is_loaded("libxml2"));
}

static int open_descriptors(void) {
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL) count++;
    closedir(folder);
    return count;
}

static void the_child_reads_charsets_without_opening_a_file(void **state G_GNUC_UNUSED) { reads_greek(); }

static Letter *read_text(const char *mail) {
    g_autofree char *detail = NULL;
    Letter *letter = read_under(&limits, mail, strlen(mail), &detail);
    assert_non_null(letter);
    return letter;
}

/* Each names a charset at one place only; the reader must have its converter all the same. */
static void a_charset_is_found_wherever_it_is_named(void **state G_GNUC_UNUSED) {
    static const char *const texts[] = {
        "Content-Type: text/plain; charset=koi8-r\n\n\xf0\xd2\xc9\xd7\xc5\xd4\n",
        "Content-Type: text/plain; charset=\"KOI8-R\"\n\n\xf0\xd2\xc9\xd7\xc5\xd4\n",
        "Content-Type: text/plain; Charset = koi8-r\n\n\xf0\xd2\xc9\xd7\xc5\xd4\n",
        "Content-Type: text/plain; charset*=us-ascii''koi8-r\n\n\xf0\xd2\xc9\xd7\xc5\xd4\n",
        "Content-Type: text/plain; charset*0=koi8; charset*1=-r\n\n\xf0\xd2\xc9\xd7\xc5\xd4\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Letter) letter = read_text(texts[i]);
        assert_string_equal(letter->text, "Привет\n");
    }
    g_autoptr(Letter) subject = read_text("Subject: =?utf-8?q?=CE=B1?= =?KOI8-R?B?8NLJ18XU?=\n\nx");
    assert_string_equal(subject->subject, "αПривет");
    g_autoptr(Letter) joined = read_text("Subject: =?utf-8?b?zrE=?==?koi8-r*ru?B?8NLJ18XU?=\n\nx");
    assert_string_equal(joined->subject, "αПривет");
    g_autoptr(Letter) named = read_text("Content-Type: application/pdf; name*=koi8-r'ru'%F0%D2%C9%D7%C5%D4\n\nx");
    assert_string_equal(((const Attachment *)named->attachments->pdata[0])->name, "Привет");
}

static void nothing_is_left_behind(void **state G_GNUC_UNUSED) {
    int before = open_descriptors();
    for (int i = 0; i < 20; i++) reads_greek();
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void on_signal(int number G_GNUC_UNUSED) {}

static void ignored_and_caught_signals_do_no_harm(void **state G_GNUC_UNUSED) {
    signal(SIGCHLD, SIG_IGN);
    reads_greek();
    struct sigaction caught = {.sa_handler = on_signal};
    sigaction(SIGCHLD, &caught, NULL);
    reads_greek();
    signal(SIGCHLD, SIG_DFL);
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    reads_greek();
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* In a child of the test's own, because cmocka needs its descriptors. */
static void closed_standard_descriptors_do_no_harm(void **state G_GNUC_UNUSED) {
    for (int open_ones = 0; open_ones < 8; open_ones++) {
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < 3; i++)
                if ((open_ones & (1 << i)) == 0) close(i);
            g_autofree char *detail = NULL;
            g_autoptr(GBytes) raw = g_bytes_new_static(greek, sizeof greek - 1);
            g_autoptr(Letter) letter = sandbox_read(&limits, raw, &detail, NULL);
            _exit(letter != NULL && strcmp(letter->author_name, "Άννα") == 0 ? 0 : 1);
        }
        int status = 1;
        waitpid(child, &status, 0);
        assert_int_equal(status, 0);
    }
}

static void a_message_that_takes_too_long_is_given_up(void **state G_GNUC_UNUSED) {
    Config hasty = limits;
    hasty.parse_seconds = 0;
    g_autofree char *detail = NULL;
    g_autoptr(Letter) letter = read_under(&hasty, greek, sizeof greek - 1, &detail);
    assert_null(letter);
    assert_string_equal(detail, "reading it took too long");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Without the guard: the parser's stack ends, and only the child dies of it. */
static void a_message_that_kills_its_reader_is_told_of(void **state G_GNUC_UNUSED) {
    g_autoptr(GString) mail = g_string_new("To: ");
    for (int i = 0; i < 1000000; i++) g_string_append(mail, "a:");
    g_string_append(mail, "\n\nx\n");
    g_autofree char *detail = NULL;
    g_autoptr(Letter) letter = read_under(&limits, mail->str, mail->len, &detail);
    assert_null(letter);
    assert_non_null(strstr(detail, "its reader"));
}

static void a_lack_of_descriptors_is_temporary(void **state G_GNUC_UNUSED) {
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0});
        g_autofree char *detail = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) raw = g_bytes_new_static(greek, sizeof greek - 1);
        Letter *letter = sandbox_read(&limits, raw, &detail, &error);
        _exit(letter == NULL && detail == NULL && g_error_matches(error, FAULT, FAULT_TEMPORARY) ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

/* By way of a file: GSubprocess would start a thread, and the sanitizers' allocator does not survive a fork beside one. */
static char *output_of(const char *name, gsize *length) {
    g_autofree char *path = NULL, *text = NULL;
    int file = g_file_open_tmp("hostile.XXXXXX", &path, NULL), status = -1;
    assert_true(file >= 0);
    close(file);
    const char *const command[] = {"tests/tools/hostile-mail", name, path, NULL};
    assert_true(g_spawn_sync(NULL, (char **)(uintptr_t)command, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL) && status == 0);
    assert_true(g_file_get_contents(path, &text, length, NULL));
    unlink(path);
    return g_steal_pointer(&text);
}

/* Sizes are for the limits, not for the sanitizers. */
static bool left_out(const char *name) { return g_strcmp0(g_getenv("TEST_SUITE"), "asan") == 0 && g_str_has_suffix(name, "-50-MB"); }

static void every_hostile_mail_is_read_or_held_in_time(void **state G_GNUC_UNUSED) {
    gsize length;
    g_autofree char *list = output_of("--list", &length);
    g_auto(GStrv) names = g_strsplit(g_strchomp(list), "\n", -1);
    assert_true(g_strv_length(names) >= 22);
    for (char **name = names; *name != NULL; name++) {
        if (left_out(*name)) continue;
        g_autofree char *mail = output_of(*name, &length);
        int64_t start = g_get_monotonic_time();
        GuardFinding finding = guard_check(&limits, (const uint8_t *)mail, length);
        g_autofree char *detail = NULL;
        g_autoptr(Letter) letter = finding.rule == NULL ? read_under(&limits, mail, length, &detail) : NULL;
        double seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
        print_message("# %s: %.2f s, %s\n", *name, seconds, finding.rule != NULL ? finding.rule : detail != NULL ? detail : "read");
        assert_true(seconds < 10 && (letter != NULL || detail != NULL || finding.rule != NULL));
    }
}

static void every_report_of_the_corpus_is_read(void **state G_GNUC_UNUSED) {
    const char *corpora = g_getenv("DIKTYO_CORPORA");
    g_autofree char *folder = g_build_filename(corpora != NULL ? corpora : "../shared/corpora", "bounces", NULL);
    g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
    if (files == NULL) {
        print_message("# skipped: there is no %s\n", folder);
        g_clear_pointer(&folder, g_free); /* skip() jumps over what is freed at an end */
        skip();
    }
    int number = 0, count = 0;
    bool whole = g_getenv("WHOLE") != NULL;
    for (const char *name; (name = g_dir_read_name(files)) != NULL;) {
        if (!g_str_has_suffix(name, ".eml") || (number++ % 8 != 0 && !whole)) continue;
        g_autofree char *path = g_build_filename(folder, name, NULL), *mail = NULL, *detail = NULL;
        gsize length;
        assert_true(g_file_get_contents(path, &mail, &length, NULL));
        GuardFinding finding = guard_check(&limits, (const uint8_t *)mail, length);
        g_autoptr(Letter) letter = read_under(&limits, mail, length, &detail);
        if (finding.rule != NULL || letter == NULL) fail_msg("%s: %s", name, finding.rule != NULL ? finding.rule : detail);
        count++;
    }
    print_message("# %d of %d reports\n", count, number);
    assert_true(count > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_is_read_however_it_is_named_and_by_the_child_alone),
        cmocka_unit_test(the_child_reads_charsets_without_opening_a_file),
        cmocka_unit_test(a_charset_is_found_wherever_it_is_named),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(ignored_and_caught_signals_do_no_harm),
        cmocka_unit_test(closed_standard_descriptors_do_no_harm),
        cmocka_unit_test(a_message_that_takes_too_long_is_given_up),
        cmocka_unit_test(a_message_that_kills_its_reader_is_told_of),
        cmocka_unit_test(a_lack_of_descriptors_is_temporary),
        cmocka_unit_test(every_hostile_mail_is_read_or_held_in_time),
        cmocka_unit_test(every_report_of_the_corpus_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
