#include "store/destinations.h"

void destination_free(Destination *destination) {
    if (destination == NULL) return;
    g_free(destination->domain);
    g_free(destination->reply);
    g_free(destination);
}

GHashTable *destinations_read(Database *database, GError **error) {
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)destination_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_DESTINATION_LIST);
    int step;
    while ((step = query_step(query, error)) == 1) {
        Destination *destination = g_new0(Destination, 1);
        *destination = (Destination){.domain = query_column_copy(query, 0), .deferrals = query_column_integer(query, 1),
                                     .until = query_column_integer(query, 2), .reply = query_column_copy(query, 3),
                                     .changed_at = query_column_integer(query, 4)};
        g_hash_table_replace(known, destination->domain, destination);
    }
    return step == 0 ? g_steal_pointer(&known) : NULL;
}

bool destinations_put(Database *database, const Destination *destination, GError **error) {
    g_autoptr(Query) put = query_new(database, STATEMENT_DESTINATION_PUT);
    query_text(put, 1, destination->domain);
    query_integer(put, 2, destination->deferrals);
    query_integer(put, 3, destination->until);
    query_text(put, 4, destination->reply);
    query_integer(put, 5, destination->changed_at);
    return query_run(put, error);
}

/* Statements about one domain, and perhaps a time. */
static bool run_for(Database *database, Statement statement, const char *domain, int64_t at, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    if (domain != NULL) query_text(query, 1, domain);
    if (at != 0) query_integer(query, 2, at);
    return query_run(query, error);
}

bool destinations_remove(Database *database, const char *domain, GError **error) { return run_for(database, STATEMENT_DESTINATION_REMOVE, domain, 0, error); }

bool destinations_open(Database *database, const char *domain, int64_t now, GError **error) {
    return destinations_remove(database, domain, error) && run_for(database, STATEMENT_DESTINATION_OPEN, domain, now, error);
}

bool destinations_rest(Database *database, const Destination *destination, int64_t most, int64_t give_up, int64_t *given_up, GError **error) {
    g_autoptr(Query) rest = query_new(database, STATEMENT_DESTINATION_REST), end = query_new(database, STATEMENT_DESTINATION_GIVE_UP);
    query_text(rest, 1, destination->domain);
    query_integer(rest, 2, destination->until);
    query_integer(rest, 3, destination->changed_at);
    query_integer(rest, 4, most);
    query_text(rest, 5, destination->reply);
    query_text(end, 1, destination->domain);
    query_integer(end, 2, give_up);
    query_text(end, 3, destination->reply);
    if (!query_run(rest, error) || !query_run(end, error)) return false;
    *given_up = database_changes(database);
    return true;
}

static bool find_probe(Database *database, const char *domain, int64_t lease, int64_t *probe, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DESTINATION_PROBE);
    query_text(query, 1, domain);
    query_integer(query, 2, lease);
    int step = query_step(query, error);
    *probe = step == 1 ? query_column_integer(query, 0) : 0;
    return step >= 0;
}

bool destinations_wake(Database *database, const Destination *destination, int64_t now, int64_t until, int64_t lease, bool *mine, int64_t *probe, GError **error) {
    g_autoptr(Query) seize = query_new(database, STATEMENT_DESTINATION_SEIZE), hurry = query_new(database, STATEMENT_DELIVERY_HURRY);
    query_text(seize, 1, destination->domain);
    query_integer(seize, 2, destination->until);
    query_integer(seize, 3, until);
    if (!query_run(seize, error)) return false;
    *mine = database_changes(database) == 1;
    *probe = 0;
    if (!*mine) return true;
    if (!find_probe(database, destination->domain, lease, probe, error)) return false;
    query_integer(hurry, 1, *probe);
    query_integer(hurry, 2, now);
    return run_for(database, STATEMENT_DESTINATION_HURRY, destination->domain, until, error) && query_run(hurry, error);
}
