#include "publish/digest_fold.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>

/* The folded text: `|` between lines, `=` before quoted ones, H3 and S3 for what was folded, `+` between pieces. */
static char *folded(const char *subject, const char *text, size_t most) {
    g_autoptr(GPtrArray) pieces = digest_fold(subject, text, most);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < pieces->len; i++) {
        const GPtrArray *piece = pieces->pdata[i];
        if (i > 0) g_string_append_c(out, '+');
        for (guint j = 0; j < piece->len; j++) {
            const FoldLine *line = piece->pdata[j];
            if (j > 0) g_string_append_c(out, '|');
            if (line->kind == FOLD_HISTORY || line->kind == FOLD_SIGNATURE) g_string_append_printf(out, "%c%zu", line->kind == FOLD_HISTORY ? 'H' : 'S', line->lines);
            else g_string_append_printf(out, "%s%s", line->kind == FOLD_QUOTE ? "=" : "", line->text != NULL ? line->text : "");
        }
    }
    return g_string_free(out, FALSE);
}

typedef struct {
    const char *text, *expected;
} Case;

static void check(const char *subject, const Case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        g_autofree char *found = folded(subject, cases[i].text, 100000);
        if (strcmp(found, cases[i].expected) != 0) fail_msg("%s\nbecame %s\nnot    %s", cases[i].text, found, cases[i].expected);
    }
}

static void the_history_of_each_program_becomes_one_line_that_counts_it(void **state) {
    (void)state;
    static const Case cases[] = {
        {"Συμφωνώ.\n\nΣτις 23/11/2026 10:00, ο χρήστης Νίκος έγραψε:\n> Καλημέρα\n> σε\n>> όλους\n", "Συμφωνώ.||H4"},
        {"> α\n> β\n> γ\nΝαι.\n> δ\n>\n> ε\n\n> ζ", "H3|Ναι.|H4"},
        {"Ναι.\n\nΑπό: Νίκος <n@dimos.gr>\nΣτάλθηκε: Δευτέρα, 23 Νοεμβρίου 2026 10:00 πμ\nΠρος: perivallon@x.gr\nΘέμα: Κάδοι\n\nΚαλημέρα\n\nΝίκος\n", "Ναι.||H6"},
        {"Yes.\n\nFrom: Nikos\nSent: Monday\nTo: x\nSubject: Κάδοι\n\nHello", "Yes.||H5"},
        {"Ναι.\n________________________________\nΑπό: Νίκος\nΑποστολή: Δευτέρα\nΠρος: x\n\nα", "Ναι.|H4"},
        {"Ναι.\n-----Αρχικό μήνυμα-----\nFrom: Νίκος\n\nα\nβ", "Ναι.|H4"},
        {"Ναι.\n\nΣτις Τρί 24 Νοε 2026 στις 10:00 π.μ., ο/η Μαρία Παππά <maria@dimos.gr>\nέγραψε:\n\n> α\n> β\n> γ\n", "Ναι.||H5"},
        {"Ναι.\n\nΤην Τρίτη 24 Νοεμβρίου 2026 στις 10:00, ο χρήστης Μ <m@x.gr> έγραψε:\nα\nβ\nγ\n", "Ναι.||H4"},
        {"Yes\nOn Mon, 23 Nov 2026 at 10:00, Nikos <n@x.gr> wrote:\n> a\n> b\n> c\nand more", "Yes|H4|and more"},
        {"Ναι.\n\nΑπό: «Νίκος» <n@x.gr>\nΑπεσταλμένα: Τρίτη\nα", "Ναι.||H3"},
    };
    check("Re: Κάδοι", cases, G_N_ELEMENTS(cases));
}

static void a_short_quotation_that_is_answered_stays(void **state) {
    (void)state;
    static const Case cases[] = {
        {"> Πότε;\nΤην Τρίτη.\n> Πού;\n> Στο δημαρχείο;\nΝαι.\n", "=Πότε;|Την Τρίτη.|=Πού;|=Στο δημαρχείο;|Ναι."},
        {"Στις 23/11/2026 ο Νίκος έγραψε:\n> Πότε;\n\nΤην Τρίτη.", "Στις 23/11/2026 ο Νίκος έγραψε:|=Πότε;||Την Τρίτη."},
        {">> παλιό\n> νέο\nναι", "=> παλιό|=νέο|ναι"},
    };
    check("Re: Κάδοι", cases, G_N_ELEMENTS(cases));
}

