/* spreadsheet.h: a CSV file as offices make them (RFC 4180 and its relatives), as rows of cells. Knows nothing of what they mean. */
#pragma once
#include <glib.h>

typedef struct {
    int line;          /* where it begins in the file, from 1 */
    GPtrArray *cells;  /* char *: UTF-8, blanks around it out */
    const char *fault; /* what is wrong with how it is written; NULL: nothing */
} SheetRow;

/* Rows that are not empty: GPtrArray of SheetRow *, yours; never fails. Any charset that message/text.h knows, and UTF-16 with its mark; separated by
 * comma, semicolon or tab, whichever makes `columns` cells of the first row (else whichever makes most). */
GPtrArray *spreadsheet_read(GBytes *bytes, guint columns);
