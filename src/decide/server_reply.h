/* server_reply.h: what a mail server answered, as kept with a delivery: "450 4.2.2 mailbox full" (RFC 5321 4.2, RFC 3463). Pure. */
#pragma once
#include <stdbool.h>

typedef struct {
    char code[4];    /* "450"; "" when the line has none: the words are ours */
    char status[12]; /* "4.2.2", or "" */
} ServerReply;

ServerReply server_reply_read(const char *line);

/* Whether no server said it: there was none to be reached, or it broke off. */
bool server_reply_is_ours(const char *line);

/* Whether a putting off says something of the server, and so of all that waits for it; not of the one recipient whom it answers. */
bool server_reply_is_of_server(const char *line);

/* The line, with nobody's name in it: what stands before an @ is left out, so that it can be shown with others' mail. Yours. */
char *server_reply_impersonal(const char *line);
