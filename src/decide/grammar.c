#include "decide/grammar.h"
#include "decide/greeklish.h"
#include "decide/preference.h"

/* A command is a word of the table and what that takes, to the last word of the line: what is left over makes it no
 * command, since half of a line
 * may mean the contrary of all of it. Each kind of argument is one reader. */

enum { DAYS_MOST = 366, NUMBER_DIGITS = 18, ADDRESS_LONGEST = 254, REASON_MOST = 1000 };

typedef struct {
    const Ground *ground;
    const Sentence *sentence;
    size_t from, to; /* the words that are the arguments */
    GPtrArray *names;
    const char *mode;
} Arguments;

typedef struct {
    char *argument, *reason;
    GPtrArray *several; /* char *: the arguments, when there may be more than one */
} Taken;

void grammar_add(GPtrArray *orders, Verb verb, const char *group, const char *argument, const char *reason) {
    Order *order = g_new0(Order, 1);
    *order = (Order){verb, g_strdup(group), g_strdup(argument), g_strdup(reason)};
    g_ptr_array_add(orders, order);
}

static const SentenceWord *token_at(const Arguments *it, size_t i) { return sentence_token(it->sentence, i); }

/* An order for all groups is «*», and nothing beside it. */
static bool add_name(GPtrArray *names, const char *name) {
    for (guint i = 0; i < names->len; i++) {
        if (strcmp(names->pdata[i], name) == 0) return true;
        if (strcmp(names->pdata[i], "*") == 0 || strcmp(name, "*") == 0) return false;
    }
    g_ptr_array_add(names, g_strdup(name));
    return true;
}

static const char *mode_of(WordClass class) {
    return class == WORD_DIGEST ? "digest" : class == WORD_EACH ? "each" : class == WORD_NOTHING ? "none" : NULL;
}

/* Groups, with articles and «ομάδα» before them; a mode among them is kept, a second one is one too many. */
static bool read_groups(Arguments *it) {
    bool open = false;
    for (size_t i = it->from, words; i < it->to; i += words) {
        const char *name = callings_find(it->ground->callings, it->sentence, i, &words);
        WordClass class = name == NULL && words == 0 ? word_class(token_at(it, i)) : WORD_OTHER;
        if (name == NULL && words > 0) return false;
        if (i + words > it->to) return false;
        words = MAX(words, 1);
        open = word_leads(class) || token_at(it, i + words - 1)->comma;
        if (name != NULL || class == WORD_ALL) {
            if (!add_name(it->names, name != NULL ? name : "*")) return false;
            continue;
        }
        if (word_leads(class) || class == WORD_GROUP) continue;
        if (class == WORD_ME && i + 1 < it->to && word_class(token_at(it, i + 1)) == WORD_DIGEST) continue; /* με σύνοψη */
        if (mode_of(class) == NULL || it->mode != NULL) return false;
        it->mode = mode_of(class);
    }
    return !open;
}

static bool named_all(const Arguments *it) { return it->names->len == 1 && strcmp(it->names->pdata[0], "*") == 0; }

/* The group that is meant: the one named, or the ground's. */
static bool one_group(Arguments *it, bool needed) {
    if (!read_groups(it) || it->mode != NULL || it->names->len > 1 || named_all(it)) return false;
    if (it->names->len == 0 && *it->ground->group != '\0') add_name(it->names, it->ground->group);
    return it->names->len == 1 || !needed;
}

static bool groups_or_ground(Arguments *it) {
    if (!read_groups(it)) return false;
    if (it->names->len == 0 && *it->ground->group != '\0') add_name(it->names, it->ground->group);
    return it->names->len > 0;
}

static bool is_digits(const char *word, size_t most) {
    size_t length = strspn(word, "0123456789");
    return length > 0 && length <= most && word[length] == '\0';
}

static char *number_of(const SentenceWord *token) {
    if (!is_digits(token->word, NUMBER_DIGITS)) return NULL;
    return g_strdup_printf("%" G_GUINT64_FORMAT, g_ascii_strtoull(token->word, NULL, 10));
}

