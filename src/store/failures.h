/* failures.h: posts some of whose copies did not arrive. A copy failed when the relay refused it or it was given up, or when a report of it came back. */
#pragma once
#include "store/database.h"

typedef struct {
    int64_t outgoing, group, copies, failed;
    int64_t digests; /* how many have it, or will, in their digest */
    char *subject, *author_name, *author_address, *message_id;
} Failed;
void failed_free(Failed *failed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Failed, failed_free)

typedef struct {
    char *word; /* dead, full, policy, temporary, unknown */
    char **addresses;
    int64_t count;
} FailedReason;

/* Mails of posts made before `latest` of whose failures nobody was told, with no copy left that waits, or made before `longest`: GArray of int64_t. */
GArray *failures_due(Database *database, int64_t latest, int64_t longest, GError **error);
/* NULL without *error when it needs no telling any more. Yours. */
Failed *failures_get(Database *database, int64_t outgoing, GError **error);
/* Why, with whom: GPtrArray of FailedReason *, the most frequent first; yours. */
GPtrArray *failures_reasons(Database *database, int64_t outgoing, GError **error);
bool failures_told(Database *database, int64_t outgoing, int64_t now, GError **error);
