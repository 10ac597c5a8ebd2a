/* charsets.h: loads glibc's converters of charsets, which are files, before a process may not open files any more. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Every charset that mail of ours uses. Any other counts as unknown. A process that reads many messages calls it once. */
void charsets_load(void);

/* The same, unless a message names Greek, UTF-8 and ASCII alone, as nearly all of ours do: then only what Greek needs, which
 * takes a tenth of the time. Looks at the bytes and believes nothing. */
void charsets_load_for(const uint8_t *message, size_t length);
