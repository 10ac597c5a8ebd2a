#include "decide/command.h"
#include "decide/courtesy.h"
#include "decide/grammar.h"
#include "decide/quote.h"

/* A mail is read line by line. A line is a command, politeness, or prose; prose is put together to sentences, since
 * programs break lines, and may ask for one
 * thing. Nothing is done on a guess: a «δεν», a question mark or an «αν» anywhere in it means that a person should have
 * read this
 * mail, and every order in it is dropped; a sentence about joining or leaving that is not understood drops what was read
 * between the lines. */

enum { LINES_MOST = 300, UNKNOWN_MOST = 3 };

typedef struct {
    Ground ground;
    GPtrArray *commands, *pleas, *subject_orders; /* Order */
    GPtrArray *groups;        /* char *: of lines with nothing but groups */
    GPtrArray *strange;       /* const CommandLine *: prose and what was no command */
    const MailCommand *subject_command; /* the subject is a command's word alone */
    Sentence *prose;          /* that is being put together */
    size_t prose_line;        /* where its last word stands */
    bool from_command;        /* it begins with a command's word at the beginning of a line */
    int asked;                /* pleas that were read */
    bool doubt, telling;      /* see above */
    bool thanked, closed, ended, over;
} Reader;

static void close_sentence(Reader *reader) {
    Sentence *sentence = reader->prose;
    if (sentence->tokens->len > 0) {
        GPtrArray *into = reader->pleas;
        bool read = grammar_command(&reader->ground, sentence, into) || grammar_plea(&reader->ground, sentence, into);
        reader->asked += read;
        for (size_t i = 0; i < sentence->tokens->len && !read && !reader->from_command; i++)
            reader->telling |= word_is_telling(sentence_token(sentence, i));
        if (!read && !reader->from_command) reader->telling |= sentence->cut || grammar_names_group(&reader->ground, sentence);
    }
    sentence_free(reader->prose);
    reader->prose = sentence_new();
    reader->from_command = false;
}

/* Whether the sentence waits for more: «… στην ομάδα ⏎ Περιβάλλον». */
static bool is_open(const Sentence *sentence) {
    if (sentence->tokens->len == 0) return false;
    const SentenceWord *last = sentence_token(sentence, sentence->tokens->len - 1);
    WordClass class = word_class(last);
    return last->comma || word_leads(class) || class == WORD_GROUP || class == WORD_WANT;
}

static void move_token(Sentence *to, Sentence *from, size_t i) {
    SentenceWord *token = &g_array_index(from->tokens, SentenceWord, i);
    if (to->tokens->len >= SENTENCE_WORDS_MOST) {
        to->cut = true;
        return;
    }
    g_array_append_val(to->tokens, *token);
    *token = (SentenceWord){0};
}

static void add_prose(Reader *reader, const CommandLine *lines, size_t at, Sentence *line) {
    const SentenceWord *first = sentence_token(line, 0);
    size_t words;
    bool adjacent = at > 0 && reader->prose_line == at - 1 && *lines[at - 1].folded != '\0';
    const MailCommand *begins = word_command(line, 0, &words);
    bool command = begins != NULL && !word_begins_prose(begins), wants = false;
    if (reader->prose->tokens->len > 0 && (!adjacent || (first->capital && !command &&
        !is_open(reader->prose)))) close_sentence(reader);
    if (reader->prose->tokens->len == 0) reader->from_command = command;
    bool harmless = !line->question && !line->cut && !reader->from_command && !grammar_names_group(&reader->ground, line);
    for (size_t i = 0; i < line->tokens->len; i++) {
        reader->doubt |= word_class(sentence_token(line, i)) == WORD_DOUBT;
        wants |= word_class(sentence_token(line, i)) == WORD_WANT;
        harmless = harmless && !word_is_telling(sentence_token(line, i));
    }
    /* «Η εντολή είναι:» is followed by what somebody else should write. */
    reader->doubt |= line->question || (g_str_has_suffix(lines[at].folded, ":") && !wants && !command);
    reader->prose->cut |= line->cut;
    if (!(reader->thanked && harmless)) g_ptr_array_add(reader->strange, (void *)(uintptr_t)&lines[at]);
    for (size_t i = 0; i < line->tokens->len; i++) {
        bool stop = sentence_token(line, i)->stop && word_class(sentence_token(line, i)) != WORD_GREETING;
        move_token(reader->prose, line, i);
        if (stop && i + 1 < line->tokens->len && !reader->from_command) close_sentence(reader);
    }
    if (g_str_has_suffix(lines[at].folded, ".") || g_str_has_suffix(lines[at].folded, "!")) close_sentence(reader);
    reader->prose_line = at;
}

/* Whether the line below goes on with «και …». */
static bool goes_on(const CommandLine *lines, size_t count, const bool *own, size_t at) {
    if (at + 1 >= count || !own[at + 1]) return false;
    g_autoptr(Sentence) next = sentence_new();
    sentence_add(next, &lines[at + 1]);
    return next->tokens->len > 0 && word_class(sentence_token(next, 0)) == WORD_AND;
}

