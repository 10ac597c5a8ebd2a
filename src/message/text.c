#include "message/text.h"
#include <errno.h>
#include <iconv.h>
#include <stdbool.h>

/* Greek office mail lies about its charset: ISO-8859-7 means windows-1253, US-ASCII means whatever the machine had, UTF-8 is
 * cut in the middle of a letter by a gateway. A wrong guess costs the reader everything, so each candidate decodes the whole
 * text and is believed by what it could not read, in the order label, UTF-8, windows-1253, ISO-8859-7. Everything
 * is one pass per candidate: the bytes are a stranger's. */

enum { LABEL_LONGEST = 40 };

typedef struct {
    GString *text;
    size_t letters; /* of more than one byte, in UTF-8 */
    size_t wrong;   /* bytes that stand for nothing */
} Reading;

static void reading_clear(Reading *reading) {
    if (reading->text != NULL) g_string_free(reading->text, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

/* NUL is let through here and dropped later: it must not make a good text a bad one. */
static Reading read_utf8(const uint8_t *bytes, size_t length) {
    Reading reading = {.text = g_string_sized_new(length + 1)};
    const char *from = (const char *)bytes, *end = from + length;
    while (from < end) {
        const char *bad;
        g_utf8_validate_len(from, (gsize)(end - from), &bad);
        g_string_append_len(reading.text, from, bad - from);
        for (; from < bad; from++) reading.letters += ((uint8_t)*from & 0xC0) == 0xC0;
        if (from == end) break;
        if (*from != '\0') {
            g_string_append(reading.text, "\uFFFD");
            reading.wrong++;
        }
        from++;
    }
    return reading;
}

static bool has_prefix(const char *text, const char *prefix) { return g_ascii_strncasecmp(text, prefix, strlen(prefix)) == 0; }

/* Text NULL: there is no such charset. */
static Reading read_charset(const uint8_t *bytes, size_t length, const char *charset) {
    Reading reading = {0};
    iconv_t converter = iconv_open("UTF-8", charset);
    if (converter == (iconv_t)-1) return reading;
    size_t unit = has_prefix(charset, "utf-16") || has_prefix(charset, "ucs-2") ? 2
                  : has_prefix(charset, "utf-32") || has_prefix(charset, "ucs-4") ? 4 : 1;
    reading.text = g_string_sized_new(length + 1);
    char *from = (char *)(uintptr_t)bytes, buffer[8192];
    for (size_t left = length;;) {
        char *to = buffer;
        size_t room = sizeof buffer;
        bool flush = left == 0;
        size_t result = flush ? iconv(converter, NULL, NULL, &to, &room) : iconv(converter, &from, &left, &to, &room);
        int reason = result == (size_t)-1 ? errno : 0;
        g_string_append_len(reading.text, buffer, to - buffer);
        if (reason != 0 && reason != E2BIG) {
            size_t skip = MIN(unit, left);
            g_string_append(reading.text, "\uFFFD");
            reading.wrong += MAX(skip, 1);
            from += skip;
            left -= skip;
        }
        if (flush) break;
    }
    iconv_close(converter);
    return reading;
}

/* ISO-8859-7 and windows-1253 agree on every letter but one. Bytes of the former that mean something else in the latter
 * are moved to where windows-1253 has them; 0xA2 after a letter is the apostrophe of ISO-8859-7 (σ’ αυτό), else Ά. Where it is not
 * said that it is ISO-8859-7, 0xB6 may be the ¶ of windows-1253, but not right before a letter. */
static Reading read_greek(const uint8_t *bytes, size_t length, bool is_iso) {
    g_autofree uint8_t *moved = g_memdup2(bytes, length);
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == 0xB6 && (is_iso || (i + 1 < length && bytes[i + 1] >= 0xC1))) moved[i] = 0xA2;
        if (bytes[i] == 0xA4) moved[i] = 0x80;
        if (bytes[i] == 0xA2 && i > 0 && (bytes[i - 1] >= 0xC0 || (bytes[i - 1] >= 0xB8 && bytes[i - 1] != 0xBB))) moved[i] = 0x92;
    }
    g_auto(Reading) windows = read_charset(moved, length, "windows-1253");
    g_auto(Reading) iso = {0};
    if (windows.text == NULL || windows.wrong > 0) iso = read_charset(bytes, length, "iso-8859-7");
    bool better = iso.text != NULL && (windows.text == NULL || iso.wrong < windows.wrong);
    Reading chosen = better ? iso : windows;
    *(better ? &iso : &windows) = (Reading){0};
    return chosen;
}

static bool is_one_of(const char *const *names, const char *label) {
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(label, *names) == 0) return true;
    return false;
}

