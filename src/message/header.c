#include "message/header.h"

/* What a stranger's mail calls a header may be anything, and three things hang on where we see its fields: the hash that makes
 * intake idempotent, the author's DKIM signature, and that nobody can plant a field or an end of header on the wire. So one
 * walk knows what a field is, and all surgery uses it; bytes are only copied, never parsed and written again. It looks at
 * every byte a fixed number of times. What it puts out is always a header to every reader: fields and their folded lines,
 * CRLF, no NUL, no bare CR or LF. */

enum { LINE_LONGEST = 998, FOLD_AFTER = 76, TEXT_LONGEST = 400, WORD_BYTES = 39 };

typedef enum {
    PIECE_MBOX,   /* the "From " line of an mbox, first of all */
    PIECE_FIELD,  /* name, colon, value, with its folded lines */
    PIECE_BROKEN, /* a line after a field that is none, with lines folded to it */
    PIECE_EMPTY,  /* the empty line: the body follows */
    PIECE_NONE    /* the header ends without one: end of bytes, or a first line that is no field */
} PieceKind;

typedef struct {
    const uint8_t *raw;
    size_t length, next; /* next: where the following piece begins */
    bool inside;         /* a field was seen: broken lines belong to the header */
    PieceKind kind;
    size_t start, name_length, value; /* value: behind the colon */
} Walk;

/* Behind the line end of the line at `from`: the next line, or the length. */
static size_t line_next(const Walk *walk, size_t from) {
    const uint8_t *end = memchr(walk->raw + from, '\n', walk->length - from);
    return end != NULL ? (size_t)(end - walk->raw) + 1 : walk->length;
}

/* Where the text of a line ends that goes up to `next`: before its LF, CR LF or CR CR LF. */
static size_t line_text_end(const Walk *walk, size_t from, size_t next) {
    if (next > from && walk->raw[next - 1] == '\n') next--;
    while (next > from && walk->raw[next - 1] == '\r') next--;
    return next;
}

static bool is_blank(uint8_t byte) { return byte == ' ' || byte == '\t'; }

static bool is_name_byte(uint8_t byte) { return byte > 32 && byte < 127 && byte != ':'; }

/* Fills name_length and value when the line is a field; obsolete blanks before the colon are allowed (RFC 5322 4.5). */
static bool read_name(Walk *walk, size_t next) {
    size_t at = walk->start;
    while (at < next && is_name_byte(walk->raw[at])) at++;
    walk->name_length = at - walk->start;
    while (at < next && is_blank(walk->raw[at])) at++;
    walk->value = at + 1;
    return walk->name_length > 0 && at < next && walk->raw[at] == ':';
}

static PieceKind kind_of_line(Walk *walk, size_t next) {
    if (next == walk->start) return PIECE_NONE;
    if (line_text_end(walk, walk->start, next) == walk->start) return PIECE_EMPTY;
    if (read_name(walk, next)) return PIECE_FIELD;
    if (walk->start == 0 && next >= 5 && memcmp(walk->raw, "From ", 5) == 0) return PIECE_MBOX;
    return walk->inside ? PIECE_BROKEN : PIECE_NONE;
}

/* The next piece of the header; false at its end, where kind is EMPTY or NONE and next is the first byte of the body. */
static bool walk_next(Walk *walk) {
    walk->start = walk->next;
    size_t next = walk->start < walk->length ? line_next(walk, walk->start) : walk->start;
    walk->kind = kind_of_line(walk, next);
    if (walk->kind == PIECE_NONE) return false;
    if (walk->kind == PIECE_FIELD || walk->kind == PIECE_BROKEN) {
        while (next < walk->length && is_blank(walk->raw[next])) next = line_next(walk, next);
        walk->inside = true;
    }
    walk->next = next;
    return walk->kind != PIECE_EMPTY;
}

static bool has_name(const Walk *walk, const char *name) {
    return walk->kind == PIECE_FIELD && strlen(name) == walk->name_length &&
           g_ascii_strncasecmp((const char *)walk->raw + walk->start, name, walk->name_length) == 0;
}