static bool is_command(Reader *reader, const CommandLine *lines, size_t count, const bool *own, size_t at,
    const Sentence *line) {
    bool in_sentence = reader->prose->tokens->len > 0 && at > 0 && reader->prose_line == at - 1 && (!reader->from_command ||
        is_open(reader->prose));
    if (in_sentence || goes_on(lines, count, own, at)) return false;
    guint before = reader->commands->len;
    if (!grammar_command(&reader->ground, line, reader->commands)) return false;
    Verb verb = ((Order *)reader->commands->pdata[before])->verb;
    if (verb == VERB_END) reader->ended = true;
    if (verb == VERB_END || verb == VERB_CONFIRM) g_ptr_array_set_size(reader->commands, (int)before);
    return true;
}

/* A Message-ID on the line below the command that asks about it: it is long, and people copy it. */
static bool names_message(const Reader *reader, const Sentence *line) {
    const GPtrArray *orders = reader->commands->len > 0 ? reader->commands : reader->subject_orders;
    Order *last = orders->len > 0 ? orders->pdata[orders->len - 1] : NULL;
    char *message = last != NULL && last->verb == VERB_TRACE && *last->argument == '\0' ? grammar_message(line) : NULL;
    if (message == NULL) return false;
    g_free(last->argument);
    last->argument = message;
    return true;
}

static void read_line(Reader *reader, const CommandLine *lines, size_t count, const bool *own, size_t at) {
    g_autoptr(Sentence) line = sentence_new();
    sentence_add(line, &lines[at]);
    if (line->tokens->len == 0) {
        reader->doubt |= line->question;
        if (line->question) g_ptr_array_add(reader->strange, (void *)(uintptr_t)&lines[at]);
        return;
    }
    Courtesy courtesy = courtesy_of(line);
    if (courtesy != COURTESY_NONE) {
        close_sentence(reader);
        reader->closed = courtesy == COURTESY_CLOSING;
        reader->thanked |= courtesy == COURTESY_THANKS;
        return;
    }
    if (names_message(reader, line) || is_command(reader, lines, count, own, at, line)) return;
    bool alone = reader->prose->tokens->len == 0 || reader->prose_line + 1 != at;
    if (alone && reader->subject_command != NULL && grammar_groups(&reader->ground, line, 0, reader->groups)) return;
    add_prose(reader, lines, at, line);
}

static void read_body(Reader *reader, const CommandLine *lines, size_t count) {
    g_autofree bool *own = g_new0(bool, count + 1);
    size_t read = 0;
    quote_mark(lines, count, own);
    for (size_t i = 0; i < count && !reader->closed && !reader->ended && !reader->over; i++) {
        if (!own[i]) continue;
        if (++read > LINES_MOST) reader->over = true;
        else read_line(reader, lines, count, own, i);
    }
    close_sentence(reader);
}

/* «Εγγραφή» or «Εγγραφή στην ομάδα»: which groups, the body says. */
static const MailCommand *command_alone(const Sentence *sentence) {
    size_t words;
    const MailCommand *command = sentence->tokens->len > 0 ? word_command(sentence, 0, &words) : NULL;
    if (command == NULL || sentence->question || sentence->cut) return NULL;
    for (size_t i = words; i < sentence->tokens->len; i++) {
        WordClass class = word_class(sentence_token(sentence, i));
        if (!word_leads(class) && class != WORD_GROUP) return NULL;
    }
    return command->verb == VERB_JOIN || command->verb == VERB_LEAVE || command->verb == VERB_INFO ||
           command->verb == VERB_WHO ? command : NULL;
}

static void read_subject(Reader *reader, const CommandLine *subject) {
    g_autoptr(Sentence) sentence = sentence_new();
    sentence_add(sentence, subject);
    reader->subject_command = command_alone(sentence);
    bool command = grammar_command(&reader->ground, sentence, reader->subject_orders);
    if (!command) grammar_plea(&reader->ground, sentence, reader->subject_orders);
    bool says_no = command && ((Order *)reader->subject_orders->pdata[0])->verb == VERB_DIGEST; /* ΕΠΕΙΓΟΝΤΑ ΟΧΙ */
    for (size_t i = 0; i < sentence->tokens->len && !says_no; i++) reader->doubt |= word_class(sentence_token(sentence, i)) == WORD_DOUBT;
    for (guint i = reader->subject_orders->len; i > 0; i--) {
        Verb verb = ((Order *)reader->subject_orders->pdata[i - 1])->verb;
        if (verb == VERB_CONFIRM || verb == VERB_END) g_ptr_array_remove_index(reader->subject_orders, i - 1);
    }
}

static bool is_same(const Order *a, const Order *b) {
    return a->verb == b->verb && strcmp(a->group, b->group) == 0 && strcmp(a->argument, b->argument) == 0 &&
           strcmp(a->reason, b->reason) == 0;
}

static void add_orders(Reading *reading, const GPtrArray *orders) {
    for (guint i = 0; i < orders->len; i++) {
        const Order *order = orders->pdata[i];
        bool known = false;
        for (guint k = 0; k < reading->orders->len; k++) known |= is_same(order, reading->orders->pdata[k]);
        if (known) continue;
        if (reading->orders->len == ORDERS_MOST) reading->too_many = true;
        else grammar_add(reading->orders, order->verb, order->group, order->argument, order->reason);
    }
}

