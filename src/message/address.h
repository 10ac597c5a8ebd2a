/* address.h: the one constructor of mail addresses. Whatever becomes an envelope address, a database key or a header
 * address of ours went through it, so nothing after it meets CR, LF, blanks or brackets (RFC 5321 4.1.2, RFC 6531). */
#pragma once
#include "base/fault.h"

/* The canonical form of an addr-spec: dot-atom local part as written (ASCII letters folded to lower case), domain in
 * lower case and as A-labels. Local part ≤ 64 octets, whole ≤ 254. Local parts may be UTF-8 (RFC 6531). Quoted local parts
 * that need their quotes, address literals, comments, controls, and source routes are refused with FAULT_PERMANENT. Surrounding
 * <> and blanks are allowed. NULL on failure. Yours. */
char *address_canonical(const char *text, GError **error);

/* Whether it is already canonical. */
bool address_is_canonical(const char *text);

/* Splits a canonical address at its last @; the pieces are yours. */
void address_split(const char *canonical, char **local, char **domain);

/* local@domain for local parts that we make ourselves; NULL when that is no address (too long). Yours. */
char *address_join(const char *local, const char *domain, GError **error);
