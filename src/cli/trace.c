#include "cli/commands.h"
#include "cli/output.h"
#include "message/template.h"
#include "store/fates.h"
#include "store/pending.h"
#include "store/posts.h"

/* The answer to “why did Maria not get it?”: one line for each recipient, in words, with what the other server said. */

static const char *const state_sayings[DELIVERY_STATES] = {[DELIVERY_WAITING] = "waiting",
                                                           [DELIVERY_SENDING] = "being sent",
                                                           [DELIVERY_SENT] = "sent",
                                                           [DELIVERY_FAILED] = "failed",
                                                           [DELIVERY_GATHERING] = "waits for the digest",
                                                           [DELIVERY_GATHERED] = "in a digest",
                                                           [DELIVERY_COVERED] = "through another group",
                                                           [DELIVERY_CANCELLED] = "cancelled",
                                                           [DELIVERY_WITHHELD] = "withheld: mail to this address came back"};

static const Column fate_columns[] = {{"address", "address", false},
                                      {"name", NULL, false},
                                      {"state", NULL, false},
                                      {"says", "state", false},
                                      {"at", "when", false},
                                      {"attempts", NULL, true},
                                      {"next_try", NULL, false},
                                      {"digest", NULL, false},
                                      {"through", NULL, false},
                                      {"returned_at", NULL, false},
                                      {"class", NULL, false},
                                      {"verdict", NULL, false},
                                      {"report", NULL, true},
                                      {"reply", "", false, true},
                                      {NULL}};

static char *saying_of(const Fate *fate) {
    int state = word_index(delivery_state_words, fate->state);
    const char *says = state >= 0 ? state_sayings[state] : fate->state;
    if (fate_kind(fate) == FATE_MUTED) return g_strdup("muted this thread");
    if (fate_kind(fate) == FATE_UNWANTED) return g_strdup("wants no mail of this group, or has paused it");
    if (state == DELIVERY_COVERED && fate->through != NULL) {
        int other = word_index(delivery_state_words, fate->through_state);
        bool has = other == DELIVERY_SENT || other == DELIVERY_GATHERED;
        return has ? g_strdup_printf("has it through %s", fate->through)
                   : g_strdup_printf("comes through %s (%s)", fate->through, other >= 0 ? state_sayings[other] : "?");
    }
    if (fate_kind(fate) == FATE_RETURNED)
        return g_strdup_printf("%s%s, but it came back: %s, report %" G_GINT64_FORMAT " (diktyo bounces show %" G_GINT64_FORMAT ")", says,
                               fate->in_digest ? ", by digest" : "", fate->returned_class, fate->report, fate->report);
    return g_strdup_printf("%s%s", says, fate->in_digest ? ", by digest" : "");
}

static void add_fate(const Call *call, Table *table, const Fate *fate) {
    const char *zone = call->config->zone;
    int state = word_index(delivery_state_words, fate->state);
    bool waits = state == DELIVERY_WAITING && fate->attempts > 0;
    g_autofree char *says = saying_of(fate), *next = waits ? output_time(fate->next_try, zone) : NULL;
    g_autofree char *line = waits ? g_strdup_printf("%s, again at %s", says, next) : g_strdup(says);
    table_text(table, fate->email);
    table_text(table, fate->name);
    table_text(table, fate->state);
    table_text(table, line);
    table_time(table, fate->changed_at, zone);
    table_number(table, fate->attempts);
    table_time(table, waits ? fate->next_try : 0, zone);
    table_flag(table, fate->in_digest);
    table_text(table, fate->through);
    table_time(table, fate->returned_at, zone);
    table_text(table, fate->returned_class);
    table_text(table, fate->verdict);
    if (fate->report != 0) table_number(table, fate->report);
    else table_text(table, NULL);
    table_text(table, fate_kind(fate) == FATE_RETURNED ? fate->returned_words : fate->reply); /* that it was taken first is no news */
}

static const char *const kind_sayings[FATE_KINDS] = {[FATE_DELIVERED] = "delivered to the mail system",
                                                      [FATE_WAITING] = "waiting",
                                                      [FATE_FAILED] = "failed",
                                                      [FATE_RETURNED] = "came back",
                                                      [FATE_GATHERING] = "waits for the digest",
                                                      [FATE_COVERED] = "through another group",
                                                      [FATE_WITHHELD] = "withheld",
                                                      [FATE_CANCELLED] = "cancelled",
                                                      [FATE_MUTED] = "muted this thread",
                                                      [FATE_UNWANTED] = "members who want no mail"};

