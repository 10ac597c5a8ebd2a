#include "message/template.h"
#include <gio/gio.h>

/* A notice that a Greek clerk reads must not depend on the operator having copied files, so the texts are in the program; and he may
 * word one of them differently without taking care of the others. What he wrote is checked when the program starts: a mail
 * with {{sbuject}} in it, or without the address to write to, is worse than a program that says so. Values come from
 * strangers' mails: they are put in by one pass over the text, which never looks at them again. */

const Template template_table[] = {
    {"held", {"group_title", "group_address", "author", "subject", "reason", "held_number", "excerpt", NULL}},
    {"post", {"group_title", "subject", "excerpt", NULL}},
    {"approval", {"group_title", "group_address", "person", NULL}},
    {"decided", {"text", NULL}},
    {"reminder", {"group_title", "count", "lines", "days", NULL}},
    {"accepted", {"group_title", "group_address", "subject", NULL}},
    {"rejected", {"group_title", "group_address", "subject", "reason", NULL}},
    {"expired", {"group_title", "group_address", "subject", NULL}},
    {"confirm", {"requests", "address", "days", "answers", NULL}},
    {"digests-ended", {"requests", "days", "answers", NULL}},
    {"address", {"old_address", "new_address", "days", NULL}},
    {"invitation", {"group_title", "group_address", "description", "days", NULL}},
    {"again", {"question", "quote", NULL}},
    {"answer", {"text", "help_address", NULL}},
    {"done", {"text", "help_address", NULL}},
    {"probe", {"address", "reason", NULL}},
    {"suspended", {"address", NULL}},
    {"returns", {"group_title", "group_name", "lines", NULL}},
    {"undelivered", {"subject", "group_title", "sent", "failed", "lines", "owner_address", NULL}},
    {"digest", {"site_name", "date", "count", "contents", "leave_help", NULL}},
    {NULL, {NULL}},
};

