#include "message/report_text.h"
#include "message/address.h"
#include "message/report_evidence.h"
#include "message/text.h"
#include <string.h>

/* Structure goes before words: where a server wrote the fields of RFC 3464, they hold. But servers write them into parts of the wrong type,
 * behind a boundary that is another's, or in the text itself; so fields are sought wherever they may stand. */

enum { FIELD_MOST = 4096, GROUPS_MOST = 200 };

void report_source_init(ReportSource *source) {
    *source = (ReportSource){.status = g_string_new(NULL), .human = g_string_new(NULL), .original = g_string_new(NULL), .feedback = g_string_new(NULL)};
}

void report_source_clear(ReportSource *source) {
    GString *texts[] = {source->status, source->human, source->original, source->feedback};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_string_free(texts[i], TRUE);
    char *fields[] = {source->from, source->subject, source->return_path, source->failed};
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) g_free(fields[i]);
}

static void recipient_free(gpointer data) {
    ReportRecipient *recipient = data;
    char *texts[] = {recipient->address, recipient->original, recipient->action, recipient->status, recipient->reply, recipient->diagnostic};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    g_free(recipient);
}

Report *report_new(ReportKind kind, const char *form) {
    Report *report = g_new0(Report, 1);
    report->kind = kind;
    report->form = g_strdup(form);
    report->recipients = g_ptr_array_new_with_free_func(recipient_free);
    return report;
}

void report_free(Report *report) {
    if (report == NULL) return;
    g_ptr_array_unref(report->recipients);
    g_free(report->message_id);
    g_free(report->form);
    g_free(report);
}

void report_set(char **slot, char *value) {
    g_free(*slot);
    *slot = value;
}

bool report_knows(const Report *report, const char *address) {
    for (guint i = 0; i < report->recipients->len; i++)
        if (g_ascii_strcasecmp(((const ReportRecipient *)report->recipients->pdata[i])->address, address) == 0) return true;
    return false;
}

ReportRecipient *report_add(Report *report) {
    if (report->recipients->len >= REPORT_RECIPIENTS_MOST) return NULL;
    ReportRecipient *recipient = g_new0(ReportRecipient, 1);
    char **texts[] = {&recipient->address, &recipient->original, &recipient->action, &recipient->status, &recipient->reply, &recipient->diagnostic};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) *texts[i] = g_strdup("");
    g_ptr_array_add(report->recipients, recipient);
    return recipient;
}

/* --- numbers in words --- */

static bool is_word_edge(char c) { return !g_ascii_isalnum(c) && c != '.'; }

/* Class, subject, detail; a fourth number would make it an address of the network, or a version. */
static size_t status_length(const char *text) {
    if (strchr("245", *text) == NULL || *text == '\0' || text[1] != '.') return 0;
    size_t at = 2, digits = 0;
    while (g_ascii_isdigit(text[at]) && digits < 3) at++, digits++;
    if (digits == 0 || text[at] != '.') return 0;
    at++;
    for (digits = 0; g_ascii_isdigit(text[at]) && digits < 3; digits++) at++;
    bool ends = !g_ascii_isalnum(text[at]) && (text[at] != '.' || !g_ascii_isdigit(text[at + 1]));
    return digits > 0 && ends ? at : 0;
}

/* In a transcript a 2.1.5 goes before the 5.7.1 that it is about: a failure counts first. */
char *report_status_in(const char *text) {
    char *success = NULL;
    for (const char *c = text; *c != '\0'; c++) {
        size_t length = c == text || is_word_edge(c[-1]) ? status_length(c) : 0;
        if (length > 0 && *c != '2') {
            g_free(success);
            return g_strndup(c, length);
        }
        if (length > 0 && success == NULL) success = g_strndup(c, length);
    }
    return success != NULL ? success : g_strdup("");
}

