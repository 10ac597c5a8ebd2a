#include "decide/server_reply.h"
#include <glib.h>
#include <string.h>
#include "decide/bounce.h"
#include "decide/bounce_words.h"

ServerReply server_reply_read(const char *line) {
    ServerReply reply = {{0}, {0}};
    const char *rest = line;
    if (g_ascii_isdigit(line[0]) && g_ascii_isdigit(line[1]) && g_ascii_isdigit(line[2])) {
        g_strlcpy(reply.code, line, sizeof reply.code);
        rest += 3 + strspn(line + 3, " -");
    }
    size_t length = strspn(rest, "0123456789.");
    if (length >= 5 && length < sizeof reply.status && strchr("245", *rest) != NULL && rest[1] == '.') g_strlcpy(reply.status, rest, length + 1);
    return reply;
}

bool server_reply_is_ours(const char *line) {
    ServerReply reply = server_reply_read(line);
    return *line != '\0' && *reply.code == '\0' && *reply.status == '\0';
}

/* RFC 3463: X.1 is about an address, X.2 about a mailbox, X.5.3 about too many at once, X.6 about the message; the others are about systems and
 * networks. RFC 5321 4.2.2: 450 is about a mailbox, and 452, where it is not, about too many recipients; 421 closes the connection, whatever it says. */
bool server_reply_is_of_server(const char *line) {
    ServerReply reply = server_reply_read(line);
    if (*reply.code == '\0' || strcmp(reply.code, "421") == 0) return true;
    if (bounce_of_reply(line, NULL) == BOUNCE_FULL || strcmp(reply.status + MIN(strlen(reply.status), 2), "5.3") == 0) return false;
    if (*reply.status != '\0') return strchr("126", reply.status[2]) == NULL;
    return strcmp(reply.code, "450") != 0 && strcmp(reply.code, "452") != 0;
}

char *server_reply_impersonal(const char *line) {
    GString *left = g_string_new(NULL);
    while (*line != '\0') {
        size_t length = strcspn(line, BOUNCE_WORD_EDGES), between = strspn(line + length, BOUNCE_WORD_EDGES);
        const char *at = memchr(line, '@', length);
        if (at != NULL) g_string_append(left, "…");
        g_string_append_len(left, at != NULL ? at : line, (gssize)(line + length + between - (at != NULL ? at : line)));
        line += length + between;
    }
    return g_string_free(left, FALSE);
}
