#include "message/report_text.h"
#include <string.h>
#include "message/address.h"
#include "message/report_evidence.h"
#include "message/report_notification.h"
#include "message/text.h"

/* Where a server writes no fields: a list of addresses, each with what was said of it, and then the message that came back. */

enum { LINES_MOST = 400, READ_MOST = 65536, ADDRESSES_MOST = 200, LABEL_MOST = 60 };

/* --- splitting --- */

/* Where the message that came back begins. */
static const char *const delimiters[] = {"this is a copy of", "below this line is a copy", "the header of the original", "header of the original", "message headers follow", "message header follows", "headers of the original", "original message follows", "original message headers", "original message header",
                                         "unsent message", "returned message", "copy of the message", "copy of your message", "included is a copy", "undelivered message", "start of returned message", "your original message", "begin message header", "received message headers", "message text follows", "original mail", "undelivered message", "original message", "αρχικο μηνυμα", NULL};

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
    if (at - first > 5 && g_ascii_strncasecmp(first, "SMTP=", 5) == 0) first += 5; /* of an address of X.400 */
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

/* The transcript of a sendmail ends what it tells of a recipient with its own verdict: 550 5.1.1 <maria@dimos.gr>... User unknown */
static bool is_verdict(const char *line, const char *begin) {
    const char *c = line + strspn(line, " \t");
    size_t digits = strspn(c, "0123456789"), dots = strcspn(begin, " \t\n");
    if (digits != 3 || strchr("45", *c) == NULL || g_strstr_len(begin, (gssize)dots, "...") == NULL) return false;
    c += 3 + strspn(c + 3, " -");
    c += strspn(c, "0123456789.");
    return c + strspn(c, " <") == begin;
}

/* What stands right before an address, as far as a label goes: a line may be long, and have many. */
static bool is_behind(const char *line, const char *begin, const char *const *endings) {
    const char *end = begin;
    while (end > line && strchr(" \t<\"'([", end[-1]) != NULL) end--;
    g_autofree char *before = g_utf8_make_valid(MAX(line, end - LABEL_MOST), end - MAX(line, end - LABEL_MOST)), *folded = text_fold(before);
    for (const char *const *ending = endings; *ending != NULL; ending++)
        if (g_str_has_suffix(folded, *ending)) return true;
    return false;
}

/* An address that a line begins with is spoken of; in the middle it is merely mentioned. */
static bool begins_line(const char *line, const char *begin) {
    static const char *const labels[] = {"to:", "recipient:", "recipient", "recipients:", "failed recipient:", "the e-mail address", "final recipient:", "rcpt to:", "in: rcpt to:", "address:", "email:", "unable to deliver to:", "undeliverable to", "invalid recipient", "user", "delivery failed for the following recipients:", "delivery failed:", "recipient address:", "mailbox:", "παραληπτησ:",
                                         "intended recipient:", "undeliverable address:", "failed address:", "failed addresses:", "addressed to", "a message addressed to", "error-for:", "unable to deliver message to", "unable to deliver message to:", "unable to deliver your message to", "sorry, unable to deliver your message to", "could not deliver message to",
                                         "your message could not be delivered to", "a message could not be delivered to:", "user's mailbox is full:", "mailbox is full:", "unknown user:", "no such user:", "unknown recipient:", "you are not a member of this mailing list", "duplicated message-id in", "ο λογαριασμοσ", "ο χρηστησ", "το γραμματοκιβωτιο του χρηστη", "η διευθυνση", "προσ:", "παραληπτεσ:", "η παραδοση απετυχε στον παραληπτη:", "empfanger:", "destinataire:", "destinatario:", NULL};
    /* What may stand in the middle of a sentence, or of a line that says more of the one before. */
    static const char *const endings[] = {" addressed to", "addressed to:", "delivery userid:", "smtp=", "dda:", " μηνυματοσ στο", " μηνυματοσ στη", " μηνυματοσ στον", " μηνυματοσ στην", " μηνυματοσ προσ", " στη διευθυνση",
                                          " παραδοθηκε στο", " παραδοθηκε στη", " παραδοθηκε στον", " παραδοθηκε στην", " παραδοθηκε προσ", NULL};
    size_t skip = strspn(line, " \t<>*-\"'(\u00ab[");
    if (line + skip >= begin) return true;
    size_t length = (size_t)(begin - line - (ptrdiff_t)skip);
    while (length > 0 && strchr(" \t<\"'([", line[skip + length - 1]) != NULL) length--;
    if (length == 0 || is_behind(line, begin, endings)) return true;
    if (length > LABEL_MOST) return false;
    g_autofree char *before = g_utf8_make_valid(line + skip, (gssize)length), *folded = text_fold(before);
    for (const char *const *label = labels; *label != NULL; label++)
        if (strcmp(folded, *label) == 0 && strcmp(folded, "to:") != 0) return true;
    return false;
}

