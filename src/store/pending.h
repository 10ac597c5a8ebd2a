/* pending.h: what waits for a moderator's decision. */
#pragma once
#include "model/facts.h"
#include "store/database.h"

void held_free(Held *held);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Held, held_free)

/* NULL without *error when there is none. Yours. */
Held *pending_get(Database *database, int64_t id, GError **error);
/* Oldest first: GPtrArray of Held *, yours; group 0: all; with decided ones only when asked. */
GPtrArray *pending_list(Database *database, int64_t group, bool decided_too, GError **error);
/* Those with a Message-ID, with or without <>. */
GPtrArray *pending_find(Database *database, const char *message_id, bool decided_too, GError **error);
/* Those in the groups that a person moderates; those that a question about a letter, put to the moderators of a group, decides. */
GPtrArray *pending_of_moderator(Database *database, int64_t person, GError **error);
GPtrArray *pending_decided_by(Database *database, int64_t letter, int64_t group, GError **error);
