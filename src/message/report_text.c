#include "message/report_text.h"
#include <string.h>
#include "message/address.h"
#include "message/text.h"

/* Servers that write no fields still write in few ways: somebody who is no person, a subject that says failure, a sentence that introduces, a list of
 * addresses, and then the message that came back. One of these alone is no report: people forward reports, and write about them. */

enum { LINES_MOST = 400, READ_MOST = 65536, ADDRESSES_MOST = 200, LOOKED_AT = 6000 };

static bool has_any(const char *folded, const char *const *table) {
    for (const char *const *phrase = table; *phrase != NULL; phrase++)
        if (strstr(folded, *phrase) != NULL) return true;
    return false;
}

/* --- evidence: all tables are compared with folded text (message/text_fold: lower case, no accents) --- */

/* Parts of From that no person has. */
static const char *const machines[] = {"mailer-daemon", "mailer daemon", "mail-daemon", "mail delivery s", "postmaster@", "post_master@", "mail delivery system",
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
    "δεν παραδοθηκε", "δεν ηταν δυνατη η παραδοση", "αποτυχια παραδοσης", "αδυναμια παραδοσης", "μη παραδοτε", "αδυνατη η παραδοση", "επιστροφη μηνυματ",
    "καθυστερηση παραδοσης", "ειδοποιηση καταστασης παραδοσης", "δεν ειναι δυνατη η παραδοση", "unzustellbar", "nicht zugestellt", "fehler bei der zustellung",
    "zustellung fehlgeschlagen", "non remis", "echec de remise", "non distribu", "echec de livraison", "mancata consegna", "non recapit", "recapito", "no se puede entregar",
    "no se pudo entregar", "error de entrega", "nao foi possivel entregar", "falha na entrega", "onbestelbaar", "kan inte leverera", "не доставлено", "недоставлен",
    "не удалось доставить", "配信不能", "配送失敗", "送信できません", "退信", "无法投递", "投递失败", NULL};

/* Those with which no person begins. */
static const char *const server_subjects[] = {"undeliverable:", "undeliverable mail", "undelivered mail", "undelivered message", "undeliverable message", "returned mail", "failure notice", "mail could not be delivered", "delivery status notification",
                                              "mail delivery failed", "mail delivery system", "mail system error", "delivery failure:", "delivery failure (", "non-delivery", "message undeliverable", "warning: message", "warning: could not", "delivery notification:", NULL};

/* With these, whatever the subject: a daemon's own log of what it and the other server said. */
static const char *const daemons[] = {"mailer-daemon", "post_master@", NULL};
static const char *const transcripts[] = {"transcript of session follows", "session transcript", "error message below:", NULL};

/* Sentences that introduce; near the beginning of the text. */
static const char *const phrases[] = {
    "could not be delivered", "couldn't be delivered", "could not be sent", "cannot be delivered", "can't be delivered", "was not delivered", "wasn't delivered", "were not delivered", "not be delivered", "unable to deliver", "wasn't able to deliver",
    "was unable to deliver", "could not deliver", "couldn't deliver", "cannot deliver", "failed to deliver", "delivery failed", "delivery has failed", "delivery to the following", "undeliverable",
    "undelivered", "did not reach the following", "did not reach", "permanent fatal errors", "transient non-fatal errors", "permanent error", "transcript of session", "fatal errors", "delivery error", "delivery failure",
    "returned to sender", "returning message to", "has been delayed", "is delayed", "not yet been delivered", "delivery attempts", "giving up", "given up", "did not like our",
    "mail delivery system", "mail system at host", "user unknown", "unknown user", "no such user", "recipient unknown", "message was rejected", "has been rejected", "was rejected", "rejected your message",
    "wasn't delivered", "address not found", "message blocked", "message not delivered", "mailbox is full", "mailbox full", "over quota", "quota exceeded", "the following address", "the following recipient", "following destination", "recipient address",
    "not listed in domino", "host unknown", "host not found", "dns lookup failure", "unrouteable", "unroutable", "this is a permanent", "not accept", "rejected by", "unrecognized", "does not exist", "doesn't exist", "was not found", "an error occurred while trying to deliver", "error occurred while", "we couldn't find",
    "may not exist", "unknown address", "invalid recipient", "group you tried to contact", "delivery status notification", "bounced", "\"notificationtype\"", "message could not", "message that you sent", "message you sent", "your message to", "we were unable", "mail could not", "mail you sent", "failed recipient", "failed addresses", "unsuccessful", "mail not delivered",
    "δεν παραδοθηκε", "δεν ηταν δυνατη η παραδοση", "δεν μπορεσε να παραδοθει", "αποτυχια παραδοσης", "αδυναμια παραδοσης", "αδυνατη η παραδοση", "δεν υπαρχει", "δεν ειναι δυνατη η παραδοση", "δεν βρεθηκε", "η ομαδα με την οποια",
    "konnte nicht zugestellt", "nicht zustellen", "n'a pas pu etre", "n'a pu etre remis", "non e stato recapitato", "no se pudo entregar", "no se puede entregar", "не доставлено", "не удалось доставить", "не существует", "配信", "送信", "届け", "投递", NULL};

