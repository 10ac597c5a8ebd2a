#include "cli/commands.h"
#include "cli/order.h"
#include "cli/output.h"
#include "message/address.h"
#include "store/groups.h"
#include "store/ledger.h"
#include "store/bounces.h"
#include "store/people.h"

/* Adding and changing differ in one thing only: whether the membership must be new or must be there. */

static bool read_change(const Call *call, MemberChange *change, GError **error) {
    g_autoptr(Group) group = order_group(call, call->operands[0], error);
    if (group == NULL) return false;
    change->group = g_strdup(group->name);
    change->email = address_canonical(call->operands[1], error);
    change->name = order_text(call, "name");
    change->organisation = order_text(call, "organisation");
    change->role_text = order_text(call, "function");
    change->language = order_text(call, "language");
    change->delivery = order_choice(call, "delivery", delivery_mode_words, -1);
    change->role = order_choice(call, "role", role_words, -1);
    return change->email != NULL;
}

static bool put(Call *call, bool is_new, GError **error) {
    g_auto(MemberChange) change = {.must_be_new = is_new, .must_exist = !is_new};
    g_auto(Outcome) outcome = {0};
    if (!read_change(call, &change, error)) return false;
    Intent intent = order_intent(call, INTENT_MEMBER_PUT);
    intent.member = &change;
    if (!order_carry_out_one(call, &intent, &outcome, error)) return false;
    g_autoptr(Group) group = order_group(call, change.group, error);
    g_autoptr(Person) person = group != NULL ? people_find(call->database, change.email, error) : NULL;
    g_autoptr(Membership) member = person != NULL ? people_membership(call->database, group->id, person->id, error) : NULL;
    if (member == NULL)
        return error != NULL && *error != NULL ? false : fault_set(error, FAULT_INTERNAL, "the new membership is not there");
    printf("%s is %s %s of %s, delivery %s.\n", member->email, member->role == ROLE_OWNER ? "an" : "a",
           role_words[member->role], group->name, delivery_mode_words[member->delivery]);
    return true;
}

bool member_add_command(Call *call, GError **error) { return put(call, true, error); }

bool member_set_command(Call *call, GError **error) {
    if (call->given->len == 0) return fault_set(error, FAULT_USAGE, "what shall change? See diktyo member set --help");
    return put(call, false, error);
}

bool member_list_command(Call *call, GError **error) {
    static const Column columns[] = {{"group", "group", false},       {"address", "address", false},
                                     {"name", "name", false},         {"organisation", "organisation", false},
                                     {"delivery", "delivery", false}, {"role", "role", false},
                                     {"health", "mail there", false}, {"since", "since", false},
                                     {NULL}};
    int64_t group = 0;
    if (!order_group_number(call, 0, &group, error)) return false;
    g_autoptr(GPtrArray) members = people_memberships(call->database, group, 0, error);
    if (members == NULL) return false;
    g_autoptr(Table) table = table_new(columns);
    for (guint i = 0; i < members->len; i++) {
        const Membership *member = g_ptr_array_index(members, i);
        const char *const texts[] = {member->group_name,
                                     member->email,
                                     member->name,
                                     member->organisation,
                                     delivery_mode_words[member->delivery],
                                     role_words[member->role],
                                     health_words[member->health]};
        for (size_t j = 0; j < G_N_ELEMENTS(texts); j++) table_text(table, texts[j]);
        table_time(table, member->since, call->config->zone);
    }
    table_print(table, call->json, "There is no member.");
    return true;
}

bool member_remove_command(Call *call, GError **error) {
    g_auto(MemberChange) change = {.must_exist = true};
    g_auto(Outcome) outcome = {0};
    if (!read_change(call, &change, error)) return false;
    Intent intent = order_intent(call, INTENT_MEMBER_REMOVE);
    intent.member = &change;
    if (!order_carry_out_one(call, &intent, &outcome, error)) return false;
    if (outcome.answer == ANSWER_NOTHING_TO_DO)
        return fault_set(error, FAULT_PERMANENT, "%s is no member of %s", change.email, change.group);
    printf("%s is no longer a member of %s.\n", change.email, change.group);
    return true;
}

static Table *groups_table(const Call *call, const GPtrArray *memberships) {
    static const Column columns[] = {{"group", "group", false}, {"delivery", "delivery", false},         {"role", "role", false},
                                     {"since", "since", false}, {"paused_until", "paused until", false}, {NULL}};
    Table *table = table_new(columns);
    for (guint i = 0; i < memberships->len; i++) {
        const Membership *member = g_ptr_array_index(memberships, i);
        table_text(table, member->group_name);
        table_text(table, delivery_mode_words[member->delivery]);
        table_text(table, role_words[member->role]);
        table_time(table, member->since, call->config->zone);
        table_time(table, member->paused_until > call->now ? member->paused_until : 0, call->config->zone);
    }
    return table;
}

static Table *ledger_table(const Call *call, const GPtrArray *lines) {
    static const Column columns[] = {{"at", "when", false},     {"what", "what", false},    {"group", "group", false},
                                     {"actor", "by", false}, {"detail", "proof", false}, {NULL}};
    Table *table = table_new(columns);
    for (guint i = 0; i < lines->len; i++) {
        const LedgerLine *line = g_ptr_array_index(lines, i);
        const char *const texts[] = {line->what, line->group_name, line->actor, line->detail};
        table_time(table, line->at, call->config->zone);
        for (size_t j = 0; j < G_N_ELEMENTS(texts); j++) table_text(table, texts[j]);
    }
    return table;
}

/* Whether mail to him comes back. */