char *report_reply_in(const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        if ((*c != '4' && *c != '5') || (c > text && !is_word_edge(c[-1])) || (c > text && c[-1] == '-')) continue;
        if (!g_ascii_isdigit(c[1]) || c[1] > '7' || !g_ascii_isdigit(c[2]) || g_ascii_isalnum(c[3]) || (c[3] == '.' && g_ascii_isdigit(c[4]))) continue;
        if (c[3] == '\0' || strchr(" -:\t\r\n,;)\"'", c[3]) != NULL) return g_strndup(c, 3);
    }
    return g_strdup("");
}

/* --- fields --- */

/* The next field of a text, unfolded; false at the end of the group (an empty line) or of the text. */
static bool next_field(const char **at, char **name, char **value) {
    const char *line = *at;
    size_t length = strcspn(line, "\n"), colon = strcspn(line, ":\n");
    if (line[strspn(line, " \t\r")] == '\n' || *line == '\0') return false;
    GString *joined = g_string_new_len(line + MIN(colon + 1, length), (gssize)(length - MIN(colon + 1, length)));
    *name = line[colon] == ':' ? g_ascii_strdown(line, (gssize)colon) : g_strdup("");
    for (line += length + (line[length] == '\n'); *line == ' ' || *line == '\t'; line += length + (line[length] == '\n')) {
        length = strcspn(line, "\n");
        if (line[strspn(line, " \t\r")] == '\n') break;
        if (joined->len < FIELD_MOST) g_string_append_len(joined, line, (gssize)MIN(length, FIELD_MOST));
    }
    *at = line;
    *value = g_strstrip(g_string_free(joined, FALSE));
    return true;
}

static unsigned hex_in(const char *digits, size_t length) {
    unsigned value = 0;
    for (size_t i = 0; i < length; i++) value = value << 4 | (unsigned)g_ascii_xdigit_value(digits[i]);
    return value;
}

/* RFC 6533 3: utf-8-addr-xtext, \x{3BC}. Whoever knows UTF-8 writes it as it is. */
static char *unescaped(const char *text) {
    GString *plain = g_string_new(NULL);
    for (const char *c = text; *c != '\0';) {
        size_t digits = g_str_has_prefix(c, "\\x{") ? strspn(c + 3, "0123456789abcdefABCDEF") : 0;
        unsigned letter = digits >= 2 && digits <= 6 && c[3 + digits] == '}' ? hex_in(c + 3, digits) : 0;
        if (letter > 0x20 && letter != 0x7f && g_unichar_validate(letter)) {
            g_string_append_unichar(plain, letter);
            c += digits + 4;
        } else g_string_append_c(plain, *c++);
    }
    return g_string_free(plain, FALSE);
}

/* "rfc822; <Maria@dimos.gr>": without its type, comments and brackets. */
static char *address_of(const char *value) {
    const char *semicolon = strchr(value, ';');
    g_autofree char *text = unescaped(semicolon != NULL ? semicolon + 1 : value);
    g_strstrip(text);
    const char *open = strrchr(text, '<');
    g_autofree char *bare = open != NULL ? g_strndup(open + 1, strcspn(open + 1, ">")) : g_strdup(text);
    bare[strcspn(bare, " \t(")] = '\0';
    char *canonical = address_canonical(bare, NULL);
    return canonical != NULL ? canonical : text_one_line(bare, 200);
}

static const char *behind_type(const char *value) {
    size_t word = strcspn(value, "; \t");
    return value[word] == ';' ? value + word + 1 : value;
}

typedef struct {
    char *final, *original, *actual, *action, *status, *diagnostic, *category;
} Group;

