/* reply.h: the text of our answers: one line or one list for each thing asked, in the language of who reads it. */
#pragma once
#include "model/plan.h"
#include "store/database.h"

/* Who is spoken to, and how. */
typedef struct {
    Database *database; /* for the lists; inside the transaction */
    const Config *config;
    const Intent *intent;
    const Facts *facts;
    const Plan *plan;
    const char *language;
} Reply;

/* All lines of the answer, but those that ask back; "" when there are none. Yours; NULL on failure. */
char *reply_text(const Reply *reply, GError **error);
/* The orders that are put back as a question, one line each. Yours. */
char *reply_requests(const Reply *reply, const GPtrArray *orders);