static bool has_error_word(const char *line) {
    static const char *const words[] = {"rcpt to", "unknown", "rejected", "not exist", "not a valid", "no such", "failed", "not found", "unavailable", "disabled", "quota", "mailbox", "deliver", "recipient", "undeliverable", "full", "refused", "denied", "blocked", "δεν ", "απενεργοποι", "γεματο", NULL};
    g_autofree char *piece = g_utf8_make_valid(line, (gssize)strcspn(line, "\n"));
    g_autofree char *folded = text_fold(piece), *reply = report_reply_in(piece);
    return *reply != '\0' || report_says(folded, words);
}

/* A label that is the reason, too. */
static bool has_reason(const char *line, const char *begin) {
    static const char *const words[] = {"full", "unknown", "no such", "invalid", "αγνωστ", NULL};
    g_autofree char *before = g_utf8_make_valid(line, begin - line), *folded = text_fold(before);
    return report_says(folded, words);
}

typedef struct {
    char *address;
    const char *line, *after; /* where it stands in the text */
    bool begins, errs, verdict, reasoned; /* reasoned: the label before it says why */
    bool alias, to;                       /* what the address before it was reached by; behind a "To:", which may be the message's */
} Mention;

static void mention_clear(gpointer data) { g_free(((Mention *)data)->address); }

static const char *const aliases[] = {"(expanded from:", "expanded from:", "generated from", "originally addressed to", NULL};
static const char *const to_labels[] = {"to:", NULL};

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
            mention.verdict = is_verdict(line, begin);
            mention.alias = is_behind(line, begin, aliases);
            mention.to = is_behind(line, begin, to_labels);
            mention.begins = !mention.alias && (mention.verdict || begins_line(line, begin));
            mention.reasoned = mention.begins && has_reason(line, begin);
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

/* --- reasons --- */

static size_t count_letters(const char *text) {
    size_t letters = 0;
    for (const char *c = text; *c != '\0'; c++) letters += g_ascii_isalpha(*c) || (*c & 0x80) != 0;
    return letters;
}

static bool is_whole_verdict(const char *line) { return g_ascii_isdigit(line[0]) && g_ascii_isdigit(line[1]) && g_ascii_isdigit(line[2]) && g_strstr_len(line, (gssize)strcspn(line, "\n"), "... ") != NULL; }

/* Behind it stands what is written under every mail there. */
static void end_at_ruler(char *piece) {
    for (char *line = strchr(piece, '\n'); line != NULL; line = strchr(line + 1, '\n'))
        if (g_str_has_prefix(line + 1, "________")) {
            *line = '\0';
            return;
        }
}

/* In a transcript the dialogue goes before the verdict: from where it begins, or from the verdict on somebody else. NULL: there is none. */
static char *words_before(const ReportSource *source, const Mention *mention) {
    const char *from = mention->line;
    bool talks = false, others = false;
    while (from > source->human->str && !talks) {
        const char *before = from - 1;
        while (before > source->human->str && before[-1] != '\n') before--;
        size_t length = strcspn(before, "\n");
        talks = g_strstr_len(before, (gssize)length, "hile talking to ") != NULL;
        others = is_whole_verdict(before) && memchr(before, '@', length) != NULL;
        if (others || before[strspn(before, " \t\r-")] == '\n' || g_str_has_prefix(before + strspn(before, " \t"), "---")) break;
        from = before;
    }
    if (from == mention->line && !others) return NULL;
    g_autofree char *piece = g_utf8_make_valid(from, (gssize)(mention->line - from) + (gssize)strcspn(mention->line, "\n"));
    return text_one_line(piece, REPORT_TEXT_MOST);
}

