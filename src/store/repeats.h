/* repeats.h: digests that go out once more, exactly as they were. */
#pragma once
#include "store/database.h"

/* When the last digest of a person was made, or the last of the day YYYY-MM-DD, or of the last DD/MM before `now`, by his clocks ("": any day); 0: there is none. */
bool repeats_find(Database *database, int64_t person, const char *day, int64_t now, int64_t *made_at, GError **error);

/* The mails of the digest that was made then, as they went out: GPtrArray of GBytes *, head and body, yours. */
GPtrArray *repeats_mails(Database *database, int64_t person, int64_t made_at, GError **error);

/* All mails of the digest that was made then go to his address again; how many. None goes to an address that is suspended. */
bool repeats_add(Database *database, int64_t person, int64_t made_at, int64_t now, int64_t *mails, GError **error);
