#include "flow/trace.h"
#include "decide/request.h"
#include "decide/server_reply.h"
#include "message/template.h"
#include "message/text.h"
#include "store/fates.h"
#include "store/pending.h"
#include "store/posts.h"

/* Servers repeat the address in their words, in whole, in part, or the name that their directory has for it. The author need not know
 * who reads a group: each word that has a piece of the address or the name in it is left out. */

enum { POSTS_MOST = 10, SAYINGS_MOST = 5, LINES_MOST = 200, PIECE_SHORTEST = 3, WORDS_MOST = 200 };

static char *say(const Reply *reply, const char *section, const char *word, const char *group, const char *argument) {
    return template_line(reply->config->templates, reply->language, section, word, group, argument);
}

static void add(const Reply *reply, GString *text, const char *indent, const char *word, const char *argument) {
    g_autofree char *line = say(reply, "fates", word, NULL, argument);
    g_string_append_printf(text, "%s%s\n", indent, line);
}

/* Cut at every sign; short pieces tell nothing, and would take half of the words with them. */
static void add_pieces(GPtrArray *pieces, const char *from) {
    g_autofree char *folded = text_fold(from);
    g_autoptr(GString) piece = g_string_new(NULL);
    for (const char *c = folded;; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        if (g_unichar_isalnum(letter)) {
            g_string_append_unichar(piece, letter);
            continue;
        }
        if (g_utf8_strlen(piece->str, -1) >= PIECE_SHORTEST) g_ptr_array_add(pieces, g_strdup(piece->str));
        g_string_truncate(piece, 0);
        if (*c == '\0') break;
    }
}

static bool tells(const char *word, const GPtrArray *pieces, const char *local) {
    g_autofree char *folded = text_fold(word);
    if (strchr(folded, '@') != NULL) return true;
    for (guint i = 0; i < pieces->len; i++)
        if (strstr(folded, pieces->pdata[i]) != NULL) return true;
    char *start = folded, *end;
    while (*start != '\0' && g_ascii_ispunct(*start)) start++;
    for (end = start + strlen(start); end > start && g_ascii_ispunct(end[-1]);) *--end = '\0';
    return *start != '\0' && strcmp(start, local) == 0;
}

char *trace_words_of(const char *reply, const char *email, const char *name) {
    g_autoptr(GPtrArray) pieces = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *line = text_one_line(reply, WORDS_MOST), *folded = text_fold(email);
    g_auto(GStrv) parts = g_strsplit(folded, "@", 2), words = g_strsplit(line, " ", -1);
    const char *local = parts[0] != NULL ? parts[0] : "";
    add_pieces(pieces, local);
    add_pieces(pieces, name);
    if (parts[0] != NULL && parts[1] != NULL && *parts[1] != '\0') g_ptr_array_add(pieces, g_strdup(parts[1]));
    GString *text = g_string_new(NULL);
    bool hidden = false;
    for (char **word = words; *word != NULL; word++) {
        bool hide = tells(*word, pieces, local);
        if (hide && hidden) continue;
        if (text->len > 0) g_string_append_c(text, ' ');
        g_string_append(text, hide ? "…" : *word);
        hidden = hide;
    }
    return g_string_free(text, FALSE);
}

/* An hour is needed too: most of what waits has waited for minutes. */
static char *moment_of(const Reply *reply, int64_t at) {
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(reply->config->zone);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) there = zone != NULL && utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
    g_autofree char *day = template_date(reply->language, reply->config->zone, at), *hour = there != NULL ? g_date_time_format(there, "%H:%M") : g_strdup("");
    return g_strdup_printf("%s %s", day, hour);
}

/* Words of ours, which are for the operator, in the reader's language; NULL: a server said it, or nobody. */
static char *own_saying(const Reply *reply, const Fate *fate, FateKind kind) {
    if (!server_reply_is_ours(fate->reply)) return NULL;
    return kind == FATE_WAITING ? say(reply, "fates", "no-server", NULL, NULL) : kind == FATE_FAILED ? say(reply, "fates", "not-taken", NULL, NULL) : NULL;
}

