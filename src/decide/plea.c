#include "decide/grammar.h"
#include "decide/preference.h"

/* People write to a machine as they write to people. Such a sentence is understood when every word of it is in the table of
 * words, it asks once for one thing,
 * and says of which groups in a place where a group can stand. No grammar beyond that: what is left out («ο κ. Παππάς
 * εγγράφηκε», «σε
 * συνέχεια της εγγραφής») has a word that is not in the table. */

enum { GREETING_WORDS = 6 };

typedef struct {
    int join, leave, receive;      /* how often each was said */
    bool wants, object, needs_object, article_noun, data, all, into, out_of;
    const char *mode;
    GPtrArray *names;
} Plea;

static WordClass class_at(const Sentence *sentence, size_t i) { return word_class(sentence_token(sentence, i)); }

/* Past «Καλημέρα σας κυρία Παππά,» and past «ονομάζομαι … και» up to the word that asks. */
static size_t plea_start(const Ground *ground, const Sentence *sentence) {
    size_t from = 0, count = sentence->tokens->len, words;
    if (count > 0 && class_at(sentence, 0) == WORD_GREETING)
        for (size_t i = 0; i < MIN(count, GREETING_WORDS) && from == 0 && !word_is_telling(sentence_token(sentence, i)); i++)
            if (sentence_token(sentence, i)->comma || sentence_token(sentence, i)->stop) from = i + 1;
    bool introduces = false;
    for (size_t i = from; i < MIN(from + 3, count); i++) introduces |= class_at(sentence, i) == WORD_INTRODUCTION;
    for (size_t i = from; introduces && i < count; i++) {
        WordClass class = class_at(sentence, i);
        if (class == WORD_WANT) return i;
        bool group = callings_find(ground->callings, sentence, i, &words) != NULL || words > 0;
        if (group || word_is_telling(sentence_token(sentence, i))) return from;
    }
    return from;
}

/* «it» and «all» are also English words: a group only in capitals or beside the word group. */
static bool is_pronoun(const Sentence *sentence, size_t i, WordClass before) {
    static const char *const pronouns[] = {"it", "us", "me", "my", "all", "you", NULL};
    const SentenceWord *token = sentence_token(sentence, i);
    bool group_follows = i + 1 < sentence->tokens->len && class_at(sentence, i + 1) == WORD_GROUP;
    return g_strv_contains(pronouns, token->word) && !token->upper && !group_follows && before != WORD_GROUP;
}

static bool group_may_follow(WordClass before) {
    return (word_leads(before) && before != WORD_AND) || before == WORD_GROUP || before == WORD_ALL ||
           (before >= WORD_JOIN && before <= WORD_LEAVE_ME);
}

/* One word that is no group. False: the sentence is not understood. */
static bool plea_word(Plea *plea, WordClass class, WordClass before) {
    switch (class) {
    case WORD_WANT: plea->wants = true; return true;
    case WORD_ME: plea->object = true; return true;
    case WORD_IN: plea->into = true; return true;
    case WORD_FROM: plea->out_of = true; return true;
    case WORD_ALL: plea->all |= before != WORD_GREETING && before != WORD_OTHER; return true;
    case WORD_DATA: plea->data = true; return true;
    case WORD_RECEIVE: plea->receive++; return true;
    case WORD_JOIN_NOUN: case WORD_LEAVE_NOUN:
        plea->article_noun |= before == WORD_ARTICLE;
        *(class == WORD_JOIN_NOUN ? &plea->join : &plea->leave) += 1;
        return true;
    case WORD_JOIN_ME: plea->needs_object = true; /* fall through */
    case WORD_JOIN: plea->join++; return true;
    case WORD_LEAVE_ME: plea->needs_object = true; /* fall through */
    case WORD_LEAVE: plea->leave++; return true;
    case WORD_DIGEST:
        if (plea->mode != NULL) return false;
        plea->mode = "digest";
        return true;
    case WORD_FILL: case WORD_ARTICLE: case WORD_GROUP: case WORD_AND: case WORD_GREETING: case WORD_THANKS: return true;
    default: return false;
    }
}

