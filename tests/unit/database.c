#include "fixture.h"

static char *said_by(Database *database, Statement statement) {
    g_autoptr(Query) query = query_new(database, statement);
    assert_int_equal(query_step(query, NULL), 1);
    return query_column_copy(query, 0);
}

static void expect(Database *database, const char *synchronous) {
    g_autofree char *journal = said_by(database, STATEMENT_JOURNAL_GET), *level = said_by(database, STATEMENT_SYNCHRONOUS_GET);
    assert_string_equal(journal, "wal");
    assert_string_equal(level, synchronous);
}

/* Some pragmas of ours take effect when they are prepared. */
static void a_warm_connection_waits_for_the_disk_as_it_did(void **state) {
    Fixture *fixture = *state;
    g_autoptr(Database) marking = database_open_for_marking(fixture->config, NULL);
    assert_non_null(marking);
    for (int i = 0; i < 2; i++) {
        expect(fixture->database, "2");
        expect(marking, "1");
        assert_true(database_warm(fixture->database, NULL) && database_warm(marking, NULL));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_warm_connection_waits_for_the_disk_as_it_did, fixture_start, fixture_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
