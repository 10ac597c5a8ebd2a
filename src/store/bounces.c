#include "store/bounces.h"
#include "model/person.h"
#include "store/ledger.h"

/* A report is one row for each recipient that it names. The verdict is given later, by publish/judgement, when what else came back can be seen. */

enum { RESTORED_DAYS = 14 }; /* what is older is in the archive */

void bounce_free(Bounce *bounce) {
    if (bounce == NULL) return;
    char *texts[] = {bounce->kind, bounce->address, bounce->email, bounce->domain, bounce->status, bounce->detail,
                     bounce->group_name, bounce->subject, bounce->topic, bounce->recipient, bounce->sender};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    g_free(bounce);
}

/* The columns of BOUNCE_SELECT in sql.def. */
static Bounce *read_bounce(Query *query) {
    Bounce *bounce = g_new0(Bounce, 1);
    int column = 0;
    int64_t *numbers[] = {&bounce->id, &bounce->delivery, &bounce->outgoing, &bounce->person, &bounce->group, &bounce->post, &bounce->at};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) *numbers[i] = query_column_integer(query, column++);
    char **texts[] = {&bounce->kind, &bounce->address, &bounce->email, &bounce->domain, &bounce->status, &bounce->detail,
                      &bounce->group_name, &bounce->subject, &bounce->topic, &bounce->recipient, &bounce->sender};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) *texts[i] = query_column_copy(query, column++);
    bounce->class = (BounceClass)word_index(bounce_class_words, query_column_text(query, column++));
    bounce->verdict = (Blame)word_index(blame_words, query_column_text(query, column++));
    return bounce;
}

static GPtrArray *read_all(Query *query, GError **error) {
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)bounce_free);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(list, read_bounce(query));
    return step == 0 ? g_steal_pointer(&list) : NULL;
}

bool bounces_refused(Database *database, int64_t delivery, BounceClass class, const char *status, const char *reply, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCE_REFUSED);
    query_integer(query, 1, delivery);
    query_integer(query, 2, now);
    query_text(query, 3, bounce_class_words[class]);
    query_text(query, 4, reply);
    query_text(query, 5, blame_words[BLAME_WAITING]);
    query_text(query, 6, status);
    return query_run(query, error);
}

GPtrArray *bounces_waiting(Database *database, int64_t before, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCES_WAITING);
    query_integer(query, 1, before);
    return read_all(query, error);
}

GPtrArray *bounces_list(Database *database, const char *group, bool all, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCES_LIST);
    query_text(query, 1, group);
    query_integer(query, 2, all);
    return read_all(query, error);
}

Bounce *bounces_get(Database *database, int64_t number, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCE_GET);
    query_integer(query, 1, number);
    return query_step(query, error) == 1 ? read_bounce(query) : NULL;
}

GBytes *bounces_raw(Database *database, int64_t number, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCE_RAW);
    query_integer(query, 1, number);
    if (query_step(query, error) != 1) return NULL;
    g_autoptr(GBytes) trace = query_column_bytes(query, 0), content = query_column_bytes(query, 1);
    GByteArray *whole = g_byte_array_new();
    GBytes *pieces[] = {trace, content};
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++)
        if (pieces[i] != NULL) g_byte_array_append(whole, g_bytes_get_data(pieces[i], NULL), (guint)g_bytes_get_size(pieces[i]));
    return g_byte_array_free_to_bytes(whole);
}

bool bounces_judge(Database *database, int64_t number, Blame verdict, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCE_JUDGE);
    query_integer(query, 1, number);
    query_text(query, 2, blame_words[verdict]);
    query_integer(query, 3, now);
    return query_run(query, error);
}

static bool read_burst(Query *copies, Query *returned, Burst *burst, GError **error) {
    if (query_step(copies, error) != 1 || query_step(returned, error) != 1) return false;
    *burst = (Burst){query_column_integer(copies, 0), query_column_integer(returned, 0), query_column_integer(returned, 1)};
    return true;
}

bool bounces_of_message(Database *database, int64_t outgoing, Burst *burst, GError **error) {
    g_autoptr(Query) copies = query_new(database, STATEMENT_MESSAGE_COPIES), returned = query_new(database, STATEMENT_MESSAGE_RETURNED);
    query_integer(copies, 1, outgoing);
    query_integer(returned, 1, outgoing);
    return read_burst(copies, returned, burst, error);
}

