/* bounces.h: what came back, how it was read, and whose fault it was found to be; and the standing of addresses. */
#pragma once
#include "model/report.h"
#include "model/standing.h"
#include "store/database.h"

typedef struct {
    int64_t id, delivery, outgoing, person, group, post, at;
    char *kind, *address, *email, *domain, *status, *detail, *group_name, *subject, *topic, *recipient, *sender; /* email: to whom our copy went; topic: of a notice of ours */
    BounceClass class;
    Blame verdict;
} Bounce;
void bounce_free(Bounce *bounce);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bounce, bounce_free)

/* A copy that the relay itself refused: evidence as good as a report. In the caller's transaction. */
bool bounces_refused(Database *database, int64_t delivery, BounceClass class, const char *status, const char *reply, int64_t now, GError **error);

/* Those that wait for judgement and came before a time: GPtrArray of Bounce *, oldest first, yours. */
GPtrArray *bounces_waiting(Database *database, int64_t before, GError **error);
/* For the operator: group "" for all; `all`: with those that concern nobody. Newest first. */
GPtrArray *bounces_list(Database *database, const char *group, bool all, GError **error);
Bounce *bounces_get(Database *database, int64_t number, GError **error);
/* The bytes that came in; NULL without *error for a refusal, which has none. */
GBytes *bounces_raw(Database *database, int64_t number, GError **error);
bool bounces_judge(Database *database, int64_t number, Blame verdict, int64_t now, GError **error);

/* What came back of the mail, and from the domain on a day (since 1970), until now. */
bool bounces_of_message(Database *database, int64_t outgoing, Burst *burst, GError **error);
bool bounces_of_domain(Database *database, const char *domain, int64_t day, Burst *burst, GError **error);

/* False without *error when nobody here has that address. */
bool standing_read(Database *database, const char *email, Standing *standing, GError **error);
bool standing_write(Database *database, const char *email, const Standing *standing, GError **error);
/* Addresses whose probe went out, or that are suspended, by their address: GPtrArray of char *, yours. */
GPtrArray *standing_list(Database *database, Health health, GError **error);

/* An address of a person (NULL: all) is good again, with a line in the ledger; what was withheld in the last fortnight comes in his next digest,
 * unless his primary address is still suspended. *changed is 0 when nothing stood against it. */
bool bounces_restore(Database *database, int64_t person, const char *email, const char *actor, int64_t now, int64_t *changed, GError **error);

typedef struct {
    int64_t all, since, addresses; /* suspended; of these since a time; of how many addresses */
} SuspendedCounts;
bool bounces_suspended(Database *database, int64_t since, SuspendedCounts *counts, GError **error);

/* Lines for an owner: what of his group was suspended, ails, or came back in bursts since a time. Each row is a word and a text. */
typedef struct {
    char *what, *text;
    int64_t count;
} BounceLine;
GPtrArray *bounces_lines(Database *database, int64_t group, int64_t since, GError **error); /* BounceLine *, yours */
/* Groups with moderators whose last weekly line is older than `before`: GArray of int64_t. And: it is told now. */
GArray *bounces_groups(Database *database, int64_t before, GError **error);
bool bounces_told(Database *database, int64_t group, int64_t now, GError **error);
