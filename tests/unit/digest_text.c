#include "digest_scene.h"

/* The text digest as its readers see it. */

static const Scene two_groups[] = {
    {0, 1, 1, 0, "Κάδοι", "Καλημέρα.\n"}, {0, 1, 2, 1, "ΑΠ: Κάδοι", "Ναι.\n> α\n> β\n> γ\n"}, {0, 1, 3, 2, "Δρομολόγια", "Όχι.\n"}, {1, 4, 4, 0, "", ""}};

static void a_digest_reads_from_what_is_inside_to_how_to_leave(void **state) {
    (void)state;
    DigestEntry entries[SCENE_MOST];
    set_scene(two_groups, 4, entries);
    for (int i = 0; i < 3; i++) entries[i].topic = "Κάδοι";
    entries[0].began = 1795010700;
    g_autofree char *text = body_of(&digest_writer_text, frame_in(false), entries, 4, NULL);
    g_autofree char *rule = g_strnfill(72, '='), *line = g_strnfill(72, '-');
#define BY "\n* Μαρία Παππά <maria@dimos.example.gr> — Δευτέρα 23 Νοεμβρίου, 16:05\n"
#define FOOT(group, post, thread) "\nΑπάντηση στη συζήτηση: " group "-reply+" post "@groups.example.gr\nΜόνο στον αποστολέα, Μαρία Παππά: maria@dimos.example.gr\n" \
        "Σίγαση της συζήτησης: diktyo-mute+" thread "-\x01@groups.example.gr\n"
    g_autofree char *expected = g_strdup_printf(
        "Σύνοψη Τρίτης 24 Νοεμβρίου — 2 ομάδες, 4 μηνύματα\nΔίκτυο Δήμων\n\n2 ομάδες · 2 συζητήσεις · 4 μηνύματα\n"
        "\nΠεριβάλλον (1 συζήτηση, 3 μηνύματα)\n   · Κάδοι (3 μηνύματα)\n\nΥγεία (1 συζήτηση, 1 μήνυμα)\n   · (χωρίς θέμα)\n"
        "\n%s\nΠεριβάλλον\nΝέο θέμα: environment@groups.example.gr\n%s\n\n\nΚάδοι\n%s\n(συνεχίζεται από 18 Νοεμβρίου)\n"
        BY "\nΚαλημέρα.\n" BY "\nΝαι.\n[…] 3 γραμμές από προηγούμενα\n" BY "Θέμα: Δρομολόγια\n\nΌχι.\n" FOOT("environment", "3", "1")
        "\n%s\nΥγεία\nΝέο θέμα: ygeia@groups.example.gr\n%s\n\n\n(χωρίς θέμα)\n%s\n" BY "\n(χωρίς κείμενο)\n" FOOT("ygeia", "4", "4")
        "\n%s\nΔίκτυο Δήμων\nΒοήθεια και ρυθμίσεις: diktyo@groups.example.gr\nΓια να φύγετε από μια ομάδα, στείλτε ένα κενό μήνυμα:\n"
        "   Περιβάλλον: environment-leave@groups.example.gr\n   Υγεία: ygeia-leave@groups.example.gr\n", rule, rule, line, rule, rule, line, rule);
    assert_string_equal(text, expected);
}

static void the_same_in_english(void **state) {
    (void)state;
    DigestEntry entries[SCENE_MOST];
    set_scene(two_groups, 4, entries);
    entries[0].began = 1795010700;
    g_autofree char *text = body_of(&digest_writer_text, frame_in(true), entries, 4, NULL);
    static const char *const parts[] = {"Digest of Tuesday 24 November — 2 groups, 4 messages\n", "\n2 groups · 2 threads · 4 messages\n", "\nΠεριβάλλον (1 thread, 3 messages)\n",
                                        "(goes on from 18 November)", " — Monday 23 November, 16:05\n", "[…] 3 lines of earlier messages\n", "(no subject)", "(no text)\n",
                                        "Answer the thread: environment-reply+3@", "Only to Μαρία Παππά: ", "Mute the thread: diktyo-mute+1-\x01@", "To leave a group"};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) assert_has(text, parts[i]);
}

static void attachments_are_named_with_their_sizes(void **state) {
    (void)state;
    Attachment files[] = {{writable("Έκθεση Α΄.pdf"), writable("application/pdf"), 1234567}, {writable(""), writable("image/png"), 34567}, {writable("σχέδιο\n.dwg\u202e"), writable("x/y"), 0}};
    DigestEntry entries[SCENE_MOST];
    set_scene(&two_groups[3], 1, entries);
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    for (size_t i = 0; i < 30; i++) g_ptr_array_add(list, &files[i % 3]);
    scene_posts[0].attachments = list;
    g_autofree char *text = body_of(&digest_writer_text, frame_in(false), entries, 1, NULL);
    assert_has(text, "\nΣυνημμένα:\n   Έκθεση Α΄.pdf (1,2 MB)\n   image/png (35 kB)\n   σχέδιο .dwg (0 B)\n");
    assert_has(text, "\n   10 ακόμη αρχεία\n");
    assert_lacks(text, "χωρίς κείμενο");
}

