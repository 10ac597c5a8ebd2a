#include "publish/mboxrd.h"
#include <errno.h>

/* Of the mbox dialects only mboxrd can be undone: it quotes quoted From lines too. The line end after each entry is ours
 * whether or not the mail ends in one, so a mail whose last line has no end comes back without it. */

static bool is_from_line(const char *line, size_t length) {
    size_t quotes = 0;
    while (quotes < length && line[quotes] == '>') quotes++;
    return length - quotes >= strlen("From ") && memcmp(line + quotes, "From ", strlen("From ")) == 0;
}

static void write_quoted(FILE *to, const char *bytes, size_t length) {
    while (length > 0) {
        const char *end = memchr(bytes, '\n', length);
        size_t line = end != NULL ? (size_t)(end - bytes) + 1 : length;
        if (is_from_line(bytes, line)) fputc('>', to);
        fwrite(bytes, 1, line, to);
        bytes += line;
        length -= line;
    }
}

/* RFC 4155: the asctime form in UTC, English whatever the locale. */
static void write_time(FILE *to, int64_t at) {
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) possible = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) time = possible != NULL ? g_steal_pointer(&possible) : g_date_time_new_from_unix_utc(0);
    const char *day = days[g_date_time_get_day_of_week(time) - 1], *month = months[g_date_time_get_month(time) - 1];
    fprintf(to, "%s %s %2d %02d:%02d:%02d %04d", day, month, g_date_time_get_day_of_month(time), g_date_time_get_hour(time),
            g_date_time_get_minute(time), g_date_time_get_second(time), g_date_time_get_year(time));
}

bool mboxrd_write(FILE *to, const char *sender, int64_t at, GBytes *raw, GError **error) {
    gsize length;
    const char *bytes = g_bytes_get_data(raw, &length);
    fprintf(to, "From %s ", sender != NULL && *sender != '\0' ? sender : "MAILER-DAEMON");
    write_time(to, at);
    fputc('\n', to);
    write_quoted(to, bytes, length);
    fputc('\n', to);
    if (ferror(to) != 0) return fault_set(error, FAULT_TEMPORARY, "cannot write the archive: %s", g_strerror(errno));
    return true;
}
