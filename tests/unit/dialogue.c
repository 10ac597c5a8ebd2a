#include "intake/dialogue.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void each_line_is_read_as_what_it_says(void **state) {
    (void)state;
    static const struct {
        const char *line;
        Saying saying;
        const char *path;
        int64_t size;
    } cases[] = {
        {"LHLO mail.example.gr", SAYS_LHLO, NULL, 0},
        {"ehlo x", SAYS_HELO, NULL, 0},
        {"MAIL FROM:<>", SAYS_MAIL, "", 0},
        {"mail from: <a@example.gr> SIZE=4711 BODY=8BITMIME SMTPUTF8", SAYS_MAIL, "a@example.gr", 4711},
        {"MAIL FROM:<\"a>b\\\"\"@example.gr>", SAYS_MAIL, "\"a>b\\\"\"@example.gr", 0},
        {"MAIL FROM:<α@example.gr> SMTPUTF8", SAYS_MAIL, "α@example.gr", 0},
        {"RCPT TO:<περιβάλλον@example.gr>", SAYS_RCPT, "περιβάλλον@example.gr", 0},
        {"MAIL FROM:<a@example.gr> SIZE=-1", SAYS_BAD_WORDS, NULL, 0},
        {"MAIL FROM:<a@example.gr> SIZE=99999999999999999999", SAYS_BAD_WORDS, NULL, 0},
        {"MAIL FROM:<a@example.gr> BODY=BINARYMIME", SAYS_BAD_WORDS, NULL, 0},
        {"MAIL FROM:<a@example.gr>x", SAYS_BAD_WORDS, NULL, 0},
        {"MAIL FROM:a@example.gr", SAYS_BAD_WORDS, NULL, 0},
        {"MAIL FROM:<a@example.gr", SAYS_BAD_WORDS, NULL, 0},
        {"RCPT TO:<a@example.gr> NOTIFY=NEVER", SAYS_BAD_WORDS, NULL, 0},
        {"DATA", SAYS_DATA, NULL, 0},
        {"DATA now", SAYS_BAD_WORDS, NULL, 0},
        {"QUIT ", SAYS_QUIT, NULL, 0},
        {"DAT", SAYS_UNKNOWN, NULL, 0},
        {"DATAX", SAYS_UNKNOWN, NULL, 0},
        {"", SAYS_UNKNOWN, NULL, 0},
        {"NOOP a\rb", SAYS_BAD_WORDS, NULL, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Said) said = dialogue_read(cases[i].line, strlen(cases[i].line));
        if (said.saying != cases[i].saying || g_strcmp0(said.path, cases[i].path) != 0 || said.size != cases[i].size)
            fail_msg("%s: %d %s %d", cases[i].line, (int)said.saying, said.path, (int)said.size);
    }
    g_auto(Said) nul = dialogue_read("NOOP\0x", 6);
    assert_int_equal(nul.saying, SAYS_BAD_WORDS);
}

/* Handed over in pieces of every size: where a packet ends must not matter. */
static void only_crlf_dot_crlf_ends_a_mail(void **state) {
    (void)state;
    static const struct {
        const char *sent, *kept, *rest; /* rest NULL: it has not ended */
    } cases[] = {
        {".\r\n", "", ""},
        {"a\r\n.\r\nQUIT\r\n", "a\n", "QUIT\r\n"},
        {"a\r\n..\r\n...b\r\n.c\r\n.\r\n", "a\n.\n..b\nc\n", ""},
        {"a\n.\nb\r\n.\r\n", "a\n.\nb\n", ""},
        {"a\n.\r\nb\r\n.\r\n", "a\n.\nb\n", ""},
        {"a\r\n.\nb\r\n.\r\n", "a\n\nb\n", ""},
        {"a\r.\r\nb\r\n.\r\n", "a\r.\nb\n", ""},
        {"a\r.\rb\r\n.\r\n", "a\r.\rb\n", ""},
        {"a\r\r\n.\r\n", "a\r\n", ""},
        {"a\r\n.\rMAIL\r\n.\r\n", "a\n\rMAIL\n", ""},
        {"a\r\n.\r\r\n.\r\n", "a\n\r\n", ""},
        {"a\r\n.\r", "a\n", NULL},
        {"a\r\n.", "a\n", NULL},
        {"a.\r\n", "a.\n", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t length = strlen(cases[i].sent);
        for (size_t piece = 1; piece <= length; piece++) {
            g_autoptr(GByteArray) out = g_byte_array_new();
            DotState dot = DOT_LINE;
            size_t at = 0;
            while (at < length && dot != DOT_END) at += dialogue_data(&dot, (const uint8_t *)cases[i].sent + at, MIN(piece, length - at), out);
            g_byte_array_append(out, (const guint8 *)"", 1);
            assert_string_equal((const char *)out->data, cases[i].kept);
            assert_int_equal(dot == DOT_END, cases[i].rest != NULL);
            assert_string_equal(cases[i].sent + at, cases[i].rest != NULL ? cases[i].rest : "");
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_read_as_what_it_says),
        cmocka_unit_test(only_crlf_dot_crlf_ends_a_mail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
