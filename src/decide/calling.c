#include "decide/calling.h"
#include "decide/greeklish.h"

/* A calling is a row of parts (koinoniki-politiki has two, like Κοινωνική πολιτική), and so is what was written; they are
 * compared part by part. A Greek
 * part is also met in the other cases of its noun (του Τουρισμού) and, in Latin letters, by its sound. Callings are found
 * by their
 * first part, so a long list of groups costs nothing for the words that are none. */

enum { PARTS_MOST = 12 };
static const char between[] = "-_. ";

typedef struct {
    const char *name;
    char **parts;
} Entry;

struct Callings {
    GHashTable *first; /* a form or sound of a first part → GPtrArray of Entry, borrowed */
    GPtrArray *entries;
};

/* Endings of Greek nouns and adjectives as they change from the title's to the one of «στον …», «του …», «των …». */
static const struct {
    const char *ending, *other;
} cases[] = {
    {"α", "ασ"}, {"η", "ησ"}, {"οσ", "ο"}, {"οσ", "ου"}, {"ον", "οντοσ"}, {"ο", "ου"}, {"ι", "ιου"}, {"εσ", "ων"}, {"α",
        "ων"}, {"οι", "ουσ"},
    {"οι", "ων"}, {"η", "εωσ"}, {"μα", "ματοσ"}, {"ματα", "ματων"},
};

static bool is_greek(const char *part) { return (unsigned char)*part >= 0x80; }

/* Whether `part`, in some case, is `word` (or sounds like `sound`). */
static bool part_is(const char *part, const char *word, const char *sound) {
    if (strcmp(part, word) == 0) return true;
    if (!is_greek(part)) return false;
    g_autofree char *own = sound != NULL ? greeklish_key(part) : NULL;
    if (own != NULL && strcmp(own, sound) == 0) return true;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (!g_str_has_suffix(part, cases[i].ending)) continue;
        g_autofree char *form = g_strdup_printf("%.*s%s", (int)(strlen(part) - strlen(cases[i].ending)), part,
        cases[i].other);
        g_autofree char *form_sound = sound != NULL ? greeklish_key(form) : NULL;
        if (strcmp(form, word) == 0 || (form_sound != NULL && strcmp(form_sound, sound) == 0)) return true;
    }
    return false;
}

/* Takes the form. */
static void add_first(Callings *callings, char *form, Entry *entry) {
    GPtrArray *list = g_hash_table_lookup(callings->first, form);
    if (list == NULL) g_hash_table_insert(callings->first, g_strdup(form), list = g_ptr_array_new());
    if (list->len == 0 || list->pdata[list->len - 1] != entry) g_ptr_array_add(list, entry);
    g_free(form);
}

static void add_entry(Callings *callings, const char *name, const char *calling) {
    g_auto(GStrv) pieces = g_strsplit_set(calling, between, -1);
    g_autoptr(GPtrArray) parts = g_ptr_array_new();
    for (char **piece = pieces; *piece != NULL && parts->len < PARTS_MOST; piece++)
        if (**piece != '\0') g_ptr_array_add(parts, g_strdup(*piece));
    if (parts->len == 0) return;
    g_ptr_array_add(parts, NULL);
    Entry *entry = g_new0(Entry, 1);
    *entry = (Entry){name, (char **)g_ptr_array_free(g_steal_pointer(&parts), FALSE)};
    g_ptr_array_add(callings->entries, entry);
    const char *first = entry->parts[0];
    add_first(callings, g_strdup(first), entry);
    if (!is_greek(first)) return;
    add_first(callings, greeklish_key(first), entry);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (!g_str_has_suffix(first, cases[i].ending)) continue;
        g_autofree char *form = g_strdup_printf("%.*s%s", (int)(strlen(first) - strlen(cases[i].ending)), first,
        cases[i].other);
        add_first(callings, greeklish_key(form), entry);
        add_first(callings, g_steal_pointer(&form), entry);
    }
}

static void entry_free(void *data) {
    Entry *entry = data;
    g_strfreev(entry->parts);
    g_free(entry);
}

