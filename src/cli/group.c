#include "store/groups.h"
#include <unistd.h>
#include "cli/commands.h"
#include "cli/order.h"
#include "cli/output.h"
#include "decide/route.h"
#include "message/address.h"
#include "message/rewrite.h"
#include "store/people.h"

/* A kind is a word for a bundle of rules, so that nobody has to know the rules to make a usual group. */
static const struct {
    Posting posting;
    Joining joining;
    Visible members, archive;
} usual[GROUP_KINDS] = {
    [KIND_DISCUSSION] = {POSTING_MEMBERS, JOINING_CONFIRM, VISIBLE_MEMBERS, VISIBLE_MEMBERS},
    [KIND_ANNOUNCEMENT] = {POSTING_OWNERS, JOINING_CONFIRM, VISIBLE_OWNERS, VISIBLE_ANYONE},
    [KIND_CLOSED] = {POSTING_MEMBERS, JOINING_INVITED, VISIBLE_MEMBERS, VISIBLE_MEMBERS},
};

static const struct {
    const char *option;
    size_t offset; /* in Group */
} text_options[] = {
    {"title", offsetof(Group, title)}, {"description", offsetof(Group, description)},
    {"theme", offsetof(Group, theme)}, {"language", offsetof(Group, language)},
    {"zone", offsetof(Group, zone)},   {"subject-tag", offsetof(Group, subject_tag)},
    {"attachment-types", offsetof(Group, attachment_types)},
};

static const struct {
    const char *key, *heading;
    RouteKind kind;
} address_columns[] = {{"address", "write to it", ROUTE_POST}, {"join", "join", ROUTE_JOIN},
                       {"leave", "leave", ROUTE_LEAVE},        {"request", "commands", ROUTE_REQUEST},
                       {"help", "help", ROUTE_HELP},           {"owner", "its owners", ROUTE_OWNER}};

static char *address_of(const Call *call, const char *group, RouteKind kind) {
    return rewrite_address(group, kind == ROUTE_POST ? NULL : route_word(kind), call->config->domain);
}

static void print_addresses(const Call *call, const char *group) {
    static const Column columns[] = {{"", "", false}, {"", "", false}, {NULL}};
    g_autoptr(Table) table = table_new(columns);
    table_indent(table, 2);
    for (size_t i = 0; i < G_N_ELEMENTS(address_columns); i++) {
        g_autofree char *address = address_of(call, group, address_columns[i].kind);
        table_text(table, address_columns[i].heading);
        table_text(table, address);
    }
    table_print(table, false, "");
}

/* A kind that is given sets all its rules anew; a rule that is given besides goes before it. */
static void fill_rules(const Call *call, Group *group) {
    group->kind = (GroupKind)order_choice(call, "kind", group_kind_words, (int)group->kind);
    if (call_option(call, "kind") != NULL || group->id == 0) {
        group->posting = usual[group->kind].posting;
        group->joining = usual[group->kind].joining;
        group->members_visible = usual[group->kind].members;
        group->archive_visible = usual[group->kind].archive;
    }
    group->posting = (Posting)order_choice(call, "posting", group_posting_words, (int)group->posting);
    group->joining = (Joining)order_choice(call, "joining", group_joining_words, (int)group->joining);
    group->members_visible = (Visible)order_choice(call, "members-visible", group_visible_words, (int)group->members_visible);
    group->archive_visible = (Visible)order_choice(call, "archive-visible", group_visible_words, (int)group->archive_visible);
    group->copies = (Copies)order_choice(call, "copies", group_copies_words, (int)group->copies);
    const char *confirms = call_option(call, "confirm-posts");
    if (confirms != NULL) group->confirm_posts = strcmp(confirms, "yes") == 0;
}

/* `image/jpeg`, or `image/` with a star; a word that can never fit would hold every attachment. */
static bool types_are_sound(const char *list, GError **error) {
    g_auto(GStrv) types = g_strsplit_set(list, " ,", -1);
    for (char **type = types; *type != NULL; type++) {
        const char *slash = strchr(*type, '/');
        bool sound = **type == '\0' || (slash != NULL && slash != *type && slash[1] != '\0' && strchr(slash + 1, '/') == NULL);
        if (!sound) return fault_set(error, FAULT_USAGE, "--attachment-types: “%s” is no media type; write them as 'image/* application/pdf'", *type);
    }
    return true;
}

