/* sql.h: every SQL text of the program: the schema's steps and the statements by number (their texts: sql.def). */
#pragma once

typedef enum {
#define STATEMENT(name, text) STATEMENT_##name,
#include "store/sql.def"
#undef STATEMENT
    STATEMENTS
} Statement;

/* The text of each statement, in the dialect that SQLite and PostgreSQL share where one exists. */
extern const char *const sql_statements[STATEMENTS];

/* Schema steps, appended to and never changed; ended by NULL. Step n brings a database to version n + 1. */
extern const char *const sql_migrations[];
