#include "flow/hear.h"
#include "base/token.h"
#include "decide/command.h"
#include "decide/quote.h"
#include "message/address.h"
#include "message/header.h"
#include "message/text.h"
#include "model/route.h"

/* Reply-To carries the token, and so does the Subject: some systems lose the one, some the other. */

enum { TOKEN_LETTERS = 26, TOKENS_MOST = 8, UNKNOWN_MOST = 3, LINES_MOST = 400, TEXT_MOST = 65536 };

bool hear_is_robot(const GPtrArray *readings) {
    for (guint i = 0; readings != NULL && i < readings->len; i++) {
        RouteKind kind = ((const Route *)readings->pdata[i])->kind;
        if (kind != ROUTE_UNKNOWN && kind != ROUTE_POST && kind != ROUTE_OWNER && kind != ROUTE_BOUNCES) return true;
    }
    return false;
}

/* The lines of a text with their folded forms, which `keep` owns. */
static CommandLine *lines_of(const char *text, GPtrArray *keep, size_t *count) {
    g_autofree char *piece = g_utf8_make_valid(text, (gssize)strnlen(text, TEXT_MOST));
    g_auto(GStrv) lines = g_strsplit(piece, "\n", LINES_MOST);
    *count = g_strv_length(lines);
    CommandLine *made = g_new0(CommandLine, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        char *line = g_strdup(lines[i]), *folded = text_fold(line);
        g_ptr_array_add(keep, line);
        g_ptr_array_add(keep, folded);
        made[i] = (CommandLine){line, folded};
    }
    return made;
}

char *hear_own_words(const Letter *letter) {
    g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) words = g_string_new(NULL);
    size_t count = 0;
    g_autofree CommandLine *lines = lines_of(letter->text, keep, &count);
    g_autofree bool *marks = g_new0(bool, count + 1);
    quote_mark(lines, count, marks);
    for (size_t i = 0; i < count; i++)
        if (marks[i]) g_string_append(words, lines[i].folded);
    return token_hash(words->str, words->len);
}

static const Route *robot_route(const GPtrArray *readings) {
    for (guint i = 0; i < readings->len; i++) {
        const Route *route = readings->pdata[i];
        if (route->kind != ROUTE_POST) return route;
    }
    return NULL;
}

/* Some answer below what they quote without a mark before it. An empty answer is a yes only if no line there is a bare no. */
static bool is_refused_below(const CommandLine *lines, const bool *own, size_t count) {
    for (size_t i = 0; i < count; i++) {
        g_autofree char *text = NULL;
        if (own[i] || *lines[i].folded == '\0' || *lines[i].folded == '>') continue;
        if (command_answer(&lines[i], 1, &text) == ANSWER_NO) return true;
    }
    return false;
}

/* Addresses in orders go through the one constructor; what is none was not understood. */
static void check_addresses(Reading *reading) {
    for (guint i = 0; i < reading->orders->len;) {
        Order *order = reading->orders->pdata[i];
        bool takes = order->verb == VERB_ADDRESS || order->verb == VERB_INVITE || order->verb == VERB_REMOVE || order->verb == VERB_ALLOW;
        char *canonical = takes ? address_canonical(order->argument, NULL) : NULL;
        if (!takes || canonical != NULL) {
            if (takes) g_free(order->argument);
            if (takes) order->argument = canonical;
            i++;
            continue;
        }
        if (reading->unknown->len < UNKNOWN_MOST) g_ptr_array_add(reading->unknown, text_one_line(order->argument, ORDER_QUOTE_MOST));
        g_ptr_array_remove_index(reading->orders, i);
    }
}

