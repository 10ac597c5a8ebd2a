#include "publish/archive.h"
#include "cli/commands.h"
#include "cli/order.h"
#include "cli/output.h"
#include "store/groups.h"
#include "store/posts.h"

static const Column post_columns[] = {
    {"post", "post", true},      {"group", "group", false},       {"accepted_at", "accepted", false},
    {"author", "author", false}, {"author_address", NULL, false}, {"subject", "subject", false},
    {"size", "bytes", true},     {"message_id", NULL, false},     {"thread", NULL, false},
    {"parent", NULL, false},     {"date", NULL, false},           {NULL}};

/* The same cells in the same order, for one post. */
static const Column post_record[] = {{"post", "post"},
                                     {"group", "group"},
                                     {"accepted_at", "accepted"},
                                     {"author", "author"},
                                     {"author_address", "address"},
                                     {"subject", "subject"},
                                     {"size", "bytes"},
                                     {"message_id", "message id"},
                                     {"thread", "thread"},
                                     {"parent", NULL},
                                     {"date", "date"},
                                     {NULL}};

static const char *author_of(const Post *post) {
    if (post->author_name != NULL && *post->author_name != '\0') return post->author_name;
    return post->author_address != NULL ? post->author_address : "";
}

static void add_row(const Call *call, Table *table, const Post *post) {
    table_number(table, post->id);
    table_text(table, post->group_name);
    table_time(table, post->accepted_at, call->config->zone);
    table_text(table, author_of(post));
    table_text(table, post->author_address);
    table_text(table, post->subject);
    table_number(table, post->size);
    table_text(table, post->message_id);
    table_number(table, post->thread);
    if (post->parent != 0) table_number(table, post->parent);
    else table_text(table, NULL);
    table_time(table, post->date, call->config->zone);
}

static Tree *post_tree(const Call *call, const Post *post) {
    static const Column columns[] = {{"name"}, {"type"}, {"size"}, {NULL}};
    g_autoptr(Table) table = table_new(post_record), attachments = table_new(columns);
    add_row(call, table, post);
    Tree *tree = table_tree_record(table);
    for (guint i = 0; post->attachments != NULL && i < post->attachments->len; i++) {
        const Attachment *attachment = g_ptr_array_index(post->attachments, i);
        table_text(attachments, attachment->name);
        table_text(attachments, attachment->type);
        table_number(attachments, attachment->size);
    }
    tree_number(tree, "depth", post->depth);
    tree_put(tree, "attachments", table_tree(attachments));
    tree_text(tree, "text", post->text);
    return tree;
}

static void print_attachments(const Post *post, const char *margin) {
    for (guint i = 0; post->attachments != NULL && i < post->attachments->len; i++) {
        const Attachment *attachment = g_ptr_array_index(post->attachments, i);
        g_autofree char *line =
            g_strdup_printf("[%s, %s, %" G_GINT64_FORMAT " bytes]", *attachment->name != '\0' ? attachment->name : "no name",
                            attachment->type, attachment->size);
        output_text(line, margin);
    }
}

static void print_post(const Call *call, const Post *post) {
    g_autoptr(Table) table = table_new(post_record);
    add_row(call, table, post);
    table_print_record(table, false);
    putchar('\n');
    output_text(post->text != NULL ? post->text : "", "");
    print_attachments(post, "");
}

/* Answers stand further in, up to a depth that still leaves room to read. */
static void print_in_thread(const Call *call, const Post *post) {
    enum { DEEPEST = 8 };
    g_autofree char *margin = g_strnfill((gsize)MIN(post->depth, DEEPEST) * 2, ' ');
    g_autofree char *inside = g_strconcat(margin, "  ", NULL);
    g_autofree char *when = output_time(post->accepted_at, call->config->zone);
    g_autofree char *head =
        g_strdup_printf("#%" G_GINT64_FORMAT "  %s  %s: %s", post->id, when, author_of(post), post->subject);
    output_text(head, margin);
    output_text(post->text != NULL ? post->text : "", inside);
    print_attachments(post, inside);
}

/* A group that was closed is not there any more, but its archive is. */
static Group *archive_group(const Call *call, const char *name, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autofree char *lower = g_ascii_strdown(name, -1);
    Group *group = order_group(call, name, &reason);
    if (group == NULL && g_error_matches(reason, FAULT, FAULT_PERMANENT)) group = groups_find_closed(call->database, lower, NULL);
    if (group == NULL) g_propagate_error(error, g_steal_pointer(&reason));
    return group;
}

static bool archive_number(const Call *call, int64_t *number, GError **error) {
    if (call->operand_count == 0) return true;
    g_autoptr(Group) group = archive_group(call, call->operands[0], error);
    if (group != NULL) *number = group->id;
    return group != NULL;
}

bool archive_list_command(Call *call, GError **error) {
    int64_t group = 0, most = 50;
    if (!call_option_number(call, "most", 0, G_MAXINT32, &most, error) || !archive_number(call, &group, error))
        return false;
    g_autoptr(GPtrArray) posts = posts_list(call->database, group, most, error);
    if (posts == NULL) return false;
    g_autoptr(Table) table = table_new(post_columns);
    for (guint i = 0; i < posts->len; i++) add_row(call, table, g_ptr_array_index(posts, i));
    table_print(table, call->json, "There is no post yet.");
    return true;
}

static GPtrArray *find(const Call *call, const char *reference, GError **error) {
    GPtrArray *posts = posts_find(call->database, reference, error);
    if (posts == NULL || posts->len > 0) return posts;
    g_ptr_array_unref(posts);
    fault_set(error, FAULT_PERMANENT, "there is no post %s", reference);
    return NULL;
}

bool archive_show_command(Call *call, GError **error) {
    g_autoptr(GPtrArray) posts = find(call, call->operands[0], error);
    if (posts == NULL) return false;
    bool as_thread = call_option(call, "thread") != NULL;
    Tree *list = tree_list();
    for (guint i = 0; i < posts->len; i++) {
        const Post *post = g_ptr_array_index(posts, i);
        g_autoptr(GPtrArray) thread = as_thread ? posts_thread(call->database, post->thread, error) : NULL;
        if (as_thread && thread == NULL) {
            tree_free(list);
            return false;
        }
        if (i > 0 && !call->json) putchar('\n');
        if (!as_thread && !call->json) print_post(call, post);
        if (!as_thread) tree_append(list, post_tree(call, post));
        for (guint j = 0; as_thread && j < thread->len; j++) {
            if (!call->json) print_in_thread(call, g_ptr_array_index(thread, j));
            tree_append(list, post_tree(call, g_ptr_array_index(thread, j)));
        }
    }
    if (call->json) tree_print(list);
    else tree_free(list);
    return true;
}

bool archive_export_command(Call *call, GError **error) {
    if (call_option(call, "raw") == NULL) {
        g_autoptr(Group) group = archive_group(call, call->operands[0], error);
        return group != NULL && archive_export_mbox(call->database, group->id, stdout, error);
    }
    g_autoptr(GPtrArray) posts = find(call, call->operands[0], error);
    if (posts == NULL) return false;
    if (posts->len > 1)
        return fault_set(error, FAULT_PERMANENT,
                         "that letter was posted %u times: give the number of one post (diktyo archive show)", posts->len);
    return archive_export_raw(call->database, ((const Post *)g_ptr_array_index(posts, 0))->id, stdout, error);
}
