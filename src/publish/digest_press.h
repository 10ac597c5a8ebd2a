/* digest_press.h: puts the mails of a digest together from pieces. What is the same for all readers of a language is written once a run, and stored once for
 * all; a reader's mail is a list of them with his own words between. */
#pragma once
#include "publish/digest_writer.h"
#include "store/digests.h"

typedef struct DigestPress DigestPress;

/* What is stored is known by its number; until then its content is here. */
typedef struct {
    int64_t id; /* 0: not stored */
    gsize length;
    GBytes *content; /* NULL once it is stored for good */
    bool keyed;      /* the reader's key goes to its marks */
} DigestPiece;

/* One mail. Its pieces belong to the press or to it. */
typedef struct {
    GBytes *head;
    char *message_id;
    GPtrArray *pieces; /* DigestPiece *, in order */
    GPtrArray *own;    /* those that are the reader's alone */
    size_t from, to;   /* the entries that begin in it: first, and behind the last */
} DigestDraft;

DigestPress *digest_press_new(Database *database, GError **error);
void digest_press_free(DigestPress *press);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DigestPress, digest_press_free)

/* The mails of a reader for ordered entries (none of them with text): GPtrArray of DigestDraft *, yours; NULL on failure. They live no longer than the press. */
GPtrArray *digest_press_mails(DigestPress *press, const DigestReader *reader, int64_t cut, int64_t now, const DigestEntry *entries, size_t count, GError **error);

/* Inside a transaction: stores what of a draft is not stored yet, and gives its recipe (yours). When the transaction was committed, or not, `kept` tells the
 * press. */
char *digest_press_store(DigestPress *press, const DigestDraft *draft, GError **error);
void digest_press_kept(DigestPress *press, bool kept);

/* The whole mail in memory, as it would be sent. Yours. */
GBytes *digest_press_whole(DigestPress *press, const DigestDraft *draft, int64_t person);
