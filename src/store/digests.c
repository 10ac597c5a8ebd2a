#include "store/digests.h"
#include "store/choices.h"
#include "store/people.h"

/* A digest is read and composed before the transaction that queues it. So each row is marked only if it still gathers, and
 * one that does not undoes the whole: a post in two digests, or sent to one who has left, is what must not happen here. */

GArray *digests_groups(Database *database, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_GROUPS);
    return query_numbers(query, error);
}

GArray *digests_persons(Database *database, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_PERSONS);
    return query_numbers(query, error);
}

void digest_reader_free(DigestReader *reader) {
    if (reader == NULL) return;
    person_free(reader->person);
    choice_clear(&reader->choice);
    g_free(reader);
}

static Person *read_person(Query *query) {
    Person *person = g_new0(Person, 1);
    person->id = query_column_integer(query, 0);
    person->email = query_column_copy(query, 1);
    person->name = query_column_copy(query, 2);
    person->organisation = query_column_copy(query, 3);
    person->language = query_column_copy(query, 4);
    return person;
}

DigestReader *digests_reader(Database *database, int64_t id, GError **error) {
    g_autoptr(DigestReader) reader = g_new0(DigestReader, 1);
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_READER);
    query_integer(query, 1, id);
    query_integer(query, 2, database_config(database)->digest_hour);
    query_text(query, 3, database_config(database)->zone);
    int step = query_step(query, error);
    if (step == 0) fault_set(error, FAULT_INTERNAL, "posts gather for person %" G_GINT64_FORMAT ", who has no address", id);
    if (step != 1) return NULL;
    reader->person = read_person(query);
    reader->last = query_column_integer(query, 5);
    reader->asked = query_column_integer(query, 6);
    if (!choices_read(database, id, &reader->choice, error)) return NULL;
    if (reader->choice.hour < 0) reader->choice.hour = (int)query_column_integer(query, 7);
    if (*reader->choice.zone != '\0') return g_steal_pointer(&reader);
    g_free(reader->choice.zone);
    reader->choice.zone = query_column_copy(query, 8);
    return g_steal_pointer(&reader);
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
    gsize length;
    const void *head = g_bytes_get_data(digest->head, &length);
    query_text(query, 1, "digest");
    bind_group(query, 2, digest->group);
    query_text(query, 5, digest->message_id);
    query_integer(query, 6, now);
    query_bytes(query, 7, head, length);
    query_text(query, 11, digest->recipe);
    if (!query_run(query, error)) return false;
    *outgoing = database_last_id(database);
    return true;
}

bool digests_put(Database *database, const DigestReader *reader, const Digest *digest, int64_t now, int64_t *outgoing, GError **error) {
    if (!add_outgoing(database, digest, now, outgoing, error)) return false;
    g_autoptr(Query) query = query_new(database, STATEMENT_DELIVERY_ADD);
    query_integer(query, 1, *outgoing);
    bind_group(query, 2, digest->group);
    query_integer(query, 3, reader->person->id);
    query_text(query, 4, reader->person->email);
    query_text(query, 5, "verp");
    query_integer(query, 6, now);
    return query_run(query, error);
}

/* One statement for all: each would take and give back what it needs to be undone. */
bool digests_mark(Database *database, const Gathering *rows, size_t count, int64_t outgoing, int64_t now, bool *lost, GError **error) {
    g_autoptr(GString) numbers = g_string_new("[");
    for (size_t i = 0; i < count; i++) g_string_append_printf(numbers, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", rows[i].delivery);
    g_string_append_c(numbers, ']');
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_GATHERED);
    query_text(query, 1, numbers->str);
    query_integer(query, 2, outgoing);
    query_integer(query, 3, now);
    if (!query_run(query, error)) return false;
    *lost = *lost || database_changes(database) != (int64_t)count;
    return true;
}

bool digests_served(Database *database, const DigestReader *reader, int64_t at, bool *lost, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_SERVED);
    query_integer(query, 1, reader->person->id);
    query_integer(query, 2, reader->last);
    query_integer(query, 3, at);
    query_integer(query, 4, reader->asked);
    if (!query_run(query, error)) return false;
    if (database_changes(database) != 1) *lost = true;
    return true;
}
