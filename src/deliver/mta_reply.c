#include "deliver/mta_reply.h"
#include <string.h>

void mta_reply_init(MtaReply *reply) {
    *reply = (MtaReply){.text = g_string_sized_new(256)};
    mta_reply_reset(reply);
}

void mta_reply_clear(MtaReply *reply) {
    if (reply->text != NULL) g_string_free(reply->text, TRUE);
    reply->text = NULL;
}

void mta_reply_reset(MtaReply *reply) {
    g_string_truncate(reply->text, 0);
    reply->code = reply->line_code = 0;
    reply->length = reply->column = reply->lines = 0;
    reply->last = false;
    reply->fresh = true;
}

/* Code and separator: the first four octets of a line. RFC 5321 4.2.1 lets a code stand alone. */
static bool note_head(MtaReply *reply, char octet) {
    if (reply->column < 3) {
        int least = reply->column == 0 ? '2' : '0', most = reply->column == 0 ? '5' : '9';
        if (octet < least || octet > most) return false;
        reply->line_code = reply->line_code * 10 + (octet - '0');
        return true;
    }
    if (octet != ' ' && octet != '-' && octet != '\r' && octet != '\n') return false;
    reply->last = octet != '-';
    if (reply->code == 0) reply->code = reply->line_code;
    return reply->code == reply->line_code;
}

MtaReplyState mta_reply_feed(MtaReply *reply, const char *octets, size_t length, size_t *used) {
    for (size_t i = 0; i < length; i++) {
        char octet = octets[i];
        *used = i + 1;
        reply->fresh = false;
        if (++reply->length > MTA_REPLY_MOST || octet == '\0') return MTA_REPLY_BROKEN;
        if (reply->column < 4 && !note_head(reply, octet)) return MTA_REPLY_BROKEN;
        reply->column++;
        if (octet != '\r' && (reply->text->len < MTA_REPLY_KEPT - 1 || octet == '\n') && reply->text->len < MTA_REPLY_KEPT)
            g_string_append_c(reply->text, octet);
        if (octet != '\n') continue;
        if (reply->last) return MTA_REPLY_WHOLE;
        if (++reply->lines >= MTA_REPLY_LINES) return MTA_REPLY_BROKEN;
        reply->column = 0;
        reply->line_code = 0;
    }
    return MTA_REPLY_MORE;
}

char *mta_reply_words(const MtaReply *reply) {
    GString *words = g_string_new(NULL);
    const char *line = reply->text->str;
    for (bool first = true; *line != '\0'; first = false) {
        size_t length = strcspn(line, "\n"), skip = first ? 0 : MIN(length, 4);
        if (!first && length > skip) g_string_append_c(words, ' ');
        g_string_append_len(words, line + skip, (gssize)(length - skip));
        if (first && words->len > 3 && words->str[3] == '-') words->str[3] = ' ';
        line += length + (line[length] == '\n');
    }
    return g_strchomp(g_string_free(words, FALSE));
}

bool mta_reply_offers(const MtaReply *reply, const char *keyword, char **parameters) {
    size_t size = strlen(keyword);
    const char *line = strchr(reply->text->str, '\n'); /* the first line is the greeting */
    while (line != NULL && *++line != '\0') {
        size_t length = strcspn(line, "\n");
        /* AUTH=LOGIN is how servers wrote it before RFC 2554. */
        bool named = length >= 4 + size && g_ascii_strncasecmp(line + 4, keyword, size) == 0 &&
                     (length == 4 + size || line[4 + size] == ' ' || line[4 + size] == '=');
        if (named && parameters != NULL) *parameters = g_strndup(line + 4 + size, length - 4 - size);
        if (named && parameters != NULL && **parameters != '\0') **parameters = ' ';
        if (named) return true;
        line = line[length] == '\n' ? line + length : NULL;
    }
    return false;
}
