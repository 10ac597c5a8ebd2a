#include "store/clock.h"

bool clock_read(Database *database, const char *name, int64_t *at, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_CLOCK_GET);
    query_text(query, 1, name);
    int step = query_step(query, error);
    *at = step == 1 ? g_ascii_strtoll(query_column_text(query, 0), NULL, 10) : 0;
    return step >= 0;
}

bool clock_write(Database *database, const char *name, int64_t at, GError **error) {
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, at);
    g_autoptr(Query) query = query_new(database, STATEMENT_CLOCK_SET);
    query_text(query, 1, name);
    query_text(query, 2, text);
    return query_run(query, error);
}