static const char *const delays[] = {"will be retried", "do not need to resend", "will keep trying", "will continue to try", "continue trying", "still trying", "has been delayed", "been delayed", "is delayed", "not yet been delivered", "warning message only",
                                     "warning only", "will be attempted", "transient non-fatal", "attempts to deliver the message will continue", "no action is required", "delivery delayed", "(delay)", "could not send message for past", "not been delivered yet",
                                     "η παραδοση καθυστερει", "καθυστερηση", NULL};

static const char *const absences[] = {"out of office", "out of the office", "out-of-office", "automatic reply", "auto reply", "autoreply", "auto-reply", "auto response", "autoresponse", "automated response", "away from", "on vacation", "vacation", "on leave", "on holiday", "i am away",
                                       "αυτοματη απαντηση", "εκτος γραφειου", "απουσια", "απουσιαζω", "σε αδεια", "αδεια", "abwesenheit", "automatische antwort", "reponse automatique", "absence du bureau", "absent", "risposta automatica", "fuori ufficio", "respuesta automatica", "fuera de la oficina", "resposta automatica",
                                       "automatisch antwoord", "autosvar", "автоответ", "自動応答", "不在", NULL};

/* Where the message that came back begins. */
static const char *const delimiters[] = {"this is a copy of", "below this line is a copy", "the header of the original", "header of the original", "message headers follow", "message header follows", "headers of the original", "original message follows", "original message headers", "original message header",
                                         "unsent message", "returned message", "copy of the message", "copy of your message", "included is a copy", "undelivered message", "start of returned message", "your original message", "begin message header", "received message headers", "message text follows", "original mail", "undelivered message", "original message", "αρχικο μηνυμα", NULL};

