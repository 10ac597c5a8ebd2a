#include "message/report.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "decide/bounce.h"
#include "message/parse.h"

/* Whole mails as servers write them, each invented, and for whom and why each was returned. */

static Letter *read_mail(const char *mail) {
    g_autoptr(GBytes) raw = g_bytes_new_static(mail, strlen(mail));
    return letter_parse(raw, "X-Loop-Mark");
}

typedef struct {
    const char *name, *mail, *told; /* told: "address class address class", "" for a report that names nobody, NULL for no report of deliveries */
} Form;

static char *told_by(const Letter *letter) {
    if (letter->reported == NULL || letter->reported->kind != REPORT_DELIVERY) return NULL;
    GString *told = g_string_new(NULL);
    for (guint i = 0; i < letter->reported->recipients->len; i++) {
        const ReportRecipient *recipient = letter->reported->recipients->pdata[i];
        g_string_append_printf(told, "%s%s %s", i > 0 ? " " : "", recipient->address, bounce_class_words[bounce_classify(recipient, NULL)]);
    }
    return g_string_free(told, FALSE);
}

static void check(const Form *forms, size_t count) {
    guint wrong = 0;
    for (size_t i = 0; i < count; i++) {
        g_autoptr(Letter) letter = read_mail(forms[i].mail);
        g_autofree char *told = told_by(letter);
        if (g_strcmp0(told, forms[i].told) == 0) continue;
        wrong++;
        print_message("# %s: %s, not %s\n", forms[i].name, told != NULL ? told : "no report", forms[i].told != NULL ? forms[i].told : "none");
        for (guint j = 0; letter->reported != NULL && j < letter->reported->recipients->len; j++) {
            const ReportRecipient *recipient = letter->reported->recipients->pdata[j];
            const char *why = NULL;
            bounce_classify(recipient, &why);
            print_message("#     %s (%s, %s): %s\n", why, recipient->status, recipient->reply, recipient->diagnostic);
        }
    }
    assert_int_equal(wrong, 0);
}

#define DAEMON "Return-Path: <>\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mail.dimos.gr>\nTo: enosi@omades.gr\nSubject: Returned mail: User unknown\n\n"
#define RETURNED "\n   ----- Unsent message follows -----\nReceived: by mail.dimos.gr; Mon, 5 Jan 2026\nFrom: enosi@omades.gr\nTo: maria@dimos.gr\nSubject: x\n\nx\n"
#define REPORT(fields) "Return-Path: <>\nFrom: MAILER-DAEMON@mail.dimos.gr\nSubject: Delivery report\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n\n" \
                       "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.dimos.gr\n\n" fields "\n--b--\n"
#define FAILED(address) "Final-Recipient: rfc822; " address "\nAction: failed\n"

static const Form transcripts[] = {
    {"a sendmail that met several servers, each for its own reason",
     DAEMON "   ----- Transcript of session follows -----\nWhile talking to mx.dimos.gr:\n>>> DATA\n<<< 554 We take no advertisements from you\n554 <maria@dimos.gr>... Service unavailable\n"
            "550 argos.gr (smtp)... 550 Host unknown\n554 <nikos@argos.gr>... 550 Host unknown (Authoritative answer from name server)\n"
            "While talking to mx.volos.gr:\n>>> RCPT To:<eleni@volos.gr>\n<<< 550 5.1.1 No such user here\n550 5.1.1 <eleni@volos.gr>... User unknown\n" RETURNED,
     "maria@dimos.gr unknown nikos@argos.gr dead eleni@volos.gr dead"},
    {"a sendmail whose own address was refused, and which names it",
     DAEMON "   ----- Transcript of session follows -----\nWhile talking to mx.dimos.gr:\n>>> MAIL From:<enosi@omades.gr>\n<<< 501 <enosi@omades.gr>... Sender domain must exist\n"
            "554 <maria@dimos.gr>... Remote protocol error\nWhile talking to mx.volos.gr:\n>>> RCPT To:<eleni@volos.gr>\n<<< 552 <eleni@volos.gr>... Mailbox is full\n552 <eleni@volos.gr>... Mailbox is full\n" RETURNED,
     "maria@dimos.gr policy eleni@volos.gr full"},
    {"a sendmail that lists them first, without fields",
     DAEMON "The original message was received at Mon, 5 Jan 2026 10:00:00 +0200\nfrom localhost\n\n   ----- The following addresses had permanent fatal errors -----\n<maria@dimos.gr>\n<eleni@volos.gr>\n\n"
            "   ----- Transcript of session follows -----\n... while talking to mx.dimos.gr.:\n>>> RCPT To:<maria@dimos.gr>\n<<< 550 <maria@dimos.gr>... User unknown\n550 <maria@dimos.gr>... User unknown\n"
            "... while talking to mx.volos.gr.:\n>>> DATA\n<<< 552 Message size exceeds fixed limit\n554 <eleni@volos.gr>... Service unavailable\n"
            "\n   ----- Original message follows -----\nReturn-Path: <enosi@omades.gr>\nSubject: x\n\nx\n",
     "maria@dimos.gr dead eleni@volos.gr policy"},
    {"a local mailer that speaks before sendmail does",
     DAEMON "   ----- Transcript of session follows -----\nmail.local: unknown user: maria\n550 <maria@dimos.gr>... Service unavailable\n" RETURNED, "maria@dimos.gr dead"},
    {"a verdict with a status of its own, after a server that was slow before",
     DAEMON "   ----- Transcript of session follows -----\nWhile talking to mx1.dimos.gr:\n>>> QUIT\n<<< 421 busy\nWhile talking to mx2.dimos.gr:\n>>> RCPT To:<maria@dimos.gr>\n<<< 550 no mailbox here by that name\n550 <maria@dimos.gr>... User unknown\n" RETURNED,
     "maria@dimos.gr dead"},
};

