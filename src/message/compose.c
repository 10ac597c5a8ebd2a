#include "message/compose.h"
#include "base/token.h"
#include "message/address.h"
#include "message/gmime.h"
#include "message/header.h"

/* GMime makes the MIME part of our mails; the fields of the head go through the one guard in header.c, since half of what is said in
 * them (a subject, a name, a message id) came from a stranger. An attached message is opaque here: it may be one of those
 * that GMime must not read. It goes out as message/rfc822, which allows no encoding (RFC 2046 5.2.1), if SMTP can carry it
 * as it is, else as a file in base64. */

enum { LINE_LONGEST = 998, ID_LONGEST = 250 };

static GMimeContentEncoding encoding_for(GBytes *attached) {
    size_t length, line = 0;
    const uint8_t *bytes = g_bytes_get_data(attached, &length);
    GMimeContentEncoding encoding = GMIME_CONTENT_ENCODING_7BIT;
    for (size_t i = 0; i < length; i++) {
        bool returns = bytes[i] == '\r', before_feed = i + 1 < length && bytes[i + 1] == '\n';
        if (bytes[i] == '\n' || (returns && before_feed)) {
            if (bytes[i] == '\n') line = 0;
            continue;
        }
        if (returns || bytes[i] == '\0' || ++line > LINE_LONGEST) return GMIME_CONTENT_ENCODING_BASE64;
        if (bytes[i] >= 128) encoding = GMIME_CONTENT_ENCODING_8BIT;
    }
    return encoding;
}

static GMimeObject *attachment_part(GBytes *attached, GMimeContentEncoding encoding) {
    bool as_file = encoding == GMIME_CONTENT_ENCODING_BASE64;
    GMimePart *part = as_file ? g_mime_part_new_with_type("application", "octet-stream") : g_mime_part_new_with_type("message", "rfc822");
    size_t length;
    const char *bytes = g_bytes_get_data(attached, &length);
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(bytes != NULL ? bytes : "", length);
    g_autoptr(GMimeDataWrapper) content =
        g_mime_data_wrapper_new_with_stream(stream, as_file ? GMIME_CONTENT_ENCODING_DEFAULT : encoding);
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, encoding);
    g_mime_object_set_disposition(GMIME_OBJECT(part), "attachment");
    g_mime_part_set_filename(part, "message.eml");
    return GMIME_OBJECT(part);
}

/* Line ends as LF, which the encoder knows as such. */
static char *plain_lines(const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *lines = g_string_sized_new(strlen(valid) + 1);
    for (const char *c = valid; *c != '\0'; c++) {
        if (*c == '\r' && c[1] == '\n') continue;
        g_string_append_c(lines, *c == '\r' ? '\n' : *c);
    }
    if (lines->len > 0 && lines->str[lines->len - 1] != '\n') g_string_append_c(lines, '\n');
    return g_string_free(lines, FALSE);
}

static GMimeObject *text_part(const char *text) {
    g_autofree char *lines = plain_lines(text);
    GMimePart *part = g_mime_part_new_with_type("text", "plain");
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(lines, strlen(lines));
    g_autoptr(GMimeDataWrapper) content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    return GMIME_OBJECT(part);
}

/* The boundary is a token: what is attached came from someone who would like to know it beforehand. */
static GMimeObject *whole_part(const Composition *composition) {
    g_autoptr(GMimeObject) text = text_part(composition->text != NULL ? composition->text : "");
    if (composition->attached == NULL) return g_steal_pointer(&text);
    GMimeContentEncoding encoding = encoding_for(composition->attached);
    g_autoptr(GMimeObject) attachment = attachment_part(composition->attached, encoding);
    GMimeMultipart *multipart = g_mime_multipart_new_with_subtype("mixed");
    g_autofree char *boundary = token_new();
    g_mime_multipart_set_boundary(multipart, boundary);
    g_mime_multipart_add(multipart, text);
    g_mime_multipart_add(multipart, attachment);
    if (encoding == GMIME_CONTENT_ENCODING_8BIT)
        g_mime_object_set_header(GMIME_OBJECT(multipart), "Content-Transfer-Encoding", "8bit", NULL);
    return GMIME_OBJECT(multipart);
}

/* Content-* fields, empty line, content; CRLF. */
static GBytes *written(GMimeObject *object) {
    g_autoptr(GMimeFormatOptions) format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
    g_mime_object_write_to_stream(object, format, stream);
    GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    return g_bytes_new(array->data, array->len);
}

static bool append_mailbox(GString *head, const char *field, const char *name, const char *address, GError **error) {
    if (!address_is_canonical(address)) return fault_set(error, FAULT_INTERNAL, "%s of a mail of ours is no canonical address", field);
    g_autofree char *mailbox = header_mailbox(name, address);
    return header_append(head, field, mailbox, error);
}

