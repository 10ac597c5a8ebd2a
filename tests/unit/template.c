#include "message/template.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char *const rejected_words[] = {"group_title", "Περιβάλλον", "group_address", "perivallon@groups.example.gr",
                                             "subject", "{{reason}} \\1 $& {{", "reason", "εκτός θέματος", NULL};

/* A folder with one file in el/, in *state; taken away by remove_folder. */
static int make_folder(void **state) {
    char *folder = g_dir_make_tmp("diktyo-template-XXXXXX", NULL);
    g_autofree char *inner = g_build_filename(folder, "el", NULL);
    *state = folder;
    return g_mkdir(inner, 0700);
}

static char *path_of(const char *folder, const char *file) { return g_build_filename(folder, "el", file, NULL); }

static void put(const char *folder, const char *file, const char *text) {
    g_autofree char *path = path_of(folder, file);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void take_away(const char *folder, const char *file) {
    g_autofree char *path = path_of(folder, file);
    g_unlink(path);
}

static int remove_folder(void **state) {
    g_autofree char *folder = *state, *inner = g_build_filename(folder, "el", NULL);
    take_away(folder, "rejected.txt");
    take_away(folder, "words.txt");
    take_away(folder, "digest.txt");
    return g_rmdir(inner) + g_rmdir(folder);
}

static void expect_fault(const char *folder, const char *place, const char *says) {
    g_autoptr(GError) error = NULL;
    assert_false(template_check(folder, &error));
    assert_int_equal(error->code, FAULT_CONFIG);
    if (strstr(error->message, place) == NULL || strstr(error->message, says) == NULL) fail_msg("%s", error->message);
}

static void the_built_in_texts_are_complete_in_both_languages(void **state) {
    (void)state;
    g_autoptr(GError) error = NULL;
    if (!template_check(NULL, &error)) fail_msg("%s", error->message);
    assert_int_equal(g_strcmp0(template_table[0].name, "held"), 0);
}

static void values_are_put_in_once_and_never_read_as_a_template(void **state) {
    (void)state;
    g_autofree char *subject = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!template_fill(NULL, "rejected", "el", rejected_words, &subject, &text, &error)) fail_msg("%s", error->message);
    assert_string_equal(subject, "Το μήνυμά σας δεν δημοσιεύτηκε: {{reason}} \\1 $& {{");
    assert_true(g_str_has_prefix(text, "Το μήνυμά σας με θέμα «{{reason}} \\1 $& {{» προς την ομάδα «Περιβάλλον»\n(perivallon@groups.example.gr)"));
    assert_non_null(strstr(text, "\nΑιτία: εκτός θέματος\n"));
}

static void each_language_has_its_text_and_an_unknown_one_is_greek(void **state) {
    (void)state;
    g_autofree char *subject = NULL, *text = NULL, *other = NULL, *other_text = NULL;
    assert_true(template_fill(NULL, "rejected", "en", rejected_words, &subject, &text, NULL));
    assert_true(g_str_has_prefix(subject, "Your message was not published: "));
    assert_true(template_fill(NULL, "rejected", "../en", rejected_words, &other, &other_text, NULL));
    assert_true(g_str_has_prefix(other, "Το μήνυμά σας"));
}

static void a_value_that_is_not_given_is_an_error_not_a_hole(void **state) {
    (void)state;
    static const char *const few[] = {"group_title", "x", NULL};
    g_autofree char *subject = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;
    assert_false(template_fill(NULL, "rejected", "en", few, &subject, &text, &error));
    assert_null(subject);
    assert_non_null(strstr(error->message, "{{subject}}"));
}

static void a_file_of_the_operator_replaces_just_that_one(void **state) {
    const char *folder = *state;
    put(folder, "rejected.txt", "Subject: Όχι: {{subject}}\r\n\r\n{{group_title}} {{group_address}}\r\n{{reason}}\r\n");
    assert_true(template_check(folder, NULL));
    g_autofree char *subject = NULL, *text = NULL, *english = NULL, *english_text = NULL;
    assert_true(template_fill(folder, "rejected", "el", rejected_words, &subject, &text, NULL));
    assert_true(g_str_has_prefix(subject, "Όχι: "));
    assert_string_equal(text, "Περιβάλλον perivallon@groups.example.gr\nεκτός θέματος\n");
    assert_true(template_fill(folder, "rejected", "en", rejected_words, &english, &english_text, NULL));
    assert_true(g_str_has_prefix(english, "Your message"));
}

