#include "message/text.h"
#include "message/words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void decodes(const char *bytes, const char *label, const char *expected) {
    g_autofree char *text = text_decode((const uint8_t *)bytes, strlen(bytes), label);
    assert_string_equal(text, expected);
}

static void words_in_windows_1253_are_read_under_every_label(void **state G_GNUC_UNUSED) {
    static const char *const labels[] = {NULL, "", "us-ascii", "utf-8", "UTF-8", "iso-8859-7", "ISO-8859-7", "windows-1253", "cp1253",
                                         "x-unknown", "no such charset", "utf-8//IGNORE", "binary"};
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
        decodes("\xa2\xf1\xe8\xf1\xef \xea\xe1\xeb\xe7\xec\xdd\xf1\xe1", labels[i], "Άρθρο καλημέρα");
}

static void utf8_is_read_under_every_label_that_says_nothing(void **state G_GNUC_UNUSED) {
    static const char *const labels[] = {NULL, "us-ascii", "utf-8", "utf8", "unknown-8bit", "x-user-defined"};
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) decodes("Άρθρο, ἄνθρωπος, ᾳ, 😀", labels[i], "Άρθρο, ἄνθρωπος, ᾳ, 😀");
}

static void true_iso_8859_7_keeps_its_accent_its_euro_and_its_apostrophe(void **state G_GNUC_UNUSED) {
    decodes("\xb6\xf1\xe8\xf1\xef 3\xa4 \xf3\xa2 \xe1\xf5\xf4\xfc", "iso-8859-7", "Άρθρο 3€ σ’ αυτό");
    /* the same bytes under no label, or under that of Windows; its own paragraph sign stands alone */
    decodes("\xb6\xf1\xe8\xf1\xef \xf3\xa2 \xe1\xf5\xf4\xfc", NULL, "Άρθρο σ’ αυτό");
    decodes("\xb6\xf1\xe8\xf1\xef \xf3\xa2 \xe1\xf5\xf4\xfc", "windows-1253", "Άρθρο σ’ αυτό");
    decodes("\xb6 1 \xa2\xf1\xe8\xf1\xef\xb6", "windows-1253", "¶ 1 Άρθρο¶");
    decodes("\xb6 1 \xa2\xf1\xe8\xf1\xef", NULL, "¶ 1 Άρθρο");
    decodes("\xaa\xe1", "iso-8859-7", "ͺα");
}

static void greek_under_a_western_label_is_greek_and_the_west_stays_western(void **state G_GNUC_UNUSED) {
    static const char *const labels[] = {"iso-8859-1", "ISO-8859-1", "windows-1252", "iso-8859-15", "latin1"};
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        decodes("\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1 \xf3\xe1\xf2", labels[i], "Καλημέρα σας");
        decodes("Re: \xc8\xdd\xec\xe1 FYI", labels[i], "Re: Θέμα FYI");
        decodes("\xa2\xf1\xe8\xf1\xef 5, \xf4\xef http://www.example.gr/a/b", labels[i], "Άρθρο 5, το http://www.example.gr/a/b");
        decodes("L'\xe9t\xe9 \xe0 No\xebl, d\xe9j\xe0 vu, \xe7\xe0 et l\xe0", labels[i], "L'été à Noël, déjà vu, çà et là");
        decodes("F\xfcr die Umlaute \xc4\xd6\xdc gibt es M\xf6glichkeiten", labels[i], "Für die Umlaute ÄÖÜ gibt es Möglichkeiten");
        decodes("\xd1" "and\xfa se\xf1or \xbfqu\xe9?", labels[i], "Ñandú señor ¿qué?");
    }
    decodes("\xfe\xa0\xf0", "iso-8859-1", "þ\u00a0ð");
}

static void a_letter_cut_in_half_does_not_spoil_the_rest(void **state G_GNUC_UNUSED) {
    decodes("\xce" "Καλημέρα σας\xce", "utf-8", "\uFFFDΚαλημέρα σας\uFFFD");
    decodes("Καλημέρα σας\xce", NULL, "Καλημέρα σας\uFFFD");
}

