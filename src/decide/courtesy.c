#include "decide/courtesy.h"

/* «Καλημέρα σας κυρία Παππά,» · «Ευχαριστώ εκ των προτέρων» · «Με εκτίμηση». A line that also says something is none: it
 * must be short and without a word
 * that tells of joining, leaving or doubt. */

enum { COURTESY_WORDS = 9, CLOSING_WORDS = 6, CLOSING_WITHIN = 3 };

Courtesy courtesy_of(const Sentence *sentence) {
    size_t count = sentence->tokens->len;
    if (count == 0 || count > COURTESY_WORDS || sentence->question) return COURTESY_NONE;
    for (size_t i = 0; i < count; i++)
        if (word_is_telling(sentence_token(sentence, i))) return COURTESY_NONE;
    size_t used;
    if (word_command(sentence, 0, &used) != NULL) return COURTESY_NONE;
    WordClass first = word_class(sentence_token(sentence, 0));
    for (size_t i = 0; i < MIN(count, CLOSING_WITHIN) && count <= CLOSING_WORDS; i++)
        if (word_class(sentence_token(sentence, i)) == WORD_CLOSING && (i == 0 || first == WORD_ME ||
            first == WORD_CLOSING)) return COURTESY_CLOSING;
    return first == WORD_GREETING ? COURTESY_GREETING : first == WORD_THANKS ? COURTESY_THANKS : COURTESY_NONE;
}
