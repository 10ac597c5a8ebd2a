/* question.h: a question of ours that waits for an answer by mail. */
#pragma once
#include <glib.h>

typedef enum { TOKEN_ORDERS, TOKEN_ADDRESS, TOKEN_INVITATION, TOKEN_APPROVAL, TOKEN_HELD, TOKEN_POST, TOKEN_KINDS } TokenKind;
static const char *const token_kind_words[] = {"orders", "address", "invitation", "approval", "held", "post", NULL};

typedef struct {
    int64_t id, group, letter, asked, expires_at;
    TokenKind kind;
    char *email, *orders, *state, *hash;
} Token;
