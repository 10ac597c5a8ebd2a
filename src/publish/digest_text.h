/* digest_text.h: the text of a digest, from posts and words. Pure. */
#pragma once
#include "model/group.h"
#include "store/posts.h"

typedef enum {
    DIGEST_WORD_CONTENTS,
    DIGEST_WORD_FROM,
    DIGEST_WORD_ATTACHMENTS,
    DIGEST_WORD_NO_SUBJECT,
    DIGEST_WORD_NO_TEXT,
    DIGEST_WORD_CUT,
    DIGEST_WORD_ANSWER,
    DIGEST_WORD_LEAVE,
    DIGEST_WORDS
} DigestWord;

/* Their names in the section [digest] of words.txt. */
extern const char *const digest_word_names[DIGEST_WORDS];

typedef struct {
    bool english; /* else Greek */
    char *word[DIGEST_WORDS];
} DigestWords;

typedef struct {
    const Group *group;
    int rank;         /* where the group stands among the groups of the digest */
    const Post *post;
    const char *body; /* digest_text_body, made once for all readers of a language */
} DigestEntry;

/* What a text holds at most, in bytes: of one post, and of all posts together; the rest is named without its text. */
enum { DIGEST_POST_MOST = 64 * 1024, DIGEST_ALL_MOST = 2 * 1024 * 1024 };

/* A post's text with quoted history and signature folded into a line each, cut at DIGEST_POST_MOST, and its attachments
 * by name and size. Ends with a line end. Yours. */
char *digest_text_body(const Post *post, const DigestWords *words);

/* Sorts in place: groups by rank, threads by their first post in the digest, answers below what they answer. */
void digest_text_order(DigestEntry *entries, size_t count);

/* `2 ομάδες, 19 μηνύματα`, of ordered entries. Yours. */
char *digest_text_count(const DigestEntry *entries, size_t count, const DigestWords *words);

/* The contents and then all posts, of ordered entries; no line end at the end. Yours. */
char *digest_text_contents(const DigestEntry *entries, size_t count, const char *domain, const DigestWords *words);

/* How to leave each group; likewise. Yours. */
char *digest_text_leave(const DigestEntry *entries, size_t count, const char *domain, const DigestWords *words);
