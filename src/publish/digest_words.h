/* digest_words.h: what templates say for a digest in one language, and how numbers, days and sizes are said in it. Pure but for reading the templates. */
#pragma once
#include "base/fault.h"
#include "publish/digest_order.h"

typedef struct DigestWords DigestWords;

/* The templates of a language, from the operator's folder where he has them. NULL on failure. Yours. */
DigestWords *digest_words_read(const char *templates, const char *language, GError **error);
void digest_words_free(DigestWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DigestWords, digest_words_free)

const char *digest_language(const DigestWords *words); /* `el` or `en` */

/* The word of that name in [digest] of words.txt. */
const char *digest_word(const DigestWords *words, const char *name);

/* A section of digest.txt, or of digest.html, with its {{words}} filled in: name, value, …, NULL. Yours. */
typedef enum { DIGEST_TXT, DIGEST_HTML, DIGEST_FILES } DigestFile;
char *digest_fill(const DigestWords *words, DigestFile file, const char *section, ...) G_GNUC_NULL_TERMINATED;

/* `1 ομάδα`, `3 ομάδες`: the words NAME-one and NAME-many. Yours, as all below. */
char *digest_counted(const DigestWords *words, size_t number, const char *name);
/* `1,2 MB`. */
char *digest_size(const DigestWords *words, int64_t size);
/* `Τρίτη 24 Νοεμβρίου, 16:05`; `24 Νοεμβρίου`; `Τρίτης 24 Νοεμβρίου` (whose day it is); `16:05`. An unknown zone is UTC. */
typedef enum { DIGEST_MOMENT, DIGEST_DAY, DIGEST_DAY_OF, DIGEST_HOUR } DigestDate;
char *digest_date(const DigestWords *words, const char *zone, int64_t at, DigestDate how);
/* Of a post's subject, on one line; what stands for an empty one. */
char *digest_subject_of(const DigestWords *words, const Post *post);
