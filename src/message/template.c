#include "message/template.h"
#include <errno.h>
#include <gio/gio.h>
#include <unistd.h>

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
    {"undelivered", {"subject", "group_title", "sent", "failed", "lines", "advice", "owner_address", NULL}},
    {NULL, {NULL}},
};

/* Both files say the same things; only where one gives an address and the other a link do they differ. */
#define IN_BOTH(...) {"digest.txt", __VA_ARGS__}, {"digest.html", __VA_ARGS__}
const TemplateSection template_sections[] = {
    {"digest.txt", "subject-daily", {"day", "groups", "posts", NULL}},
    {"digest.txt", "subject-twice", {"day", "hour", "groups", "posts", NULL}},
    {"digest.txt", "subject-weekly", {"date", "groups", "posts", NULL}},
    {"digest.txt", "subject-daily-group", {"day", "group_title", "posts", NULL}},
    {"digest.txt", "subject-twice-group", {"day", "hour", "group_title", "posts", NULL}},
    {"digest.txt", "subject-weekly-group", {"date", "group_title", "posts", NULL}},
    {"digest.txt", "subject-part", {"part", "parts", NULL}},
    IN_BOTH("opening", {"title", "site_name", "groups", "threads", "posts", "part", "contents", NULL}),
    IN_BOTH("part", {"part", "parts", NULL}),
    IN_BOTH("contents-group", {"group_title", "threads", "posts", "lines", NULL}),
    IN_BOTH("contents-single", {"subject", NULL}),
    IN_BOTH("contents-thread", {"subject", "posts", NULL}),
    {"digest.txt", "group", {"group_title", "group_address", NULL}},
    {"digest.html", "group", {"group_title", "group_address", "group_link", NULL}},
    IN_BOTH("thread", {"subject", "continued", NULL}),
    IN_BOTH("continued", {"date", NULL}),
    IN_BOTH("post", {"author", "date", "subject", NULL}),
    IN_BOTH("other-subject", {"subject", NULL}),
    IN_BOTH("resumed", {"author", NULL}),
    IN_BOTH("history", {"lines", NULL}),
    IN_BOTH("signature", {"lines", NULL}),
    IN_BOTH("no-text", {NULL}),
    {"digest.txt", "attachments", {"files", "get_subject", "help_address", NULL}},
    {"digest.html", "attachments", {"files", "get_link", NULL}},
    IN_BOTH("attachment", {"name", "size", NULL}),
    IN_BOTH("more-attachments", {"files", NULL}),
    {"digest.txt", "foot", {"answer_address", "author", "mute_address", NULL}},
    {"digest.html", "foot", {"answer_link", "author", "mute_link", NULL}},
    {"digest.txt", "foot-author", {"author", "author_address", NULL}},
    {"digest.html", "foot-author", {"author", "author_link", NULL}},
    {"digest.txt", "closing", {"site_name", "leave", "help_address", NULL}},
    {"digest.html", "closing", {"site_name", "leave", "help_address", "help_link", NULL}},
    {"digest.txt", "leave", {"group_title", "leave_address", NULL}},
    {"digest.html", "leave", {"group_title", "leave_address", "leave_link", NULL}},
    {"digest.txt", "author", {"author", "author_address", NULL}},
    {"digest.html", "author", {"author", "author_link", NULL}},
    {"digest.html", "text", {"text", NULL}},
    {"digest.html", "paragraph", {"text", NULL}},
    {"digest.html", "quote", {"text", NULL}},
    {"digest.html", "link", {"link", "text", NULL}},
    {NULL, NULL, {NULL}},
};

