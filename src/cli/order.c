#include "cli/order.h"
#include "message/address.h"
#include "store/groups.h"
#include "store/people.h"

/* One place turns an Outcome into what a person at a terminal is told, so that every command refuses in the same way. */

Intent order_intent(const Call *call, IntentKind kind) {
    return (Intent){.kind = kind, .actor = "command line", .now = call->now};
}

bool order_carry_out(const Call *call, Intent *const *intents, size_t count, Outcome *outcome, size_t *refused,
                     GError **error) {
    size_t place = count;
    bool done = act_all(call->database, intents, count, outcome, &place, error);
    if (refused != NULL) *refused = place;
    if (!done) return false;
    if (outcome->answer == ANSWER_TAKEN || outcome->answer == ANSWER_NOTHING_TO_DO) return true;
    return fault_set(error, FAULT_PERMANENT, "%s", outcome->status != NULL ? outcome->status : "this is refused");
}

bool order_carry_out_one(const Call *call, Intent *intent, Outcome *outcome, GError **error) {
    return order_carry_out(call, &intent, 1, outcome, NULL, error);
}

Group *order_group(const Call *call, const char *name, GError **error) {
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autoptr(GError) reason = NULL;
    Group *group = groups_find(call->database, lower, &reason);
    if (group != NULL) return group;
    if (reason != NULL) g_propagate_error(error, g_steal_pointer(&reason));
    else fault_set(error, FAULT_PERMANENT, "there is no group “%s”; see diktyo group list", name);
    return NULL;
}

bool order_group_number(const Call *call, int index, int64_t *number, GError **error) {
    *number = 0;
    if (index >= call->operand_count) return true;
    g_autoptr(Group) group = order_group(call, call->operands[index], error);
    if (group == NULL) return false;
    *number = group->id;
    return true;
}

Person *order_person(const Call *call, int index, char **email, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autofree char *canonical = address_canonical(call->operands[index], error);
    if (canonical == NULL) return NULL;
    Person *person = people_find(call->database, canonical, &reason);
    if (reason != NULL) g_propagate_error(error, g_steal_pointer(&reason));
    else if (person == NULL) fault_set(error, FAULT_PERMANENT, "nobody here has the address %s", canonical);
    if (email != NULL) *email = g_steal_pointer(&canonical);
    return person;
}

char *order_text(const Call *call, const char *option) { return g_strdup(call_option(call, option)); }

int order_choice(const Call *call, const char *option, const char *const *words, int fallback) {
    const char *word = call_option(call, option);
    return word != NULL ? word_index(words, word) : fallback;
}

void member_change_clear(MemberChange *change) {
    g_free(change->group);
    g_free(change->email);
    g_free(change->name);
    g_free(change->organisation);
    g_free(change->role_text);
    g_free(change->language);
}
