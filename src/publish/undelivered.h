/* undelivered.h: the author of a post that did not reach everybody is told, once, when it is settled. */
#pragma once
#include "store/database.h"

bool undelivered_due(Database *database, int64_t now, int64_t *told, GError **error);
