/* digests.h: what gathers for members in digest mode, and the digests made of it, as rows. */
#pragma once
#include "model/choice.h"
#include "model/person.h"
#include "store/database.h"

/* A post that waits for a person's next digest. */
typedef struct {
    int64_t delivery, post, group, accepted_at;
} Gathering;

/* Who gets it, and how. */
typedef struct {
    Person *person;      /* at his present address */
    DigestChoice choice; /* hour and zone are there: his own, or as the first of his groups has them */
    int64_t last;        /* when his last digest was made; 0: there was none */
    int64_t asked;       /* when he asked for one at once; 0: he did not */
} DigestReader;
void digest_reader_free(DigestReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DigestReader, digest_reader_free)

/* A finished mail of a digest. */
typedef struct {
    int64_t group; /* when everything in it is of one group; else 0 */
    const char *message_id, *recipe;
    GBytes *head;
} Digest;

/* The groups for whose members something gathers: GArray of int64_t, yours. */
GArray *digests_groups(Database *database, GError **error);
/* The persons for whom something gathers, without those whose address is suspended: GArray of int64_t, yours. */
GArray *digests_persons(Database *database, GError **error);
/* Having no address is FAULT_INTERNAL. NULL on failure. Yours. */
DigestReader *digests_reader(Database *database, int64_t person, GError **error);
/* Everything that gathers for a person, by post: GArray of Gathering, yours. */
GArray *digests_gathering(Database *database, int64_t person, GError **error);

/* Inside one transaction: queues a mail; marks rows (Gathering) as being in it; notes when the reader was served. *lost: one of the rows
 * gathers no longer, or he was served meanwhile; then the transaction must not be committed. */
bool digests_put(Database *database, const DigestReader *reader, const Digest *digest, int64_t now, int64_t *outgoing, GError **error);
bool digests_mark(Database *database, const Gathering *rows, size_t count, int64_t outgoing, int64_t now, bool *lost, GError **error);
bool digests_served(Database *database, const DigestReader *reader, int64_t at, bool *lost, GError **error);
