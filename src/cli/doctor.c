#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/commands.h"
#include "cli/finding.h"
#include "cli/instance.h"
#include "decide/grace.h"
#include "decide/retry.h"
#include "deliver/deliver.h"
#include "deliver/relay.h"
#include "store/bounces.h"
#include "store/destinations.h"
#include "store/expiry.h"
#include "store/groups.h"
#include "store/outbox.h"
#include "store/pending.h"
#include "store/posts.h"
#include "store/queue.h"

/* Each finding says what is wrong in the words of whoever must mend it, and how. It goes on after a finding as far as it can: an operator
 * wants the list, not the first item. */

enum { MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR, FAILED_LEAST = 3, WEEK = 7 * 24 * HOUR, CLOCK_SLACK = 300, YEAR_2024 = 1704067200, SUSPENDED_LEAST = 5 };

static const char *const level_words[] = {"OK", "WARN", "FAIL"};

void findings_begin(Findings *findings) {
    static const Column columns[] = {
        {"level", "", false}, {"what", "", false}, {"says", "", false}, {"cure", NULL, false}, {NULL}};
    *findings = (Findings){.shown = table_new(columns), .told = table_new(columns)};
}

void findings_clear(Findings *findings) {
    table_free(findings->shown);
    table_free(findings->told);
}

static void add_row(Table *table, const char *level, const char *what, const char *says, const char *cure) {
    const char *const texts[] = {level, what, says, cure};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) table_text(table, texts[i]);
}

void finding(Findings *findings, FindingLevel level, const char *what, const char *cure, const char *says, ...) {
    va_list arguments;
    va_start(arguments, says);
    g_autofree char *text = g_strdup_vprintf(says, arguments);
    va_end(arguments);
    g_autofree char *second = cure != NULL ? g_strconcat("→ ", cure, NULL) : NULL;
    findings->counts[level]++;
    add_row(findings->told, level_words[level], what, text, cure);
    add_row(findings->shown, level_words[level], what, text, cure);
    if (second != NULL) add_row(findings->shown, "", "", second, NULL);
}

void findings_print(const Findings *findings, bool json) {
    table_print(json ? findings->told : findings->shown, json, "");
    if (!json)
        printf("\n%d fine, %d doubtful, %d wrong\n", findings->counts[FINDING_OK], findings->counts[FINDING_WARN],
               findings->counts[FINDING_FAIL]);
}

/* A path that must be closed to others. */
static void examine_path(Findings *findings, const char *path, mode_t closed, const char *mode, bool must_be) {
    struct stat found;
    g_autofree char *cure = g_strdup_printf("chmod %s %s", mode, path),
                    *owner_cure = g_strdup_printf("as root: chown %u:%u %s", (unsigned)geteuid(), (unsigned)getegid(), path);
    if (stat(path, &found) != 0) {
        if (must_be || errno != ENOENT)
            finding(findings, FINDING_FAIL, "files", "make it, or mend the configuration", "%s: %s", path,
                    g_strerror(errno));
        return;
    }
    if (found.st_uid != geteuid()) finding(findings, FINDING_FAIL, "files", owner_cure, "%s belongs to another user", path);
    else if ((found.st_mode & closed) != 0)
        finding(findings, FINDING_FAIL, "files", cure, "%s is open to others (%04o)", path, (unsigned)found.st_mode & 07777);
    else finding(findings, FINDING_OK, "files", NULL, "%s", path);
}

static void examine_files(Findings *findings, const Config *config) {
    g_autofree char *folder = g_path_get_dirname(config->database);
    bool log_is_file = g_path_is_absolute(config->log);
    struct stat found;
    examine_path(findings, folder, 0077, "0700", true);
    examine_path(findings, config->database, 0077, "0600", true);
    if (log_is_file) examine_path(findings, config->log, 0077, "0600", false);
    if (stat(config->file, &found) != 0) return;
    bool secret = *config->relay_password != '\0', wrong = (found.st_mode & (secret ? 0027 : 0022)) != 0;
    g_autofree char *cure = g_strdup_printf("chmod %s %s", secret ? "0640" : "0644", config->file);
    if (wrong)
        finding(findings, FINDING_FAIL, "files", cure, "%s can be %s by others", config->file,
                secret ? "read (it has a password)" : "changed");
    else finding(findings, FINDING_OK, "files", NULL, "%s", config->file);
}

