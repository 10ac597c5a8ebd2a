#include "store/failures.h"

void failed_free(Failed *failed) {
    if (failed == NULL) return;
    char *texts[] = {failed->subject, failed->author_name, failed->author_address, failed->message_id};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    g_free(failed);
}

GArray *failures_due(Database *database, int64_t latest, int64_t longest, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_FAILURES_DUE);
    query_integer(query, 1, latest);
    query_integer(query, 2, longest);
    return query_numbers(query, error);
}

Failed *failures_get(Database *database, int64_t outgoing, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_FAILURES_GET);
    query_integer(query, 1, outgoing);
    if (query_step(query, error) != 1) return NULL;
    Failed *failed = g_new0(Failed, 1);
    *failed = (Failed){.outgoing = outgoing, .group = query_column_integer(query, 0), .copies = query_column_integer(query, 1), .failed = query_column_integer(query, 2),
                       .subject = query_column_copy(query, 3), .author_name = query_column_copy(query, 4), .author_address = query_column_copy(query, 5),
                       .message_id = query_column_copy(query, 6), .digests = query_column_integer(query, 7)};
    return failed;
}

static void reason_free(gpointer data) {
    FailedReason *reason = data;
    g_free(reason->word);
    g_strfreev(reason->addresses);
    g_free(reason);
}

GPtrArray *failures_reasons(Database *database, int64_t outgoing, GError **error) {
    g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(reason_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_FAILURES_REASONS);
    query_integer(query, 1, outgoing);
    int step;
    while ((step = query_step(query, error)) == 1) {
        FailedReason *reason = g_new0(FailedReason, 1);
        *reason = (FailedReason){query_column_copy(query, 0), g_strsplit(query_column_text(query, 2), ",", -1), query_column_integer(query, 1)};
        g_ptr_array_add(reasons, reason);
    }
    return step == 0 ? g_steal_pointer(&reasons) : NULL;
}

bool failures_told(Database *database, int64_t outgoing, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_FAILURES_TOLD);
    query_integer(query, 1, outgoing);
    query_integer(query, 2, now);
    return query_run(query, error);
}