/* 2026-12-20, 20/12/2026, 20.12.2026, 20-12-2026 → 2026-12-20. */
static char *date_of(const char *word) {
    g_auto(GStrv) parts = g_strsplit_set(word, "-/.", 5);
    if (g_strv_length(parts) != 3) return NULL;
    bool year_first = strlen(parts[0]) == 4;
    const char *year = parts[year_first ? 0 : 2], *month = parts[1], *day = parts[year_first ? 2 : 0];
    if (!is_digits(year, 4) || strlen(year) != 4 || !is_digits(month, 2) || !is_digits(day, 2)) return NULL;
    guint64 y = g_ascii_strtoull(year, NULL, 10), m = g_ascii_strtoull(month, NULL, 10), d = g_ascii_strtoull(day, NULL, 10);
    if (y < 2000 || !g_date_valid_dmy((GDateDay)d, (GDateMonth)m, (GDateYear)y)) return NULL;
    return g_strdup_printf("%04u-%02u-%02u", (unsigned)y, (unsigned)m, (unsigned)d);
}

static bool is_one_of(const char *word, const char *const *list) { return g_strv_contains(list, word); }

static bool take_days(Arguments *it, Taken *taken) {
    static const char *const before[] = {"εωσ", "μεχρι", "until", "till", "για", "for", "ωσ", "τισ", "eos", "mexri", "gia",
                                         NULL};
    static const char *const days[] = {"ημερεσ", "μερεσ", "ημερα", "ημερων", "days", "day", "meres", "imeres", NULL};
    while (it->from < it->to && is_one_of(token_at(it, it->from)->word, before)) it->from++;
    if (it->from == it->to) return false;
    const char *word = token_at(it, it->from)->word;
    bool unit = it->to - it->from == 2 && is_one_of(token_at(it, it->from + 1)->word, days);
    if (it->to - it->from != 1 && !unit) return false;
    if (!is_digits(word, 3)) return !unit && (taken->argument = date_of(word)) != NULL;
    guint64 number = g_ascii_strtoull(word, NULL, 10);
    if (number < 1 || number > DAYS_MOST) return false;
    taken->argument = g_strdup_printf("%u", (unsigned)number);
    return true;
}

static bool take_language(Arguments *it, Taken *taken) {
    static const char *const greek[] = {"el", "ελληνικα", "ελληνικη", "greek", "gr", "ellinika", "ellhnika", NULL};
    static const char *const english[] = {"en", "αγγλικα", "αγγλικη", "english", "agglika", "anglika", NULL};
    if (it->to - it->from != 1) return false;
    const char *word = token_at(it, it->from)->word;
    taken->argument = is_one_of(word, greek) ? g_strdup("el") : is_one_of(word, english) ? g_strdup("en") : NULL;
    return taken->argument != NULL;
}

/* Only its shape: message/address says whether it is one. */
static char *address_of(const SentenceWord *token) {
    g_autofree char *address = g_strdup(token->raw);
    const char *from = address + strspn(address, "<(«\"'[,;:");
    if (g_str_has_prefix(from, "mailto:")) from += strlen("mailto:");
    size_t length = strlen(from);
    while (length > 0 && strchr(">)].,;:!\"'", from[length - 1]) != NULL) length--;
    g_autofree char *bare = g_strndup(from, length);
    const char *at = strchr(bare, '@');
    if (length > ADDRESS_LONGEST || at == NULL || at == bare || strchr(at + 1, '@') != NULL || strchr(at, '.') == NULL ||
        at[1] == '.') return NULL;
    if (strpbrk(bare, "<>()\"',;:\\[]/|`{}") != NULL || !g_utf8_validate(bare, -1, NULL)) return NULL;
    for (const char *c = bare; *c != '\0'; c = g_utf8_next_char(c))
        if (!g_unichar_isgraph(g_utf8_get_char(c)) || g_unichar_type(g_utf8_get_char(c)) == G_UNICODE_FORMAT) return NULL;
    return g_steal_pointer(&bare);
}

/* HTML gives an address twice, the second time as a link. */
static bool is_link_of(const SentenceWord *link, const char *address) {
    g_autofree char *again = g_str_has_prefix(link->raw, "<mailto:") ? address_of(link) : NULL;
    return again != NULL && g_ascii_strcasecmp(again, address) == 0;
}

static bool take_address(Arguments *it, Taken *taken) {
    if (it->from == it->to || (taken->argument = address_of(token_at(it, it->from))) == NULL) return false;
    return it->to - it->from == 1 || (it->to - it->from == 2 && is_link_of(token_at(it, it->from + 1), taken->argument));
}

static bool take_number(Arguments *it, Taken *taken) {
    return it->to - it->from == 1 && (taken->argument = number_of(token_at(it, it->from))) != NULL;
}

