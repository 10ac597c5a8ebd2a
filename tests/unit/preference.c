#include "decide/preference.h"
#include "message/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* What people write is in tests/mail/commands; here is what an order's argument means, and that nothing else means anything. */

static void what_is_understood_is_a_change_of_one_thing(void **state G_GNUC_UNUSED) {
    static const struct {
        const char *text, *argument;
        ChoiceChange change;
    } table[] = {
#define S CHOICE_STAYS
        {"HTML", "format html", {FORMAT_HTML, S, S, S, S, S, S, NULL}},
        {"RFC 1153", "format rfc1153", {FORMAT_RFC1153, S, S, S, S, S, S, NULL}},
        {"δύο φορές", "cadence twice", {S, CADENCE_TWICE, S, S, S, S, S, NULL}},
        {"κάθε Κυριακή", "cadence weekly 7", {S, CADENCE_WEEKLY, 7, S, S, S, S, NULL}},
        {"weekly", "cadence weekly", {S, CADENCE_WEEKLY, S, S, S, S, S, NULL}},
        {"at 12 am", "hour 0", {S, S, S, 0, S, S, S, NULL}},
        {"ανά ομάδα", "separate yes", {S, S, S, S, 1, S, S, NULL}},
        {"επείγοντα όχι", "urgent no", {S, S, S, S, S, 0, S, NULL}},
        {"size 20000", "size 20000", {S, S, S, S, S, S, 20000000, NULL}},
        {"size 0", "size 0", {S, S, S, S, S, S, 0, NULL}},
#undef S
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *folded = text_fold(table[i].text);
        g_autoptr(Sentence) sentence = sentence_new();
        sentence_add(sentence, &(CommandLine){table[i].text, folded});
        g_autoptr(GPtrArray) arguments = preference_read(sentence, 0, sentence->tokens->len);
        assert_int_equal(arguments->len, 1);
        const char *argument = arguments->pdata[0];
        assert_string_equal(argument, table[i].argument);
        ChoiceChange change;
        assert_true(preference_change(argument, &change));
        const ChoiceChange *wanted = &table[i].change;
        assert_true(change.format == wanted->format && change.cadence == wanted->cadence && change.weekday == wanted->weekday && change.hour == wanted->hour);
        assert_true(change.separate == wanted->separate && change.urgent == wanted->urgent && change.bytes == wanted->bytes && change.zone == NULL);
    }
}

static void what_nobody_can_have_said_is_no_change(void **state G_GNUC_UNUSED) {
    static const char *const bad[] = {"", "format", "format pdf", "hour 24", "hour -1", "size 5", "size 99999", "cadence weekly 8", "cadence weekly 0", "cadence hourly", "urgent maybe",
                                      "separate", "other 1"};
    ChoiceChange change;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        if (preference_change(bad[i], &change)) fail_msg("%s is a change", bad[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_understood_is_a_change_of_one_thing), cmocka_unit_test(what_nobody_can_have_said_is_no_change)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