/* What words.txt must hold, no more and no less. */
static const struct {
    const char *section;
    bool lines; /* whole lines, that {group} and {argument} may stand in */
    const char *words[64]; /* ended by NULL */
} word_table[] = {
    {"reasons", false,
     {"stranger", "first-post", "owners-only", "unreadable", "loop", "automatic", "null-sender", "hops", "from-group", "no-author",
      "request", "too-large", "attachment", "confirm-post", "too-much", "doubt", NULL}},
    {"requests", true,
     {"join", "join-digest", "leave", "leave-all", "set-each", "set-digest", "set-none", "set-all-each", "set-all-digest",
      "set-all-none", "pause", "pause-date", "resume", "language", "address", "erase", "erase-posts", "accept", "reject",
      "discard", "invite", "remove", "allow", "digest", "mute", "unmute", "urgent", NULL}},
    {"replies", true,
     {"ask", "joined", "join-waits", "join-invited-only", "join-refused", "left", "set", "paused", "resumed", "language-set",
      "address-asked", "address-set", "address-taken", "erased", "invited", "removed", "allowed", "accepted", "rejected",
      "discarded", "held-accepted", "held-rejected", "held-discarded", "no-held", "held-none", "settled", "expired", "cancelled",
      "not-member", "already-member", "not-moderator", "not-visible", "no-group", "not-known", "own-address", "bad-date",
      "unknown", "too-many", "not-done", "no-post", "no-trace", "digest-set", "digest-now", "digest-again", "digest-none", "digests-ended",
      "muted", "unmuted", "muted-thread", "unmuted-thread", "urgent-set", "not-urgent", NULL}},
    {"choices", true,
     {"format-html", "format-text", "format-mime", "format-rfc1153", "cadence-daily", "cadence-twice", "cadence-weekly", "cadence-weekly-on",
      "hour", "separate-yes", "separate-no", "size", "size-0", "urgent-yes", "urgent-no", NULL}},
    {"modes", false, {"each", "digest", "none", NULL}},
    {"headings", true,
     {"help", "groups", "info", "my", "who", "index", "get", "export", "held", "settings", "members-count", "since",
      "paused-until", "theme-none", "trace", NULL}},
    {"rejected", false, {"no-reason", NULL}},
    {"returns", true, {"suspended", "ailing", "message", "destination", NULL}},
    {"undelivered", true, {"dead", "full", "temporary", "policy", "unknown", NULL}},
    {"fates", true,
     {"recipients", "delivered", "waiting", "failed", "returned", "gathering", "covered", "withheld", "cancelled", "muted", "since", "words",
      "digest", "nobody", NULL}},
    {"digest", false, {"contents", "from", "attachments", "no-subject", "no-text", "cut", "answer", "leave", NULL}},
    {"weekdays", false, {"1", "2", "3", "4", "5", "6", "7", NULL}},
    {"months", false, {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", NULL}},
};

/* Where a line of words.txt takes what it is about. */
static const char *const holes[] = {"{group}", "{argument}"};

static const char *const languages[] = {"el", "en", NULL};

/* Made by glib-compile-resources; named here so that the linker takes it out of the library. */
GResource *builtin_get_resource(void);

typedef struct {
    char *where; /* for the one who has to mend it */
    char *text;  /* valid UTF-8, LF */
} Source;

static void source_clear(Source *source) {
    g_free(source->where);
    g_free(source->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Source, source_clear)

static const char *known_language(const char *language) {
    return language != NULL && g_strv_contains(languages, language) ? language : languages[0];
}

/* The operator's file; *bytes NULL when he has none of that name. */
static bool read_replacement(const char *path, GBytes **bytes, GError **error) {
    g_autoptr(GError) reason = NULL;
    char *contents;
    gsize length;
    if (g_file_get_contents(path, &contents, &length, &reason)) {
        *bytes = g_bytes_new_take(contents, length);
        return true;
    }
    if (g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)) return true;
    return fault_set(error, FAULT_CONFIG, "%s", reason->message);
}

static bool source_read(const char *folder, const char *language, const char *name, Source *source, GError **error) {
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *inner = g_strdup_printf("/diktyo/templates/%s/%s.txt", language, name);
    source->where = g_strdup_printf("templates/%s/%s.txt (built in)", language, name);
    if (folder != NULL && *folder != '\0') {
        g_autofree char *path = g_strdup_printf("%s/%s/%s.txt", folder, language, name);
        if (!read_replacement(path, &bytes, error)) return false;
        if (bytes != NULL) {
            g_free(source->where);
            source->where = g_steal_pointer(&path);
        }
    }
    if (bytes == NULL) bytes = g_resource_lookup_data(builtin_get_resource(), inner, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    if (bytes == NULL) return fault_set(error, FAULT_CONFIG, "%s is missing", source->where);
    gsize length;
    const char *data = g_bytes_get_data(bytes, &length);
    const char *bad = data;
    if (length > 0 && !g_utf8_validate(data, (gssize)length, &bad)) {
        int line = 1;
        for (const char *c = data; c < bad; c++) line += *c == '\n';
        return fault_set(error, FAULT_CONFIG, "%s:%d: not UTF-8", source->where, line);
    }
    GString *text = g_string_sized_new(length + 1);
    for (gsize i = 0; i < length; i++)
        if (data[i] != '\r') g_string_append_c(text, data[i]);
    source->text = g_string_free(text, FALSE);
    return true;
}

/* The Subject line's value, yours, and the text behind the empty line, borrowed. */
static bool source_split(const Source *source, char **subject, const char **text, GError **error) {
    static const char label[] = "Subject: ";
    size_t length = strcspn(source->text, "\n");
    if (!g_str_has_prefix(source->text, label) || length == strlen(label))
        return fault_set(error, FAULT_CONFIG, "%s:1: the first line must be “Subject: …”", source->where);
    if (!g_str_has_prefix(source->text + length, "\n\n"))
        return fault_set(error, FAULT_CONFIG, "%s:2: there must be an empty line after the Subject", source->where);
    *subject = g_strndup(source->text + strlen(label), length - strlen(label));
    *text = source->text + length + 2;
    return true;
}

static const char *value_of(const char *const *words, const char *name) {
    for (; words[0] != NULL; words += 2)
        if (strcmp(words[0], name) == 0) return words[1] != NULL ? words[1] : "";
    return NULL;
}

/* `line` is that of the template's first character in its file. NULL on failure. */
static char *expand(const Source *source, int line, const char *template, const char *const *words, GError **error) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (const char *open; (open = strstr(template, "{{")) != NULL;) {
        for (const char *c = template; c < open; c++) line += *c == '\n';
        g_string_append_len(text, template, open - template);
        const char *close = strstr(open, "}}");
        g_autofree char *name = g_strndup(open + 2, close != NULL ? (gsize)(close - open - 2) : strcspn(open + 2, "\n"));
        const char *value = close != NULL ? value_of(words, name) : NULL;
        if (value == NULL) {
            fault_set(error, FAULT_CONFIG, "%s:%d: there is no word {{%.40s}} for this notice", source->where, line, name);
            return NULL;
        }
        g_string_append(text, value);
        template = close + 2;
    }
    g_string_append(text, template);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool check_notice(const char *folder, const char *language, const Template *template, GError **error) {
    g_auto(Source) source = {0};
    g_autofree char *subject = NULL;
    const char *text;
    if (!source_read(folder, language, template->name, &source, error) || !source_split(&source, &subject, &text, error)) return false;
    const char *words[2 * G_N_ELEMENTS(template->words) + 1] = {NULL};
    for (size_t i = 0; template->words[i] != NULL; i++) words[2 * i] = words[2 * i + 1] = template->words[i];
    g_autofree char *expanded_subject = expand(&source, 1, subject, words, error);
    g_autofree char *expanded = expanded_subject != NULL ? expand(&source, 3, text, words, error) : NULL;
    if (expanded == NULL) return false;
    for (const char *const *word = template->words; *word != NULL; word++) {
        g_autofree char *use = g_strdup_printf("{{%s}}", *word);
        if (strstr(source.text, use) == NULL)
            return fault_set(error, FAULT_CONFIG, "%s: the word %s is never used", source.where, use);
    }
    return true;
}

static GKeyFile *read_words(const char *folder, const char *language, Source *source, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autoptr(GKeyFile) keys = g_key_file_new();
    if (!source_read(folder, language, "words", source, error)) return NULL;
    if (g_key_file_load_from_data(keys, source->text, strlen(source->text), G_KEY_FILE_NONE, &reason)) return g_steal_pointer(&keys);
    fault_set(error, FAULT_CONFIG, "%s: %s", source->where, reason->message);
    return NULL;
}

static bool is_word(const char *section, const char *word) {
    for (size_t i = 0; i < G_N_ELEMENTS(word_table); i++)
        if (strcmp(word_table[i].section, section) == 0) return g_strv_contains(word_table[i].words, word);
    return false;
}

/* Which of `holes` begins here; -1: none. */
static int hole_at(const char *text) {
    for (size_t i = 0; i < G_N_ELEMENTS(holes); i++)
        if (g_str_has_prefix(text, holes[i])) return (int)i;
    return -1;
}

static bool check_word(GKeyFile *keys, const char *where, const char *section, const char *word, bool is_line, GError **error) {
    g_autofree char *value = g_key_file_get_string(keys, section, word, NULL);
    if (value == NULL || *g_strstrip(value) == '\0')
        return fault_set(error, FAULT_CONFIG, "%s: [%s] %s is missing", where, section, word);
    for (const char *open = value; (open = strchr(open, '{')) != NULL; open++)
        if (!is_line || hole_at(open) < 0)
            return fault_set(error, FAULT_CONFIG, "%s: [%s] %s: nothing can be put in at “%.40s”", where, section, word, open);
    return true;
}

static bool check_words(const char *folder, const char *language, GError **error) {
    g_auto(Source) source = {0};
    g_autoptr(GKeyFile) keys = read_words(folder, language, &source, error);
    if (keys == NULL) return false;
    for (size_t i = 0; i < G_N_ELEMENTS(word_table); i++)
        for (const char *const *word = word_table[i].words; *word != NULL; word++)
            if (!check_word(keys, source.where, word_table[i].section, *word, word_table[i].lines, error)) return false;
    g_auto(GStrv) sections = g_key_file_get_groups(keys, NULL);
    for (char **section = sections; *section != NULL; section++) {
        g_auto(GStrv) words = g_key_file_get_keys(keys, *section, NULL, NULL);
        for (char **word = words; *word != NULL; word++)
            if (!is_word(*section, *word))
                return fault_set(error, FAULT_CONFIG, "%s: [%s] %s is no word of ours", source.where, *section, *word);
    }
    return true;
}

bool template_check(const char *folder, GError **error) {
    if (folder != NULL && *folder != '\0' && !g_file_test(folder, G_FILE_TEST_IS_DIR))
        return fault_set(error, FAULT_CONFIG, "the folder of templates %s is missing", folder);
    for (const char *const *language = languages; *language != NULL; language++) {
        for (const Template *template = template_table; template->name != NULL; template++)
            if (!check_notice(folder, *language, template, error)) return false;
        if (!check_words(folder, *language, error)) return false;
    }
    return true;
}

bool template_fill(const char *folder, const char *name, const char *language, const char *const *words, char **subject,
                   char **text, GError **error) {
    g_auto(Source) source = {0};
    g_autofree char *first = NULL, *filled = NULL;
    const char *rest;
    if (!source_read(folder, known_language(language), name, &source, error) || !source_split(&source, &first, &rest, error)) return false;
    filled = expand(&source, 1, first, words, error);
    if (filled == NULL || (*text = expand(&source, 3, rest, words, error)) == NULL) return false;
    *subject = g_steal_pointer(&filled);
    return true;
}

/* One mail asks for dozens of words, and what holds was checked at start: so each file is taken apart once. NULL on failure. */
static GKeyFile *known_words(const char *folder, const char *language) {
    static GHashTable *known;
    if (known == NULL) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_key_file_unref);
    g_autofree char *place = g_strdup_printf("%s/%s", folder != NULL ? folder : "", language);
    GKeyFile *keys = g_hash_table_lookup(known, place);
    if (keys != NULL) return keys;
    g_auto(Source) source = {0};
    keys = read_words(folder, language, &source, NULL);
    if (keys != NULL) g_hash_table_insert(known, g_steal_pointer(&place), keys);
    return keys;
}

char *template_word(const char *folder, const char *language, const char *section, const char *word) {
    GKeyFile *keys = known_words(folder, known_language(language));
    char *value = keys != NULL ? g_key_file_get_string(keys, section, word, NULL) : NULL;
    return value != NULL ? g_strstrip(value) : g_strdup(word);
}

char *template_line(const char *folder, const char *language, const char *section, const char *word, const char *group,
                    const char *argument) {
    const char *values[] = {group, argument};
    g_autofree char *said = template_word(folder, language, section, word);
    GString *line = g_string_new(NULL);
    for (const char *c = said; *c != '\0';) {
        int hole = hole_at(c);
        if (hole < 0) {
            g_string_append_c(line, *c++);
        } else {
            if (values[hole] != NULL) g_string_append(line, values[hole]);
            c += strlen(holes[hole]);
        }
    }
    return g_strchomp(g_string_free(line, FALSE));
}

char *template_date(const char *language, const char *zone, int64_t at) {
    g_autoptr(GTimeZone) place = zone != NULL ? g_time_zone_new_identifier(zone) : NULL;
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    if (utc == NULL) return g_strdup("");
    g_autoptr(GDateTime) local = place != NULL ? g_date_time_to_timezone(utc, place) : g_date_time_ref(utc);
    g_autofree char *weekday_number = g_strdup_printf("%d", g_date_time_get_day_of_week(local));
    g_autofree char *month_number = g_strdup_printf("%d", g_date_time_get_month(local));
    g_autofree char *weekday = template_word(NULL, language, "weekdays", weekday_number);
    g_autofree char *month = template_word(NULL, language, "months", month_number);
    return g_strdup_printf("%s %d %s %d", weekday, g_date_time_get_day_of_month(local), month, g_date_time_get_year(local));
}
