#include "decide/bounce.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Servers' words as they are written, and whose fault each is. */
static const struct {
    const char *action, *status, *words;
    BounceClass class;
} reports[] = {
    {"failed", "5.1.1", "550 5.1.1 <maria@dimos.gr>: Recipient address rejected: User unknown in local recipient table", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 No such user here", BOUNCE_DEAD},
    {"failed", "5.7.1", "550 5.7.1 Unknown user", BOUNCE_DEAD},
    {"failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", BOUNCE_DEAD},
    {"failed", "5.1.2", "550 Host unknown", BOUNCE_DEAD},
    {"failed", "5.4.4", "Host or domain name not found. Name service error for name=dimos.gr type=A: Host not found", BOUNCE_DEAD},
    {"failed", "5.1.0", "550 Ο παραλήπτης δεν υπάρχει", BOUNCE_DEAD},
    {"failed", "5.1.6", "", BOUNCE_DEAD},
    {"failed", "", "556 the domain takes no mail", BOUNCE_UNKNOWN},
    {"failed", "5.2.2", "552 5.2.2 Over quota", BOUNCE_FULL},
    {"failed", "5.0.0", "552 Mailbox is full", BOUNCE_FULL},
    {"failed", "4.2.2", "452 4.2.2 The recipient's inbox is full", BOUNCE_FULL},
    {"failed", "5.1.1", "550 5.1.1 blocked using zen.spamhaus.org", BOUNCE_POLICY},
    {"failed", "5.1.1", "550 5.1.1 Message rejected as spam", BOUNCE_POLICY},
    {"failed", "5.7.26", "550-5.7.26 This message does not pass authentication checks (SPF and DKIM both do not pass).", BOUNCE_POLICY},
    {"failed", "5.1.8", "553 5.1.8 Domain of sender address does not exist", BOUNCE_POLICY},
    {"failed", "5.3.4", "552 5.3.4 Message size exceeds fixed maximum message size", BOUNCE_POLICY},
    {"failed", "5.7.1", "554 5.7.1 Relay access denied", BOUNCE_POLICY},
    {"failed", "5.2.1", "550 5.2.1 The email account that you tried to reach is inactive", BOUNCE_POLICY},
    {"failed", "5.0.0", "550 User unknown (in reply to end of DATA command)", BOUNCE_POLICY},
    {"failed", "4.4.1", "connect to mail.dimos.gr[192.0.2.1]:25: Connection timed out", BOUNCE_TEMPORARY},
    {"failed", "4.1.1", "450 4.1.1 User unknown", BOUNCE_TEMPORARY},
    {"failed", "4.7.1", "451 4.7.1 Greylisted, try again later", BOUNCE_TEMPORARY},
    {"failed", "5.4.7", "Delivery time expired, retry time not reached", BOUNCE_TEMPORARY},
    {"delayed", "4.4.1", "connection refused", BOUNCE_DELAYED},
    {"delayed", "5.1.1", "550 User unknown", BOUNCE_DELAYED},
    {"relayed", "2.0.0", "", BOUNCE_DELIVERED},
    {"delivered", "", "", BOUNCE_DELIVERED},
    {"complaint", "", "", BOUNCE_POLICY},
    {"failed", "5.0.0", "554 transaction failed", BOUNCE_UNKNOWN},
    {"failed", "", "", BOUNCE_UNKNOWN},
    {"failed", "5.1.7", "550 5.1.7 Invalid address", BOUNCE_POLICY},
    {"failed", "5.1.8", "550 5.1.8 Host unknown", BOUNCE_POLICY},
    {"failed", "5.1.1", "550 5.1.1 <maria@antispam.dimos.gr>: User unknown", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 5.1.1 Account deleted", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 5.1.8 Unknown address", BOUNCE_POLICY},
    {"failed", "5.0.0", "550 5.1.1", BOUNCE_DEAD},
    {"failed", "5.0.0", "all relevant MX records point to non-existent hosts", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 account expired", BOUNCE_POLICY},
    {"failed", "4.1.1", "450 4.1.1 <maria@dimos.gr>: Recipient address rejected: User unknown in virtual mailbox table", BOUNCE_DEAD},
    {"failed", "4.1.1", "450 4.1.1 <maria@dimos.gr>: Recipient address rejected: unverified address: Address verification in progress", BOUNCE_TEMPORARY},
    {"failed", "5.1.1", "/usr/bin/procmail: Can't create output: no such user", BOUNCE_TEMPORARY},
    {"failed", "5.3.0", "Command died with status 1: \"/usr/bin/vacation\"", BOUNCE_TEMPORARY},
    {"failed", "5.0.0", "550 <maria@dimos.gr>: Recipient address rejected. (in reply to RCPT TO command)", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 <maria@dimos.gr>: Recipient address rejected: undesirable (in reply to RCPT TO command)", BOUNCE_UNKNOWN},
    {"failed", "5.0.0", "550 Recipient address rejected.", BOUNCE_UNKNOWN},
    {"failed", "5.2.1", "550 5.2.1 User Unknown (category bad-mailbox)", BOUNCE_DEAD},
    {"failed", "5.0.0", "554 refused (category spam-related)", BOUNCE_POLICY},
    {"failed", "5.0.0", "554 unknown error", BOUNCE_UNKNOWN},
    {"failed", "5.0.0", "Erreur inconnue", BOUNCE_UNKNOWN},
    {"failed", "5.0.0", "Άγνωστο σφάλμα", BOUNCE_UNKNOWN},
    {"failed", "5.0.0", "Άγνωστη διεύθυνση", BOUNCE_DEAD},
    {"failed", "5.0.0", "Ο χρήστης δεν εντοπίστηκε", BOUNCE_DEAD},
    {"failed", "5.0.0", "Υπέρβαση ορίου χώρου", BOUNCE_FULL},
    {"failed", "5.0.0", "O usuário não existe", BOUNCE_DEAD},
    {"failed", "5.0.0", "Пользователь не найден", BOUNCE_DEAD},
    /* a thing and what is said of it, near each other, in whatever words */
    {"failed", "5.0.0", "550 user (maria) unknown", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 <maria@dimos.gr>: not found", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 invalid or unknown virtual user", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 the recipient maria@dimos.gr was not found in the directory", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 mail domain mentioned in email address is unknown", BOUNCE_DEAD},
    {"failed", "5.0.0", "550 your sender address is not valid", BOUNCE_POLICY},
    {"failed", "5.0.0", "550 your address is not valid here", BOUNCE_UNKNOWN},
    {"failed", "5.0.0", "550 mailbox temporarily unavailable", BOUNCE_TEMPORARY},
    {"failed", "5.0.0", "550 host not found, try again", BOUNCE_TEMPORARY},
    {"failed", "5.0.0", "550 no route to host", BOUNCE_TEMPORARY},
    {"failed", "5.0.0", "550 The user was informed. Something unknown happened", BOUNCE_UNKNOWN},
    {"failed", "5.0.0", "550 user would be over the allowed quota", BOUNCE_FULL},
    {"failed", "5.0.0", "550 mailbox would exceed maximum allowed storage", BOUNCE_FULL},
    {"failed", "5.0.0", "552 message size exceeds maximum of mailbox", BOUNCE_POLICY},
    {"failed", "5.0.0", "554 this message was not accepted by our rules", BOUNCE_POLICY},
    {"failed", "5.0.0", "Die Nachricht konnte nicht vollständig zugestellt werden", BOUNCE_UNKNOWN},
    {"failed", "5.2.122", "554 5.2.122 The recipient has exceeded their limit for the number of messages", BOUNCE_POLICY},
};

static void words_and_numbers_tell_whose_fault_it_is(void **state) {
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++) {
        char reply[4] = "";
        if (g_ascii_isdigit(*reports[i].words)) g_strlcpy(reply, reports[i].words, sizeof reply);
        g_autofree char *words = g_strdup(reports[i].words), *status = g_strdup(reports[i].status), *action = g_strdup(reports[i].action);
        ReportRecipient recipient = {.address = (char *)"", .original = (char *)"", .action = action, .status = status, .reply = *reports[i].status != '\0' ? reply : (char *)"", .diagnostic = words};
        const char *why = NULL;
        BounceClass class = bounce_classify(&recipient, &why);
        if (class != reports[i].class) print_message("%s %s: %s (%s)\n", reports[i].status, reports[i].words, bounce_class_words[class], why);
        assert_int_equal(class, reports[i].class);
        assert_non_null(why);
    }
}

static void a_reply_of_our_relay_is_read_the_same_way(void **state) {
    static const struct {
        const char *reply;
        BounceClass class;
    } replies[] = {
        {"550 5.1.1 <maria@dimos.gr>: Recipient address rejected: User unknown", BOUNCE_DEAD}, {"550-5.1.1 no such user", BOUNCE_DEAD},
        {"552 5.2.2 mailbox full", BOUNCE_FULL}, {"554 5.7.1 blocked", BOUNCE_POLICY}, {"550 5.7.1", BOUNCE_POLICY}, {"556 5.1.10", BOUNCE_DEAD},
        {"451 4.3.0 later", BOUNCE_TEMPORARY}, {"250 2.0.0 ok", BOUNCE_DELIVERED}, {"521 closed", BOUNCE_DEAD}, {"550 no", BOUNCE_UNKNOWN}, {"", BOUNCE_UNKNOWN}, {"5", BOUNCE_UNKNOWN}, {"5.1.1", BOUNCE_DEAD},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        const char *why = NULL;
        if (bounce_of_reply(replies[i].reply, &why) != replies[i].class) print_message("%s: %s\n", replies[i].reply, why);
        assert_int_equal(bounce_of_reply(replies[i].reply, NULL), replies[i].class);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_numbers_tell_whose_fault_it_is),
        cmocka_unit_test(a_reply_of_our_relay_is_read_the_same_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