static const char *health_of(const Call *call, const Person *person) {
    Standing standing;
    if (!standing_read(call->database, person->email, &standing, NULL)) return "";
    bool of_late = standing.score > 0 && standing.scored_day + STANDING_MEMORY_DAYS >= call->now / 86400;
    if (standing.health == HEALTH_SUSPENDED) return "no: it came back, nothing is sent";
    return standing.health == HEALTH_PROBED ? "doubtful: a probe is out" : of_late ? "doubtful: some came back" : "yes";
}

static Table *person_table(const Call *call, const Person *person, GPtrArray *addresses) {
    static const Column columns[] = {{"name", "name"}, {"organisation", "organisation"}, {"function", "function"}, {"language", "language"},
                                     {"address", "mail goes to"}, {"health", "and arrives"}, {"also", "also writes from"}, {NULL}};
    Table *table = table_new(columns);
    const char *const texts[] = {person->name, person->organisation, person->role, person->language, person->email, health_of(call, person)};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) table_text(table, texts[i]);
    g_autoptr(GString) also = g_string_new(NULL);
    for (guint i = 0; i < addresses->len; i++) {
        if (strcmp(addresses->pdata[i], person->email) == 0) continue;
        g_string_append_printf(also, "%s%s", also->len > 0 ? ", " : "", (const char *)addresses->pdata[i]);
    }
    table_text(table, also->str);
    return table;
}

bool member_show_command(Call *call, GError **error) {
    g_autoptr(Person) person = order_person(call, 0, NULL, error);
    g_autoptr(GPtrArray) addresses = person != NULL ? people_addresses(call->database, person->id, error) : NULL;
    g_autoptr(GPtrArray) memberships = addresses != NULL ? people_memberships(call->database, 0, person->id, error) : NULL;
    g_autoptr(GPtrArray) lines = memberships != NULL ? ledger_of(call->database, person->id, error) : NULL;
    if (lines == NULL) return false;
    g_autoptr(Table) self = person_table(call, person, addresses), groups = groups_table(call, memberships), ledger = ledger_table(call, lines);
    if (call->json) {
        Tree *tree = table_tree_record(self), *list = tree_list();
        for (guint i = 0; i < addresses->len; i++) tree_append_text(list, addresses->pdata[i]);
        tree_put(tree, "addresses", list);
        tree_put(tree, "groups", table_tree(groups));
        tree_put(tree, "ledger", table_tree(ledger));
        tree_print(tree);
        return true;
    }
    table_print_record(self, false);
    printf("\nGroups:\n");
    table_indent(groups, 2);
    table_print(groups, false, "  none");
    if (memberships_have(memberships, DELIVERY_DIGEST)) printf("\nHow the digest comes, and what is muted: diktyo digest show %s\n", person->email);
    printf("\nWhat was done:\n");
    table_indent(ledger, 2);
    table_print(ledger, false, "  nothing");
    return true;
}

/* The beginning of a day, by the clocks of the site. */
static bool read_day(const Call *call, const char *text, int64_t *when, GError **error) {
    enum { LONGEST = 365 * 86400 };
    int year = 0, month = 0, day = 0;
    char rest = '\0';
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(call->config->zone);
    bool read = zone != NULL && strlen(text) == 10 && sscanf(text, "%4d-%2d-%2d%c", &year, &month, &day, &rest) == 3;
    g_autoptr(GDateTime) start = read ? g_date_time_new(zone, year, month, day, 0, 0, 0) : NULL;
    if (start == NULL) return fault_set(error, FAULT_USAGE, "--until: “%s” is no date; write it as 2026-12-24", text);
    *when = g_date_time_to_unix(start);
    if (*when > call->now && *when <= call->now + LONGEST) return true;
    return fault_set(error, FAULT_USAGE, "--until: “%s” is not a day to come within a year", text);
}

/* What concerns the person as a whole. */
static bool carry_out(const Call *call, Intent intent, const Person *person, GError **error) {
    MemberChange who = {.email = person->email, .delivery = -1, .role = -1};
    g_auto(Outcome) outcome = {0};
    intent.member = &who;
    return order_carry_out_one(call, &intent, &outcome, error);
}

bool member_pause_command(Call *call, GError **error) {
    const char *day = call_option(call, "until");
    bool resumes = call_option(call, "resume") != NULL;
    Intent intent = order_intent(call, INTENT_PAUSE);
    if (resumes == (day != NULL)) return fault_set(error, FAULT_USAGE, "give either --until DATE or --resume");
    if (day != NULL && !read_day(call, day, &intent.until, error)) return false;
    g_autoptr(Person) person = order_person(call, 0, NULL, error);
    if (person == NULL || !carry_out(call, intent, person, error)) return false;
    if (resumes) printf("The groups write to %s again.\n", person->email);
    else printf("The groups do not write to %s until %s.\n", person->email, day);
    return true;
}

/* The address must not come back into the ledger as what was done last, so the reason is never the one that stands for it. */
bool member_erase_command(Call *call, GError **error) {
    char posts[] = "posts", nothing[] = "";
    Intent intent = order_intent(call, INTENT_ERASE);
    intent.reason = call_option(call, "posts") != NULL ? posts : nothing;
    g_autoptr(Person) person = order_person(call, 0, NULL, error);
    if (person == NULL) return false;
    if (call_option(call, "yes") == NULL) return fault_set(error, FAULT_USAGE, "say --yes to forget %s: nothing brings it back", person->email);
    if (!carry_out(call, intent, person, error)) return false;
    printf("%s is forgotten: no group has it, and no import brings it back.\n", person->email);
    return true;
}
