/* facts.h: reads what the deciders may know about one intent. */
#pragma once
#include "model/facts.h"
#include "store/database.h"

/* Inside a transaction. The question's parts are NULL for intents that carry no mail. NULL on failure. Yours. */
Facts *facts_gather(Database *database, const Intent *intent, const Question *question, GError **error);
void facts_free(Facts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Facts, facts_free)
