#include "publish/expiry.h"
#include "base/log.h"
#include "decide/grace.h"
#include "message/compose.h"
#include "message/parse.h"
#include "message/rewrite.h"
#include "message/template.h"
#include "message/text.h"
#include "store/expiry.h"
#include "store/groups.h"
#include "store/ledger.h"
#include "store/pending.h"
#include "store/people.h"
#include "store/tokens.h"

/* Nothing ends silently: whoever wrote learns that nobody decided. But this is a mail that no person caused, to an address that the mail
 * itself claimed, so it keeps the rules of automatic answers (RFC 3834): none to machines, and none beyond what an address may
 * get from us in an hour, or ten thousand forged posts would be ten thousand notices to whom they name. */

enum { HOUR = 3600, DAY = 86400, SHOWN_MOST = 20, SUBJECT_MOST = 70 };

typedef struct {
    Database *database;
    const Config *config;
    int64_t now;
    ExpiryCounts *counts;
    bool enough; /* this hour's mails are written: the rest waits for the next */
} Run;

/* What a machine sent, and what its own author was asked about: no moderator was told of it. */
static bool is_quiet(const Held *held) {
    static const char *const reasons[] = {"automatic", "repetition", "loop", "null-sender", "hops", "from-group", "too-much", "doubt", "confirm-post", NULL};
    return g_strv_contains(reasons, held->reason);
}

static bool is_from_machine(const Held *held) {
    if (held->parsed == NULL) return false;
    g_autoptr(GVariant) boxed = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARIANT, held->parsed, FALSE));
    g_autoptr(GVariant) variant = g_variant_get_variant(boxed);
    g_autoptr(Letter) letter = letter_from_variant(variant);
    return letter != NULL && (letter->automatic != AUTO_NO || letter->bulk || letter->report || letter->no_answer);
}

/* NULL without *error when there is no such entry any more, or it is decided. */
static Held *read_held(const Run *run, int64_t id, GError **error) {
    g_autoptr(Held) held = pending_get(run->database, id, error);
    return held != NULL && strcmp(held->state, "held") == 0 ? g_steal_pointer(&held) : NULL;
}

