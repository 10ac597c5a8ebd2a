#include "store/tokens.h"
#include "model/person.h"

void token_free(Token *token) {
    if (token == NULL) return;
    g_free(token->email);
    g_free(token->orders);
    g_free(token->state);
    g_free(token->hash);
    g_free(token);
}

static bool replace(Database *database, const Token *token, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_TOKEN_REPLACE);
    query_text(query, 1, token->email);
    query_text(query, 2, token_kind_words[token->kind]);
    query_integer(query, 3, now);
    query_integer(query, 4, token->group);
    return query_run(query, error);
}

bool tokens_add(Database *database, const Token *token, const char *hash, int64_t now, GError **error) {
    if (token->kind == TOKEN_ORDERS && !replace(database, token, now, error)) return false;
    g_autoptr(Query) query = query_new(database, STATEMENT_TOKEN_ADD);
    query_text(query, 1, hash);
    query_text(query, 2, token_kind_words[token->kind]);
    query_text(query, 3, token->email);
    if (token->group != 0) query_integer(query, 4, token->group);
    if (token->letter != 0) query_integer(query, 5, token->letter);
    query_text(query, 6, token->orders != NULL ? token->orders : "");
    query_integer(query, 7, now);
    query_integer(query, 8, token->expires_at);
    return query_run(query, error);
}

/* The look-up is by the hash of 128 random bits: what a guesser could learn from its time tells him nothing of a token. */
Token *tokens_find(Database *database, const char *const *hashes, GError **error) {
    for (; *hashes != NULL; hashes++) {
        g_autoptr(Query) query = query_new(database, STATEMENT_TOKEN_FIND);
        query_text(query, 1, *hashes);
        int step = query_step(query, error);
        if (step < 0) return NULL;
        if (step == 0) continue;
        Token *token = g_new0(Token, 1);
        int64_t *numbers[] = {&token->id, &token->group, &token->letter, &token->asked, &token->expires_at};
        for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) *numbers[i] = query_column_integer(query, (int)i);
        token->kind = (TokenKind)word_index(token_kind_words, query_column_text(query, 5));
        token->email = query_column_copy(query, 6);
        token->orders = query_column_copy(query, 7);
        token->state = query_column_copy(query, 8);
        token->hash = g_strdup(*hashes);
        return token;
    }
    return NULL;
}

bool tokens_settle(Database *database, int64_t id, const char *state, int64_t now, bool *mine, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_TOKEN_SETTLE);
    query_integer(query, 1, id);
    query_text(query, 2, state);
    query_integer(query, 3, now);
    if (!query_run(query, error)) return false;
    *mine = database_changes(database) == 1;
    return true;
}

static bool run_numbers(Database *database, Statement statement, int64_t first, int64_t second, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    query_integer(query, 1, first);
    if (second != 0) query_integer(query, 2, second);
    return query_run(query, error);
}

bool tokens_asked_again(Database *database, int64_t id, GError **error) { return run_numbers(database, STATEMENT_TOKEN_AGAIN, id, 0, error); }

bool tokens_settle_letter(Database *database, int64_t letter, int64_t answered, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_TOKENS_OF_LETTER_SETTLE);
    query_integer(query, 1, letter);
    query_integer(query, 2, now);
    query_integer(query, 3, answered);
    return query_run(query, error);
}

bool tokens_expire(Database *database, int64_t now, GError **error) { return run_numbers(database, STATEMENT_TOKENS_EXPIRE, now, 0, error); }
