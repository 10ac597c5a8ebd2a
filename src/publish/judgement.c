#include "publish/judgement.h"
#include "base/log.h"
#include "decide/command.h"
#include "decide/grace.h"
#include "decide/standing.h"
#include "message/rewrite.h"
#include "message/template.h"
#include "message/text.h"
#include "publish/notice.h"
#include "store/bounces.h"
#include "store/expiry.h"
#include "store/groups.h"
#include "store/ledger.h"
#include "store/people.h"

enum { HOUR = 3600, DAY = 86400, WEEK = 7 * DAY, REMINDERS_MOST = 3, LINES_MOST = 30 };

typedef struct {
    Database *database;
    const Config *config;
    int64_t now;
    JudgementCounts *counts;
    GHashTable *bursts; /* by "message" and its number, or domain and day: looked up once a run, not once a report */
} Bench;

static bool note(const Bench *bench, const char *what, int64_t person, const char *detail, GError **error) {
    const LedgerEntry entry = {.what = what, .actor = "clock", .detail = detail, .at = bench->now, .person = person};
    log_event(what, "address", detail, NULL);
    return ledger_add(bench->database, &entry, error);
}

static const char *language_of(const Bench *bench, const Person *person) {
    return person != NULL && *person->language != '\0' ? person->language : bench->config->language;
}

static bool find_person(const Bench *bench, const char *email, Person **person, GError **error) {
    g_autoptr(GError) reason = NULL;
    *person = people_find(bench->database, email, &reason);
    if (reason == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static bool send_probe(const Bench *bench, const char *email, const char *words_of_server, GError **error) {
    g_autoptr(Person) person = NULL;
    if (!find_person(bench, email, &person, error)) return false;
    g_autofree char *reason = text_one_line(*words_of_server != '\0' ? words_of_server : "—", 300);
    const char *const words[] = {"address", email, "reason", reason, NULL};
    const Notice notice = {.template = "probe", .language = language_of(bench, person), .words = words, .person = person != NULL ? person->id : 0,
                           .from_name = bench->config->name, .to = email, .topic = "probe", .returns = true};
    bench->counts->probed++;
    return notice_send(bench->database, &notice, bench->now, error) && note(bench, "probed", notice.person, email, error);
}

/* One reply and he is back: `resume` is what a yes to it does. */
static bool tell_suspended(const Bench *bench, const char *email, GError **error) {
    g_autoptr(Person) person = NULL;
    if (!find_person(bench, email, &person, error)) return false;
    g_autoptr(GPtrArray) orders = g_ptr_array_new();
    Order resume = {.verb = VERB_RESUME, .group = (char *)"", .argument = (char *)"", .reason = (char *)""};
    g_ptr_array_add(orders, &resume);
    g_autofree char *text = command_orders_text(orders);
    const char *const words[] = {"address", email, NULL};
    const Notice notice = {.template = "suspended", .language = language_of(bench, person), .words = words, .person = person != NULL ? person->id : 0,
                           .from_name = bench->config->name, .to = email, .topic = "suspended", .orders = text};
    return notice_send(bench->database, &notice, bench->now, error);
}

static bool count_report(const Bench *bench, const Bounce *bounce, GError **error) {
    Standing standing;
    g_autoptr(GError) reason = NULL;
    if (!standing_read(bench->database, bounce->email, &standing, &reason)) {
        if (reason != NULL) g_propagate_error(error, g_steal_pointer(&reason));
        return *error == NULL; /* the address is nobody's any more */
    }
    bool of_probe = strcmp(bounce->topic, "probe") == 0;
    StandingStep step = of_probe ? standing_probe_returned(&standing, bounce->class, bench->now) : standing_count(bench->config, &standing, bounce->class, bounce->at);
    if (!standing_write(bench->database, bounce->email, &standing, error)) return false;
    if (step == STANDING_PROBE) return send_probe(bench, bounce->email, bounce->detail, error);
    if (step != STANDING_SUSPEND) return true;
    bench->counts->suspended++;
    return note(bench, "suspended", bounce->person, bounce->email, error) && tell_suspended(bench, bounce->email, error);
}

/* The burst that is kept under `name` (taken); *known tells whether it has been looked up. */
static Burst *burst_named(const Bench *bench, char *name, bool *known) {
    Burst *burst = g_hash_table_lookup(bench->bursts, name);
    *known = burst != NULL;
    if (!*known) burst = g_new0(Burst, 1);
    if (!*known) g_hash_table_insert(bench->bursts, name, burst);
    else g_free(name);
    return burst;
}

/* A probe is a message of its own: nothing else can be at fault. */
static bool blame(const Bench *bench, const Bounce *bounce, Blame *verdict, GError **error) {
    static const Burst alone = {0};
    const Burst *message = &alone, *domain = &alone;
    if (strcmp(bounce->topic, "probe") != 0) {
        bool known = false;
        int64_t day = bounce->at / DAY;
        Burst *found = burst_named(bench, g_strdup_printf("message %" G_GINT64_FORMAT, bounce->outgoing), &known);
        if (!known && !bounces_of_message(bench->database, bounce->outgoing, found, error)) return false;
        message = found;
        found = burst_named(bench, g_strdup_printf("%s %" G_GINT64_FORMAT, bounce->domain, day), &known);
        if (!known && !bounces_of_domain(bench->database, bounce->domain, day, found, error)) return false;
        domain = found;
    }
    *verdict = standing_blame(bounce->class, message, domain);
    return true;
}

static bool judge_one(const Bench *bench, const Bounce *bounce, GError **error) {
    Blame verdict = BLAME_IGNORED;
    if (!blame(bench, bounce, &verdict, error)) return false;
    g_autoptr(Transaction) transaction = transaction_begin(bench->database, error);
    if (transaction == NULL || !bounces_judge(bench->database, bounce->id, verdict, bench->now, error)) return false;
    if (verdict == BLAME_COUNTED && !count_report(bench, bounce, error)) return false;
    if (!transaction_commit(transaction, error)) return false;
    bench->counts->judged++;
    return true;
}

static bool judge_all(const Bench *bench, GError **error) {
    g_autoptr(GPtrArray) waiting = bounces_waiting(bench->database, bench->now - HOUR, error);
    for (guint i = 0; waiting != NULL && i < waiting->len; i++)
        if (!judge_one(bench, waiting->pdata[i], error)) return false;
    return waiting != NULL;
}

static bool pass_probe(const Bench *bench, const char *email, GError **error) {
    Standing standing;
    g_autoptr(Person) person = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(bench->database, error);
    if (transaction == NULL || !find_person(bench, email, &person, error)) return false;
    if (!standing_read(bench->database, email, &standing, error)) return *error == NULL;
    if (!standing_probe_passed(bench->config, &standing, bench->now)) return true;
    if (!standing_write(bench->database, email, &standing, error) || !note(bench, "probe-arrived", person != NULL ? person->id : 0, email, error)) return false;
    bench->counts->passed++;
    return transaction_commit(transaction, error);
}

/* Once a week, a few times: somebody may read it there again some day. */
static bool remind(const Bench *bench, const char *email, GError **error) {
    Standing standing;
    int64_t times = 0, last = 0;
    g_autoptr(Transaction) transaction = transaction_begin(bench->database, error);
    if (transaction == NULL) return false;
    if (!standing_read(bench->database, email, &standing, error)) return *error == NULL;
    if (!expiry_written_about(bench->database, email, "suspended", standing.health_at, &times, &last, error)) return false;
    if (standing.health != HEALTH_SUSPENDED || times >= REMINDERS_MOST || bench->now - MAX(last, standing.health_at) < WEEK) return true;
    if (!tell_suspended(bench, email, error) || !transaction_commit(transaction, error)) return false;
    bench->counts->reminded++;
    return true;
}

static bool each(const Bench *bench, Health health, bool (*one)(const Bench *, const char *, GError **), GError **error) {
    g_autoptr(GPtrArray) list = standing_list(bench->database, health, error);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        g_autoptr(GError) reason = NULL;
        if (one(bench, list->pdata[i], &reason)) continue;
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    return list != NULL;
}

static char *text_of(const Bench *bench, const Group *group, const GPtrArray *lines) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < lines->len && i < LINES_MOST; i++) {
        const BounceLine *line = lines->pdata[i];
        g_autofree char *shown = text_one_line(line->text, 80), *count = g_strdup_printf("%" G_GINT64_FORMAT, line->count);
        g_autofree char *said = template_line(bench->config->templates, group->language, "returns", line->what, shown, count);
        g_string_append_printf(text, "%s  - %s", i > 0 ? "\n" : "", said);
    }
    if (lines->len > LINES_MOST) g_string_append_printf(text, "\n  … (+%u)", lines->len - LINES_MOST);
    return g_string_free(text, FALSE);
}

