/* queue.h: the outbox as the operator sees it: what waits, since when, for whom, and what he may do with it. */
#pragma once
#include "store/database.h"

/* What the operator sees of it and does with it. `whom`: a group, an address, a domain, or "" for all. */
typedef struct {
    int64_t id, attempts, next_try, created_at, post; /* post 0: none */
    char *email, *state, *reply, *group, *kind, *subject;
} Entry;
GPtrArray *queue_list(Database *database, const char *state, const char *whom, int64_t most, GError **error); /* Entry *, yours */
/* Whether there is such a group, or anybody with such an address or at such a domain. */
bool queue_knows(Database *database, const char *whom, bool *known, GError **error);
/* *changed counts what was turned: what waits, and by number or post also what has failed, which then begins anew; it is cancelled instead when its member
 * has left or was erased. What is hurried is tried also where its destination rested. */
bool queue_hurry(Database *database, int64_t delivery, int64_t now, int64_t *changed, GError **error);
bool queue_hurry_post(Database *database, int64_t post, int64_t now, int64_t *changed, GError **error);
bool queue_hurry_failed(Database *database, int64_t since, int64_t now, int64_t *changed, GError **error); /* what has failed after `since` */
bool queue_hurry_domain(Database *database, const char *domain, int64_t now, int64_t *changed, GError **error);
/* Only what waits. */
bool queue_cancel(Database *database, int64_t delivery, int64_t now, int64_t *changed, GError **error);
bool queue_cancel_post(Database *database, int64_t post, int64_t now, int64_t *changed, GError **error);

/* In which state it is, a word of delivery_state_words; NULL without *error: there is none of that number. Yours. */
char *queue_state(Database *database, int64_t delivery, GError **error);

/* What waits for one domain. */
typedef struct {
    char *domain, *reply; /* words of a server, or "" */
    int64_t waiting, since, next_try, attempts, until; /* until: left alone; 0: it is not */
} Waiting;
GPtrArray *queue_domains(Database *database, GError **error); /* Waiting *, the longest first, at most 100; yours */

/* How many copies were sent after `since`. */
bool queue_sent(Database *database, int64_t since, int64_t *count, GError **error);

/* How many have failed after `since`, and what a server said of the newest. *reply is yours. */
bool queue_failed(Database *database, int64_t since, int64_t *count, char **reply, GError **error);

/* Posts of which several copies have failed after `since`, and that nobody has got nor will. */
typedef struct {
    int64_t count, post, copies; /* post: the newest of them; copies: how many of one have failed at most */
    char *reply;                 /* words of a server; yours */
} FailedPosts;
bool queue_failed_posts(Database *database, int64_t since, FailedPosts *failed, GError **error);
