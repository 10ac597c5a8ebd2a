#include "store/sql.h"
#include <glib.h>
#include <stdio.h>

/* Prints the SQL that makes an empty database of an earlier schema version, from the program's own steps: old_schema VERSION */

int main(int argc, char **argv) {
    int version = argc == 2 ? (int)g_ascii_strtoll(argv[1], NULL, 10) : 0;
    for (int i = 0; i < version; i++) {
        if (sql_migrations[i] == NULL) return 1;
        puts(sql_migrations[i]);
    }
    printf("; PRAGMA user_version = %d;\n", version);
    return version > 0 ? 0 : 64;
}