/* What comes back in the morning may have gone out the day before. */
bool bounces_of_domain(Database *database, const char *domain, int64_t day, Burst *burst, GError **error) {
    g_autoptr(Query) copies = query_new(database, STATEMENT_DOMAIN_COPIES), returned = query_new(database, STATEMENT_DOMAIN_RETURNED);
    query_text(copies, 1, domain);
    query_integer(copies, 2, (day - 1) * 86400);
    query_integer(copies, 3, (day + 1) * 86400);
    query_text(returned, 1, domain);
    query_integer(returned, 2, day * 86400);
    query_integer(returned, 3, (day + 1) * 86400);
    return read_burst(copies, returned, burst, error);
}

bool standing_read(Database *database, const char *email, Standing *standing, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_STANDING_READ);
    query_text(query, 1, email);
    if (query_step(query, error) != 1) return false;
    *standing = (Standing){.score = query_column_integer(query, 0), .scored_day = query_column_integer(query, 1),
                           .health = (Health)word_index(health_words, query_column_text(query, 2)), .health_at = query_column_integer(query, 3)};
    return true;
}

bool standing_write(Database *database, const char *email, const Standing *standing, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_STANDING_WRITE);
    query_text(query, 1, email);
    query_integer(query, 2, standing->score);
    query_integer(query, 3, standing->scored_day);
    query_text(query, 4, health_words[standing->health]);
    query_integer(query, 5, standing->health_at);
    return query_run(query, error);
}

GPtrArray *standing_list(Database *database, Health health, GError **error) {
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_STANDING_LIST);
    query_text(query, 1, health_words[health]);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(list, query_column_copy(query, 0));
    return step == 0 ? g_steal_pointer(&list) : NULL;
}

bool bounces_restore(Database *database, int64_t person, const char *email, const char *actor, int64_t now, int64_t *changed, GError **error) {
    g_autoptr(Query) addresses = query_new(database, STATEMENT_RESTORE_ADDRESSES), withheld = query_new(database, STATEMENT_RESTORE_WITHHELD);
    query_integer(addresses, 1, person);
    query_integer(addresses, 2, now);
    query_text(addresses, 3, email);
    if (!query_run(addresses, error)) return false;
    *changed = database_changes(database);
    query_integer(withheld, 1, person);
    query_integer(withheld, 2, now);
    query_integer(withheld, 3, now - RESTORED_DAYS * 86400);
    if (!query_run(withheld, error)) return false;
    *changed += database_changes(database);
    const LedgerEntry entry = {.what = "restored", .actor = actor, .detail = email != NULL ? email : "", .at = now, .person = person};
    return *changed == 0 || ledger_add(database, &entry, error);
}

bool bounces_suspended(Database *database, int64_t since, SuspendedCounts *counts, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_SUSPENDED_COUNT);
    query_integer(query, 1, since);
    if (query_step(query, error) != 1) return false;
    *counts = (SuspendedCounts){query_column_integer(query, 0), query_column_integer(query, 1), query_column_integer(query, 2)};
    return true;
}

static void line_free(gpointer data) {
    BounceLine *line = data;
    g_free(line->what);
    g_free(line->text);
    g_free(line);
}

GPtrArray *bounces_lines(Database *database, int64_t group, int64_t since, GError **error) {
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(line_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCE_LINES);
    query_integer(query, 1, group);
    query_integer(query, 2, since);
    int step;
    while ((step = query_step(query, error)) == 1) {
        BounceLine *line = g_new0(BounceLine, 1);
        *line = (BounceLine){query_column_copy(query, 0), query_column_copy(query, 1), query_column_integer(query, 2)};
        g_ptr_array_add(lines, line);
    }
    return step == 0 ? g_steal_pointer(&lines) : NULL;
}

GArray *bounces_groups(Database *database, int64_t before, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCE_GROUPS);
    query_integer(query, 1, before);
    return query_numbers(query, error);
}

bool bounces_told(Database *database, int64_t group, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_BOUNCE_TOLD);
    query_integer(query, 1, group);
    query_integer(query, 2, now);
    return query_run(query, error);
}
