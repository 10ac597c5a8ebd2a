#include "store/database.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/token.h"

/* Only WAL with synchronous=FULL keeps an acknowledged row over a power cut. Both are settings of a connection, so each
 * connection sets them, reads them back, and refuses to run otherwise.
 * A statement is prepared once per connection and lent out; one that is out already (a nested use) is prepared anew. */
struct Database {
    sqlite3 *handle;
    const Config *config;
    uint8_t secret[TOKEN_SECRET_BYTES];
    int64_t waits_since; /* for a lock */
    sqlite3_stmt *prepared[STATEMENTS];
    bool lent[STATEMENTS];
};

enum { UNDO_BYTES = 16 << 20, QUICK_TRIES = 400 };

struct Query {
    Database *database;
    Statement statement;
    sqlite3_stmt *handle;
    bool own;
    char *broken; /* why it could not be prepared or bound */
};

struct Transaction {
    Database *database;
    bool open;
};

static bool refuse(Database *database, GError **error, const char *doing) {
    int code = sqlite3_errcode(database->handle) & 0xff;
    bool passing = code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_NOMEM ||
                   code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PROTOCOL;
    return fault_set(error, passing ? FAULT_TEMPORARY : FAULT_INTERNAL, "database: %s: %s", sqlite3_errmsg(database->handle), doing);
}

const Config *database_config(Database *database) { return database->config; }
const uint8_t *database_secret(Database *database) { return database->secret; }

/* --- queries --- */

Query *query_new(Database *database, Statement statement) {
    Query *query = g_new0(Query, 1);
    query->database = database;
    query->statement = statement;
    if (database->prepared[statement] != NULL && !database->lent[statement]) {
        query->handle = database->prepared[statement];
        database->lent[statement] = true;
        return query;
    }
    const char *rest = NULL;
    if (sqlite3_prepare_v3(database->handle, sql_statements[statement], -1, SQLITE_PREPARE_PERSISTENT, &query->handle, &rest) != SQLITE_OK)
        query->broken = g_strdup(sqlite3_errmsg(database->handle));
    else if (rest != NULL && *rest != '\0')
        query->broken = g_strdup("more than one statement");
    if (database->prepared[statement] == NULL && query->broken == NULL) {
        database->prepared[statement] = query->handle;
        database->lent[statement] = true;
    } else
        query->own = true;
    return query;
}

void query_end(Query *query) {
    if (query == NULL) return;
    if (query->own)
        sqlite3_finalize(query->handle);
    else {
        sqlite3_reset(query->handle);
        sqlite3_clear_bindings(query->handle);
        query->database->lent[query->statement] = false;
    }
    g_free(query->broken);
    g_free(query);
}

static void bound(Query *query, int code) {
    if (code != SQLITE_OK && query->broken == NULL) query->broken = g_strdup(sqlite3_errstr(code));
}

void query_integer(Query *query, int position, int64_t value) {
    if (query->broken == NULL) bound(query, sqlite3_bind_int64(query->handle, position, value));
}

void query_text(Query *query, int position, const char *value) {
    if (query->broken == NULL) bound(query, sqlite3_bind_text(query->handle, position, value, -1, SQLITE_TRANSIENT));
}

void query_bytes(Query *query, int position, const void *bytes, size_t length) {
    if (query->broken == NULL)
        bound(query, length == 0 ? sqlite3_bind_zeroblob(query->handle, position, 0)
                                 : sqlite3_bind_blob64(query->handle, position, bytes, length, SQLITE_STATIC));
}

int query_step(Query *query, GError **error) {
    if (query->broken != NULL) {
        fault_set(error, FAULT_INTERNAL, "database: %s: %s", query->broken, sql_statements[query->statement]);
        return -1;
    }
    int code = sqlite3_step(query->handle);
    if (code == SQLITE_ROW) return 1;
    if (code == SQLITE_DONE) return 0;
    refuse(query->database, error, sql_statements[query->statement]);
    return -1;
}

