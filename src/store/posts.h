/* posts.h: letters (bytes) and posts (a letter in a group's archive) as rows, threaded as they come in. */
#pragma once
#include "model/letter.h"
#include "store/database.h"

typedef struct {
    int64_t id, group, thread, parent, accepted_at, date, size, letter, author; /* author: the person; 0: none that we know */
    char *group_name, *message_id, *subject, *author_name, *author_address, *text;
    GPtrArray *attachments; /* Attachment * */
    int depth;              /* in the thread, when listed as one */
} Post;
void post_free(Post *post);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Post, post_free)

/* By number, or by Message-ID (with or without <>; in several groups: all of them): GPtrArray of Post *, yours, empty when none. */
GPtrArray *posts_find(Database *database, const char *reference, GError **error);
/* The last letter that a person posted, in each group that has it. Without text. */
GPtrArray *posts_last_of(Database *database, int64_t person, GError **error);
/* The first posts of the threads that a person has muted, the last muted first. Without text. */
GPtrArray *posts_muted(Database *database, int64_t person, GError **error);
/* Newest first; group 0: all; at most `most` (0: all). Without text. */
GPtrArray *posts_list(Database *database, int64_t group, int64_t most, GError **error);
/* All posts of a thread in reading order (parents before answers, by time), with depth. With text. */
GPtrArray *posts_thread(Database *database, int64_t thread, GError **error);
/* Exactly the bytes that came in for that post. Yours. */
GBytes *posts_raw(Database *database, int64_t post, GError **error);
/* The same for a held entry. */
GBytes *posts_held_raw(Database *database, int64_t held, GError **error);
/* How attachments are kept as text. Yours. */
char *posts_attachments_text(const GPtrArray *attachments);
/* The numbers of a group's posts by acceptance, for export: GArray of int64_t, yours. */
GArray *posts_numbers(Database *database, int64_t group, GError **error);
