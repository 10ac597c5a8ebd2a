#include "publish/digest_text.h"
#include "message/rewrite.h"
#include "message/text.h"

/* A digest is read on a phone, in the morning, by someone with ten groups: what is inside comes first, nothing is said
 * twice, and of each mail there is what is new in it. Quoted history and signatures are folded, never dropped without a
 * word, and only where it is plain what they are: a short quotation that is being answered stays. */

enum { QUOTED_LINES_KEPT = 2, SIGNATURE_LINES_MOST = 12, ATTACHMENTS_MOST = 20, SUBJECT_MOST = 200, NAME_MOST = 80 };

const char *const digest_word_names[DIGEST_WORDS] = {
    [DIGEST_WORD_CONTENTS] = "contents", [DIGEST_WORD_FROM] = "from",       [DIGEST_WORD_ATTACHMENTS] = "attachments",
    [DIGEST_WORD_NO_SUBJECT] = "no-subject", [DIGEST_WORD_NO_TEXT] = "no-text", [DIGEST_WORD_CUT] = "cut",
    [DIGEST_WORD_ANSWER] = "answer", [DIGEST_WORD_LEAVE] = "leave",
};

/* What is counted has two forms, so it stands here and not among the single words. */
typedef enum { COUNT_GROUPS, COUNT_THREADS, COUNT_POSTS, COUNT_HISTORY, COUNT_SIGNATURE, COUNT_FILES } Counted;
static const struct {
    const char *one[2], *many[2]; /* Greek, English */
} counted_words[] = {
    [COUNT_GROUPS] = {{"ομάδα", "group"}, {"ομάδες", "groups"}},
    [COUNT_THREADS] = {{"συζήτηση", "thread"}, {"συζητήσεις", "threads"}},
    [COUNT_POSTS] = {{"μήνυμα", "message"}, {"μηνύματα", "messages"}},
    [COUNT_HISTORY] = {{"γραμμή από προηγούμενα", "line of earlier messages"},
                       {"γραμμές από προηγούμενα", "lines of earlier messages"}},
    [COUNT_SIGNATURE] = {{"γραμμή υπογραφής", "line of signature"}, {"γραμμές υπογραφής", "lines of signature"}},
    [COUNT_FILES] = {{"ακόμη αρχείο", "more file"}, {"ακόμη αρχεία", "more files"}},
};

static void append_counted(GString *text, size_t number, Counted what, const DigestWords *words) {
    const char *const *forms = number == 1 ? counted_words[what].one : counted_words[what].many;
    g_string_append_printf(text, "%zu %s", number, forms[words->english ? 1 : 0]);
}

/* --- one post --- */

static size_t line_length(const char *line) {
    const char *end = strchr(line, '\n');
    return end != NULL ? (size_t)(end - line) + 1 : strlen(line);
}

static bool is_quoted(const char *line) { return *line == '>'; }

/* How many lines from `line` on are quoted, and their bytes. */
static size_t quoted_run(const char *line, size_t *bytes) {
    size_t lines = 0;
    for (*bytes = 0; is_quoted(line + *bytes); lines++) *bytes += line_length(line + *bytes);
    return lines;
}

/* RFC 3676, 4.3: a signature starts after the line `-- `. What is longer than a signature is counts as text. */
static size_t signature_run(const char *line, size_t *bytes) {
    if (!g_str_has_prefix(line, "-- \n")) return 0;
    size_t lines = 0;
    for (*bytes = line_length(line); line[*bytes] != '\0' && !is_quoted(line + *bytes); lines++) {
        if (lines == SIGNATURE_LINES_MOST) return 0;
        *bytes += line_length(line + *bytes);
    }
    return lines;
}

static void append_folded(GString *text, size_t lines, Counted what, const DigestWords *words) {
    g_string_append(text, "[…] ");
    append_counted(text, lines, what, words);
    g_string_append_c(text, '\n');
}

