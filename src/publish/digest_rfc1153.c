#include "message/rewrite.h"
#include "message/text.h"
#include "publish/digest_parts.h"

/* The old digest, for programs that take it apart again. They look for rules of 30 hyphens, or, as formail does, for an empty line with header fields below
 * it; so where a text has such a line, a blank is put in front of it (RFC 1153 would have one hyphen become a blank). */

enum { LINE_MOST = 900, NAME_MOST = 80, SUBJECT_MOST = 200, RULE = 30, RULE_FIRST = 70 };

static void append_rule(GString *out, int length, char sign) {
    for (int i = 0; i < length; i++) g_string_append_c(out, sign);
    g_string_append_c(out, '\n');
}

static bool is_rule(const char *line, size_t length) { return length >= RULE && strspn(line, "-") >= length; }

/* A field's name and colon, as any program might see one. */
static bool is_field(const char *line, size_t length) {
    size_t name = 0;
    while (name < length && line[name] > ' ' && line[name] < 127 && line[name] != ':') name++;
    return name > 0 && name < length && line[name] == ':';
}

/* Every text is appended below an empty line. */
static bool begins_message(const GString *out, const char *line, size_t length) {
    bool below_empty = out->len >= 2 && memcmp(out->str + out->len - 2, "\n\n", 2) == 0 && is_field(line, length);
    return below_empty || is_rule(line, length) || g_str_has_prefix(line, "From ") || g_str_has_prefix(line, ">From ");
}

/* Behind the last blank, else between letters. */
static size_t break_at(const char *line) {
    size_t most = (size_t)(g_utf8_find_prev_char(line, line + LINE_MOST + 1) - line), part = most;
    while (part > 0 && line[part - 1] != ' ') part--;
    return part > 0 ? part : most;
}

static void append_line(GString *out, const char *line, size_t length) {
    if (begins_message(out, line, length)) g_string_append_c(out, ' ');
    while (length > LINE_MOST) {
        size_t part = break_at(line);
        g_string_append_len(out, line, (gssize)part);
        g_string_append_c(out, '\n');
        line += part;
        length -= part;
    }
    g_string_append_len(out, line, (gssize)length);
    g_string_append_c(out, '\n');
}

static void append_text(GString *out, const char *text) {
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        append_line(out, line, length);
        line += length + (line[length] == '\n');
    }
}

static void append_mailbox(GString *out, const char *field, const char *name, const char *address) {
    g_autofree char *line = text_one_line(name != NULL ? name : "", NAME_MOST);
    g_strdelimit(line, "\"\\<>", ' ');
    g_strstrip(line);
    if (*line != '\0') g_string_append_printf(out, "%s: \"%s\" <%s>\n", field, line, address);
    else g_string_append_printf(out, "%s: %s\n", field, address);
}

/* As RFC 5322 has it, whatever language the program runs in. */
static void append_date(GString *out, int64_t at) {
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(at);
    if (when == NULL) return;
    g_string_append_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\n", days[g_date_time_get_day_of_week(when) - 1],
                           g_date_time_get_day_of_month(when), months[g_date_time_get_month(when) - 1], g_date_time_get_year(when),
                           g_date_time_get_hour(when), g_date_time_get_minute(when), g_date_time_get_second(when));
}

static void append_head(GString *out, const DigestFrame *frame, const DigestEntry *entry) {
    const Post *post = entry->post;
    g_autofree char *group = rewrite_address(entry->group->name, NULL, frame->config->domain);
    g_autofree char *subject = text_one_line(post->subject != NULL ? post->subject : "", SUBJECT_MOST);
    g_autofree char *id = text_one_line(post->message_id != NULL ? post->message_id : "", SUBJECT_MOST);
    append_date(out, post->date != 0 ? post->date : post->accepted_at);
    append_mailbox(out, "From", post->author_name, post->author_address != NULL && *post->author_address != '\0' ? post->author_address : "undisclosed:;");
    append_mailbox(out, "To", entry->group->title, group);
    g_string_append_printf(out, "Subject: %s\n", *subject != '\0' ? subject : digest_word(frame->words, "no-subject"));
    if (*id != '\0') g_string_append_printf(out, "Message-ID: <%s>\n", id);
    g_string_append(out, "Content-Type: text/plain; charset=utf-8\n\n");
}

static char *same(const char *text) { return g_strdup(text); }

/* All that was written: whoever takes a digest apart wants the messages. */
static GPtrArray *post_pieces(const DigestFrame *frame, const DigestEntry *entry, GBytes *raw G_GNUC_UNUSED) {
    static const DigestStyle plain = {DIGEST_TXT, same};
    g_autofree char *text = text_many_lines(entry->post->text != NULL ? entry->post->text : ""), *files = digest_files(&plain, frame, entry->post);
    GString *out = g_string_sized_new(strlen(text) + 600);
    append_head(out, frame, entry);
    append_text(out, text);
    append_text(out, files);
    g_string_append_c(out, '\n');
    append_rule(out, RULE, '-');
    g_string_append_c(out, '\n');
    GPtrArray *pieces = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(pieces, g_string_free(out, FALSE));
    return pieces;
}

/* Nothing may stand behind the last message, so the closing is told first. */
static char *opening(const DigestMail *mail) {
    g_autofree char *first = digest_writer_text.opening(mail), *last = digest_writer_text.closing(mail);
    GString *out = g_string_new(NULL);
    append_text(out, first);
    append_text(out, last);
    g_string_append_c(out, '\n');
    append_rule(out, RULE_FIRST, '-');
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

static char *closing(const DigestMail *mail) {
    g_autofree char *name = text_one_line(mail->frame->config->name, NAME_MOST), *end = g_strdup_printf("End of %s Digest", name);
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s\n", end);
    append_rule(out, (int)g_utf8_strlen(end, -1), '*');
    return g_string_free(out, FALSE);
}

const DigestWriter digest_writer_rfc1153 = {.opening = opening, .post = post_pieces, .closing = closing};