static void a_transcript_tells_of_each_recipient_before_its_verdict(void **state) {
    (void)state;
    check(transcripts, G_N_ELEMENTS(transcripts));
}

static const Form fields[] = {
    {"PowerMTA: a mailbox that is unknown and disabled at once", REPORT(FAILED("maria@dimos.gr") "Status: 5.2.1 (mailbox disabled)\nDiagnostic-Code: smtp;550 5.2.1 <maria@dimos.gr>... User Unknown\nX-PowerMTA-BounceCategory: bad-mailbox\n"), "maria@dimos.gr dead"},
    {"PowerMTA: words that say nothing", REPORT(FAILED("maria@dimos.gr") "Status: 5.0.0\nDiagnostic-Code: smtp;550 no\nX-PowerMTA-BounceCategory: quota-issues\n\n" FAILED("eleni@volos.gr") "Status: 5.0.0\nX-PowerMTA-BounceCategory: no-answer-from-host\n"), "maria@dimos.gr full eleni@volos.gr temporary"},
    {"PowerMTA: a category that it is not sure of", REPORT(FAILED("maria@dimos.gr") "Status: 5.0.0\nDiagnostic-Code: smtp;554 no\nX-PowerMTA-BounceCategory: other\n"), "maria@dimos.gr unknown"},
    {"5.2.1 and unknown, and nobody sums it up", REPORT(FAILED("maria@dimos.gr") "Status: 5.2.1\nDiagnostic-Code: smtp;550 5.2.1 User Unknown\n"), "maria@dimos.gr policy"},
    {"a program that the server calls fails", REPORT(FAILED("maria@dimos.gr") "Status: 5.1.1\nDiagnostic-Code: x-unix; procmail: Couldn't create \"/var/mail/maria\": No such user\n"), "maria@dimos.gr temporary"},
    {"a Postfix that says 450 for days, having looked into its table", REPORT(FAILED("maria@dimos.gr") "Status: 4.1.1\nDiagnostic-Code: smtp; 450 4.1.1 <maria@dimos.gr>: Recipient address rejected: User unknown in local recipient table\n"), "maria@dimos.gr dead"},
    {"the same, still waiting", REPORT("Final-Recipient: rfc822; maria@dimos.gr\nAction: delayed\nStatus: 4.1.1\nDiagnostic-Code: smtp; 450 4.1.1 <maria@dimos.gr>: Recipient address rejected: User unknown in local recipient table\n"), "maria@dimos.gr delayed"},
};

static void fields_are_read_with_what_their_writers_add(void **state) {
    (void)state;
    check(fields, G_N_ELEMENTS(fields));
}

#define CARRIER(sentence) "Return-Path: <>\nFrom: Mail Administrator <Postmaster@kinito.gr>\nSubject: Mail System Error - Returned Mail\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n" \
                          sentence "\n\n<maria@kinito.gr>: 550 user unknown (in reply to RCPT TO command)\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; kinito.gr\n\n" FAILED("maria@kinito.gr") "Status: 5.0.0\n\n--b--\n"