static void a_bad_file_is_named_with_its_line(void **state) {
    const char *folder = *state;
    static const char all[] = "{{group_title}} {{group_address}} {{subject}} {{reason}}";
    static const struct {
        const char *before, *place, *says;
    } cases[] = {
        {"Hello\n\n", "/el/rejected.txt:1:", "Subject"},
        {"", "/el/rejected.txt:1:", "Subject"},
        {"Subject: \n\n", "/el/rejected.txt:1:", "Subject"},
        {"Subject: a\nb\n", "/el/rejected.txt:2:", "empty line"},
        {"Subject: a {{sbuject}}\n\n", "/el/rejected.txt:1:", "{{sbuject}}"},
        {"Subject: a\n\nb\n{{reason}}\nc {{author}}\n", "/el/rejected.txt:5:", "{{author}}"},
        {"Subject: a\n\n{{\n", "/el/rejected.txt:3:", "{{"},
        {"Subject: a\n\n\n\xff", "/el/rejected.txt:4:", "UTF-8"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *whole = g_strconcat(cases[i].before, all, NULL);
        put(folder, "rejected.txt", whole);
        expect_fault(folder, cases[i].place, cases[i].says);
    }
    put(folder, "rejected.txt", "Subject: a {{subject}}\n\n{{group_title}} {{group_address}}\n");
    expect_fault(folder, "/el/rejected.txt:", "{{reason}} is never used");
    take_away(folder, "rejected.txt");
    put(folder, "words.txt", "[reasons]\nstranger = ξένος\n");
    expect_fault(folder, "/el/words.txt", "[reasons] first-post is missing");
    put(folder, "words.txt", "[reasons]\nstranger = ξένος {group}\n");
    expect_fault(folder, "/el/words.txt", "[reasons] stranger: nothing can be put in at “{group}”");
    put(folder, "words.txt", "stranger = ξένος\n");
    expect_fault(folder, "/el/words.txt", "");
    take_away(folder, "words.txt");
    assert_true(template_check(folder, NULL));
    expect_fault("/nonexistent/folder", "/nonexistent/folder", "missing");
}

static void a_bad_section_is_named_with_its_line(void **state) {
    const char *folder = *state;
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents("templates/el/digest.txt", &text, NULL, NULL));
    static const struct {
        const char *old, *new, *place, *says;
    } cases[] = {
        {"[no-text]", "[notext]", "/el/digest.txt:", "[notext] is no section of ours"},
        {"[subject-daily]\nΣύνοψη {{day}} — {{groups}}, {{posts}}\n\n", "", "/el/digest.txt", "[subject-daily] is missing"},
        {"Σύνοψη {{day}} —", "Σύνοψη {{dya}} —", "/el/digest.txt:2:", "{{dya}}"},
        {"{{mute_address}}", "", "/el/digest.txt:", "{{mute_address}} is never used"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) changed = g_string_new(text);
        assert_true(g_string_replace(changed, cases[i].old, cases[i].new, 1) == 1);
        put(folder, "digest.txt", changed->str);
        expect_fault(folder, cases[i].place, cases[i].says);
    }
    put(folder, "digest.txt", text);
    assert_true(template_check(folder, NULL));
    take_away(folder, "digest.txt");
}

static void a_section_is_filled_once_and_a_line_of_an_empty_word_goes(void **state) {
    (void)state;
    g_autoptr(GHashTable) sections = template_read_sections(NULL, "el", "digest.txt", NULL);
    assert_non_null(sections);
    assert_string_equal(g_hash_table_lookup(sections, "continued"), "(συνεχίζεται από {{date}})\n");
    static const char *const words[] = {"a", "{{b}}", "b", "", "c", "γ", NULL};
    g_autofree char *filled = template_fill_section("{{a}}\n{{b}}\n {{b}}\n{{c}}{{b}}\n{{b}}\n\n{{x}}\n{{", words);
    assert_string_equal(filled, "{{b}}\n \nγ\n\n{{");
}

static void a_word_too_many_is_named(void **state) {
    const char *folder = *state;
    g_autofree char *text = NULL, *more = NULL;
    assert_true(g_file_get_contents("templates/el/words.txt", &text, NULL, NULL));
    more = g_strconcat(text, "\n[digest]\nfoo = x\n", NULL);
    put(folder, "words.txt", more);
    expect_fault(folder, "/el/words.txt", "[digest] foo is no word of ours");
}

