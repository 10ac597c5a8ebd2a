/* ledger.h: what was done, when, by whom and on which proof: the rows of events. */
#pragma once
#include "store/database.h"

typedef struct {
    int64_t at;
    char *what, *actor, *group_name, *detail; /* group_name "": about none */
} LedgerLine;
void ledger_line_free(LedgerLine *line);

/* All that concerns a person, oldest first: GPtrArray of LedgerLine *, yours. */
GPtrArray *ledger_of(Database *database, int64_t person, GError **error);

/* One more line; group and person 0: none. */
typedef struct {
    const char *what, *actor, *detail;
    int64_t at, group, person;
} LedgerEntry;
bool ledger_add(Database *database, const LedgerEntry *entry, GError **error);
