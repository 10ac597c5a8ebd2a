/* digests.h: what gathers for members in digest mode, and the digests made of it, as rows. */
#pragma once
#include "model/person.h"
#include "store/database.h"

/* A post that waits for a person's next digest. */
typedef struct {
    int64_t delivery, post, group, accepted_at;
} Gathering;

/* A finished digest mail. */
typedef struct {
    int64_t group; /* when everything in it is of one group; else 0 */
    int64_t person;
    const char *email, *message_id;
    GBytes *head, *body;
} Digest;

/* The groups for whose members something gathers: GArray of int64_t, yours. */
GArray *digests_groups(Database *database, GError **error);
/* The persons for whom a post of the group gathers that was accepted before `cut`: GArray of int64_t, yours. */
GArray *digests_persons(Database *database, int64_t group, int64_t cut, GError **error);
/* Who gets the digest, at his present address; having none is FAULT_INTERNAL. NULL on failure. Yours (store/people.h). */
Person *digests_reader(Database *database, int64_t person, GError **error);
/* Everything that gathers for a person, by post: GArray of Gathering, yours. */
GArray *digests_gathering(Database *database, int64_t person, GError **error);
/* Inside a transaction: queues the mail, and marks `gathered` (of Gathering) as being in it. *lost: one of them gathers no
 * longer; then the transaction must not be committed. */
bool digests_put(Database *database, const Digest *digest, const GArray *gathered, int64_t now, bool *lost, GError **error);