static void a_part_says_which_it_is_and_tells_of_what_is_in_it(void **state) {
    (void)state;
    DigestEntry entries[SCENE_MOST];
    set_scene(two_groups, 4, entries);
    const DigestMail mail = {.frame = frame_in(false), .zone = "Europe/Athens", .cut = 1795496400, .entries = entries, .count = 4, .from = 3, .to = 4, .part = 2, .parts = 2};
    g_autofree char *opening = digest_writer_text.opening(&mail);
    assert_has(opening, "(μέρος 2 από 2)\nΔίκτυο Δήμων\nΜέρος 2 από 2\n\n2 ομάδες · 2 συζητήσεις · 4 μηνύματα\n\nΥγεία (1 συζήτηση, 1 μήνυμα)\n");
    assert_lacks(opening, "Περιβάλλον");
}

static void a_long_text_comes_in_pieces_cut_alike_in_text_and_html(void **state) {
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 4000; i++) g_string_append_printf(text, "Άρθρο %d.\n%s", i, i % 7 == 0 ? "\n" : "");
    const Scene scene = {0, 1, 1, 0, "Κανονισμός", text->str};
    DigestEntry entry;
    set_scene(&scene, 1, &entry);
    g_autoptr(GPtrArray) plain = digest_writer_text.post(frame_in(false), &entry, NULL), html = digest_writer_html.post(frame_in(false), &entry, NULL);
    assert_true(plain->len > 3 && plain->len == html->len);
    int next = 0;
    for (guint i = 0; i < plain->len; i++) {
        assert_true(strlen(plain->pdata[i]) < DIGEST_PIECE_MOST * 5 / 4);
        assert_int_equal(strstr(plain->pdata[i], "(συνέχεια του μηνύματος: Μαρία Παππά)") != NULL, i > 0);
        assert_int_equal(strstr(html->pdata[i], "Συνέχεια του μηνύματος: <bdi>Μαρία Παππά</bdi>") != NULL, i > 0);
        for (;; next++) {
            g_autofree char *line = g_strdup_printf("\nΆρθρο %d.\n", next), *marked = g_strdup_printf("Άρθρο %d.", next);
            if (strstr(plain->pdata[i], line) == NULL) break;
            assert_has(html->pdata[i], marked);
        }
    }
    assert_int_equal(next, 4000);
}

static void nothing_from_a_mail_can_pass_for_something_else(void **state) {
    (void)state;
    static const Scene scene[] = {{0, 1, 1, 0, ">From \x01 me\u202e", "From me\n-- \n\x01\n"}};
    DigestEntry entries[1];
    set_scene(scene, 1, entries);
    scene_posts[0].author_name = writable("\x01> Μαρία\n-- \nFrom ");
    scene_groups[0].title = writable(">From\n-- \n");
    g_autoptr(GString) word = g_string_new("αβγ\n");
    for (int i = 0; i < 1200; i++) g_string_append(word, "ώ");
    g_string_append(word, "\n😀👩‍👧\n-- \n");
    for (int i = 0; i < 40; i++) g_string_append(word, "γραμμή\n");
    scene_posts[0].text = word->str;
    g_autofree char *text = body_of(&digest_writer_text, frame_in(false), entries, 1, NULL);
    assert_short_lines(text, 900);
    assert_true(g_utf8_validate(text, -1, NULL));
    static const char *const never[] = {"\n>", "\n-- \n", "\nFrom ", "\u202e", "\x01>"};
    for (size_t i = 0; i < G_N_ELEMENTS(never); i++) assert_lacks(text, never[i]);
    char *mark = strchr(text, DIGEST_KEY_MARK);
    assert_true(mark != NULL && strchr(mark + 1, DIGEST_KEY_MARK) == NULL && g_str_has_prefix(mark + 1, "@groups.example.gr\n"));
    assert_has(text, "\n😀👩‍👧\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_reads_from_what_is_inside_to_how_to_leave),
        cmocka_unit_test(the_same_in_english),
        cmocka_unit_test(attachments_are_named_with_their_sizes),
        cmocka_unit_test(a_part_says_which_it_is_and_tells_of_what_is_in_it),
        cmocka_unit_test(a_long_text_comes_in_pieces_cut_alike_in_text_and_html),
        cmocka_unit_test(nothing_from_a_mail_can_pass_for_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, clear_scene);
}