static void read_field(Group *group, const char *name, const char *value) {
    static const struct {
        const char *name;
        size_t slot;
    } known[] = {{"final-recipient", offsetof(Group, final)},       {"original-recipient", offsetof(Group, original)},
                 {"x-actual-recipient", offsetof(Group, actual)},   {"action", offsetof(Group, action)},
                 {"status", offsetof(Group, status)},               {"diagnostic-code", offsetof(Group, diagnostic)},
                 {"x-powermta-bouncecategory", offsetof(Group, category)}};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (strcmp(name, known[i].name) == 0) {
            char **slot = (char **)(void *)((char *)group + known[i].slot);
            if (*slot == NULL) *slot = g_strdup(value);
        }
}

static void add_group(const Group *group, Report *report) {
    const char *who = group->final != NULL ? group->final : group->actual != NULL ? group->actual : group->original;
    ReportRecipient *recipient = who != NULL ? report_add(report) : NULL;
    if (recipient == NULL) return;
    report_set(&recipient->address, address_of(who));
    /* A server that hides its own names: what we sent to stands in the other field. */
    if (strchr(recipient->address, '@') == NULL && group->original != NULL) report_set(&recipient->address, address_of(group->original));
    if (strchr(recipient->address, '@') == NULL && group->actual != NULL) report_set(&recipient->address, address_of(group->actual));
    if (group->original != NULL) report_set(&recipient->original, address_of(group->original));
    if (strcmp(recipient->original, recipient->address) == 0) report_set(&recipient->original, g_strdup(""));
    if (group->action != NULL) {
        g_autofree char *lower = g_ascii_strdown(group->action, -1);
        lower[strcspn(lower, " \t(;/,")] = '\0';
        report_set(&recipient->action, text_one_line(lower, 40));
    }
    if (group->status != NULL) report_set(&recipient->status, report_status_in(group->status));
    if (group->diagnostic != NULL) {
        const char *words = behind_type(group->diagnostic);
        report_set(&recipient->diagnostic, text_one_line(words, REPORT_TEXT_MOST));
        report_set(&recipient->reply, report_reply_in(words));
    }
    if (group->category != NULL) {
        g_autofree char *whole = g_strdup_printf("%s (category %s)", recipient->diagnostic, group->category);
        report_set(&recipient->diagnostic, text_one_line(whole, REPORT_TEXT_MOST));
    }
    if (*recipient->reply == '\0' && group->status != NULL) report_set(&recipient->reply, report_reply_in(group->status));
}

static void group_clear(Group *group) {
    char *texts[] = {group->final, group->original, group->actual, group->action, group->status, group->diagnostic, group->category};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    *group = (Group){0};
}

static bool same_address(const ReportRecipient *one, const ReportRecipient *other) { return g_ascii_strcasecmp(one->address, other->address) == 0; }

/* Some repeat a group; a recipient that is told of twice is one. */
static void drop_repeated(Report *report) {
    for (guint i = report->recipients->len; i-- > 1;)
        for (guint j = 0; j < i; j++)
            if (same_address(report->recipients->pdata[i], report->recipients->pdata[j])) {
                g_ptr_array_remove_index(report->recipients, i);
                break;
            }
}

static void read_status(const char *text, Report *report) {
    const char *at = text;
    for (int groups = 0; *at != '\0' && groups < GROUPS_MOST; groups++) {
        Group group = {0};
        char *name, *value;
        while (next_field(&at, &name, &value)) {
            /* Two recipients without an empty line between them. */
            if (strcmp(name, "final-recipient") == 0 && group.final != NULL) {
                add_group(&group, report);
                group_clear(&group);
            }
            read_field(&group, name, value);
            g_free(name);
            g_free(value);
        }
        add_group(&group, report);
        group_clear(&group);
        at += strcspn(at, "\n");
        at += strspn(at, " \t\r\n");
    }
    drop_repeated(report);
}

/* --- the message it is about --- */

static void read_original(const ReportSource *source, Report *report) {
    const char *at = source->original->str;
    char *name, *value;
    while (next_field(&at, &name, &value)) {
        if (strcmp(name, "message-id") == 0 && report->message_id == NULL && *value != '\0') {
            const char *open = strchr(value, '<');
            g_autofree char *id = open != NULL ? g_strndup(open + 1, strcspn(open + 1, ">")) : g_strdup(value);
            report->message_id = text_one_line(id, 250);
        }
        g_free(name);
        g_free(value);
    }
}