/* What was said of a copy: the server's words, or the kind of report that came back. */
static char *saying_of(const Reply *reply, const Fate *fate, FateKind kind, bool with_addresses) {
    bool back = kind == FATE_RETURNED && fate->returned_class != NULL;
    g_autofree char *class = back ? say(reply, "undelivered", fate->returned_class, NULL, "1") : NULL;
    const char *meaning = class != NULL ? strstr(class, ": ") : NULL;
    g_autofree char *ours = own_saying(reply, fate, kind);
    if (with_addresses) {
        g_autofree char *words = meaning != NULL ? g_strdup(meaning + 2) : ours != NULL ? g_strdup(ours) : text_one_line(fate->reply, WORDS_MOST);
        return g_strdup_printf("%s%s%s", fate->email, *words != '\0' ? ": " : "", words);
    }
    if (meaning != NULL) return g_strdup(meaning + 2);
    if (ours != NULL) return g_steal_pointer(&ours);
    g_autofree char *words = trace_words_of(fate->reply, fate->email, fate->name);
    return *words != '\0' ? say(reply, "fates", "words", NULL, words) : g_strdup("");
}

static void add_sayings(const Reply *reply, const GPtrArray *fates, FateKind kind, bool digest, bool with_addresses, GString *text) {
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint most = with_addresses ? LINES_MOST : SAYINGS_MOST;
    if (kind == FATE_WITHHELD && !with_addresses) return;
    for (guint i = 0; i < fates->len; i++) {
        const Fate *fate = fates->pdata[i];
        if (fate->in_digest != digest || fate_kind(fate) != kind) continue;
        char *saying = saying_of(reply, fate, kind, with_addresses);
        const char *line = saying;
        if (*line == '\0' || g_hash_table_contains(said, saying)) {
            g_free(saying);
            continue;
        }
        if (g_hash_table_size(said) < most) g_string_append_printf(text, "%s      %s\n", digest ? "  " : "", line);
        g_hash_table_add(said, saying);
        if (g_hash_table_size(said) <= most) continue;
        g_string_append(text, "      …\n");
        return;
    }
}

static void add_kinds(const Reply *reply, const GPtrArray *fates, const FateCounts *counts, bool digest, bool with_addresses, GString *text) {
    static const bool explained[FATE_KINDS] = {[FATE_WAITING] = true, [FATE_FAILED] = true, [FATE_RETURNED] = true, [FATE_WITHHELD] = true};
    const char *indent = digest ? "    " : "  ";
    for (int kind = 0; kind < FATE_KINDS; kind++) {
        int64_t count = digest ? counts->digest[kind] : counts->single[kind];
        if (count == 0) continue;
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, count), *line = say(reply, "fates", fate_kind_words[kind], NULL, number);
        g_autofree char *when = kind == FATE_WAITING ? moment_of(reply, counts->waiting_since) : NULL;
        g_autofree char *since = when != NULL ? say(reply, "fates", "since", NULL, when) : NULL;
        g_string_append_printf(text, "%s%s%s%s\n", indent, line, since != NULL ? ", " : "", since != NULL ? since : "");
        if (explained[kind]) add_sayings(reply, fates, (FateKind)kind, digest, with_addresses, text);
    }
}

static bool looks_after(const Reply *reply, const Post *post) { return request_moderates(reply->facts, request_group_by_id(reply->facts, post->group)); }

/* A stranger's post has no person, only the address that it came from; the answer goes to nobody but that one. */
static bool is_his(const Reply *reply, const Post *post) {
    const char *address = reply->intent->letter->author_address;
    if (post->author != 0) return reply->facts->author != NULL && reply->facts->author->id == post->author;
    return address != NULL && *post->author_address != '\0' && strcmp(post->author_address, address) == 0;
}

static void add_heading(const Reply *reply, GString *text) {
    g_autofree char *heading = say(reply, "headings", "trace", NULL, NULL);
    g_string_append_printf(text, "%s\n", heading);
}

