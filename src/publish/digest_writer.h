/* digest_writer.h: the ways to write a digest down. Each writes the same parts: what is one reader's own (opening, closing), and what is the same for
 * all readers of a language (group, thread, post), which is made once a run and only referred to afterwards. Pure: values in, text out. All text is
 * UTF-8 whole lines, each at most 900 octets, ending in LF; none holds NUL. */
#pragma once
#include "base/config.h"
#include "model/choice.h"
#include "model/group.h"
#include "model/person.h"
#include "publish/digest_words.h"
#include "store/posts.h"

/* Stands in shared text where the reader's own key goes (links of his that need no question, such as mute). It cannot come from a mail: writers drop control
 * characters. */
#define DIGEST_KEY_MARK '\x01'

/* One post in its place: entries are ordered by group, thread and answer (digest_order). */
typedef struct {
    const Group *group;
    int rank;           /* where the group stands among the groups of the digest */
    const Post *post;   /* with text only while `post` of a writer is called */
    int64_t began;      /* when its thread began, if that was before this digest; 0: in it */
} DigestEntry;

/* One mail of a digest. Most have one part; what goes beyond a reader's limit comes in further ones. */
typedef struct {
    const Config *config;
    const DigestWords *words; /* of the reader's language */
    const Person *reader;
    const char *zone;          /* the reader's */
    int64_t cut;               /* the hour it is for */
    const DigestEntry *entries;
    size_t count;              /* of the whole digest: what the contents tell */
    size_t from, to;           /* the entries in this part */
    int part, parts;           /* from 1 */
} DigestMail;

typedef struct {
    /* What comes before the first group: the first screen, with numbers and contents. */
    char *(*opening)(const DigestMail *mail);
    /* Above a group's threads, and above a thread's posts (its subject, whether it goes on from an earlier day, what can be done with it); may be NULL. */
    char *(*group)(const DigestWords *words, const Config *config, const Group *group);
    char *(*thread)(const DigestWords *words, const Config *config, const DigestEntry *first);
    /* One post: who, when, what is new in it, what is attached. In pieces of at most about DIGEST_PIECE_MOST octets, of which each can end a mail and begin the
     * next: GPtrArray of char *, yours. `raw` is what came in, for those who give whole messages (raw_wanted); else NULL. */
    GPtrArray *(*post)(const DigestWords *words, const Config *config, const DigestEntry *entry, GBytes *raw);
    /* What comes after the last post. */
    char *(*closing)(const DigestMail *mail);
    bool raw_wanted;
} DigestWriter;

enum { DIGEST_PIECE_MOST = 64 * 1024 };

extern const DigestWriter digest_writer_text, digest_writer_html, digest_writer_mime, digest_writer_rfc1153;