static bool plea_read(Plea *plea, const Ground *ground, const Sentence *sentence) {
    WordClass before = WORD_OTHER;
    bool group_before = false, last_group = false;
    for (size_t i = plea_start(ground, sentence), words; i < sentence->tokens->len; i += words) {
        const char *name = callings_find(ground->callings, sentence, i, &words);
        WordClass class = class_at(sentence, i);
        if (name == NULL && words > 0) return false;
        bool placed = group_may_follow(before) || last_group || (before == WORD_AND && group_before);
        if (name != NULL && placed && !is_pronoun(sentence, i, before)) {
            if (!g_ptr_array_find_with_equal_func(plea->names, name, g_str_equal, NULL)) g_ptr_array_add(plea->names,
                g_strdup(name));
            group_before = last_group = true;
            before = WORD_OTHER;
            continue;
        }
        words = 1;
        if ((name != NULL && !is_pronoun(sentence, i, before)) || !plea_word(plea, class, before)) return false;
        group_before = class == WORD_AND && last_group;
        last_group = false;
        before = class;
        if (sentence_token(sentence, i)->stop && i + 1 < sentence->tokens->len && class != WORD_GREETING &&
            class != WORD_THANKS) return false;
    }
    return before != WORD_AND;
}

static bool add_each(const Plea *plea, Verb verb, const char *argument, const char *group, GPtrArray *orders) {
    if (plea->names->len > 0 && plea->all) return false;
    if (plea->names->len == 0 && !plea->all && *group == '\0') return false;
    if (plea->names->len == 0) grammar_add(orders, verb, plea->all ? "*" : group, argument, "");
    for (guint i = 0; i < plea->names->len; i++) grammar_add(orders, verb, plea->names->pdata[i], argument, "");
    return true;
}

/* «Θα ήθελα τη σύνοψη κάθε Παρασκευή»: what stands behind the word is how he wants it, and all of it is understood. */
static bool plea_preference(const Sentence *sentence, size_t from, GPtrArray *orders) {
    bool wants = false;
    for (; from < sentence->tokens->len && class_at(sentence, from) != WORD_DIGEST; from++) {
        WordClass class = class_at(sentence, from);
        wants = wants || class == WORD_WANT || class == WORD_RECEIVE;
        if (class != WORD_WANT && class != WORD_RECEIVE && class != WORD_FILL && class != WORD_ARTICLE) return false;
    }
    if (!wants || from >= sentence->tokens->len) return false;
    g_autoptr(GPtrArray) meanings = preference_read(sentence, from + 1, sentence->tokens->len);
    for (guint i = 0; meanings != NULL && i < meanings->len; i++) grammar_add(orders, VERB_DIGEST, "", meanings->pdata[i], "");
    return meanings != NULL;
}

bool grammar_plea(const Ground *ground, const Sentence *sentence, GPtrArray *orders) {
    if (sentence->question || sentence->cut || sentence->tokens->len == 0) return false;
    if (plea_preference(sentence, plea_start(ground, sentence), orders)) return true;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Plea plea = {.names = names};
    if (!plea_read(&plea, ground, sentence) || plea.join + plea.leave + plea.receive > 1) return false;
    if (plea.article_noun && !plea.wants) return false;
    if (plea.data) {
        if (plea.leave != 1 || names->len > 0 || plea.all || plea.mode != NULL || plea.out_of || plea.into) return false;
        grammar_add(orders, VERB_ERASE, "", "", "");
        return true;
    }
    if (plea.needs_object && !plea.object) return false;
    const char *mode = plea.mode != NULL ? plea.mode : "";
    if (plea.join == 1) return !plea.out_of && !plea.all && add_each(&plea, VERB_JOIN, mode, ground->group, orders);
    if (plea.leave == 1) return !plea.into && plea.mode == NULL && add_each(&plea, VERB_LEAVE, "", ground->group, orders);
    return plea.mode != NULL && (plea.receive == 1 || plea.wants) && !plea.object &&
           add_each(&plea, VERB_SET, mode, ground->group, orders);
}
