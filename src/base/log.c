#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <limits.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* One process writes whole lines with one write(2) to a file opened for append, so lines of several processes never mix; nor do they in a pipe, as
 * long as no write is longer than PIPE_BUF. */
static struct {
    int file;
    bool syslog;
    bool none;
    bool held;
    GString *lines; /* while they are held */
} sink = {.file = STDERR_FILENO};

enum { LINE_USUAL = 256 };

static void put(const GString *lines) {
    ssize_t written;
    do written = write(sink.file, lines->str, lines->len);
    while (written < 0 && errno == EINTR);
}

bool log_open(const char *target, GError **error) {
    log_close();
    if (strcmp(target, "stderr") == 0) return true;
    if (strcmp(target, "none") == 0) {
        sink.none = true;
        return true;
    }
    if (strcmp(target, "syslog") == 0) {
        openlog("diktyo", LOG_PID, LOG_MAIL);
        sink.syslog = true;
        return true;
    }
    int file = open(target, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return fault_set(error, FAULT_CONFIG, "cannot write the log %s: %s", target, g_strerror(errno));
    sink.file = file;
    return true;
}

void log_close(void) {
    log_release();
    if (sink.lines != NULL) g_string_free(g_steal_pointer(&sink.lines), TRUE);
    if (sink.file > STDERR_FILENO) close(sink.file);
    if (sink.syslog) closelog();
    sink.file = STDERR_FILENO;
    sink.syslog = sink.none = false;
}

static bool is_dropped(gunichar letter) {
    if (letter < 128) return g_ascii_iscntrl((char)letter);
    GUnicodeType type = g_unichar_type(letter);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

static bool is_plain(char letter) { return g_ascii_isalnum(letter) || (letter != '\0' && strchr("@.-_+:/", letter) != NULL); }

/* Letters, digits and the signs of an address stand bare; everything else is quoted, control characters are dropped. */
static void append_value(GString *line, const char *value) {
    if (value == NULL || *value == '\0') {
        g_string_append_c(line, '-');
        return;
    }
    size_t plain = 0, all = 0;
    while (is_plain(value[plain])) plain++;
    for (all = plain; is_plain(value[all]) || value[all] == ' ';) all++;
    if (value[all] == '\0') {
        const char *quote = plain < all ? "\"" : "";
        g_string_append(line, quote);
        g_string_append(line, value);
        g_string_append(line, quote);
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    bool bare = true;
    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char(c))
        if (g_unichar_isspace(g_utf8_get_char(c)) || *c == '"' || *c == '\\' || *c == '=') bare = false;
    if (!bare) g_string_append_c(line, '"');
    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        if (is_dropped(g_utf8_get_char(c))) continue;
        if (*c == '"' || *c == '\\') g_string_append_c(line, '\\');
        g_string_append_len(line, c, g_utf8_next_char(c) - c);
    }
    if (!bare) g_string_append_c(line, '"');
}

void log_hold(void) {
    if (sink.lines == NULL) sink.lines = g_string_new(NULL);
    sink.held = true;
}

void log_release(void) {
    if (sink.held && sink.lines->len > 0) put(sink.lines);
    if (sink.held) g_string_truncate(sink.lines, 0);
    sink.held = false;
}

/* Written once a second: a round of answers is thousands of lines. */
static const char *stamp(void) {
    static char text[32];
    static time_t of = -1;
    time_t now = time(NULL);
    struct tm utc;
    if (now != of) strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ ", gmtime_r(&now, &utc));
    of = now;
    return text;
}

void log_event(const char *event, ...) {
    if (sink.none) return;
    g_autoptr(GString) line = g_string_sized_new(LINE_USUAL);
    if (!sink.syslog) g_string_append(line, stamp());
    g_string_append(line, event);
    va_list pairs;
    va_start(pairs, event);
    for (const char *key = va_arg(pairs, const char *); key != NULL; key = va_arg(pairs, const char *)) {
        g_string_append_c(line, ' ');
        g_string_append(line, key);
        g_string_append_c(line, '=');
        append_value(line, va_arg(pairs, const char *));
    }
    va_end(pairs);
    if (sink.syslog) {
        syslog(LOG_INFO, "%s", line->str);
        return;
    }
    g_string_append_c(line, '\n');
    if (!sink.held) return put(line);
    if (sink.lines->len + line->len > PIPE_BUF) {
        put(sink.lines);
        g_string_truncate(sink.lines, 0);
    }
    g_string_append_len(sink.lines, line->str, (gssize)line->len);
}
