#include "decide/courtesy.h"
#include "decide/quote.h"

/* An answer does what a press on a button would, so it is believed only where it cannot mean anything else: nothing written
 * at all, or one clear word and
 * politeness. A refusal is believed sooner than a consent, and may give its reason. */

enum { ANSWER_LINES_MOST = 100, ANSWER_TEXT_MOST = 1000, NAME_LINES_MOST = 8, NAME_WORDS_MOST = 6 };

typedef struct {
    int yes, no, discard, other; /* words */
    int thanks;                  /* polite lines without any of them */
    int names;                   /* lines of a signature below */
    bool question, long_one, closed;
    bool refuses;                /* the first thing said was a no */
    GString *text;               /* what was said beside it */
} Answer;

static bool is_among(const SentenceWord *token, const char *const *list) { return g_strv_contains(list, token->word); }

/* Words that change nothing beside a yes. «θα» would: that is a promise. */
static bool is_harmless(const SentenceWord *token) {
    static const char *const words[] = {"το", "τη", "την", "σασ", "μου", "πολυ", "i", "it", "to", "this", "αυτο", "μηνυμα",
                                        "message", "παρακαλω", "please", "as", "parakalo",
                                        "sas", "poli", "poly", "εκ", "των", "in", "εγω", "και", "and", NULL};
    WordClass class = word_class(token);
    return is_among(token, words) || class == WORD_THANKS || class == WORD_GREETING;
}

/* «δεν το ζήτησα», «δεν εγκρίνω», "I did not ask": how many words, 0 if it is none. */
static size_t refusal(const Sentence *sentence) {
    static const char *const asked[] = {"ζητησα", "ζητησαμε", "εκανα", "εστειλα", "zitisa", "zhthsa", "ekana", "request",
                                        "ask", "me", NULL};
    static const char *const not[] = {"δεν", "δε", "not", "didn't", "didnt", "den", NULL};
    for (size_t i = 0; i < MIN(sentence->tokens->len, 3); i++) {
        if (!is_among(sentence_token(sentence, i), not)) continue;
        for (size_t k = i + 1; k < MIN(sentence->tokens->len, i + 4); k++)
            if (is_among(sentence_token(sentence, k), asked) || (k == i + 1 && i == 0 &&
                word_answer_class(sentence_token(sentence, k)) == WORD_YES)) return k + 1;
    }
    return 0;
}

/* "No problem", «Όχι μόνο» refuse nothing. */
static bool turns_no(const SentenceWord *token) {
    static const char *const words[] = {"problem", "problems", "worries", "objection", "objections", "προβλημα",
                                        "αντιρρηση", "μονο", "only", "need", "doubt", "issue",
                                        "provlima", "matter", NULL};
    return is_among(token, words);
}

static void add_text(Answer *answer, const Sentence *sentence, size_t from) {
    for (size_t i = from; i < sentence->tokens->len && answer->text->len < 4 * ANSWER_TEXT_MOST; i++)
        g_string_append_printf(answer->text, "%s%s", answer->text->len > 0 ? " " : "", sentence_token(sentence, i)->raw);
}

static void read_words(Answer *answer, const Sentence *sentence, size_t from) {
    for (size_t i = from; i < sentence->tokens->len; i++) {
        const SentenceWord *token = sentence_token(sentence, i);
        WordClass class = word_answer_class(token);
        answer->yes += class == WORD_YES;
        answer->no += class == WORD_NO;
        answer->discard += class == WORD_DISCARD;
        answer->other += class == WORD_OTHER && !is_harmless(token);
    }
}

/* A line of a name, an office, a telephone: nothing but capitals and digits. «Περιμένετε» is none. */
static bool is_name_line(const Sentence *sentence) {
    if (sentence->tokens->len > NAME_WORDS_MOST || sentence->question) return false;
    for (size_t i = 0; i < sentence->tokens->len; i++) {
        const SentenceWord *token = sentence_token(sentence, i);
        if ((!token->capital && !g_ascii_isdigit(*token->word)) || word_is_telling(token) ||
            word_answer_class(token) != WORD_OTHER) return false;
        if (g_str_has_suffix(token->word, "τε") || (i == 0 && word_class(token) != WORD_OTHER)) return false;
    }
    return true;
}

