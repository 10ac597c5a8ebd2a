#include "publish/digest_order.h"

/* A thread is read from its first post down, each answer below what it answers, as people talk. */

typedef struct {
    DigestEntry entry;
    int64_t id, thread;
    int64_t first;   /* the first post of its thread in this digest */
    size_t position; /* in reading order */
} Place;

static int by_post(const void *left, const void *right) {
    const Place *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static int by_place(const void *left, const void *right) {
    const Place *a = left, *b = right;
    if (a->entry.rank != b->entry.rank) return a->entry.rank < b->entry.rank ? -1 : 1;
    if (a->first != b->first) return a->first < b->first ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

/* Walks over all trees of answers without recursion: mails decide how deep they are. A post in a circle of parents (the
 * store makes none) hangs on no root and comes last in its thread. Links are indexes plus one, 0 is none; child[0] is the
 * first of those without a parent here. */
static void number_positions(Place *places, size_t count) {
    g_autoptr(GHashTable) index = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autofree size_t *child = g_new0(size_t, count + 1), *next = g_new0(size_t, count + 1);
    g_autofree size_t *stack = g_new0(size_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        places[i].position = count + i;
        g_hash_table_insert(index, &places[i].id, GSIZE_TO_POINTER(i + 1));
    }
    for (size_t i = count; i > 0; i--) {
        size_t parent = GPOINTER_TO_SIZE(g_hash_table_lookup(index, &places[i - 1].entry.post->parent));
        if (parent > 0 && places[parent - 1].thread != places[i - 1].thread) parent = 0;
        next[i] = child[parent];
        child[parent] = i;
    }
    size_t depth = 0, position = 0;
    if (child[0] != 0) stack[depth++] = child[0];
    while (depth > 0) {
        size_t at = stack[--depth];
        places[at - 1].position = position++;
        if (next[at] != 0) stack[depth++] = next[at];
        if (child[at] != 0) stack[depth++] = child[at];
    }
}

void digest_order(DigestEntry *entries, size_t count) {
    if (count == 0) return;
    g_autofree Place *places = g_new0(Place, count);
    g_autoptr(GHashTable) firsts = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (size_t i = 0; i < count; i++)
        places[i] = (Place){.entry = entries[i], .id = entries[i].post->id, .thread = entries[i].post->thread};
    qsort(places, count, sizeof *places, by_post);
    for (size_t i = 0; i < count; i++) {
        const Place *first = g_hash_table_lookup(firsts, &places[i].thread);
        if (first == NULL) g_hash_table_insert(firsts, &places[i].thread, &places[i]);
        places[i].first = first != NULL ? first->id : places[i].id;
    }
    number_positions(places, count);
    qsort(places, count, sizeof *places, by_place);
    for (size_t i = 0; i < count; i++) entries[i] = places[i].entry;
}

size_t digest_group_run(const DigestEntry *entries, size_t count) {
    size_t run = 0;
    while (run < count && entries[run].group == entries[0].group) run++;
    return run;
}

size_t digest_thread_run(const DigestEntry *entries, size_t count) {
    size_t run = 0;
    const DigestEntry *first = entries;
    while (run < count && entries[run].group == first->group && entries[run].post->thread == first->post->thread) run++;
    return run;
}

DigestNumbers digest_numbers(const DigestEntry *entries, size_t count) {
    DigestNumbers numbers = {.posts = count};
    for (size_t i = 0; i < count; i += digest_group_run(entries + i, count - i)) numbers.groups++;
    for (size_t i = 0; i < count; i += digest_thread_run(entries + i, count - i)) numbers.threads++;
    return numbers;
}