/* --- fields of our own --------------------------------------------------------------------------------------------- */

static bool is_clean(const char *text) {
    for (const char *c = text; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c)) return false;
    return true;
}

bool header_append(GString *block, const char *name, const char *value, GError **error) {
    size_t name_length = strlen(name), line = name_length + 1;
    bool good = name_length > 0 && is_clean(value);
    for (const char *c = name; *c != '\0'; c++) good = good && is_name_byte((uint8_t)*c);
    if (!good) return fault_set(error, FAULT_INTERNAL, "a header field with a character that cannot stand in one");
    g_autoptr(GString) field = g_string_new(name);
    g_string_append_c(field, ':');
    /* Word by word, each with the blanks before it; RFC 2047 wants lines with encoded words to end at 76. */
    for (const char *word = value; *word != '\0';) {
        size_t blanks = strspn(word, " "), length = blanks + strcspn(word + blanks, " ");
        size_t gap = word == value ? 1 : 0;
        if (word != value && blanks < length && line + length > FOLD_AFTER) {
            g_string_append(field, "\r\n");
            line = 0;
        }
        g_string_append_len(field, " ", (gssize)gap);
        g_string_append_len(field, word, (gssize)length);
        line += gap + length;
        if (line > LINE_LONGEST) return fault_set(error, FAULT_INTERNAL, "the header field %.40s has too long a line", name);
        word += length;
    }
    g_string_append_len(block, field->str, (gssize)field->len);
    g_string_append(block, "\r\n");
    return true;
}

/* Valid, bounded, on one line. */
static char *one_line(const char *text) {
    g_autofree char *piece = g_strndup(text, TEXT_LONGEST + 4);
    g_autofree char *valid = g_utf8_make_valid(piece, -1);
    GString *line = g_string_new(NULL);
    for (char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        GUnicodeType type = g_unichar_type(letter);
        bool control = type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
        if (line->len + (size_t)g_unichar_to_utf8(letter, NULL) > TEXT_LONGEST) break;
        g_string_append_unichar(line, control ? ' ' : letter);
    }
    return g_strstrip(g_string_free(line, FALSE));
}

/* Encoded words in base64 for all of a text: 39 octets each, so that one fits behind any field name of ours (RFC 2047, 2). */
static char *encoded(const char *line) {
    GString *words = g_string_new(NULL);
    for (const char *rest = line; *rest != '\0';) {
        size_t length = strnlen(rest, WORD_BYTES);
        while (rest[length] != '\0' && ((uint8_t)rest[length] & 0xC0) == 0x80) length--;
        g_autofree char *word = g_base64_encode((const guchar *)rest, length);
        g_string_append_printf(words, "%s=?UTF-8?B?%s?=", words->len > 0 ? " " : "", word);
        rest += length;
    }
    return g_string_free(words, FALSE);
}

/* ASCII that looks like an encoded word is encoded too: else a reader would show something that nobody wrote. */
static bool needs_encoding(const char *line) { return !g_str_is_ascii(line) || strstr(line, "=?") != NULL; }

char *header_text(const char *text) {
    g_autofree char *line = one_line(text);
    return needs_encoding(line) ? encoded(line) : g_steal_pointer(&line);
}

char *header_mailbox(const char *name, const char *canonical) {
    g_autofree char *line = one_line(name != NULL ? name : "");
    if (*line == '\0') return g_strdup(canonical);
    GString *mailbox = g_string_new(NULL);
    g_autofree char *words = needs_encoding(line) ? encoded(line) : NULL;
    if (words != NULL) {
        g_string_append(mailbox, words);
    } else if (line[strcspn(line, "()<>[]:;@\\,.\"")] == '\0') {
        g_string_append(mailbox, line);
    } else {
        g_string_append_c(mailbox, '"');
        for (const char *c = line; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\') g_string_append_c(mailbox, '\\');
            g_string_append_c(mailbox, *c);
        }
        g_string_append_c(mailbox, '"');
    }
    g_string_append_printf(mailbox, " <%s>", canonical);
    return g_string_free(mailbox, FALSE);
}

