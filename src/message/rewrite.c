#include "message/rewrite.h"
#include "message/gmime.h"
#include "message/header.h"

/* What we add stands on top, as a server's trace does: a signature covers the fields below it, so the author's still verifies.
 * What we take out is what would speak for another list, or act on the way to a member: a Delivered-To makes the next Postfix
 * that meets the same address again return the mail as a loop (local(8), pipe(8)), a Return-Path belongs to the last
 * delivery, and a request for a receipt would bring the author one answer from every member. */

const char *const rewrite_loop_field = "X-Diktyo-Loop";

static const char *const dropped_fields[] = {
    "archived-at", "bcc", "precedence", "return-path", "delivered-to", "x-original-to", "envelope-to",
    "disposition-notification-to", "return-receipt-to", NULL};

typedef struct {
    bool message_id, subject; /* replaced by one of ours */
} Replaced;

static bool is_dropped(const char *name, gpointer user) {
    const Replaced *replaced = user;
    if (g_str_has_prefix(name, "list-")) return true;
    if (strcmp(name, "message-id") == 0) return replaced->message_id;
    if (strcmp(name, "subject") == 0) return replaced->subject;
    return g_strv_contains(dropped_fields, name);
}

char *rewrite_address(const char *group, const char *word, const char *domain) {
    return g_strconcat(group, word != NULL ? "-" : "", word != NULL ? word : "", "@", domain, NULL);
}

/* The field names of RFC 2369 and the subaddress that each of them names. */
static const struct {
    const char *field, *word;
} list_fields[] = {{"List-Post", NULL},          {"List-Help", "help"},    {"List-Subscribe", "join"},
                   {"List-Unsubscribe", "leave"}, {"List-Owner", "owner"}};

static const char unsubscribe[] = "List-Unsubscribe";

char *rewrite_unsubscribe(const char *group, const char *key, const char *domain) {
    return g_strdup_printf("%s: <mailto:%s-leave%s%s@%s>\r\n", unsubscribe, group, key != NULL ? "+" : "", key != NULL ? key : "", domain);
}

GBytes *rewrite_filled(GBytes *head, size_t slot, const char *field) {
    size_t length;
    const char *bytes = g_bytes_get_data(head, &length);
    g_autoptr(GString) filled = g_string_new_len(bytes, (gssize)MIN(slot, length));
    g_string_append(filled, field);
    g_string_append_len(filled, bytes + MIN(slot, length), (gssize)(length - MIN(slot, length)));
    return g_string_free_to_bytes(g_steal_pointer(&filled));
}

static bool append_list_fields(GString *block, const Config *config, const Group *group, size_t *slot, GError **error) {
    g_autofree char *address = rewrite_address(group->name, NULL, config->domain);
    g_autofree char *list = g_strdup_printf("%s.%s", group->name, config->domain);
    g_autofree char *titled = header_mailbox(group->title, list);
    g_autofree char *list_id = strcmp(titled, list) == 0 ? g_strdup_printf("<%s>", list) : g_steal_pointer(&titled);
    if (!header_append(block, rewrite_loop_field, address, error)) return false;
    if (!header_append(block, "List-Id", list_id, error)) return false;
    for (size_t i = 0; i < G_N_ELEMENTS(list_fields); i++) {
        if (strcmp(list_fields[i].field, unsubscribe) == 0) {
            *slot = block->len;
            continue;
        }
        g_autofree char *to = rewrite_address(group->name, list_fields[i].word, config->domain);
        bool closed = list_fields[i].word == NULL && group->posting == POSTING_OWNERS;
        g_autofree char *value = closed ? g_strdup("NO") : g_strdup_printf("<mailto:%s>", to);
        if (!header_append(block, list_fields[i].field, value, error)) return false;
    }
    return header_append(block, "Precedence", "list", error);
}

/* The Subject with the group's tag before what the author wrote (his bytes, charset unknown to us). NULL: it stays as it is:
 * the tag is in it already, as in every answer, or with it the field could not be written. */
