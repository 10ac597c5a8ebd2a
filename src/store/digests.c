#include "store/digests.h"

/* A digest is read and composed before the transaction that queues it. So each row is marked only if it still gathers, and
 * one that does not undoes the whole: a post in two digests, or sent to one who has left, is what must not happen here. */

GArray *digests_groups(Database *database, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_GROUPS);
    return query_numbers(query, error);
}

GArray *digests_persons(Database *database, int64_t group, int64_t cut, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_PERSONS);
    query_integer(query, 1, group);
    query_integer(query, 2, cut);
    return query_numbers(query, error);
}

Person *digests_reader(Database *database, int64_t id, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_READER);
    query_integer(query, 1, id);
    int step = query_step(query, error);
    if (step == 0) fault_set(error, FAULT_INTERNAL, "posts gather for person %" G_GINT64_FORMAT ", who has no address", id);
    if (step != 1) return NULL;
    Person *person = g_new0(Person, 1);
    person->id = query_column_integer(query, 0);
    person->email = query_column_copy(query, 1);
    person->name = query_column_copy(query, 2);
    person->organisation = query_column_copy(query, 3);
    person->language = query_column_copy(query, 4);
    return person;
}

GArray *digests_gathering(Database *database, int64_t person, GError **error) {
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Gathering));
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_GATHERING);
    query_integer(query, 1, person);
    int step;
    while ((step = query_step(query, error)) == 1) {
        Gathering row = {.delivery = query_column_integer(query, 0),
                         .post = query_column_integer(query, 1),
                         .group = query_column_integer(query, 2),
                         .accepted_at = query_column_integer(query, 3)};
        g_array_append_val(rows, row);
    }
    return step == 0 ? g_steal_pointer(&rows) : NULL;
}

static void bind_group(Query *query, int position, int64_t group) {
    if (group != 0)
        query_integer(query, position, group);
    else
        query_text(query, position, NULL);
}

static bool add_outgoing(Database *database, const Digest *digest, int64_t now, int64_t *outgoing, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTGOING_ADD);
    gsize head_length, body_length;
    const void *head = g_bytes_get_data(digest->head, &head_length), *body = g_bytes_get_data(digest->body, &body_length);
    query_text(query, 1, "digest");
    bind_group(query, 2, digest->group);
    query_text(query, 3, NULL);
    query_text(query, 4, NULL);
    query_text(query, 5, digest->message_id);
    query_integer(query, 6, now);
    query_bytes(query, 7, head, head_length);
    query_bytes(query, 8, body, body_length);
    if (!query_run(query, error)) return false;
    *outgoing = database_last_id(database);
    return true;
}

static bool add_delivery(Database *database, const Digest *digest, int64_t now, int64_t outgoing, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DELIVERY_ADD);
    query_integer(query, 1, outgoing);
    bind_group(query, 2, digest->group);
    query_integer(query, 3, digest->person);
    query_text(query, 4, digest->email);
    query_text(query, 5, "verp");
    query_integer(query, 6, now);
    return query_run(query, error);
}

bool digests_put(Database *database, const Digest *digest, const GArray *gathered, int64_t now, bool *lost, GError **error) {
    int64_t outgoing = 0;
    *lost = false;
    if (!add_outgoing(database, digest, now, &outgoing, error)) return false;
    if (!add_delivery(database, digest, now, outgoing, error)) return false;
    for (guint i = 0; i < gathered->len; i++) {
        g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_GATHERED);
        query_integer(query, 1, g_array_index(gathered, Gathering, i).delivery);
        query_integer(query, 2, outgoing);
        query_integer(query, 3, now);
        if (!query_run(query, error)) return false;
        if ((*lost = database_changes(database) != 1)) return true;
    }
    return true;
}