static const Form sentences[] = {
    {"a carrier: disabled", CARRIER("The user(s) account is disabled."), "maria@kinito.gr policy"},
    {"a carrier: over quota", CARRIER("The user(s) account is temporarily over quota."), "maria@kinito.gr full"},
    {"a carrier that knows no such user", CARRIER("The following recipient was not found."), "maria@kinito.gr dead"},
    {"in Greek", CARRIER("Το γραμματοκιβώτιο του παραλήπτη είναι γεμάτο."), "maria@kinito.gr full"},
    {"Postfix: the address, and nothing but it, is refused", "Return-Path: <>\nFrom: MAILER-DAEMON@omades.gr (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\n\nThis is the mail system at host omades.gr.\n\n"
     "<maria@dimos.gr>: host mx.dimos.gr[192.0.2.1] said: 550 <maria@dimos.gr>:\n    Recipient address rejected. (in reply to RCPT TO command)\n", "maria@dimos.gr dead"},
};

static void a_sentence_before_the_list_holds_for_who_stands_in_it(void **state) {
    (void)state;
    check(sentences, G_N_ELEMENTS(sentences));
}

static const Form managers[] = {
    {"fml: not a member", "Return-Path: <drasi-admin@lists.gr>\nFrom: drasi-admin@lists.gr\nSubject: You enosi@omades.gr are not member (drasi ML)\nX-MLServer: fml [fml 4.0.3]\nTo: enosi@omades.gr\n\nYou are not a member of this mailing list <drasi@lists.gr>.\n\nFor help write to\n\n\tdrasi-ctl@lists.gr\n", "drasi@lists.gr policy"},
    {"fml: a mail that it had", "Return-Path: <drasi-admin@lists.gr>\nFrom: drasi-admin@lists.gr\nSubject: Loop Alert: Duplicated Message-ID (drasi ML)\nX-MLServer: fml\nTo: drasi-admin@lists.gr\n\nDuplicated Message-ID in <drasi@lists.gr>.\n\nOriginal mail as follows:\n\n   From: x@x.gr\n", "drasi@lists.gr policy"},
    {"Mailman: a post that it rejects", "Return-Path: <drasi-bounces@lists.gr>\nFrom: drasi-bounces@lists.gr\nSubject: Request to mailing list \"drasi\" rejected\nX-List-Administrivia: yes\nPrecedence: bulk\nTo: enosi@omades.gr\n\nYour request to the drasi@lists.gr mailing list\n\n    Posting of your message titled \"x\"\n\nhas been rejected by the list moderator.\n", ""},
    {"Mailman's welcome", "Return-Path: <drasi-bounces@lists.gr>\nFrom: drasi-request@lists.gr\nSubject: Welcome to the \"drasi\" mailing list\nX-List-Administrivia: yes\nTo: enosi@omades.gr\n\nWelcome to drasi@lists.gr!\n", NULL},
    {"a post of a list", "Return-Path: <drasi-admin@lists.gr>\nFrom: nikos@argos.gr\nSubject: Nea\nX-MLServer: fml\nTo: drasi@lists.gr\n\nKalimera.\n", NULL},
};

static void a_list_manager_that_takes_no_mail_says_so_in_its_own_way(void **state) {
    (void)state;
    check(managers, G_N_ELEMENTS(managers));
}

static void a_program_that_unsubscribes_for_its_reader_is_a_readers_word(void **state) {
    (void)state;
    g_autoptr(Letter) letter = read_mail("From: Maria <maria@dimos.gr>\nSubject: unsubscribe\nAuto-Submitted: auto-replied\nX-Apple-Unsubscribe: true\n\nApple Mail sent this email to unsubscribe from the message.\n");
    assert_non_null(letter->reported);
    assert_int_equal(letter->reported->kind, REPORT_FEEDBACK);
    assert_string_equal(((const ReportRecipient *)letter->reported->recipients->pdata[0])->address, "maria@dimos.gr");
    g_autoptr(Letter) other = read_mail("From: maria@dimos.gr\nSubject: unsubscribe\nAuto-Submitted: auto-replied\nX-Apple-Unsubscribe: false\n\nx\n");
    assert_int_equal(other->reported->kind, REPORT_AUTO_REPLY);
}

#define HEAD(from, subject) "Return-Path: <>\nFrom: " from "\nSubject: " subject "\nTo: enosi@omades.gr\n\n"

