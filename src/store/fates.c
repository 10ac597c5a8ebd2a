#include "store/fates.h"
#include "model/person.h"
#include "store/destinations.h"

void fate_free(Fate *fate) {
    if (fate == NULL) return;
    char *texts[] = {fate->email, fate->name, fate->state, fate->reply, fate->through, fate->through_state, fate->returned_class, fate->verdict, fate->returned_words};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    g_free(fate);
}

/* Once gathered, what counts for him is how his digest fares. */
static Fate *read_fate(Query *query) {
    Fate *fate = g_new0(Fate, 1);
    fate->email = query_column_copy(query, 0);
    fate->name = query_column_copy(query, 1);
    fate->in_digest = query_column_text(query, 9) != NULL;
    fate->state = query_column_copy(query, fate->in_digest ? 9 : 2);
    fate->reply = query_column_copy(query, fate->in_digest ? 10 : 3);
    fate->changed_at = query_column_integer(query, fate->in_digest ? 11 : 5);
    fate->attempts = query_column_integer(query, fate->in_digest ? 12 : 4);
    fate->next_try = query_column_integer(query, fate->in_digest ? 13 : 6);
    fate->created_at = query_column_integer(query, fate->in_digest ? 15 : 14);
    fate->through = query_column_copy(query, 7);
    fate->through_state = query_column_copy(query, 8);
    fate->returned_at = query_column_integer(query, 16);
    fate->returned_class = query_column_copy(query, 17);
    fate->verdict = query_column_copy(query, 18);
    fate->report = query_column_integer(query, 19);
    fate->returned_words = query_column_copy(query, 20);
    return fate;
}

/* Who muted the thread, or wants no mail of the group, has no delivery: that too is an answer to why he did not get it. */
static bool add_absent(Database *database, int64_t post, GPtrArray *fates, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_ABSENT_MEMBERS);
    query_integer(query, 1, post);
    int step;
    while ((step = query_step(query, error)) == 1) {
        Fate *fate = g_new0(Fate, 1);
        fate->email = query_column_copy(query, 0);
        fate->name = query_column_copy(query, 1);
        fate->state = g_strdup(fate_kind_words[query_column_integer(query, 2) != 0 ? FATE_MUTED : FATE_UNWANTED]);
        fate->reply = g_strdup("");
        fate->changed_at = fate->created_at = query_column_integer(query, 3);
        g_ptr_array_add(fates, fate);
    }
    return step == 0;
}

/* What waits and was never tried has no words of a server; that there is none to speak is an answer, too. */
static bool add_relay_away(Database *database, const GPtrArray *fates, GError **error) {
    g_autoptr(GHashTable) known = destinations_read(database, error);
    const Destination *relay = known != NULL ? g_hash_table_lookup(known, DESTINATION_RELAY) : NULL;
    for (guint i = 0; relay != NULL && i < fates->len; i++) {
        Fate *fate = fates->pdata[i];
        if (fate_kind(fate) != FATE_WAITING || *fate->reply != '\0') continue;
        g_free(fate->reply);
        fate->reply = g_strdup(relay->reply);
    }
    return known != NULL;
}

GPtrArray *fates_of(Database *database, int64_t post, GError **error) {
    g_autoptr(GPtrArray) fates = g_ptr_array_new_with_free_func((GDestroyNotify)fate_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_FATES);
    query_integer(query, 1, post);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(fates, read_fate(query));
    if (step < 0 || !add_absent(database, post, fates, error) || !add_relay_away(database, fates, error)) return NULL;
    return g_steal_pointer(&fates);
}

FateKind fate_kind(const Fate *fate) {
    static const FateKind kinds[DELIVERY_STATES] = {
        [DELIVERY_WAITING] = FATE_WAITING,     [DELIVERY_SENDING] = FATE_WAITING,  [DELIVERY_SENT] = FATE_DELIVERED,
        [DELIVERY_FAILED] = FATE_FAILED,       [DELIVERY_GATHERING] = FATE_GATHERING, [DELIVERY_GATHERED] = FATE_DELIVERED,
        [DELIVERY_COVERED] = FATE_COVERED,     [DELIVERY_CANCELLED] = FATE_CANCELLED, [DELIVERY_WITHHELD] = FATE_WITHHELD};
    int state = word_index(delivery_state_words, fate->state);
    for (FateKind kind = FATE_MUTED; kind <= FATE_UNWANTED; kind++)
        if (strcmp(fate->state, fate_kind_words[kind]) == 0) return kind;
    if (state == DELIVERY_CANCELLED && strcmp(fate->reply, fate_kind_words[FATE_MUTED]) == 0) return FATE_MUTED;
    if (state < 0) return FATE_FAILED;
    return state == DELIVERY_SENT && fate->returned_at != 0 ? FATE_RETURNED : kinds[state];
}

FateCounts fates_count(const GPtrArray *fates) {
    FateCounts counts = {0};
    for (guint i = 0; i < fates->len; i++) {
        const Fate *fate = fates->pdata[i];
        FateKind kind = fate_kind(fate);
        (fate->in_digest ? counts.digest : counts.single)[kind]++;
        counts.recipients += kind != FATE_UNWANTED;
        bool older = counts.waiting_since == 0 || fate->created_at < counts.waiting_since;
        if (kind == FATE_WAITING && older) counts.waiting_since = fate->created_at;
    }
    return counts;
}