/* The verdict on an address, where there is one; else where it was first told of. */
static guint index_of_verdict(const GArray *mentions, guint index) {
    for (guint i = index; i < mentions->len; i++) {
        const Mention *other = &g_array_index(mentions, Mention, i);
        if (other->verdict && strcmp(other->address, g_array_index(mentions, Mention, index).address) == 0) return i;
    }
    return index;
}

/* How programs write down a dialogue: what they asked, what they were answered. */
static const struct {
    const char *asked, *answered;
} dialogues[] = {{">>> ", "<<< "}, {"--> ", "<-- "}};

/* The last refusal in MDaemon's transcript, in which every line begins with a time; NULL: there is none. */
static char *refusal_in(const char *piece) {
    const char *refusal = NULL;
    for (const char *answer = strstr(piece, "<-- "); answer != NULL; answer = strstr(answer + 4, "<-- "))
        if (strchr("45", answer[4]) != NULL && answer[4] != '\0') refusal = answer + 4;
    return refusal != NULL ? g_strndup(refusal, strcspn(refusal, "\n")) : NULL;
}

/* What stands behind an address until the next one that begins a line. */
static char *words_behind(const ReportSource *source, const GArray *mentions, guint index) {
    const Mention *mention = &g_array_index(mentions, Mention, index_of_verdict(mentions, index));
    char *dialogue = mention->verdict ? words_before(source, mention) : NULL;
    if (dialogue != NULL) return dialogue;
    const char *from = mention->begins && !mention->reasoned ? mention->after : mention->line, *to = source->human->str + source->human->len;
    for (guint i = index + 1; i < mentions->len; i++) {
        const Mention *next = &g_array_index(mentions, Mention, i);
        if (next->begins && next->line > mention->line && strcmp(next->address, mention->address) != 0) {
            to = next->line;
            break;
        }
    }
    g_autofree char *piece = g_utf8_make_valid(from, to - from);
    end_at_ruler(piece);
    g_autofree char *refusal = refusal_in(piece);
    const char *words = refusal != NULL ? refusal : piece + strspn(piece, ">:;,. \t\r\n");
    return text_one_line(words, REPORT_TEXT_MOST);
}

/* Whether the recipient's server had taken him at RCPT: what it says afterwards is said of the message, or by a filter of his. */
static bool came_late(const char *words) {
    static const char *const marks[] = {"in reply to end of data", "in reply to data", "after end of data", "smtp command data", "after pipelined end of data", "after sending data block", NULL};
    for (const char *const *mark = marks; *mark != NULL; mark++)
        if (strcasestr(words, *mark) != NULL) return true;
    for (size_t i = 0; i < G_N_ELEMENTS(dialogues); i++) {
        g_autofree char *refused = g_strconcat(dialogues[i].answered, "5", NULL);
        const char *answer = strstr(words, refused), *asked = NULL;
        for (const char *command = strstr(words, dialogues[i].asked); command != NULL && (answer == NULL || command < answer); command = strstr(command + 4, dialogues[i].asked)) asked = command + 4;
        if (answer != NULL && asked != NULL && (g_str_has_prefix(asked, "DATA") || g_str_has_prefix(asked, "."))) return true;
    }
    return false;
}

static void note_lateness(ReportRecipient *recipient, const char *words) {
    bool late = came_late(words), early = !late && strcasestr(words, "rcpt") != NULL;
    if ((!late && !early) || came_late(recipient->diagnostic) || strcasestr(recipient->diagnostic, "rcpt") != NULL) return;
    g_autofree char *whole = g_strdup_printf("%s (in reply to %s)", recipient->diagnostic, late ? "DATA" : "RCPT");
    report_set(&recipient->diagnostic, text_one_line(whole, REPORT_TEXT_MOST));
}