/* False: not all of it fitted. */
static bool append_text(GString *text, const char *line, const DigestWords *words) {
    bool after_blank = true;
    while (*line != '\0') {
        size_t bytes = line_length(line), room = text->len < DIGEST_POST_MOST ? DIGEST_POST_MOST - text->len : 0, run, lines;
        bool blank = *line == '\n';
        if (bytes > room) {
            g_string_append_len(text, line, g_utf8_find_prev_char(line, line + room + 1) - line);
            return false;
        }
        if ((lines = quoted_run(line, &run)) > QUOTED_LINES_KEPT)
            append_folded(text, lines, COUNT_HISTORY, words);
        else if ((lines = signature_run(line, &run)) > 0)
            append_folded(text, lines, COUNT_SIGNATURE, words);
        else {
            if (!blank || !after_blank) g_string_append_len(text, line, (gssize)bytes);
            run = bytes;
        }
        after_blank = blank;
        line += run;
    }
    return true;
}

static void append_size(GString *text, int64_t size, const DigestWords *words) {
    static const char *const units[] = {"B", "kB", "MB", "GB"};
    double value = (double)MAX(size, 0);
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < G_N_ELEMENTS(units)) value /= 1000, unit++;
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(number, sizeof number, unit > 0 && value < 9.95 ? "%.1f" : "%.0f", value);
    if (!words->english) g_strdelimit(number, ".", ',');
    g_string_append_printf(text, " (%s %s)", number, units[unit]);
}

static void append_attachments(GString *text, const GPtrArray *attachments, const DigestWords *words) {
    if (attachments == NULL || attachments->len == 0) return;
    g_string_append_printf(text, "%s%s: ", text->len > 0 ? "\n" : "", words->word[DIGEST_WORD_ATTACHMENTS]);
    for (guint i = 0; i < MIN(attachments->len, ATTACHMENTS_MOST); i++) {
        const Attachment *attachment = attachments->pdata[i];
        g_autofree char *name = text_one_line(*attachment->name != '\0' ? attachment->name : attachment->type, SUBJECT_MOST);
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", name);
        append_size(text, attachment->size, words);
    }
    if (attachments->len > ATTACHMENTS_MOST) {
        g_string_append(text, ", ");
        append_counted(text, attachments->len - ATTACHMENTS_MOST, COUNT_FILES, words);
    }
    g_string_append_c(text, '\n');
}

static void trim(GString *text) {
    while (text->len > 0 && g_ascii_isspace(text->str[text->len - 1])) g_string_truncate(text, text->len - 1);
}

char *digest_text_body(const Post *post, const DigestWords *words) {
    GString *text = g_string_new(NULL);
    bool whole = append_text(text, post->text, words);
    trim(text);
    if (text->len > 0) g_string_append_c(text, '\n');
    if (!whole) g_string_append_printf(text, "%s\n", words->word[DIGEST_WORD_CUT]);
    append_attachments(text, post->attachments, words);
    if (text->len == 0) g_string_append_printf(text, "%s\n", words->word[DIGEST_WORD_NO_TEXT]);
    return g_string_free(text, FALSE);
}

/* --- order --- */

typedef struct {
    DigestEntry entry;
    int64_t id, thread;
    int64_t first;   /* the first post of its thread in this digest */
    size_t position; /* in reading order */
} Place;