static bool fill(const Call *call, Group *group, GError **error) {
    for (size_t i = 0; i < G_N_ELEMENTS(text_options); i++) {
        char **slot = (char **)(void *)((char *)group + text_options[i].offset);
        const char *value = call_option(call, text_options[i].option);
        if (value == NULL) continue;
        g_free(*slot);
        *slot = g_strdup(value);
    }
    if (*group->title == '\0') return fault_set(error, FAULT_USAGE, "--title must not be empty: it is what people read");
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(group->zone);
    if (zone == NULL)
        return fault_set(error, FAULT_USAGE, "--zone: there is no time zone “%s” (see /usr/share/zoneinfo)", group->zone);
    if (!types_are_sound(group->attachment_types, error)) return false;
    fill_rules(call, group);
    int64_t hour = group->digest_hour;
    if (!call_option_number(call, "digest-hour", 0, 23, &hour, error)) return false;
    group->digest_hour = (int)hour;
    return call_option_number(call, "message-bytes", 0, G_MAXINT32, &group->message_bytes, error);
}

static void order_free(gpointer data) {
    Intent *intent = data;
    if (intent->member != NULL) {
        member_change_clear(intent->member);
        g_free(intent->member);
    }
    g_free(intent);
}

/* Looked at before anything is changed. Returns the names in canonical form (yours), without those that hold already. */
static GPtrArray *read_aliases(const Call *call, const Group *group, const char *option, GError **error) {
    bool adds = strcmp(option, "alias") == 0;
    g_autoptr(GPtrArray) given = call_option_each(call, option), names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < given->len; i++) {
        g_autofree char *name = g_ascii_strdown(given->pdata[i], -1);
        g_autoptr(GError) reason = NULL;
        g_autoptr(Group) other = groups_find(call->database, name, &reason);
        bool own = strcmp(name, group->name) == 0, its = other != NULL && other->id == group->id;
        if (reason != NULL) g_propagate_error(error, g_steal_pointer(&reason));
        else if (own) fault_set(error, FAULT_PERMANENT, "--%s: “%s” is the group's own name", option, name);
        else if (adds && !route_is_group_name(name))
            fault_set(error, FAULT_USAGE, "--alias: “%s” cannot be a name: at most %d of a-z, 0-9 and single . _ - between them", name, GROUP_NAME_LONGEST);
        else if (adds && other != NULL && !its) fault_set(error, FAULT_PERMANENT, "--alias: “%s” is the name or alias of the group %s", name, other->name);
        else if (!adds && !its) fault_set(error, FAULT_PERMANENT, "--no-alias: “%s” is no alias of %s", name, group->name);
        else {
            bool twice = g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
            if (its != adds && !twice) g_ptr_array_add(names, g_steal_pointer(&name));
            continue;
        }
        return NULL;
    }
    return g_steal_pointer(&names);
}

static bool put_aliases(const Call *call, const Group *group, const GPtrArray *more, const GPtrArray *fewer, GError **error) {
    g_autoptr(Transaction) transaction = transaction_begin(call->database, error);
    if (transaction == NULL) return false;
    for (guint i = 0; i < fewer->len; i++)
        if (!groups_alias_put(call->database, group->id, fewer->pdata[i], false, error)) return false;
    for (guint i = 0; i < more->len; i++)
        if (!groups_alias_put(call->database, group->id, more->pdata[i], true, error)) return false;
    return transaction_commit(transaction, error);
}

/* The group, then each --owner, all in one transaction: a group without the owner it was given would refuse his mail. */
static bool put_rows(const Call *call, Group *group, GError **error) {
    g_autoptr(GPtrArray) intents = g_ptr_array_new_with_free_func(order_free);
    g_autoptr(GPtrArray) owners = call_option_each(call, "owner");
    Intent *first = g_new(Intent, 1);
    *first = order_intent(call, INTENT_GROUP_PUT);
    first->group = group;
    g_ptr_array_add(intents, first);
    for (guint i = 0; i < owners->len; i++) {
        char *email = address_canonical(g_ptr_array_index(owners, i), error);
        if (email == NULL) return false;
        Intent *intent = g_new(Intent, 1);
        *intent = order_intent(call, INTENT_MEMBER_PUT);
        intent->member = g_new0(MemberChange, 1);
        *intent->member = (MemberChange){.group = g_strdup(group->name), .email = email, .delivery = -1, .role = ROLE_OWNER};
        g_ptr_array_add(intents, intent);
    }
    g_auto(Outcome) outcome = {0};
    return order_carry_out(call, (Intent *const *)intents->pdata, intents->len, &outcome, NULL, error);
}

static bool put(const Call *call, Group *group, GError **error) {
    g_autoptr(GPtrArray) more = read_aliases(call, group, "alias", error);
    g_autoptr(GPtrArray) fewer = more != NULL ? read_aliases(call, group, "no-alias", error) : NULL;
    if (fewer == NULL || !put_rows(call, group, error)) return false;
    return more->len + fewer->len == 0 || put_aliases(call, group, more, fewer, error);
}

