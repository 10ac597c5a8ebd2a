/* header.h: the one guard for header fields that we write, and surgery on raw header blocks that leaves every field that
 * it does not name as it came, byte for byte (RFC 5322 2.2, 3.6). */
#pragma once
#include "base/fault.h"
#include <stdint.h>

/* Appends `name: value CRLF`. CR, LF, NUL or another control in either, or a line over 998 octets, is FAULT_INTERNAL and
 * nothing is appended: values with text from outside are encoded first (header_text). */
bool header_append(GString *block, const char *name, const char *value, GError **error);

/* Any text made safe for an unstructured field: controls become blanks, non-ASCII is RFC 2047 encoded as UTF-8, folded with
 * blanks only (no line ends). At most 400 octets of text. Yours. */
char *header_text(const char *text);

/* `Name <address>` with the name encoded and quoted as needed; just the address when the name is empty. Yours. */
char *header_mailbox(const char *name, const char *canonical);

/* Where a raw message's header ends: the offset of the first byte of the body (after the empty line), or the length when
 * there is no body. Line ends may be LF or CRLF. An mbox "From " line first counts as part of the header. */
size_t header_end(const uint8_t *raw, size_t length);

/* How many leading bytes are trace fields that differ per delivery of one message (an mbox "From " line, Return-Path, Received, Delivered-To,
 * X-Original-To, Envelope-To, Authentication-Results, Received-SPF, …). What follows is the content that is hashed. */
size_t header_trace_length(const uint8_t *raw, size_t length);

/* The header block of `raw` with canonical CRLF, without the fields for which `drop` says true (called with the name in
 * lower case), without the mbox line, and without the empty line at its end. A line that is no field (broken header) is kept with
 * the field before it when it can be, never dropped silently: one with no colon before the first field ends the header. Yours. */
typedef bool (*HeaderDrop)(const char *lower_name, gpointer user);
GString *header_copy(const uint8_t *raw, size_t length, HeaderDrop drop, gpointer user);

/* The raw, unfolded value of the first field of that name (line ends out, blanks trimmed, bytes as they came); NULL: none. Yours. */
char *header_find(const uint8_t *raw, size_t length, const char *lower_name);
