#include "message/charsets.h"
#include <glib.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>

/* A converter that is loaded stays: nobody closes these. The first two are also tried where a message names nothing; the next three are the West's. */
static const char *const loaded[] = {
    "windows-1253", "iso-8859-7", "windows-1252", "iso-8859-1", "iso-8859-15", "windows-1250", "windows-1251", "windows-1254", "iso-8859-2",
    "iso-8859-5", "iso-8859-9", "koi8-r", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-7", "cp737", "cp869", "gb2312", "gbk", "gb18030",
    "big5", "euc-kr", "shift_jis", "iso-2022-jp"};
enum { GREEK = 2, WESTERN = 5, ALL = G_N_ELEMENTS(loaded), NAME_MOST = 40 };

/* How many of them, from the first, a name needs; any other needs all, since it may be another name of one of them. */
static const struct {
    const char *name;
    size_t needs;
} names[] = {{"us-ascii", GREEK},        {"ascii", GREEK},          {"utf-8", GREEK},        {"utf8", GREEK},           {"windows-1253", GREEK},
             {"iso-8859-7", GREEK},      {"iso-8859-1", WESTERN},   {"iso-8859-15", WESTERN}, {"windows-1252", WESTERN}};

static void load(size_t count) {
    static size_t done;
    for (; done < count; done++)
        if (iconv_open("UTF-8", loaded[done]) == (iconv_t)-1) continue;
}

void charsets_load(void) { load(GREEK); }

static size_t needed_by(const char *name, size_t length) {
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strlen(names[i].name) == length && g_ascii_strncasecmp(names[i].name, name, length) == 0) return names[i].needs;
    return ALL;
}

static bool follows(const char *from, const char *at, const char *word) {
    size_t length = strlen(word);
    return (size_t)(at - from) >= length && g_ascii_strncasecmp(at - length, word, length) == 0;
}

/* What stands behind an equals sign, if that can be a charset's name: of an encoded word, an extended parameter (RFC 2231) or `charset=`; the stars
 * and digits of a `charset*0*=`, of which that is only a piece, are as good as a name that is not known. The end of an encoded word (`=?=`) names
 * nothing, nor does what stands behind a digit alone. */
static size_t name_behind(const char *from, const char *equals, const char *end, const char **name) {
    const char *before = equals, *at = equals + 1, *star;
    while (before > from && strchr(" \t", before[-1]) != NULL) before--;
    for (star = before; star > from && strchr("*0123456789", star[-1]) != NULL;) star--;
    bool word = at < end && *at == '?', extended = memchr(star, '*', (size_t)(before - star)) != NULL, charset = follows(from, star, "charset");
    if (!word && !extended && !charset) return 0;
    if (charset && extended) {
        *name = star;
        return (size_t)(before - star);
    }
    while (at < end && strchr("? \t\r\n\"", *at) != NULL) at++;
    for (*name = at; at < end && at - *name <= NAME_MOST && strchr("=?*'\"; \t\r\n", *at) == NULL;) at++;
    size_t length = (size_t)(at - *name);
    while (word && at < end && (*at == ' ' || *at == '\t')) at++;
    return word && at < end && *at != '?' && *at != '*' && length <= NAME_MOST ? 0 : length;
}

/* A message in a message may be encoded, and what it names is then not to be seen from here. */
static bool has_inner_message(const char *from, const char *end) {
    for (const char *at = from; (at = memchr(at, '/', (size_t)(end - at))) != NULL; at++)
        if (follows(from, at, "message")) return true;
    return false;
}

static size_t needed_by_all_named(const char *from, const char *end) {
    size_t most = GREEK;
    for (const char *at = from; most < ALL && (at = memchr(at, '=', (size_t)(end - at))) != NULL; at++) {
        const char *name;
        size_t length = name_behind(from, at, end, &name);
        if (length > 0) most = MAX(most, needed_by(name, length));
    }
    return most;
}

void charsets_load_for(const uint8_t *message, size_t length) {
    const char *from = (const char *)message, *end = from + length;
    load(length == 0 ? GREEK : has_inner_message(from, end) ? ALL : needed_by_all_named(from, end));
}
