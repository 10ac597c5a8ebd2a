#include "cli/commands.h"
#include "cli/order.h"
#include "cli/output.h"
#include "store/bounces.h"
#include "store/groups.h"
#include "store/people.h"

/* What came back, how it was read, and who was found to be at fault. */

static const char *const verdict_sayings[BLAMES] = {[BLAME_WAITING] = "waits for judgement",   [BLAME_COUNTED] = "counts against the address",
                                                    [BLAME_MESSAGE] = "the message's fault",   [BLAME_DESTINATION] = "the destination's fault",
                                                    [BLAME_IGNORED] = "counts against nobody"};

static const Column list_columns[] = {{"bounce", "number", true}, {"at", "when", false},     {"address", "address", false}, {"group", "group", false}, {"post", NULL, true},
                                      {"subject", "subject", false}, {"kind", NULL, false},  {"class", "class", false},     {"status", "status", false},
                                      {"verdict", NULL, false},   {"says", "verdict", false}, {"named", NULL, false},       {"recipient", NULL, false},
                                      {"detail", "", false, true}, {NULL}};

static const Column record_columns[] = {{"bounce", "number"}, {"at", "when"},       {"address", "address"}, {"group", "group"}, {"post", "post", true},
                                        {"subject", "subject"}, {"kind", "kind"},   {"class", "class"},     {"status", "status"},
                                        {"verdict", "verdict"}, {"says", "says"},   {"named", "it names"},  {"recipient", "came to"},
                                        {"detail", "words"},  {NULL}};

/* To whom our copy went; a report whose key is none of ours has only what it says itself. */
static void add_row(const Call *call, Table *table, const Bounce *bounce) {
    bool known = *bounce->email != '\0', is_report = strcmp(bounce->kind, report_kind_words[REPORT_DELIVERY]) == 0;
    g_autofree char *topic = g_strndup(bounce->topic, strcspn(bounce->topic, " ")); /* of which more is for us alone */
    bool ours = bounce->outgoing != 0;
    const char *texts[] = {*topic != '\0' ? topic : bounce->subject,
                           bounce->kind, is_report ? bounce_class_words[bounce->class] : bounce->kind, bounce->status, blame_words[bounce->verdict], ours ? verdict_sayings[bounce->verdict] : "its key is none of ours: counts against nobody",
                           bounce->address, bounce->recipient, bounce->detail};
    table_number(table, bounce->id);
    table_time(table, bounce->at, call->config->zone);
    table_text(table, known ? bounce->email : bounce->address);
    table_text(table, bounce->group_name);
    if (bounce->post != 0) table_number(table, bounce->post);
    else table_text(table, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) table_text(table, texts[i]);
}

bool bounces_list_command(Call *call, GError **error) {
    g_autoptr(Group) group = call->operand_count > 0 ? order_group(call, call->operands[0], error) : NULL;
    if (group == NULL && call->operand_count > 0) return false;
    g_autoptr(GPtrArray) list = bounces_list(call->database, group != NULL ? group->name : "", call_option(call, "all") != NULL, error);
    if (list == NULL) return false;
    g_autoptr(Table) table = table_new(list_columns);
    for (guint i = 0; i < list->len; i++) add_row(call, table, list->pdata[i]);
    table_print(table, call->json, "Nothing came back.");
    return true;
}

bool bounces_show_command(Call *call, GError **error) {
    int64_t number = 0;
    g_autoptr(GError) reason = NULL;
    if (!g_ascii_string_to_signed(call->operands[0], 10, 1, G_MAXINT64, &number, NULL))
        return fault_set(error, FAULT_USAGE, "“%s” is not the number of a report; diktyo bounces list shows them", call->operands[0]);
    g_autoptr(Bounce) bounce = bounces_get(call->database, number, &reason);
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (bounce == NULL) return fault_set(error, FAULT_PERMANENT, "there is no report %" G_GINT64_FORMAT, number);
    g_autoptr(GBytes) raw = bounces_raw(call->database, number, &reason);
    if (call_option(call, "raw") != NULL) {
        if (raw == NULL) return fault_set(error, FAULT_PERMANENT, "the relay refused it at once: no report came in");
        gsize length;
        const void *bytes = g_bytes_get_data(raw, &length);
        return fwrite(bytes, 1, length, stdout) == length;
    }
    g_autoptr(Table) table = table_new(record_columns);
    add_row(call, table, bounce);
    table_print_record(table, call->json);
    return true;
}

bool bounces_clear_command(Call *call, GError **error) {
    g_autofree char *email = NULL;
    int64_t changed = 0;
    g_autoptr(Person) person = order_person(call, 0, &email, error);
    g_autoptr(Transaction) transaction = person != NULL ? transaction_begin(call->database, error) : NULL;
    if (transaction == NULL) return false;
    if (!bounces_restore(call->database, person->id, email, "command line", call->now, &changed, error)) return false;
    if (!transaction_commit(transaction, error)) return false;
    printf(changed > 0 ? "%s gets mail again; what was withheld comes with the next digest.\n" : "Nothing stands against %s.\n", email);
    return true;
}
