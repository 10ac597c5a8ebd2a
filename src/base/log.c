#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <syslog.h>
#include <unistd.h>

/* One process writes one line with one write(2) to a file opened for append, so lines of several processes never mix. */
static struct {
    int file;
    bool syslog;
    bool none;
} sink = {.file = STDERR_FILENO};

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
    if (sink.file > STDERR_FILENO) close(sink.file);
    if (sink.syslog) closelog();
    sink.file = STDERR_FILENO;
    sink.syslog = sink.none = false;
}

/* Letters, digits and the signs of an address stand bare; everything else is quoted, control characters are dropped. */
static void append_value(GString *line, const char *value) {
    if (value == NULL || *value == '\0') {
        g_string_append_c(line, '-');
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    bool bare = true;
    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char(c))
        if (g_unichar_isspace(g_utf8_get_char(c)) || *c == '"' || *c == '\\' || *c == '=') bare = false;
    if (!bare) g_string_append_c(line, '"');
    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        if (g_unichar_iscntrl(letter) || g_unichar_type(letter) == G_UNICODE_FORMAT ||
            g_unichar_type(letter) == G_UNICODE_LINE_SEPARATOR || g_unichar_type(letter) == G_UNICODE_PARAGRAPH_SEPARATOR)
            continue;
        if (letter == '"' || letter == '\\') g_string_append_c(line, '\\');
        g_string_append_unichar(line, letter);
    }
    if (!bare) g_string_append_c(line, '"');
}

void log_event(const char *event, ...) {
    if (sink.none) return;
    g_autoptr(GString) line = g_string_new(NULL);
    if (!sink.syslog) {
        g_autoptr(GDateTime) now = g_date_time_new_now_utc();
        g_autofree char *stamp = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ ");
        g_string_append(line, stamp);
    }
    g_string_append(line, event);
    va_list pairs;
    va_start(pairs, event);
    for (const char *key = va_arg(pairs, const char *); key != NULL; key = va_arg(pairs, const char *)) {
        g_string_append_printf(line, " %s=", key);
        append_value(line, va_arg(pairs, const char *));
    }
    va_end(pairs);
    if (sink.syslog) {
        syslog(LOG_INFO, "%s", line->str);
        return;
    }
    g_string_append_c(line, '\n');
    ssize_t written;
    do written = write(sink.file, line->str, line->len);
    while (written < 0 && errno == EINTR);
}