static GString *tagged_subject(const char *tag, const Letter *letter, const char *raw_subject) {
    g_autofree char *marked = *tag == '[' ? g_strdup(tag) : g_strdup_printf("[%s]", tag);
    const char *written = raw_subject != NULL ? raw_subject : "";
    const char *read = letter != NULL && letter->subject != NULL ? letter->subject : written;
    g_autofree char *read_folded = g_utf8_casefold(g_utf8_validate(read, -1, NULL) ? read : "", -1);
    g_autofree char *tag_folded = g_utf8_casefold(marked, -1);
    if (strstr(read_folded, tag_folded) != NULL) return NULL;
    /* Blanks between two encoded words are not shown, so the one between tag and subject goes into the first. */
    bool joined = !g_str_is_ascii(marked) && g_str_has_prefix(written, "=?");
    g_autofree char *spaced = joined ? g_strconcat(marked, "\302\240", NULL) : g_strdup(marked);
    g_autofree char *safe = header_text(spaced);
    g_autofree char *value = g_strconcat(safe, " ", written, NULL);
    for (char *c = value; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c)) *c = ' ';
    g_autoptr(GString) field = g_string_new(NULL);
    if (!header_append(field, "Subject", g_strchomp(value), NULL)) return NULL;
    return g_steal_pointer(&field);
}

static bool append_date(GString *block, int64_t at, GError **error) {
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(at);
    if (when == NULL) return fault_set(error, FAULT_INTERNAL, "a post accepted at no possible time");
    g_autofree char *date = g_mime_utils_header_format_date(when);
    return header_append(block, "Date", date, error);
}

/* G-reply+NUMBER is one digest's way to one post: in the copies stands the group itself, so that who answers them all answers the group. */
static gboolean group_itself(const GMatchInfo *match, GString *to, gpointer domain) {
    g_autofree char *group = g_match_info_fetch(match, 1);
    g_autofree char *lower = g_ascii_strdown(group, -1);
    g_string_append_printf(to, "%s@%s", lower, (const char *)domain);
    return FALSE;
}

static GString *without_reply_addresses(GString *head, const char *domain) {
    static const char *const fields[] = {"to:", "cc:", "reply-to:", NULL};
    if (strlen(head->str) != head->len || strstr(head->str, "reply+") == NULL) return head;
    g_autofree char *escaped = g_regex_escape_string(domain, -1);
    g_autofree char *pattern = g_strdup_printf("([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)[-+]reply\\+[0-9]+@%s(?![a-z0-9.-])", escaped);
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_CASELESS | G_REGEX_RAW, G_REGEX_MATCH_DEFAULT, NULL);
    GString *made = g_string_sized_new(head->len);
    bool inside = false;
    for (const char *line = head->str, *next; *line != '\0'; line = next) {
        const char *end = strchr(line, '\n');
        next = end != NULL ? end + 1 : line + strlen(line);
        g_autofree char *text = g_strndup(line, (size_t)(next - line));
        if (*line != ' ' && *line != '\t') inside = false;
        for (const char *const *field = fields; *field != NULL; field++) inside = inside || g_ascii_strncasecmp(line, *field, strlen(*field)) == 0;
        g_autofree char *changed = inside ? g_regex_replace_eval(regex, text, -1, 0, G_REGEX_MATCH_DEFAULT, group_itself, (gpointer)(uintptr_t)domain, NULL) : NULL;
        g_string_append(made, changed != NULL ? changed : text);
    }
    g_string_free(head, TRUE);
    return made;
}

static bool append_answered(GString *block, const char *answered, const uint8_t *bytes, size_t length, GError **error) {
    if (answered == NULL) return true;
    g_autofree char *answers = header_find(bytes, length, "in-reply-to"), *references = header_find(bytes, length, "references");
    if (answers != NULL || references != NULL) return true;
    g_autofree char *value = g_strdup_printf("<%s>", answered);
    return header_append(block, "In-Reply-To", value, error);
}

