#include "decide/route.h"
#include "model/group.h"

/* A local part can be read in several ways, since a group may be called `paideia-help`; which one holds is a fact of the database,
 * so all are given, the longest group name first. */
static const struct {
    RouteKind kind;
    const char *word;
    bool argument;
} words[] = {
    {ROUTE_OWNER, "owner", false},         {ROUTE_REQUEST, "request", false}, {ROUTE_JOIN, "join", false},
    {ROUTE_JOIN, "subscribe", false},      {ROUTE_LEAVE, "leave", true},      {ROUTE_LEAVE, "unsubscribe", true},
    {ROUTE_CONFIRM, "confirm", true},      {ROUTE_MODERATE, "moderate", true}, {ROUTE_HELP, "help", false},
    {ROUTE_BOUNCES, "bounces", true},      {ROUTE_POST, "reply", true},
    {ROUTE_MUTE, "mute", true},            {ROUTE_UNMUTE, "unmute", true},    {ROUTE_NODIGEST, "nodigest", true},
};
static const char site[] = "diktyo";
/* Names that every mail domain needs for itself (RFC 2142), or that are ours. */
static const char *const reserved[] = {site, "postmaster", "abuse", "mailer-daemon", "root", "hostmaster", "webmaster", "owner", "request", NULL};
/* A mail domain must take mail to the first (RFC 5321 4.5.1) and should to the second: it is kept for the operator. */
static const char *const operators[] = {"postmaster", "abuse", NULL};

void route_free(Route *route) {
    if (route == NULL) return;
    g_free(route->group);
    g_free(route->argument);
    g_free(route);
}

const char *route_word(RouteKind kind) {
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (words[i].kind == kind && kind != ROUTE_POST) return words[i].word;
    return kind == ROUTE_POST ? "post" : kind == ROUTE_SITE ? "site" : "unknown";
}

static bool is_plain_name(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > GROUP_NAME_LONGEST) return false;
    for (size_t i = 0; i < length; i++) {
        bool sign = strchr("._-", name[i]) != NULL;
        if (!sign && !g_ascii_islower(name[i]) && !g_ascii_isdigit(name[i])) return false;
        if (sign && (i == 0 || i + 1 == length || strchr("._-", name[i - 1]) != NULL)) return false;
    }
    return true;
}

bool route_is_group_name(const char *name) {
    if (!is_plain_name(name) || g_strv_contains(reserved, name)) return false;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *ending = g_strdup_printf("-%s", words[i].word);
        if (g_str_has_suffix(name, ending)) return false;
    }
    return true;
}

static void add(GPtrArray *readings, RouteKind kind, const char *group, const char *argument) {
    Route *route = g_new0(Route, 1);
    route->kind = kind;
    route->group = g_strdup(strcmp(group, site) == 0 ? "" : group);
    route->argument = g_strdup(argument);
    g_ptr_array_add(readings, route);
}

static bool is_reader_kind(RouteKind kind) { return kind == ROUTE_MUTE || kind == ROUTE_UNMUTE || kind == ROUTE_NODIGEST; }

/* `head` is what stands before a subaddress word: a group, or the site for the words that it has too or alone. */
static bool can_have(const char *head, RouteKind kind) {
    if (strcmp(head, site) != 0) return is_plain_name(head) && !is_reader_kind(kind);
    return is_reader_kind(kind) || kind == ROUTE_BOUNCES || kind == ROUTE_CONFIRM || kind == ROUTE_MODERATE;
}

static void add_subaddress(GPtrArray *readings, const char *local, size_t i) {
    const char *plus = words[i].argument ? strrchr(local, '+') : NULL;
    size_t length = plus != NULL ? (size_t)(plus - local) : strlen(local), word = strlen(words[i].word);
    if (length <= word + 1 || strncmp(local + length - word, words[i].word, word) != 0) {
        if (plus == NULL) return;
        plus = NULL;
        length = strlen(local);
        if (length <= word + 1 || strncmp(local + length - word, words[i].word, word) != 0) return;
    }
    if (strchr("-+", local[length - word - 1]) == NULL) return;
    g_autofree char *head = g_strndup(local, length - word - 1);
    if (can_have(head, words[i].kind)) add(readings, words[i].kind, head, plus != NULL ? plus + 1 : "");
}

GPtrArray *route_readings(const char *local) {
    GPtrArray *readings = g_ptr_array_new_with_free_func((GDestroyNotify)route_free);
    if (strcmp(local, site) == 0)
        add(readings, ROUTE_SITE, site, "");
    else if (g_strv_contains(operators, local))
        add(readings, ROUTE_SITE, site, local);
    else if (is_plain_name(local))
        add(readings, ROUTE_POST, local, "");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) add_subaddress(readings, local, i);
    if (readings->len == 0) add(readings, ROUTE_UNKNOWN, "", "");
    return readings;
}

int64_t route_answered(const GPtrArray *readings) {
    gint64 number = 0;
    for (guint i = 0; i < readings->len; i++) {
        const Route *route = readings->pdata[i];
        if (route->kind == ROUTE_POST && g_ascii_string_to_signed(route->argument, 10, 1, G_MAXINT64, &number, NULL)) return number;
    }
    return 0;
}

/* Of what a name may hold, the dot alone means something to it. */
static void append_name(GString *expression, const char *name) {
    if (expression->str[expression->len - 1] != '(') g_string_append_c(expression, '|');
    for (const char *c = name; *c != '\0'; c++) g_string_append_printf(expression, *c == '.' ? "[%c]" : "%c", *c);
}

char *route_expression(const char *const *names) {
    GString *expression = g_string_new("(");
    append_name(expression, site);
    for (const char *const *name = operators; *name != NULL; name++) append_name(expression, *name);
    for (const char *const *name = names; *name != NULL; name++) append_name(expression, *name);
    g_string_append(expression, ")([-+](");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) append_name(expression, words[i].word);
    g_string_append(expression, ")([+].*)?)?");
    return g_string_free(expression, FALSE);
}