static void signatures_and_what_programs_add_become_one_line(void **state) {
    (void)state;
    static const Case cases[] = {
        {"Καλημέρα\n-- \nΜαρία\n\nΔήμος Ήλιδας\n", "Καλημέρα|S2"},
        {"Καλημέρα\n--\nΜαρία", "Καλημέρα|S1"},
        {"Καλημέρα\n-- \nΜαρία\n> α\n> β\n> γ\n", "Καλημέρα|S1|H3"},
        {"Καλημέρα\n\nΣτάλθηκε από το iPhone μου\n", "Καλημέρα||S1"},
        {"Καλημέρα\n\nSent from my Galaxy\n\nΤο παρόν μήνυμα είναι\nεμπιστευτικό.\n\nThis e-mail is confidential.\n", "Καλημέρα||S4"},
        {"Καλημέρα\n\nΤο παρόν μήνυμα είναι εμπιστευτικό.\n\nΥ.Γ. Φέρτε καφέ", "Καλημέρα||S1||Υ.Γ. Φέρτε καφέ"},
        {"Πρόγραμμα\n____________________\n10:00 έναρξη", "Πρόγραμμα|____________________|10:00 έναρξη"},
        {"Στάλθηκε από λάθος", "Στάλθηκε από λάθος"},
    };
    check("Κάδοι", cases, G_N_ELEMENTS(cases));
}

static void a_long_text_below_a_mark_is_no_signature(void **state) {
    (void)state;
    for (int lines = 29; lines <= 32; lines++) {
        g_autoptr(GString) text = g_string_new("Καλημέρα\n-- \n");
        for (int i = 0; i < lines; i++) g_string_append_printf(text, "Γραμμή %d\n", i);
        g_autofree char *found = folded("Κάδοι", text->str, 100000), *expected = g_strdup_printf("Καλημέρα|S%d", lines);
        if (lines <= 30) assert_string_equal(found, expected);
        else assert_true(g_str_has_prefix(found, "Καλημέρα|--|Γραμμή 0|") && g_str_has_suffix(found, "|Γραμμή 30") == (lines == 31));
    }
}

static void what_is_passed_on_is_shown(void **state) {
    (void)state;
    static const Case forwarded[] = {
        {"Για ενημέρωση.\n\nΑπό: ΕΥΔ\nΣτάλθηκε: χθες\n\nΗ προθεσμία παρατείνεται.", "Για ενημέρωση.||Από: ΕΥΔ|Στάλθηκε: χθες||Η προθεσμία παρατείνεται."},
    };
    static const Case banner[] = {
        {"Δείτε:\n---------- Προωθημένο μήνυμα ---------\nΑπό: ΕΥΔ\nΗμερομηνία: χθες\n\nΠρόσκληση.", "Δείτε:|---------- Προωθημένο μήνυμα ---------|Από: ΕΥΔ|Ημερομηνία: χθες||Πρόσκληση."},
    };
    static const Case nothing_else[] = {{"Από: ΕΥΔ\nΣτάλθηκε: χθες\n\nΠρόσκληση.", "Από: ΕΥΔ|Στάλθηκε: χθες||Πρόσκληση."}};
    check("ΠΡΘ: Πρόσκληση", forwarded, 1);
    check("Πρόσκληση", banner, 1);
    check("Πρόσκληση", nothing_else, 1);
}

static void empty_lines_are_kept_single_and_an_empty_text_is_one_empty_piece(void **state) {
    (void)state;
    static const Case cases[] = {{"\n\n\nΚαλημέρα\n\n \n\nσε όλους\n\n\n", "Καλημέρα||σε όλους"}, {"", ""}, {"\n \n", ""}};
    check("", cases, G_N_ELEMENTS(cases));
}

static void lines_that_a_program_broke_are_joined_and_others_are_not(void **state) {
    (void)state;
    static const Case cases[] = {
        {"Από την 1η Δεκεμβρίου αλλάζουν τα δρομολόγια συλλογής των κάδων στις\nδημοτικές ενότητες Αμαλιάδας και Πηνείας, όπως ξέρετε.",
         "Από την 1η Δεκεμβρίου αλλάζουν τα δρομολόγια συλλογής των κάδων στις δημοτικές ενότητες Αμαλιάδας και Πηνείας, όπως ξέρετε."},
        {"Ημερομηνία της συνεδρίασης: Τρίτη 24 Νοεμβρίου 2026, ώρα 10:00 π.μ.\nΤόπος: Δημαρχείο", "Ημερομηνία της συνεδρίασης: Τρίτη 24 Νοεμβρίου 2026, ώρα 10:00 π.μ.|Τόπος: Δημαρχείο"},
        {"Για τη συνεδρίαση της Τρίτης χρειαζόμαστε όλοι μας τα παρακάτω:\n- καρέκλες\n- καφέ", "Για τη συνεδρίαση της Τρίτης χρειαζόμαστε όλοι μας τα παρακάτω:|- καρέκλες|- καφέ"},
        {"ναι\nόχι", "ναι|όχι"},
    };
    check("", cases, G_N_ELEMENTS(cases));
}

