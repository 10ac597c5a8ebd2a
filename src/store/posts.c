#include "store/posts.h"

/* A post's attachments are kept as GVariant text, `[('όνομα.pdf', 'application/pdf', 5120), …]`: a library writes and reads it. */
#define ATTACHMENTS_TYPE "a(ssx)"

static void attachment_free(gpointer pointer) {
    Attachment *attachment = pointer;
    g_free(attachment->name);
    g_free(attachment->type);
    g_free(attachment);
}

void post_free(Post *post) {
    if (post == NULL) return;
    char *texts[] = {post->group_name, post->message_id, post->subject, post->author_name, post->author_address, post->text};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    if (post->attachments != NULL) g_ptr_array_unref(post->attachments);
    g_free(post);
}

char *posts_attachments_text(const GPtrArray *attachments) {
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE(ATTACHMENTS_TYPE));
    for (guint i = 0; attachments != NULL && i < attachments->len; i++) {
        const Attachment *attachment = attachments->pdata[i];
        g_variant_builder_add(&builder, "(ssx)", attachment->name, attachment->type, attachment->size);
    }
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_builder_end(&builder));
    return g_variant_print(variant, FALSE);
}

static GPtrArray *read_attachments(const char *text) {
    GPtrArray *attachments = g_ptr_array_new_with_free_func(attachment_free);
    g_autoptr(GVariant) variant = g_variant_parse(G_VARIANT_TYPE(ATTACHMENTS_TYPE), text, NULL, NULL, NULL);
    for (gsize i = 0; variant != NULL && i < g_variant_n_children(variant); i++) {
        Attachment *attachment = g_new0(Attachment, 1);
        gint64 size = 0;
        g_variant_get_child(variant, i, "(ssx)", &attachment->name, &attachment->type, &size);
        attachment->size = size;
        g_ptr_array_add(attachments, attachment);
    }
    return attachments;
}

/* The columns of POST_COLUMNS in sql.def, and the text behind them where it was asked for. */
static Post *read_post(Query *query, bool with_text) {
    Post *post = g_new0(Post, 1);
    post->id = query_column_integer(query, 0);
    post->group = query_column_integer(query, 1);
    post->group_name = query_column_copy(query, 2);
    int64_t *numbers[] = {&post->thread, &post->parent, &post->accepted_at, &post->date, &post->size, &post->letter};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) *numbers[i] = query_column_integer(query, 3 + (int)i);
    char **texts[] = {&post->message_id, &post->subject, &post->author_name, &post->author_address};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) *texts[i] = query_column_copy(query, 9 + (int)i);
    post->attachments = read_attachments(query_column_text(query, 13));
    post->author = query_column_integer(query, 14);
    if (with_text) post->text = query_column_copy(query, 15);
    return post;
}

static GPtrArray *read_all(Query *query, bool with_text, GError **error) {
    g_autoptr(GPtrArray) posts = g_ptr_array_new_with_free_func((GDestroyNotify)post_free);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(posts, read_post(query, with_text));
    return step == 0 ? g_steal_pointer(&posts) : NULL;
}

GPtrArray *posts_find(Database *database, const char *reference, GError **error) {
    gint64 number = 0;
    bool is_number = g_ascii_string_to_signed(reference, 10, 1, G_MAXINT64, &number, NULL);
    g_autoptr(Query) query = query_new(database, is_number ? STATEMENT_POST_BY_NUMBER : STATEMENT_POST_BY_MESSAGE_ID);
    if (is_number) query_integer(query, 1, number);
    else query_text(query, 1, reference);
    return read_all(query, true, error);
}

GPtrArray *posts_last_of(Database *database, int64_t person, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_POSTS_LAST_OF);
    query_integer(query, 1, person);
    return read_all(query, false, error);
}

GPtrArray *posts_muted(Database *database, int64_t person, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_POSTS_MUTED);
    query_integer(query, 1, person);
    return read_all(query, false, error);
}

GPtrArray *posts_list(Database *database, int64_t group, int64_t most, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_POST_LIST);
    query_integer(query, 1, group);
    query_integer(query, 2, most);
    return read_all(query, false, error);
}

/* Reading order: each post after its parent, answers by acceptance. The chain of children is walked with a stack of our
 * own, since the depth of a thread is up to its writers. */
GPtrArray *posts_thread(Database *database, int64_t thread, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_POST_THREAD);
    query_integer(query, 1, thread);
    g_autoptr(GPtrArray) posts = read_all(query, true, error);
    if (posts == NULL) return NULL;
    g_autoptr(GHashTable) place = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autofree int *first_child = g_new(int, posts->len + 1), *sibling = g_new(int, posts->len + 1);
    int root = -1;
    for (guint i = 0; i < posts->len; i++) g_hash_table_insert(place, &((Post *)posts->pdata[i])->id, GUINT_TO_POINTER(i + 1));
    for (guint i = 0; i < posts->len; i++) first_child[i] = -1;
    for (int i = (int)posts->len - 1; i >= 0; i--) {
        const Post *post = posts->pdata[i];
        int parent = GPOINTER_TO_INT(g_hash_table_lookup(place, &post->parent)) - 1;
        int *head = parent >= 0 ? &first_child[parent] : &root;
        sibling[i] = *head;
        *head = i;
    }
    GPtrArray *ordered = g_ptr_array_new_full(posts->len, (GDestroyNotify)post_free);
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(int));
    for (int depth = 0, next = root; next >= 0 || stack->len > 0;) {
        if (next < 0) {
            next = sibling[g_array_index(stack, int, stack->len - 1)];
            g_array_set_size(stack, stack->len - 1);
            depth--;
            continue;
        }
        Post *post = g_steal_pointer(&posts->pdata[next]);
        post->depth = depth++;
        g_ptr_array_add(ordered, post);
        g_array_append_val(stack, next);
        next = first_child[next];
    }
    return ordered;
}

/* Trace fields and content, put together again: what came in. */
static GBytes *read_raw(Query *query, GError **error) {
    if (query_step(query, error) != 1) return NULL;
    g_autoptr(GBytes) trace = query_column_bytes(query, 0), content = query_column_bytes(query, 1);
    GByteArray *raw = g_byte_array_sized_new((guint)(g_bytes_get_size(trace) + g_bytes_get_size(content)));
    g_byte_array_append(raw, g_bytes_get_data(trace, NULL), (guint)g_bytes_get_size(trace));
    g_byte_array_append(raw, g_bytes_get_data(content, NULL), (guint)g_bytes_get_size(content));
    return g_byte_array_free_to_bytes(raw);
}

GBytes *posts_raw(Database *database, int64_t post, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_POST_RAW);
    query_integer(query, 1, post);
    return read_raw(query, error);
}

GBytes *posts_held_raw(Database *database, int64_t held, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_HELD_RAW);
    query_integer(query, 1, held);
    return read_raw(query, error);
}

GArray *posts_numbers(Database *database, int64_t group, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_POST_NUMBERS);
    query_integer(query, 1, group);
    return query_numbers(query, error);
}