static int by_post(const void *left, const void *right) {
    const Place *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static int by_place(const void *left, const void *right) {
    const Place *a = left, *b = right;
    if (a->entry.rank != b->entry.rank) return a->entry.rank < b->entry.rank ? -1 : 1;
    if (a->first != b->first) return a->first < b->first ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

/* Walks over all trees of answers without recursion: mails decide how deep they are. A post in a circle of parents (the
 * store makes none) hangs on no root and comes last in its thread. Links are indexes plus one, 0 is none; child[0] is the
 * first of those without a parent here. */
static void number_positions(Place *places, size_t count) {
    g_autoptr(GHashTable) index = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autofree size_t *child = g_new0(size_t, count + 1), *next = g_new0(size_t, count + 1);
    g_autofree size_t *stack = g_new0(size_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        places[i].position = count + i;
        g_hash_table_insert(index, &places[i].id, GSIZE_TO_POINTER(i + 1));
    }
    for (size_t i = count; i > 0; i--) {
        size_t parent = GPOINTER_TO_SIZE(g_hash_table_lookup(index, &places[i - 1].entry.post->parent));
        if (parent > 0 && places[parent - 1].thread != places[i - 1].thread) parent = 0;
        next[i] = child[parent];
        child[parent] = i;
    }
    size_t depth = 0, position = 0;
    if (child[0] != 0) stack[depth++] = child[0];
    while (depth > 0) {
        size_t at = stack[--depth];
        places[at - 1].position = position++;
        if (next[at] != 0) stack[depth++] = next[at];
        if (child[at] != 0) stack[depth++] = child[at];
    }
}

void digest_text_order(DigestEntry *entries, size_t count) {
    if (count == 0) return;
    g_autofree Place *places = g_new0(Place, count);
    g_autoptr(GHashTable) firsts = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (size_t i = 0; i < count; i++)
        places[i] = (Place){.entry = entries[i], .id = entries[i].post->id, .thread = entries[i].post->thread};
    qsort(places, count, sizeof *places, by_post);
    for (size_t i = 0; i < count; i++) {
        const Place *first = g_hash_table_lookup(firsts, &places[i].thread);
        if (first == NULL) g_hash_table_insert(firsts, &places[i].thread, &places[i]);
        places[i].first = first != NULL ? first->id : places[i].id;
    }
    number_positions(places, count);
    qsort(places, count, sizeof *places, by_place);
    for (size_t i = 0; i < count; i++) entries[i] = places[i].entry;
}

/* --- the whole --- */

/* How many of the ordered entries from the first on are of its group, or its thread. */
static size_t group_run(const DigestEntry *entries, size_t count) {
    size_t run = 0;
    while (run < count && entries[run].group == entries[0].group) run++;
    return run;
}

static size_t thread_run(const DigestEntry *entries, size_t count) {
    size_t run = 0;
    const DigestEntry *first = entries;
    while (run < count && entries[run].group == first->group && entries[run].post->thread == first->post->thread) run++;
    return run;
}

static size_t count_threads(const DigestEntry *entries, size_t count) {
    size_t threads = 0;
    for (size_t i = 0; i < count; i += thread_run(entries + i, count - i)) threads++;
    return threads;
}

char *digest_text_count(const DigestEntry *entries, size_t count, const DigestWords *words) {
    GString *text = g_string_new(NULL);
    size_t groups = 0;
    for (size_t i = 0; i < count; i += group_run(entries + i, count - i)) groups++;
    append_counted(text, groups, COUNT_GROUPS, words);
    g_string_append(text, ", ");
    append_counted(text, count, COUNT_POSTS, words);
    return g_string_free(text, FALSE);
}

static char *subject_of(const Post *post, const DigestWords *words) {
    g_autofree char *subject = text_one_line(post->subject, SUBJECT_MOST);
    return *subject != '\0' ? g_steal_pointer(&subject) : g_strdup(words->word[DIGEST_WORD_NO_SUBJECT]);
}

static void append_overview(GString *text, const DigestEntry *entries, size_t count, const DigestWords *words) {
    g_string_append_printf(text, "%s\n", words->word[DIGEST_WORD_CONTENTS]);
    for (size_t i = 0, group = 0; i < count; i += group) {
        group = group_run(entries + i, count - i);
        g_string_append_printf(text, "\n* %s: ", entries[i].group->title);
        append_counted(text, count_threads(entries + i, group), COUNT_THREADS, words);
        g_string_append(text, ", ");
        append_counted(text, group, COUNT_POSTS, words);
        g_string_append_c(text, '\n');
        for (size_t j = i, thread = 0; j < i + group; j += thread) {
            thread = thread_run(entries + j, i + group - j);
            g_autofree char *subject = subject_of(entries[j].post, words);
            g_string_append_printf(text, "  - %s", subject);
            if (thread > 1) g_string_append_printf(text, " (%zu)", thread);
            g_string_append_c(text, '\n');
        }
    }
}

static void append_rule(GString *text, char sign) {
    for (int i = 0; i < 72; i++) g_string_append_c(text, sign);
    g_string_append_c(text, '\n');
}

static void append_time(GString *text, const char *zone_name, int64_t at, const DigestWords *words) {
    g_autoptr(GTimeZone) named = g_time_zone_new_identifier(zone_name);
    g_autoptr(GTimeZone) zone = named != NULL ? g_steal_pointer(&named) : g_time_zone_new_utc();
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
    if (local == NULL) return;
    g_autofree char *shown = g_date_time_format(local, words->english ? "%Y-%m-%d %H:%M" : "%d/%m/%Y %H:%M");
    g_string_append_printf(text, ", %s", shown);
}

/* The subject stands above the thread; an answer repeats it only where it says something else than `Re: ` before it. */
static void append_post(GString *text, const DigestEntry *entry, const char *heading, bool full, const DigestWords *words) {
    const Post *post = entry->post;
    g_autofree char *subject = subject_of(post, words), *name = text_one_line(post->author_name, NAME_MOST);
    if (!g_str_has_suffix(subject, heading)) g_string_append_printf(text, "\n%s", subject);
    g_string_append_printf(text, "\n%s: %s", words->word[DIGEST_WORD_FROM], name);
    if (*post->author_address != '\0') g_string_append_printf(text, "%s<%s>", *name != '\0' ? " " : "", post->author_address);
    append_time(text, entry->group->zone, post->accepted_at, words);
    g_string_append_printf(text, "\n\n%s", full ? entry->body : words->word[DIGEST_WORD_CUT]);
    if (!full) g_string_append_c(text, '\n');
}

static void append_group(GString *text, const Group *group, const char *domain, const DigestWords *words) {
    g_autofree char *address = rewrite_address(group->name, NULL, domain);
    g_string_append_c(text, '\n');
    append_rule(text, '=');
    g_string_append_printf(text, "%s\n%s %s\n", group->title, words->word[DIGEST_WORD_ANSWER], address);
    append_rule(text, '=');
}

char *digest_text_contents(const DigestEntry *entries, size_t count, const char *domain, const DigestWords *words) {
    GString *text = g_string_new(NULL);
    size_t bodies = 0;
    append_overview(text, entries, count, words);
    for (size_t i = 0; i < count;) {
        if (i == 0 || entries[i].group != entries[i - 1].group) append_group(text, entries[i].group, domain, words);
        g_autofree char *heading = subject_of(entries[i].post, words);
        g_string_append_printf(text, "\n%s\n", heading);
        append_rule(text, '-');
        for (size_t end = i + thread_run(entries + i, count - i); i < end; i++) {
            bodies += strlen(entries[i].body);
            append_post(text, &entries[i], heading, bodies <= DIGEST_ALL_MOST, words);
        }
    }
    trim(text);
    return g_string_free(text, FALSE);
}

char *digest_text_leave(const DigestEntry *entries, size_t count, const char *domain, const DigestWords *words) {
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s:\n", words->word[DIGEST_WORD_LEAVE]);
    for (size_t i = 0; i < count; i += group_run(entries + i, count - i)) {
        g_autofree char *address = rewrite_address(entries[i].group->name, "leave", domain);
        g_string_append_printf(text, "  %s: %s\n", entries[i].group->title, address);
    }
    trim(text);
    return g_string_free(text, FALSE);
}
