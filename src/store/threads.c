#include "store/threads.h"

/* No thread is ever built anew: a post looks up what it answers, then what answers it. A parent is only taken where it is no descendant,
 * since references come from strangers and may point in a circle. */

static bool keep_references(Database *database, int64_t post, int64_t group, const GPtrArray *references, GError **error) {
    for (guint i = 0; references != NULL && i < references->len; i++) {
        g_autoptr(Query) query = query_new(database, STATEMENT_REFERENCE_ADD);
        query_integer(query, 1, post);
        query_integer(query, 2, group);
        query_integer(query, 3, (int64_t)i);
        query_text(query, 4, references->pdata[i]);
        if (!query_run(query, error)) return false;
    }
    return true;
}

/* Fills thread, parent and position; the thread is the post's own number when nothing is known of its talk. */
static bool find_place(Database *database, int64_t post, int64_t answers, int64_t *thread, int64_t *parent, int64_t *position, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_THREAD_PARENT);
    query_integer(query, 1, post);
    int step = query_step(query, error);
    if (step == 1) {
        *parent = query_column_integer(query, 0);
        *thread = query_column_integer(query, 1);
        *position = query_column_integer(query, 2);
    }
    if (step != 0) return step == 1;
    g_autoptr(Query) named = query_new(database, STATEMENT_THREAD_NAMED);
    query_integer(named, 1, post);
    query_integer(named, 2, answers);
    step = query_step(named, error);
    if (step == 1) {
        *parent = query_column_integer(named, 0);
        *thread = query_column_integer(named, 1);
    }
    if (step != 0) return step == 1;
    g_autoptr(Query) sibling = query_new(database, STATEMENT_THREAD_SIBLING);
    query_integer(sibling, 1, post);
    step = query_step(sibling, error);
    *thread = step == 1 ? query_column_integer(sibling, 0) : post;
    return step >= 0;
}

static bool run_numbers(Database *database, Statement statement, const int64_t *numbers, size_t count, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    for (size_t i = 0; i < count; i++) query_integer(query, (int)i + 1, numbers[i]);
    return query_run(query, error);
}

/* 1: it is, 0: it is not, -1: failed. */
static int is_ancestor(Database *database, int64_t post, int64_t candidate, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_THREAD_ANCESTOR);
    query_integer(query, 1, post);
    query_integer(query, 2, candidate);
    return query_step(query, error);
}

/* Whoever muted the one has muted both: it was one talk all the time. */
static bool merge(Database *database, int64_t younger, int64_t older, GError **error) {
    return run_numbers(database, STATEMENT_THREAD_MERGE, (int64_t[]){younger, older}, 2, error) &&
           run_numbers(database, STATEMENT_MUTE_MERGE, (int64_t[]){younger, older}, 2, error) &&
           run_numbers(database, STATEMENT_MUTE_MERGED, (int64_t[]){younger}, 1, error);
}

static bool adopt(Database *database, int64_t post, int64_t group, const char *message_id, int64_t *thread, GError **error) {
    g_autoptr(GArray) orphans = g_array_new(FALSE, FALSE, 3 * sizeof(int64_t));
    g_autoptr(Query) query = query_new(database, STATEMENT_THREAD_ORPHANS);
    query_text(query, 1, message_id);
    query_integer(query, 2, group);
    query_integer(query, 3, post);
    int step;
    while ((step = query_step(query, error)) == 1) {
        int64_t row[3] = {query_column_integer(query, 0), query_column_integer(query, 1), query_column_integer(query, 2)};
        g_array_append_vals(orphans, row, 1);
    }
    if (step < 0) return false;
    for (guint i = 0; i < orphans->len; i++) {
        const int64_t *row = (const int64_t *)(const void *)(orphans->data + i * 3 * sizeof(int64_t));
        int circle = is_ancestor(database, post, row[0], error);
        if (circle < 0) return false;
        if (circle == 1) continue;
        if (!run_numbers(database, STATEMENT_THREAD_ADOPT, (int64_t[]){row[0], post, row[2]}, 3, error)) return false;
        int64_t older = MIN(row[1], *thread), younger = MAX(row[1], *thread);
        if (older != younger && !merge(database, younger, older, error)) return false;
        *thread = older;
    }
    return true;
}

bool threads_link(Database *database, int64_t post, int64_t group, const char *message_id, const GPtrArray *references, int64_t answers, GError **error) {
    int64_t thread = 0, parent = 0, position = -1;
    if (!keep_references(database, post, group, references, error) || !find_place(database, post, answers, &thread, &parent, &position, error)) return false;
    g_autoptr(Query) query = query_new(database, STATEMENT_THREAD_SET);
    query_integer(query, 1, post);
    query_integer(query, 2, thread);
    if (parent != 0) query_integer(query, 3, parent);
    query_integer(query, 4, position);
    return query_run(query, error) && adopt(database, post, group, message_id, &thread, error);
}