Reading *hear_reading(const Letter *letter, const GPtrArray *readings, const GPtrArray *callings) {
    g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(g_free);
    size_t count = 0, own = 0;
    g_autofree CommandLine *lines = lines_of(letter->text, keep, &count);
    g_autofree bool *marks = g_new0(bool, count + 1);
    quote_mark(lines, count, marks);
    bool own_words = false;
    g_autofree CommandLine *owned = g_new0(CommandLine, count + 1);
    for (size_t i = 0; i < count; i++) {
        own_words = own_words || (marks[i] && *lines[i].folded != '\0');
        if (marks[i] || *lines[i].folded == '\0') owned[own++] = lines[i]; /* an empty line tells a signature from a sentence */
    }
    g_autofree char *folded = text_fold(letter->subject);
    CommandLine subject = {letter->subject, folded};
    bool fresh = strstr(folded, "[diktyo ") == NULL; /* else it is a question of ours */
    g_autofree Calling *table = g_new0(Calling, callings->len + 1);
    for (guint i = 0; i < callings->len; i++) table[i] = *(const Calling *)callings->pdata[i];
    Reading *reading = command_read(fresh ? &subject : NULL, owned, own, table, callings->len, robot_route(readings));
    g_free(reading->answer_text);
    reading->answer_text = NULL;
    reading->answer = command_answer(owned, own, &reading->answer_text);
    if (!own_words && is_refused_below(lines, marks, count)) reading->answer = ANSWER_DOUBT;
    if (reading->answer_text == NULL) reading->answer_text = g_strdup("");
    check_addresses(reading);
    return reading;
}

static void calling_free(gpointer pointer) {
    Calling *calling = pointer;
    g_strfreev((char **)(uintptr_t)calling->callings);
    g_free(calling);
}

GPtrArray *hear_callings(const GPtrArray *catalogue, const GPtrArray *aliases) {
    GPtrArray *callings = g_ptr_array_new_with_free_func(calling_free);
    for (guint i = 0; i < catalogue->len; i++) {
        const Group *group = catalogue->pdata[i];
        const GPtrArray *others = aliases->pdata[i];
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        g_ptr_array_add(words, text_fold(group->name));
        g_ptr_array_add(words, text_fold(group->title));
        for (guint j = 0; j < others->len; j++) g_ptr_array_add(words, text_fold(others->pdata[j]));
        g_ptr_array_add(words, NULL);
        Calling *calling = g_new0(Calling, 1);
        calling->name = group->name;
        calling->callings = (const char *const *)g_ptr_array_free(g_steal_pointer(&words), FALSE);
        g_ptr_array_add(callings, calling);
    }
    return callings;
}

bool hear_is_important(GBytes *raw) {
    size_t length = 0;
    const uint8_t *bytes = g_bytes_get_data(raw, &length);
    g_autofree char *importance = header_find(bytes, length, "importance"), *priority = header_find(bytes, length, "x-priority");
    bool first = priority != NULL && *priority == '1' && !g_ascii_isdigit(priority[1]);
    return first || (importance != NULL && g_ascii_strcasecmp(importance, "high") == 0);
}

static bool is_token_letter(char c) { return g_ascii_islower(c) || (c >= '2' && c <= '7'); }

static void add_token(GPtrArray *tokens, const char *token) {
    if (tokens->len < TOKENS_MOST) g_ptr_array_add(tokens, g_strndup(token, TOKEN_LETTERS));
}

char **hear_tokens(const Letter *letter, const GPtrArray *readings) {
    g_autoptr(GPtrArray) tokens = g_ptr_array_new();
    for (guint i = 0; i < readings->len; i++) {
        const Route *route = readings->pdata[i];
        bool asked = route->kind == ROUTE_CONFIRM || route->kind == ROUTE_MODERATE;
        g_autofree char *lower = g_ascii_strdown(route->argument, -1);
        if (asked && strlen(lower) == TOKEN_LETTERS) add_token(tokens, lower);
    }
    g_autofree char *subject = g_ascii_strdown(letter->subject, -1);
    for (const char *c = subject; *c != '\0';) {
        size_t length = 0;
        while (is_token_letter(c[length])) length++;
        if (length == TOKEN_LETTERS) add_token(tokens, c);
        c += length > 0 ? length : 1;
    }
    g_ptr_array_add(tokens, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&tokens), FALSE);
}

char **hear_hashes(char **tokens) {
    char **hashes = g_new0(char *, g_strv_length(tokens) + 1);
    for (guint i = 0; tokens[i] != NULL; i++) hashes[i] = token_hash(tokens[i], strlen(tokens[i]));
    return hashes;
}
