/* charsets.h: loads glibc's converters of charsets, which are files, before a process may not open files any more. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* What Greek needs, as nearly all of our mail does. A process that has many messages read calls it once: each converter makes each fork dearer. */
void charsets_load(void);

/* That, and what a message may need besides. Looks at the bytes and believes nothing. A charset that is not in our table counts as unknown. */
void charsets_load_for(const uint8_t *message, size_t length);
