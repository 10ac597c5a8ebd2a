#include "publish/digest_flow.h"
#include <stdbool.h>
#include <string.h>

/* A soft break is a blank before LF, so blanks at the end of our own lines go first; that takes the last one off `-- ` too, which would make a signature
 * of all that follows. */

enum { OCTETS_MOST = 880 };

static size_t width_of(gunichar letter) { return g_unichar_iszerowidth(letter) ? 0 : g_unichar_iswide(letter) ? 2 : 1; }

/* How many octets of `text` go on one line with `room` columns, the blank at a break included. Words stay whole: one that is too wide has a line for itself.
 * Never `-- ` alone. */
static size_t fitting(const char *text, const char *end, size_t room) {
    size_t width = 0, blank = 0;
    for (const char *c = text, *next; c < end; c = next) {
        next = g_utf8_next_char(c);
        size_t octets = (size_t)(next - text);
        width += width_of(g_utf8_get_char(c));
        bool may_break = *c == ' ' && !(octets == 3 && g_str_has_prefix(text, "-- "));
        if (width > room && blank > 0) return blank;
        if (may_break && width > room) return octets;
        if (may_break) blank = octets;
        if (octets > OCTETS_MOST) return (size_t)(c - text);
    }
    return (size_t)(end - text);
}

static bool wants_stuffing(const char *text) { return *text == ' ' || *text == '>' || g_str_has_prefix(text, "From "); }

static void flow_line(GString *out, const char *line, size_t length, const char *prefix) {
    const char *end = line + length;
    while (end > line && end[-1] == ' ') end--;
    do {
        g_string_append(out, prefix);
        bool stuffed = *prefix == '\0' && wants_stuffing(line);
        if (stuffed) g_string_append_c(out, ' ');
        size_t part = fitting(line, end, FLOW_WIDTH - strlen(prefix) - stuffed);
        g_string_append_len(out, line, (gssize)part);
        line += part;
        if (line < end && out->str[out->len - 1] != ' ') g_string_append_c(out, ' ');
        g_string_append_c(out, '\n');
    } while (line < end);
}

void digest_flow(GString *out, const char *lines) {
    for (const char *line = lines; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        flow_line(out, line, length, "");
        line += length + (line[length] == '\n');
    }
}

void digest_flow_quote(GString *out, const char *line) { flow_line(out, line, strcspn(line, "\n"), "> "); }
