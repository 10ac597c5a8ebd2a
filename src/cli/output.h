/* output.h: what goes to standard output: aligned tables for people, JSON for programs, from the same cells. The only
 * door to the JSON library. Texts are cleaned on their way: nothing a stranger wrote reaches a terminal as a control. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A JSON value that is being built. Keys are literals. What is put into another belongs to it. */
typedef struct Tree Tree;
Tree *tree_object(void);
Tree *tree_list(void);
void tree_text(Tree *object, const char *key, const char *text); /* NULL: null */
void tree_number(Tree *object, const char *key, int64_t number);
void tree_flag(Tree *object, const char *key, bool flag);
void tree_time(Tree *object, const char *key, int64_t when, const char *zone); /* 0: null; else ISO 8601 */
void tree_put(Tree *object, const char *key, Tree *child);
void tree_append(Tree *list, Tree *child);
void tree_append_text(Tree *list, const char *text);
void tree_free(Tree *tree);
/* Prints it and frees it. */
void tree_print(Tree *tree);

typedef struct {
    const char *key;     /* in JSON; NULL ends the columns */
    const char *heading; /* for people; NULL: in JSON only; all of them "": a table without headings */
    bool right;          /* numbers stand at the right */
    bool below;          /* too long for a column: stands on a line of its own below the row, when there is something to say */
} Column;

/* Cells are put one after the other; a row is full when each column has one. `columns` must outlive the table. */
typedef struct Table Table;
Table *table_new(const Column *columns);
void table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)
void table_text(Table *table, const char *text); /* NULL is empty, and null in JSON */
void table_number(Table *table, int64_t number);
void table_flag(Table *table, bool flag); /* yes or no */
void table_time(Table *table, int64_t when, const char *zone); /* 0 is empty */
/* Each line for people begins with so many blanks. */
void table_indent(Table *table, int blanks);
/* As aligned lines (`empty` alone when there is no row), or a JSON list of objects. */
void table_print(const Table *table, bool json, const char *empty);
/* Its first row as `heading  value` lines, or one JSON object. */
void table_print_record(const Table *table, bool json);
/* The list of objects, and the object of the first row, to be put into another. Yours. */
Tree *table_tree(const Table *table);
Tree *table_tree_record(const Table *table);

/* Columns that a text takes on a terminal: wide letters two, combining ones none. */
int output_width(const char *utf8);
/* `2026-11-24 07:05` in a zone. Yours. */
char *output_time(int64_t when, const char *zone);
/* Prints a text of many lines, controls left out, each line begun with `margin`. */
void output_text(const char *utf8, const char *margin);
/* `Name <address>`, or what there is of both. Yours. */
char *output_person(const char *name, const char *address);
/* `one post`, `3 posts`: a number with its noun. Yours. */
char *output_count(int64_t number, const char *one, const char *many);
