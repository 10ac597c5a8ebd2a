#include "store/choices.h"
#include "model/person.h"

bool choices_read(Database *database, int64_t person, DigestChoice *choice, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_CHOICE_GET);
    query_integer(query, 1, person);
    int step = query_step(query, error);
    if (step == 0) return fault_set(error, FAULT_INTERNAL, "there is no person %" G_GINT64_FORMAT, person);
    if (step != 1) return false;
    *choice = (DigestChoice){.format = (DigestFormat)MAX(0, word_index(digest_format_words, query_column_text(query, 0))),
                             .cadence = (Cadence)MAX(0, word_index(cadence_words, query_column_text(query, 1))),
                             .weekday = (int)query_column_integer(query, 2),
                             .hour = (int)query_column_integer(query, 3),
                             .zone = query_column_copy(query, 4),
                             .separate = query_column_integer(query, 5) != 0,
                             .bytes = query_column_integer(query, 6),
                             .urgent = query_column_integer(query, 7) != 0};
    return true;
}

bool choices_write(Database *database, int64_t person, const DigestChoice *choice, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_CHOICE_PUT);
    query_integer(query, 1, person);
    query_text(query, 2, digest_format_words[choice->format]);
    query_text(query, 3, cadence_words[choice->cadence]);
    query_integer(query, 4, choice->weekday);
    query_integer(query, 5, choice->hour);
    query_text(query, 6, choice->zone != NULL ? choice->zone : "");
    query_integer(query, 7, choice->separate);
    query_integer(query, 8, choice->bytes);
    query_integer(query, 9, choice->urgent);
    return query_run(query, error);
}

static void set(int *where, int to) {
    if (to != CHOICE_STAYS) *where = to;
}

bool choices_change(Database *database, int64_t person, DigestChoice *choice, const ChoiceChange *wanted, GError **error) {
    int format = (int)choice->format, cadence = (int)choice->cadence, separate = choice->separate, urgent = choice->urgent;
    int *const places[] = {&format, &cadence, &separate, &urgent, &choice->weekday, &choice->hour};
    const int values[] = {wanted->format, wanted->cadence, wanted->separate, wanted->urgent, wanted->weekday, wanted->hour};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) set(places[i], values[i]);
    choice->format = (DigestFormat)format;
    choice->cadence = (Cadence)cadence;
    choice->separate = separate != 0;
    choice->urgent = urgent != 0;
    if (wanted->bytes != CHOICE_STAYS) choice->bytes = wanted->bytes;
    if (wanted->zone != NULL) {
        g_free(choice->zone);
        choice->zone = g_strdup(wanted->zone);
    }
    return choices_write(database, person, choice, error);
}

bool choices_ask_digest(Database *database, int64_t person, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_ASK);
    query_integer(query, 1, person);
    query_integer(query, 2, now);
    return query_run(query, error);
}

static bool change(Database *database, Statement statement, int64_t person, int64_t thread, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    query_integer(query, 1, person);
    query_integer(query, 2, thread);
    if (now != 0) query_integer(query, 3, now);
    return query_run(query, error);
}

/* The other group through which a letter of the thread would have come, had this one not come first. */
static bool promote(Database *database, int64_t person, int64_t thread, int64_t now, GError **error) {
    g_autoptr(Query) group = query_new(database, STATEMENT_THREAD_GROUP);
    query_integer(group, 1, thread);
    int step = query_step(group, error);
    if (step != 1) return step == 0;
    g_autoptr(Query) query = query_new(database, STATEMENT_COVERED_PROMOTE);
    query_integer(query, 1, person);
    query_integer(query, 2, now);
    query_integer(query, 3, query_column_integer(group, 0));
    return query_run(query, error);
}

bool choices_mute(Database *database, int64_t person, int64_t thread, int64_t now, GError **error) {
    return change(database, STATEMENT_MUTE_ADD, person, thread, now, error) && change(database, STATEMENT_MUTE_CANCEL, person, thread, now, error) &&
           promote(database, person, thread, now, error);
}

bool choices_unmute(Database *database, int64_t person, int64_t thread, GError **error) {
    return change(database, STATEMENT_MUTE_REMOVE, person, thread, 0, error);
}

bool choices_heard(Database *database, int64_t person, int64_t post, GError **error) {
    return change(database, STATEMENT_MUTE_REMOVE_POSTER, person, post, 0, error);
}