static bool take_number_and_reason(Arguments *it, Taken *taken) {
    if (it->from == it->to || (taken->argument = number_of(token_at(it, it->from))) == NULL) return false;
    g_autoptr(GString) reason = g_string_new(NULL);
    for (size_t i = it->from + 1; i < it->to && reason->len < REASON_MOST; i++)
        g_string_append_printf(reason, "%s%s", reason->len > 0 ? " " : "", token_at(it, i)->raw);
    g_autofree char *valid = g_utf8_make_valid(reason->str, -1);
    taken->reason = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), REASON_MOST));
    return true;
}

static bool take_group_and_number(Arguments *it, Taken *taken) {
    if (it->from == it->to || (taken->argument = number_of(token_at(it, --it->to))) == NULL) return false;
    return one_group(it, false);
}

/* Either may stand first; a group may be written as an address too. */
static bool take_group_and_address(Arguments *it, Taken *taken) {
    size_t from = it->from, to = it->to;
    if (to - from > 1 && g_str_has_prefix(token_at(it, to - 1)->raw, "<mailto:")) to--;
    for (int last = 1; last >= 0 && to > from; last--) {
        g_clear_pointer(&taken->argument, g_free);
        g_ptr_array_set_size(it->names, 0);
        it->from = last ? from : from + 1;
        it->to = last ? to - 1 : to;
        taken->argument = address_of(token_at(it, last ? to - 1 : from));
        if (taken->argument != NULL && one_group(it, true)) return true;
    }
    return false;
}

/* A Message-ID (RFC 5322, 3.6.4) as people copy it, or a number: only its shape. Case counts. */
static char *message_of(const SentenceWord *token) {
    enum { MESSAGE_ID_LONGEST = 500 };
    const char *from = token->raw + strspn(token->raw, "<(«\"'[,;:"), *closing = strchr(from, '>');
    size_t length = closing != NULL ? (size_t)(closing - from) : strlen(from);
    while (closing == NULL && length > 0 && strchr(")].,;:!?\"'", from[length - 1]) != NULL) length--;
    g_autofree char *bare = g_strndup(from, length);
    if (is_digits(bare, NUMBER_DIGITS)) return g_steal_pointer(&bare);
    const char *at = strchr(bare, '@');
    if (at == NULL || at == bare || at[1] == '\0' || length > MESSAGE_ID_LONGEST || strpbrk(bare, "<>") != NULL || !g_utf8_validate(bare, -1, NULL)) return NULL;
    for (const char *c = bare; *c != '\0'; c = g_utf8_next_char(c))
        if (!g_unichar_isgraph(g_utf8_get_char(c)) || g_unichar_type(g_utf8_get_char(c)) == G_UNICODE_FORMAT) return NULL;
    return g_steal_pointer(&bare);
}

char *grammar_message(const Sentence *sentence) {
    if (sentence->tokens->len != 1 || sentence->cut) return NULL;
    const SentenceWord *token = sentence_token(sentence, 0);
    return *token->raw == '<' && !g_str_has_prefix(token->raw, "<mailto:") ? message_of(token) : NULL;
}

static bool take_message(Arguments *it, Taken *taken) {
    static const char *const before[] = {"το", "του", "τησ", "για", "με", "μου", "το", "μηνυμα", "μηνυματοσ", "αποστολησ", "αριθμο", "αριθμοσ", "message", "mail",
                                         "email", "post", "the", "of", "for", "my", "with", "number", "no", "id", "message-id", "to", "last", "τελευταιο",
                                         "τελευταιου", "status", "mou", "to", "tou", "mhnyma", "minima", "mynhma", "arrived", "arrive", "been", "delivered", "sent", "everyone", "everybody",
                                         "all", "yesterday", "today", "i", "αυτο", "που", "εστειλα", "χθεσ", "σημερα", "σε", "ολουσ", "στουσ", "στα", "μελη", "συναδελφουσ", "στην", "ομαδα", NULL};
    while (it->from < it->to && is_one_of(token_at(it, it->from)->word, before)) it->from++;
    if (it->from == it->to) return true;
    if ((taken->argument = message_of(token_at(it, it->from))) == NULL) return false;
    return it->to - it->from == 1 || (it->to - it->from == 2 && is_link_of(token_at(it, it->from + 1), taken->argument));
}

/* The word as it is, or a Greek one by its sound. */
static bool is_word(const SentenceWord *token, const char *word) {
    g_autofree char *key = token->key != NULL && (unsigned char)*word >= 0x80 ? greeklish_key(word) : NULL;
    return strcmp(token->word, word) == 0 || (key != NULL && strcmp(token->key, key) == 0);
}

