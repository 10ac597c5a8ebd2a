/* words.h: encoded words (RFC 2047) in header lines, as they really come: cut inside a letter, with a wrong label, beside raw bytes. */
#pragma once
#include <glib.h>

/* The unfolded line of a raw header value with raw bytes decoded (message/text.h) and every encoded word as UTF-8 in base64, so
 * that whoever takes the line apart cannot read them wrongly, and finds no new comma or bracket. Valid UTF-8, linear. Yours. */
char *words_normal(const char *raw);
