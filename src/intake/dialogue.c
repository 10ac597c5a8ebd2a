#include "intake/dialogue.h"
#include <string.h>

typedef enum { NOTHING, ANYTHING, PATH_FROM, PATH_TO } Argument;

static const struct {
    const char *word;
    Saying saying;
    Argument argument;
} commands[] = {
    {"LHLO", SAYS_LHLO, ANYTHING}, {"HELO", SAYS_HELO, ANYTHING}, {"EHLO", SAYS_HELO, ANYTHING}, {"MAIL", SAYS_MAIL, PATH_FROM},
    {"RCPT", SAYS_RCPT, PATH_TO},  {"DATA", SAYS_DATA, NOTHING},  {"RSET", SAYS_RSET, NOTHING},  {"NOOP", SAYS_NOOP, ANYTHING},
    {"VRFY", SAYS_VRFY, ANYTHING}, {"QUIT", SAYS_QUIT, NOTHING},
};

/* To the > that stands outside quotes; NULL when there is none. */
static const char *end_of_path(const char *from) {
    bool quoted = false;
    for (const char *c = from; *c != '\0'; c++) {
        if (quoted && *c == '\\' && c[1] != '\0')
            c++;
        else if (*c == '"')
            quoted = !quoted;
        else if (*c == '>' && !quoted)
            return c;
    }
    return NULL;
}

/* What was offered (RFC 1870, 6152, 6531), and nothing else: an extension that we do not know may change what the mail means. */
static bool take_parameters(Said *said, const char *rest) {
    g_auto(GStrv) words = g_strsplit(rest, " ", -1);
    for (char **word = words; *word != NULL; word++) {
        gint64 size;
        if (**word == '\0') continue;
        if (said->saying != SAYS_MAIL) return false;
        if (g_ascii_strncasecmp(*word, "SIZE=", 5) == 0) {
            if (!g_ascii_string_to_signed(*word + 5, 10, 0, G_MAXINT64, &size, NULL)) return false;
            said->size = size;
        } else if (g_ascii_strcasecmp(*word, "BODY=7BIT") != 0 && g_ascii_strcasecmp(*word, "BODY=8BITMIME") != 0 &&
                   g_ascii_strcasecmp(*word, "SMTPUTF8") != 0)
            return false;
    }
    return true;
}

static bool take_path(Said *said, const char *rest, const char *keyword) {
    if (g_ascii_strncasecmp(rest, keyword, strlen(keyword)) != 0) return false;
    for (rest += strlen(keyword); *rest == ' '; rest++) continue;
    if (*rest != '<') return false;
    const char *end = end_of_path(rest + 1);
    if (end == NULL || (end[1] != '\0' && end[1] != ' ')) return false;
    said->path = g_strndup(rest + 1, (gsize)(end - rest - 1));
    return take_parameters(said, end + 1);
}

Said dialogue_read(const char *line, size_t length) {
    Said said = {.saying = SAYS_UNKNOWN};
    for (size_t i = 0; i < length; i++)
        if (g_ascii_iscntrl(line[i])) return (Said){.saying = SAYS_BAD_WORDS};
    g_autofree char *text = g_strndup(line, length);
    const char *rest = text + strcspn(text, " ");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        size_t word = strlen(commands[i].word);
        if ((size_t)(rest - text) != word || g_ascii_strncasecmp(text, commands[i].word, word) != 0) continue;
        while (*rest == ' ') rest++;
        said.saying = commands[i].saying;
        bool good = commands[i].argument == ANYTHING || (commands[i].argument == NOTHING && *rest == '\0') ||
                    (commands[i].argument == PATH_FROM && take_path(&said, rest, "FROM:")) ||
                    (commands[i].argument == PATH_TO && take_path(&said, rest, "TO:"));
        if (!good) {
            said_clear(&said);
            said.saying = SAYS_BAD_WORDS;
        }
        break;
    }
    return said;
}

void said_clear(Said *said) {
    g_free(said->path);
    *said = (Said){.saying = SAYS_UNKNOWN};
}

static void keep(GByteArray *out, const char *bytes, size_t length) {
    if (out != NULL) g_byte_array_append(out, (const guint8 *)bytes, (guint)length);
}

size_t dialogue_data(DotState *state, const uint8_t *bytes, size_t length, GByteArray *out) {
    size_t i = 0;
    while (i < length && *state != DOT_END) {
        const char *here = (const char *)bytes + i;
        if (*state == DOT_TEXT) {
            const char *cr = memchr(here, '\r', length - i);
            size_t plain = cr != NULL ? (size_t)(cr - here) : length - i;
            keep(out, here, plain);
            i += plain;
            if (cr == NULL) break;
            *state = DOT_CR;
        } else if (*here == '\n' && *state == DOT_DOT_CR) {
            *state = DOT_END;
        } else if (*here == '\n' && *state == DOT_CR) {
            keep(out, "\n", 1);
            *state = DOT_LINE;
        } else if (*here == '\r') {
            if (*state == DOT_CR || *state == DOT_DOT_CR) keep(out, "\r", 1);
            *state = *state == DOT_DOT ? DOT_DOT_CR : DOT_CR;
        } else if (*here == '.' && *state == DOT_LINE) {
            *state = DOT_DOT;
        } else {
            if (*state == DOT_CR || *state == DOT_DOT_CR) keep(out, "\r", 1);
            keep(out, here, 1);
            *state = DOT_TEXT;
        }
        i++;
    }
    return i;
}
