#include "store/ledger.h"

/* What flow/act does it writes down itself (apply.c); this is for what is too small to be an intent, and for reading. */

void ledger_line_free(LedgerLine *line) {
    if (line == NULL) return;
    g_free(line->what);
    g_free(line->actor);
    g_free(line->group_name);
    g_free(line->detail);
    g_free(line);
}

GPtrArray *ledger_of(Database *database, int64_t person, GError **error) {
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_line_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_LEDGER);
    query_integer(query, 1, person);
    int step;
    while ((step = query_step(query, error)) == 1) {
        LedgerLine *line = g_new0(LedgerLine, 1);
        line->at = query_column_integer(query, 0);
        char **texts[] = {&line->what, &line->actor, &line->group_name, &line->detail};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) *texts[i] = query_column_copy(query, 1 + (int)i);
        g_ptr_array_add(lines, line);
    }
    return step == 0 ? g_steal_pointer(&lines) : NULL;
}

bool ledger_add(Database *database, const LedgerEntry *entry, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_EVENT_ADD);
    query_integer(query, 1, entry->at);
    query_text(query, 2, entry->what);
    query_text(query, 3, entry->actor);
    if (entry->group != 0) query_integer(query, 4, entry->group);
    if (entry->person != 0) query_integer(query, 5, entry->person);
    query_text(query, 7, entry->detail);
    return query_run(query, error);
}
