#include "decide/server_reply.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void code_and_status_are_read_where_they_stand(void **state) {
    static const struct {
        const char *line, *code, *status;
    } lines[] = {
        {"450 4.2.2 full", "450", "4.2.2"}, {"550-5.1.10 gone", "550", "5.1.10"}, {"451 later", "451", ""}, {"4.4.1 no answer", "", "4.4.1"}, {"no connection", "", ""},
        {"250", "250", ""}, {"45", "", ""}, {"", "", ""}, {"450 3.2.2 x", "450", ""}, {"450 4.2", "450", ""}, {"450 4.22222222222222222222.1", "450", ""},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        ServerReply reply = server_reply_read(lines[i].line);
        assert_string_equal(reply.code, lines[i].code);
        assert_string_equal(reply.status, lines[i].status);
    }
}

static void what_is_said_of_a_mailbox_is_not_said_of_its_server(void **state) {
    static const char *const of_one[] = {
        "452 4.2.2 <maria@dimos.gr>: user is over quota", "450 4.2.1 mailbox busy", "450 4.1.1 User unknown in local recipient table", "450 mailbox busy", "452 too many recipients",
        "451 Mailbox is full", "452 4.5.3 too many recipients", "450 4.2.0 greylisted", "451 4.6.0 content", NULL};
    static const char *const of_server[] = {
        "421 4.2.2 closing", "421 busy", "451 4.3.0 lookup failed", "450 4.4.1 no route", "451 4.7.1 too busy", "451 later", "no connection: refused", "", "454 4.3.0 TLS", "451 4.5.0 protocol", NULL};
    (void)state;
    static const char *const ours[] = {"no connection to 127.0.0.1:25: Connection refused", "the connection ended before the answer", NULL};
    for (size_t i = 0; ours[i] != NULL; i++) assert_true(server_reply_is_ours(ours[i]));
    assert_false(server_reply_is_ours("") || server_reply_is_ours("450 later") || server_reply_is_ours("5.3.4 too large"));
    for (size_t i = 0; of_one[i] != NULL; i++) assert_false(server_reply_is_of_server(of_one[i]));
    for (size_t i = 0; of_server[i] != NULL; i++) assert_true(server_reply_is_of_server(of_server[i]));
}

static void what_is_shown_with_others_mail_names_nobody(void **state) {
    static const struct {
        const char *line, *shown;
    } lines[] = {
        {"451 4.3.0 <maria@dimos.gr>: lookup failed", "451 4.3.0 <…@dimos.gr>: lookup failed"}, {"450 maria@dimos.gr, nikos@argos.gr", "450 …@dimos.gr, …@argos.gr"},
        {"451 4.7.1 too busy", "451 4.7.1 too busy"}, {"μαρία@δήμος.gr", "…@δήμος.gr"}, {"@", "…@"}, {"", ""}, {"a@b@c", "…@b@c"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *shown = server_reply_impersonal(lines[i].line);
        assert_string_equal(shown, lines[i].shown);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_and_status_are_read_where_they_stand),
        cmocka_unit_test(what_is_said_of_a_mailbox_is_not_said_of_its_server),
        cmocka_unit_test(what_is_shown_with_others_mail_names_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