/* --- complaints --- */

static Report *read_feedback(const ReportSource *source) {
    Report *report = report_new(REPORT_FEEDBACK, "rfc5965");
    const char *at = source->feedback->str;
    char *name, *value;
    while (*at != '\0') {
        if (!next_field(&at, &name, &value)) {
            at += strcspn(at, "\n");
            at += strspn(at, " \t\r\n");
            continue;
        }
        bool who = strcmp(name, "original-rcpt-to") == 0 || strcmp(name, "removal-recipient") == 0;
        ReportRecipient *recipient = who ? report_add(report) : NULL;
        if (recipient != NULL) {
            report_set(&recipient->address, address_of(value));
            report_set(&recipient->action, g_strdup("complaint"));
        }
        g_free(name);
        g_free(value);
    }
    drop_repeated(report);
    if (report->recipients->len == 0) report_text_from_original(source, report, "complaint");
    read_original(source, report);
    return report;
}

/* A reader's program that was told to unsubscribe, and writes as if it were an answer. */
static Report *read_farewell(const ReportSource *source) {
    Report *report = report_new(REPORT_FEEDBACK, "text");
    ReportRecipient *recipient = source->from != NULL ? report_add(report) : NULL;
    if (recipient == NULL) return report;
    report_set(&recipient->address, address_of(source->from));
    report_set(&recipient->action, g_strdup("complaint"));
    return report;
}

/* Hotmail's complaints have no part of their own. */
static bool is_complaint(const ReportSource *source) {
    return source->from != NULL && strcasestr(source->from, "staff@hotmail.com") != NULL && source->subject != NULL &&
           strcasestr(source->subject, "complaint about message from") != NULL && source->original->len > 0;
}

/* Servers that filter for their users refuse with a receipt (RFC 5429, 2.1.2), and so does Dovecot for a full mailbox: it was deleted, by no person. */
static bool is_refusing_receipt(const ReportSource *source) {
    static const char *const words[] = {"automatically rejected", "automatically refused", "απορριφθηκε αυτοματα", NULL};
    g_autofree char *human = report_beginning(source->human->str);
    return strcasestr(source->status->str, "automatic-action/") != NULL && strcasestr(source->status->str, "deleted") != NULL && report_says(human, words);
}

Report *report_read(ReportSource *source) {
    if (source->feedback->len > 0 || is_complaint(source)) return read_feedback(source);
    if (source->unsubscribes) return read_farewell(source);
    bool refused = source->is_receipt && is_refusing_receipt(source);
    if (source->is_receipt && !refused) return report_new(REPORT_AUTO_REPLY, "rfc8098");
    bool evident = refused || report_is_evident(source);
    if (evident || source->is_report) report_text_split(source);
    if (source->status->len > 0 && (evident || source->is_report)) {
        g_autoptr(Report) report = report_new(REPORT_DELIVERY, refused ? "rfc8098" : "rfc3464");
        read_status(source->status->str, report);
        if (report->recipients->len > 0) {
            report_text_read(source, report);
            read_original(source, report);
            return g_steal_pointer(&report);
        }
    }
    if (evident) {
        g_autoptr(Report) report = report_new(REPORT_DELIVERY, "text");
        report_text_read(source, report);
        read_original(source, report);
        /* Its own addresses follow, for help and for the owner. */
        if (source->of_list && report->recipients->len > 1) g_ptr_array_set_size(report->recipients, 1);
        if (report->recipients->len > 0 || source->is_report || !source->replied) return g_steal_pointer(&report);
    }
    return report_is_auto_reply(source) ? report_new(REPORT_AUTO_REPLY, "rfc3834") : NULL;
}
