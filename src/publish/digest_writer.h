/* digest_writer.h: the ways to write a digest down. Each writes the same parts: what is one reader's own (opening, closing), and what is the same for all
 * readers of a language (group, thread, post, foot), made once a run and then only referred to. A mail is: opening; for each group, group; for each of its
 * threads, thread, its posts, foot; closing. A part begins with group and thread again. Pure. All is UTF-8 in whole lines that end in LF, of at most
 * 900 octets, without NUL (whole messages of mime alone are bytes as they came; they have no NUL and lines up to 998). */
#pragma once
#include "base/config.h"
#include "model/choice.h"
#include "model/person.h"
#include "publish/digest_order.h"
#include "publish/digest_words.h"
#include "store/pieces.h"

/* Stands in group, thread, post and foot where the reader's own key goes (mute); found nowhere else, since writers drop what controls. Only where `keyed`. */
#define DIGEST_KEY_MARK PIECE_KEY_MARK

/* What is the same for all mails of a run in one language. */
typedef struct {
    const Config *config;
    const DigestWords *words;
    const char *boundary; /* unguessable, made anew for each run: at most 60 of A-Z a-z 0-9 - _ */
} DigestFrame;

/* One mail of a digest. Most have one part; what goes beyond a reader's limit comes in further ones. */
typedef struct {
    const DigestFrame *frame;
    const Person *reader;
    const char *zone;          /* the reader's */
    Cadence cadence;
    int64_t cut;               /* the hour it is for */
    const DigestEntry *entries;
    size_t count;              /* of the whole digest: what the numbers tell */
    size_t from, to;           /* the entries in this part, first and behind the last */
    int part, parts;           /* from 1 */
    bool separate;             /* one for each group: all entries are of one, which the subject names */
} DigestMail;

typedef struct {
    char *(*opening)(const DigestMail *mail);
    /* Above a group's threads; above a thread's posts (subject, whether it goes on from an earlier day); below them (answer, mute), from the last entry
     * of the thread in the digest's order. Each may be NULL: nothing. */
    char *(*group)(const DigestFrame *frame, const Group *group);
    char *(*thread)(const DigestFrame *frame, const DigestEntry *first);
    char *(*foot)(const DigestFrame *frame, const DigestEntry *last);
    /* One post in pieces, of which each can end a mail and begin the next: GPtrArray of char *, yours. Those of text and html are cut at the same places: of
     * about DIGEST_PIECE_MOST octets of the post's text. mime and rfc1153 give one. `raw` is what came in, where raw_wanted; else NULL. */
    GPtrArray *(*post)(const DigestFrame *frame, const DigestEntry *entry, GBytes *raw);
    char *(*closing)(const DigestMail *mail);
    bool raw_wanted, keyed;
} DigestWriter;

enum { DIGEST_PIECE_MOST = 12 * 1024 };
extern const DigestWriter digest_writer_text, digest_writer_html, digest_writer_mime, digest_writer_rfc1153;

/* `Σύνοψη Τρίτης 24 Νοεμβρίου — 3 ομάδες, 19 μηνύματα`; says of a week, of two a day, and of parts that they are such. UTF-8, one line. Yours. */
char *digest_subject(const DigestMail *mail);

/* The writers whose bodies make a mail of that format, ended by NULL: one, or for html text and then html. */
const DigestWriter *const *digest_writers(DigestFormat format);
/* The fields of the mail's head that tell its type and encoding, LF. Yours. */
char *digest_type(DigestFormat format, const char *boundary);
/* What stands before the body of writer number `index`; with `index` the number of writers: behind the last. May be empty. Yours. */
char *digest_between(DigestFormat format, size_t index, const char *boundary);