static void reasons_are_explained_in_words(void **state) {
    (void)state;
    g_autofree char *greek = template_word(NULL, "el", "reasons", "stranger"), *english = template_word(NULL, "en", "reasons", "first-post");
    g_autofree char *unknown = template_word(NULL, "el", "reasons", "header-lines"), *nowhere = template_word(NULL, NULL, "x", "y");
    assert_string_equal(greek, "ο αποστολέας δεν είναι μέλος της ομάδας");
    assert_string_equal(english, "it is the sender's first message to the group");
    assert_string_equal(unknown, "header-lines");
    assert_string_equal(nowhere, "y");
}

/* The built-in words.txt of a language, as it lies in the repository. */
static GKeyFile *words_of(const char *language) {
    g_autofree char *path = g_build_filename("templates", language, "words.txt", NULL);
    GKeyFile *keys = g_key_file_new();
    assert_true(g_key_file_load_from_file(keys, path, G_KEY_FILE_NONE, NULL));
    return keys;
}

static void each_line_is_there_in_both_languages_and_says_the_same_things(void **state) {
    (void)state;
    static const struct {
        const char *section;
        gsize least;
    } sections[] = {{"requests", 23}, {"replies", 40}, {"headings", 14}, {"modes", 3}};
    g_autoptr(GKeyFile) greek = words_of("el");
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        gsize count = 0;
        g_auto(GStrv) words = g_key_file_get_keys(greek, sections[i].section, &count, NULL);
        assert_true(count >= sections[i].least);
        for (char **word = words; *word != NULL; word++) {
            g_autofree char *el = template_line(NULL, "el", sections[i].section, *word, "<ομάδα>", "<ό,τι>");
            g_autofree char *en = template_line(NULL, "en", sections[i].section, *word, "<ομάδα>", "<ό,τι>");
            if (strcmp(el, *word) == 0 || strcmp(el, en) == 0 || strpbrk(el, "{}") != NULL || strpbrk(en, "{}") != NULL)
                fail_msg("[%s] %s: “%s”, “%s”", sections[i].section, *word, el, en);
            if ((strstr(el, "<ομάδα>") == NULL) != (strstr(en, "<ομάδα>") == NULL) || (strstr(el, "<ό,τι>") == NULL) != (strstr(en, "<ό,τι>") == NULL))
                fail_msg("[%s] %s: only one of them names it: “%s”, “%s”", sections[i].section, *word, el, en);
        }
    }
}

static void what_is_put_into_a_line_is_never_looked_at(void **state) {
    (void)state;
    g_autofree char *fooled = template_line(NULL, "el", "requests", "invite", "{argument} {group} {{text}} %n \\s", "{group}@x.gr");
    assert_string_equal(fooled, "Ομάδα «{argument} {group} {{text}} %n \\s»: πρόσκληση προς {group}@x.gr");
    g_autofree char *empty = template_line(NULL, "el", "replies", "held-accepted", "Περιβάλλον", NULL);
    assert_string_equal(empty, "Ομάδα «Περιβάλλον»: το μήνυμα που περίμενε δημοσιεύτηκε.");
    g_autofree char *nothing = template_line(NULL, "en", "replies", "joined", NULL, "x"), *unknown = template_line(NULL, "en", "replies", "{group}", "x", "y");
    assert_string_equal(nothing, "You are now a member of the group “”.");
    assert_string_equal(unknown, "x");
}

static void words_of_the_operator_are_read_once(void **state) {
    const char *folder = *state;
    put(folder, "words.txt", "[replies]\njoined = Καλώς ήρθατε στην ομάδα {group}\n");
    g_autofree char *first = template_line(folder, "el", "replies", "joined", "Ύδρευση", NULL);
    assert_string_equal(first, "Καλώς ήρθατε στην ομάδα Ύδρευση");
    put(folder, "words.txt", "[replies]\njoined = άλλο\n");
    g_autofree char *second = template_line(folder, "el", "replies", "joined", "Ύδρευση", NULL);
    assert_string_equal(second, first);
    g_autofree char *english = template_line(folder, "en", "replies", "joined", "Ύδρευση", NULL), *inner = template_line(NULL, "el", "replies", "joined", "Ύδρευση", NULL);
    assert_string_equal(english, "You are now a member of the group “Ύδρευση”.");
    assert_string_equal(inner, "Είστε πλέον μέλος της ομάδας «Ύδρευση».");
}

/* One line that people read, without what is put in: its width, that it is composed, and that its letters are of one script: a
 * Latin A in a Greek word looks right and is found by no search. */
