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
static const Posting kind_posting[GROUP_KINDS] = {
    [KIND_DISCUSSION] = POSTING_MEMBERS, [KIND_ANNOUNCEMENT] = POSTING_OWNERS, [KIND_CLOSED] = POSTING_MEMBERS};

static const struct {
    const char *option;
    size_t offset; /* in Group */
} text_options[] = {
    {"title", offsetof(Group, title)}, {"description", offsetof(Group, description)},
    {"theme", offsetof(Group, theme)}, {"language", offsetof(Group, language)},
    {"zone", offsetof(Group, zone)},   {"subject-tag", offsetof(Group, subject_tag)},
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
    group->kind = (GroupKind)order_choice(call, "kind", group_kind_words, (int)group->kind);
    Posting usual = call_option(call, "kind") != NULL ? kind_posting[group->kind] : group->posting;
    group->posting = (Posting)order_choice(call, "posting", group_posting_words, (int)usual);
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

/* The group, then each --owner, all in one transaction: a group without the owner it was given would refuse his mail. */
static bool put(const Call *call, Group *group, GError **error) {
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
    printf("%s is changed: kind %s, posting %s, digest at %02d:00 %s.\n", group->name, group_kind_words[group->kind],
           group_posting_words[group->posting], group->digest_hour, group->zone);
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

bool group_show_command(Call *call, GError **error) {
    static const Column columns[] = {{"name", "name"},
                                     {"title", "title"},
                                     {"description", "description"},
                                     {"theme", "theme"},
                                     {"language", "language"},
                                     {"zone", "time zone"},
                                     {"subject_tag", "subject tag"},
                                     {"kind", "kind"},
                                     {"posting", "who may post"},
                                     {"digest_hour", "digest hour"},
                                     {"message_bytes", "largest message"},
                                     {"created_at", "made"},
                                     {"members", "members"},
                                     {"each", "… each mail"},
                                     {"digest", "… by digest"},
                                     {"none", "… no mail"},
                                     {"posts", "posts"},
                                     {"held", "held"},
                                     {"staff", "owners"},
                                     {"address", "write to it"},
                                     {"join", "join"},
                                     {"leave", "leave"},
                                     {"request", "commands"},
                                     {"help", "help"},
                                     {"owner", "write to owners"},
                                     {NULL}};
    g_autoptr(Group) group = order_group(call, call->operands[0], error);
    GroupCounts counts;
    if (group == NULL || !groups_counts(call->database, group->id, &counts, error)) return false;
    g_autofree char *staff = staff_of(call, group, error);
    if (staff == NULL) return false;
    const char *const texts[] = {group->name,
                                 group->title,
                                 group->description,
                                 group->theme,
                                 group->language,
                                 group->zone,
                                 group->subject_tag,
                                 group_kind_words[group->kind],
                                 group_posting_words[group->posting]};
    g_autoptr(Table) table = table_new(columns);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) table_text(table, texts[i]);
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
