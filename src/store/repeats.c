#include "store/repeats.h"
#include "store/choices.h"
#include "store/pieces.h"

/* What was sent stands in the outbox as bytes: again is a new delivery of the same mail, and nothing is made anew. */

/* The last such day of a calendar that has begun: the 29th of February may be years ago. */
static GDateTime *last_such_day(GTimeZone *zone, int month, int date, int64_t now) {
    enum { YEARS = 8 };
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now);
    int this_year = g_date_time_get_year(utc) + 1;
    for (int year = this_year; year > this_year - YEARS - 1; year--) {
        GDateTime *day = g_date_time_new(zone, year, month, date, 0, 0, 0);
        if (day != NULL && g_date_time_to_unix(day) <= now) return day;
        g_clear_pointer(&day, g_date_time_unref);
    }
    return NULL;
}

static GDateTime *day_of(GTimeZone *zone, const char *day, int64_t now) {
    int year = 0, month = 0, date = 0;
    if (strchr(day, '/') != NULL) return sscanf(day, "%2d/%2d", &date, &month) == 2 ? last_such_day(zone, month, date, now) : NULL;
    return sscanf(day, "%4d-%2d-%2d", &year, &month, &date) == 3 ? g_date_time_new(zone, year, month, date, 0, 0, 0) : NULL;
}

/* From the beginning of a day to that of the next, by his own clocks. */
static bool bounds(Database *database, int64_t person, const char *day, int64_t now, int64_t *from, int64_t *to, GError **error) {
    g_auto(DigestChoice) choice = {0};
    *from = 0;
    *to = G_MAXINT64;
    if (*day == '\0') return true;
    if (!choices_read(database, person, &choice, error)) return false;
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(*choice.zone != '\0' ? choice.zone : database_config(database)->zone);
    g_autoptr(GDateTime) start = zone != NULL ? day_of(zone, day, now) : NULL;
    g_autoptr(GDateTime) end = start != NULL ? g_date_time_add_days(start, 1) : NULL;
    *from = end != NULL ? g_date_time_to_unix(start) : 0;
    *to = end != NULL ? g_date_time_to_unix(end) : 0;
    return true;
}

bool repeats_find(Database *database, int64_t person, const char *day, int64_t now, int64_t *made_at, GError **error) {
    int64_t from = 0, to = 0;
    *made_at = 0;
    if (!bounds(database, person, day, now, &from, &to, error)) return false;
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_LAST);
    query_integer(query, 1, person);
    query_integer(query, 2, from);
    query_integer(query, 3, to);
    if (query_step(query, error) != 1) return false;
    *made_at = query_column_integer(query, 0);
    return true;
}

static void append(GByteArray *mail, GBytes *part) {
    gsize length;
    const guint8 *bytes = g_bytes_get_data(part, &length);
    g_byte_array_append(mail, bytes, (guint)length);
}

GPtrArray *repeats_mails(Database *database, int64_t person, int64_t made_at, GError **error) {
    g_autoptr(GPtrArray) mails = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(Query) query = query_new(database, STATEMENT_DIGEST_MAILS);
    query_integer(query, 1, person);
    query_integer(query, 2, made_at);
    int step;
    while ((step = query_step(query, error)) == 1) {
        const char *recipe = query_column_text(query, 2);
        g_autoptr(GBytes) head = query_column_bytes(query, 0);
        g_autoptr(GBytes) body = *recipe != '\0' ? pieces_join(database, recipe, person, error) : query_column_bytes(query, 1);
        if (body == NULL) return NULL;
        g_autoptr(GByteArray) mail = g_byte_array_new();
        append(mail, head);
        append(mail, body);
        g_ptr_array_add(mails, g_byte_array_free_to_bytes(g_steal_pointer(&mail)));
    }
    return step == 0 ? g_steal_pointer(&mails) : NULL;
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
