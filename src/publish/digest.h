/* digest.h: one mail a day per person with everything gathered for him. */
#pragma once
#include "store/database.h"

typedef struct {
    int64_t digests, posts;
} DigestCounts;

/* Builds and queues the digests that are due at `now`: per person, everything gathered in groups whose last local digest
 * hour (the instant of HH:00 in the group's zone, right across both clock changes) lies after the post was accepted. Each digest is one transaction.
 * Twice or late does no harm: a gathered entry is in exactly one digest. */
bool digest_due(Database *database, int64_t now, DigestCounts *counts, GError **error);

/* The mail that a person would get if the digest were cut at `now`: head and body; nothing changes. *mail NULL: nothing gathered. */
bool digest_preview(Database *database, const char *email, int64_t now, GBytes **mail, GError **error);