static char *beginning(const char *text) {
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

bool report_text_is_evident(const ReportSource *source) {
    g_autofree char *from = text_fold(source->from != NULL ? source->from : ""), *subject = text_fold(source->subject != NULL ? source->subject : "");
    g_autofree char *human = beginning(source->human->str);
    if (source->failed != NULL || (has_any(from, daemons) && has_any(human, transcripts))) return true;
    bool null_path = source->return_path != NULL && (strstr(source->return_path, "<>") != NULL || strcasestr(source->return_path, "mailer-daemon") != NULL);
    bool machine = has_any(from, machines) || null_path, says = has_any(subject, subjects), introduces = has_any(human, phrases);
    /* A person who answers or forwards a report; and a Postmaster who is one, with an address to which his own mail comes back. */
    if (is_answer(subject) && !null_path && !source->is_report) return false;
    if (strstr(from, "postmaster@") != NULL && source->return_path != NULL && !null_path && !has_prefix(subject, server_subjects)) machine = false;
    if (source->is_report) return source->status->len > 0 || (machine && (says || introduces)) || (says && introduces);
    if (machine && (!has_any(from, voiceless) || strstr(from, "@sns.amazonaws") != NULL) && has_any(from, machines)) return (says && introduces) || (introduces && source->original->len > 0) || (says && source->original->len > 0) || (null_path && (says || introduces));
    if (has_any(from, voiceless)) return introduces && source->original->len > 0;
    return null_path && says && introduces;
}

bool report_text_is_delay(const ReportSource *source) {
    g_autofree char *human = beginning(source->human->str), *subject = text_fold(source->subject != NULL ? source->subject : "");
    return has_any(human, delays) || has_any(subject, delays);
}

/* In Outlook's own form the words stand before a colon; elsewhere a field of the header must say so. */
bool report_text_is_auto_reply(const ReportSource *source) {
    g_autofree char *subject = text_fold(source->subject != NULL ? source->subject : "");
    bool null_path = source->return_path != NULL && strstr(source->return_path, "<>") != NULL;
    if (source->replied) return true;
    if (!has_any(subject, absences)) return false;
    if (source->suppresses || null_path) return true;
    for (const char *const *word = absences; *word != NULL; word++)
        if (g_str_has_prefix(subject, *word) && subject[strlen(*word)] == ':') return true;
    return false;
}

/* --- splitting --- */

static bool is_delimiter(const char *line) {
    size_t skip = strspn(line, " \t-_=*>#|");
    size_t length = strcspn(line + skip, "\r\n");
    if (length > 120) return false;
    g_autofree char *piece = g_utf8_make_valid(line + skip, (gssize)length);
    g_autofree char *folded = text_fold(piece);
    if (g_str_has_prefix(folded, "content-type: message/rfc822") || g_str_has_prefix(folded, "content-type: text/rfc822-headers")) return true;
    if (strlen(folded) > 100 || strstr(folded, "was received at") != NULL) return false;
    for (const char *const *word = delimiters; *word != NULL; word++) {
        if (!g_str_has_prefix(folded, *word)) continue;
        size_t left = strlen(folded) - strlen(*word);
        return skip >= 2 || left < 3 || strstr(folded, "follow") != NULL || strstr(folded, "copy") != NULL || folded[strlen(folded) - 1] == ':';
    }
    return false;
}

/* A header block of a message in the middle of a text. */
static bool begins_header(const char *line, bool after_blank) {
    static const char *const names[] = {"Return-Path:", "Return-path:", "Received: from", "Received: by", "Received: (qmail", "DKIM-Signature:", NULL};
    for (const char *const *name = names; after_blank && *name != NULL; name++)
        if (g_str_has_prefix(line, *name)) return true;
    return false;
}

static bool is_blank(const char *line) { return line[strspn(line, " \t\r")] == '\n' || line[strspn(line, " \t\r")] == '\0'; }

void report_text_split(ReportSource *source) {
    const char *text = source->human->str, *line = text;
    bool after_blank = false, in_fields = false;
    for (int number = 0; *line != '\0' && number < 4 * LINES_MOST; number++) {
        size_t length = strcspn(line, "\n");
        if (number > 0 && (is_delimiter(line) || begins_header(line, after_blank))) break;
        if (g_ascii_strncasecmp(line, "Final-Recipient:", 16) == 0) in_fields = true;
        after_blank = is_blank(line);
        line += length + (line[length] == '\n');
    }
    size_t end = (size_t)(line - text);
    if (*line != '\0' && source->original->len == 0) {
        size_t first = begins_header(line, true) ? 0 : strcspn(line, "\n");
        const char *rest = line + first;
        rest += strspn(rest, " \t\r\n");
        g_string_append_len(source->original, rest, (gssize)strnlen(rest, READ_MOST));
    }
    g_string_truncate(source->human, end);
    if (in_fields && source->status->len == 0) g_string_append(source->status, source->human->str);
}

/* --- addresses --- */

static bool is_local_letter(char c) { return (c & 0x80) != 0 || g_ascii_isalnum(c) || strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL; }

/* The address around the @ at `at`, canonical; NULL when it is none. *begin and *after are its edges. */
static char *address_around(const char *text, const char *at, const char **begin, const char **after) {
    const char *first = at, *last = at + 1;
    while (first > text && at - first < 64 && is_local_letter(first[-1]) && first[-1] != '\0') first--;
    while ((*last & 0x80) != 0 || g_ascii_isalnum(*last) || *last == '.' || *last == '-') last++;
    while (last > at + 1 && (last[-1] == '.' || last[-1] == '-')) last--;
    while (first < at && strchr(".'=`*", *first) != NULL) first++;
    *begin = first;
    *after = last;
    if (first == at || last == at + 1 || last - first > 250) return NULL;
    g_autofree char *piece = g_strndup(first, (gsize)(last - first));
    return address_canonical(piece, NULL);
}

static bool is_machine_address(const char *address) {
    static const char *const names[] = {"postmaster@", "mailer-daemon@", "abuse@", "mail-daemon@", NULL};
    for (const char *const *name = names; *name != NULL; name++)
        if (g_str_has_prefix(address, *name)) return true;
    return false;
}

/* An address that a line begins with is spoken of; in the middle it is merely mentioned. */
static bool begins_line(const char *line, const char *begin) {
    static const char *const labels[] = {"to:", "recipient:", "recipient", "recipients:", "failed recipient:", "the e-mail address", "final recipient:", "rcpt to:", "in: rcpt to:", "address:", "email:", "unable to deliver to:", "undeliverable to", "invalid recipient", "user", "delivery failed for the following recipients:", "delivery failed:", "recipient address:", "mailbox:", "παραληπτης:", NULL};
    size_t skip = strspn(line, " \t<>*-\"'(\u00ab[");
    if (line + skip >= begin) return true;
    size_t length = (size_t)(begin - line - (ptrdiff_t)skip);
    while (length > 0 && strchr(" \t<\"'([", line[skip + length - 1]) != NULL) length--;
    if (length == 0 || length > 60) return length == 0;
    g_autofree char *before = g_strndup(line + skip, length), *folded = text_fold(before);
    /* The transcript of a sendmail: 550 <maria@dimos.gr>... User unknown */
    if (length == 3 && strchr("45", *before) != NULL && g_ascii_isdigit(before[1]) && g_ascii_isdigit(before[2]) && strstr(begin, "...") != NULL && strstr(begin, "...") < begin + strcspn(begin, " \t\n")) return true;
    for (const char *const *label = labels; *label != NULL; label++)
        if (strcmp(folded, *label) == 0 && strcmp(folded, "to:") != 0) return true;
    return false;
}

static bool has_error_word(const char *line) {
    static const char *const words[] = {"rcpt to", "unknown", "rejected", "not exist", "no such", "failed", "not found", "unavailable", "disabled", "quota", "mailbox", "deliver", "recipient", "undeliverable", "full", "refused", "denied", "blocked", "δεν ", NULL};
    g_autofree char *piece = g_utf8_make_valid(line, (gssize)strcspn(line, "\n"));
    g_autofree char *folded = text_fold(piece), *reply = report_reply_in(piece);
    return *reply != '\0' || has_any(folded, words);
}

typedef struct {
    char *address;
    const char *line, *after; /* where it stands in the text */
    bool begins, errs;
} Mention;

static void mention_clear(gpointer data) { g_free(((Mention *)data)->address); }

static GArray *find_mentions(const ReportSource *source) {
    GArray *mentions = g_array_new(FALSE, FALSE, sizeof(Mention));
    g_array_set_clear_func(mentions, mention_clear);
    const char *text = source->human->str, *line = text;
    for (int number = 0; *line != '\0' && number < LINES_MOST; number++) {
        size_t length = strcspn(line, "\n");
        for (const char *at = memchr(line, '@', length); at != NULL && mentions->len < ADDRESSES_MOST; at = memchr(at + 1, '@', length - (size_t)(at + 1 - line))) {
            Mention mention = {.line = line};
            const char *begin;
            mention.address = address_around(line, at, &begin, &mention.after);
            if (mention.address == NULL) continue;
            mention.begins = begins_line(line, begin);
            mention.errs = has_error_word(line);
            g_array_append_val(mentions, mention);
        }
        line += length + (line[length] == '\n');
    }
    return mentions;
}

static bool is_own_recipient(const ReportSource *source, const char *address) {
    return source->to != NULL && g_ptr_array_find_with_equal_func(source->to, address, g_str_equal, NULL);
}

static bool is_known(const Report *report, const char *address) {
    for (guint i = 0; i < report->recipients->len; i++)
        if (g_ascii_strcasecmp(((const ReportRecipient *)report->recipients->pdata[i])->address, address) == 0) return true;
    return false;
}

/* --- reasons --- */

static size_t count_letters(const char *text) {
    size_t letters = 0;
    for (const char *c = text; *c != '\0'; c++) letters += g_ascii_isalpha(*c) || (*c & 0x80) != 0;
    return letters;
}

/* What stands behind an address until the next one that begins a line. */
static char *words_behind(const ReportSource *source, const GArray *mentions, guint index) {
    const Mention *mention = &g_array_index(mentions, Mention, index);
    const char *from = mention->begins ? mention->after : mention->line, *to = source->human->str + source->human->len;
    for (guint i = index + 1; i < mentions->len; i++) {
        const Mention *next = &g_array_index(mentions, Mention, i);
        if (next->begins && next->line > mention->line && strcmp(next->address, mention->address) != 0) {
            to = next->line;
            break;
        }
    }
    g_autofree char *piece = g_utf8_make_valid(from, to - from);
    return text_one_line(piece + strspn(piece, ">:;,. \t\r\n"), REPORT_TEXT_MOST);
}

static void set(char **slot, char *value) {
    g_free(*slot);
    *slot = value;
}

/* Whether the recipient's server had taken him at RCPT: what it says afterwards is said of the message, or by a filter of his. */
static bool came_late(const char *words) {
    static const char *const marks[] = {"in reply to end of data", "in reply to data", "after end of data", "smtp command data", "after pipelined end of data", "after sending data block", NULL};
    for (const char *const *mark = marks; *mark != NULL; mark++)
        if (strcasestr(words, *mark) != NULL) return true;
    const char *answer = strstr(words, "<<< 5"), *asked = NULL;
    for (const char *command = strstr(words, ">>> "); command != NULL && (answer == NULL || command < answer); command = strstr(command + 4, ">>> ")) asked = command;
    return answer != NULL && asked != NULL && (g_str_has_prefix(asked, ">>> DATA") || g_str_has_prefix(asked, ">>> ."));
}

static void note_lateness(ReportRecipient *recipient, const char *words) {
    bool late = came_late(words), early = !late && strcasestr(words, "rcpt") != NULL;
    if ((!late && !early) || came_late(recipient->diagnostic) || strcasestr(recipient->diagnostic, "rcpt") != NULL) return;
    g_autofree char *whole = g_strdup_printf("%s (in reply to %s)", recipient->diagnostic, late ? "DATA" : "RCPT");
    set(&recipient->diagnostic, text_one_line(whole, REPORT_TEXT_MOST));
}

/* Some say the reason first, and then to whom it applies. */
static void complete(const ReportSource *source, ReportRecipient *recipient) {
    g_autofree char *code = report_reply_in(recipient->diagnostic), *number = report_status_in(recipient->diagnostic);
    if (count_letters(recipient->diagnostic) < 8 || (*code == '\0' && *number == '\0' && *recipient->status == '\0' && !has_error_word(recipient->diagnostic))) {
        g_autofree char *whole = g_strdup_printf("%s %s", recipient->diagnostic, source->human->str);
        set(&recipient->diagnostic, text_one_line(whole, REPORT_TEXT_MOST));
    }
    if (*recipient->status == '\0') set(&recipient->status, report_status_in(recipient->diagnostic));
    if (*recipient->reply == '\0') set(&recipient->reply, report_reply_in(recipient->diagnostic));
    if (*recipient->action == '\0') set(&recipient->action, g_strdup(report_text_is_delay(source) ? "delayed" : "failed"));
}

/* `words` is the function's to free. */
static void add(const ReportSource *source, Report *report, const char *address, char *words) {
    g_autofree char *owned = words;
    ReportRecipient *recipient = is_known(report, address) ? NULL : report_add(report);
    if (recipient == NULL) return;
    set(&recipient->address, g_strdup(address));
    if (owned != NULL) set(&recipient->diagnostic, g_steal_pointer(&owned));
    complete(source, recipient);
}

/* X-Failed-Recipients names them all; their words stand in the text. */
static void add_failed(const ReportSource *source, const GArray *mentions, Report *report) {
    g_auto(GStrv) words = g_strsplit_set(source->failed, ", \t\r\n", ADDRESSES_MOST);
    for (char **word = words; *word != NULL; word++) {
        g_autofree char *address = address_canonical(*word, NULL);
        char *behind = NULL;
        for (guint i = 0; address != NULL && behind == NULL && i < mentions->len; i++)
            if (strcmp(g_array_index(mentions, Mention, i).address, address) == 0) behind = words_behind(source, mentions, i);
        if (address != NULL) add(source, report, address, behind);
    }
}

typedef enum { BEGINS, BEGINS_OWN, ERRS } Choice;

static void add_mentioned(const ReportSource *source, const GArray *mentions, Report *report, Choice choice) {
    for (guint i = 0; i < mentions->len && report->recipients->len < REPORT_RECIPIENTS_MOST; i++) {
        const Mention *mention = &g_array_index(mentions, Mention, i);
        if (choice == ERRS ? !mention->errs : !mention->begins) continue;
        if (is_machine_address(mention->address) || (choice != BEGINS_OWN && is_own_recipient(source, mention->address) && !mention->errs)) continue;
        add(source, report, mention->address, words_behind(source, mentions, i));
    }
}

/* Nothing is said of whom: then of whom the returned message was for. */
void report_text_from_original(const ReportSource *source, Report *report, const char *action) {
    static const char *const names[] = {"\nx-hmxmroriginalrecipient:", "\nx-original-to:", "\ndelivered-to:", "\nto:", "\ncc:", "\nfor <", NULL};
    g_autofree char *head = g_strconcat("\n", source->original->str, NULL);
    for (const char *const *name = names; *name != NULL && report->recipients->len == 0; name++) {
        const char *line = strcasestr(head, *name);
        if (line == NULL) continue;
        const char *end = strchr(line + 1, '\n');
        for (const char *at = strchr(line, '@'); at != NULL && (end == NULL || at < end); at = strchr(at + 1, '@')) {
            const char *begin, *after;
            g_autofree char *address = address_around(line, at, &begin, &after);
            if (address != NULL) add(source, report, address, NULL);
        }
    }
    for (guint i = 0; action != NULL && i < report->recipients->len; i++) set(&((ReportRecipient *)report->recipients->pdata[i])->action, g_strdup(action));
}

/* Amazon SES tells of deliveries in JSON, sometimes as a text within JSON. Its keys are few; the rest is skipped over. */
static char *json_text(const char *from, const char *key) {
    g_autofree char *quoted = g_strdup_printf("\"%s\":\"", key);
    const char *at = strstr(from, quoted);
    if (at == NULL) return g_strdup("");
    at += strlen(quoted);
    return g_strndup(at, strcspn(at, "\""));
}

static void read_notification(const ReportSource *source, Report *report) {
    static const char *const lists[] = {"\"bouncedRecipients\":[", "\"complainedRecipients\":[", "\"recipients\":[", NULL};
    g_auto(GStrv) pieces = g_strsplit(source->human->str, "\\", -1);
    g_autofree char *plain = g_strjoinv("", pieces);
    g_autofree char *kind = json_text(plain, "notificationType");
    const char *list = NULL;
    for (const char *const *name = lists; list == NULL && *name != NULL; name++) list = strstr(plain, *name);
    if (list == NULL) return;
    g_autofree char *inside = g_strndup(strchr(list, '['), strcspn(strchr(list, '['), "]"));
    for (const char *at = strchr(inside, '@'); at != NULL; at = strchr(at + 1, '@')) {
        const char *begin, *after;
        g_autofree char *address = address_around(inside, at, &begin, &after);
        ReportRecipient *recipient = address != NULL && !is_known(report, address) ? report_add(report) : NULL;
        if (recipient == NULL) continue;
        const char *entry = begin;
        while (entry > inside && *entry != '{') entry--;
        set(&recipient->address, g_steal_pointer(&address));
        set(&recipient->status, json_text(entry, "status"));
        g_autofree char *words = json_text(entry, "diagnosticCode");
        set(&recipient->diagnostic, text_one_line(words, REPORT_TEXT_MOST));
        set(&recipient->reply, report_reply_in(words));
        set(&recipient->action, g_strdup(strcmp(kind, "Delivery") == 0 ? "delivered" : strcmp(kind, "Complaint") == 0 ? "complaint" : "failed"));
    }
}

void report_text_read(const ReportSource *source, Report *report) {
    g_autoptr(GArray) mentions = find_mentions(source);
    for (guint i = 0; i < report->recipients->len; i++) {
        ReportRecipient *recipient = report->recipients->pdata[i];
        for (guint j = 0; count_letters(recipient->diagnostic) < 8 && j < mentions->len; j++)
            if (g_ascii_strcasecmp(g_array_index(mentions, Mention, j).address, recipient->address) == 0)
                set(&recipient->diagnostic, words_behind(source, mentions, j));
        complete(source, recipient);
        for (guint j = 0; j < mentions->len; j++) {
            if (g_ascii_strcasecmp(g_array_index(mentions, Mention, j).address, recipient->address) != 0) continue;
            g_autofree char *words = words_behind(source, mentions, j);
            note_lateness(recipient, words);
        }
    }
    if (report->recipients->len > 0) return;
    if (strstr(source->human->str, "notificationType") != NULL) read_notification(source, report);
    if (report->recipients->len > 0) return;
    if (source->failed != NULL) add_failed(source, mentions, report);
    for (Choice choice = BEGINS; report->recipients->len == 0 && choice <= ERRS; choice++) add_mentioned(source, mentions, report, choice);
    if (report->recipients->len == 0) report_text_from_original(source, report, NULL);
}
