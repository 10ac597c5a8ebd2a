/* guard.h: looks at raw bytes in one linear pass before any parser may, and says what would break one. */
#pragma once
#include "base/config.h"

typedef struct {
    const char *rule;  /* NULL: harmless; else the limit's word: message-bytes, header-bytes, header-lines, boundary-lines, … */
    int64_t found, limit;
} GuardFinding;

/* Never fails, needs no memory, linear in the length. */
GuardFinding guard_check(const Config *config, const uint8_t *raw, size_t length);
