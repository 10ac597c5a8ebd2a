/* mta_reply.h: one reply of a server, read octet by octet (RFC 5321 4.2, RFC 2034). No I/O.
 *
 * All lines of a reply have the same code and all but the last a hyphen behind it; anything else is no reply, and nothing that
 * follows can be believed. Of long replies the first MTA_REPLY_KEPT octets are kept and the rest is read over, up to
 * MTA_REPLY_MOST. A line may end in LF alone: what was said is clear, and taking a mail that was accepted for one that
 * was not would send it twice. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { MTA_REPLY_KEPT = 16384, MTA_REPLY_MOST = 1 << 18, MTA_REPLY_LINES = 200 };

typedef enum { MTA_REPLY_MORE, MTA_REPLY_WHOLE, MTA_REPLY_BROKEN } MtaReplyState;

typedef struct {
    int code;         /* 0: not read yet */
    GString *text;    /* its lines as they came, ended by LF: at most MTA_REPLY_KEPT octets */
    size_t length;    /* octets read of it */
    size_t column, lines; /* in the line that is read, and lines before it */
    int line_code;
    bool last, fresh; /* the line that is read is the last one; nothing is read of the reply */
} MtaReply;

void mta_reply_init(MtaReply *reply);
void mta_reply_clear(MtaReply *reply);
/* Before the next one. */
void mta_reply_reset(MtaReply *reply);

/* Reads up to the end of the reply; *used octets belong to it. */
MtaReplyState mta_reply_feed(MtaReply *reply, const char *octets, size_t length, size_t *used);

/* Code and text on one line, "550 5.1.1 no such user here", lines joined by blanks. Yours. */
char *mta_reply_words(const MtaReply *reply);

/* Whether a line of the reply to EHLO names this keyword; *parameters (may be NULL) is what stands behind it, "" for nothing. Yours. */
bool mta_reply_offers(const MtaReply *reply, const char *keyword, char **parameters);