/* Sentences before the list of recipients that say of each of them what the fields do not (mobile carriers; groupware in its own language). */
static const char *const forewords[] = {"the user(s) account is ", "the users account is ", "the user account is ", "the recipient's mailbox is ", "the recipient mailbox is ", "the recipient's account is ", "το γραμματοκιβωτιο του παραληπτη ειναι ", "ο λογαριασμοσ του παραληπτη ειναι ", NULL};

static void note_foreword(const ReportSource *source, ReportRecipient *recipient) {
    if (*recipient->status != '\0' && !g_str_has_suffix(recipient->status, ".0.0")) return;
    g_autofree char *human = report_beginning(source->human->str);
    const char *end = strchr(human, '@');
    for (const char *const *words = forewords; *words != NULL; words++) {
        const char *at = strstr(human, *words);
        if (at == NULL || (end != NULL && at > end)) continue;
        g_autofree char *whole = g_strdup_printf("%s (%.*s)", recipient->diagnostic, (int)MIN(strcspn(at, ".\n"), 120), at);
        report_set(&recipient->diagnostic, text_one_line(whole, REPORT_TEXT_MOST));
        return;
    }
}

/* What is said of all: with several recipients only what stands up to the first, lest one be blamed for another's fault. */
static char *common_words(const ReportSource *source, const GArray *mentions) {
    const Mention *first = NULL;
    for (guint i = 0; i < mentions->len; i++) {
        const Mention *mention = &g_array_index(mentions, Mention, i);
        if (!mention->begins || is_own_recipient(source, mention->address)) continue;
        if (first == NULL) first = mention;
        else if (strcmp(first->address, mention->address) != 0) return g_strndup(source->human->str, (gsize)(first->after - source->human->str));
    }
    return g_strdup(source->human->str);
}

/* Some say the reason first, and then to whom it applies. */
static void complete(const ReportSource *source, const char *common, ReportRecipient *recipient) {
    note_foreword(source, recipient);
    g_autofree char *code = report_reply_in(recipient->diagnostic), *number = report_status_in(recipient->diagnostic);
    if (count_letters(recipient->diagnostic) < 8 || (*code == '\0' && *number == '\0' && *recipient->status == '\0' && !has_error_word(recipient->diagnostic))) {
        g_autofree char *whole = g_strdup_printf("%s %s", recipient->diagnostic, common);
        report_set(&recipient->diagnostic, text_one_line(whole, REPORT_TEXT_MOST));
    }
    if (*recipient->status == '\0') report_set(&recipient->status, report_status_in(recipient->diagnostic));
    if (*recipient->reply == '\0') report_set(&recipient->reply, report_reply_in(recipient->diagnostic));
    if (*recipient->action == '\0') report_set(&recipient->action, g_strdup(report_is_delay(source) ? "delayed" : "failed"));
}

/* `words` is the function's to free. */
static void add(const ReportSource *source, Report *report, const char *common, const char *address, char *words) {
    g_autofree char *owned = words;
    ReportRecipient *recipient = report_knows(report, address) ? NULL : report_add(report);
    if (recipient == NULL) return;
    report_set(&recipient->address, g_strdup(address));
    if (owned != NULL) report_set(&recipient->diagnostic, g_steal_pointer(&owned));
    complete(source, common, recipient);
}

/* X-Failed-Recipients names them all; their words stand in the text. */
static void add_failed(const ReportSource *source, const GArray *mentions, const char *common, Report *report) {
    g_auto(GStrv) words = g_strsplit_set(source->failed, ", \t\r\n", ADDRESSES_MOST);
    for (char **word = words; *word != NULL; word++) {
        g_autofree char *address = address_canonical(*word, NULL);
        char *behind = NULL;
        for (guint i = 0; address != NULL && behind == NULL && i < mentions->len; i++)
            if (strcmp(g_array_index(mentions, Mention, i).address, address) == 0) behind = words_behind(source, mentions, i);
        if (address != NULL) add(source, report, common, address, behind);
    }
}