/* The subject's orders, unless the body says the same more exactly; the contrary is a doubt. */
static void join_subject(Reader *reader) {
    if (reader->subject_command == NULL) return;
    const GPtrArray *body[] = {reader->commands, reader->pleas};
    Verb verb = reader->subject_command->verb;
    for (guint i = 0; i < reader->groups->len; i++) grammar_add(reader->commands, verb, reader->groups->pdata[i], "", "");
    for (size_t b = 0; b < G_N_ELEMENTS(body); b++) {
        for (guint i = 0; i < body[b]->len; i++) reader->doubt |= ((const Order *)body[b]->pdata[i])->verb != verb;
        if (body[b]->len > 0) g_ptr_array_set_size(reader->subject_orders, 0);
    }
}

/* To G-join@ and G-leave@ the address itself is the order; words may repeat it, and nothing else. */
static bool preset(const Reader *reader, const Route *route, Reading *reading) {
    Verb verb = route->kind == ROUTE_JOIN ? VERB_JOIN : VERB_LEAVE;
    if (reader->doubt || reader->telling || reader->over || reader->asked > 1 || reader->groups->len > 0) return false;
    for (guint i = 0; i < reading->orders->len; i++) {
        const Order *order = reading->orders->pdata[i];
        if (order->verb != verb || strcmp(order->group, route->group) != 0) return false;
    }
    if (reading->orders->len == 0) grammar_add(reading->orders, verb, route->group, "", "");
    return true;
}

/* What we quote of a stranger's words: one line of what can be seen. */
static char *quoted(const char *from) {
    GString *line = g_string_new(NULL);
    size_t characters = 0;
    bool blank = false;
    for (const char *c = from; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char_validated(c, -1);
        if (letter == (gunichar)-1 || letter == (gunichar)-2) break;
        if (g_unichar_isspace(letter)) blank = line->len > 0;
        if (g_unichar_isspace(letter) || g_unichar_iscntrl(letter) || g_unichar_type(letter) == G_UNICODE_FORMAT) continue;
        if (characters + blank + 1 >= ORDER_QUOTE_MOST) {
            g_string_append(line, "…");
            break;
        }
        if (blank) g_string_append_c(line, ' ');
        g_string_append_unichar(line, letter);
        characters += 1U + blank;
        blank = false;
    }
    return g_string_free(line, FALSE);
}

static void conclude(Reader *reader, const CommandLine *subject, const Route *route, Reading *reading) {
    join_subject(reader);
    bool plea = reader->asked == 1 && !reader->telling && !reader->over;
    bool heard = plea;
    if (!reader->doubt) {
        if (!reader->telling && !reader->over && reader->asked <= 1) add_orders(reading, reader->subject_orders);
        add_orders(reading, reader->commands);
        if (plea) add_orders(reading, reader->pleas);
    } else {
        heard = false;
    }
    if (route != NULL && (route->kind == ROUTE_JOIN || route->kind == ROUTE_LEAVE)) {
        heard = preset(reader, route, reading);
        if (!heard) g_ptr_array_set_size(reading->orders, 0);
    }
    for (guint i = 0; i < reader->strange->len && !heard && reading->unknown->len < UNKNOWN_MOST; i++)
        g_ptr_array_add(reading->unknown, quoted(((const CommandLine *)reader->strange->pdata[i])->text));
    bool empty = reading->orders->len == 0 && reading->unknown->len == 0;
    if (empty && subject != NULL && *subject->folded != '\0') g_ptr_array_add(reading->unknown, quoted(subject->text));
}

Reading *command_read(const CommandLine *subject, const CommandLine *lines, size_t count, const Calling *list,
    size_t list_count, const Route *route) {
    g_autoptr(Callings) callings = callings_new(list, list_count);
    g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func((GDestroyNotify)order_free);
    g_autoptr(GPtrArray) pleas = g_ptr_array_new_with_free_func((GDestroyNotify)order_free);
    g_autoptr(GPtrArray) subject_orders = g_ptr_array_new_with_free_func((GDestroyNotify)order_free);
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(g_free), strange = g_ptr_array_new();
    Reader reader = {.ground = {callings, route != NULL && route->group != NULL ? route->group : ""}, .commands = commands,
                     .pleas = pleas,
                     .subject_orders = subject_orders, .groups = groups, .strange = strange, .prose = sentence_new()};
    Reading *reading = g_new0(Reading, 1);
    reading->orders = g_ptr_array_new_with_free_func((GDestroyNotify)order_free);
    reading->unknown = g_ptr_array_new_with_free_func(g_free);
    bool repeats = subject != NULL && quote_subject(subject->folded) != subject->folded;
    if (subject != NULL && !repeats) read_subject(&reader, subject);
    read_body(&reader, lines, count);
    conclude(&reader, repeats ? NULL : subject, route, reading);
    sentence_free(reader.prose);
    reading->answer = command_answer(lines, count, &reading->answer_text);
    return reading;
}
