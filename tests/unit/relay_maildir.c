#include "deliver/relay.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* A folder of its own for each test; what is sent is Greek office mail as it stands in the outbox. */
typedef struct {
    Config config;
    char *folder;
    GPtrArray *answered; /* char *: addresses in the order of the answers */
} Site;

static int site_new(void **state) {
    Site *site = g_new0(Site, 1);
    site->folder = g_dir_make_tmp("relay-maildir.XXXXXX", NULL);
    site->config.relay_maildirs = g_build_filename(site->folder, "mail", NULL);
    site->answered = g_ptr_array_new_with_free_func(g_free);
    *state = site;
    return site->folder != NULL ? 0 : -1;
}

/* A link is removed, not followed: one of these tests plants one that leads out of the folder. */
static void remove_tree(const char *path) {
    g_autoptr(GDir) folder = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name = folder != NULL ? g_dir_read_name(folder) : NULL; name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    g_remove(path);
}

static int site_end(void **state) {
    Site *site = *state;
    remove_tree(site->folder);
    g_ptr_array_unref(site->answered);
    g_free(site->config.relay_maildirs);
    g_free(site->folder);
    g_free(site);
    return 0;
}

static void on_answer(Delivery *delivery, gpointer user) {
    g_ptr_array_add(((Site *)user)->answered, g_strdup(delivery->email));
    assert_non_null(delivery->reply);
    assert_true(g_utf8_validate(delivery->reply, -1, NULL));
}

static const char head[] = "Subject: =?utf-8?b?zpXOs866z43Ous67zrnOv8+C?=\r\nFrom: grammateia@dimos.example.gr\r\n\r\n";
static const char text[] = "Η εγκύκλιος 1234/2026\r\n.\r\n\r\nFrom εδώ\r\n";

static ResultKind send_one(Site *site, const char *email, const char *sender, const char *message_body) {
    g_autoptr(GBytes) head_bytes = g_bytes_new_static(head, sizeof head - 1);
    g_autoptr(GBytes) body_bytes = g_bytes_new(message_body, strlen(message_body));
    g_autofree char *to = g_strdup(email), *from = g_strdup(sender);
    Delivery delivery = {.id = 1, .email = to, .envelope_sender = from, .result = RESULT_SENT};
    Delivery *deliveries[] = {&delivery};
    RelayJob job = {head_bytes, body_bytes, deliveries, 1};
    relay_by_kind("maildir")->send(&site->config, &job, on_answer, site);
    g_free(delivery.reply);
    return delivery.result;
}

