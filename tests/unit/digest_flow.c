#include "publish/digest_flow.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

/* As a reading program does it (RFC 3676, 4.): stuffing out, soft breaks joined; `>` before quoted ones. */
static char *unflowed(const char *text) {
    GString *out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool soft = false;
    for (char **line = lines; line[1] != NULL; line++) {
        const char *c = *line;
        if (*c == '>' && !soft) g_string_append_c(out, '>');
        if (*c == '>') c++;
        if (*c == ' ') c++;
        g_string_append(out, c);
        soft = g_str_has_suffix(c, " ") && strcmp(c, "-- ") != 0;
        if (!soft) g_string_append_c(out, '\n');
    }
    assert_false(soft);
    return g_string_free(out, FALSE);
}

static void check_width(const char *text) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        assert_true(strlen(*line) <= 900);
        bool one_word = strchr(*line + strspn(*line, " >"), ' ') == NULL || strchr(*line + strspn(*line, " >"), ' ')[1] == '\0';
        if (g_utf8_strlen(*line, -1) > FLOW_WIDTH && !one_word && !g_str_has_prefix(*line, "-- ")) fail_msg("%s", *line);
    }
}

static void what_is_flowed_reads_as_it_was(void **state) {
    (void)state;
    static const char *const texts[] = {
        "Καλημέρα\n", "\n", "α\n\nβ\n", "  εσοχή\n", "> όχι παράθεση\n", "From την αρχή\n", " From\n", "--\n", ">>\n",
        "Από την 1η Δεκεμβρίου αλλάζουν τα δρομολόγια συλλογής των κάδων στις δημοτικές ενότητες Αμαλιάδας, Πηνείας και Γαστούνης, όπως είπαμε χθες.\n",
        "   εσοχή σε μια γραμμή που είναι μεγαλύτερη από όσο χωράει σε μια γραμμή του μηνύματος και πρέπει να σπάσει\n",
        "Δείτε https://www.dimos.example.gr/anakyklosi/xartes/2026/dromologia-mple-kadon-dekemvrios.pdf?utm_source=newsletter και πείτε μας\n",
        "-- https://www.dimos.example.gr/anakyklosi/xartes/2026/dromologia-mple-kadon-dekemvrios.pdf?utm_source=newsletter\n",
        "a > b, και μετά μια πολύ μεγάλη φράση που σπάει ακριβώς εκεί όπου αρχίζει ένα >σύμβολο και From άλλο ένα και ακόμη λίγο\n",
        "日本語の長い文章は幅が二倍なので 一行に三十九文字しか入りません ですからここで折り返す必要があります\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        digest_flow(out, texts[i]);
        g_autofree char *back = unflowed(out->str);
        assert_string_equal(back, texts[i]);
        check_width(out->str);
        assert_null(strstr(out->str, "\n-- \n"));
        assert_false(g_str_has_prefix(out->str, "-- \n") || g_str_has_prefix(out->str, ">"));
    }
}

static void every_line_length_breaks_right(void **state) {
    (void)state;
    for (int words = 1; words < 60; words++)
        for (int letters = 1; letters < 12; letters++) {
            g_autoptr(GString) text = g_string_new(NULL), out = g_string_new(NULL), quoted = g_string_new(NULL);
            for (int i = 0; i < words * letters; i++) g_string_append(text, i > 0 && i % letters == 0 ? " ω" : "ω");
            g_autofree char *line = g_strconcat(text->str, "\n", NULL), *quote = g_strconcat(">", line, NULL);
            digest_flow(out, line);
            digest_flow_quote(quoted, text->str);
            g_autofree char *back = unflowed(out->str), *quote_back = unflowed(quoted->str);
            assert_string_equal(back, line);
            assert_string_equal(quote_back, quote);
            check_width(out->str);
            check_width(quoted->str);
        }
}

static void a_word_without_end_is_broken_between_letters(void **state) {
    (void)state;
    g_autoptr(GString) text = g_string_new("α "), out = g_string_new(NULL);
    for (int i = 0; i < 5000; i++) g_string_append(text, "ώ");
    digest_flow(out, text->str);
    check_width(out->str);
    assert_true(g_utf8_validate(out->str, -1, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_flowed_reads_as_it_was),
        cmocka_unit_test(every_line_length_breaks_right),
        cmocka_unit_test(a_word_without_end_is_broken_between_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