/* Families that name recipients and reasons in sentences of their own. */
static const Form families[] = {
    {"Exchange 5.5", HEAD("System Administrator <postmaster@dimos.gr>", "Undeliverable: Prosklisi") "Your message\n\n  To:      maria@dimos.gr\n  Subject: Prosklisi\n  Sent:    Mon, 5 Jan 2026 10:00:00 +0200\n\ndid not reach the following recipient(s):\n\n"
     "maria@dimos.gr on Mon, 5 Jan 2026 10:00:05 +0200\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=gr;a= ;p=dimos;l=EX-1\n    MSEXCH:IMS:DIMOS:LAMIA:EX 0 (000C05A6) Unknown Recipient\n", "maria@dimos.gr dead"},
    {"Exchange in Greek, a mailbox that is full", HEAD("Microsoft Outlook <postmaster@dimos.gr>", "Δεν παραδόθηκε: Πρόσκληση") "Η παράδοση απέτυχε στους εξής παραλήπτες ή ομάδες:\n\nmaria@dimos.gr\nΤο γραμματοκιβώτιο του παραλήπτη είναι πλήρες και δεν μπορεί να δεχθεί μηνύματα τώρα.\n", "maria@dimos.gr full"},
    {"Office 365, without its fields", HEAD("Microsoft Outlook <MicrosoftExchange329e71ec88ae@dimos.gr>", "Undeliverable: Prosklisi") "Your message to maria@dimos.gr couldn't be delivered.\n\nmaria wasn't found at dimos.gr.\n\nReported error: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient maria@dimos.gr not found by SMTP address lookup\n", "maria@dimos.gr dead"},
    {"IIS", HEAD("postmaster@dimos.gr", "Delivery Status Notification (Failure)") "This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients failed.\n\n       maria@dimos.gr\n", "maria@dimos.gr unknown"},
    {"Exim", HEAD("Mail Delivery System <Mailer-Daemon@omades.gr>", "Mail delivery failed: returning message to sender") "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
     "  maria@dimos.gr\n    SMTP error from remote mail server after RCPT TO:<maria@dimos.gr>:\n    host mx.dimos.gr [192.0.2.1]: 550 No such person at this address\n  eleni@volos.gr\n    Unrouteable address\n  nikos@argos.gr\n    retry timeout exceeded\n", "maria@dimos.gr dead eleni@volos.gr dead nikos@argos.gr temporary"},
    {"qmail: each of its sentences", HEAD("MAILER-DAEMON@mail.gr", "failure notice") "Hi. This is the qmail-send program at mail.gr.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
     "<maria@dimos.gr>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 sorry, no mailbox here by that name\nGiving up on 192.0.2.1.\n\n<eleni@volos.gr>:\nSorry, I couldn't find any host named volos.gr. (#5.1.2)\n\n<nikos@argos.gr>:\n192.0.2.3 failed after I sent the message.\nRemote host said: 554 rejected due to spam content\n\n<anna@patra.gr>:\nuser is over quota\n", "maria@dimos.gr dead eleni@volos.gr dead nikos@argos.gr policy anna@patra.gr full"},
    {"Gmail", HEAD("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)") "Delivery to the following recipient failed permanently:\n\n     maria@dimos.gr\n\nTechnical details of permanent failure:\nGoogle tried to deliver your message, but it was rejected by the server for the recipient domain dimos.gr by mx.dimos.gr. [192.0.2.1].\n\nThe error that the other server returned was:\n550 5.1.1 <maria@dimos.gr>: Recipient address rejected: User unknown\n\n----- Original message -----\n\nSubject: x\n", "maria@dimos.gr dead"},
    {"Yahoo", HEAD("MAILER-DAEMON@yahoo.com", "Failure Notice") "Sorry, we were unable to deliver your message to the following address.\n\n<maria@dimos.gr>:\n552: 5.2.2 The mailbox is over quota\n\n--- Below this line is a copy of the message.\n\nSubject: x\n", "maria@dimos.gr full"},
    {"Domino", HEAD("Postmaster@dimos.gr", "DELIVERY FAILURE: User maria (maria@dimos.gr) not listed in Domino Directory") "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  maria@dimos.gr\n\nbecause:\n\n  User maria (maria@dimos.gr) not listed in Domino Directory\n", "maria@dimos.gr dead"},
    {"Notes", HEAD("Mail Router <postmaster@dimos.gr>", "DELIVERY FAILURE: Recipient's mailbox is full") "------- Failure Reasons  --------\n\nRecipient's mailbox is full\nmaria@dimos.gr\n\n------- Returned Message --------\n\nSubject: x\n", "maria@dimos.gr full"},
    {"GroupWise", HEAD("Mailer-Daemon@dimos.gr", "Message status - undeliverable") "The message that you sent was undeliverable to the following:\n\tmaria@dimos.gr (user not found)\n\teleni@dimos.gr (mailbox is full)\n", "maria@dimos.gr dead eleni@dimos.gr full"},
    {"an X.400 gateway", HEAD("postmaster@ypourgeio.gr", "Delivery Report (failure) for maria@ypourgeio.gr") "This report relates to your message:\n  Subject: x\n\nYour message was not delivered to\n  maria@ypourgeio.gr\nfor the following reason:\n  Recipient's Mailbox unavailable\n  Unable to transfer, MTA: unrecognised OR name (unknown recipient)\n", "maria@ypourgeio.gr dead"},
    {"MDaemon", HEAD("MDaemon@dimos.gr", "Permanent Delivery Failure") "The attached message had PERMANENT fatal delivery errors!\n\nThe following addresses did NOT receive a copy of your message:\n\n> maria@dimos.gr\n\n--- Session Transcript ---\n <-- 550 <maria@dimos.gr>, Recipient unknown\n", "maria@dimos.gr dead"},
    {"MDaemon with the dialogue", HEAD("MDaemon@dimos.gr", "Permanent Delivery Failure") "Failed address: maria@dimos.gr\n\n--- Session Transcript ---\n Mon 2026-01-05 10:00:00: --> RCPT To:<maria@dimos.gr>\n"
     " Mon 2026-01-05 10:00:00: <-- 550 <maria@dimos.gr>, Recipient unknown\n Mon 2026-01-05 10:00:00: --> QUIT\n--- End Transcript ---\n\n: Message contains [1] file attachments\n", "maria@dimos.gr dead"},
    {"MDaemon, refused after the message", HEAD("MDaemon@dimos.gr", "Permanent Delivery Failure") "Failed address: maria@dimos.gr\n\n--- Session Transcript ---\n Mon 2026-01-05 10:00:00: --> DATA\n"
     " Mon 2026-01-05 10:00:00: <-- 354 go on\n Mon 2026-01-05 10:00:00: <-- 554 5.7.1 spam\n--- End Transcript ---\n", "maria@dimos.gr policy"},
    {"InterScan", HEAD("InterScan <postmaster@dimos.gr>", "Mail could not be delivered") "****** Message from InterScan E-Mail VirusWall NT ******\n\nThe following mail could not be delivered.\nReason: The delivery was given up.\n\nRCPT TO: <maria@dimos.gr>\n\n*****     End of message     *****\n", "maria@dimos.gr temporary"},
    {"Smail", HEAD("MAILER-DAEMON@dimos.gr", "mail failed, returning to sender") "|------------------------- Failed addresses follow: ---------------------|\n <maria@dimos.gr> ... unknown user\n|------------------------- Message text follows: ------------------------|\nSubject: x\n", "maria@dimos.gr dead"},
    {"LSMTP", HEAD("LSMTP <postmaster@dimos.gr>", "Undelivered mail") "The enclosed message could not be delivered.\n\n--> Error description:\n\nError-for:  maria@dimos.gr\nError-Code: 5\nError-Text: 550 No such user\n\nError-End: 1 error reported.\n", "maria@dimos.gr dead"},
    {"one address in a sentence", HEAD("postmaster@dimos.gr", "Undeliverable mail") "Sorry, unable to deliver your message to maria@dimos.gr for the following reason:\n\n552 Quota violation for maria@dimos.gr\n\nA copy of the original message below this line:\n", "maria@dimos.gr full"},
    {"Courier", HEAD("Mail Delivery System <MAILER-DAEMON@dimos.gr>", "NOTICE: mail delivery status.") "This is a delivery status notification from dimos.gr,\nrunning the Courier mail server.\n\nUNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<maria@dimos.gr>:\n    dimos.gr [192.0.2.1]:\n>>> RCPT TO:<maria@dimos.gr>\n<<< 550 User unknown.\n", "maria@dimos.gr dead"},
    {"a label: intended recipient", HEAD("Mail Delivery System <MAILER-DAEMON@dimos.gr>", "Returned mail") "Your message could not be delivered.\n\nIntended recipient:  maria@dimos.gr\nReason: User unknown\n\n--------RETURNED MAIL FOLLOWS--------\nSubject: x\n", "maria@dimos.gr dead"},
    {"a label: undeliverable address", HEAD("postmaster@dimos.gr", "Mail delivery failed") "The message could not be delivered.\n\nUndeliverable Address: maria@dimos.gr\nReason: no such mailbox\n", "maria@dimos.gr dead"},
    {"a label that is the reason, too", HEAD("Mail Delivery Subsystem <MAILER-DAEMON@dimos.gr>", "Returned mail") "User's mailbox is full: <maria@dimos.gr>\nUnable to deliver mail.\n", "maria@dimos.gr full"},
    {"a label: failed recipient", HEAD("postmaster@dimos.gr", "Delivery failure") "Could not deliver message to the following recipient(s):\n\nFailed Recipient: maria@dimos.gr\nReason: Remote host said: 553 sorry, that domain isn't in my list of allowed rcpthosts\n\n   -- The header and top 20 lines of the message follows --\n", "maria@dimos.gr policy"},
    {"aborted after hours", HEAD("postmaster@dimos.gr", "Delivery Status Notification (Failure)") "Delivery to the following recipients was aborted after 2.0 hour(s):\n\n  * maria@dimos.gr\n", "maria@dimos.gr unknown"},
    {"a group of Google's", HEAD("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)") "Hello enosi@omades.gr,\n\nWe're writing to let you know that the group you tried to contact (drasi) may not exist, or you may not have permission to post messages to the group.\n\n----- Original message -----\n\nTo: drasi@dimos.gr\nSubject: x\n", "drasi@dimos.gr policy"},
    {"eYou", HEAD("MAILER-DAEMON@dimos.gr", "failure notice") "This is the deliver program at dimos.gr.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\nmaria@dimos.gr\nmail box space is not enough, over quota\n\n--- Attachment is a copy of the message.\n", "maria@dimos.gr full"},
    {"in Greek, by fields of its own", HEAD("postmaster@dimos.gr", "Μη παραδοτέο: Πρόσκληση") "Δεν ήταν δυνατή η παράδοση του μηνύματος.\n\nΠαραλήπτης: maria@dimos.gr\nΑιτία: άγνωστη διεύθυνση\n", "maria@dimos.gr dead"},
    {"in Greek, told by words that end in sigma", HEAD("MAILER-DAEMON@dimos.gr", "Ειδοποίηση κατάστασης παράδοσης") "Αδυναμία παράδοσης στη διεύθυνση:\n\nmaria@dimos.gr\nΑνύπαρκτος χρήστης\n", "maria@dimos.gr dead"},
    {"in Greek, still waiting", HEAD("MAILER-DAEMON@dimos.gr", "Καθυστέρηση παράδοσης") "Η παράδοση του μηνύματός σας καθυστερεί. Αποτυχία παράδοσης προς το παρόν:\n\nmaria@dimos.gr\n", "maria@dimos.gr delayed"},
    {"Greek, in one sentence", HEAD("MAILER-DAEMON@dimos.gr", "Αποτυχία παράδοσης") "Η παράδοση του μηνύματος στο maria@dimos.gr απέτυχε.\nΤο γραμματοκιβώτιο του παραλήπτη είναι γεμάτο.\n", "maria@dimos.gr full"},
    {"a server with a name of its own, that lists whom it did not reach", "From: EDGE_Mail_Service@dimos.gr\nSubject: Returned Mail - Error During Delivery\nTo: enosi@omades.gr\n\n------ Failed Recipients ------\n\n<maria@dimos.gr>: Requested action not taken: mailbox unavailable. [SMTP Error Code 550]\n-------- Returned Mail --------\n\nReceived: from omades.gr\nSubject: x\n", "maria@dimos.gr dead"},
    {"a gateway whose mail has a name between quotes", "From: <admin@dimos.gr>\nSubject: Non-Delivery: Prosklisi\n\n--- Non-Delivery Report ---\nThe email below could not be delivered to the following user:\n\n\"maria@dimos.gr\" <maria@dimos.gr>\n\nOld message:\n\nx\n", "maria@dimos.gr unknown"},
    {"a person who writes of such a report", "Return-Path: <nikos@argos.gr>\nFrom: Nikos <nikos@argos.gr>\nSubject: Undelivered mail\n\nMail could not be delivered to the following:\n\nmaria@dimos.gr\n", NULL},
    {"a nameless one who writes of it to nobody", "Return-Path: <nikos@argos.gr>\nFrom: nikos@argos.gr\nSubject: Undelivered mail\n\nThe postman did not deliver it. Ask him.\n\nNikos\n", NULL},
    {"one line, and no subject", "From: MAILER-DAEMON@mail.gr\nTo: enosi@omades.gr\n\nI'm afraid I wasn't able to deliver the following message.\nThis is a permanent error; I've given up.\n\nSubject: x\nTo: maria@dimos.gr\n\n---Below this line is a copy of the message.\n", "maria@dimos.gr temporary"},
    {"a robot's answer, from nobody", "Return-Path: <>\nFrom: <>\nAuto-Submitted: auto-replied\n\nYou sent mail to maria@dimos.gr. That's not a valid user here.\n", "maria@dimos.gr dead"},
    {"an address of X.400", HEAD("System Administrator <postmaster@dimos.gr>", "Undeliverable: x") "Your message\n\n  To:      omada@omades.gr\n\ndid not reach the following recipient(s):\n\nc=GR;a= ;p=DIMOS;o=Lamia;dda:SMTP=maria@dimos.gr; on Mon, 5 Jan 2026\n    The recipient name is not recognized\n", "maria@dimos.gr dead"},
    {"a sentence that names him in its middle", HEAD("Mail Delivery System <Mailer-Daemon@mail.gr>", "Mail delivery failure") "A message that you sent could not be delivered.\n\nThe following message, addressed to 'maria@dimos.gr',\nfailed because it has not been collected after 30 days\n\n---- START OF RETURNED MESSAGE ----\nTo: omada@omades.gr\n", "maria@dimos.gr temporary"},
    {"a footer in the text", "Return-Path: <>\nFrom: postmaster@dimos.gr\nSubject: Delivery Status Notification (Failure)\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nDelivery to the following recipients failed.\n\n       maria@dimos.gr\n\n"
     "________________________________________\nScanned for viruses and offensive content.\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.dimos.gr\n\n" FAILED("maria@dimos.gr") "Status: 5.1.1\n\n--b--\n", "maria@dimos.gr dead"},
    {"a receipt that refuses", "From: Mail Delivery Subsystem <postmaster@dimos.gr>\nSubject: Automatically rejected mail\nAuto-Submitted: auto-replied (rejected)\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nYour message to <maria@dimos.gr> was automatically rejected:\nQuota exceeded\n--b\n"
     "Content-Type: message/disposition-notification\n\nReporting-UA: mail.dimos.gr; Dovecot Mail Delivery Agent\nFinal-Recipient: rfc822; maria@dimos.gr\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--b--\n", "maria@dimos.gr full"},
    {"a receipt of what was deleted unread", "From: Maria <maria@dimos.gr>\nSubject: Not read: Prosklisi\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nYour message was deleted without being read.\n--b\n"
     "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; maria@dimos.gr\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--b--\n", NULL},
    {"German", HEAD("Mail Delivery System <MAILER-DAEMON@beispiel.de>", "Unzustellbar: Einladung") "Ihre Nachricht konnte nicht zugestellt werden an:\n\nmaria@beispiel.de\n  Empfänger unbekannt\n", "maria@beispiel.de dead"},
    {"French", HEAD("postmaster@exemple.fr", "Message non remis : invitation") "Votre message n'a pas pu être remis aux destinataires suivants :\n\nmaria@exemple.fr\n  La boîte aux lettres du destinataire est pleine\n", "maria@exemple.fr full"},
    {"Italian", HEAD("postmaster@esempio.it", "Mancata consegna: invito") "Il messaggio non è stato recapitato ai seguenti destinatari:\n\nmaria@esempio.it\n  Utente sconosciuto\n", "maria@esempio.it dead"},
    {"Spanish", HEAD("postmaster@ejemplo.es", "No se puede entregar: invitacion") "No se pudo entregar el mensaje a los siguientes destinatarios:\n\nmaria@ejemplo.es\n  El buzón del destinatario está lleno\n", "maria@ejemplo.es full"},
    {"Greek, of its own making", HEAD("Σύστημα αλληλογραφίας <MAILER-DAEMON@dimos.gr>", "Αποτυχία παράδοσης: Πρόσκληση") "Το μήνυμά σας δεν παραδόθηκε στους παρακάτω παραλήπτες:\n\n  maria@dimos.gr: Ο χρήστης δεν υπάρχει\n  nikos@dimos.gr: Άγνωστος παραλήπτης\n  eleni@dimos.gr: Υπέρβαση ορίου χώρου γραμματοκιβωτίου\n", "maria@dimos.gr dead nikos@dimos.gr dead eleni@dimos.gr full"},
};

