#include "store/expiry.h"
#include "store/clock.h"
#include "store/tokens.h"

/* An entry that was listed may have been decided a moment later: whoever settles it asks the row itself. */

GArray *expiry_old(Database *database, int64_t before, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_OLD);
    query_integer(query, 1, before);
    return query_numbers(query, error);
}

GArray *expiry_groups(Database *database, int64_t before, int64_t after, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_REMIND_GROUPS);
    query_integer(query, 1, before);
    query_integer(query, 2, after);
    return query_numbers(query, error);
}

GArray *expiry_to_remind(Database *database, int64_t before, int64_t after, int64_t group, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_TO_REMIND);
    query_integer(query, 1, before);
    query_integer(query, 2, after);
    query_integer(query, 3, group);
    return query_numbers(query, error);
}

bool expiry_settle(Database *database, int64_t held, int64_t letter, int64_t now, bool *mine, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_SETTLE);
    query_integer(query, 1, held);
    query_text(query, 2, "expired");
    query_integer(query, 3, now);
    query_text(query, 4, "clock");
    query_text(query, 5, "");
    if (!query_run(query, error)) return false;
    *mine = database_changes(database) == 1;
    return !*mine || tokens_settle_letter(database, letter, 0, now, error);
}

bool expiry_clock_read(Database *database, int64_t *last, int64_t *grace, GError **error) {
    return clock_read(database, "expiry last", last, error) && clock_read(database, "expiry grace", grace, error);
}

bool expiry_clock_write(Database *database, int64_t last, int64_t grace, GError **error) {
    return clock_write(database, "expiry last", last, error) && clock_write(database, "expiry grace", grace, error);
}

bool expiry_mark_reminded(Database *database, int64_t held, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_REMINDED);
    query_integer(query, 1, held);
    query_integer(query, 2, now);
    return query_run(query, error);
}

static void bind_bytes(Query *query, int position, GBytes *bytes) {
    gsize length = 0;
    const void *data = g_bytes_get_data(bytes, &length);
    query_bytes(query, position, data, length);
}

static bool add_outgoing(Database *database, const ExpiryMail *mail, int64_t now, int64_t *outgoing, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_OUTGOING_ADD);
    query_text(query, 1, "notice");
    if (mail->group != 0) query_integer(query, 2, mail->group);
    query_text(query, 5, mail->message_id);
    query_integer(query, 6, now);
    bind_bytes(query, 7, mail->head);
    bind_bytes(query, 8, mail->body);
    query_text(query, 9, mail->topic);
    if (!query_run(query, error)) return false;
    *outgoing = database_last_id(database);
    return true;
}

bool expiry_send(Database *database, const ExpiryMail *mail, int64_t now, GError **error) {
    int64_t outgoing = 0;
    if (!add_outgoing(database, mail, now, &outgoing, error)) return false;
    g_autoptr(Query) query = query_new(database, mail->email != NULL ? STATEMENT_DELIVERY_ADD : STATEMENT_NOTICE_MODERATORS);
    query_integer(query, 1, outgoing);
    if (mail->group != 0) query_integer(query, 2, mail->group);
    if (mail->email == NULL) {
        query_integer(query, 3, now);
        query_text(query, 4, "null");
        return query_run(query, error);
    }
    if (mail->person != 0) query_integer(query, 3, mail->person);
    query_text(query, 4, mail->email);
    query_text(query, 5, mail->returns ? "verp" : "null");
    query_integer(query, 6, now);
    return query_run(query, error);
}

bool expiry_written_about(Database *database, const char *email, const char *topic, int64_t since, int64_t *times, int64_t *last, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_TOPIC_COUNT);
    query_text(query, 1, email);
    query_text(query, 2, topic);
    query_integer(query, 3, since);
    if (query_step(query, error) != 1) return false;
    *times = query_column_integer(query, 0);
    *last = query_column_integer(query, 1);
    return true;
}

bool expiry_written(Database *database, const char *email, int64_t since, int64_t *to_him, int64_t *to_all, GError **error) {
    g_autoptr(Query) him = query_new(database, STATEMENT_ANSWERS_TO_HIM), all = query_new(database, STATEMENT_ANSWERS_TO_ALL);
    int step;
    query_text(him, 1, email);
    query_integer(him, 2, since);
    for (*to_him = 0; (step = query_step(him, error)) == 1;) ++*to_him;
    query_integer(all, 1, since);
    if (step < 0 || query_step(all, error) != 1) return false;
    *to_all = query_column_integer(all, 0);
    return true;
}
