/* archive.h: gives a group's posts back as they came in. */
#pragma once
#include "store/database.h"
#include <stdio.h>

/* Writes an mbox (mboxrd quoting, RFC 4155 From lines) of the group's posts. With `post` (not 0) just its raw bytes, nothing
 * added and nothing quoted. */
bool archive_export_mbox(Database *database, int64_t group, FILE *to, GError **error);
bool archive_export_raw(Database *database, int64_t post, FILE *to, GError **error);
