/* groups.h: groups as rows. */
#pragma once
#include "model/group.h"
#include "store/database.h"

void group_free(Group *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Group, group_free)

/* By name or alias. NULL without *error when there is none. Yours. */
Group *groups_find(Database *database, const char *name, GError **error);
/* The last one of that name that was removed: its archive stays. */
Group *groups_find_closed(Database *database, const char *name, GError **error);
Group *groups_get(Database *database, int64_t id, GError **error);
/* All, by name: GPtrArray of Group *, yours. */
GPtrArray *groups_list(Database *database, GError **error);
/* Adds (id 0: fills id) or changes. A name that is taken is FAULT_PERMANENT. */
bool groups_put(Database *database, Group *group, GError **error);
/* Marks as removed: its address is refused from now on; posts stay, and what was accepted still reaches its members. */
bool groups_remove(Database *database, int64_t id, int64_t now, GError **error);

/* Other names of a group: GPtrArray of char *, yours. */
GPtrArray *groups_aliases(Database *database, int64_t id, GError **error);
/* Adds (present) or takes away an alias; one that is a name or alias already is FAULT_PERMANENT. */
bool groups_alias_put(Database *database, int64_t id, const char *name, bool present, GError **error);

typedef struct {
    int64_t members, each, digest, none, posts, held, moderators; /* moderators: owners too */
} GroupCounts;
bool groups_counts(Database *database, int64_t id, GroupCounts *counts, GError **error);
