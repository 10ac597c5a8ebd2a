#include "digest_scene.h"
#include <glib/gstdio.h>

/* Digests of RFC 1153, and what formail(1) makes of them. */

static const char ugly[] =
    "Καλημέρα.\n\n------------------------------\n\nFrom: x@y.gr\nTo: z@y.gr\nSubject: ψεύτικο\n\nδεν είναι μήνυμα\n"
    "\nFrom me to you\n\n----------------------------------------------------------------------\n\n> α\n> β\n-- \nΜαρία\nEnd of Digest\n*****\n\n\nτέλος\n";
/* With the blanks that keep it whole. */
static const char ugly_given[] =
    "Καλημέρα.\n\n ------------------------------\n\n From: x@y.gr\nTo: z@y.gr\nSubject: ψεύτικο\n\nδεν είναι μήνυμα\n"
    "\n From me to you\n\n ----------------------------------------------------------------------\n\n> α\n> β\n-- \nΜαρία\nEnd of Digest\n*****\n\n\nτέλος\n";

static char *a_digest(void) {
    static const Scene scenes[] = {{0, 1, 1, 0, "Κάδοι", "Date: αύριο\nFrom: τον δήμο\nhttps://x.gr\n"}, {0, 1, 2, 1, "Re: Κάδοι", ugly}, {1, 3, 3, 0, "", "Τρίτο\n\n\n"}, {1, 4, 4, 0, "Τέταρτο", ""}};
    DigestEntry entries[SCENE_MOST];
    set_scene(scenes, 4, entries);
    scene_posts[1].author_name = writable("Νίκος \"<x>\n\nFrom: ψεύτικος");
    return body_of(&digest_writer_rfc1153, frame_in(false), entries, 4, NULL);
}

static void a_digest_has_the_rules_and_fields_of_the_rfc(void **state) {
    (void)state;
    g_autofree char *text = a_digest(), *first = g_strnfill(70, '-'), *rule = g_strnfill(30, '-');
    g_autofree char *beginning = g_strdup_printf("\n%s\n\nDate: Mon, 23 Nov 2026 14:05:00 +0000\nFrom: \"Μαρία Παππά\" <maria@dimos.example.gr>\n"
        "To: \"Περιβάλλον\" <environment@groups.example.gr>\nSubject: Κάδοι\nMessage-ID: <k1@dimos.example.gr>\n"
        "Content-Type: text/plain; charset=utf-8\n\n Date: αύριο\nFrom: τον δήμο\nhttps://x.gr\n\n%s\n\nDate: ", first, rule);
    g_autofree char *end = g_strdup_printf("\n%s\n\nEnd of Δίκτυο Δήμων Digest\n**************************\n", rule);
    assert_has(text, beginning);
    assert_true(g_str_has_suffix(text, end));
    assert_true(g_str_has_prefix(text, "Σύνοψη Τρίτης 24 Νοεμβρίου — 2 ομάδες, 4 μηνύματα\n"));
    assert_has(text, ugly_given);
    assert_short_lines(text, 900);
    assert_null(strchr(text, DIGEST_KEY_MARK));
}

/* What formail makes of it: file after file in a folder. */
static GPtrArray *burst(const char *text) {
    g_autofree char *folder = g_dir_make_tmp("diktyo-burst-XXXXXX", NULL), *digest = g_build_filename(folder, "digest", NULL);
    g_autofree char *command = g_strdup_printf("cd '%s' && formail -ds sh -c 'cat > m$FILENO' < digest", folder);
    const char *arguments[] = {"sh", "-c", command, NULL};
    int status;
    assert_true(g_file_set_contents(digest, text, -1, NULL));
    assert_true(g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
    assert_int_equal(status, 0);
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0;; i++) {
        g_autofree char *name = g_strdup_printf("m%03d", i), *path = g_build_filename(folder, name, NULL);
        char *message;
        if (!g_file_get_contents(path, &message, NULL, NULL)) break;
        g_ptr_array_add(found, message);
        g_remove(path);
    }
    g_remove(digest);
    g_rmdir(folder);
    return found;
}

static void formail_gives_every_message_with_its_body(void **state) {
    (void)state;
    g_autofree char *program = g_find_program_in_path("formail");
    if (program == NULL) {
        print_message("# skipped: no formail here\n");
        skip();
    }
    static const char *const expected[][2] = {{"Subject: Κάδοι\n", " Date: αύριο\nFrom: τον δήμο\nhttps://x.gr\n"}, {"Subject: Re: Κάδοι\n", ugly_given}, {"Subject: (χωρίς θέμα)\n", "Τρίτο\n"}, {"Subject: Τέταρτο\n", ""}};
    g_autofree char *text = a_digest(), *rule = g_strnfill(30, '-'), *ending = g_strdup_printf("\n%s\n", rule);
    g_autoptr(GPtrArray) found = burst(text);
    assert_int_equal(found->len, 5); /* the contents come first */
    for (guint i = 1; i < found->len; i++) {
        char *body = strstr(found->pdata[i], "\n\n") + 2, *end = g_strrstr(body, ending);
        assert_non_null(end);
        *end = '\0';
        assert_has(found->pdata[i], expected[i - 1][0]);
        if (!g_str_has_prefix(body, expected[i - 1][1])) fail_msg("message %u:\n%s", i, body);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_has_the_rules_and_fields_of_the_rfc),
        cmocka_unit_test(formail_gives_every_message_with_its_body),
    };
    return cmocka_run_group_tests(tests, NULL, clear_scene);
}
