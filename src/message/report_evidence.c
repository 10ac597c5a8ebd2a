#include "message/report_evidence.h"
#include <string.h>
#include "message/text.h"

/* Servers that write no fields still write in few ways: somebody who is no person, a subject that says failure, a sentence that introduces, a list of
 * addresses, and then the message that came back. One of these alone is no report: people forward reports, and write about them. */

enum { LOOKED_AT = 6000 };

bool report_says(const char *folded, const char *const *table) {
    for (const char *const *phrase = table; *phrase != NULL; phrase++)
        if (strstr(folded, *phrase) != NULL) return true;
    return false;
}

/* --- evidence: all tables are compared with folded text (message/text_fold: lower case, no accents nor other marks above letters, σ for ς) --- */

/* Parts of From that no person has. */
static const char *const machines[] = {"mailer-daemon", "mailer daemon", "mail-daemon", "mail delivery s", "postmaster@", "post_master@", "postmaster\\@", "mail delivery system",
                                       "system administrator", "microsoft outlook", "microsoftexchange", "mail administrator", "mdaemon@", "mailsystem",
                                       "mail system", "mail deliver", "mailerdaemon", "delivery subsystem", "maildaemon", "mmdf", "noreply-dmarc", "mta-sts",
                                       "bounce@", "bounces@", "no-reply@sns.amazonaws", "internet mail delivery", "message delivery", "delivery notification",
                                       "email delivery", "nondelivery", "undelivered", "system attendant", "ndr admin", "<>", NULL};
/* Programs of shops and parcel services write from these too: only with the message that came back. */
static const char *const voiceless[] = {"no-reply@", "noreply@", "no_reply@", "donotreply@", "do-not-reply@", NULL};

static const char *const subjects[] = {
    "undeliver", "undeliverable", "returned mail", "returned to sender", "returned message", "returning message to sender", "delivery status notif",
    "delivery fail", "delivery has failed", "delivery error", "delivery unsuccessful", "delivery problem", "delivery notification", "delivery report",
    "failure notice", "failure delivery", "failed delivery", "failed mail", "mail failure", "mail delivery", "message delivery", "mail failed", "returning to sender", "メールエラー", "エラー通知", "non-deliver", "nondeliver", "not delivered",
    "could not be delivered", "could not deliver", "couldn't be delivered", "unable to deliver", "cannot deliver", "can't be delivered", "can not be delivered",
    "mail system error", "mail error", "mail could not be", "mail not delivered", "email not delivered", "message not deliver", "message undeliver", "warning: could not send", "warning: message",
    "delivery delayed", "delayed mail", "message delayed", "delivery status", "mail status", "message status", "notification: delivery", "ndn:", "ndr", "bounce", "user unknown",
    "unknown user", "mail rejected", "message rejected", "rejected message", "rejected mail", "mail quota", "mailbox full", "mailbox unavailable", "permanent failure",
    "permanent delivery", "aws notification", "your message to", "message you sent", "email address may be wrong", "you have sent mail", "recipient unknown",
    /* Greek, German, French, Italian, Spanish, Portuguese, Dutch, Swedish, Russian, Japanese, Chinese */
    "δεν παραδοθηκε", "δεν ηταν δυνατη η παραδοση", "αποτυχια παραδοσησ", "αδυναμια παραδοσησ", "μη παραδοτε", "αδυνατη η παραδοση", "επιστροφη μηνυματ",
    "καθυστερηση παραδοσησ", "ειδοποιηση καταστασησ παραδοσησ", "δεν ειναι δυνατη η παραδοση", "unzustellbar", "nicht zugestellt", "fehler bei der zustellung",
    "zustellung fehlgeschlagen", "non remis", "echec de remise", "non distribu", "echec de livraison", "mancata consegna", "non recapit", "recapito", "no se puede entregar",
    "no se pudo entregar", "error de entrega", "nao foi possivel entregar", "falha na entrega", "onbestelbaar", "kan inte leverera", "не доставлено", "недоставлен",
    "не удалось доставить", "配信不能", "配送失敗", "送信てきません", "退信", "无法投递", "投递失败", NULL};

/* Those with which no person begins. */
static const char *const server_subjects[] = {"undeliverable:", "undeliverable mail", "undelivered mail", "undelivered message", "undeliverable message", "returned mail", "failure notice", "mail could not be delivered", "delivery status notification",
                                              "mail delivery failed", "mail delivery system", "mail system error", "delivery failure:", "delivery failure (", "delivery failure notification", "non-delivery", "message undeliverable", "warning: message", "warning: could not", "delivery notification:", NULL};

/* With these, whatever the subject: a daemon's own log of what it and the other server said. */
static const char *const daemons[] = {"mailer-daemon", "post_master@", NULL};
static const char *const transcripts[] = {"transcript of session follows", "session transcript", "error message below:", NULL};

