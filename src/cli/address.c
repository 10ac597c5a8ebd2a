#include "cli/commands.h"
#include "cli/order.h"
#include "cli/output.h"
#include "message/address.h"
#include "store/ledger.h"
#include "store/people.h"

/* A person is not an address: what he writes from any of his counts as his, and mail goes to the primary one. Whether an address may
 * be his is decided where it is decided for a mail that asks the same (decide/decide.c). */

bool address_list_command(Call *call, GError **error) {
    static const Column columns[] = {{"address", "address", false}, {"primary", "primary", false}, {NULL}};
    g_autofree char *email = NULL;
    g_autoptr(Person) person = order_person(call, 0, &email, error);
    g_autoptr(GPtrArray) addresses = person != NULL ? people_addresses(call->database, person->id, error) : NULL;
    if (addresses == NULL) return false;
    g_autoptr(Table) table = table_new(columns);
    for (guint i = 0; i < addresses->len; i++) {
        table_text(table, addresses->pdata[i]);
        table_flag(table, strcmp(addresses->pdata[i], person->email) == 0);
    }
    table_print(table, call->json, "");
    return true;
}

/* Each change with its line in the ledger, in one transaction. */
static bool change(const Call *call, const Person *person, const char *email, bool adds, GError **error) {
    const LedgerEntry entry = {.what = adds ? "address-added" : "address-removed", .actor = "command line", .detail = email, .at = call->now, .person = person->id};
    g_autoptr(Transaction) transaction = transaction_begin(call->database, error);
    if (transaction == NULL) return false;
    bool done = adds ? people_add_address(call->database, person->id, email, false, error) : people_remove_address(call->database, email, error);
    return done && ledger_add(call->database, &entry, error) && transaction_commit(transaction, error);
}

bool address_add_command(Call *call, GError **error) {
    g_autofree char *email = NULL, *more = address_canonical(call->operands[1], error);
    g_autoptr(Person) person = more != NULL ? order_person(call, 0, &email, error) : NULL;
    g_autoptr(GPtrArray) addresses = person != NULL ? people_addresses(call->database, person->id, error) : NULL;
    if (addresses == NULL) return false;
    if (g_ptr_array_find_with_equal_func(addresses, more, g_str_equal, NULL))
        return fault_set(error, FAULT_PERMANENT, "%s is an address of that person already", more);
    MemberChange who = {.email = email, .delivery = -1, .role = -1};
    Intent intent = order_intent(call, INTENT_ADDRESS);
    intent.member = &who;
    intent.new_email = more;
    g_auto(Foresight) foresight = {0};
    if (!act_foresee(call->database, &intent, &foresight, error)) return false;
    if (foresight.plan.answer != ANSWER_TAKEN) return fault_set(error, FAULT_PERMANENT, "%s: %s", more, foresight.plan.status);
    if (!change(call, person, more, true, error)) return false;
    printf("%s is an address of %s now; mail still goes to %s.\n", more, *person->name != '\0' ? person->name : person->email, person->email);
    return true;
}

bool address_remove_command(Call *call, GError **error) {
    g_autofree char *email = NULL;
    g_autoptr(Person) person = order_person(call, 0, &email, error);
    if (person == NULL) return false;
    if (strcmp(email, person->email) == 0)
        return fault_set(error, FAULT_PERMANENT, "%s is where that person's mail goes: first make another one primary, or remove the person", email);
    if (!change(call, person, email, false, error)) return false;
    printf("%s is no address of %s any more.\n", email, person->email);
    return true;
}

bool address_primary_command(Call *call, GError **error) {
    g_autofree char *email = NULL;
    g_autoptr(Person) person = order_person(call, 0, &email, error);
    if (person == NULL) return false;
    if (strcmp(email, person->email) == 0) {
        printf("Mail goes to %s already.\n", email);
        return true;
    }
    MemberChange who = {.email = person->email, .delivery = -1, .role = -1};
    g_auto(Outcome) outcome = {0};
    Intent intent = order_intent(call, INTENT_ADDRESS);
    intent.member = &who;
    intent.new_email = email;
    if (!order_carry_out_one(call, &intent, &outcome, error)) return false;
    printf("Mail goes to %s from now on.\n", email);
    return true;
}
