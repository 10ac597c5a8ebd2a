#include "deliver/mta_reply.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void replies_are_what_rfc_5321_says_however_they_are_cut(void **state) {
    static const struct {
        const char *octets;
        MtaReplyState state;
        int code;
        size_t used; /* 0: all */
        const char *words;
    } table[] = {
        {"250 ok\r\n", MTA_REPLY_WHOLE, 250, 0, "250 ok"},
        {"250\r\n", MTA_REPLY_WHOLE, 250, 0, "250"},
        {"250 ok\n", MTA_REPLY_WHOLE, 250, 0, "250 ok"},
        {"250-a\r\n250-b\r\n250 c\r\n", MTA_REPLY_WHOLE, 250, 0, "250 a b c"},
        {"250-a\r\n250\r\n", MTA_REPLY_WHOLE, 250, 0, "250 a"},
        {"550 5.1.1 άγνωστος\r\n", MTA_REPLY_WHOLE, 550, 0, "550 5.1.1 άγνωστος"},
        {"250 one\r\n250 two\r\n", MTA_REPLY_WHOLE, 250, 9, "250 one"},
        {"250 ok\r", MTA_REPLY_MORE, 250, 0, NULL},
        {"250-ok\r\n", MTA_REPLY_MORE, 250, 0, NULL},
        {"250-a\r\n550 b\r\n", MTA_REPLY_BROKEN, 0, 11, NULL},
        {"\r\n", MTA_REPLY_BROKEN, 0, 1, NULL},
        {"25 ok\r\n", MTA_REPLY_BROKEN, 0, 3, NULL},
        {"250ok\r\n", MTA_REPLY_BROKEN, 0, 4, NULL},
        {"199 ok\r\n", MTA_REPLY_BROKEN, 0, 1, NULL},
        {"600 ok\r\n", MTA_REPLY_BROKEN, 0, 1, NULL},
        {"HTTP/1.1 200 OK\r\n", MTA_REPLY_BROKEN, 0, 1, NULL},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        for (size_t piece = 1; piece < 30; piece++) {
            MtaReply reply;
            MtaReplyState found = MTA_REPLY_MORE;
            size_t all = 0, length = strlen(table[i].octets);
            mta_reply_init(&reply);
            while (all < length && found == MTA_REPLY_MORE) {
                size_t used = 0;
                found = mta_reply_feed(&reply, table[i].octets + all, MIN(piece, length - all), &used);
                all += used;
            }
            assert_int_equal(found, table[i].state);
            assert_int_equal(all, table[i].used != 0 ? table[i].used : length);
            g_autofree char *words = mta_reply_words(&reply);
            if (found == MTA_REPLY_WHOLE) assert_int_equal(reply.code, table[i].code);
            if (found == MTA_REPLY_WHOLE) assert_string_equal(words, table[i].words);
            mta_reply_clear(&reply);
        }
}

static void a_nul_and_what_is_without_end_are_no_reply(void **state) {
    g_autofree char *letters = g_strnfill(100000, 'x');
    MtaReply reply;
    size_t used = 0, fed = 0;
    (void)state;
    mta_reply_init(&reply);
    assert_int_equal(mta_reply_feed(&reply, "250 a\0b\r\n", 9, &used), MTA_REPLY_BROKEN);
    mta_reply_reset(&reply);
    assert_int_equal(mta_reply_feed(&reply, "250 ", 4, &used), MTA_REPLY_MORE);
    while (mta_reply_feed(&reply, letters, 100000, &used) == MTA_REPLY_MORE) fed += used;
    assert_in_range(fed + used, MTA_REPLY_MOST - 100, MTA_REPLY_MOST + 100);
    assert_true(reply.text->len <= MTA_REPLY_KEPT);
    mta_reply_clear(&reply);
}

static void keywords_of_ehlo_are_found_with_their_parameters(void **state) {
    static const char ehlo[] = "250-mail.dimos.gr hello SIZE 1\r\n250-PIPELINING\r\n250-size 35882577\r\n250-AUTH=PLAIN LOGIN\r\n250-8BITMIMES\r\n250 DSN\r\n";
    MtaReply reply;
    size_t used = 0;
    (void)state;
    mta_reply_init(&reply);
    assert_int_equal(mta_reply_feed(&reply, ehlo, strlen(ehlo), &used), MTA_REPLY_WHOLE);
    g_autofree char *size = NULL, *login = NULL;
    assert_true(mta_reply_offers(&reply, "PIPELINING", NULL));
    assert_true(mta_reply_offers(&reply, "DSN", NULL));
    assert_true(mta_reply_offers(&reply, "SIZE", &size));
    assert_string_equal(size, " 35882577");
    assert_true(mta_reply_offers(&reply, "AUTH", &login));
    assert_string_equal(login, " PLAIN LOGIN");
    assert_false(mta_reply_offers(&reply, "8BITMIME", NULL));
    assert_false(mta_reply_offers(&reply, "mail.dimos.gr", NULL));
    mta_reply_clear(&reply);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_what_rfc_5321_says_however_they_are_cut),
        cmocka_unit_test(a_nul_and_what_is_without_end_are_no_reply),
        cmocka_unit_test(keywords_of_ehlo_are_found_with_their_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
