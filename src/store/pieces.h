/* pieces.h: what many digests have in common, each once; and the recipes that put a mail's body together from them when it is sent. */
#pragma once
#include "store/database.h"

/* Stands in a keyed piece where the reader's own key goes. */
#define PIECE_KEY_MARK '\x01'

/* Inside a transaction. What is there already is only found. */
bool pieces_put(Database *database, GBytes *content, int64_t *id, GError **error);

/* The pieces of a recipe (their numbers, separated by blanks, with a `k` before those that are keyed), in a row, with the key of `person` at the marks. NULL on failure; one that is not there
 * is FAULT_INTERNAL. Yours. */
GBytes *pieces_join(Database *database, const char *recipe, int64_t person, GError **error);
/* The same in memory: `content` with a key at the marks (NULL: it has none), appended. */
void pieces_fill(GByteArray *body, GBytes *content, const char *key);
/* The key that stands in a person's digest; it proves him where no harm can be done (RFC 8058 has such links). Yours. */
char *pieces_key(Database *database, int64_t person);