bool query_run(Query *query, GError **error) {
    int step;
    while ((step = query_step(query, error)) > 0) continue;
    return step == 0;
}

GArray *query_numbers(Query *query, GError **error) {
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int step;
    while ((step = query_step(query, error)) == 1) {
        int64_t number = query_column_integer(query, 0);
        g_array_append_val(numbers, number);
    }
    return step == 0 ? g_steal_pointer(&numbers) : NULL;
}

int64_t query_column_integer(Query *query, int column) { return sqlite3_column_int64(query->handle, column); }
const char *query_column_text(Query *query, int column) { return (const char *)sqlite3_column_text(query->handle, column); }
char *query_column_copy(Query *query, int column) { return g_strdup(query_column_text(query, column)); }

GBytes *query_column_bytes(Query *query, int column) {
    if (sqlite3_column_type(query->handle, column) == SQLITE_NULL) return NULL;
    const void *bytes = sqlite3_column_blob(query->handle, column);
    return g_bytes_new(bytes, (gsize)sqlite3_column_bytes(query->handle, column));
}

int64_t database_last_id(Database *database) { return sqlite3_last_insert_rowid(database->handle); }
int64_t database_changes(Database *database) { return sqlite3_changes64(database->handle); }

/* Runs a statement that answers at most one word; *word (may be NULL) is yours. */
static bool ask(Database *database, Statement statement, char **word, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    int step = query_step(query, error);
    if (step < 0) return false;
    if (word != NULL) *word = step == 1 ? query_column_copy(query, 0) : g_strdup("");
    while (step == 1) step = query_step(query, error);
    return step == 0;
}

/* Not the pragmas: some of them take effect when they are prepared, and that one connection waits for the disk and another does not is said there. */
bool database_warm(Database *database, GError **error) {
    for (int i = 0; i < STATEMENTS; i++) {
        if (g_str_has_prefix(sql_statements[i], "PRAGMA")) continue;
        g_autoptr(Query) query = query_new(database, (Statement)i);
        if (query->broken != NULL) return fault_set(error, FAULT_INTERNAL, "database: %s: %s", query->broken, sql_statements[i]);
    }
    return true;
}

bool database_enlarge(Database *database, GError **error) { return ask(database, STATEMENT_CACHE_LARGE, NULL, error); }

/* --- transactions --- */

static Transaction *begin(Database *database, Statement statement, GError **error) {
    if (!ask(database, statement, NULL, error)) return NULL;
    Transaction *transaction = g_new0(Transaction, 1);
    transaction->database = database;
    transaction->open = true;
    return transaction;
}

Transaction *transaction_begin(Database *database, GError **error) { return begin(database, STATEMENT_BEGIN_IMMEDIATE, error); }
Transaction *transaction_begin_read(Database *database, GError **error) { return begin(database, STATEMENT_BEGIN, error); }

bool transaction_commit(Transaction *transaction, GError **error) {
    if (!ask(transaction->database, STATEMENT_COMMIT, NULL, error)) return false;
    transaction->open = false;
    return true;
}

bool savepoint_begin(Database *database, GError **error) { return ask(database, STATEMENT_SAVEPOINT, NULL, error); }
bool savepoint_keep(Database *database, GError **error) { return ask(database, STATEMENT_SAVEPOINT_RELEASE, NULL, error); }

bool savepoint_undo(Database *database, GError **error) {
    return ask(database, STATEMENT_SAVEPOINT_UNDO, NULL, error) && ask(database, STATEMENT_SAVEPOINT_RELEASE, NULL, error);
}

void transaction_end(Transaction *transaction) {
    if (transaction == NULL) return;
    if (transaction->open && sqlite3_get_autocommit(transaction->database->handle) == 0)
        ask(transaction->database, STATEMENT_ROLLBACK, NULL, NULL);
    g_free(transaction);
}

/* --- opening --- */