static bool add_post(const Reply *reply, const Post *post, GString *text, GError **error) {
    g_autoptr(GPtrArray) fates = fates_of(reply->database, post->id, error);
    if (fates == NULL) return false;
    const Group *group = request_group_by_id(reply->facts, post->group);
    FateCounts counts = fates_count(fates);
    int64_t digest = 0;
    for (int kind = 0; kind < FATE_KINDS; kind++) digest += counts.digest[kind];
    bool with_addresses = looks_after(reply, post);
    g_autofree char *subject = text_one_line(post->subject, 100), *when = moment_of(reply, post->accepted_at);
    g_autofree char *all = g_strdup_printf("%" G_GINT64_FORMAT, counts.recipients), *digests = g_strdup_printf("%" G_GINT64_FORMAT, digest);
    g_string_append_printf(text, "\n%s — %s, %s\n", subject, group != NULL ? group->title : post->group_name, when);
    add(reply, text, "  ", counts.recipients > 0 ? "recipients" : "nobody", all);
    add_kinds(reply, fates, &counts, false, with_addresses, text);
    if (digest > 0) add(reply, text, "  ", "digest", digests);
    add_kinds(reply, fates, &counts, true, with_addresses, text);
    return true;
}

static bool may_know(const Reply *reply, const Held *held) {
    const Group *group = request_group_by_id(reply->facts, held->group);
    bool his = g_strcmp0(held->author_address, reply->intent->letter->author_address) == 0;
    return his || (group != NULL && request_moderates(reply->facts, group));
}

/* What was not posted may be held: that too is an answer. */
static bool add_held(const Reply *reply, const char *message_id, GString *text, guint *told, GError **error) {
    g_autoptr(GPtrArray) list = pending_find(reply->database, message_id, false, error);
    for (guint i = 0; list != NULL && i < list->len && *told < POSTS_MOST; i++) {
        const Held *held = list->pdata[i];
        if (!may_know(reply, held)) continue;
        const Group *group = request_group_by_id(reply->facts, held->group);
        g_autofree char *subject = text_one_line(held->subject, 100), *when = moment_of(reply, held->at);
        if ((*told)++ == 0) add_heading(reply, text);
        g_string_append_printf(text, "\n%s — %s, %s\n", subject, group != NULL ? group->title : held->group_name, when);
        add(reply, text, "  ", "held", NULL);
    }
    return list != NULL;
}

static GPtrArray *find(const Reply *reply, const Order *order, GError **error) {
    const GPtrArray *references = reply->intent->letter->references;
    if (*order->argument != '\0') return posts_find(reply->database, order->argument, error);
    for (guint i = references != NULL ? references->len : 0; i > 0; i--) {
        g_autoptr(GPtrArray) posts = strchr(references->pdata[i - 1], '@') != NULL ? posts_find(reply->database, references->pdata[i - 1], error)
                                                                                   : g_ptr_array_new();
        if (posts == NULL || posts->len > 0) return g_steal_pointer(&posts);
    }
    return reply->facts->author != NULL ? posts_last_of(reply->database, reply->facts->author->id, error) : g_ptr_array_new();
}

bool trace_list(const Reply *reply, const Order *order, GString *text, GError **error) {
    g_autoptr(GPtrArray) posts = find(reply, order, error);
    if (posts == NULL) return false;
    guint told = 0;
    for (guint i = 0; i < posts->len && told < POSTS_MOST; i++) {
        const Post *post = posts->pdata[i];
        if (!is_his(reply, post) && !looks_after(reply, post)) continue;
        if (told++ == 0) add_heading(reply, text);
        if (!add_post(reply, post, text, error)) return false;
    }
    const GPtrArray *references = reply->intent->letter->references;
    const char *answered = references != NULL && references->len > 0 ? references->pdata[references->len - 1] : "";
    const char *message_id = *order->argument != '\0' ? order->argument : answered;
    if (*message_id != '\0' && !add_held(reply, message_id, text, &told, error)) return false;
    g_autofree char *argument = text_one_line(order->argument, 120), *none = say(reply, "replies", "no-trace", NULL, argument);
    if (told == 0) g_string_append_printf(text, "%s\n", none);
    return true;
}