static void other_charsets_are_read_by_their_label(void **state G_GNUC_UNUSED) {
    decodes("caf\xe9", "iso-8859-1", "café");
    decodes("\xf0\xd2\xc9\xd7\xc5\xd4", "koi8-r", "Привет");
    decodes("+A5oDsQO7-", "utf-7", "Καλ");
    static const uint8_t wide[] = {0xff, 0xfe, 0x9a, 0x03, 0xb1, 0x03, 0x0a, 0x00};
    g_autofree char *text = text_decode(wide, sizeof wide, "utf-16");
    assert_string_equal(text, "Κα\n");
}

static void line_ends_controls_nul_and_byte_order_mark_are_cleaned(void **state G_GNUC_UNUSED) {
    static const char bytes[] = "\xef\xbb\xbf" "α\r\nβ\rγ\n\tδ\0\x01\x1b[31m\x7f" "ε\xc2\x85";
    g_autofree char *text = text_decode((const uint8_t *)bytes, sizeof bytes - 1, "utf-8");
    assert_string_equal(text, "α\nβ\nγ\n\tδ[31mε");
    g_autofree char *nothing = text_decode(NULL, 0, NULL);
    assert_string_equal(nothing, "");
}

static void any_bytes_become_valid_text(void **state G_GNUC_UNUSED) {
    uint8_t bytes[512];
    static const char *const labels[] = {NULL, "utf-16", "koi8-r", "gb18030", "utf-7", "windows-1253", "big5"};
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 31 + i / 256);
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        g_autofree char *text = text_decode(bytes, sizeof bytes, labels[i]);
        assert_true(g_utf8_validate(text, -1, NULL));
    }
}

static void folds(const char *text, const char *expected) {
    g_autofree char *folded = text_fold(text);
    assert_string_equal(folded, expected);
}

static void folding_makes_the_ways_of_writing_a_word_equal(void **state G_GNUC_UNUSED) {
    folds("Δίκτυο ΔΊΚΤΥΟ δικτυο", "δικτυο δικτυο δικτυο");
    folds("ΟΔΟΣ οδός", "οδοσ οδοσ");
    folds("Ϊΰΐ Μαΐου", "ιυι μαιου");
    folds("ἄνθρωπος ᾠδή ᾳ Ὦ ῥ", "ανθρωποσ ωδη α ω ρ");
    folds("Café Ünïcode", "cafe unicode");
    folds("  δύο \t\n λέξεις\u00a0εδώ ", "δυο λεξεισ εδω");
    folds("κακό\xff", "κακο\uFFFD");
}

static void lines(const char *text, size_t characters, const char *expected) {
    g_autofree char *line = text_one_line(text, characters);
    assert_string_equal(line, expected);
}

static void one_line_has_no_turned_text_and_no_line_ends(void **state G_GNUC_UNUSED) {
    lines(" Θέμα:\r\n\tεγκύκλιος  5 ", 100, "Θέμα: εγκύκλιος 5");
    lines("\u202egpj.exe\u2066\u200b\a", 100, "gpj.exe");
    lines("α\u2028β\xc2\x85γ", 100, "α β γ");
    lines("👩\u200d👧", 100, "👩\u200d👧");
    lines("κακό\xce", 100, "κακό\uFFFD");
    lines("α\xef\xbf\xbe" "β\xef\xbf\xbf" "γ\xef\xb7\x90" "δ\xf0\x9f\xbf\xbf\uFFFD", 100, "αβγδ\uFFFD");
}

static void one_line_is_cut_by_letters_with_a_mark(void **state G_GNUC_UNUSED) {
    lines("Περιβάλλον", 4, "Περι…");
    lines("Περιβάλλον", 10, "Περιβάλλον");
    lines("ένα δύο", 3, "ένα…");
    lines("ένα ", 3, "ένα");
    lines("α", 0, "…");
}

