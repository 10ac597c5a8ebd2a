#include "decide/preference.h"
#include "decide/greeklish.h"

/* Each word becomes a letter or nothing, and the letters must be a few patterns one behind the other, from first to last: people say «ΣΥΝΟΨΗ ΚΑΘΕ
 * ΔΕΥΤΕΡΑ», «σύνοψη μία φορά την εβδομάδα», "digest text at 6 pm". What is not in both tables is not understood, nor is who says two of one kind. */

enum { WORDS_MOST = 16, HOURS = 24, SIZE_LEAST = CHOICE_BYTES_LEAST / 1000, SIZE_MOST = CHOICE_BYTES_MOST / 1000 };
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* 1 to 7 are the days; `n` is any number. */
static const struct {
    char letter; /* ' ': says nothing */
    const char *const *words;
} letters[] = {
    {'h', WORDS("html", "χρωματα")},
    {'t', WORDS("text", "plain", "κειμενο", "plaintext")},
    {'m', WORDS("mime", "multipart")},
    {'r', WORDS("rfc1153", "1153", "rfc-1153")},
    {'D', WORDS("daily", "ημερησια", "ημερησιωσ", "καθημερινα", "καθημερινη")},
    {'d', WORDS("μερα", "ημερα", "day")},
    {'e', WORDS("καθε", "every", "each")},
    {'W', WORDS("weekly", "εβδομαδιαια", "εβδομαδιαιωσ")},
    {'w', WORDS("εβδομαδα", "week")},
    {'1', WORDS("δευτερα", "monday", "mondays")},
    {'2', WORDS("τριτη", "tuesday", "tuesdays")},
    {'3', WORDS("τεταρτη", "wednesday", "wednesdays")},
    {'4', WORDS("πεμπτη", "thursday", "thursdays")},
    {'5', WORDS("παρασκευη", "paraskevi", "paraskevh", "paraskeui", "paraskeuh", "paraskeyh", "friday", "fridays")},
    {'6', WORDS("σαββατο", "saturday", "saturdays")},
    {'7', WORDS("κυριακη", "sunday", "sundays")},
    {'b', WORDS("δυο", "δισ", "twice", "two")},
    {'x', WORDS("φορα", "φορεσ", "time", "times")},
    {'o', WORDS("μια", "ενα", "one", "once", "single", "μονο")},
    {'c', WORDS("combined", "ενιαια", "together", "μαζι", "κοινη")},
    {'s', WORDS("separate", "separately", "χωριστα", "χωριστη", "χωριστεσ", "ξεχωριστα", "ξεχωριστη", "ξεχωριστεσ")},
    {'p', WORDS("ανα", "per")},
    {'g', WORDS("ομαδα", "group")},
    {'a', WORDS("στισ", "at", "ωρα", "hour")},
    {'z', WORDS("size", "μεγεθοσ", "largest")},
    {'k', WORDS("kb", "kilobytes", "κβ", "k")},
    {'u', WORDS("urgent", "επειγοντα", "επειγον")},
    {'y', WORDS("yes", "on", "ναι")},
    {'N', WORDS("no", "off", "οχι", "none", "stop", "τιποτα", "καμια")},
    {'A', WORDS("am", "a.m", "πμ", "π.μ", "πρωι")},
    {'P', WORDS("pm", "p.m", "μμ", "μ.μ", "απογευμα", "βραδυ", "μεσημερι")},
    {' ', WORDS("format", "μορφη", "σε", "με", "ωσ", "την", "τη", "το", "τα", "η", "για", "in", "as", "a", "the", "for", "απλο", "μου", "my", "rfc", "να", "ερχεται", "to", "ths",
                "thn", "sthn", "αποστολη", "μηνυμα", "και", "and")},
};

/* A pattern, and what it means; the number or day stands for the sign %. */
static const struct {
    const char *pattern, *meaning;
} patterns[] = {
    {"h", "format html"}, {"t", "format text"}, {"tt", "format text"}, {"m", "format mime"}, {"r", "format rfc1153"},
    {"D", "cadence daily"}, {"ed", "cadence daily"}, {"od", "cadence daily"}, {"oxd", "cadence daily"}, {"oed", "cadence daily"},
    {"b", "cadence twice"}, {"bx", "cadence twice"}, {"bd", "cadence twice"}, {"bD", "cadence twice"}, {"bxd", "cadence twice"},
    {"W", "cadence weekly"}, {"ew", "cadence weekly"}, {"ow", "cadence weekly"}, {"oxw", "cadence weekly"},
    {"v", "cadence weekly %"}, {"ev", "cadence weekly %"}, {"Wv", "cadence weekly %"}, {"yv", "cadence weekly %"}, {"Wyv", "cadence weekly %"}, /* "on monday" */
    {"o", "separate no"}, {"c", "separate no"}, {"oc", "separate no"},
    {"s", "separate yes"}, {"pg", "separate yes"}, {"opg", "separate yes"}, {"spg", "separate yes"}, {"oeg", "separate yes"},
    {"an", "hour %"}, {"aan", "hour %"}, {"anA", "hour %"}, {"anP", "hour %"},
    {"zn", "size %"}, {"znk", "size %"},
    {"uy", "urgent yes"}, {"uN", "urgent no"}, {"N", "off"},
};

static bool is_said(const SentenceWord *token, const char *word) {
    if (strcmp(token->word, word) == 0) return true;
    if (token->key == NULL || (unsigned char)*word < 0x80) return false;
    g_autofree char *key = greeklish_key(word);
    return strcmp(token->key, key) == 0;
}

