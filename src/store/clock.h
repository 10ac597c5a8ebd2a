/* clock.h: when what the clock causes was last looked at. */
#pragma once
#include "store/database.h"

/* The time kept under `name`; 0: none is. */
bool clock_read(Database *database, const char *name, int64_t *at, GError **error);
bool clock_write(Database *database, const char *name, int64_t at, GError **error);
