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
    if (!query_run(put, error)) return false;
    if (destination->until == 0) return true;
    g_autoptr(Query) postpone = query_new(database, STATEMENT_DESTINATION_POSTPONE);
    query_text(postpone, 1, destination->domain);
    query_integer(postpone, 2, destination->until);
    return query_run(postpone, error);
}

bool destinations_remove(Database *database, const char *domain, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DESTINATION_REMOVE);
    query_text(query, 1, domain);
    return query_run(query, error);
}