/* --- raw headers --------------------------------------------------------------------------------------------------- */

size_t header_end(const uint8_t *raw, size_t length) {
    Walk walk = {.raw = raw, .length = length};
    while (walk_next(&walk)) continue;
    return walk.next;
}

/* Put on top by the servers and filters on the way, differently for each delivery of the same message. */
static const char *const trace_fields[] = {
    "received", "x-received", "return-path", "delivered-to", "x-delivered-to", "x-original-to", "original-recipient",
    "envelope-to", "x-envelope-to", "x-envelope-from", "delivery-date", "received-spf", "authentication-results",
    "x-google-smtp-source", "arc-seal", "arc-message-signature", "arc-authentication-results",
    "x-virus-scanned", "x-virus-status", "x-spam-checker-version", "x-spam-flag", "x-spam-level", "x-spam-score",
    "x-spam-status", "x-spam-report", NULL};

size_t header_trace_length(const uint8_t *raw, size_t length) {
    Walk walk = {.raw = raw, .length = length};
    while (walk_next(&walk)) {
        /* A line that is no field stays with the field before it: what follows then begins with one, and is cut into head and body
         * where the whole is. */
        bool trace = walk.kind == PIECE_MBOX || walk.kind == PIECE_BROKEN;
        for (const char *const *name = trace_fields; *name != NULL && !trace; name++) trace = has_name(&walk, *name);
        if (!trace) return walk.start;
    }
    /* Nothing but trace: it is all that there is to tell this mail from another. */
    return walk.inside && walk.start < length ? walk.start : 0;
}

/* The lines of a piece from `from` on, each ended by CRLF; what can stand in no header line becomes a blank. */
static void copy_lines(GString *block, const Walk *walk, size_t from) {
    while (from < walk->next) {
        size_t next = MIN(line_next(walk, from), walk->next), end = line_text_end(walk, from, next), place = block->len;
        g_string_append_len(block, (const char *)walk->raw + from, (gssize)(end - from));
        for (; place < block->len; place++)
            if (block->str[place] == '\0' || block->str[place] == '\r') block->str[place] = ' ';
        g_string_append(block, "\r\n");
        from = next;
    }
}

GString *header_copy(const uint8_t *raw, size_t length, HeaderDrop drop, gpointer user) {
    Walk walk = {.raw = raw, .length = length};
    GString *block = g_string_new(NULL);
    while (walk_next(&walk)) {
        if (walk.kind == PIECE_MBOX) continue;
        if (walk.kind == PIECE_FIELD) {
            g_autofree char *name = g_ascii_strdown((const char *)raw + walk.start, (gssize)walk.name_length);
            if (drop != NULL && drop(name, user)) continue;
        } else {
            /* As a folded line of the field before it, it can end no header and plant no field. */
            g_string_append(block, block->len > 0 ? " " : "X-Broken-Header: ");
        }
        copy_lines(block, &walk, walk.start);
    }
    return block;
}

char *header_find(const uint8_t *raw, size_t length, const char *lower_name) {
    Walk walk = {.raw = raw, .length = length};
    while (walk_next(&walk)) {
        if (!has_name(&walk, lower_name)) continue;
        GString *value = g_string_new(NULL);
        for (size_t from = walk.value; from < walk.next;) {
            size_t next = line_next(&walk, from), end = line_text_end(&walk, from, next);
            g_string_append_len(value, (const char *)raw + from, (gssize)(end - from));
            from = next;
        }
        for (size_t i = 0; i < value->len; i++)
            if (value->str[i] == '\0' || value->str[i] == '\r') value->str[i] = ' ';
        while (value->len > 0 && is_blank((uint8_t)value->str[value->len - 1])) g_string_truncate(value, value->len - 1);
        return g_strchug(g_string_free(value, FALSE));
    }
    return NULL;
}