/* What words.txt must hold, no more and no less. */
static const struct {
    const char *section;
    bool lines; /* whole lines, that {group} and {argument} may stand in */
    const char *words[64]; /* ended by NULL */
} word_table[] = {
    {"reasons", false,
     {"stranger", "first-post", "owners-only", "unreadable", "loop", "automatic", "repetition", "null-sender", "hops", "from-group", "no-author",
      "request", "too-large", "attachment", "confirm-post", "too-much", "doubt", NULL}},
    {"requests", true,
     {"join", "join-digest", "leave", "leave-all", "set-each", "set-digest", "set-none", "set-all-each", "set-all-digest",
      "set-all-none", "pause", "pause-date", "resume", "language", "address", "erase", "erase-posts", "accept", "reject",
      "discard", "invite", "remove", "allow", "digest-off", "digest", "mute", "unmute", "urgent", NULL}},
    {"replies", true,
     {"ask", "joined", "join-waits", "join-invited-only", "join-refused", "left", "set", "paused", "resumed", "language-set",
      "address-asked", "address-set", "address-taken", "erased", "invited", "removed", "allowed", "accepted", "rejected",
      "discarded", "held-accepted", "held-rejected", "held-discarded", "no-held", "held-none", "settled", "expired", "cancelled",
      "not-member", "already-member", "not-moderator", "not-visible", "no-group", "not-known", "own-address", "bad-date",
      "unknown", "too-many", "not-done", "no-post", "no-trace", "digest-set", "digest-now", "digest-now-none", "digest-again", "digest-none", "digests-ended", "dead-link", "doubt-kept", "digest-answered", "digest-threads", "get-whole",
      "muted", "unmuted", "muted-thread", "unmuted-thread", "urgent-set", "not-urgent", NULL}},
    {"choices", true,
     {"format-html", "format-text", "format-mime", "format-rfc1153", "cadence-daily", "cadence-twice", "cadence-weekly", "cadence-weekly-on",
      "hour", "separate-yes", "separate-no", "size", "size-0", "urgent-yes", "urgent-no", NULL}},
    {"modes", false, {"each", "digest", "none", NULL}},
    {"headings", true,
     {"help", "groups", "info", "my", "who", "index", "get", "export", "held", "settings", "members-count", "since",
      "paused-until", "theme-none", "trace", "digest", "digest-groups", "digest-no-groups", "muted", "digest-example", "digest-example-1",
      "digest-example-2", "digest-example-3", NULL}},
    {"rejected", false, {"no-reason", NULL}},
    {"returns", true, {"suspended", "ailing", "message", "destination", NULL}},
    {"undelivered", true, {"dead", "full", "temporary", "policy", "unknown", "no-need", "ask-first", "in-digests", NULL}},
    {"fates", true,
     {"recipients", "delivered", "waiting", "failed", "returned", "gathering", "covered", "withheld", "cancelled", "muted", "unwanted", "no-server", "not-taken", "held", "since", "words",
      "digest", "nobody", NULL}},
    {"digest", false,
     {"no-subject", "group-one", "group-many", "thread-one", "thread-many", "message-one", "message-many", "history-one", "history-many",
      "signature-one", "signature-many", "file-one", "file-many", "decimal", "mute-subject", "mute-body", "get-subject", NULL}},
    {"weekdays", false, {"1", "2", "3", "4", "5", "6", "7", NULL}},
    {"weekdays-of", false, {"1", "2", "3", "4", "5", "6", "7", NULL}},
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

static bool source_read(const char *folder, const char *language, const char *file, Source *source, GError **error) {
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *inner = g_strdup_printf("/diktyo/templates/%s/%s", language, file);
    source->where = g_strdup_printf("templates/%s/%s (built in)", language, file);
    if (folder != NULL && *folder != '\0') {
        g_autofree char *path = g_strdup_printf("%s/%s/%s", folder, language, file);
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

/* Every {{word}} is one of `words`. */
static bool check_known(const Source *source, int line, const char *text, const char *const *words, GError **error) {
    const char *pairs[32] = {NULL};
    for (size_t i = 0; words[i] != NULL; i++) pairs[2 * i] = pairs[2 * i + 1] = words[i];
    g_autofree char *expanded = expand(source, line, text, pairs, error);
    return expanded != NULL;
}

static bool check_used(const Source *source, int line, const char *text, const char *const *words, GError **error) {
    for (; *words != NULL; words++) {
        g_autofree char *use = g_strdup_printf("{{%s}}", *words);
        if (strstr(text, use) == NULL) return fault_set(error, FAULT_CONFIG, "%s:%d: the word %s is never used", source->where, line, use);
    }
    return true;
}

static bool check_notice(const char *folder, const char *language, const char *file, const Template *template, GError **error) {
    g_auto(Source) source = {0};
    g_autofree char *subject = NULL;
    const char *text;
    if (!source_read(folder, language, file, &source, error) || !source_split(&source, &subject, &text, error)) return false;
    return check_known(&source, 1, subject, template->words, error) && check_known(&source, 3, text, template->words, error) &&
           check_used(&source, 1, source.text, template->words, error);
}

/* --- texts in sections --- */

static const TemplateSection *find_section(const char *file, const char *name) {
    for (const TemplateSection *section = template_sections; section->file != NULL; section++)
        if (strcmp(section->file, file) == 0 && strcmp(section->section, name) == 0) return section;
    return NULL;
}

/* The name when this line is nothing but `[name]`, yours; else NULL. */
static char *section_name(const char *line) {
    size_t length = strlen(line), letters = length > 2 && *line == '[' ? strspn(line + 1, "abcdefghijklmnopqrstuvwxyz-") : 0;
    return letters > 0 && letters == length - 2 && line[length - 1] == ']' ? g_strndup(line + 1, letters) : NULL;
}

/* One section, from the line below its name to the next, or to the end: `text` is without the empty line there. */
static bool take_section(const Source *source, const char *file, const char *name, int line, GString *text, GHashTable *sections, GError **error) {
    if (g_str_has_suffix(text->str, "\n\n")) g_string_truncate(text, text->len - 1);
    const TemplateSection *section = find_section(file, name);
    if (section == NULL) return fault_set(error, FAULT_CONFIG, "%s:%d: [%s] is no section of ours", source->where, line, name);
    if (!check_known(source, line + 1, text->str, section->words, error) || !check_used(source, line, text->str, section->words, error)) return false;
    g_hash_table_insert(sections, g_strdup(name), g_strdup(text->str));
    return true;
}

static bool take_sections(const Source *source, const char *file, GHashTable *sections, GError **error) {
    g_auto(GStrv) lines = g_strsplit(source->text, "\n", -1);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *name = NULL;
    int begins = 0;
    for (int i = 0; lines[i] != NULL; i++) {
        g_autofree char *next = section_name(lines[i]);
        if (next == NULL) {
            if (lines[i + 1] != NULL || *lines[i] != '\0') g_string_append_printf(text, "%s\n", lines[i]);
            continue;
        }
        if (name != NULL && !take_section(source, file, name, begins, text, sections, error)) return false;
        g_string_truncate(text, 0);
        g_free(name);
        name = g_steal_pointer(&next);
        begins = i + 1;
    }
    return name == NULL || take_section(source, file, name, begins, text, sections, error);
}

GHashTable *template_read_sections(const char *folder, const char *language, const char *file, GError **error) {
    g_auto(Source) source = {0};
    g_autoptr(GHashTable) sections = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!source_read(folder, known_language(language), file, &source, error) || !take_sections(&source, file, sections, error)) return NULL;
    for (const TemplateSection *section = template_sections; section->file != NULL; section++)
        if (strcmp(section->file, file) == 0 && !g_hash_table_contains(sections, section->section)) {
            fault_set(error, FAULT_CONFIG, "%s: [%s] is missing", source.where, section->section);
            return NULL;
        }
    return g_steal_pointer(&sections);
}

char *template_fill_section(const char *section, const char *const *words) {
    GString *text = g_string_sized_new(2 * strlen(section));
    for (const char *c = section, *open; *c != '\0';) {
        if ((open = strstr(c, "{{")) == NULL) open = c + strlen(c);
        g_string_append_len(text, c, open - c);
        const char *close = *open != '\0' ? strstr(open, "}}") : NULL;
        if (close == NULL) {
            g_string_append(text, open);
            break;
        }
        g_autofree char *name = g_strndup(open + 2, (gsize)(close - open - 2));
        const char *value = value_of(words, name);
        c = close + 2;
        if (value != NULL) g_string_append(text, value);
        bool alone = (open == section || open[-1] == '\n') && *c == '\n';
        if (alone && (value == NULL || *value == '\0')) c++;
    }
    return g_string_free(text, FALSE);
}

static GKeyFile *read_words(const char *folder, const char *language, Source *source, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autoptr(GKeyFile) keys = g_key_file_new();
    if (!source_read(folder, language, "words.txt", source, error)) return NULL;
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

static const char *const sectioned[] = {"digest.txt", "digest.html"};

/* The operator's file is to be looked at; one that is built in, when all are. */
static bool is_due(const char *folder, const char *language, const char *file) {
    if (folder == NULL) return true;
    g_autofree char *path = g_build_filename(folder, language, file, NULL);
    return access(path, F_OK) == 0 || errno != ENOENT;
}

static bool check_language(const char *folder, const char *language, GError **error) {
    for (const Template *template = template_table; template->name != NULL; template++) {
        g_autofree char *file = g_strconcat(template->name, ".txt", NULL);
        if (is_due(folder, language, file) && !check_notice(folder, language, file, template, error)) return false;
    }
    if (is_due(folder, language, "words.txt") && !check_words(folder, language, error)) return false;
    for (size_t i = 0; i < G_N_ELEMENTS(sectioned); i++) {
        if (!is_due(folder, language, sectioned[i])) continue;
        g_autoptr(GHashTable) sections = template_read_sections(folder, language, sectioned[i], error);
        if (sections == NULL) return false;
    }
    return true;
}

bool template_check(const char *folder, GError **error) {
    if (folder != NULL && !g_file_test(folder, G_FILE_TEST_IS_DIR))
        return fault_set(error, FAULT_CONFIG, "the folder of templates %s is missing", folder);
    for (const char *const *language = languages; *language != NULL; language++)
        if (!check_language(folder, *language, error)) return false;
    return true;
}

bool template_fill(const char *folder, const char *name, const char *language, const char *const *words, char **subject,
                   char **text, GError **error) {
    g_auto(Source) source = {0};
    g_autofree char *first = NULL, *filled = NULL;
    g_autofree char *file = g_strconcat(name, ".txt", NULL);
    const char *rest;
    if (!source_read(folder, known_language(language), file, &source, error) || !source_split(&source, &first, &rest, error)) return false;
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