static void html_becomes_what_a_person_reads(void **state G_GNUC_UNUSED) {
    static const struct {
        const char *html, *text;
    } cases[] = {
        {"<html><head><title>Χ</title><style>p{}</style></head><body><p>Καλημέρα&nbsp;σας   &amp; &#937;<p>Τέλος", "Καλημέρα σας & Ω\n\nΤέλος"},
        {"<body>α<br>β<br><br>γ<div>δ</div>ε", "α\nβ\n\nγ\nδ\nε"},
        {"<p>Δείτε <a href='https://example.gr/x'>την εγκύκλιο</a>.", "Δείτε την εγκύκλιο <https://example.gr/x>."},
        {"<a href='mailto:m@example.gr'>m@example.gr</a> <a href='https://example.gr/'>example.gr</a>", "m@example.gr example.gr"},
        {"<a href='javascript:x()'>εδώ</a>", "εδώ"},
        {"<ul><li>ένα<li>δύο<ol><li>α<li>β</ol></ul>", "• ένα\n• δύο\n  1. α\n  2. β"},
        {"<table><tr><td>Άρθρο</td><td>1</td></tr><tr><td>β</td></tr></table>", "Άρθρο 1\nβ"},
        {"<body>α<blockquote>β<br>γ<blockquote>δ</blockquote></blockquote>ε", "α\n\n> β\n> γ\n>\n> > δ\n\nε"},
        {"<div style='display: NONE'>κρυφό<br><img alt=x></div>φανερό<script>x()</script>", "φανερό"},
        {"<pre>a\n  b\n</pre>", "a\n  b"},
        {"<img alt='Λογότυπο'> x", "Λογότυπο x"},
        {"<meta charset=windows-1253>Ά 😀", "Ά 😀"},
        {"<b>χωρίς τέλος", "χωρίς τέλος"},
        {"", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = text_from_html(cases[i].html);
        assert_string_equal(text, cases[i].text);
    }
}

static void encoded_words_become_words_that_cannot_be_misread(void **state G_GNUC_UNUSED) {
    static const struct {
        const char *raw, *line;
    } cases[] = {
        {" απλό\r\n κείμενο\r\n", "απλό κείμενο"},
        {"=?utf-8?B?zrE=?=", "=?utf-8?B?zrE=?="},
        {"=?utf-8?Q?=CE?= =?UTF-8?q?=B1?= x", "=?utf-8?B?zrE=?= x"},
        {"=?iso-8859-7?Q?=A2?=", "=?utf-8?B?zoY=?="},
        {"=?utf-8?B?zrE=?= =?iso-8859-7?B?4Q==?=\t=?us-ascii?q?b?= c", "=?utf-8?B?zrHOsWI=?= c"}, /* two labels, one word: a padded one would end GMime's reading */
        {"=?utf-8?Q?=A2?=", "=?utf-8?B?zoY=?="},
        {"=?utf-8*el?B?zrE=?=", "=?utf-8?B?zrE=?="},
        {"\xa2", "Ά"},
        {"=?utf-8?Q?a=2C_=3Cx=3E?=", "=?utf-8?B?YSwgPHg+?="},
        {"=?a?b =? =?\?= =?x?z?y?= 100%?=", "=?a?b =? =?\?= =?x?z?y?= 100%?="},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line = words_normal(cases[i].raw);
        assert_string_equal(line, cases[i].line);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_in_windows_1253_are_read_under_every_label),
        cmocka_unit_test(utf8_is_read_under_every_label_that_says_nothing),
        cmocka_unit_test(true_iso_8859_7_keeps_its_accent_its_euro_and_its_apostrophe),
        cmocka_unit_test(greek_under_a_western_label_is_greek_and_the_west_stays_western),
        cmocka_unit_test(a_letter_cut_in_half_does_not_spoil_the_rest),
        cmocka_unit_test(other_charsets_are_read_by_their_label),
        cmocka_unit_test(line_ends_controls_nul_and_byte_order_mark_are_cleaned),
        cmocka_unit_test(any_bytes_become_valid_text),
        cmocka_unit_test(folding_makes_the_ways_of_writing_a_word_equal),
        cmocka_unit_test(one_line_has_no_turned_text_and_no_line_ends),
        cmocka_unit_test(one_line_is_cut_by_letters_with_a_mark),
        cmocka_unit_test(html_becomes_what_a_person_reads),
        cmocka_unit_test(encoded_words_become_words_that_cannot_be_misread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
