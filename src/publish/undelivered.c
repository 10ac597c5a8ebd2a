#include "publish/undelivered.h"
#include "message/rewrite.h"
#include "message/template.h"
#include "message/text.h"
#include "publish/notice.h"
#include "store/expiry.h"
#include "store/failures.h"
#include "store/groups.h"
#include "store/people.h"

/* One mail for a post, when its last copy is settled, or after a day; never sooner than an hour, so that what comes back at once is in it. Whom it did
 * not reach is shown to those who look after the group; to others the number, and why. */

enum { HOUR = 3600, SHOWN_MOST = 20 };

/* A From may be anybody's: as for every mail that nobody asked for, not more than an address may get in an hour. */
static bool may_tell(Database *database, const Failed *failed, int64_t now, bool *may, GError **error) {
    int64_t to_him = 0, to_all = 0;
    const Config *config = database_config(database);
    if (!expiry_written(database, failed->author_address, now - HOUR, &to_him, &to_all, error)) return false;
    *may = to_him < config->answers_to_one && to_all < config->answers_per_hour;
    return true;
}

static char *lines_of(const Config *config, const char *language, const GPtrArray *reasons, bool with_addresses) {
    GString *text = g_string_new(NULL);
    int shown = 0;
    for (guint i = 0; i < reasons->len; i++) {
        const FailedReason *reason = reasons->pdata[i];
        g_autofree char *count = g_strdup_printf("%" G_GINT64_FORMAT, reason->count);
        g_autofree char *said = template_line(config->templates, language, "undelivered", reason->word, NULL, count);
        g_string_append_printf(text, "%s  - %s", i > 0 ? "\n" : "", said);
        for (char **address = reason->addresses; with_addresses && *address != NULL && shown < SHOWN_MOST; address++, shown++)
            g_string_append_printf(text, "\n      %s", *address);
    }
    return g_string_free(text, FALSE);
}

/* `lines` is the function's to free. */
static char *with_readers(const Config *config, const char *language, char *lines, int64_t readers) {
    g_autofree char *reasons = lines, *count = g_strdup_printf("%" G_GINT64_FORMAT, readers);
    g_autofree char *said = template_line(config->templates, language, "undelivered", "in-digests", NULL, count);
    return g_strdup_printf("%s\n\n%s", reasons, said);
}

static bool tell(Database *database, const Failed *failed, int64_t now, GError **error) {
    const Config *config = database_config(database);
    g_autoptr(GError) reason = NULL;
    g_autoptr(Group) group = groups_get(database, failed->group, error);
    g_autoptr(Person) author = group != NULL ? people_find(database, failed->author_address, &reason) : NULL;
    g_autoptr(Membership) membership = author != NULL ? people_membership(database, failed->group, author->id, &reason) : NULL;
    if (group == NULL || reason != NULL) {
        if (reason != NULL) g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    g_autoptr(GPtrArray) reasons = failures_reasons(database, failed->outgoing, error);
    if (reasons == NULL) return false;
    bool looks_after_it = membership != NULL && membership->role != ROLE_MEMBER;
    const char *language = author != NULL && *author->language != '\0' ? author->language : group->language;
    g_autofree char *lines = lines_of(config, language, reasons, looks_after_it), *subject = text_one_line(failed->subject, 80);
    if (failed->digests > 0) lines = with_readers(config, language, lines, failed->digests);
    g_autofree char *sent = g_strdup_printf("%" G_GINT64_FORMAT, failed->copies - failed->failed), *count = g_strdup_printf("%" G_GINT64_FORMAT, failed->failed);
    g_autofree char *advice = template_line(config->templates, language, "undelivered", failed->copies > failed->failed ? "no-need" : "ask-first", NULL, NULL);
    g_autofree char *owner = rewrite_address(group->name, "owner", config->domain);
    const char *const words[] = {"subject", subject, "group_title", group->title, "sent", sent, "failed", count, "lines", lines, "advice", advice, "owner_address", owner, NULL};
    const Notice notice = {.template = "undelivered", .language = language, .words = words, .group = group->id, .person = author != NULL ? author->id : 0,
                           .from_name = group->title, .to_name = failed->author_name, .to = failed->author_address, .reply_to = owner,
                           .in_reply_to = failed->message_id, .topic = "undelivered"};
    return notice_send(database, &notice, now, error);
}

static bool look_at(Database *database, int64_t outgoing, int64_t now, int64_t *told, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(database, error);
    g_autoptr(Failed) failed = transaction != NULL ? failures_get(database, outgoing, &reason) : NULL;
    bool may = false;
    if (reason != NULL) g_propagate_error(error, g_steal_pointer(&reason));
    if (failed == NULL) return transaction != NULL && *error == NULL;
    if (*failed->author_address != '\0' && !may_tell(database, failed, now, &may, error)) return false;
    if (!may && *failed->author_address != '\0') return true; /* enough for this hour: the next run tells him */
    if (may && !tell(database, failed, now, error)) return false;
    if (!failures_told(database, outgoing, now, error) || !transaction_commit(transaction, error)) return false;
    *told += may;
    return true;
}

bool undelivered_due(Database *database, int64_t now, int64_t *told, GError **error) {
    g_autoptr(GArray) due = failures_due(database, now - HOUR, now - 24 * HOUR, error);
    g_autoptr(GError) reason = NULL;
    for (guint i = 0; due != NULL && i < due->len; i++) {
        if (look_at(database, g_array_index(due, int64_t, i), now, told, &reason)) continue;
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    return due != NULL;
}
