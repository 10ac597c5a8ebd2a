#include "cli/commands.h"
#include "cli/order.h"
#include "cli/output.h"
#include "message/address.h"
#include "store/groups.h"
#include "store/people.h"

/* Adding and changing differ in one thing only: whether the membership must be new or must be there. */

static bool read_change(const Call *call, MemberChange *change, GError **error) {
    g_autoptr(Group) group = order_group(call, call->operands[0], error);
    if (group == NULL) return false;
    change->group = g_strdup(group->name);
    change->email = address_canonical(call->operands[1], error);
    change->name = order_text(call, "name");
    change->organisation = order_text(call, "organisation");
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
                                     {"since", "since", false},       {NULL}};
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
                                     role_words[member->role]};
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
