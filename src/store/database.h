/* database.h: the only door to SQLite: a connection that refuses to run unsafely, transactions that roll back unless
 * committed, and statements by number (store/sql.h). Callers never hold SQL text. */
#pragma once
#include "base/config.h"
#include "store/sql.h"

typedef struct Database Database;
typedef struct Query Query;
typedef struct Transaction Transaction;

/* Opens the instance's database: WAL with synchronous=FULL (set and read back), foreign keys on, busy wait as configured, schema
 * brought up to date. File and folder must belong to us and be closed to others; a schema newer than ours is refused. */
Database *database_open(const Config *config, GError **error);

/* Makes a new one (0600); FAULT_PERMANENT when it is there already. */
bool database_create(const Config *config, GError **error);

/* A second kind of connection for marking deliveries: synchronous=NORMAL. A crash loses nothing, a power cut at most
 * repeats the last marks (DESIGN.md, 6). Nothing may be accepted on it. */
Database *database_open_for_marking(const Config *config, GError **error);
void database_close(Database *database);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Database, database_close)

const Config *database_config(Database *database);
/* 32 secret bytes of this instance, made with it. */
const uint8_t *database_secret(Database *database);
/* "ok", or what PRAGMA integrity_check and foreign_key_check found. Yours. */
char *database_check(Database *database, GError **error);

bool database_warm(Database *database, GError **error);    /* for a process that stays: every statement is prepared, and no mail waits for that */
bool database_enlarge(Database *database, GError **error); /* room to keep 32 MB of pages, for those who go through much */

/* BEGIN IMMEDIATE. Ended by transaction_commit, or rolled back when it goes out of scope. */
Transaction *transaction_begin(Database *database, GError **error);
/* BEGIN (deferred), for several reads that must agree. */
Transaction *transaction_begin_read(Database *database, GError **error);
bool transaction_commit(Transaction *transaction, GError **error);
void transaction_end(Transaction *transaction);
/* Within a transaction: what happens from `begin` on is kept by savepoint_keep, or undone alone by savepoint_undo. When one of them fails, or
 * SQLite has rolled the whole transaction back by itself (disk full), the transaction is lost. */
bool savepoint_begin(Database *database, GError **error);
bool savepoint_keep(Database *database, GError **error);
bool savepoint_undo(Database *database, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transaction, transaction_end)

/* A prepared statement with its values bound by position from 1. Finalised (or given back for use again) by query_end. */
Query *query_new(Database *database, Statement statement);
void query_end(Query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Query, query_end)
void query_integer(Query *query, int position, int64_t value);
void query_text(Query *query, int position, const char *value);      /* NULL binds NULL; copied */
void query_bytes(Query *query, int position, const void *bytes, size_t length); /* not copied: must outlive the query */
/* Steps: 1 a row, 0 done, -1 failed (*error is set: TEMPORARY for busy, full, I/O; INTERNAL for anything else). */
int query_step(Query *query, GError **error);
/* Runs to the end; false on failure. */
bool query_run(Query *query, GError **error);
/* The first column of all rows: GArray of int64_t, yours. */
GArray *query_numbers(Query *query, GError **error);
/* Columns from 0. Text and bytes are borrowed until the next step; text is "" never NULL unless the column is NULL. */
int64_t query_column_integer(Query *query, int column);
const char *query_column_text(Query *query, int column);
char *query_column_copy(Query *query, int column); /* yours; NULL for NULL */
GBytes *query_column_bytes(Query *query, int column); /* yours; NULL for NULL */
int64_t database_last_id(Database *database);
int64_t database_changes(Database *database);