/* A database that others can read is somebody's private mail on display; one that belongs to another user would be left with files of
 * ours beside it that its owner cannot open. */
static bool owned_and_private(const char *path, bool folder, GError **error) {
    struct stat status;
    if ((folder ? stat(path, &status) : lstat(path, &status)) != 0) return fault_set(error, FAULT_CONFIG, "%s: %s", path, g_strerror(errno));
    if (folder ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode))
        return fault_set(error, FAULT_CONFIG, "%s is not a %s", path, folder ? "folder" : "plain file");
    if (status.st_uid != geteuid())
        return fault_set(error, FAULT_CONFIG, "%s belongs to user %u, and this is user %u: run it as its owner", path,
                         (unsigned)status.st_uid, (unsigned)geteuid());
    if ((status.st_mode & 077) != 0)
        return fault_set(error, FAULT_CONFIG, "%s is open to others: chmod %s %s", path, folder ? "700" : "600", path);
    return true;
}

static bool set_and_read_back(Database *database, Statement set, Statement get, const char *wanted, GError **error) {
    g_autofree char *found = NULL;
    if (!ask(database, set, NULL, error) || !ask(database, get, &found, error)) return false;
    if (strcmp(found, wanted) == 0) return true;
    return fault_set(error, FAULT_CONFIG, "database: %s did not hold (it is “%s”)", sql_statements[set], found);
}

static bool migrate(Database *database, GError **error) {
    for (;;) {
        g_autofree char *version = NULL;
        g_autoptr(Transaction) transaction = NULL;
        int64_t now_at = 0, newest = 0;
        while (sql_migrations[newest] != NULL) newest++;
        if (!ask(database, STATEMENT_VERSION_GET, &version, error)) return false;
        if (g_ascii_strtoll(version, NULL, 10) == newest) return true;
        if ((transaction = transaction_begin(database, error)) == NULL) return false;
        g_clear_pointer(&version, g_free);
        if (!ask(database, STATEMENT_VERSION_GET, &version, error)) return false;
        now_at = g_ascii_strtoll(version, NULL, 10);
        if (now_at > newest)
            return fault_set(error, FAULT_CONFIG, "the database has schema %s, this program knows %" G_GINT64_FORMAT ": it is too old for it", version, newest);
        if (now_at == newest) continue;
        g_autofree char *step = g_strdup_printf("%s; PRAGMA user_version = %d", sql_migrations[now_at], (int)now_at + 1);
        if (sqlite3_exec(database->handle, step, NULL, NULL, NULL) != SQLITE_OK) return refuse(database, error, "schema step");
        if (!transaction_commit(transaction, error)) return false;
    }
}

static bool read_secret(Database *database, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_INSTANCE_GET);
    query_text(query, 1, "secret");
    int step = query_step(query, error);
    if (step < 0) return false;
    g_autoptr(GBytes) secret = step == 1 ? query_column_bytes(query, 0) : NULL;
    if (secret == NULL || g_bytes_get_size(secret) != TOKEN_SECRET_BYTES)
        return fault_set(error, FAULT_CONFIG, "%s has no secret: it was not made by `diktyo init`", database->config->database);
    memcpy(database->secret, g_bytes_get_data(secret, NULL), TOKEN_SECRET_BYTES);
    return true;
}

/* Locks are held for a millisecond, mostly. SQLite's own handler sleeps ever longer, and whoever marks what was sent would starve beside a writer that
 * takes one mail after the other. */
static int wait_for_lock(void *data, int tries) {
    Database *database = data;
    int64_t now = g_get_monotonic_time();
    if (tries == 0) database->waits_since = now;
    if (now - database->waits_since > database->config->busy_seconds * G_USEC_PER_SEC) return 0;
    g_usleep(tries < QUICK_TRIES ? 250 : 20000);
    return 1;
}