static int month_of(const SentenceWord *token) {
    static const char *const greek[] = {"ιανουαριου", "φεβρουαριου", "μαρτιου", "απριλιου", "μαιου", "ιουνιου", "ιουλιου", "αυγουστου", "σεπτεμβριου",
                                        "οκτωβριου", "νοεμβριου", "δεκεμβριου"};
    static const char *const english[] = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
                                          "december"};
    for (int i = 0; i < 12; i++)
        if (is_word(token, greek[i]) || is_word(token, english[i])) return i + 1;
    return 0;
}

/* 29/11, «29 Νοεμβρίου», "November 29", and with a year behind. Without one it stays so, as 29/11: which year is meant is a matter of the clock. */
static char *day_of(const Arguments *it) {
    size_t count = it->to - it->from;
    const char *first = token_at(it, it->from)->word;
    g_autofree char *written = NULL;
    if (count == 2 || count == 3) {
        const SentenceWord *second = token_at(it, it->from + 1);
        int before = month_of(token_at(it, it->from)), behind = month_of(second);
        const char *year = count == 3 ? token_at(it, it->from + 2)->word : "";
        written = g_strdup_printf("%s/%d%s%s", before > 0 ? second->word : first, before > 0 ? before : behind, count == 3 ? "/" : "", year);
    } else if (count == 1) {
        written = g_strdup(first);
    }
    char *date = written != NULL ? date_of(written) : NULL;
    g_auto(GStrv) parts = g_strsplit_set(written != NULL ? written : "", "-/.", 4);
    if (date != NULL || g_strv_length(parts) != 2 || !is_digits(parts[0], 2) || !is_digits(parts[1], 2)) return date;
    guint64 day = g_ascii_strtoull(parts[0], NULL, 10), month = g_ascii_strtoull(parts[1], NULL, 10);
    return g_date_valid_dmy((GDateDay)day, (GDateMonth)month, 2000) ? g_strdup_printf("%02u/%02u", (unsigned)day, (unsigned)month) : NULL;
}

/* «της 23/11/2026», "of 2026-11-23". */
static bool take_date(Arguments *it, Taken *taken) {
    static const char *const before[] = {"τησ", "την", "του", "απο", "για", "of", "from", "for", "on", "ths", "thn", "gia", NULL};
    while (it->from < it->to && is_one_of(token_at(it, it->from)->word, before)) it->from++;
    if (it->from == it->to) return true;
    return (taken->argument = day_of(it)) != NULL;
}

/* Nothing behind the word asks how it is now. */
static bool take_preference(const Arguments *it, Taken *taken) {
    if (it->from == it->to) return true;
    return (taken->several = preference_read(it->sentence, it->from, it->to)) != NULL;
}

static bool take(const MailCommand *command, Arguments *it, Taken *taken) {
    switch (command->takes) {
    case TAKES_NOTHING: return it->from == it->to;
    case TAKES_GROUP: return one_group(it, true);
    case TAKES_GROUP_MAYBE: return one_group(it, false);
    case TAKES_GROUPS: return groups_or_ground(it) && it->mode == NULL;
    case TAKES_GROUPS_AND_MODE: return groups_or_ground(it) && !named_all(it);
    case TAKES_MODE: return groups_or_ground(it) && it->mode != NULL;
    case TAKES_DAYS: return take_days(it, taken);
    case TAKES_LANGUAGE: return take_language(it, taken);
    case TAKES_ADDRESS: return take_address(it, taken);
    case TAKES_NUMBER: return take_number(it, taken);
    case TAKES_NUMBER_AND_REASON: return take_number_and_reason(it, taken);
    case TAKES_GROUP_AND_NUMBER: return take_group_and_number(it, taken);
    case TAKES_GROUP_AND_ADDRESS: return take_group_and_address(it, taken);
    case TAKES_MESSAGE_MAYBE: return take_message(it, taken);
    case TAKES_PREFERENCE: return take_preference(it, taken);
    case TAKES_DATE_MAYBE: return take_date(it, taken);
    }
    return false;
}

static bool is_polite(const SentenceWord *token) {
    static const char *const words[] = {"παρακαλω", "please", "parakalo", "parakalw", "ευχαριστω", "thanks", "pls", NULL};
    return is_one_of(token->word, words);
}