static void print_counts(const Call *call, const GPtrArray *fates) {
    FateCounts counts = fates_count(fates);
    g_autofree char *all = output_count(counts.recipients, "recipient", "recipients");
    g_autofree char *since = output_time(counts.waiting_since, call->config->zone);
    printf("%s", all);
    for (int kind = 0; kind < FATE_KINDS; kind++) {
        int64_t count = counts.single[kind] + counts.digest[kind];
        if (count == 0) continue;
        printf(", %s %" G_GINT64_FORMAT, kind_sayings[kind], count);
        if (kind == FATE_WAITING) printf(" since %s", since);
    }
    printf("\n");
}

static Tree *tree_of_counts(const Call *call, const GPtrArray *fates) {
    FateCounts counts = fates_count(fates);
    Tree *tree = tree_object();
    for (int kind = 0; kind < FATE_KINDS; kind++) tree_number(tree, fate_kind_words[kind], counts.single[kind] + counts.digest[kind]);
    int64_t digest = 0;
    for (int kind = 0; kind < FATE_KINDS; kind++) digest += counts.digest[kind];
    tree_number(tree, "by_digest", digest);
    tree_time(tree, "waiting_since", counts.waiting_since, call->config->zone);
    return tree;
}

static bool trace_post(const Call *call, const Post *post, Tree *list, GError **error) {
    g_autoptr(GPtrArray) fates = fates_of(call->database, post->id, error);
    if (fates == NULL) return false;
    g_autoptr(Table) table = table_new(fate_columns);
    for (guint i = 0; i < fates->len; i++) add_fate(call, table, g_ptr_array_index(fates, i));
    if (call->json) {
        Tree *tree = tree_object();
        tree_number(tree, "post", post->id);
        tree_text(tree, "group", post->group_name);
        tree_text(tree, "message_id", post->message_id);
        tree_text(tree, "subject", post->subject);
        tree_text(tree, "author_name", post->author_name);
        tree_text(tree, "author_address", post->author_address);
        tree_time(tree, "accepted_at", post->accepted_at, call->config->zone);
        tree_put(tree, "counts", tree_of_counts(call, fates));
        tree_put(tree, "recipients", table_tree(table));
        tree_append(list, tree);
        return true;
    }
    g_autofree char *when = output_time(post->accepted_at, call->config->zone);
    g_autofree char *author = output_person(post->author_name, post->author_address);
    g_autofree char *head = g_strdup_printf("Post %" G_GINT64_FORMAT " in %s: “%s”, by %s, accepted %s", post->id,
                                            post->group_name, post->subject, author, when);
    output_text(head, "");
    table_print(table, false, "Nobody was to get it.");
    print_counts(call, fates);
    return true;
}

/* What was never posted may be held: that too is an answer. */
static bool trace_held(const Call *call, const char *reference, bool *found, GError **error) {
    g_autoptr(GPtrArray) list = pending_find(call->database, reference, true, error);
    if (list == NULL) return false;
    for (guint i = 0; i < list->len; i++) {
        const Held *held = g_ptr_array_index(list, i);
        g_autofree char *when = output_time(held->at, call->config->zone);
        g_autofree char *why = template_word(call->config->templates, "en", "reasons", held->reason);
        fprintf(stderr, "diktyo: it was not posted: %s since %s, because %s; see diktyo held show %" G_GINT64_FORMAT "\n",
                held->state, when, why, held->id);
        *found = true;
    }
    return true;
}

bool trace_command(Call *call, GError **error) {
    const char *reference = call->operands[0];
    g_autoptr(GPtrArray) posts = posts_find(call->database, reference, error);
    if (posts == NULL) return false;
    if (posts->len == 0) {
        bool held = false;
        if (!trace_held(call, reference, &held, error)) return false;
        call->exit_code = 1;
        return held || fault_set(error, FAULT_PERMANENT, "there is no post %s", reference);
    }
    Tree *list = tree_list();
    bool done = true;
    for (guint i = 0; done && i < posts->len; i++) {
        if (i > 0 && !call->json) putchar('\n');
        done = trace_post(call, g_ptr_array_index(posts, i), list, error);
    }
    if (done && call->json) tree_print(list);
    else tree_free(list);
    return done;
}
