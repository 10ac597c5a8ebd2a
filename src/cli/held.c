#include "cli/commands.h"
#include "cli/order.h"
#include "cli/output.h"
#include "deliver/deliver.h"
#include "message/template.h"
#include "store/pending.h"
#include "store/posts.h"

/* What a moderator does by mail, done by the operator; the rules are the same, because the intent is the same. */

static const Column held_columns[] = {{"held", "number", true},
                                      {"group", "group", false},
                                      {"at", "since", false},
                                      {"reason", "why", false},
                                      {"author", "author", false},
                                      {"author_name", NULL, false},
                                      {"subject", "subject", false},
                                      {"size", "bytes", true},
                                      {"state", "state", false},
                                      {"sender", NULL, false},
                                      {"recipient", NULL, false},
                                      {"message_id", NULL, false},
                                      {"detail", NULL, false},
                                      {"decided_at", NULL, false},
                                      {"decided_by", NULL, false},
                                      {"decision", NULL, false},
                                      {NULL}};

/* The same cells in the same order for one entry, where nothing is left out. */
static const Column held_record[] = {{"held", "number"},
                                     {"group", "group"},
                                     {"at", "since"},
                                     {"reason", "why"},
                                     {"author", "author"},
                                     {"author_name", "name"},
                                     {"subject", "subject"},
                                     {"size", "bytes"},
                                     {"state", "state"},
                                     {"sender", "sender"},
                                     {"recipient", "recipient"},
                                     {"message_id", "message id"},
                                     {"detail", "detail"},
                                     {"decided_at", "decided"},
                                     {"decided_by", "by"},
                                     {"decision", "saying"},
                                     {NULL}};

static void add_row(const Call *call, Table *table, const Held *held) {
    const char *const texts[] = {held->reason, held->author_address != NULL ? held->author_address : held->sender,
                                 held->author_name, held->subject};
    const char *const more[] = {held->state, held->sender, held->recipient, held->message_id, held->detail};
    table_number(table, held->id);
    table_text(table, held->group_name);
    table_time(table, held->at, call->config->zone);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) table_text(table, texts[i]);
    table_number(table, held->size);
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++) table_text(table, more[i]);
    table_time(table, held->decided_at, call->config->zone);
    table_text(table, held->decided_by);
    table_text(table, held->decision);
}

bool held_list_command(Call *call, GError **error) {
    int64_t group = 0;
    if (!order_group_number(call, 0, &group, error)) return false;
    g_autoptr(GPtrArray) list = pending_list(call->database, group, call_option(call, "all") != NULL, error);
    if (list == NULL) return false;
    g_autoptr(Table) table = table_new(held_columns);
    for (guint i = 0; i < list->len; i++) add_row(call, table, g_ptr_array_index(list, i));
    table_print(table, call->json, "Nothing is held.");
    return true;
}

static bool read_number(const char *text, int64_t *number, GError **error) {
    gint64 value;
    if (!g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, &value, NULL))
        return fault_set(error, FAULT_USAGE, "“%s” is not the number of a held mail; see diktyo held list", text);
    *number = value;
    return true;
}

bool held_show_command(Call *call, GError **error) {
    int64_t number = 0;
    if (!read_number(call->operands[0], &number, error)) return false;
    g_autoptr(GError) reason = NULL;
    g_autoptr(Held) held = pending_get(call->database, number, &reason);
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (held == NULL) return fault_set(error, FAULT_PERMANENT, "there is no held mail %" G_GINT64_FORMAT, number);
    if (call_option(call, "raw") != NULL) {
        g_autoptr(GBytes) raw = posts_held_raw(call->database, number, error);
        if (raw == NULL)
            return error != NULL && *error != NULL ? false : fault_set(error, FAULT_INTERNAL, "its bytes are missing");
        if (g_bytes_get_size(raw) > 0) fwrite(g_bytes_get_data(raw, NULL), 1, g_bytes_get_size(raw), stdout);
        return true;
    }
    g_autoptr(Table) table = table_new(held_record);
    add_row(call, table, held);
    if (call->json) {
        Tree *tree = table_tree_record(table);
        tree_text(tree, "text", held->text);
        tree_print(tree);
        return true;
    }
    g_autofree char *why = template_word(call->config->templates, "en", "reasons", held->reason);
    table_print_record(table, false);
    printf("\nIt is held because %s.\n\n", why);
    if (held->text == NULL) return true;
    output_text(held->text, "");
    return true;
}

/* Each on its own: one that somebody has decided meanwhile does not keep the others from being decided. */
static bool settle(Call *call, IntentKind kind, const char *done, GError **error) {
    for (int i = 0; i < call->operand_count; i++) {
        int64_t number = 0;
        if (!read_number(call->operands[i], &number, error)) return false;
    }
    for (int i = 0; i < call->operand_count; i++) {
        g_autoptr(GError) reason = NULL;
        g_auto(Outcome) outcome = {0};
        g_autofree char *said = order_text(call, "reason");
        Intent intent = order_intent(call, kind);
        intent.reason = said;
        if (!read_number(call->operands[i], &intent.pending, error)) return false;
        if (!order_carry_out_one(call, &intent, &outcome, &reason)) {
            if (!g_error_matches(reason, FAULT, FAULT_PERMANENT)) {
                g_propagate_error(error, g_steal_pointer(&reason));
                return false;
            }
            fprintf(stderr, "diktyo: %s: %s\n", call->operands[i], reason->message);
            call->exit_code = 1;
        } else if (outcome.answer == ANSWER_NOTHING_TO_DO) {
            if (g_strcmp0(outcome.status, done) != 0) call->exit_code = 1;
            printf("%s was %s before.\n", call->operands[i], outcome.status != NULL ? outcome.status : "decided");
        } else {
            printf("%s is %s.\n", call->operands[i], done);
        }
    }
    deliver_ring(call->config);
    return true;
}

bool held_accept_command(Call *call, GError **error) { return settle(call, INTENT_HELD_ACCEPT, "accepted", error); }
bool held_reject_command(Call *call, GError **error) { return settle(call, INTENT_HELD_REJECT, "rejected", error); }
bool held_discard_command(Call *call, GError **error) { return settle(call, INTENT_HELD_DISCARD, "discarded", error); }