bool group_add_command(Call *call, GError **error) {
    const Config *config = call->config;
    g_autoptr(Group) group = g_new0(Group, 1);
    group->name = g_ascii_strdown(call->operands[0], -1);
    if (call_option(call, "title") == NULL)
        return fault_set(error, FAULT_USAGE, "--title is needed: the group's name as people read it");
    group->title = g_strdup("");
    group->description = g_strdup("");
    group->theme = g_strdup("");
    group->subject_tag = g_strdup("");
    group->attachment_types = g_strdup("");
    group->language = g_strdup(config->language);
    group->zone = g_strdup(config->zone);
    group->digest_hour = (int)config->digest_hour;
    group->created_at = call->now;
    if (!fill(call, group, error) || !put(call, group, error)) return false;
    printf("%s is a group now:\n", group->title);
    print_addresses(call, group->name);
    g_autoptr(GPtrArray) owners = call_option_each(call, "owner");
    if (owners->len == 0) printf("It has no owner yet: diktyo member add %s ADDRESS --role owner\n", group->name);
    return true;
}

bool group_set_command(Call *call, GError **error) {
    if (call->given->len == 0) return fault_set(error, FAULT_USAGE, "what shall change? See diktyo group set --help");
    g_autoptr(Group) group = order_group(call, call->operands[0], error);
    if (group == NULL || !fill(call, group, error) || !put(call, group, error)) return false;
    printf("%s is changed: kind %s, posting %s, joining %s, digest at %02d:00 %s.\n", group->name, group_kind_words[group->kind],
           group_posting_words[group->posting], group_joining_words[group->joining], group->digest_hour, group->zone);
    return true;
}

/* One line: what is not in it, Postfix need not take. */
static bool print_map(Call *call, const GPtrArray *groups, GError **error) {
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = groups->pdata[i];
        g_autoptr(GPtrArray) aliases = groups_aliases(call->database, group->id, error);
        if (aliases == NULL) return false;
        g_ptr_array_add(names, g_strdup(group->name));
        for (guint j = 0; j < aliases->len; j++) g_ptr_array_add(names, g_strdup(aliases->pdata[j]));
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *expression = route_expression((const char *const *)names->pdata);
    g_auto(GStrv) labels = g_strsplit(call->config->domain, ".", -1);
    g_autofree char *domain = g_strjoinv("[.]", labels);
    printf("/^%s@%s$/ OK\n", expression, domain);
    return true;
}

bool group_list_command(Call *call, GError **error) {
    static const Column columns[] = {{"name", "name", false},
                                     {"title", "title", false},
                                     {"theme", NULL, false},
                                     {"kind", "kind", false},
                                     {"posting", "posting", false},
                                     {"members", "members", true},
                                     {"digest", "by digest", true},
                                     {"posts", "posts", true},
                                     {"held", "held", true},
                                     {"address", NULL, false},
                                     {NULL}};
    g_autoptr(GPtrArray) groups = groups_list(call->database, error);
    if (groups == NULL) return false;
    if (call_option(call, "postfix") != NULL) return print_map(call, groups, error);
    g_autoptr(Table) table = table_new(columns);
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = g_ptr_array_index(groups, i);
        g_autofree char *address = address_of(call, group->name, ROUTE_POST);
        GroupCounts counts;
        if (!groups_counts(call->database, group->id, &counts, error)) return false;
        const char *const texts[] = {group->name, group->title, group->theme, group_kind_words[group->kind],
                                     group_posting_words[group->posting]};
        const int64_t numbers[] = {counts.members, counts.digest, counts.posts, counts.held};
        for (size_t j = 0; j < G_N_ELEMENTS(texts); j++) table_text(table, texts[j]);
        for (size_t j = 0; j < G_N_ELEMENTS(numbers); j++) table_number(table, numbers[j]);
        table_text(table, address);
    }
    table_print(table, call->json, "There is no group yet. Make one: diktyo group add NAME --title TITLE");
    return true;
}

static char *staff_of(const Call *call, const Group *group, GError **error) {
    g_autoptr(GPtrArray) members = people_memberships(call->database, group->id, 0, error);
    if (members == NULL) return NULL;
    GString *staff = g_string_new(NULL);
    for (guint i = 0; i < members->len; i++) {
        const Membership *member = g_ptr_array_index(members, i);
        if (member->role == ROLE_MEMBER) continue;
        g_string_append_printf(staff, "%s%s (%s)", staff->len > 0 ? ", " : "", member->email, role_words[member->role]);
    }
    return g_string_free(staff, FALSE);
}

static char *aliases_of(const Call *call, const Group *group, GError **error) {
    g_autoptr(GPtrArray) aliases = groups_aliases(call->database, group->id, error);
    if (aliases == NULL) return NULL;
    g_ptr_array_add(aliases, NULL);
    return g_strjoinv(", ", (char **)aliases->pdata);
}

