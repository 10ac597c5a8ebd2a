#include "fixture.h"
#include "base/token.h"
#include "store/tokens.h"

static int64_t add(Fixture *fixture, TokenKind kind, const char *email, const char *text, int64_t group) {
    GError *error = NULL;
    g_autofree char *hash = token_hash(text, strlen(text));
    Token token = {.kind = kind, .email = (char *)(uintptr_t)email, .orders = (char *)"", .group = group, .expires_at = fixture->now + TOKEN_LIFE};
    if (!tokens_add(fixture->database, &token, hash, fixture->now, &error)) fail_msg("%s", error->message);
    return database_last_id(fixture->database);
}

static char *state_of(Fixture *fixture, const char *text) {
    g_autofree char *hash = token_hash(text, strlen(text));
    const char *hashes[] = {hash, NULL};
    g_autoptr(Token) token = tokens_find(fixture->database, hashes, NULL);
    assert_non_null(token);
    return g_strdup(token->state);
}

static void a_million_guesses_open_nothing(void **state) {
    Fixture *fixture = *state;
    for (int i = 0; i < 100; i++) {
        g_autofree char *real = token_new();
        add(fixture, TOKEN_HELD, "", real, 0);
    }
    g_autoptr(Transaction) transaction = transaction_begin_read(fixture->database, NULL);
    assert_non_null(transaction);
    for (int i = 0; i < 1000000; i++) {
        g_autofree char *guess = token_new();
        g_autofree char *hash = token_hash(guess, strlen(guess));
        const char *hashes[] = {hash, NULL};
        GError *error = NULL;
        assert_null(tokens_find(fixture->database, hashes, &error));
        assert_null(error);
    }
}

static void a_token_counts_once(void **state) {
    Fixture *fixture = *state;
    int64_t id = add(fixture, TOKEN_ORDERS, "maria@drama.example.gr", "abc", 0);
    bool mine = false;
    assert_true(tokens_settle(fixture->database, id, "done", fixture->now, &mine, NULL) && mine);
    assert_true(tokens_settle(fixture->database, id, "done", fixture->now, &mine, NULL) && !mine);
}

static void a_newer_question_replaces_the_one_about_the_same_group_only(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    add(fixture, TOKEN_ORDERS, "maria@drama.example.gr", "first", 1);
    add(fixture, TOKEN_ORDERS, "maria@drama.example.gr", "other", 0);
    add(fixture, TOKEN_ORDERS, "eleni@kozani.example.gr", "hers", 1);
    add(fixture, TOKEN_ORDERS, "maria@drama.example.gr", "second", 1);
    static const char *const table[][2] = {{"first", "replaced"}, {"other", "waiting"}, {"hers", "waiting"}, {"second", "waiting"}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *found = state_of(fixture, table[i][0]);
        assert_string_equal(found, table[i][1]);
    }
}

int main(void) {
    struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_counts_once, fixture_start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_newer_question_replaces_the_one_about_the_same_group_only, fixture_start, fixture_stop),
        cmocka_unit_test_setup_teardown(a_million_guesses_open_nothing, fixture_start, fixture_stop),
    };
    /* Under valgrind a million takes minutes, and shows nothing that two tests do not. */
    const char *suite = g_getenv("TEST_SUITE");
    if (g_strcmp0(suite, "valgrind") == 0) return _cmocka_run_group_tests("tests", tests, 2, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
