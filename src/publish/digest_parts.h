/* digest_parts.h: what the readable digests (text and html) say, section by section of their templates. They differ in the file, and in how a value from
 * outside has to be written to stand in it. All results are yours. Pure. */
#pragma once
#include "publish/digest_fold.h"
#include "publish/digest_writer.h"

typedef struct {
    DigestFile file;
    char *(*value)(const char *text);
} DigestStyle;

char *digest_opening(const DigestStyle *style, const DigestMail *mail);
char *digest_closing(const DigestStyle *style, const DigestMail *mail);
char *digest_group(const DigestStyle *style, const DigestFrame *frame, const Group *group);
char *digest_thread(const DigestStyle *style, const DigestFrame *frame, const DigestEntry *first);
char *digest_foot(const DigestStyle *style, const DigestFrame *frame, const DigestEntry *last);

/* Who and when, and the subject where it is not the thread's; of a later piece, that it goes on. */
char *digest_post_head(const DigestStyle *style, const DigestFrame *frame, const DigestEntry *entry, bool first);
/* The names and sizes of what is attached, and how to have it; empty when nothing is. */
char *digest_files(const DigestStyle *style, const DigestFrame *frame, const Post *post);
/* `[…] 34 γραμμές από προηγούμενα`. */
char *digest_folded(const DigestStyle *style, const DigestWords *words, const FoldLine *line);

/* The name of an author, else his address; on one line. */
char *digest_author_of(const Post *post);