typedef enum { BEGINS, BEGINS_OWN, ERRS, ALIAS, TO } Choice;

static bool is_chosen(const Mention *mention, Choice choice) {
    const bool chosen[] = {[BEGINS] = mention->begins, [BEGINS_OWN] = mention->begins, [ERRS] = mention->errs, [ALIAS] = mention->alias, [TO] = mention->to};
    return chosen[choice];
}

static ReportRecipient *recipient_of(const Report *report, const char *address) {
    for (guint i = 0; i < report->recipients->len; i++) {
        ReportRecipient *recipient = report->recipients->pdata[i];
        if (g_ascii_strcasecmp(recipient->address, address) == 0) return recipient;
    }
    return NULL;
}

/* Whom we had written to, where that was passed on: fields seldom say it (Exim's and sendmail's text does). */
static void note_aliases(const GArray *mentions, const Report *report) {
    ReportRecipient *before = NULL;
    for (guint i = 0; i < mentions->len; i++) {
        const Mention *mention = &g_array_index(mentions, Mention, i);
        ReportRecipient *here = recipient_of(report, mention->address);
        if (mention->alias && here == NULL && before != NULL && *before->original == '\0') report_set(&before->original, g_strdup(mention->address));
        if (here != NULL) before = here;
    }
}

static void add_mentioned(const ReportSource *source, const GArray *mentions, const char *common, Report *report, Choice choice) {
    for (guint i = 0; i < mentions->len && report->recipients->len < REPORT_RECIPIENTS_MOST; i++) {
        const Mention *mention = &g_array_index(mentions, Mention, i);
        if (!is_chosen(mention, choice)) continue;
        if (is_machine_address(mention->address) || (choice != BEGINS_OWN && is_own_recipient(source, mention->address) && !mention->errs)) continue;
        add(source, report, common, mention->address, words_behind(source, mentions, i));
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
            if (address != NULL) add(source, report, source->human->str, address, NULL);
        }
    }
    for (guint i = 0; action != NULL && i < report->recipients->len; i++) report_set(&((ReportRecipient *)report->recipients->pdata[i])->action, g_strdup(action));
}

static void read_recipients(const ReportSource *source, const GArray *mentions, Report *report) {
    g_autofree char *common = common_words(source, mentions);
    end_at_ruler(common);
    for (guint i = 0; i < report->recipients->len; i++) {
        ReportRecipient *recipient = report->recipients->pdata[i];
        for (guint j = 0; count_letters(recipient->diagnostic) < 8 && j < mentions->len; j++)
            if (g_ascii_strcasecmp(g_array_index(mentions, Mention, j).address, recipient->address) == 0)
                report_set(&recipient->diagnostic, words_behind(source, mentions, j));
        complete(source, common, recipient);
        for (guint j = 0; j < mentions->len; j++) {
            if (g_ascii_strcasecmp(g_array_index(mentions, Mention, j).address, recipient->address) != 0) continue;
            g_autofree char *words = words_behind(source, mentions, j);
            note_lateness(recipient, words);
        }
    }
    if (report->recipients->len > 0) return;
    report_notification_read(source->human->str, report);
    if (report->recipients->len > 0) return;
    if (source->failed != NULL) add_failed(source, mentions, common, report);
    for (Choice choice = BEGINS; report->recipients->len == 0 && choice <= ALIAS; choice++) add_mentioned(source, mentions, common, report, choice);
    if (report->recipients->len == 0) report_text_from_original(source, report, NULL);
    if (report->recipients->len == 0) add_mentioned(source, mentions, common, report, TO);
}

void report_text_read(const ReportSource *source, Report *report) {
    g_autoptr(GArray) mentions = find_mentions(source);
    read_recipients(source, mentions, report);
    note_aliases(mentions, report);
}
