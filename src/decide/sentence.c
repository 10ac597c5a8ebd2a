#include "decide/sentence.h"
#include "decide/greeklish.h"

/* A line and its folded form are cut in step, blank by blank, so that an address or a reason can be given back as it was
 * written. Commas and slashes cut
 * too (Υγεία,Παιδεία), but not inside dates and addresses. Only so many words are looked at: a longer sentence is not a
 * command. */

enum { WORD_LONGEST = 320 };
static const char too_long[] = "…";

static void token_clear(void *data) {
    SentenceWord *token = data;
    g_free(token->word);
    g_free(token->key);
    g_free(token->raw);
}

Sentence *sentence_new(void) {
    Sentence *sentence = g_new0(Sentence, 1);
    sentence->tokens = g_array_new(FALSE, TRUE, sizeof(SentenceWord));
    g_array_set_clear_func(sentence->tokens, token_clear);
    return sentence;
}

void sentence_free(Sentence *sentence) {
    if (sentence == NULL) return;
    g_array_unref(sentence->tokens);
    g_free(sentence);
}

/* The next piece between blanks, and where it ends. */
static const char *piece(const char *from, const char **end) {
    while (*from != '\0' && g_unichar_isspace(g_utf8_get_char(from))) from = g_utf8_next_char(from);
    for (*end = from; **end != '\0' && !g_unichar_isspace(g_utf8_get_char(*end));) *end = g_utf8_next_char(*end);
    return from;
}

/* A piece of text of which nothing is left when it is folded. */
static bool only_marks(const char *from, const char *end) {
    for (; from < end; from = g_utf8_next_char(from))
        if (g_unichar_type(g_utf8_get_char(from)) != G_UNICODE_NON_SPACING_MARK) return false;
    return true;
}

/* Where a piece is cut by a comma or slash, or its end. */
static const char *cut_at(const char *from, const char *end) {
    if (memchr(from, '@', (size_t)(end - from)) != NULL || g_strstr_len(from, end - from, "://") != NULL) return end;
    for (const char *c = from + 1; c + 1 < end; c++)
        if (strchr(",/", *c) != NULL && !(g_ascii_isdigit(c[-1]) && g_ascii_isdigit(c[1]))) return c + 1;
    return end;
}

static bool is_sign(gunichar letter) { return g_unichar_ispunct(letter) && g_unichar_type(letter) != G_UNICODE_OTHER_SYMBOL; }

static bool is_hidden(gunichar letter) { return g_unichar_type(letter) == G_UNICODE_FORMAT || letter < 0x20; }

/* Capital Η, Χ, Ρ … are often typed on the Latin keyboard; a word with both scripts is meant in Greek. */
static gunichar greek_twin(gunichar letter) {
    static const char latin[] = "abehikmnoptxyzvuc", greek[] = "αβεηικμνορτχυζνυσ";
    const char *found = letter < 0x80 ? strchr(latin, (int)letter) : NULL;
    return found == NULL || *found == '\0' ? letter : g_utf8_get_char(g_utf8_offset_to_pointer(greek, found - latin));
}

static void set_word(SentenceWord *token, const char *from, const char *end) {
    bool latin = false, greek = false;
    GString *word = g_string_new(NULL);
    for (const char *c = from; c < end; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        latin |= letter < 0x80 && g_ascii_isalpha((char)letter);
        greek |= letter >= 0x370 && letter < 0x400;
    }
    for (const char *c = from; c < end; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        if (is_hidden(letter)) continue;
        g_string_append_unichar(word, letter == 0x2019 ? '\'' : latin && greek ? greek_twin(letter) : letter);
    }
    if (latin && !greek) token->key = greeklish_key(word->str);
    token->word = g_string_free(word, FALSE);
}

/* Marks of the signs behind a word go to it, or to the word before when they stand alone. */
static void mark_sign(Sentence *sentence, SentenceWord *token, gunichar sign) {
    if (sign == '?' || sign == ';' || sign == 0xFF1F) sentence->question = true;
    if (token == NULL) return;
    if (sign == ',') token->comma = true;
    if (sign == '.' || sign == '!' || sign == 0xB7 || sign == 0x2026) token->stop = true;
}

static void add_piece(Sentence *sentence, const char *from, const char *end, const char *raw, const char *raw_end) {
    if (sentence->tokens->len >= SENTENCE_WORDS_MOST) {
        sentence->cut = true;
        return;
    }
    SentenceWord token = {0}, *last = sentence->tokens->len > 0 ? &g_array_index(sentence->tokens, SentenceWord,
        sentence->tokens->len - 1) : NULL;
    if (end - from > WORD_LONGEST) {
        token = (SentenceWord){.word = g_strdup(too_long), .raw = g_strdup(too_long)};
        g_array_append_val(sentence->tokens, token);
        return;
    }
    const char *first = from, *behind = end;
    while (first < end && (is_sign(g_utf8_get_char(first)) || is_hidden(g_utf8_get_char(first)))) first = g_utf8_next_char(first);
    while (behind > first) {
        const char *before = g_utf8_prev_char(behind);
        if (!is_sign(g_utf8_get_char(before)) && !is_hidden(g_utf8_get_char(before))) break;
        behind = before;
    }
    for (const char *c = first == end ? from : behind; c < end; c = g_utf8_next_char(c))
        mark_sign(sentence, first == end ? last : &token, g_utf8_get_char(c));
    if (first == end) return;
    set_word(&token, first, behind);
    token.raw = g_strndup(raw, (size_t)MIN(raw_end - raw, 2 * WORD_LONGEST));
    const char *letter = raw;
    while (letter < raw_end && is_sign(g_utf8_get_char(letter))) letter = g_utf8_next_char(letter);
    token.capital = letter < raw_end && g_unichar_isupper(g_utf8_get_char(letter));
    token.upper = token.capital;
    for (; letter < raw_end; letter = g_utf8_next_char(letter)) token.upper &= !g_unichar_islower(g_utf8_get_char(letter));
    if (*token.word == '\0') token_clear(&token);
    else g_array_append_val(sentence->tokens, token);
}

/* The next piece of the text that leaves something when it is folded: the folded line has no others. */
static const char *text_piece(const char *from, const char **end) {
    for (from = piece(from, end); *from != '\0' && only_marks(from, *end);) from = piece(*end, end);
    return from;
}

void sentence_add(Sentence *sentence, const CommandLine *line) {
    const char *end, *raw_end = line->text;
    for (const char *from = piece(line->folded, &end); *from != '\0' && !sentence->cut; from = piece(end, &end)) {
        const char *raw = text_piece(raw_end, &raw_end);
        for (const char *next; from < end && !sentence->cut; from = next) {
            next = cut_at(from, end);
            const char *raw_next = next == end || raw >= raw_end ? raw_end : cut_at(raw, raw_end);
            add_piece(sentence, from, next, raw, raw_next);
            raw = raw_next;
        }
    }
}