/* Sentences that introduce; near the beginning of the text. */
static const char *const phrases[] = {
    "could not be delivered", "couldn't be delivered", "could not be sent", "cannot be delivered", "can't be delivered", "was not delivered", "wasn't delivered", "were not delivered", "not be delivered", "unable to deliver", "wasn't able to deliver",
    "was unable to deliver", "could not deliver", "couldn't deliver", "cannot deliver", "failed to deliver", "delivery failed", "delivery has failed", "delivery to the following", "undeliverable",
    "undelivered", "did not reach the following", "did not reach", "permanent fatal errors", "transient non-fatal errors", "permanent error", "transcript of session", "fatal errors", "delivery error", "delivery failure",
    "returned to sender", "returning message to", "has been returned because", "has encountered delivery problems", "has been postponed", "invalid final delivery", "not a valid user", "has been delayed", "is delayed", "not yet been delivered", "delivery attempts", "giving up", "given up", "did not like our",
    "mail delivery system", "mail system at host", "user unknown", "unknown user", "no such user", "recipient unknown", "message was rejected", "has been rejected", "was rejected", "rejected your message",
    "wasn't delivered", "address not found", "message blocked", "message not delivered", "mailbox is full", "mailbox full", "over quota", "quota exceeded", "the following address", "the following recipient", "following destination", "recipient address",
    "not listed in domino", "host unknown", "host not found", "dns lookup failure", "unrouteable", "unroutable", "this is a permanent", "not accept", "rejected by", "unrecognized", "does not exist", "doesn't exist", "was not found", "an error occurred while trying to deliver", "error occurred while", "we couldn't find",
    "may not exist", "unknown address", "invalid recipient", "group you tried to contact", "delivery status notification", "bounced", "notificationtype", "message could not", "message that you sent", "message you sent", "your message to", "we were unable", "mail could not", "mail you sent", "failed recipient", "failed addresses", "unsuccessful", "mail not delivered",
    "δεν παραδοθηκε", "δεν ηταν δυνατη η παραδοση", "δεν μπορεσε να παραδοθει", "η παραδοση απετυχε", "εχει απενεργοποιηθει", "γραμματοκιβωτιο", "αποτυχια παραδοσησ", "αδυναμια παραδοσησ", "αδυνατη η παραδοση", "δεν υπαρχει", "δεν ειναι δυνατη η παραδοση", "δεν βρεθηκε", "η ομαδα με την οποια",
    "konnte nicht zugestellt", "nicht zustellen", "n'a pas pu etre", "n'a pu etre remis", "non e stato recapitato", "no se pudo entregar", "no se puede entregar", "не доставлено", "не удалось доставить", "не существует", "配信", "送信", "届け", "投递", "无法发送", "无法送达", NULL};

static const char *const delays[] = {"will be retried", "do not need to resend", "will keep trying", "will continue to try", "delivery attempts will continue", "has been postponed", "continue trying", "still trying", "has been delayed", "been delayed", "is delayed", "not yet been delivered", "warning message only",
                                     "warning only", "will be attempted", "transient non-fatal", "attempts to deliver the message will continue", "no action is required", "delivery delayed", "(delay)", "could not send message for past", "not been delivered yet",
                                     "η παραδοση καθυστερει", "καθυστερηση", NULL};

static const char *const absences[] = {"out of office", "out of the office", "out-of-office", "automatic reply", "auto reply", "autoreply", "auto-reply", "auto response", "autoresponse", "automated response", "away from", "on vacation", "vacation", "on leave", "on holiday", "i am away",
                                       "αυτοματη απαντηση", "εκτοσ γραφειου", "απουσια", "απουσιαζω", "σε αδεια", "αδεια", "abwesenheit", "automatische antwort", "reponse automatique", "absence du bureau", "absent", "risposta automatica", "fuori ufficio", "respuesta automatica", "fuera de la oficina", "resposta automatica",
                                       "automatisch antwoord", "autosvar", "автоответ", "自動応答", "不在", NULL};

/* Sentences behind which a server lists those whom it did not reach. */
static const char *const introductions[] = {"not be delivered to", "not deliver", "not delivered to", "unable to deliver", "failed recipient", "failed address", "did not reach", "delivery to the following", "following recipient", "following address",
                                            "δεν παραδοθηκε σ", "η παραδοση στουσ", "ακολουθουσ παραληπτεσ", "nicht zugestellt", "non remis", "no se pudo entregar", NULL};

char *report_beginning(const char *text) {
    g_autofree char *piece = g_utf8_make_valid(text, (gssize)strnlen(text, LOOKED_AT));
    return text_fold(piece);
}