static void a_long_text_comes_in_pieces_and_nothing_of_it_is_lost(void **state) {
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL), whole = g_string_new(NULL);
    for (int i = 0; i < 3000; i++) g_string_append_printf(text, "Άρθρο %d.\n", i);
    for (int i = 0; i < 20000; i++) g_string_append(text, "ώ");
    g_autoptr(GPtrArray) pieces = digest_fold("", text->str, 12 * 1024);
    assert_true(pieces->len > 6);
    for (guint i = 0; i < pieces->len; i++) {
        size_t bytes = 0;
        const GPtrArray *piece = pieces->pdata[i];
        for (guint j = 0; j < piece->len; j++) {
            const FoldLine *line = piece->pdata[j];
            assert_true(strlen(line->text) <= 4096 && g_utf8_validate(line->text, -1, NULL));
            bytes += strlen(line->text) + 1;
            g_string_append(whole, line->text);
            if (*line->text != '\xcf') g_string_append_c(whole, '\n');
        }
        assert_true(bytes <= 13 * 1024);
    }
    assert_string_equal(whole->str, text->str);
}

/* Microseconds of this thread's own work: others on the machine do not count. */
static gint64 time_worked(void) {
    struct timespec worked;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worked), 0);
    return (gint64)worked.tv_sec * G_USEC_PER_SEC + worked.tv_nsec / 1000;
}

static gint64 time_of(const char *line, size_t length) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < length) g_string_append(text, line);
    gint64 began = time_worked();
    g_autoptr(GPtrArray) pieces = digest_fold("Κάδοι", text->str, 12 * 1024);
    assert_true(pieces->len > 0);
    return MAX(time_worked() - began, 1);
}

/* Lines that something has to be looked for behind: four times as much text takes about four times as long, and not sixteen. Measured side by side, and what
 * holds once, holds: caches that others have emptied can only make it longer. */
static void a_text_made_to_be_slow_is_not(void **state) {
    (void)state;
    enum { LENGTH = 1 << 17, TIMES = 4, MOST = 10, TRIES = 5 };
    static const char *const lines[] = {"\n", ">\n", "-- \n", "__________\n\n", "α\n", "From: a\n", "-- \nα\n>\n", "Στις 1/1/2026 έγραψε:\n", "\n\nΤο παρόν\n", "a "};
    const char *suite = g_getenv("TEST_SUITE");
    if (suite != NULL && strcmp(suite, "valgrind") == 0) {
        print_message("# skipped: it is about time, and valgrind makes everything thirty times as long\n");
        skip();
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        gint64 ratio = G_MAXINT64;
        for (int tries = 0; tries < TRIES && ratio > MOST; tries++) {
            gint64 less = time_of(lines[i], LENGTH), more = time_of(lines[i], TIMES * LENGTH);
            ratio = MIN(ratio, more / less);
        }
        if (ratio > MOST) fail_msg("%s takes %d times as long", lines[i], (int)ratio);
    }
}

static void what_turns_or_hides_text_is_gone(void **state) {
    (void)state;
    static const Case cases[] = {{"\x01" "α\u202eβ\u2066γ\u200f\ufeffδ\x7f\xc2\x85", "αβγδ"}, {"α\tβ", "α    β"}, {"👩‍👧 ναι\u00a0όχι", "👩‍👧 ναι όχι"}, {"α\u2028β", "α|β"}};
    check("", cases, G_N_ELEMENTS(cases));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_history_of_each_program_becomes_one_line_that_counts_it),
        cmocka_unit_test(a_short_quotation_that_is_answered_stays),
        cmocka_unit_test(signatures_and_what_programs_add_become_one_line),
        cmocka_unit_test(a_long_text_below_a_mark_is_no_signature),
        cmocka_unit_test(what_is_passed_on_is_shown),
        cmocka_unit_test(empty_lines_are_kept_single_and_an_empty_text_is_one_empty_piece),
        cmocka_unit_test(lines_that_a_program_broke_are_joined_and_others_are_not),
        cmocka_unit_test(a_long_text_comes_in_pieces_and_nothing_of_it_is_lost),
        cmocka_unit_test(a_text_made_to_be_slow_is_not),
        cmocka_unit_test(what_turns_or_hides_text_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