/* A label that says something: no label, plain ASCII, placeholders and whatever iconv could take for an option say nothing. */
static bool label_says(const char *label) {
    static const char *const empty[] = {"us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "unknown-8bit", "unknown", "default",
                                        "x-user-defined", "_autodetect", "binary", "8bit", "utf-8", "utf8", "unicode-1-1-utf-8", NULL};
    if (label == NULL || *label == '\0' || strlen(label) > LABEL_LONGEST) return false;
    for (const char *c = label; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && strchr("-_.:+", *c) == NULL) return false;
    return !is_one_of(empty, label);
}

static bool is_iso_greek(const char *label) {
    static const char *const names[] = {"iso-8859-7", "iso8859-7", "iso_8859-7", "greek", "greek8", "elot_928", "csisolatingreek", NULL};
    return is_one_of(names, label);
}

static bool is_windows_greek(const char *label) {
    static const char *const names[] = {"windows-1253", "cp1253", "ms-greek", NULL};
    return is_one_of(names, label);
}

static bool is_western(const char *label) {
    static const char *const names[] = {"iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "iso-8859-15", "windows-1252", "cp1252", NULL};
    return is_one_of(names, label);
}

static bool is_greek_letter(uint8_t byte) { return byte == 0xA2 || byte == 0xB6 || (byte >= 0xB8 && byte != 0xBB && byte != 0xBD && byte != 0xD2 && byte != 0xFF); }

/* Programs that knew nothing but the West put its label on Greek, too. There a word has some letters beyond ASCII; a Greek one has nothing else. */
static bool looks_greek(const uint8_t *bytes, size_t length) {
    size_t greek = 0, mixed = 0, plain = 0;
    for (size_t i = 0; i < length; i++) {
        size_t letters = 0, high = 0;
        for (; i < length && (g_ascii_isalpha(bytes[i]) || is_greek_letter(bytes[i])); i++, letters++) high += bytes[i] >= 0x80;
        if (letters < 3) mixed += high > 0 && high < letters;
        else if (high == letters) greek++;
        else if (high > 0) mixed++;
        else plain++;
    }
    return greek > mixed && greek * 4 >= plain;
}

static Reading read_labelled(const uint8_t *bytes, size_t length, const char *label) {
    bool is_iso = is_iso_greek(label);
    return is_iso || is_windows_greek(label) ? read_greek(bytes, length, is_iso) : read_charset(bytes, length, label);
}

/* Line ends become LF; controls but tab and LF, NUL and a leading byte order mark go. What stays is copied in stretches. */
static char *cleaned(const GString *text) {
    GString *clean = g_string_sized_new(text->len + 1);
    const char *end = text->str + text->len, *kept = text->str;
    for (const char *c = text->str, *next; c < end; c = next) {
        uint8_t byte = (uint8_t)*c;
        next = c + (byte == 0 ? 1 : g_utf8_skip[byte]);
        bool is_control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F || (byte == 0xC2 && (uint8_t)c[1] < 0xA0);
        if (!is_control && !(c == text->str && g_utf8_get_char(c) == 0xFEFF)) continue;
        g_string_append_len(clean, kept, c - kept);
        if (byte == '\r' && (next == end || *next != '\n')) g_string_append_c(clean, '\n');
        kept = next;
    }
    g_string_append_len(clean, kept, end - kept);
    return g_string_free(clean, FALSE);
}

static bool is_one_byte_label(const char *label) {
    return is_iso_greek(label) || g_ascii_strncasecmp(label, "iso-8859-", 9) == 0 || g_ascii_strncasecmp(label, "windows-125", 11) == 0;
}

static bool is_multibyte_utf8(const uint8_t *bytes, size_t length) {
    bool wide = false;
    for (size_t i = 0; i < length && !wide; i++) wide = bytes[i] >= 0x80;
    return wide && g_utf8_validate_len((const char *)bytes, length, NULL);
}

char *text_decode(const uint8_t *bytes, size_t length, const char *label) {
    if (length == 0) return g_strdup("");
    /* Some mailers label UTF-8 with the office's old charset; text in those is next to never valid UTF-8 by chance. */
    if (label_says(label) && is_one_byte_label(label) && is_multibyte_utf8(bytes, length)) label = NULL;
    if (label_says(label) && is_western(label) && looks_greek(bytes, length)) label = "windows-1253";
    if (label_says(label)) {
        g_auto(Reading) labelled = read_labelled(bytes, length, label);
        if (labelled.text != NULL && labelled.wrong * 50 <= length) return cleaned(labelled.text);
    }
    /* One letter cut in half does not make it another charset; Greek in eight bits is almost never valid UTF-8. */
    g_auto(Reading) utf8 = read_utf8(bytes, length);
    if (utf8.wrong == 0 || utf8.letters > 4 * utf8.wrong) return cleaned(utf8.text);
    g_auto(Reading) greek = read_greek(bytes, length, false);
    return cleaned(greek.text != NULL ? greek.text : utf8.text);
}

/* --- folding --- */

enum { LETTERS_KNOWN = 0x400, FOLDED_MOST = 7 };

/* What one letter becomes: nothing for a mark, a blank for white space. Letter by letter, because g_utf8_normalize sorts the marks after a letter
 * in quadratic time, and the marks go anyway. */
static void fold_letter(gunichar letter, GString *into) {
    gunichar pieces[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize count = g_unichar_fully_decompose(letter, FALSE, pieces, G_N_ELEMENTS(pieces));
    g_string_truncate(into, 0);
    for (gsize i = 0; i < count; i++) {
        char bytes[6];
        if (g_unichar_type(pieces[i]) == G_UNICODE_NON_SPACING_MARK) continue;
        if (g_unichar_isspace(pieces[i])) pieces[i] = ' ';
        g_autofree char *folded = g_utf8_casefold(bytes, g_unichar_to_utf8(pieces[i], bytes));
        g_string_append(into, folded);
    }
}

/* The letters of nearly all our mail, Latin and Greek, are worked out once. */
static const char *folded_letter(gunichar letter, GString *spare) {
    static struct {
        bool known;
        char bytes[FOLDED_MOST];
    } letters[LETTERS_KNOWN];
    if (letter < LETTERS_KNOWN && letters[letter].known) return letters[letter].bytes;
    fold_letter(letter, spare);
    if (letter >= LETTERS_KNOWN || spare->len >= FOLDED_MOST) return spare->str;
    memcpy(letters[letter].bytes, spare->str, spare->len);
    letters[letter].known = true;
    return letters[letter].bytes;
}

char *text_fold(const char *utf8) {
    g_autofree char *valid = g_utf8_make_valid(utf8, -1);
    g_autoptr(GString) spare = g_string_sized_new(32);
    GString *bare = g_string_sized_new(strlen(valid) + 1);
    bool blank = false;
    for (const char *c = valid; *c != '\0'; c += g_utf8_skip[(uint8_t)*c]) {
        const char *folded = folded_letter(g_utf8_get_char(c), spare);
        if (*folded == ' ') {
            blank = bare->len > 0;
            continue;
        }
        if (blank && *folded != '\0') {
            g_string_append_c(bare, ' ');
            blank = false;
        }
        for (; *folded != '\0'; folded++) g_string_append_c(bare, *folded);
    }
    return g_string_free(bare, FALSE);
}

/* Format characters turn and hide text; the joiners alone are part of how a word or a sign looks. What Unicode says is no character stands in no XML. */
static bool is_invisible(gunichar letter) {
    GUnicodeType type = g_unichar_type(letter);
    if ((letter & 0xFFFE) == 0xFFFE || (letter >= 0xFDD0 && letter <= 0xFDEF)) return true;
    return type == G_UNICODE_CONTROL || (type == G_UNICODE_FORMAT && letter != 0x200C && letter != 0x200D);
}

char *text_one_line(const char *utf8, size_t characters) {
    GString *line = g_string_new(NULL);
    size_t count = 0;
    bool blank = false;
    for (const char *c = utf8; *c != '\0';) {
        gunichar letter = g_utf8_get_char_validated(c, -1);
        bool valid = letter != (gunichar)-1 && letter != (gunichar)-2;
        c = valid ? c + g_utf8_skip[(uint8_t)*c] : c + 1;
        if (!valid) letter = 0xFFFD;
        if (g_unichar_isspace(letter) || letter == 0x0B || letter == 0x85) {
            blank = line->len > 0;
            continue;
        }
        if (is_invisible(letter)) continue;
        if (count + blank >= characters) {
            g_string_append(line, "…");
            break;
        }
        if (blank) g_string_append_c(line, ' ');
        count += 1U + blank;
        blank = false;
        g_string_append_unichar(line, letter);
    }
    return g_string_free(line, FALSE);
}

static void end_line(GString *text, size_t start) {
    if (strcmp(text->str + start, "-- ") == 0) return;
    while (text->len > start && text->str[text->len - 1] == ' ') g_string_truncate(text, text->len - 1);
}

char *text_many_lines(const char *utf8) {
    g_autofree char *valid = g_utf8_make_valid(utf8, -1);
    GString *text = g_string_sized_new(strlen(valid) + 1);
    size_t start = 0;
    for (const char *c = valid; *c != '\0'; c += g_utf8_skip[(uint8_t)*c]) {
        gunichar letter = g_utf8_get_char(c);
        if (letter == '\n' || letter == 0x2028 || letter == 0x2029) {
            end_line(text, start);
            g_string_append_c(text, '\n');
            start = text->len;
        } else if (letter == '\t') {
            g_string_append(text, "    ");
        } else if (letter == 0xA0) {
            g_string_append_c(text, ' ');
        } else if (!is_invisible(letter)) {
            g_string_append_unichar(text, letter);
        }
    }
    end_line(text, start);
    return g_string_free(text, FALSE);
}