static bool has_prefix(const char *subject, const char *const *prefixes) {
    for (const char *const *prefix = prefixes; *prefix != NULL; prefix++)
        if (g_str_has_prefix(subject, *prefix)) return true;
    return false;
}

static bool is_answer(const char *subject) {
    static const char *const prefixes[] = {"re:", "fwd:", "fw:", "απ:", "πρθ:", "aw:", "wg:", "tr:", NULL};
    return has_prefix(subject, prefixes);
}

/* An address stands behind such a sentence, or begins the next line that is not empty. */
static bool lists_addresses(const char *human) {
    enum { LINES_MOST = 40 };
    bool introduced = false;
    const char *line = human;
    for (int number = 0; *line != '\0' && number < LINES_MOST; number++) {
        size_t length = strcspn(line, "\n"), skip = strspn(line, " \t\r<\"'*-");
        g_autofree char *text = g_strndup(line, length);
        size_t word = skip < length ? strcspn(text + skip, " \t@") : 0;
        if (introduced && word > 0 && text[skip + word] == '@') return true;
        bool introduces = report_says(text, introductions);
        if (introduces && strchr(text, '@') != NULL) return true;
        introduced = introduces || (introduced && skip >= length);
        line += length + (line[length] == '\n');
    }
    return false;
}

/* People have names in their programs. */
static bool is_nameless(const char *from) { return strchr(from, '<') == NULL || *from == '<'; }

/* What list managers say when they do not take a mail. */
static const char *const list_refusals[] = {"you are not a member", "are not member", "you are not allowed to post", "has been automatically rejected", "mailing list has been rejected", "posting of your message titled", "non-member submission", "duplicated message-id", "loop alert",
                                            "δεν ειστε μελοσ", "δεν επιτρεπεται να δημοσιευ", "sie sind nicht berechtigt", "vous n'etes pas autorise", "non sei autorizzat", "no esta autorizado", NULL};

bool report_is_evident(const ReportSource *source) {
    g_autofree char *from = text_fold(source->from != NULL ? source->from : ""), *subject = text_fold(source->subject != NULL ? source->subject : "");
    bool null_path = source->return_path != NULL && (strstr(source->return_path, "<>") != NULL || strcasestr(source->return_path, "mailer-daemon") != NULL);
    bool machine = report_says(from, machines) || null_path;
    /* Ordinary mail ends here, and nobody has to look at its text. */
    bool server_subject = has_prefix(subject, server_subjects);
    bool unsigned_report = server_subject && is_nameless(from);
    if (!source->of_list && source->failed == NULL && !source->is_report && !machine && !unsigned_report && !report_says(from, voiceless)) return false;
    g_autofree char *human = report_beginning(source->human->str);
    if (source->of_list && (report_says(subject, list_refusals) || report_says(human, list_refusals))) return true;
    if (source->failed != NULL || (report_says(from, daemons) && report_says(human, transcripts))) return true;
    bool says = report_says(subject, subjects), introduces = report_says(human, phrases);
    /* A person who answers or forwards a report; and a Postmaster who is one, with an address to which his own mail comes back. */
    if (is_answer(subject) && !null_path && !source->is_report) return false;
    if (strstr(from, "postmaster@") != NULL && source->return_path != NULL && !null_path && !server_subject) machine = false;
    if (source->is_report) return source->status->len > 0 || (machine && (says || introduces)) || (says && introduces);
    if (machine && (!report_says(from, voiceless) || strstr(from, "@sns.amazonaws") != NULL) && report_says(from, machines)) return (says && introduces) || (introduces && (source->original->len > 0 || report_says(from, daemons))) || (says && source->original->len > 0) || (null_path && (says || introduces));
    if (report_says(from, voiceless)) return introduces && source->original->len > 0;
    return (null_path && says && introduces) || (unsigned_report && lists_addresses(human));
}

bool report_is_delay(const ReportSource *source) {
    g_autofree char *human = report_beginning(source->human->str), *subject = text_fold(source->subject != NULL ? source->subject : "");
    return report_says(human, delays) || report_says(subject, delays);
}

/* In Outlook's own form the words stand before a colon; elsewhere a field of the header must say so. */
bool report_is_auto_reply(const ReportSource *source) {
    g_autofree char *subject = text_fold(source->subject != NULL ? source->subject : "");
    bool null_path = source->return_path != NULL && strstr(source->return_path, "<>") != NULL;
    if (source->replied) return true;
    if (!report_says(subject, absences)) return false;
    if (source->suppresses || null_path) return true;
    for (const char *const *word = absences; *word != NULL; word++)
        if (g_str_has_prefix(subject, *word) && subject[strlen(*word)] == ':') return true;
    return false;
}
