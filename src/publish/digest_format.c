#include "publish/digest_writer.h"

/* How bodies become a mail. Everything is text of short lines in UTF-8 or messages as they came, so 8bit is enough everywhere, and right for all. */

static const struct {
    const DigestWriter *writers[3];
    const char *type;
    bool boundary; /* the type has one */
} formats[FORMATS] = {
    [FORMAT_HTML] = {{&digest_writer_text, &digest_writer_html, NULL}, "multipart/alternative", true},
    [FORMAT_TEXT] = {{&digest_writer_text, NULL}, "text/plain; charset=utf-8; format=flowed", false},
    [FORMAT_MIME] = {{&digest_writer_mime, NULL}, "multipart/mixed", true},
    [FORMAT_RFC1153] = {{&digest_writer_rfc1153, NULL}, "text/plain; charset=utf-8", false},
};

const DigestWriter *const *digest_writers(DigestFormat format) { return formats[format].writers; }

char *digest_type(DigestFormat format, const char *boundary) {
    GString *fields = g_string_new(NULL);
    g_string_append_printf(fields, "Content-Type: %s", formats[format].type);
    if (formats[format].boundary) g_string_append_printf(fields, "; boundary=\"%s\"", boundary);
    g_string_append(fields, "\nContent-Transfer-Encoding: 8bit\n");
    return g_string_free(fields, FALSE);
}

char *digest_between(DigestFormat format, size_t index, const char *boundary) {
    static const char *const types[] = {"text/plain; charset=utf-8; format=flowed", "text/html; charset=utf-8"};
    if (format != FORMAT_HTML) return g_strdup("");
    if (index >= G_N_ELEMENTS(types)) return g_strdup_printf("\n--%s--\n", boundary);
    return g_strdup_printf("%s--%s\nContent-Type: %s\nContent-Transfer-Encoding: 8bit\n\n", index > 0 ? "\n" : "", boundary, types[index]);
}