static void examine_relay(Findings *findings, const Config *config) {
    g_autoptr(GError) reason = NULL;
    if (relay_by_kind(config->relay)->check(config, &reason))
        finding(findings, FINDING_OK, "relay", NULL, "%s can be reached", config->relay);
    else finding(findings, FINDING_FAIL, "relay", "see [relay] in diktyo.conf(5)", "%s", reason->message);
}

static bool examine_database(Findings *findings, Call *call) {
    g_autoptr(GError) reason = NULL;
    call->database = database_open(call->config, &reason);
    g_autofree char *state = call->database != NULL ? database_check(call->database, &reason) : NULL;
    if (state != NULL && strcmp(state, "ok") == 0) finding(findings, FINDING_OK, "database", NULL, "sound");
    else if (state != NULL)
        finding(findings, FINDING_FAIL, "database", "stop everything, keep a copy of the file, restore the last backup",
                "damaged: %s", state);
    else
        finding(findings, FINDING_FAIL, "database", "see the reason; a new instance is made by diktyo init", "%s",
                reason->message);
    return state != NULL;
}

static void examine_clock(Findings *findings, const Call *call) {
    g_autoptr(GPtrArray) newest = posts_list(call->database, 0, 1, NULL);
    int64_t last = newest != NULL && newest->len > 0 ? ((const Post *)g_ptr_array_index(newest, 0))->accepted_at : 0;
    g_autofree char *now = output_time(call->now, call->config->zone);
    if (call->now < YEAR_2024)
        finding(findings, FINDING_FAIL, "clock", "timedatectl set-ntp true", "it is %s, which cannot be", now);
    else if (last > call->now + CLOCK_SLACK)
        finding(findings, FINDING_FAIL, "clock", "timedatectl set-ntp true",
                "it is %s, but the newest post is later than that", now);
    else finding(findings, FINDING_OK, "clock", NULL, "%s %s", now, call->config->zone);
}

