/* threads.h: finds a new post's place among the others, also when the parent comes later than its answers (RFC 5322 3.6.4). */
#pragma once
#include "store/database.h"

/* For a post just added, inside its transaction: keeps its references (char *, oldest first), gives it a thread and a parent, and
 * takes over the answers that came before it. `answers` is the parent where no reference is known: an older post of the group, else it says nothing. */
bool threads_link(Database *database, int64_t post, int64_t group, const char *message_id, const GPtrArray *references, int64_t answers, GError **error);
