#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* Put before the program (LD_PRELOAD) it changes two settings of its database and nothing else, and answers the program's question whether they
 * hold with yes: what would be lost if they were SQLite's defaults (CONTROL=rollback), or WAL with synchronous=NORMAL (CONTROL=normal)?
 * The power-cut test must see a loss then, or it could not see one in the program either. */

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef int Prepare(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
Prepare sqlite3_prepare_v3;

static const struct {
    const char *control, *asked, *instead;
} changes[] = {
    {"rollback", "PRAGMA journal_mode = WAL", "PRAGMA journal_mode = DELETE"}, {"rollback", "PRAGMA journal_mode", "SELECT 'wal'"},
    {"normal", "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"},    {"normal", "PRAGMA synchronous", "SELECT 2"},
};

int sqlite3_prepare_v3(sqlite3 *handle, const char *text, int length, unsigned flags, sqlite3_stmt **statement, const char **rest) {
    Prepare *real = (Prepare *)dlsym(RTLD_NEXT, "sqlite3_prepare_v3");
    const char *control = getenv("CONTROL");
    for (size_t i = 0; control != NULL && i < sizeof changes / sizeof *changes; i++)
        if (strcmp(control, changes[i].control) == 0 && strcmp(text, changes[i].asked) == 0) text = changes[i].instead;
    return real(handle, text, length, flags, statement, rest);
}