/* One dead address is its owner's matter; a post that nobody got, or half of all mail, is ours. */
static bool examine_failed(Findings *findings, const Call *call, GError **error) {
    int64_t failed = 0, sent = 0;
    FailedPosts posts = {0};
    g_autofree char *reply = NULL;
    if (!queue_failed_posts(call->database, call->now - DAY, &posts, error)) return false;
    g_autofree char *said = posts.reply, *cure = g_strdup_printf("mend what the server says, then diktyo outbox retry --post %" G_GINT64_FORMAT, posts.post);
    if (posts.count > 0) {
        g_autofree char *count = output_count(posts.count, "post was", "posts were");
        finding(findings, FINDING_WARN, "outbox", posts.count == 1 ? cure : "mend what the server says, then diktyo outbox retry --failed",
                "%s refused for everybody within a day (%" G_GINT64_FORMAT " copies): %s", count, posts.copies, said);
        return true;
    }
    if (!queue_failed(call->database, call->now - DAY, &failed, &reply, error) || !queue_sent(call->database, call->now - DAY, &sent, error)) return false;
    if (failed >= FAILED_LEAST && failed >= sent)
        finding(findings, FINDING_WARN, "outbox", "see diktyo outbox list --state failed; when it is mended: diktyo outbox retry --failed",
                "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " copies were refused within a day: %s", failed, failed + sent, reply);
    return true;
}

static bool examine_outbox(Findings *findings, const Call *call, GError **error) {
    OutboxCounts counts;
    int64_t next = 0;
    g_autoptr(GHashTable) known = destinations_read(call->database, error);
    if (known == NULL) return false;
    bool away = g_hash_table_contains(known, DESTINATION_RELAY); /* then somebody tries to send it, and examine_destinations tells why it waits */
    if (!outbox_counts(call->database, &counts, error) || !outbox_next(call->database, &next, error)) return false;
    int64_t waiting = counts.count[DELIVERY_WAITING] + counts.count[DELIVERY_SENDING];
    g_autofree char *since = next != 0 ? output_time(next, call->config->zone) : NULL;
    if (!away && next != 0 && next < call->now - HOUR)
        finding(findings, FINDING_FAIL, "outbox", "systemctl start diktyo-deliver, or once: diktyo deliver --once --retry",
                "mail is due since %s and nobody sends it", since);
    else if (!away && next != 0 && next < call->now - MINUTE && !deliver_is_waiting(call->config))
        finding(findings, FINDING_WARN, "outbox", "systemctl start diktyo-deliver, or once: diktyo deliver --once",
                "nobody is sending: mail is due since %s", since);
    else
        finding(findings, FINDING_OK, "outbox", NULL, "%" G_GINT64_FORMAT " waiting, %" G_GINT64_FORMAT " failed so far",
                waiting, counts.count[DELIVERY_FAILED]);
    return true;
}

/* The bell is hung when a sender starts; it has read the configuration just before. */
static void examine_sender(Findings *findings, const Config *config) {
    struct stat bell, file;
    if (!deliver_is_waiting(config) || stat(config->bell, &bell) != 0 || stat(config->file, &file) != 0) return;
    if (bell.st_mtime < file.st_mtime)
        finding(findings, FINDING_WARN, "sender", "systemctl restart diktyo-deliver",
                "diktyo deliver was started before the configuration was changed");
    else finding(findings, FINDING_OK, "sender", NULL, "diktyo deliver waits for mail");
}

static void find_away(Findings *findings, const Call *call, const Destination *relay) {
    g_autofree char *since = output_time(relay->changed_at, call->config->zone), *next = relay->until != 0 ? output_time(relay->until, call->config->zone) : NULL;
    finding(findings, FINDING_WARN, "relay", "see that it runs; to try at once: diktyo deliver --once", "away since %s, tried next %s%s: %s", since,
            next != NULL ? "at " : "", next != NULL ? next : "with the next run", relay->reply);
}

static bool examine_destinations(Findings *findings, const Call *call, GError **error) {
    g_autoptr(GHashTable) known = destinations_read(call->database, error);
    if (known == NULL) return false;
    const Destination *one = NULL;
    guint count = 0;
    GHashTableIter iter;
    gpointer domain, destination;
    g_hash_table_iter_init(&iter, known);
    while (g_hash_table_iter_next(&iter, &domain, &destination)) {
        const Destination *here = destination;
        if (strcmp(domain, DESTINATION_RELAY) == 0) find_away(findings, call, here);
        else if (retry_rest(call->config, here->deferrals, here->until, call->now) != REST_NONE && ++count > 0 && (one == NULL || strcmp(here->domain, one->domain) < 0)) one = here;
    }
    if (one != NULL)
        finding(findings, FINDING_WARN, "destinations", "diktyo outbox stats; to try one at once: diktyo outbox retry --destination DOMAIN",
                "%u put everything off and are left alone for a while, as %s: %s", count, one->domain, one->reply);
    return true;
}

/* As expire --due will see it. */
static bool examine_expiry(Findings *findings, const Call *call, GError **error) {
    int64_t last = 0, before = 0;
    if (!expiry_clock_read(call->database, &last, &before, error)) return false;
    int64_t until = grace_until(last, before, call->now);
    g_autofree char *shown = output_time(until, call->config->zone), *ran = output_time(last, call->config->zone);
    if (until > call->now)
        finding(findings, FINDING_WARN, "expiry", "see that the clock is right, and that diktyo expire --due runs every day",
                "the clock has jumped, or nothing ran for days (%s): nothing held is closed before %s", ran, shown);
    return true;
}

static bool examine_held(Findings *findings, const Call *call, GError **error) {
    g_autoptr(GPtrArray) held = pending_list(call->database, 0, false, error);
    if (held == NULL) return false;
    guint old = 0;
    for (guint i = 0; i < held->len; i++) old += ((const Held *)g_ptr_array_index(held, i))->at < call->now - WEEK;
    if (old > 0)
        finding(findings, FINDING_WARN, "held mail", "diktyo held list, then accept, reject or discard",
                "%u of %u wait for more than a week", old, held->len);
    else finding(findings, FINDING_OK, "held mail", NULL, "%u waiting", held->len);
    return true;
}

/* Members who are suspended one by one are the owners' matter; many in a week may be our own fault. */
static bool examine_bounces(Findings *findings, const Call *call, GError **error) {
    SuspendedCounts counts;
    if (!bounces_suspended(call->database, call->now - WEEK, &counts, error)) return false;
    if (counts.since >= SUSPENDED_LEAST && counts.since * 10 >= counts.addresses)
        finding(findings, FINDING_WARN, "bounces", "diktyo bounces list, and ask whether other servers refuse this one; then diktyo bounces clear ADDRESS",
                "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " addresses were suspended within a week", counts.since, counts.addresses);
    else finding(findings, FINDING_OK, "bounces", NULL, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " addresses suspended", counts.all, counts.addresses);
    return true;
}

static bool examine_groups(Findings *findings, const Call *call, GError **error) {
    g_autoptr(GPtrArray) groups = groups_list(call->database, error);
    if (groups == NULL) return false;
    guint alone = 0;
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = g_ptr_array_index(groups, i);
        GroupCounts counts;
        if (!groups_counts(call->database, group->id, &counts, error)) return false;
        if (counts.moderators > 0) continue;
        g_autofree char *cure = g_strdup_printf("diktyo member add %s ADDRESS --role owner", group->name);
        alone++;
        finding(findings, FINDING_WARN, "groups", cure, "%s has neither owner nor moderator: nobody is told of held mail",
                group->name);
    }
    if (alone == 0) finding(findings, FINDING_OK, "groups", NULL, "%u, each with an owner or moderator", groups->len);
    return true;
}

/* False when the rest cannot be looked at. */
static bool examine_configuration(Findings *findings, Call *call) {
    g_autoptr(GError) reason = NULL;
    if (!instance_enter(call, &reason)) {
        finding(findings, FINDING_FAIL, "configuration", "mend what it says", "%s", reason->message);
        return false;
    }
    finding(findings, FINDING_OK, "configuration", NULL, "%s", call->config->file);
    finding(findings, FINDING_OK, "templates", NULL, "%s",
            *call->config->templates != '\0' ? call->config->templates : "the built-in ones");
    g_autofree char *folder = g_path_get_dirname(call->config->database), *cure = g_strdup_printf("chown -R list:list %s", folder);
    if (geteuid() == 0)
        finding(findings, FINDING_WARN, "owner", cure, "the instance belongs to root, and Postfix runs no program as root");
    return true;
}

bool doctor_command(Call *call, GError **error) {
    g_auto(Findings) findings;
    findings_begin(&findings);
    bool done = true;
    if (examine_configuration(&findings, call)) {
        examine_files(&findings, call->config);
        examine_relay(&findings, call->config);
        examine_sender(&findings, call->config);
        pipeline_examine(&findings, call->config);
        if (examine_database(&findings, call)) {
            examine_clock(&findings, call);
            done = examine_outbox(&findings, call, error) && examine_failed(&findings, call, error) && examine_destinations(&findings, call, error) && examine_expiry(&findings, call, error) && examine_held(&findings, call, error) &&
                   examine_groups(&findings, call, error) && examine_bounces(&findings, call, error);
        }
    }
    findings_print(&findings, call->json);
    if (findings.counts[FINDING_FAIL] > 0) call->exit_code = 1;
    return done;
}