GBytes *rewrite_post(const Config *config, const Group *group, const Letter *letter, GBytes *raw, const char *message_id,
                     const char *answered, int64_t accepted_at, size_t *slot, GError **error) {
    size_t length;
    const uint8_t *bytes = g_bytes_get_data(raw, &length);
    g_autoptr(GString) block = g_string_new(NULL);
    if (!append_list_fields(block, config, group, slot, error)) return NULL;
    Replaced replaced = {.message_id = letter == NULL || letter->message_id == NULL};
    if (replaced.message_id) {
        g_autofree char *value = g_strdup_printf("<%s>", message_id);
        if (!header_append(block, "Message-ID", value, error)) return NULL;
    }
    if (!append_answered(block, answered, bytes, length, error)) return NULL;
    g_autofree char *date = header_find(bytes, length, "date");
    if (date == NULL && !append_date(block, accepted_at, error)) return NULL;
    if (group->subject_tag != NULL && *group->subject_tag != '\0') {
        g_autofree char *raw_subject = header_find(bytes, length, "subject");
        g_autoptr(GString) subject = tagged_subject(group->subject_tag, letter, raw_subject);
        replaced.subject = subject != NULL;
        if (subject != NULL) g_string_append_len(block, subject->str, (gssize)subject->len);
    }
    g_autoptr(GString) kept = without_reply_addresses(header_copy(bytes, length, is_dropped, &replaced), config->domain);
    g_string_append_len(block, kept->str, (gssize)kept->len);
    g_string_append(block, "\r\n");
    return g_string_free_to_bytes(g_steal_pointer(&block));
}

static size_t put(uint8_t *to, size_t at, const void *bytes, size_t length) {
    if (to != NULL) memcpy(to + at, bytes, length);
    return length;
}

/* A line that has a CR: CR CR LF (some gateways double the CR) is one line end, a CR without LF is one of its own. */
static size_t line_with_returns(const uint8_t *from, size_t length, bool feed, uint8_t *to, size_t at) {
    size_t count = 0, returns = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && from[i] == '\r') {
            returns++;
            continue;
        }
        for (size_t ends = i == length && feed ? 1 : returns; ends > 0; ends--) count += put(to, at + count, "\r\n", 2);
        returns = 0;
        if (i < length) count += put(to, at + count, from + i, 1);
    }
    return count;
}

/* Fills `to` when it is not NULL; the count is the same either way. */
static size_t canonical_lines(const uint8_t *from, size_t length, uint8_t *to) {
    size_t count = 0;
    for (const uint8_t *line = from, *end = from + length, *feed; line < end; line = feed != NULL ? feed + 1 : end) {
        feed = memchr(line, '\n', (size_t)(end - line));
        size_t letters = (size_t)((feed != NULL ? feed : end) - line);
        if (memchr(line, '\r', letters) != NULL) {
            count += line_with_returns(line, letters, feed != NULL, to, count);
            continue;
        }
        count += put(to, count, line, letters);
        if (feed != NULL) count += put(to, count, "\r\n", 2);
    }
    return count;
}

bool rewrite_has_canonical_lines(const void *text, size_t length) {
    for (const char *line = text, *end = line + length, *feed; line < end; line = feed + 1) {
        feed = memchr(line, '\n', (size_t)(end - line));
        if (feed == NULL || memchr(line, '\r', (size_t)(feed - line)) != feed - 1) return false;
    }
    return true;
}

GBytes *rewrite_body(GBytes *raw) {
    size_t length;
    const uint8_t *bytes = g_bytes_get_data(raw, &length);
    if (length == 0) return g_bytes_ref(raw);
    size_t start = header_end(bytes, length);
    if (rewrite_has_canonical_lines(bytes + start, length - start)) return g_bytes_new_from_bytes(raw, start, length - start);
    bool ended = start == length || bytes[length - 1] == '\n' || bytes[length - 1] == '\r';
    size_t count = canonical_lines(bytes + start, length - start, NULL), whole = count + (ended ? 0 : 2);
    uint8_t *body = g_malloc(whole);
    canonical_lines(bytes + start, length - start, body);
    if (!ended) memcpy(body + count, "\r\n", 2);
    return g_bytes_new_take(body, whole);
}