static const Column record_columns[] = {
    {"name", "name"}, {"title", "title"}, {"description", "description"}, {"theme", "theme"}, {"language", "language"},
    {"zone", "time zone"}, {"subject_tag", "subject tag"}, {"kind", "kind"}, {"posting", "who may post"},
    {"joining", "who may join"}, {"members_visible", "sees members"}, {"archive_visible", "sees archive"},
    {"attachment_types", "attachments"}, {"aliases", "aliases"}, {"confirm_posts", "posts confirmed"}, {"copies", "copies"},
    {"digest_hour", "digest hour"}, {"message_bytes", "largest message"}, {"created_at", "made"},
    {"members", "members"}, {"each", "… each mail"}, {"digest", "… by digest"}, {"none", "… no mail"},
    {"posts", "posts"}, {"held", "held"}, {"staff", "owners"}, {"address", "write to it"}, {"join", "join"},
    {"leave", "leave"}, {"request", "commands"}, {"help", "help"}, {"owner", "write to owners"}, {NULL}};

bool group_show_command(Call *call, GError **error) {
    g_autoptr(Group) group = order_group(call, call->operands[0], error);
    GroupCounts counts;
    if (group == NULL || !groups_counts(call->database, group->id, &counts, error)) return false;
    g_autofree char *staff = staff_of(call, group, error);
    g_autofree char *aliases = staff != NULL ? aliases_of(call, group, error) : NULL;
    if (aliases == NULL) return false;
    const char *const texts[] = {group->name,
                                 group->title,
                                 group->description,
                                 group->theme,
                                 group->language,
                                 group->zone,
                                 group->subject_tag,
                                 group_kind_words[group->kind],
                                 group_posting_words[group->posting],
                                 group_joining_words[group->joining],
                                 group_visible_words[group->members_visible],
                                 group_visible_words[group->archive_visible],
                                 group->attachment_types,
                                 aliases};
    g_autoptr(Table) table = table_new(record_columns);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) table_text(table, texts[i]);
    table_flag(table, group->confirm_posts);
    table_text(table, group_copies_words[group->copies]);
    table_number(table, group->digest_hour);
    table_number(table, group->message_bytes != 0 ? group->message_bytes : call->config->message_bytes);
    table_time(table, group->created_at, call->config->zone);
    const int64_t numbers[] = {counts.members, counts.each, counts.digest, counts.none, counts.posts, counts.held};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) table_number(table, numbers[i]);
    table_text(table, staff);
    for (size_t i = 0; i < G_N_ELEMENTS(address_columns); i++) {
        g_autofree char *address = address_of(call, group->name, address_columns[i].kind);
        table_text(table, address);
    }
    table_print_record(table, call->json);
    return true;
}

/* On a terminal the name is asked for once more; a script says --yes. */
static bool is_meant(const Call *call, const Group *group, GError **error) {
    char answer[GROUP_NAME_LONGEST + 2] = "";
    if (call_option(call, "yes") != NULL) return true;
    if (!isatty(STDIN_FILENO)) return fault_set(error, FAULT_USAGE, "say --yes to remove %s", group->name);
    printf("%s (%s) will refuse all mail from now on; its archive stays. Type its name to go on: ", group->name,
           group->title);
    fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) != NULL && strcmp(g_strstrip(answer), group->name) == 0) return true;
    return fault_set(error, FAULT_PERMANENT, "nothing was changed");
}

bool group_remove_command(Call *call, GError **error) {
    g_autoptr(Group) group = order_group(call, call->operands[0], error);
    if (group == NULL || !is_meant(call, group, error)) return false;
    Intent intent = order_intent(call, INTENT_GROUP_REMOVE);
    intent.group = group;
    g_auto(Outcome) outcome = {0};
    if (!order_carry_out_one(call, &intent, &outcome, error)) return false;
    printf("%s is closed. Its posts stay in the archive.\n", group->name);
    return true;
}

bool group_allow_command(Call *call, GError **error) {
    g_autoptr(Group) group = order_group(call, call->operands[0], error);
    g_auto(MemberChange) change = {.delivery = -1, .role = -1};
    g_auto(Outcome) outcome = {0};
    if (group == NULL || (change.email = address_canonical(call->operands[1], error)) == NULL) return false;
    change.group = g_strdup(group->name);
    Intent intent = order_intent(call, INTENT_ALLOW);
    intent.member = &change;
    if (!order_carry_out_one(call, &intent, &outcome, error)) return false;
    printf("What %s writes to %s is let in from now on.\n", change.email, group->name);
    return true;
}