static void families_of_servers_are_read_by_their_sentences(void **state) {
    (void)state;
    check(families, G_N_ELEMENTS(families));
}

/* A member forwards his mail: the report is about where it went, and he is whom we had written to. */
static void whom_we_had_written_to_is_kept_beside_where_it_went(void **state) {
    (void)state;
    static const char *const words[][2] = {
        {DAEMON "   ----- The following addresses had permanent fatal errors -----\nmaria@gmail.example\n    (expanded from: <maria@dimos.gr>)\n\n   ----- Transcript of session follows -----\n550 5.1.1 maria@gmail.example... User unknown\n" RETURNED, "maria@gmail.example"},
        {HEAD("Mail Delivery System <Mailer-Daemon@dimos.gr>", "Mail delivery failed: returning message to sender") "A message that you sent could not be delivered to one or more of its\nrecipients. The following address(es) failed:\n\n  maria@gmail.example\n    (ultimately generated from maria@dimos.gr)\n    Unrouteable address\n", "maria@gmail.example"},
        {HEAD("Mail Delivery System <Mailer-Daemon@dimos.gr>", "Mail delivery failed: returning message to sender") "A message that you sent could not be delivered to one or more of its\nrecipients. The following address(es) failed:\n\n  an undisclosed address\n    (generated from maria@dimos.gr)\n", "maria@dimos.gr"},
        {"X-Failed-Recipients: maria@gmail.example\n" HEAD("Mail Delivery System <Mailer-Daemon@dimos.gr>", "Mail delivery failed: returning message to sender") "The following address(es) failed:\n\n  maria@gmail.example\n    (generated from maria@dimos.gr)\n    Unrouteable address\n", "maria@gmail.example"},
        {"Return-Path: <>\nFrom: Mailer-Daemon@dimos.gr\nSubject: Mail delivery failed: returning message to sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nThe following address(es) failed:\n\n  maria@gmail.example\n    (generated from maria@dimos.gr)\n    Unrouteable address\n\n"
         "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.dimos.gr\n\n" FAILED("maria@gmail.example") "Status: 5.1.1\n\n--b--\n", "maria@gmail.example"}};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(Letter) letter = read_mail(words[i][0]);
        assert_non_null(letter->reported);
        assert_int_equal(letter->reported->recipients->len, 1);
        const ReportRecipient *recipient = letter->reported->recipients->pdata[0];
        assert_string_equal(recipient->address, words[i][1]);
        assert_string_equal(recipient->original, i != 2 ? "maria@dimos.gr" : "");
    }
}

