/* digest_flow.h: text for format=flowed (RFC 3676): what is too wide is broken softly, what would be taken for a quotation or an mbox line is stuffed. Pure. */
#pragma once
#include <glib.h>

enum { FLOW_WIDTH = 78 };

/* Appends lines of our own text (a last one without LF is ended), or one line that is quoted, which gets its `> ` wherever it is broken. No line is wider than
 * FLOW_WIDTH, but for words that are, and none longer than 900 octets. */
void digest_flow(GString *out, const char *lines);
void digest_flow_quote(GString *out, const char *line);
