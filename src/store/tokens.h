/* tokens.h: questions of ours that wait for an answer by mail. Only a token's hash is kept. */
#pragma once
#include "model/facts.h"
#include "store/database.h"

void token_free(Token *token);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Token, token_free)

/* How long an answer is waited for, in seconds. */
enum { TOKEN_LIFE = 7 * 86400 };

/* A new question to `email`. Of the kind `orders` one address has at most one for each group, and one about several
 * or none: an older one is replaced. */
bool tokens_add(Database *database, const Token *token, const char *hash, int64_t now, GError **error);
/* The first of the hashes (ended by NULL) that is a token's. NULL without *error when none is. Yours. */
Token *tokens_find(Database *database, const char *const *hashes, GError **error);
/* Single use: *mine is false when it was settled before. */
bool tokens_settle(Database *database, int64_t id, const char *state, int64_t now, bool *mine, GError **error);
bool tokens_asked_again(Database *database, int64_t id, GError **error);
/* The questions about a letter that nobody needs to answer any more, but for the one that is being answered (0: none). */
bool tokens_settle_letter(Database *database, int64_t letter, int64_t answered, int64_t now, GError **error);
/* Those whose time is over. */
bool tokens_expire(Database *database, int64_t now, GError **error);
