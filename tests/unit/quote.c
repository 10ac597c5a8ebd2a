#include "decide/quote.h"
#include "message/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* The lines that are own, `|` between them. */
static char *own_of(const char *text) {
    g_auto(GStrv) rows = g_strsplit(text, "\n", -1);
    guint count = g_strv_length(rows);
    g_autofree CommandLine *lines = g_new0(CommandLine, count + 1);
    g_autofree bool *own = g_new0(bool, count + 1);
    GString *found = g_string_new(NULL);
    for (guint i = 0; i < count; i++) lines[i] = (CommandLine){rows[i], text_fold(rows[i])};
    quote_mark(lines, count, own);
    for (guint i = 0; i < count; i++) {
        if (own[i]) g_string_append_printf(found, "%s%s", found->len > 0 ? "|" : "", rows[i]);
        g_free((char *)(uintptr_t)lines[i].folded);
    }
    return g_string_free(found, FALSE);
}

static void only_ones_own_words_are_read(void **state G_GNUC_UNUSED) {
    static const char *const table[][2] = {
        {"", ""}, {"α\n\nβ", "α|β"}, {"> α\n >β\nγ", "γ"}, {"α\n-- \nβ", "α"}, {"α\n--\nβ", "α"}, {"α\n____________\nβ", "α"}, {"α\n---\nβ", "α|---|β"},
        {"α\nΣτις 23/11/2026 10:00, ο χρήστης Μ έγραψε:\nβ", "α"}, {"α\nΣτις 23 Νοε 2026, στις 10:00, ο/η Μ Μ\n<m@x.gr>\nέγραψε:\nβ", "α"},
        {"On Mon, 23 Nov 2026 at 10:00, M <m@x.gr> wrote:\n\n> α\n> β\n\nγ", "γ"}, {"α\nOn Mon, 23 Nov 2026 at 10:00, M <\nm@x.gr> wrote:\n\nβ", "α"},
        {"Την Τρί, 24 Νοε 2026 στις 9:12 π.μ., ο/η Μ <m@x.gr> έγραψε:\nα", ""}, {"α\n2026-11-23 10:00 GMT+02:00 M <m@x.gr>:\n> β", "α"},
        {"α\nΑπό: Μ\nΣτάλθηκε: χθες\nβ", "α"}, {"α\n*From:* M\n\n*Sent:* Monday\nβ", "α"}, {"Από: τη Δευτέρα\nαρχίζουμε", "Από: τη Δευτέρα|αρχίζουμε"},
        {"α\n-----Original Message-----\nβ", "α"}, {"α\n---------- Προωθημένο μήνυμα ---------\nβ", "α"}, {"α\nBegin forwarded message:\nβ", "α"}, {"α\nΈναρξη προωθημένου μηνύματος:\nβ", "α"},
        {"α\nΣτάλθηκε από το iPhone μου\nβ", "α|β"}, {"Sent from my Galaxy", ""}, {"Στάλθηκε από λάθος", "Στάλθηκε από λάθος"}, {"Όχι. Ο κ. Παππάς έγραψε:\nα", "Όχι. Ο κ. Παππάς έγραψε:|α"}, {"Λήψη του Outlook για Android", ""}, {"> α\nτέλος\n> β\nγ", "γ"},
        {"α\n\nΤο παρόν μήνυμα είναι\nεμπιστευτικό.\n\nβ", "α"}, {"Το μήνυμα αυτό είναι εμπιστευτικό", "Το μήνυμα αυτό είναι εμπιστευτικό"},
        {"α\n\nThis message is for all", "α|This message is for all"}, {"α\n\nPlease consider the environment before printing", "α"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *found = own_of(table[i][0]);
        if (strcmp(found, table[i][1]) != 0) fail_msg("%s: %s, not %s", table[i][0], found, table[i][1]);
    }
}

/* What each line is, a letter for each: own, blank, `>`, torn, attribution, history, forwarded, signature, rule, phone, footer. */
static char *kinds_of(const char *text) {
    g_auto(GStrv) rows = g_strsplit(text, "\n", -1);
    guint count = g_strv_length(rows);
    g_autofree CommandLine *lines = g_new0(CommandLine, count + 1);
    g_autofree QuoteKind *kinds = g_new0(QuoteKind, count + 1);
    for (guint i = 0; i < count; i++) lines[i] = (CommandLine){rows[i], text_fold(rows[i])};
    quote_kinds(lines, count, kinds);
    GString *found = g_string_new(NULL);
    for (guint i = 0; i < count; i++) {
        g_string_append_c(found, "o.>tahfsrpF"[kinds[i]]);
        g_free((char *)(uintptr_t)lines[i].folded);
    }
    return g_string_free(found, FALSE);
}

static void each_line_is_known_for_what_it_is(void **state G_GNUC_UNUSED) {
    static const char *const table[][2] = {
        {"α\n\n> β\nγ\n> δ\nε", "o.>t>o"}, {"α\nΣτις 23/11/2026 10:00, ο χρήστης Μ\nέγραψε:\n\n> β\nγ", "oaa.>o"},
        {"α\nΣτις 23/11/2026 10:00, ο χρήστης Μ έγραψε:\nβ\n> γ\n-- \nδ", "ohhhhh"}, {"α\nΑπό: Μ\nΣτάλθηκε: χθες\n\nβ", "ohh.h"},
        {"α\n---------- Προωθημένο μήνυμα ---------\nΑπό: Μ\nΗμερομηνία: χθες\nβ", "offff"}, {"α\n-- \nΜ\n> β\nγ", "oss>o"}, {"α\n-- \nΜ\nΑπό: Μ\nΘέμα: χ\nβ", "osshhh"},
        {"α\n__________\nβ", "oro"}, {"α\n\nSent from my iPhone\n\nΤο παρόν είναι\nεμπιστευτικό\n\nβ", "o.p.FF.o"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *found = kinds_of(table[i][0]);
        if (strcmp(found, table[i][1]) != 0) fail_msg("%s: %s, not %s", table[i][0], found, table[i][1]);
    }
    assert_true(quote_is_forward("ΠΡΘ: Κάδοι") && quote_is_forward(" Fwd: Re: Κάδοι") && !quote_is_forward("Re: FW: Κάδοι") && !quote_is_forward("Κάδοι"));
}

static void a_subject_loses_its_reply_prefixes(void **state G_GNUC_UNUSED) {
    static const char *const table[][2] = {
        {"Υγεία", "Υγεία"}, {"Re: Υγεία", "Υγεία"}, {"ΑΠ: Υγεία", "Υγεία"}, {"ΣΧΕΤ: Re: FW: Υγεία", "Υγεία"}, {"Απάντηση: Υγεία", "Υγεία"}, {"ΠΡΘ:Υγεία", "Υγεία"},
        {"RE[2]: Υγεία", "Υγεία"}, {"Re : Υγεία", "Υγεία"}, {"Σχέτ.: Υγεία", "Υγεία"}, {"Fwd: Απ.: Υγεία", "Υγεία"}, {"Θέμα: Υγεία", "Θέμα: Υγεία"},
        {"Re το μήνυμα: Υγεία", "Re το μήνυμα: Υγεία"}, {"", ""}, {"Re:", ""}, {":", ":"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) assert_string_equal(quote_subject(table[i][0]), table[i][1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_ones_own_words_are_read),
        cmocka_unit_test(each_line_is_known_for_what_it_is),
        cmocka_unit_test(a_subject_loses_its_reply_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
