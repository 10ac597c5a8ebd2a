#include "cli/commands.h"
#include "cli/output.h"
#include "deliver/deliver.h"
#include "store/destinations.h"
#include "store/ledger.h"
#include "store/outbox.h"
#include "store/posts.h"
#include "store/queue.h"

/* What waits to be sent, and what the operator may do with it. What waits can be turned, and what has failed can be tried once more: what is being sent
 * right now is in the hands of a sender, and what was sent cannot be fetched back. */

enum { LISTED = 200, HOUR = 3600, DAY = 24 * HOUR };

static const Column entry_columns[] = {{"delivery", "number", true}, {"address", "address", false}, {"group", "group", false},
                                       {"kind", "kind", false},      {"post", "post", true},        {"subject", "subject", false},
                                       {"state", NULL, false},       {"since", "since", false},     {"attempts", "tries", true},
                                       {"next_try", "next try", false}, {"reply", "", false, true},  {NULL}};

static const Column queue_columns[] = {{"domain", "destination", false}, {"waiting", "waiting", true}, {"since", "since", false},
                                       {"attempts", "tries", true},      {"next_try", "next try", false}, {"until", "left alone until", false},
                                       {"reply", "", false, true},       {NULL}};

bool outbox_list_command(Call *call, GError **error) {
    const char *state = call_option(call, "state"), *whom = call->operand_count > 0 ? call->operands[0] : "", *zone = call->config->zone;
    int64_t most = LISTED;
    if (!call_option_number(call, "most", 0, G_MAXINT32, &most, error)) return false;
    g_autoptr(GPtrArray) list = queue_list(call->database, state != NULL ? state : delivery_state_words[DELIVERY_WAITING], whom, most > 0 ? most : -1, error);
    bool known = list != NULL && (list->len > 0 || *whom == '\0');
    if (list == NULL || (!known && !queue_knows(call->database, whom, &known, error))) return false;
    if (!known) return fault_set(error, FAULT_PERMANENT, "there is no group, address or domain “%s” here", whom);
    g_autoptr(Table) table = table_new(entry_columns);
    for (guint i = 0; i < list->len; i++) {
        const Entry *entry = list->pdata[i];
        const char *texts[] = {entry->email, entry->group, entry->kind};
        table_number(table, entry->id);
        for (size_t j = 0; j < G_N_ELEMENTS(texts); j++) table_text(table, texts[j]);
        table_number(table, entry->post);
        table_text(table, entry->subject);
        table_text(table, entry->state);
        table_time(table, entry->created_at, zone);
        table_number(table, entry->attempts);
        table_time(table, strcmp(entry->state, delivery_state_words[DELIVERY_WAITING]) == 0 ? entry->next_try : 0, zone);
        table_text(table, entry->reply);
    }
    int64_t failed = 0;
    g_autofree char *reply = NULL;
    if (list->len == 0 && state == NULL && !queue_failed(call->database, 0, &failed, &reply, error)) return false;
    g_autofree char *hint = g_strdup_printf("Nothing waits; %" G_GINT64_FORMAT " have failed so far: diktyo outbox list --state failed", failed);
    table_print(table, call->json, state != NULL ? "There is nothing in that state." : failed > 0 ? hint : "Nothing waits.");
    return true;
}

static bool read_number(const char *text, int64_t *number, GError **error) {
    if (g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, number, NULL)) return true;
    return fault_set(error, FAULT_USAGE, "“%s” is not the number of a delivery; diktyo outbox list shows them, and with --state failed those that have failed", text);
}

static bool note(const Call *call, const char *what, const char *detail, GError **error) {
    const LedgerEntry entry = {.what = what, .actor = "command line", .detail = detail, .at = call->now};
    return ledger_add(call->database, &entry, error);
}

static const char *const state_sayings[DELIVERY_STATES] = {[DELIVERY_WAITING] = "waits",
                                                           [DELIVERY_SENDING] = "is being sent just now",
                                                           [DELIVERY_SENT] = "was sent",
                                                           [DELIVERY_FAILED] = "has failed",
                                                           [DELIVERY_GATHERING] = "waits for a digest",
                                                           [DELIVERY_GATHERED] = "went into a digest",
                                                           [DELIVERY_COVERED] = "comes through another group",
                                                           [DELIVERY_CANCELLED] = "was cancelled",
                                                           [DELIVERY_WITHHELD] = "is withheld, because mail to its address came back"};

/* Why nothing can be done with it. */
static bool tell_state(const Call *call, int64_t number, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autofree char *word = queue_state(call->database, number, &reason);
    int state = word != NULL ? word_index(delivery_state_words, word) : -1;
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (word == NULL) fprintf(stderr, "diktyo: there is no delivery %" G_GINT64_FORMAT "\n", number);
    else fprintf(stderr, "diktyo: %" G_GINT64_FORMAT " %s\n", number, state >= 0 ? state_sayings[state] : word);
    return true;
}