static void check_line(const char *path, const char *line, GUnicodeScript script, long most) {
    if (g_utf8_strlen(line, -1) > most) fail_msg("%s: more than %ld columns: %s", path, most, line);
    g_autofree char *composed = g_utf8_normalize(line, -1, G_NORMALIZE_NFC);
    assert_string_equal(line, composed);
    for (const char *c = line; *c != '\0'; c = g_utf8_next_char(c)) {
        if (*c == '{') c += strcspn(c, "}");
        gunichar letter = g_utf8_get_char(c);
        if (g_unichar_isalpha(letter) && g_unichar_get_script(letter) != script) fail_msg("%s: a letter of another script at “%s”", path, c);
    }
}

static void check_notice(const char *path, GUnicodeScript script) {
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    check_line(path, lines[0] + strlen("Subject: "), script, 72);
    for (char **line = lines + 1; *line != NULL; line++) check_line(path, *line, script, 72);
    if (g_strv_length(lines) > 2 + 16) fail_msg("%s: more than a screen: %u lines", path, g_strv_length(lines) - 2);
}

static void texts_are_narrow_short_and_in_letters_of_their_own_language(void **state) {
    (void)state;
    static const struct {
        const char *language;
        GUnicodeScript script;
    } cases[] = {{"el", G_UNICODE_SCRIPT_GREEK}, {"en", G_UNICODE_SCRIPT_LATIN}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (const Template *template = template_table; template->name != NULL; template++) {
            g_autofree char *path = g_strdup_printf("templates/%s/%s.txt", cases[i].language, template->name);
            check_notice(path, cases[i].script);
        }
        g_autoptr(GKeyFile) keys = words_of(cases[i].language);
        g_auto(GStrv) sections = g_key_file_get_groups(keys, NULL);
        for (char **section = sections; *section != NULL; section++) {
            g_auto(GStrv) words = g_key_file_get_keys(keys, *section, NULL, NULL);
            for (char **word = words; *word != NULL; word++) {
                g_autofree char *value = g_key_file_get_string(keys, *section, *word, NULL);
                check_line(*word, value, cases[i].script, 76);
            }
        }
    }
}

static void a_day_is_written_as_people_write_it_in_its_zone(void **state) {
    (void)state;
    static const struct {
        const char *language, *zone, *written;
        int64_t at;
    } cases[] = {
        {"el", "Europe/Athens", "Τρίτη 24 Νοεμβρίου 2026", 1795504211},
        {"en", "Europe/Athens", "Tuesday 24 November 2026", 1795504211},
        {"el", "Europe/Athens", "Τετάρτη 25 Νοεμβρίου 2026", 1795557600 + 3600}, /* 23:00 UTC */
        {"el", "UTC", "Τρίτη 24 Νοεμβρίου 2026", 1795557600 + 3600},
        {"el", "Nowhere/At_All", "Πέμπτη 1 Ιανουαρίου 1970", 0},
        {"el", NULL, "Κυριακή 3 Μαΐου 2026", 1777766400},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *date = template_date(cases[i].language, cases[i].zone, cases[i].at);
        assert_string_equal(date, cases[i].written);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_texts_are_complete_in_both_languages),
        cmocka_unit_test(values_are_put_in_once_and_never_read_as_a_template),
        cmocka_unit_test(each_language_has_its_text_and_an_unknown_one_is_greek),
        cmocka_unit_test(a_value_that_is_not_given_is_an_error_not_a_hole),
        cmocka_unit_test_setup_teardown(a_file_of_the_operator_replaces_just_that_one, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_bad_file_is_named_with_its_line, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_bad_section_is_named_with_its_line, make_folder, remove_folder),
        cmocka_unit_test(a_section_is_filled_once_and_a_line_of_an_empty_word_goes),
        cmocka_unit_test_setup_teardown(a_word_too_many_is_named, make_folder, remove_folder),
        cmocka_unit_test(reasons_are_explained_in_words),
        cmocka_unit_test(each_line_is_there_in_both_languages_and_says_the_same_things),
        cmocka_unit_test(what_is_put_into_a_line_is_never_looked_at),
        cmocka_unit_test_setup_teardown(words_of_the_operator_are_read_once, make_folder, remove_folder),
        cmocka_unit_test(texts_are_narrow_short_and_in_letters_of_their_own_language),
        cmocka_unit_test(a_day_is_written_as_people_write_it_in_its_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
