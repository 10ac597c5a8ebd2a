/* dialogue.h: what a client of LMTP says (RFC 2033, RFC 5321), as values: one command line, and the end of DATA. Pure; every byte is hostile. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { DIALOGUE_LINE_MOST = 2048 }; /* with its CRLF: a path, and what MAIL may carry besides (RFC 5321 4.5.3.1, RFC 6531 3.4) */

typedef enum { SAYS_LHLO, SAYS_HELO, SAYS_MAIL, SAYS_RCPT, SAYS_DATA, SAYS_RSET, SAYS_NOOP, SAYS_VRFY, SAYS_QUIT, SAYS_UNKNOWN, SAYS_BAD_WORDS } Saying;

typedef struct {
    Saying saying; /* BAD_WORDS: a known command with an argument that it cannot have */
    char *path;    /* MAIL, RCPT: between < and >, may be empty; else NULL */
    int64_t size;  /* MAIL SIZE=; 0: not told */
} Said;

/* Reads one line without its CRLF. */
Said dialogue_read(const char *line, size_t length);
void said_clear(Said *said);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

/* Takes the bytes after 354: only CRLF.CRLF ends them; the dot before a line is taken away, CRLF becomes LF, as a pipe has it. A CR or LF alone
 * is a byte of its line: it begins none, so that `LF.LF` and `LF.CRLF` can smuggle nothing. */
typedef enum { DOT_LINE, DOT_DOT, DOT_DOT_CR, DOT_CR, DOT_TEXT, DOT_END } DotState;
/* Begins as DOT_LINE. Appends to `out` unless it is NULL; returns how many bytes it took: fewer than `length` only at DOT_END. */
size_t dialogue_data(DotState *state, const uint8_t *bytes, size_t length, GByteArray *out);