static bool turn_each(const Call *call, bool (*turn)(Database *, int64_t, int64_t, int64_t *, GError **), int64_t *changed, GError **error) {
    for (int i = 0; i < call->operand_count; i++) {
        int64_t number = 0, before = *changed;
        if (!read_number(call->operands[i], &number, error) || !turn(call->database, number, call->now, changed, error)) return false;
        if (*changed == before && !tell_state(call, number, error)) return false;
    }
    return true;
}

static bool turn_post(const Call *call, const char *text, bool (*turn)(Database *, int64_t, int64_t, int64_t *, GError **), const char *nothing, int64_t *changed,
                      GError **error) {
    int64_t number = 0;
    if (!g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, &number, NULL)) return fault_set(error, FAULT_USAGE, "“%s” is not the number of a post", text);
    g_autoptr(GPtrArray) posts = posts_find(call->database, text, error);
    if (posts == NULL) return false;
    if (posts->len == 0) return fault_set(error, FAULT_PERMANENT, "there is no post %" G_GINT64_FORMAT, number);
    if (!turn(call->database, number, call->now, changed, error)) return false;
    if (*changed == 0) fprintf(stderr, "diktyo: no copy of post %" G_GINT64_FORMAT " %s: see diktyo trace %" G_GINT64_FORMAT "\n", number, nothing, number);
    return true;
}

/* What is due already is tried, too, so all that waits counts. Whoever wants it tried does not bring the relay back: that it is away is still known. */
static bool hurry_all(const Call *call, const Destination *relay, int64_t *waiting, GError **error) {
    OutboxCounts counts;
    if (!destinations_remove(call->database, NULL, error) || (relay != NULL && !destinations_put(call->database, relay, error))) return false;
    if (!outbox_hurry(call->database, call->now, error) || !outbox_counts(call->database, &counts, error)) return false;
    *waiting = counts.count[DELIVERY_WAITING];
    return true;
}

static void tell_hurried(Call *call, int64_t count, int64_t failed, const Destination *relay) {
    const char *domain = call_option(call, "destination");
    if (count == 0) {
        call->exit_code = 1;
        if (domain != NULL) fprintf(stderr, "diktyo: nothing waits for %s\n", domain);
        else if (call_option(call, "failed") != NULL) fputs("diktyo: nothing has failed within a day that could be sent once more\n", stderr);
        else if (call_option(call, "all") != NULL) fputs("diktyo: nothing waits\n", stderr);
        if ((domain != NULL || call_option(call, "all") != NULL) && failed > 0)
            fprintf(stderr, "diktyo: what has failed (%" G_GINT64_FORMAT " so far) is sent once more with --failed, or by its number: diktyo outbox list --state failed\n", failed);
    } else if (relay != NULL) {
        g_autofree char *since = output_time(relay->changed_at, call->config->zone);
        printf("%" G_GINT64_FORMAT " %s for the relay, which is away (since %s): see diktyo outbox stats\n", count, count == 1 ? "waits" : "wait", since);
    } else {
        g_autofree char *words = output_count(count, "delivery is", "deliveries are");
        printf("%s tried now.\n", words);
    }
}

bool outbox_retry_command(Call *call, GError **error) {
    const char *domain = call_option(call, "destination"), *post = call_option(call, "post");
    bool all = call_option(call, "all") != NULL, failed = call_option(call, "failed") != NULL;
    int64_t count = 0, failures = 0;
    g_autofree char *reply = NULL;
    if ((domain != NULL) + (post != NULL) + failed + all + (call->operand_count > 0) != 1)
        return fault_set(error, FAULT_USAGE, "give one of these: numbers, --destination DOMAIN, --post NUMBER, --failed, --all");
    g_autoptr(Transaction) transaction = transaction_begin(call->database, error);
    g_autoptr(GHashTable) known = transaction != NULL ? destinations_read(call->database, error) : NULL;
    if (known == NULL) return false;
    const Destination *relay = g_hash_table_lookup(known, DESTINATION_RELAY);
    if (all && !hurry_all(call, relay, &count, error)) return false;
    if (domain != NULL && (!destinations_remove(call->database, domain, error) || !queue_hurry_domain(call->database, domain, call->now, &count, error)))
        return false;
    if (post != NULL && !turn_post(call, post, queue_hurry_post, "waits or has failed", &count, error)) return false;
    if (failed && !queue_hurry_failed(call->database, call->now - DAY, call->now, &count, error)) return false;
    if (!turn_each(call, queue_hurry, &count, error) || !queue_failed(call->database, 0, &failures, &reply, error) || !transaction_commit(transaction, error)) return false;
    deliver_ring(call->config);
    tell_hurried(call, count, failures, relay);
    return true;
}

