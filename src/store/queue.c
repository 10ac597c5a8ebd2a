#include "store/queue.h"

static void entry_free(gpointer data) {
    Entry *entry = data;
    char *texts[] = {entry->email, entry->state, entry->reply, entry->group, entry->kind, entry->subject};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    g_free(entry);
}

GPtrArray *queue_list(Database *database, const char *state, const char *whom, int64_t most, GError **error) {
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(entry_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_LIST);
    query_text(query, 1, state);
    query_text(query, 2, whom);
    query_integer(query, 3, most);
    int step;
    while ((step = query_step(query, error)) == 1) {
        Entry *entry = g_new0(Entry, 1);
        *entry = (Entry){.id = query_column_integer(query, 0), .email = query_column_copy(query, 1), .state = query_column_copy(query, 2),
                         .attempts = query_column_integer(query, 3), .next_try = query_column_integer(query, 4),
                         .reply = query_column_copy(query, 5), .created_at = query_column_integer(query, 6),
                         .post = query_column_integer(query, 7), .group = query_column_copy(query, 8), .kind = query_column_copy(query, 9),
                         .subject = query_column_copy(query, 10)};
        g_ptr_array_add(list, entry);
    }
    return step == 0 ? g_steal_pointer(&list) : NULL;
}

/* Statements of the shape: which, when. */
static bool turn(Database *database, Statement statement, int64_t number, const char *domain, int64_t now, int64_t *changed, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    if (domain != NULL) query_text(query, 1, domain);
    else query_integer(query, 1, number);
    query_integer(query, 2, now);
    if (!query_run(query, error)) return false;
    *changed += database_changes(database);
    return true;
}

bool queue_knows(Database *database, const char *whom, bool *known, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_QUEUE_KNOWS);
    query_text(query, 1, whom);
    int step = query_step(query, error);
    *known = step == 1;
    return step >= 0;
}

static bool run_on(Database *database, Statement statement, int64_t number, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    query_integer(query, 1, number);
    return query_run(query, error);
}

/* What is done with one delivery, or with all of a post. */
typedef struct {
    Statement unwanted, refusal_void, untold, anew, destination_remove, hurry;
} Hurry;

/* What has failed waits again first, and is then hurried as what waits. */
static bool hurry(Database *database, const Hurry *of, int64_t number, int64_t now, int64_t *changed, GError **error) {
    int64_t anew = 0;
    return turn(database, of->unwanted, number, NULL, now, &anew, error) && turn(database, of->refusal_void, number, NULL, now, &anew, error) &&
           run_on(database, of->untold, number, error) && turn(database, of->anew, number, NULL, now, &anew, error) &&
           run_on(database, of->destination_remove, number, error) && turn(database, of->hurry, number, NULL, now, changed, error);
}

bool queue_hurry(Database *database, int64_t delivery, int64_t now, int64_t *changed, GError **error) {
    static const Hurry one = {STATEMENT_DELIVERY_UNWANTED, STATEMENT_REFUSAL_VOID, STATEMENT_FAILURE_UNTOLD,
                              STATEMENT_DELIVERY_ANEW,     STATEMENT_DESTINATION_REMOVE_OF, STATEMENT_DELIVERY_HURRY};
    return hurry(database, &one, delivery, now, changed, error);
}

bool queue_hurry_post(Database *database, int64_t post, int64_t now, int64_t *changed, GError **error) {
    static const Hurry all = {STATEMENT_DELIVERIES_UNWANTED, STATEMENT_REFUSALS_VOID, STATEMENT_FAILURES_UNTOLD,
                              STATEMENT_DELIVERIES_ANEW,     STATEMENT_DESTINATIONS_REMOVE_OF, STATEMENT_DELIVERIES_HURRY};
    return hurry(database, &all, post, now, changed, error);
}

bool queue_hurry_failed(Database *database, int64_t since, int64_t now, int64_t *changed, GError **error) {
    g_autoptr(GArray) failed = g_array_new(FALSE, FALSE, sizeof(int64_t));
    {
        g_autoptr(Query) query = query_new(database, STATEMENT_FAILED_SINCE);
        query_integer(query, 1, since);
        int step;
        while ((step = query_step(query, error)) == 1) {
            int64_t delivery = query_column_integer(query, 0);
            g_array_append_val(failed, delivery);
        }
        if (step < 0) return false;
    }
    for (guint i = 0; i < failed->len; i++)
        if (!queue_hurry(database, g_array_index(failed, int64_t, i), now, changed, error)) return false;
    return true;
}

bool queue_hurry_domain(Database *database, const char *domain, int64_t now, int64_t *changed, GError **error) {
    return turn(database, STATEMENT_DESTINATION_HURRY, 0, domain, now, changed, error);
}

bool queue_cancel(Database *database, int64_t delivery, int64_t now, int64_t *changed, GError **error) {
    return turn(database, STATEMENT_DELIVERY_CANCEL, delivery, NULL, now, changed, error);
}

bool queue_cancel_post(Database *database, int64_t post, int64_t now, int64_t *changed, GError **error) {
    return turn(database, STATEMENT_DELIVERIES_CANCEL, post, NULL, now, changed, error);
}

char *queue_state(Database *database, int64_t delivery, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DELIVERY_STATE);
    query_integer(query, 1, delivery);
    return query_step(query, error) == 1 ? query_column_copy(query, 0) : NULL;
}

static void waiting_free(gpointer data) {
    Waiting *waiting = data;
    g_free(waiting->domain);
    g_free(waiting->reply);
    g_free(waiting);
}

GPtrArray *queue_domains(Database *database, GError **error) {
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(waiting_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_DESTINATIONS);
    int step;
    while ((step = query_step(query, error)) == 1) {
        Waiting *waiting = g_new0(Waiting, 1);
        *waiting = (Waiting){.domain = query_column_copy(query, 0), .waiting = query_column_integer(query, 1), .since = query_column_integer(query, 2),
                         .next_try = query_column_integer(query, 3), .attempts = query_column_integer(query, 4),
                         .reply = query_column_copy(query, 5), .until = query_column_integer(query, 6)};
        g_ptr_array_add(list, waiting);
    }
    return step == 0 ? g_steal_pointer(&list) : NULL;
}

bool queue_sent(Database *database, int64_t since, int64_t *count, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_SENT);
    query_integer(query, 1, since);
    if (query_step(query, error) != 1) return false;
    *count = query_column_integer(query, 0);
    return true;
}

bool queue_failed(Database *database, int64_t since, int64_t *count, char **reply, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTBOX_FAILED);
    query_integer(query, 1, since);
    if (query_step(query, error) != 1) return false;
    *count = query_column_integer(query, 0);
    *reply = query_column_copy(query, 1);
    return true;
}

bool queue_failed_posts(Database *database, int64_t since, FailedPosts *failed, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_POSTS_FAILED);
    query_integer(query, 1, since);
    if (query_step(query, error) != 1) return false;
    *failed = (FailedPosts){query_column_integer(query, 0), query_column_integer(query, 1), query_column_integer(query, 2), query_column_copy(query, 3)};
    return true;
}