/* The files in a folder of a Maildir; the path of the last is handed out. */
static int files_in(const Site *site, const char *email, const char *part, char **last) {
    g_autofree char *path = g_build_filename(site->config.relay_maildirs, email, part, NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    int count = 0;
    for (const char *name = folder != NULL ? g_dir_read_name(folder) : NULL; name != NULL; name = g_dir_read_name(folder), count++)
        if (last != NULL) {
            g_free(*last);
            *last = g_build_filename(path, name, NULL);
        }
    return count;
}

static void a_mail_lies_in_new_with_line_feeds_and_its_return_path(void **state) {
    Site *site = *state;
    g_autofree char *file = NULL, *found = NULL;
    struct stat status;
    assert_int_equal(send_one(site, "maria@dimos.example.gr", "ygeia-bounces+k1@groups.example.gr", text), RESULT_SENT);
    assert_int_equal(files_in(site, "maria@dimos.example.gr", "new", &file), 1);
    assert_int_equal(files_in(site, "maria@dimos.example.gr", "tmp", NULL), 0);
    assert_true(g_file_get_contents(file, &found, NULL, NULL));
    assert_string_equal(found, "Return-Path: <ygeia-bounces+k1@groups.example.gr>\nSubject: =?utf-8?b?zpXOs866z43Ous67zrnOv8+C?=\n"
                               "From: grammateia@dimos.example.gr\n\nΗ εγκύκλιος 1234/2026\n.\n\nFrom εδώ\n");
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(site->config.relay_maildirs, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

static void many_mails_at_once_never_take_each_others_name(void **state) {
    Site *site = *state;
    for (int i = 0; i < 50; i++) assert_int_equal(send_one(site, "maria@dimos.example.gr", "", text), RESULT_SENT);
    assert_int_equal(files_in(site, "maria@dimos.example.gr", "new", NULL), 50);
}

static void an_address_that_would_leave_the_folder_is_refused(void **state) {
    static const char *const bad[] = {"../maria@dimos.example.gr", "a/b@dimos.example.gr", "/etc/x@dimos.example.gr", ".x@dimos.example.gr",
                                      "", "maria", "maria@dimos.example.gr\r\nX: y"};
    Site *site = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) assert_int_not_equal(send_one(site, bad[i], "", text), RESULT_SENT);
    assert_int_equal(site->answered->len, G_N_ELEMENTS(bad));
    g_autoptr(GDir) folder = g_dir_open(site->config.relay_maildirs, 0, NULL);
    assert_true(folder == NULL || g_dir_read_name(folder) == NULL);
}

static void the_unguarded_relay_refuses_to_leave_the_folder_too(void **state) {
    Site *site = *state;
    g_autoptr(GBytes) bytes = g_bytes_new_static("\r\n", 2);
    char slash[] = "a/b@x.gr", dot[] = ".a@x.gr", none[] = "";
    Delivery deliveries[] = {{.email = slash, .envelope_sender = none}, {.email = dot, .envelope_sender = none}};
    Delivery *both[] = {&deliveries[0], &deliveries[1]};
    RelayJob job = {bytes, bytes, both, 2};
    relay_maildir.send(&site->config, &job, on_answer, site);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(deliveries[i].result, RESULT_LATER);
        g_free(deliveries[i].reply);
    }
}

static void a_text_with_a_bare_line_feed_waits(void **state) {
    Site *site = *state;
    assert_int_equal(send_one(site, "maria@dimos.example.gr", "", "πρώτη\n.\nδεύτερη\r\n"), RESULT_LATER);
    assert_int_equal(files_in(site, "maria@dimos.example.gr", "new", NULL), 0);
}

static void what_cannot_be_written_waits_and_leaves_nothing(void **state) {
    Site *site = *state;
    assert_int_equal(send_one(site, "maria@dimos.example.gr", "", text), RESULT_SENT);
    g_autofree char *maildir = g_build_filename(site->config.relay_maildirs, "maria@dimos.example.gr", NULL);
    g_autofree char *tmp = g_build_filename(maildir, "tmp", NULL);
    assert_int_equal(g_rmdir(tmp), 0);
    assert_int_equal(symlink("/tmp", tmp), 0);
    assert_int_equal(send_one(site, "maria@dimos.example.gr", "", text), RESULT_LATER);
    assert_int_equal(files_in(site, "maria@dimos.example.gr", "new", NULL), 1);
}

static void the_check_says_which_folder_and_what_to_do(void **state) {
    Site *site = *state;
    g_autoptr(GError) error = NULL;
    assert_true(relay_by_kind("maildir")->check(&site->config, &error));
    assert_int_equal(g_rmdir(site->config.relay_maildirs), 0);
    assert_true(g_file_set_contents(site->config.relay_maildirs, "in the way", -1, NULL));
    assert_false(relay_by_kind("maildir")->check(&site->config, &error));
    assert_int_equal(error->code, FAULT_CONFIG);
    assert_non_null(strstr(error->message, site->config.relay_maildirs));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_mail_lies_in_new_with_line_feeds_and_its_return_path, site_new, site_end),
        cmocka_unit_test_setup_teardown(many_mails_at_once_never_take_each_others_name, site_new, site_end),
        cmocka_unit_test_setup_teardown(an_address_that_would_leave_the_folder_is_refused, site_new, site_end),
        cmocka_unit_test_setup_teardown(the_unguarded_relay_refuses_to_leave_the_folder_too, site_new, site_end),
        cmocka_unit_test_setup_teardown(a_text_with_a_bare_line_feed_waits, site_new, site_end),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_waits_and_leaves_nothing, site_new, site_end),
        cmocka_unit_test_setup_teardown(the_check_says_which_folder_and_what_to_do, site_new, site_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
