/* digest_link.h: where to write what from a digest: addresses, and links (mailto:, RFC 6068) that any program opens. Both say the same. Pure. */
#pragma once
#include "publish/digest_writer.h"

/* For the thread of the entry, whose last post it is; or only to that post's author: NULL when it has no address. Yours, as all here. */
char *digest_answer_address(const DigestFrame *frame, const DigestEntry *last);
char *digest_answer_link(const DigestFrame *frame, const DigestEntry *last);
char *digest_author_link(const DigestFrame *frame, const DigestEntry *entry);

/* With DIGEST_KEY_MARK for the reader's key. */
char *digest_mute_address(const DigestFrame *frame, const DigestEntry *last);
char *digest_mute_link(const DigestFrame *frame, const DigestEntry *last);

/* The order by which a reader has the whole post, with what is attached; and the link that sends it. */
char *digest_get_subject(const DigestFrame *frame, const Post *post);
char *digest_get_link(const DigestFrame *frame, const Post *post);

/* `mailto:` and an address, nothing more. */
char *digest_plain_link(const char *address);