/* What an undo needs stays in memory: a file for it was made anew for each mail. Once a process, before anything else is asked of SQLite. */
static void set_up_library(void) {
    static bool done;
    if (done) return;
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, UNDO_BYTES);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    done = true;
}

static Database *connect_to(const Config *config, int flags, Statement synchronous, const char *level, GError **error) {
    g_autoptr(Database) database = g_new0(Database, 1);
    database->config = config;
    /* The folder may be reached by a link; the file itself may not be one. */
    g_autofree char *folder = g_path_get_dirname(config->database), *name = g_path_get_basename(config->database);
    char *real = realpath(folder, NULL);
    g_autofree char *path = g_build_filename(real != NULL ? real : folder, name, NULL);
    free(real);
    set_up_library();
    if (sqlite3_open_v2(path, &database->handle, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        fault_set(error, FAULT_TEMPORARY, "cannot open the database %s: %s", config->database, sqlite3_errmsg(database->handle));
        return NULL;
    }
    sqlite3_extended_result_codes(database->handle, 1);
    sqlite3_busy_handler(database->handle, wait_for_lock, database);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (!set_and_read_back(database, STATEMENT_JOURNAL_WAL, STATEMENT_JOURNAL_GET, "wal", error)) return NULL;
    if (!set_and_read_back(database, synchronous, STATEMENT_SYNCHRONOUS_GET, level, error)) return NULL;
    /* A step that makes a table anew drops the old one, whose rows others point to; and inside a transaction this switch does nothing. */
    if (!migrate(database, error)) return NULL;
    if (!ask(database, STATEMENT_FOREIGN_KEYS_ON, NULL, error) || !ask(database, STATEMENT_CHECKPOINT_AT, NULL, error)) return NULL;
    return g_steal_pointer(&database);
}

static Database *open_existing(const Config *config, Statement synchronous, const char *level, GError **error) {
    g_autofree char *folder = g_path_get_dirname(config->database);
    if (!owned_and_private(folder, true, error) || !owned_and_private(config->database, false, error)) return NULL;
    g_autoptr(Database) database = connect_to(config, SQLITE_OPEN_READWRITE, synchronous, level, error);
    if (database == NULL || !read_secret(database, error)) return NULL;
    return g_steal_pointer(&database);
}

Database *database_open(const Config *config, GError **error) { return open_existing(config, STATEMENT_SYNCHRONOUS_FULL, "2", error); }

Database *database_open_for_marking(const Config *config, GError **error) {
    return open_existing(config, STATEMENT_SYNCHRONOUS_NORMAL, "1", error);
}

bool database_create(const Config *config, GError **error) {
    uint8_t secret[TOKEN_SECRET_BYTES];
    int file = open(config->database, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return fault_set(error, FAULT_PERMANENT, "cannot make the database %s: %s", config->database, g_strerror(errno));
    close(file);
    g_autoptr(Database) database = connect_to(config, SQLITE_OPEN_READWRITE, STATEMENT_SYNCHRONOUS_FULL, "2", error);
    if (database == NULL) return false;
    token_random(secret, sizeof secret);
    g_autoptr(Query) query = query_new(database, STATEMENT_INSTANCE_PUT);
    query_text(query, 1, "secret");
    query_bytes(query, 2, secret, sizeof secret);
    return query_run(query, error);
}

void database_close(Database *database) {
    if (database == NULL) return;
    for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(database->prepared[i]);
    sqlite3_close_v2(database->handle);
    g_free(database);
}

char *database_check(Database *database, GError **error) {
    g_autofree char *integrity = NULL, *keys = NULL;
    if (!ask(database, STATEMENT_CHECK_INTEGRITY, &integrity, error) || !ask(database, STATEMENT_CHECK_FOREIGN_KEYS, &keys, error)) return NULL;
    if (strcmp(integrity, "ok") != 0) return g_steal_pointer(&integrity);
    return *keys == '\0' ? g_strdup("ok") : g_strdup_printf("rows of %s point to rows that are not there", keys);
}
