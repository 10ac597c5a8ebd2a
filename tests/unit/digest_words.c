#include "publish/digest_words.h"
#include "digest_scene.h"
#include "message/template.h"

static void singular_and_plural_are_right(void **state) {
    (void)state;
    static const struct {
        size_t number;
        const char *name, *greek, *english;
    } cases[] = {
        {1, "group", "1 ομάδα", "1 group"}, {3, "group", "3 ομάδες", "3 groups"}, {1, "thread", "1 συζήτηση", "1 thread"}, {7, "thread", "7 συζητήσεις", "7 threads"},
        {1, "message", "1 μήνυμα", "1 message"}, {19, "message", "19 μηνύματα", "19 messages"}, {0, "message", "0 μηνύματα", "0 messages"},
        {1, "history", "1 γραμμή από προηγούμενα", "1 line of earlier messages"}, {34, "history", "34 γραμμές από προηγούμενα", "34 lines of earlier messages"},
        {1, "signature", "1 γραμμή υπογραφής", "1 line of signature"}, {2, "file", "2 ακόμη αρχεία", "2 more files"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *greek = digest_counted(frame_in(false)->words, cases[i].number, cases[i].name);
        g_autofree char *english = digest_counted(frame_in(true)->words, cases[i].number, cases[i].name);
        assert_string_equal(greek, cases[i].greek);
        assert_string_equal(english, cases[i].english);
    }
}

static void sizes_are_written_as_in_the_language(void **state) {
    (void)state;
    static const struct {
        int64_t size;
        const char *greek, *english;
    } cases[] = {{0, "0 B", "0 B"}, {999, "999 B", "999 B"}, {1234567, "1,2 MB", "1.2 MB"}, {34567, "35 kB", "35 kB"}, {999499, "999 kB", "999 kB"},
                 {999500, "1,0 MB", "1.0 MB"}, {5242880, "5,2 MB", "5.2 MB"}, {999499999999, "999 GB", "999 GB"}, {-1, "0 B", "0 B"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *greek = digest_size(frame_in(false)->words, cases[i].size), *english = digest_size(frame_in(true)->words, cases[i].size);
        assert_string_equal(greek, cases[i].greek);
        assert_string_equal(english, cases[i].english);
    }
}

static char *subject_in(bool english, Cadence cadence, int64_t cut, int part, int parts, size_t count) {
    static const Scene scenes[] = {{0, 1, 1}, {0, 1, 2}, {1, 2, 3}};
    DigestEntry entries[SCENE_MOST];
    set_scene(scenes, count, entries);
    const DigestMail mail = {.frame = frame_in(english), .zone = "Europe/Athens", .cadence = cadence, .cut = cut, .entries = entries, .count = count, .to = count, .part = part, .parts = parts};
    return digest_subject(&mail);
}

static void the_subject_tells_the_day_and_what_is_inside(void **state) {
    (void)state;
    static const int64_t tuesday = 1795496400;
    static const struct {
        bool english;
        Cadence cadence;
        int days, part, parts;
        size_t count;
        const char *subject;
    } cases[] = {
        {false, CADENCE_DAILY, -1, 1, 1, 3, "Σύνοψη Δευτέρας 23 Νοεμβρίου — 2 ομάδες, 3 μηνύματα"},
        {false, CADENCE_DAILY, 0, 1, 1, 3, "Σύνοψη Τρίτης 24 Νοεμβρίου — 2 ομάδες, 3 μηνύματα"},
        {false, CADENCE_DAILY, 1, 1, 1, 1, "Σύνοψη Τετάρτης 25 Νοεμβρίου — 1 ομάδα, 1 μήνυμα"},
        {false, CADENCE_DAILY, 2, 1, 1, 1, "Σύνοψη Πέμπτης 26 Νοεμβρίου — 1 ομάδα, 1 μήνυμα"},
        {false, CADENCE_DAILY, 3, 1, 1, 1, "Σύνοψη Παρασκευής 27 Νοεμβρίου — 1 ομάδα, 1 μήνυμα"},
        {false, CADENCE_DAILY, 4, 1, 1, 1, "Σύνοψη Σαββάτου 28 Νοεμβρίου — 1 ομάδα, 1 μήνυμα"},
        {false, CADENCE_DAILY, 5, 1, 1, 1, "Σύνοψη Κυριακής 29 Νοεμβρίου — 1 ομάδα, 1 μήνυμα"},
        {false, CADENCE_DAILY, 7, 2, 2, 3, "Σύνοψη Τρίτης 1 Δεκεμβρίου — 2 ομάδες, 3 μηνύματα (μέρος 2 από 2)"},
        {false, CADENCE_TWICE, 0, 1, 1, 3, "Σύνοψη Τρίτης 24 Νοεμβρίου, 07:00 — 2 ομάδες, 3 μηνύματα"},
        {false, CADENCE_WEEKLY, 0, 1, 3, 3, "Σύνοψη της εβδομάδας έως 24 Νοεμβρίου — 2 ομάδες, 3 μηνύματα (μέρος 1 από 3)"},
        {true, CADENCE_DAILY, 0, 1, 1, 3, "Digest of Tuesday 24 November — 2 groups, 3 messages"},
        {true, CADENCE_TWICE, 0, 1, 1, 1, "Digest of Tuesday 24 November, 07:00 — 1 group, 1 message"},
        {true, CADENCE_WEEKLY, 0, 1, 2, 3, "Digest of the week to 24 November — 2 groups, 3 messages (part 1 of 2)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *subject = subject_in(cases[i].english, cases[i].cadence, tuesday + cases[i].days * 86400, cases[i].part, cases[i].parts, cases[i].count);
        assert_string_equal(subject, cases[i].subject);
    }
}

static void days_are_those_of_the_zone(void **state) {
    (void)state;
    const DigestWords *words = frame_in(false)->words;
    g_autofree char *athens = digest_date(words, "Europe/Athens", 1795557600, DIGEST_MOMENT), *unknown = digest_date(words, "Nowhere/At_All", 1795557600, DIGEST_MOMENT);
    assert_string_equal(athens, "Τετάρτη 25 Νοεμβρίου, 00:00");
    assert_string_equal(unknown, "Τρίτη 24 Νοεμβρίου, 22:00");
}

/* What each language's digest.txt and digest.html say of their own, without markup, is in letters of that language. */
static void both_languages_have_the_same_sections_in_their_own_letters(void **state) {
    (void)state;
    static const char *const files[] = {"digest.txt", "digest.html"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GHashTable) greek = template_read_sections(NULL, "el", files[i], NULL), english = template_read_sections(NULL, "en", files[i], NULL);
        assert_true(greek != NULL && english != NULL && g_hash_table_size(greek) == g_hash_table_size(english));
        for (const TemplateSection *section = template_sections; section->file != NULL; section++) {
            if (strcmp(section->file, files[i]) != 0) continue;
            const char *one = g_hash_table_lookup(greek, section->section), *other = g_hash_table_lookup(english, section->section);
            g_auto(GStrv) a = g_regex_split_simple("<style.*?</style>|<[^>]*>|\\{\\{.*?\\}\\}|&[^;]*;", one, G_REGEX_DOTALL, 0);
            g_auto(GStrv) b = g_regex_split_simple("<style.*?</style>|<[^>]*>|\\{\\{.*?\\}\\}|&[^;]*;", other, G_REGEX_DOTALL, 0);
            assert_int_equal(g_strv_length(a), g_strv_length(b));
            for (int j = 0; a[j] != NULL; j++) {
                for (const char *c = a[j]; *c != '\0'; c = g_utf8_next_char(c)) assert_false(g_ascii_isalpha(*c));
                for (const char *c = b[j]; *c != '\0'; c = g_utf8_next_char(c)) assert_true(g_unichar_get_script(g_utf8_get_char(c)) != G_UNICODE_SCRIPT_GREEK);
            }
        }
    }
}

static void the_subject_of_a_separate_digest_names_its_group(void **state) {
    (void)state;
    static const Scene scenes[] = {{0, 1, 1}, {0, 1, 2}, {0, 2, 3}};
    DigestEntry entries[SCENE_MOST];
    set_scene(scenes, 3, entries);
    DigestMail mail = {.frame = frame_in(false), .zone = "Europe/Athens", .cut = 1795496400, .entries = entries, .count = 3, .to = 3, .part = 1, .parts = 1, .separate = true};
    g_autofree char *subject = digest_subject(&mail);
    g_autofree char *expected = g_strdup_printf("Σύνοψη Τρίτης 24 Νοεμβρίου · %s — 3 μηνύματα", entries[0].group->title);
    assert_string_equal(subject, expected);
    mail.frame = frame_in(true);
    g_autofree char *english = digest_subject(&mail);
    assert_non_null(strstr(english, entries[0].group->title));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(singular_and_plural_are_right),
        cmocka_unit_test(sizes_are_written_as_in_the_language),
        cmocka_unit_test(the_subject_tells_the_day_and_what_is_inside), cmocka_unit_test(the_subject_of_a_separate_digest_names_its_group),
        cmocka_unit_test(days_are_those_of_the_zone),
        cmocka_unit_test(both_languages_have_the_same_sections_in_their_own_letters),
    };
    return cmocka_run_group_tests(tests, NULL, clear_scene);
}
