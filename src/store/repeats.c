#include "store/repeats.h"
#include "store/choices.h"

/* What was sent stands in the outbox as bytes: again is a new delivery of the same mail, and nothing is made anew. */

/* From the beginning of a day to that of the next, by his own clocks. */
static bool bounds(Database *database, int64_t person, const char *day, int64_t *from, int64_t *to, GError **error) {
    int year = 0, month = 0, date = 0;
    g_auto(DigestChoice) choice = {0};
    *from = 0;
    *to = G_MAXINT64;
    if (*day == '\0') return true;
    if (!choices_read(database, person, &choice, error)) return false;
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(*choice.zone != '\0' ? choice.zone : database_config(database)->zone);
    bool read = zone != NULL && sscanf(day, "%4d-%2d-%2d", &year, &month, &date) == 3;
    g_autoptr(GDateTime) start = read ? g_date_time_new(zone, year, month, date, 0, 0, 0) : NULL;
    g_autoptr(GDateTime) end = start != NULL ? g_date_time_add_days(start, 1) : NULL;
    *from = end != NULL ? g_date_time_to_unix(start) : 0;
    *to = end != NULL ? g_date_time_to_unix(end) : 0;
    return true;
}

bool repeats_find(Database *database, int64_t person, const char *day, int64_t *made_at, GError **error) {
    int64_t from = 0, to = 0;
    *made_at = 0;
    if (!bounds(database, person, day, &from, &to, error)) return false;
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_LAST);
    query_integer(query, 1, person);
    query_integer(query, 2, from);
    query_integer(query, 3, to);
    if (query_step(query, error) != 1) return false;
    *made_at = query_column_integer(query, 0);
    return true;
}

bool repeats_add(Database *database, int64_t person, int64_t made_at, int64_t now, int64_t *mails, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_REPEAT);
    query_integer(query, 1, person);
    query_integer(query, 2, made_at);
    query_integer(query, 3, now);
    if (!query_run(query, error)) return false;
    *mails = database_changes(database);
    return true;
}
