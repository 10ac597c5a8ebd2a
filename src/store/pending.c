#include "store/pending.h"

void held_free(Held *held) {
    if (held == NULL) return;
    char *texts[] = {held->group_name, held->subject, held->author_name, held->author_address, held->sender,     held->message_id, held->reason,
                     held->state,      held->text,    held->decided_by,  held->decision,       held->recipient, held->detail};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    if (held->parsed != NULL) g_bytes_unref(held->parsed);
    g_free(held);
}

/* The columns of HELD_SELECT in sql.def. */
static Held *read_held(Query *query) {
    Held *held = g_new0(Held, 1);
    int64_t *numbers[] = {&held->id, &held->group, &held->letter, &held->at};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) *numbers[i] = query_column_integer(query, (int)i);
    char **texts[] = {&held->group_name, &held->subject,    &held->author_name, &held->author_address, &held->sender,
                      &held->message_id, &held->reason, &held->state,       &held->text};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) *texts[i] = query_column_copy(query, 4 + (int)i);
    held->size = query_column_integer(query, 13);
    held->decided_at = query_column_integer(query, 14);
    held->decided_by = query_column_copy(query, 15);
    held->decision = query_column_copy(query, 16);
    held->recipient = query_column_copy(query, 17);
    held->detail = query_column_copy(query, 18);
    held->parsed = query_column_bytes(query, 19);
    return held;
}

Held *pending_get(Database *database, int64_t id, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_GET);
    query_integer(query, 1, id);
    return query_step(query, error) == 1 ? read_held(query) : NULL;
}

static GPtrArray *read_all(Query *query, GError **error) {
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)held_free);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(list, read_held(query));
    return step == 0 ? g_steal_pointer(&list) : NULL;
}

GPtrArray *pending_list(Database *database, int64_t group, bool decided_too, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_LIST);
    query_integer(query, 1, group);
    query_integer(query, 2, decided_too);
    return read_all(query, error);
}

GPtrArray *pending_find(Database *database, const char *message_id, bool decided_too, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_BY_MESSAGE_ID);
    query_text(query, 1, message_id);
    query_integer(query, 2, decided_too);
    return read_all(query, error);
}

GPtrArray *pending_of_moderator(Database *database, int64_t person, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_OF_MODERATOR);
    query_integer(query, 1, person);
    return read_all(query, error);
}

GPtrArray *pending_decided_by(Database *database, int64_t letter, int64_t group, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_DECIDED);
    query_integer(query, 1, letter);
    query_integer(query, 2, group);
    return read_all(query, error);
}
