#include "message/words.h"
#include "message/text.h"
#include <stdbool.h>

/* GMime believes the label of an encoded word and writes question marks where it is wrong. So words are decoded to bytes
 * here, those that follow each other with one label are joined first (many programs cut between bytes, not letters), and
 * text_decode finds out what they are. */

enum { LABEL_LONGEST = 40 };

typedef struct {
    char label[LABEL_LONGEST + 1];
    char encoding; /* 'b' or 'q' */
    const char *text;
    size_t length;
    const char *end; /* after ?= */
} Word;

/* The encoded word at `from`, which points to "=?". */
static bool word_at(const char *from, Word *word) {
    size_t label = strcspn(from + 2, "?* \t");
    const char *mark = from + 2 + label;
    if (label == 0 || label > LABEL_LONGEST) return false;
    if (*mark == '*') mark += strcspn(mark, "? \t"); /* a language: RFC 2231, 5. */
    if (mark[0] != '?' || strchr("bBqQ", mark[1]) == NULL || mark[1] == '\0' || mark[2] != '?') return false;
    memcpy(word->label, from + 2, label);
    word->label[label] = '\0';
    word->encoding = g_ascii_tolower(mark[1]);
    word->text = mark + 3;
    word->length = strcspn(word->text, "?");
    word->end = word->text + word->length + 2;
    return word->text[word->length] == '?' && word->text[word->length + 1] == '=';
}

static void append_bytes(GByteArray *bytes, const Word *word) {
    if (word->encoding == 'b') {
        g_autofree guchar *decoded = g_malloc(word->length / 4 * 3 + 6);
        gint state = 0;
        guint save = 0;
        gsize length = g_base64_decode_step(word->text, word->length, decoded, &state, &save);
        g_byte_array_append(bytes, decoded, (guint)length);
        return;
    }
    for (size_t i = 0; i < word->length; i++) {
        const char *c = word->text + i;
        guint8 byte = *c == '_' ? ' ' : (guint8)*c;
        if (*c == '=' && i + 2 < word->length && g_ascii_isxdigit(c[1]) && g_ascii_isxdigit(c[2])) {
            byte = (guint8)(g_ascii_xdigit_value(c[1]) * 16 + g_ascii_xdigit_value(c[2]));
            i += 2;
        }
        g_byte_array_append(bytes, &byte, 1);
    }
}

static bool next_word(const char *end, Word *next) {
    const char *from = end + strspn(end, " \t");
    return from[0] == '=' && from[1] == '?' && word_at(from, next);
}

/* Writes the words that follow each other from `word` on as one, for GMime reads two as one stream of base64, which ends where the first is padded;
 * where they end. */
static const char *append_run(GString *line, Word word) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (bool more = true; more;) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        Word next = word;
        do append_bytes(bytes, &next), word.end = next.end;
        while ((more = next_word(word.end, &next)) && g_ascii_strcasecmp(next.label, word.label) == 0);
        g_autofree char *part = text_decode(bytes->data, bytes->len, word.label);
        g_string_append(text, part);
        if (more) word = next;
    }
    g_autofree char *encoded = g_base64_encode((const guchar *)text->str, text->len);
    if (text->len > 0) g_string_append_printf(line, "=?utf-8?B?%s?=", encoded);
    return word.end;
}

char *words_normal(const char *raw) {
    g_autoptr(GString) unfolded = g_string_new(NULL);
    for (const char *c = raw; *c != '\0'; c++)
        if (*c != '\r' && *c != '\n') g_string_append_c(unfolded, *c);
    g_autofree char *valid = g_strstrip(text_decode((const uint8_t *)unfolded->str, unfolded->len, NULL));
    GString *line = g_string_new(NULL);
    for (const char *c = valid; *c != '\0';) {
        Word word;
        if (c[0] == '=' && c[1] == '?' && word_at(c, &word)) c = append_run(line, word);
        else g_string_append_c(line, *c++);
    }
    return g_string_free(line, FALSE);
}
