#include "message/header.h"
#include "publish/digest_flow.h"
#include "publish/digest_writer.h"

/* Whole messages (RFC 2046, 5.1.5): between the contents and the closing, which are text, stands a multipart/digest of what came in, without the trace of how
 * it came. Its boundary is not the other's with something behind it: programs look for lines that begin with one. */

enum { LINE_LONGEST = 998, BASE64_LINE = 72 };

static const char text_fields[] = "Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: 8bit\n";

static char *opening(const DigestMail *mail) {
    const char *boundary = mail->frame->boundary;
    g_autofree char *text = digest_writer_text.opening(mail);
    return g_strdup_printf("--%s\n%s\n%s\n--%s\nContent-Type: multipart/digest; boundary=\"d-%s\"\nContent-Transfer-Encoding: 8bit\n\n", boundary, text_fields,
                           text, boundary, boundary);
}

static char *closing(const DigestMail *mail) {
    const char *boundary = mail->frame->boundary;
    g_autofree char *text = digest_writer_text.closing(mail);
    return g_strdup_printf("--d-%s--\n\n--%s\n%s\n%s\n--%s--\n", boundary, boundary, text_fields, text, boundary);
}

/* Whether it can go as it is: a message/rfc822 may not be encoded (RFC 2046, 5.2.1). */
static bool is_clean(const char *bytes, size_t length) {
    size_t line = 0;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\0' || (bytes[i] == '\r' && (i + 1 == length || bytes[i + 1] != '\n'))) return false;
        line = bytes[i] == '\n' ? 0 : line + (bytes[i] != '\r');
        if (line > LINE_LONGEST) return false;
    }
    return true;
}

static void append_lines(GString *out, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != '\r') g_string_append_c(out, bytes[i]);
}

/* What no mail may hold goes as a file. */
static void append_file(GString *out, const char *bytes, size_t length) {
    g_autofree char *encoded = g_base64_encode((const guchar *)bytes, length);
    g_string_append(out, "Content-Type: application/octet-stream; name=\"message.eml\"\nContent-Disposition: attachment; filename=\"message.eml\"\n"
                         "Content-Transfer-Encoding: base64\n\n");
    for (size_t left = strlen(encoded), at = 0; left > 0;) {
        size_t part = MIN(left, BASE64_LINE);
        g_string_append_len(out, encoded + at, (gssize)part);
        g_string_append_c(out, '\n');
        at += part;
        left -= part;
    }
}

static GPtrArray *post_pieces(const DigestFrame *frame, const DigestEntry *entry G_GNUC_UNUSED, GBytes *raw) {
    GPtrArray *pieces = g_ptr_array_new_with_free_func(g_free);
    size_t length = 0;
    const char *bytes = raw != NULL ? g_bytes_get_data(raw, &length) : NULL;
    size_t trace = length > 0 ? header_trace_length((const uint8_t *)bytes, length) : 0;
    GString *out = g_string_sized_new(length + 200);
    g_string_append_printf(out, "--d-%s\n", frame->boundary);
    if (length > 0 && is_clean(bytes + trace, length - trace)) {
        g_string_append(out, "Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n");
        append_lines(out, bytes + trace, length - trace);
    } else {
        append_file(out, length > 0 ? bytes + trace : "", length - trace);
    }
    g_string_append_c(out, '\n'); /* of the next boundary */
    g_ptr_array_add(pieces, g_string_free(out, FALSE));
    return pieces;
}

const DigestWriter digest_writer_mime = {.opening = opening, .post = post_pieces, .closing = closing, .raw_wanted = true};