/* The group as it is open today; false on failure only. */
static bool open_group(const Run *run, const Held *held, Group **group, GError **error) {
    g_autoptr(GError) reason = NULL;
    *group = held->group != 0 ? groups_find(run->database, held->group_name, &reason) : NULL;
    if (*group != NULL && (*group)->id != held->group) g_clear_pointer(group, group_free);
    if (reason == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static bool find_author(const Run *run, const Held *held, Person **author, GError **error) {
    g_autoptr(GError) reason = NULL;
    *author = people_find(run->database, held->author_address, &reason);
    if (reason == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static bool send(const Run *run, const Composition *composition, ExpiryMail *mail, GError **error) {
    g_autoptr(GBytes) head = NULL, body = NULL;
    if (!compose_mail(composition, &head, &body, error)) return false;
    mail->message_id = composition->message_id;
    mail->head = head;
    mail->body = body;
    return expiry_send(run->database, mail, run->now, error);
}

static bool tell_author(const Run *run, const Held *held, const Group *group, const Person *author, GError **error) {
    const Config *config = run->config;
    const char *of_group = group != NULL ? group->language : config->language;
    const char *language = author != NULL && *author->language != '\0' ? author->language : of_group;
    g_autofree char *site = rewrite_address("diktyo", NULL, config->domain), *message_id = compose_message_id(config->domain);
    g_autofree char *address = group != NULL ? rewrite_address(group->name, NULL, config->domain) : g_strdup(site);
    g_autofree char *owner = group != NULL ? rewrite_address(group->name, "owner", config->domain) : g_strdup(site);
    g_autofree char *shown = text_one_line(held->subject, SUBJECT_MOST), *subject = NULL, *text = NULL;
    const char *name = group != NULL ? group->title : config->name;
    const char *const words[] = {"group_title", name, "group_address", address, "subject", shown, NULL};
    if (!template_fill(config->templates, "expired", language, words, &subject, &text, error)) return false;
    const Composition composition = {.from_name = name, .from_address = site, .to_name = held->author_name, .to_address = held->author_address,
                                     .reply_to = owner, .subject = subject, .text = text, .in_reply_to = held->message_id, .date = run->now,
                                     .message_id = message_id};
    ExpiryMail mail = {.group = group != NULL ? group->id : 0, .person = author != NULL ? author->id : 0, .email = held->author_address, .topic = "expired"};
    return send(run, &composition, &mail, error);
}

/* *tells: whether the author gets a mail. run->enough: the site has written enough for this hour. */
static bool may_tell(Run *run, const Held *held, bool *tells, GError **error) {
    int64_t to_him = 0, to_all = 0;
    *tells = *held->sender != '\0' && *held->author_address != '\0' && !is_quiet(held) && !is_from_machine(held);
    if (!*tells) return true;
    if (!expiry_written(run->database, held->author_address, run->now - HOUR, &to_him, &to_all, error)) return false;
    *tells = to_him < run->config->answers_to_one;
    run->enough = *tells && to_all >= run->config->answers_per_hour;
    return true;
}

static bool expire_one(Run *run, int64_t id, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(run->database, error);
    if (transaction == NULL) return false;
    g_autoptr(Held) held = read_held(run, id, &reason);
    g_autoptr(Group) group = NULL;
    g_autoptr(Person) author = NULL;
    bool mine = false, tells = false;
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (held == NULL) return true;
    if (!open_group(run, held, &group, error) || !find_author(run, held, &author, error) || !may_tell(run, held, &tells, error)) return false;
    if (run->enough) return true;
    if (!expiry_settle(run->database, id, held->letter, run->now, &mine, error)) return false;
    if (tells && !tell_author(run, held, group, author, error)) return false;
    const LedgerEntry entry = {.what = "expired", .actor = "clock", .detail = held->message_id, .at = run->now, .group = held->group,
                               .person = author != NULL ? author->id : 0};
    if (!mine || !ledger_add(run->database, &entry, error) || !transaction_commit(transaction, error)) return !mine;
    run->counts->expired++;
    run->counts->told += tells;
    return true;
}

/* The entries of a group that its moderators were asked about and have not been reminded of: GPtrArray of Held *. */
static GPtrArray *read_waiting(const Run *run, int64_t group, GError **error) {
    g_autoptr(GArray) numbers = expiry_to_remind(run->database, run->now - DAY, run->now - run->config->held_days * DAY, group, error);
    g_autoptr(GPtrArray) waiting = g_ptr_array_new_with_free_func((GDestroyNotify)held_free);
    g_autoptr(GError) reason = NULL;
    for (guint i = 0; numbers != NULL && i < numbers->len; i++) {
        g_autoptr(Held) held = read_held(run, g_array_index(numbers, int64_t, i), &reason);
        if (reason != NULL) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return NULL;
        }
        if (held != NULL && !is_quiet(held)) g_ptr_array_add(waiting, g_steal_pointer(&held));
    }
    return numbers != NULL ? g_steal_pointer(&waiting) : NULL;
}

static char *waiting_lines(const GPtrArray *waiting) {
    GString *lines = g_string_new(NULL);
    for (guint i = 0; i < waiting->len && i < SHOWN_MOST; i++) {
        const Held *held = waiting->pdata[i];
        const char *who = *held->author_name != '\0' ? held->author_name : *held->author_address != '\0' ? held->author_address : held->sender;
        g_autofree char *author = text_one_line(who, SUBJECT_MOST), *subject = text_one_line(held->subject, SUBJECT_MOST);
        g_string_append_printf(lines, "%s%4" G_GINT64_FORMAT "  %s: %s", i > 0 ? "\n" : "", held->id, author, subject);
    }
    if (waiting->len > SHOWN_MOST) g_string_append(lines, "\n   …");
    return g_string_free(lines, FALSE);
}

static bool remind_moderators(const Run *run, const Group *group, const GPtrArray *waiting, GError **error) {
    const Config *config = run->config;
    g_autofree char *site = rewrite_address("diktyo", NULL, config->domain), *message_id = compose_message_id(config->domain);
    g_autofree char *owner = rewrite_address(group->name, "owner", config->domain), *request = rewrite_address(group->name, "request", config->domain);
    g_autofree char *lines = waiting_lines(waiting), *count = g_strdup_printf("%u", waiting->len), *subject = NULL, *text = NULL;
    g_autofree char *days = g_strdup_printf("%" G_GINT64_FORMAT, config->held_days);
    const char *const words[] = {"group_title", group->title, "count", count, "lines", lines, "days", days, NULL};
    if (!template_fill(config->templates, "reminder", group->language, words, &subject, &text, error)) return false;
    const Composition composition = {.from_name = group->title, .from_address = site, .to_name = group->title, .to_address = owner,
                                     .reply_to = request, .subject = subject, .text = text, .date = run->now, .message_id = message_id};
    ExpiryMail mail = {.group = group->id, .topic = "reminder"};
    return send(run, &composition, &mail, error);
}

/* Of a group that nobody looks after, nobody is reminded, until somebody does. */
static bool remind_group(Run *run, int64_t id, GError **error) {
    g_autoptr(Transaction) transaction = transaction_begin(run->database, error);
    g_autoptr(GPtrArray) waiting = transaction != NULL ? read_waiting(run, id, error) : NULL;
    g_autoptr(Group) group = NULL;
    GroupCounts counts = {0};
    if (waiting == NULL) return false;
    if (waiting->len == 0) return true;
    if (!open_group(run, waiting->pdata[0], &group, error)) return false;
    if (group == NULL) return true;
    if (!groups_counts(run->database, id, &counts, error)) return false;
    if (counts.moderators == 0) return true;
    if (!remind_moderators(run, group, waiting, error)) return false;
    for (guint i = 0; i < waiting->len; i++)
        if (!expiry_mark_reminded(run->database, ((const Held *)waiting->pdata[i])->id, run->now, error)) return false;
    if (!transaction_commit(transaction, error)) return false;
    run->counts->reminded++;
    return true;
}

static bool end_questions(Run *run, GError **error) {
    g_autoptr(Transaction) transaction = transaction_begin(run->database, error);
    if (transaction == NULL || !tokens_expire(run->database, run->now, error)) return false;
    run->counts->questions = database_changes(run->database);
    return transaction_commit(transaction, error);
}

/* *first keeps the first failure. False: everybody after this one would fail too. */
static bool each(Run *run, const GArray *numbers, bool (*one)(Run *, int64_t, GError **), const char *event, GError **first) {
    for (guint i = 0; i < numbers->len && !run->enough; i++) {
        g_autoptr(GError) reason = NULL;
        int64_t number = g_array_index(numbers, int64_t, i);
        if (one(run, number, &reason)) continue;
        g_autofree char *shown = g_strdup_printf("%" G_GINT64_FORMAT, number);
        log_event(event, "number", shown, "why", reason->message, NULL);
        bool everyone_would_fail = g_error_matches(reason, FAULT, FAULT_TEMPORARY);
        if (*first == NULL) *first = g_steal_pointer(&reason);
        if (everyone_would_fail) return false;
    }
    return true;
}

/* *grace: until when nothing is closed, because the clock has jumped. */
static bool look_at_clock(const Run *run, int64_t *grace, GError **error) {
    int64_t last = 0, before = 0;
    g_autoptr(Transaction) transaction = transaction_begin(run->database, error);
    if (transaction == NULL || !expiry_clock_read(run->database, &last, &before, error)) return false;
    *grace = grace_until(last, before, run->now);
    return expiry_clock_write(run->database, run->now, *grace, error) && transaction_commit(transaction, error);
}

/* False: the rest would fail too, or has (*error). */
static bool close_old(Run *run, GError **error, GError **first) {
    if (!end_questions(run, error)) return false;
    g_autoptr(GArray) old = expiry_old(run->database, run->now - run->config->held_days * DAY, error);
    return old != NULL && each(run, old, expire_one, "expiry-failed", first);
}

static bool remind_all(Run *run, GError **error, GError **first) {
    g_autoptr(GArray) groups = expiry_groups(run->database, run->now - DAY, run->now - run->config->held_days * DAY, error);
    return groups != NULL && each(run, groups, remind_group, "reminder-failed", first);
}

bool expiry_due(Database *database, int64_t now, ExpiryCounts *counts, GError **error) {
    Run run = {.database = database, .config = database_config(database), .now = now, .counts = counts};
    *counts = (ExpiryCounts){0};
    g_autoptr(GError) first = NULL, last = NULL;
    int64_t grace = 0;
    if (!look_at_clock(&run, &grace, error)) return false;
    counts->closes_nothing_until = now < grace ? grace : 0;
    bool goes_on = now < grace || close_old(&run, &last, &first);
    run.enough = false;
    if (goes_on) remind_all(&run, &last, &first);
    if (last == NULL && first == NULL) return true;
    g_propagate_error(error, last != NULL ? g_steal_pointer(&last) : g_steal_pointer(&first));
    return false;
}