Callings *callings_new(const Calling *list, size_t count) {
    Callings *callings = g_new0(Callings, 1);
    callings->first = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    callings->entries = g_ptr_array_new_with_free_func(entry_free);
    for (size_t i = 0; i < count; i++) {
        add_entry(callings, list[i].name, list[i].name);
        for (const char *const *calling = list[i].callings; calling != NULL &&
            *calling != NULL; calling++) add_entry(callings, list[i].name, *calling);
    }
    return callings;
}

void callings_free(Callings *callings) {
    if (callings == NULL) return;
    g_hash_table_unref(callings->first);
    g_ptr_array_unref(callings->entries);
    g_free(callings);
}

/* The parts that are written from a word on, and to which word each belongs. */
typedef struct {
    char *parts[PARTS_MOST];
    char *sounds[PARTS_MOST]; /* NULL when not in Latin letters */
    size_t words[PARTS_MOST];
    size_t count;
} Written;

static void written_clear(Written *written) {
    for (size_t i = 0; i < written->count; i++) {
        g_free(written->parts[i]);
        g_free(written->sounds[i]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Written, written_clear)

static void write_parts(Written *written, const Sentence *sentence, size_t from) {
    for (size_t i = from; i < sentence->tokens->len && written->count < PARTS_MOST; i++) {
        const SentenceWord *token = sentence_token(sentence, i);
        const char *at = strchr(token->word, '@');
        if (at != NULL && i > from) return;
        g_autofree char *local = at != NULL ? g_strndup(token->word, (size_t)(at - token->word)) : g_strdup(token->word);
        g_auto(GStrv) pieces = g_strsplit_set(local, between, -1);
        for (char **piece = pieces; *piece != NULL && written->count < PARTS_MOST; piece++) {
            if (**piece == '\0') continue;
            written->parts[written->count] = g_strdup(*piece);
            written->sounds[written->count] = token->key != NULL ? greeklish_key(*piece) : NULL;
            written->words[written->count++] = i;
        }
        if (at != NULL || token->comma || token->stop) return;
    }
}

/* How many words the entry takes, 0 if it is not what is written; it must end where a word ends. */
static size_t words_taken(const Entry *entry, const Written *written, size_t from) {
    size_t i = 0;
    for (; entry->parts[i] != NULL; i++)
        if (i >= written->count || !part_is(entry->parts[i], written->parts[i], written->sounds[i])) return 0;
    if (i < written->count && written->words[i] == written->words[i - 1]) return 0;
    return written->words[i - 1] + 1 - from;
}

/* What is called by what was written as it stands is preferred to what only sounds like it. */
static bool is_exact(const Entry *entry, const Written *written) {
    for (size_t i = 0; entry->parts[i] != NULL; i++)
        if (strcmp(entry->parts[i], written->parts[i]) != 0) return false;
    return true;
}

const char *callings_find(const Callings *callings, const Sentence *sentence, size_t from, size_t *words) {
    *words = 0;
    g_auto(Written) written = {0};
    const SentenceWord *token = sentence_token(sentence, from);
    g_autofree char *first = g_strndup(token->word, strcspn(token->word, "-_.@"));
    g_autofree char *sound = token->key != NULL ? greeklish_key(first) : NULL;
    const GPtrArray *lists[] = {g_hash_table_lookup(callings->first, first),
        sound != NULL ? g_hash_table_lookup(callings->first, sound) : NULL};
    const char *found = NULL;
    size_t best = 0;
    if (lists[0] != NULL || lists[1] != NULL) write_parts(&written, sentence, from);
    for (size_t l = 0; l < G_N_ELEMENTS(lists); l++) {
        for (guint i = 0; lists[l] != NULL && i < lists[l]->len; i++) {
            const Entry *entry = lists[l]->pdata[i];
            size_t taken = words_taken(entry, &written, from), rank = 2 * taken + (taken > 0 && is_exact(entry, &written));
            if (taken == 0 || rank < best) continue;
            if (rank > best) found = entry->name;
            else if (found != NULL && strcmp(found, entry->name) != 0) found = NULL;
            best = rank;
        }
    }
    *words = best / 2;
    return found;
}
