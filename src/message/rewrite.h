/* rewrite.h: the copy of a post that goes to the members of a group (RFC 2369, 2919, 5322). Author's fields and the body
 * stay as they came; foreign List-* fields, Return-Path and the mbox line go, our own fields are put on top. */
#pragma once
#include "base/config.h"
#include "model/group.h"
#include "model/letter.h"

/* The name of our loop mark field. Its value is the group's address. */
extern const char *const rewrite_loop_field;

/* The rendered header block (CRLF, ends with the empty line). `message_id` is the archive's name for the post, added as
 * Message-ID (and a Date of `accepted_at`) only when the letter has none of its own. `answered` is the Message-ID of the post
 * that its envelope recipient names (G-reply+N), NULL for none: it becomes In-Reply-To where the author's program wrote neither
 * that nor References. *slot is where each recipient's List-Unsubscribe goes, at the beginning of a line. */
GBytes *rewrite_post(const Config *config, const Group *group, const Letter *letter, GBytes *raw, const char *message_id,
                     const char *answered, int64_t accepted_at, size_t *slot, GError **error);

/* The field for that place (RFC 2369, 3.2), whole lines: `key` is the recipient's own, NULL where one copy goes to many. Yours. */
char *rewrite_unsubscribe(const char *group, const char *key, const char *domain);

/* The head with the field in its place. Yours. */
GBytes *rewrite_filled(GBytes *head, size_t slot, const char *field);

/* The body of `raw` with canonical line ends (CRLF everywhere, one at the end unless it is empty), otherwise untouched. */
GBytes *rewrite_body(GBytes *raw);

/* Only CRLF ends a line, no CR or LF stands elsewhere, and the last line is ended (an empty text has none). */
bool rewrite_has_canonical_lines(const void *text, size_t length);

/* `G-word@domain`, or `G@domain` for word NULL. Yours. */
char *rewrite_address(const char *group, const char *word, const char *domain);