/* 18 and 18:00, not 18:30. */
static bool number_of(const char *word, int *number) {
    size_t length = strspn(word, "0123456789");
    bool whole = word[length] == '\0' || strcmp(word + length, ":00") == 0 || strcmp(word + length, ".00") == 0;
    if (length == 0 || length > 5 || !whole) return false;
    *number = (int)g_ascii_strtoll(word, NULL, 10);
    return true;
}

/* As it is written first: "pm" sounds like «πμ», and is its contrary. */
static char letter_of(const SentenceWord *token, int *number) {
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++)
        if (g_strv_contains(letters[i].words, token->word)) return letters[i].letter;
    for (size_t i = 0; i < G_N_ELEMENTS(letters); i++)
        for (const char *const *word = letters[i].words; *word != NULL; word++)
            if (is_said(token, *word)) return letters[i].letter;
    return number_of(token->word, number) ? 'n' : '?';
}

/* «στις 12 το μεσημέρι» is noon, "12 am" midnight. */
static bool hour_of_day(char half, int *hour) {
    if (half == 'A' || half == 'P') {
        if (*hour < 1 || *hour > 12) return false;
        *hour = *hour % 12 + (half == 'P' ? 12 : 0);
    }
    return *hour >= 0 && *hour < HOURS;
}

static bool is_in_bounds(const char *pattern, int *number) {
    if (*pattern == 'a') return hour_of_day(pattern[strlen(pattern) - 1], number);
    return *pattern != 'z' || *number == 0 || (*number >= SIZE_LEAST && *number <= SIZE_MOST);
}

/* The letters of a line, and the number that each stands for. */
typedef struct {
    char letters[WORDS_MOST + 1];
    int numbers[WORDS_MOST];
    size_t count;
} Said;

static bool is_said_twice(const GPtrArray *meanings, const char *meaning) {
    size_t kind = strcspn(meaning, " ") + 1;
    for (guint i = 0; i < meanings->len; i++)
        if (strncmp(meanings->pdata[i], meaning, kind) == 0) return true;
    return false;
}

static char *meaning_of(size_t row, const Said *said, size_t from) {
    const char *pattern = patterns[row].pattern;
    size_t at = strcspn(pattern, "nv");
    int number = pattern[at] != '\0' ? said->numbers[from + at] : 0;
    if (!is_in_bounds(pattern, &number)) return NULL;
    g_auto(GStrv) parts = g_strsplit(patterns[row].meaning, "%", 2);
    return parts[1] != NULL ? g_strdup_printf("%s%d", parts[0], number) : g_strdup(patterns[row].meaning);
}

/* The longest pattern first: «ΜΙΑ ΦΟΡΑ ΤΗ ΜΕΡΑ» is not «ΜΙΑ» and something else. No more digests is said alone. */
static bool split(const Said *said, size_t from, GPtrArray *meanings) {
    if (from == said->count) return meanings->len > 0;
    for (size_t length = said->count - from; length > 0; length--)
        for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
            if (strlen(patterns[i].pattern) != length || strncmp(patterns[i].pattern, said->letters + from, length) != 0) continue;
            if (length < said->count && strcmp(patterns[i].meaning, "off") == 0) continue;
            char *meaning = meaning_of(i, said, from);
            if (meaning == NULL) continue;
            bool twice = is_said_twice(meanings, meaning);
            guint before = meanings->len;
            g_ptr_array_add(meanings, meaning);
            if (!twice && split(said, from + length, meanings)) return true;
            g_ptr_array_set_size(meanings, (int)before);
        }
    return false;
}

GPtrArray *preference_read(const Sentence *sentence, size_t from, size_t to) {
    Said said = {0};
    for (size_t i = from; i < to; i++) {
        const SentenceWord *token = sentence_token(sentence, i);
        int number = 0;
        char letter = letter_of(token, &number);
        if (letter == ' ') continue;
        if (letter >= '1' && letter <= '7') {
            number = letter - '0';
            letter = 'v';
        }
        if (letter == 'n' && number == 2 && i + 1 < to && is_said(sentence_token(sentence, i + 1), "φορεσ")) letter = 'b';
        if (letter == '?' || said.count == WORDS_MOST) return NULL;
        said.numbers[said.count] = number;
        said.letters[said.count++] = letter;
    }
    g_autoptr(GPtrArray) meanings = g_ptr_array_new_with_free_func(g_free);
    return split(&said, 0, meanings) ? g_steal_pointer(&meanings) : NULL;
}

static int answer_of(const char *word) { return strcmp(word, "yes") == 0 ? 1 : strcmp(word, "no") == 0 ? 0 : CHOICE_STAYS; }

bool preference_change(const char *argument, ChoiceChange *change) {
    g_auto(GStrv) words = g_strsplit(argument, " ", 3);
    guint count = g_strv_length(words);
    *change = choice_unchanged;
    if (count < 2) return false;
    int number = (int)g_ascii_strtoll(words[1], NULL, 10);
    if (strcmp(words[0], "format") == 0) return (change->format = word_index(digest_format_words, words[1])) >= 0;
    if (strcmp(words[0], "separate") == 0) return (change->separate = answer_of(words[1])) != CHOICE_STAYS;
    if (strcmp(words[0], "urgent") == 0) return (change->urgent = answer_of(words[1])) != CHOICE_STAYS;
    if (strcmp(words[0], "hour") == 0) return (change->hour = number) >= 0 && number < HOURS;
    if (strcmp(words[0], "size") == 0) return (change->bytes = number * INT64_C(1000)) == 0 || (number >= SIZE_LEAST && number <= SIZE_MOST);
    if (strcmp(words[0], "cadence") != 0) return false;
    if (count == 3) change->weekday = (int)g_ascii_strtoll(words[2], NULL, 10);
    return (change->cadence = word_index(cadence_words, words[1])) >= 0 && (count == 2 || (change->weekday >= 1 && change->weekday <= 7));
}