static void read_line(Answer *answer, const Sentence *sentence, bool after_blank) {
    answer->question |= sentence->question;
    if (sentence->tokens->len == 0) return;
    Courtesy courtesy = courtesy_of(sentence);
    if (courtesy == COURTESY_CLOSING) {
        answer->closed = true;
        return;
    }
    bool said = answer->yes + answer->no + answer->discard + answer->other > 0;
    if (said && !answer->refuses && answer->other == 0 && (after_blank || answer->names > 0) &&
        answer->names < NAME_LINES_MOST && is_name_line(sentence)) {
        answer->names++;
        return;
    }
    size_t begins = !said ? refusal(sentence) : 0;
    Answer line = {.text = NULL};
    read_words(&line, sentence, begins);
    bool polite = line.yes + line.no + line.discard == 0 && courtesy != COURTESY_NONE;
    if (polite) {
        answer->thanks++;
        return;
    }
    answer->long_one |= sentence->cut;
    const SentenceWord *first = sentence_token(sentence, 0);
    bool no_first = !said && word_answer_class(first) == WORD_NO && !(sentence->tokens->len > 1 &&
        turns_no(sentence_token(sentence, 1)));
    if (begins > 0 || no_first) answer->refuses = true;
    if (!no_first && word_answer_class(first) == WORD_NO && !said) line.other++;
    add_text(answer, sentence, no_first ? 1 : 0);
    answer->yes += line.yes;
    answer->no += line.no;
    answer->discard += line.discard;
    answer->other += line.other + (begins > 0);
}

static AnswerWord verdict(const Answer *answer) {
    if (answer->question) return ANSWER_DOUBT;
    if (answer->refuses) return answer->yes > 0 ? ANSWER_DOUBT : ANSWER_NO;
    if (answer->other > 0 || answer->long_one || answer->no > 0) return ANSWER_DOUBT;
    if (answer->yes > 0) return answer->discard > 0 ? ANSWER_DOUBT : ANSWER_YES;
    if (answer->discard > 0) return ANSWER_DISCARD;
    return answer->thanks > 0 ? ANSWER_DOUBT : ANSWER_YES;
}

/* A «όχι» between two quoted lines may be the author's or the end of a line of ours: then we ask again. */
static void read_torn(Answer *answer, const CommandLine *line) {
    g_autoptr(Sentence) sentence = sentence_new();
    sentence_add(sentence, line);
    Answer torn = {.text = NULL};
    read_words(&torn, sentence, 0);
    answer->question |= torn.no + torn.discard > 0;
    for (size_t i = 0; i < sentence->tokens->len; i++) answer->question |= word_class(sentence_token(sentence,
        i)) == WORD_DOUBT;
}

/* One line, without anything that is not to be seen. */
static char *one_text(const char *from) {
    g_autofree char *valid = g_utf8_make_valid(from, -1);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t characters = 0;
    for (const char *c = valid; *c != '\0' && characters < ANSWER_TEXT_MOST; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        if (g_unichar_iscntrl(letter) || g_unichar_type(letter) == G_UNICODE_FORMAT) continue;
        g_string_append_unichar(text, letter);
        characters++;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

AnswerWord command_answer(const CommandLine *lines, size_t count, char **text) {
    g_autofree bool *own = g_new0(bool, count + 1);
    g_autoptr(GString) said = g_string_new(NULL);
    Answer answer = {.text = said};
    size_t read = 0;
    bool after_blank = false;
    quote_mark(lines, count, own);
    for (size_t i = 0; i < count && !answer.closed; i++) {
        if (!own[i]) {
            after_blank |= *lines[i].folded == '\0';
            if (read < ANSWER_LINES_MOST && quote_is_torn(lines, count, i) && ++read) read_torn(&answer, &lines[i]);
            continue;
        }
        if (++read > ANSWER_LINES_MOST) {
            answer.long_one = true;
            break;
        }
        g_autoptr(Sentence) sentence = sentence_new();
        sentence_add(sentence, &lines[i]);
        read_line(&answer, sentence, after_blank);
        after_blank = false;
    }
    if (text != NULL) *text = one_text(said->str);
    return verdict(&answer);
}
