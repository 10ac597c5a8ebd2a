#include "store/groups.h"
#include "model/person.h"

void group_free(Group *group) {
    if (group == NULL) return;
    g_free(group->name);
    g_free(group->title);
    g_free(group->description);
    g_free(group->theme);
    g_free(group->language);
    g_free(group->zone);
    g_free(group->subject_tag);
    g_free(group->attachment_types);
    g_free(group);
}

/* The columns of GROUP_COLUMNS in sql.def. */
static Group *read_group(Query *query) {
    Group *group = g_new0(Group, 1);
    int column = 0;
    group->id = query_column_integer(query, column++);
    char **texts[] = {&group->name, &group->title, &group->description, &group->theme, &group->language, &group->zone, &group->subject_tag};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) *texts[i] = query_column_copy(query, column++);
    group->kind = (GroupKind)word_index(group_kind_words, query_column_text(query, column++));
    group->posting = (Posting)word_index(group_posting_words, query_column_text(query, column++));
    group->digest_hour = (int)query_column_integer(query, column++);
    group->message_bytes = query_column_integer(query, column++);
    group->created_at = query_column_integer(query, column++);
    group->joining = (Joining)word_index(group_joining_words, query_column_text(query, column++));
    group->members_visible = (Visible)word_index(group_visible_words, query_column_text(query, column++));
    group->archive_visible = (Visible)word_index(group_visible_words, query_column_text(query, column++));
    group->attachment_types = query_column_copy(query, column++);
    group->confirm_posts = query_column_integer(query, column++) != 0;
    group->copies = (Copies)word_index(group_copies_words, query_column_text(query, column++));
    group->probed_at = query_column_integer(query, column++);
    return group;
}

static Group *find(Database *database, Statement statement, const char *name, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    query_text(query, 1, name);
    return query_step(query, error) == 1 ? read_group(query) : NULL;
}

Group *groups_find(Database *database, const char *name, GError **error) { return find(database, STATEMENT_GROUP_FIND, name, error); }

Group *groups_find_closed(Database *database, const char *name, GError **error) {
    return find(database, STATEMENT_GROUP_FIND_CLOSED, name, error);
}

Group *groups_get(Database *database, int64_t id, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_GROUP_GET);
    query_integer(query, 1, id);
    return query_step(query, error) == 1 ? read_group(query) : NULL;
}

GPtrArray *groups_list(Database *database, GError **error) {
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_GROUP_LIST);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(groups, read_group(query));
    return step == 0 ? g_steal_pointer(&groups) : NULL;
}

bool groups_put(Database *database, Group *group, GError **error) {
    g_autoptr(Query) query = query_new(database, group->id == 0 ? STATEMENT_GROUP_ADD : STATEMENT_GROUP_CHANGE);
    const char *texts[] = {group->name, group->title, group->description, group->theme, group->language, group->zone, group->subject_tag,
                           group_kind_words[group->kind], group_posting_words[group->posting]};
    int position = 1;
    if (group->id != 0) query_integer(query, position, group->id);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) query_text(query, ++position, texts[i]);
    query_integer(query, ++position, group->digest_hour);
    query_integer(query, ++position, group->message_bytes);
    query_integer(query, ++position, group->created_at);
    query_text(query, ++position, group_joining_words[group->joining]);
    query_text(query, ++position, group_visible_words[group->members_visible]);
    query_text(query, ++position, group_visible_words[group->archive_visible]);
    query_text(query, ++position, group->attachment_types != NULL ? group->attachment_types : "");
    query_integer(query, ++position, group->confirm_posts);
    query_text(query, ++position, group_copies_words[group->copies]);
    query_integer(query, ++position, group->probed_at);
    if (!query_run(query, error)) return false;
    if (group->id == 0) group->id = database_last_id(database);
    return true;
}

bool groups_remove(Database *database, int64_t id, int64_t now, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_GROUP_REMOVE);
    query_integer(query, 1, id);
    query_integer(query, 2, now);
    g_autoptr(Query) aliases = query_new(database, STATEMENT_ALIASES_REMOVE);
    query_integer(aliases, 1, id);
    return query_run(query, error) && query_run(aliases, error);
}

bool groups_counts(Database *database, int64_t id, GroupCounts *counts, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_GROUP_COUNTS);
    query_integer(query, 1, id);
    if (query_step(query, error) != 1) return false;
    int64_t *fields[] = {&counts->members, &counts->each, &counts->digest, &counts->none, &counts->posts, &counts->held, &counts->moderators};
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) *fields[i] = query_column_integer(query, (int)i);
    return true;
}

GPtrArray *groups_aliases(Database *database, int64_t id, GError **error) {
    g_autoptr(GPtrArray) aliases = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_ALIAS_LIST);
    query_integer(query, 1, id);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(aliases, query_column_copy(query, 0));
    return step == 0 ? g_steal_pointer(&aliases) : NULL;
}

bool groups_alias_put(Database *database, int64_t id, const char *name, bool present, GError **error) {
    g_autoptr(Query) taken = query_new(database, STATEMENT_ALIAS_TAKEN);
    query_text(taken, 1, name);
    int step = present ? query_step(taken, error) : 0;
    if (step < 0) return false;
    if (step == 1) return fault_set(error, FAULT_PERMANENT, "“%s” is the name or alias of a group already", name);
    g_autoptr(Query) query = query_new(database, present ? STATEMENT_ALIAS_ADD : STATEMENT_ALIAS_REMOVE);
    query_text(query, 1, name);
    query_integer(query, 2, id);
    return query_run(query, error);
}