static bool tell_owners(const Bench *bench, int64_t id, GError **error) {
    g_autoptr(Transaction) transaction = transaction_begin(bench->database, error);
    g_autoptr(Group) group = transaction != NULL ? groups_get(bench->database, id, error) : NULL;
    g_autoptr(GPtrArray) lines = group != NULL ? bounces_lines(bench->database, id, bench->now - WEEK, error) : NULL;
    if (lines == NULL) return false;
    if (lines->len == 0) return true;
    g_autofree char *owner = rewrite_address(group->name, "owner", bench->config->domain), *request = rewrite_address(group->name, "request", bench->config->domain);
    g_autofree char *text = text_of(bench, group, lines);
    const char *const words[] = {"group_title", group->title, "group_name", group->name, "lines", text, NULL};
    const Notice notice = {.template = "returns", .language = group->language, .words = words, .group = id, .from_name = group->title,
                           .to_name = group->title, .to_shown = owner, .reply_to = request, .topic = "returns"};
    if (!notice_send(bench->database, &notice, bench->now, error) || !bounces_told(bench->database, id, bench->now, error)) return false;
    bench->counts->told++;
    return transaction_commit(transaction, error);
}

bool judgement_due(Database *database, int64_t now, JudgementCounts *counts, GError **error) {
    g_autoptr(GHashTable) bursts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const Bench bench = {database, database_config(database), now, counts, bursts};
    *counts = (JudgementCounts){0};
    int64_t seen = 0, grace = 0;
    if (!judge_all(&bench, error) || !expiry_clock_read(database, &seen, &grace, error)) return false;
    /* A clock that has jumped says nothing of how long a probe has been on its way. */
    bool trusted = grace_until(seen, grace, now) <= now;
    if (trusted && (!each(&bench, HEALTH_PROBED, pass_probe, error) || !each(&bench, HEALTH_SUSPENDED, remind, error))) return false;
    g_autoptr(GArray) groups = bounces_groups(database, now - WEEK, error);
    for (guint i = 0; groups != NULL && i < groups->len; i++)
        if (!tell_owners(&bench, g_array_index(groups, int64_t, i), error)) return false;
    return groups != NULL;
}