static bool append_people(GString *head, const Composition *composition, GError **error) {
    const Composition *c = composition;
    if (!append_mailbox(head, "From", c->from_name, c->from_address, error)) return false;
    if (c->to_address == NULL) {
        if (!header_append(head, "To", "undisclosed-recipients:;", error)) return false;
    } else if (!append_mailbox(head, "To", c->to_name, c->to_address, error)) {
        return false;
    }
    return c->reply_to == NULL || append_mailbox(head, "Reply-To", NULL, c->reply_to, error);
}

/* A stranger's message id goes into our head only if it is one. */
static bool is_message_id(const char *id) {
    if (*id == '\0' || strlen(id) > ID_LONGEST) return false;
    for (const char *c = id; *c != '\0'; c++)
        if (!g_ascii_isgraph(*c) || *c == '<' || *c == '>') return false;
    return true;
}

static bool append_identity(GString *head, const Composition *composition, GError **error) {
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(composition->date);
    if (when == NULL) return fault_set(error, FAULT_INTERNAL, "a mail of ours with no possible date");
    if (!is_message_id(composition->message_id)) return fault_set(error, FAULT_INTERNAL, "a mail of ours with a bad Message-ID");
    g_autofree char *date = g_mime_utils_header_format_date(when);
    g_autofree char *id = g_strdup_printf("<%s>", composition->message_id);
    g_autofree char *subject = header_text(composition->subject != NULL ? composition->subject : "");
    if (!header_append(head, "Subject", subject, error) || !header_append(head, "Date", date, error) ||
        !header_append(head, "Message-ID", id, error))
        return false;
    if (composition->in_reply_to == NULL || !is_message_id(composition->in_reply_to)) return true;
    g_autofree char *parent = g_strdup_printf("<%s>", composition->in_reply_to);
    return header_append(head, "In-Reply-To", parent, error) && header_append(head, "References", parent, error);
}

/* Answering machines keep quiet for the first (RFC 3834), the second (Exchange), or the third (older ones). */
static bool append_manners(GString *head, const Composition *composition, GError **error) {
    if (!header_append(head, "Auto-Submitted", "auto-generated", error) ||
        !header_append(head, "X-Auto-Response-Suppress", "All", error) || !header_append(head, "Precedence", "bulk", error))
        return false;
    if (composition->list_id != NULL && !header_append(head, "List-Id", composition->list_id, error)) return false;
    if (composition->unsubscribe == NULL) return true;
    if (!address_is_canonical(composition->unsubscribe)) return fault_set(error, FAULT_INTERNAL, "no address to unsubscribe at");
    g_autofree char *escaped = g_uri_escape_string(composition->unsubscribe, "@+", FALSE);
    g_autofree char *value = g_strdup_printf("<mailto:%s>", escaped);
    return header_append(head, "List-Unsubscribe", value, error);
}

static bool append_fields(GString *block, const Composition *composition, GError **error) {
    return append_people(block, composition, error) && append_identity(block, composition, error) && append_manners(block, composition, error) &&
           header_append(block, "MIME-Version", "1.0", error);
}

GBytes *compose_head(const Composition *composition, const char *type, GError **error) {
    g_mime_init();
    g_autoptr(GString) block = g_string_new(NULL);
    if (!append_fields(block, composition, error)) return NULL;
    g_auto(GStrv) lines = g_strsplit(type, "\n", -1);
    for (char **line = lines; **line != '\0'; line++) {
        g_auto(GStrv) field = g_strsplit(*line, ": ", 2);
        if (!header_append(block, field[0], field[1], error)) return NULL;
    }
    g_string_append(block, "\r\n");
    return g_string_free_to_bytes(g_steal_pointer(&block));
}

bool compose_mail(const Composition *composition, GBytes **head, GBytes **body, GError **error) {
    g_mime_init();
    g_autoptr(GString) block = g_string_new(NULL);
    if (!append_fields(block, composition, error)) return false;
    g_autoptr(GMimeObject) part = whole_part(composition);
    g_autoptr(GBytes) mime = written(part);
    size_t length;
    const uint8_t *bytes = g_bytes_get_data(mime, &length);
    size_t end = header_end(bytes, length);
    g_string_append_len(block, (const char *)bytes, (gssize)end);
    *head = g_string_free_to_bytes(g_steal_pointer(&block));
    *body = g_bytes_new_from_bytes(mime, end, length - end);
    return true;
}

char *compose_message_id(const char *domain) {
    g_autofree char *token = token_new();
    return g_strconcat(token, "@", domain, NULL);
}
