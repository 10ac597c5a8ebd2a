/* digest_order.h: the posts of a digest in the order in which they are read, and how many of what there are. Pure. */
#pragma once
#include "model/group.h"
#include "store/posts.h"

/* One post in its place. */
typedef struct {
    const Group *group;
    int rank;           /* where the group stands among the groups of the digest */
    const Post *post;   /* with text only while `post` of a writer is called */
    int64_t began;      /* when its thread began, if that was before this digest; 0: in it */
    const char *topic;  /* the subject of the very first post of its thread; NULL: not known */
} DigestEntry;

/* Sorts in place: groups by rank, threads by their first post in the digest, answers below what they answer. */
void digest_order(DigestEntry *entries, size_t count);

/* How many of the ordered entries, from the first on, are of its group; of its thread. */
size_t digest_group_run(const DigestEntry *entries, size_t count);
size_t digest_thread_run(const DigestEntry *entries, size_t count);

typedef struct {
    size_t groups, threads, posts;
} DigestNumbers;
DigestNumbers digest_numbers(const DigestEntry *entries, size_t count);