/* Without --yes it is done and not committed: so many it would be. */
bool outbox_cancel_command(Call *call, GError **error) {
    const char *post = call_option(call, "post");
    int64_t changed = 0;
    if ((post != NULL) == (call->operand_count > 0)) return fault_set(error, FAULT_USAGE, "give numbers of deliveries, or --post NUMBER");
    g_autoptr(Transaction) transaction = transaction_begin(call->database, error);
    if (transaction == NULL || !turn_each(call, queue_cancel, &changed, error)) return false;
    if (post != NULL && !turn_post(call, post, queue_cancel_post, "waits", &changed, error)) return false;
    if (changed == 0) {
        call->exit_code = 1;
        return true;
    }
    if (call_option(call, "yes") == NULL)
        return fault_set(error, FAULT_USAGE, "%" G_GINT64_FORMAT " %s would be taken back, and who waits for %s will not get it: say --yes if you mean it", changed,
                         changed == 1 ? "copy" : "copies", changed == 1 ? "it" : "one");
    g_autofree char *numbers = post != NULL ? g_strdup_printf("post %s", post) : g_strjoinv(" ", call->operands);
    if (!note(call, "deliveries-cancelled", numbers, error) || !transaction_commit(transaction, error)) return false;
    g_autofree char *count = output_count(changed, "delivery is", "deliveries are");
    printf("%s cancelled; what was sent or is being sent stays as it is.\n", count);
    return true;
}

static Table *queues(const Call *call, GError **error) {
    g_autoptr(GPtrArray) list = queue_domains(call->database, error);
    if (list == NULL) return NULL;
    Table *table = table_new(queue_columns);
    for (guint i = 0; i < list->len; i++) {
        const Waiting *queue = list->pdata[i];
        table_text(table, queue->domain);
        table_number(table, queue->waiting);
        table_time(table, queue->since, call->config->zone);
        table_number(table, queue->attempts);
        table_time(table, queue->next_try, call->config->zone);
        table_time(table, queue->until > call->now ? queue->until : 0, call->config->zone);
        table_text(table, queue->reply);
    }
    return table;
}

/* The relay is a destination of its own while it is away. */
static Tree *relay_tree(const Destination *relay, const char *zone) {
    Tree *tree = tree_object();
    tree_time(tree, "since", relay->changed_at, zone);
    tree_time(tree, "next_try", relay->until, zone);
    tree_number(tree, "tries", relay->deferrals);
    tree_text(tree, "reply", relay->reply);
    return tree;
}

static void print_relay(const Destination *relay, const char *zone) {
    if (relay == NULL) return;
    g_autofree char *since = output_time(relay->changed_at, zone), *next = relay->until != 0 ? output_time(relay->until, zone) : g_strdup("with the next run");
    g_autofree char *words = g_strdup_printf("The relay is away since %s and is tried next %s%s: %s", since, relay->until != 0 ? "at " : "", next, relay->reply);
    output_text(words, "");
    putchar('\n');
}

bool outbox_stats_command(Call *call, GError **error) {
    OutboxCounts counts;
    int64_t lately = 0;
    const char *zone = call->config->zone;
    g_autoptr(Table) table = queues(call, error);
    g_autoptr(GHashTable) known = table != NULL ? destinations_read(call->database, error) : NULL;
    if (known == NULL || !outbox_counts(call->database, &counts, error) || !queue_sent(call->database, call->now - HOUR, &lately, error)) return false;
    const Destination *relay = g_hash_table_lookup(known, DESTINATION_RELAY);
    if (call->json) {
        Tree *tree = tree_object(), *states = tree_object();
        for (int state = 0; state < DELIVERY_STATES; state++) tree_number(states, delivery_state_words[state], counts.count[state]);
        tree_put(tree, "states", states);
        tree_number(tree, "sent_last_hour", lately);
        if (relay != NULL) tree_put(tree, "relay_away", relay_tree(relay, zone));
        else tree_text(tree, "relay_away", NULL);
        tree_put(tree, "destinations", table_tree(table));
        tree_print(tree);
        return true;
    }
    for (int state = 0; state < DELIVERY_STATES; state++)
        if (counts.count[state] > 0) printf("%-10s %8" G_GINT64_FORMAT "\n", delivery_state_words[state], counts.count[state]);
    printf("%-10s %8" G_GINT64_FORMAT " in the last hour\n\n", delivery_state_words[DELIVERY_SENT], lately);
    print_relay(relay, zone);
    table_print(table, false, "Nothing waits.");
    return true;
}