static bool is_thanks(const SentenceWord *token) {
    static const char *const words[] = {"thank", "you", "many", "very", "much", "πολυ", "εκ", "των", "προτερων", "efxaristo", "eyxaristo", NULL};
    return is_polite(token) || is_one_of(token->word, words);
}

/* Without a question mark it tells that it is so. */
static bool is_only_asked(const SentenceWord *token) {
    static const char *const words[] = {"το", "ελαβαν", "πηραν", "παραδοθηκε", "εσταλη", "σταλθηκε", NULL};
    return is_one_of(token->word, words);
}

/* What people write before a question, and before nothing that changes anything. */
static bool leads_to_question(const SentenceWord *token) {
    static const char *const words[] = {"good", "morning", "evening", "afternoon", "καλημερα", "καλησπερα", "γεια", "χαιρετε", "μπορειτε", "μπορεισ", "μηπωσ", "ξερετε", "γνωριζετε", "θα", "ηθελα", "θελω", "θελαμε", "θελουμε",
                                        "να", "μου", "μασ", "σασ", "με", "πειτε", "πεισ", "πεστε", "μαθω", "μαθουμε", "ξερω", "δω", "ρωτησω", "ενημερωσετε", "ενημερωστε", "αν", "εαν",
                                        "hello", "hi", "dear", "could", "can", "would", "you", "tell", "me", "i", "like", "want", "to", "know", "let", "do", "if", "whether", NULL};
    for (const char *const *word = words; *word != NULL; word++)
        if (is_word(token, *word)) return true;
    return is_polite(token);
}

/* Questions are put with more words around them than orders. Where what stands there is no question, it stays as it was. */
static const MailCommand *command_at(const Sentence *sentence, size_t *from, size_t *words) {
    size_t to = sentence->tokens->len, asked = 0;
    while (*from < to && is_polite(sentence_token(sentence, *from))) ++*from;
    const MailCommand *command = *from < to ? word_command(sentence, *from, words) : NULL;
    while (command == NULL && asked < to && leads_to_question(sentence_token(sentence, asked))) asked++;
    const MailCommand *question = command == NULL && asked > 0 && asked < to ? word_command(sentence, asked, words) : NULL;
    if (question == NULL || question->takes != TAKES_MESSAGE_MAYBE) return command;
    *from = asked;
    return question;
}

bool grammar_command(const Ground *ground, const Sentence *sentence, GPtrArray *orders) {
    size_t from = 0, to = sentence->tokens->len, words = 0;
    const MailCommand *command = command_at(sentence, &from, &words);
    if (command == NULL) return false;
    bool free_text = command->takes == TAKES_NUMBER_AND_REASON;
    bool question = command->takes == TAKES_MESSAGE_MAYBE; /* it may be put as one, and changes nothing */
    if (!free_text && (sentence->cut || (sentence->question && !question))) return false;
    while (!free_text && to > from + words && (question ? is_thanks : is_polite)(sentence_token(sentence, to - 1))) to--;
    if (question && from == 0 && !sentence->question && is_only_asked(sentence_token(sentence, from))) return false;
    if (sentence_token(sentence, to - 1)->comma) return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Arguments it = {ground, sentence, from + words, to, names, NULL};
    Taken taken = {0};
    bool whole = take(command, &it, &taken);
    if (whole && names->len == 0) g_ptr_array_add(names, g_strdup(""));
    const char *argument = taken.argument != NULL ? taken.argument : it.mode != NULL ? it.mode : "";
    for (guint i = 0; taken.several != NULL && i < taken.several->len; i++) grammar_add(orders, command->verb, "", taken.several->pdata[i], "");
    for (guint i = 0; whole && taken.several == NULL && i < names->len; i++) grammar_add(orders, command->verb, names->pdata[i], argument,
        taken.reason != NULL ? taken.reason : "");
    g_clear_pointer(&taken.several, g_ptr_array_unref);
    g_free(taken.argument);
    g_free(taken.reason);
    return whole;
}

bool grammar_groups(const Ground *ground, const Sentence *sentence, size_t from, GPtrArray *names) {
    Arguments it = {ground, sentence, from, sentence->tokens->len, names, NULL};
    return !sentence->cut && !sentence->question && read_groups(&it) && it.mode == NULL && names->len > 0;
}

bool grammar_names_group(const Ground *ground, const Sentence *sentence) {
    for (size_t i = 0, words; i < sentence->tokens->len; i++)
        if (callings_find(ground->callings, sentence, i, &words) != NULL || words > 0) return true;
    return false;
}