#define NOTIFIED(text) "From: MAILER-DAEMON@email.amazonses.com\nSubject: AWS Notification Message\nContent-Type: text/plain; charset=utf-8\n\n" text "\n\n--\nIf you wish to stop receiving notifications, visit the link below.\n"

static const Form notifications[] = {
    {"a bounce", NOTIFIED("{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"maria@dimos.gr\",\"action\":\"failed\",\"status\":\"5.1.1\",\"diagnosticCode\":\"smtp; 550 5.1.1 user \\\"maria\\\" unknown\"},"
                          "{\"status\":\"4.4.7\",\"emailAddress\":\"eleni@volos.gr\"}]},\"mail\":{\"destination\":[\"maria@dimos.gr\",\"nikos@argos.gr\"]}}"), "maria@dimos.gr dead eleni@volos.gr temporary"},
    {"wrapped, within that of the notification service", NOTIFIED("{\n  \"Type\" : \"Notification\",\n  \"Message\" : \"{\\\"notificationType\\\":\\\"Delivery\\\",\\\"delivery\\\":{\\\"recip\nients\\\":[\\\"maria@dimos.gr\\\"]}}\"\n}"), "maria@dimos.gr delivered"},
    {"a complaint", NOTIFIED("{\"notificationType\":\"Complaint\",\"complaint\":{\"complainedRecipients\":[{\"emailAddress\":\"maria@dimos.gr\"}]}}"), "maria@dimos.gr policy"},
};

static void a_notification_in_json_is_read_as_json(void **state) {
    (void)state;
    check(notifications, G_N_ELEMENTS(notifications));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transcript_tells_of_each_recipient_before_its_verdict),
        cmocka_unit_test(fields_are_read_with_what_their_writers_add),
        cmocka_unit_test(a_sentence_before_the_list_holds_for_who_stands_in_it),
        cmocka_unit_test(a_list_manager_that_takes_no_mail_says_so_in_its_own_way),
        cmocka_unit_test(families_of_servers_are_read_by_their_sentences),
        cmocka_unit_test(whom_we_had_written_to_is_kept_beside_where_it_went),
        cmocka_unit_test(a_program_that_unsubscribes_for_its_reader_is_a_readers_word),
        cmocka_unit_test(a_notification_in_json_is_read_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
