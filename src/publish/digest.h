/* digest.h: what gathers for a person, as mail at his hour. */
#pragma once
#include "store/database.h"

typedef struct {
    int64_t digests, posts; /* mails, and posts in them */
} DigestCounts;

/* Builds and queues the digests that are due at `now`: of each person, everything gathered that was accepted before his last hour (schedule.h); at once and all
 * of it for whoever asked. Each person's is one transaction. Twice or late does no harm: a gathered entry is in exactly one digest. */
bool digest_due(Database *database, int64_t now, DigestCounts *counts, GError **error);

/* The mails that a person would get if his digest were cut at `now`: GPtrArray of GBytes *, head and body; nothing changes. Empty: nothing gathered. Yours. */
GPtrArray *digest_preview(Database *database, const char *email, int64_t now, GError **error);
