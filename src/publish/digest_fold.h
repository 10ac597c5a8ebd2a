/* digest_fold.h: what is new in a post. Quoted history and signatures become a number each; what stays is lines as they were written, not as a program
 * broke them. Pure. */
#pragma once
#include <glib.h>
#include <stddef.h>

typedef enum { FOLD_TEXT, FOLD_BLANK, FOLD_QUOTE, FOLD_HISTORY, FOLD_SIGNATURE } FoldKind;

typedef struct {
    FoldKind kind;
    char *text;  /* of FOLD_TEXT and FOLD_QUOTE (without its first `>`): no controls, at most 4096 octets; else NULL */
    size_t lines; /* of FOLD_HISTORY and FOLD_SIGNATURE: how many were folded */
} FoldLine;

/* GPtrArray of pieces, each a GPtrArray of FoldLine *, with at most about `most` octets of text; at least one piece, which may be empty. No FOLD_BLANK begins or
 * ends a text, or follows another. `subject` tells whether the mail passes on another. Yours. */
GPtrArray *digest_fold(const char *subject, const char *text, size_t most);
