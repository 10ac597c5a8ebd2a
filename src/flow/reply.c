#include "flow/reply.h"
#include "decide/command.h"
#include "decide/request.h"
#include "flow/trace.h"
#include "message/rewrite.h"
#include "message/template.h"
#include "message/text.h"
#include "store/digests.h"
#include "store/groups.h"
#include "store/people.h"
#include "store/posts.h"
#include <stdarg.h>

/* A person's data goes only to the address that it belongs to; whoever forged From reads nothing. Lists are bounded: a mail of ours is never much
 * longer than what a screen or two can show. */

enum { LIST_MOST = 200, INDEX_MOST = 50, GET_CHARACTERS = 60000 };

static char *say(const Reply *reply, const char *section, const char *word, const char *group, const char *argument) {
    return template_line(reply->config->templates, reply->language, section, word, group, argument);
}

static void add(const Reply *reply, GString *text, const char *section, const char *word, const char *group, const char *argument) {
    g_autofree char *line = say(reply, section, word, group, argument);
    g_string_append(text, line);
    g_string_append_c(text, '\n');
}

static char *date_of(const Reply *reply, int64_t at) { return template_date(reply->language, reply->config->zone, at); }

static void list_help(const Reply *reply, GString *text) {
    bool moderates = false;
    for (guint i = 0; reply->facts->memberships != NULL && i < reply->facts->memberships->len; i++)
        moderates = moderates || ((const Membership *)reply->facts->memberships->pdata[i])->role != ROLE_MEMBER;
    for (const MailCommand *command = commands_by_mail; command->words != NULL; command++) {
        const char *usage = strcmp(reply->language, "en") == 0 ? command->usage_en : command->usage_el;
        if (usage != NULL && (!command->moderators || moderates)) g_string_append_printf(text, "  %s\n", usage);
    }
}

/* The catalogue by theme; closed groups are not advertised. */
static void list_groups(const Reply *reply, GString *text) {
    g_autoptr(GHashTable) themes = g_hash_table_new(g_str_hash, g_str_equal);
    const GPtrArray *all = reply->facts->catalogue;
    for (guint i = 0; i < all->len; i++) {
        const char *theme = ((const Group *)all->pdata[i])->theme;
        if (!g_hash_table_add(themes, (gpointer)(uintptr_t)theme)) continue;
        if (*theme != '\0') g_string_append_printf(text, "\n%s\n", theme);
        for (guint j = 0; j < all->len; j++) {
            const Group *group = all->pdata[j];
            if (strcmp(group->theme, theme) != 0 || group->kind == KIND_CLOSED) continue;
            g_string_append_printf(text, "  %s  <%s@%s>\n", group->title, group->name, reply->config->domain);
            if (*group->description != '\0') g_string_append_printf(text, "      %s\n", group->description);
        }
    }
}

static void list_info(const Reply *reply, const Group *group, GString *text) {
    g_string_append_printf(text, "  %s  <%s@%s>\n", group->title, group->name, reply->config->domain);
    if (*group->description != '\0') g_string_append_printf(text, "  %s\n", group->description);
}

static void list_memberships(const Reply *reply, GString *text) {
    const GPtrArray *all = reply->facts->memberships;
    for (guint i = 0; all != NULL && i < all->len; i++) {
        const Membership *membership = all->pdata[i];
        g_autofree char *mode = say(reply, "modes", delivery_mode_words[membership->delivery], NULL, NULL);
        g_autofree char *since = date_of(reply, membership->since), *until = date_of(reply, membership->paused_until);
        g_autofree char *since_line = say(reply, "headings", "since", NULL, since);
        g_string_append_printf(text, "  %s@%s: %s, %s\n", membership->group_name, reply->config->domain, mode, since_line);
        if (membership->paused_until <= reply->intent->now) continue;
        g_string_append(text, "      ");
        add(reply, text, "headings", "paused-until", NULL, until);
    }
    if (all == NULL || all->len == 0) add(reply, text, "replies", "not-known", "", "");
}

static bool list_members(const Reply *reply, const Group *group, GString *text, GError **error) {
    g_autoptr(GPtrArray) members = people_memberships(reply->database, group->id, 0, error);
    for (guint i = 0; members != NULL && i < members->len && i < LIST_MOST; i++) {
        const Membership *member = members->pdata[i];
        g_autofree char *name = text_one_line(member->name, 80), *place = text_one_line(member->organisation, 80);
        g_string_append_printf(text, "  %s%s%s%s%s\n", name, *name != '\0' ? ", " : "", place, *place != '\0' ? ", " : "", member->email);
    }
    if (members != NULL && members->len > LIST_MOST) g_string_append(text, "  …\n");
    return members != NULL;
}

static bool list_posts(const Reply *reply, const Group *group, GString *text, GError **error) {
    g_autoptr(GPtrArray) posts = posts_list(reply->database, group->id, INDEX_MOST, error);
    for (guint i = 0; posts != NULL && i < posts->len; i++) {
        const Post *post = posts->pdata[i];
        g_autofree char *subject = text_one_line(post->subject, 100), *date = date_of(reply, post->accepted_at);
        g_autofree char *author = text_one_line(*post->author_name != '\0' ? post->author_name : post->author_address, 60);
        g_string_append_printf(text, "  %" G_GINT64_FORMAT ". %s — %s, %s\n", post->id, subject, author, date);
    }
    return posts != NULL;
}

static bool may_read(const Reply *reply, const Post *post) {
    const Group *group = request_group_by_id(reply->facts, post->group);
    return group != NULL && request_may_see(reply->facts, group, group->archive_visible);
}

/* A post that he may not read and one that is not there look the same. */
static bool list_post(const Reply *reply, const Order *order, GString *text, GError **error) {
    g_autoptr(GPtrArray) posts = posts_find(reply->database, order->argument, error);
    if (posts == NULL) return false;
    if (posts->len == 0 || !may_read(reply, posts->pdata[0])) {
        add(reply, text, "replies", "no-post", NULL, order->argument);
        return true;
    }
    const Post *post = posts->pdata[0];
    g_autofree char *subject = text_one_line(post->subject, 200), *date = date_of(reply, post->accepted_at);
    g_autofree char *author = text_one_line(*post->author_name != '\0' ? post->author_name : post->author_address, 100);
    g_autofree char *body = g_utf8_substring(post->text, 0, MIN(g_utf8_strlen(post->text, -1), GET_CHARACTERS));
    g_string_append_printf(text, "%s\n%s, %s\n\n%s\n", subject, author, date, body);
    return true;
}

static void list_held(const Reply *reply, GString *text) {
    const GPtrArray *waiting = reply->facts->waiting;
    for (guint i = 0; waiting != NULL && i < waiting->len && i < LIST_MOST; i++) {
        const Held *held = waiting->pdata[i];
        g_autofree char *subject = text_one_line(held->subject, 100), *author = text_one_line(held->author_address, 80);
        g_autofree char *why = template_word(reply->config->templates, reply->language, "reasons", held->reason);
        g_string_append_printf(text, "  %" G_GINT64_FORMAT ". %s: %s, %s (%s)\n", held->id, held->group_name, *subject != '\0' ? subject : "—", *author != '\0' ? author : "—", why);
    }
}

static void list_settings(const Group *group, GString *text) {
    g_string_append_printf(text, "  kind: %s\n  posting: %s\n  joining: %s\n  members-visible: %s\n  archive-visible: %s\n  digest-hour: %d (%s)\n  language: %s\n",
                           group_kind_words[group->kind], group_posting_words[group->posting], group_joining_words[group->joining],
                           group_visible_words[group->members_visible], group_visible_words[group->archive_visible], group->digest_hour, group->zone,
                           group->language);
}

/* Everything that is stored of him, to read and as `key: value` lines for a program. */
static bool list_export(const Reply *reply, GString *text, GError **error) {
    const Person *person = reply->facts->author;
    if (person == NULL) {
        add(reply, text, "replies", "not-known", NULL, NULL);
        return true;
    }
    g_autoptr(GPtrArray) addresses = people_addresses(reply->database, person->id, error);
    g_autofree char *json = addresses != NULL ? people_export(reply->database, person, error) : NULL;
    if (json == NULL) return false;
    const char *known[] = {person->name, person->organisation, person->role};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (*known[i] != '\0') g_string_append_printf(text, "  %s\n", known[i]);
    for (guint i = 0; i < addresses->len; i++) g_string_append_printf(text, "  %s\n", (const char *)addresses->pdata[i]);
    list_memberships(reply, text);
    g_string_append_printf(text, "\n%s\n", json);
    return true;
}

static bool is_list(const char *word) {
    static const char *const lists[] = {"help", "groups", "info", "my", "who", "index", "get", "export", "trace", "held", "settings", "digest", NULL};
    return g_strv_contains(lists, word);
}

/* The day of his weekly digest stays as it was when he names none; "0" when he is nobody yet. */
static char *weekday_kept(const Reply *reply) {
    g_autoptr(DigestReader) reader = reply->facts->author != NULL ? digests_reader(reply->database, reply->facts->author->id, NULL) : NULL;
    return g_strdup_printf("%d", reader != NULL ? reader->choice.weekday : 0);
}

/* `cadence weekly 1` → «κάθε Δευτέρα»: the first two words are the key, the third stands in the line. */
static char *choice_shown(const Reply *reply, const char *argument) {
    g_auto(GStrv) words = g_strsplit(argument, " ", 3);
    if (words[0] == NULL || words[1] == NULL) return g_strdup("");
    bool number = strcmp(words[0], "hour") == 0 || strcmp(words[0], "size") == 0;
    bool none = strcmp(words[0], "size") == 0 && strcmp(words[1], "0") == 0;
    bool weekly = strcmp(words[0], "cadence") == 0 && strcmp(words[1], cadence_words[CADENCE_WEEKLY]) == 0;
    g_autofree char *number_of_day = words[2] != NULL ? g_strdup(words[2]) : weekly ? weekday_kept(reply) : g_strdup("0");
    bool named = strcmp(number_of_day, "0") != 0;
    g_autofree char *key = number && !none ? g_strdup(words[0]) : g_strdup_printf("%s-%s%s", words[0], words[1], named ? "-on" : "");
    g_autofree char *day = named ? template_word(reply->config->templates, reply->language, "weekdays", number_of_day) : NULL;
    return say(reply, "choices", key, NULL, day != NULL ? day : words[1]);
}

static void add_choice(const Reply *reply, GString *text, const char *form, ...) G_GNUC_PRINTF(3, 4);
static void add_choice(const Reply *reply, GString *text, const char *form, ...) {
    va_list values;
    va_start(values, form);
    g_autofree char *argument = g_strdup_vprintf(form, values);
    va_end(values);
    g_autofree char *shown = choice_shown(reply, argument);
    g_string_append_printf(text, "  - %s\n", shown);
}

static void list_digest_groups(const Reply *reply, GString *text) {
    g_autoptr(GString) titles = g_string_new(NULL);
    for (guint i = 0; i < reply->facts->memberships->len; i++) {
        const Membership *membership = reply->facts->memberships->pdata[i];
        const Group *group = membership->delivery == DELIVERY_DIGEST ? request_group(reply->facts, membership->group_name) : NULL;
        if (group != NULL) g_string_append_printf(titles, "%s%s", titles->len > 0 ? ", " : "", group->title);
    }
    add(reply, text, "headings", titles->len > 0 ? "digest-groups" : "digest-no-groups", NULL, titles->str);
}

/* How he has it now: what he left to his groups is told as it really comes. */
static bool list_choices(const Reply *reply, GString *text, GError **error) {
    g_autoptr(DigestReader) reader = digests_reader(reply->database, reply->facts->author->id, error);
    if (reader == NULL) return false;
    const DigestChoice *choice = &reader->choice;
    add_choice(reply, text, "format %s", digest_format_words[choice->format]);
    if (choice->cadence == CADENCE_WEEKLY) add_choice(reply, text, "cadence weekly %d", choice->weekday);
    else add_choice(reply, text, "cadence %s", cadence_words[choice->cadence]);
    add_choice(reply, text, "hour %d", choice->hour);
    add_choice(reply, text, "separate %s", choice->separate ? "yes" : "no");
    if (choice->bytes > 0) add_choice(reply, text, "size %" G_GINT64_FORMAT, choice->bytes / 1000);
    add_choice(reply, text, "urgent %s", choice->urgent ? "yes" : "no");
    return true;
}

static bool list_muted(const Reply *reply, GString *text, GError **error) {
    g_autoptr(GPtrArray) posts = posts_muted(reply->database, reply->facts->author->id, error);
    if (posts != NULL && posts->len > 0) add(reply, text, "headings", "muted", NULL, NULL);
    for (guint i = 0; posts != NULL && i < posts->len && i < LIST_MOST; i++) {
        const Post *post = posts->pdata[i];
        g_autofree char *subject = text_one_line(post->subject, 100);
        g_string_append_printf(text, "  %" G_GINT64_FORMAT ". %s (%s)\n", post->id, subject, post->group_name);
    }
    return posts != NULL;
}

static bool list_digest(const Reply *reply, GString *text, GError **error) {
    static const char *const examples[] = {"digest-example-1", "digest-example-2", "digest-example-3"};
    if (!list_choices(reply, text, error)) return false;
    list_digest_groups(reply, text);
    if (!list_muted(reply, text, error)) return false;
    g_string_append_c(text, '\n');
    add(reply, text, "headings", "digest-example", NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
        g_string_append(text, "  ");
        add(reply, text, "headings", examples[i], NULL, NULL);
    }
    return true;
}

static bool list_mine(const Reply *reply, GString *text, GError **error) {
    list_memberships(reply, text);
    if (reply->facts->author == NULL) return true;
    if (memberships_have(reply->facts->memberships, DELIVERY_DIGEST)) {
        add(reply, text, "headings", "digest", NULL, NULL);
        if (!list_choices(reply, text, error)) return false;
    }
    return list_muted(reply, text, error);
}

static bool add_list(const Reply *reply, const ReplyLine *line, GString *text, GError **error) {
    const char *title = line->group != NULL ? line->group->title : "";
    if (strcmp(line->word, "trace") == 0) return trace_list(reply, line->order, text, error);
    if (strcmp(line->word, "get") != 0) add(reply, text, "headings", line->word, title, line->order != NULL ? line->order->argument : "");
    if (strcmp(line->word, "help") == 0) list_help(reply, text);
    if (strcmp(line->word, "groups") == 0) list_groups(reply, text);
    if (strcmp(line->word, "my") == 0) return list_mine(reply, text, error);
    if (strcmp(line->word, "held") == 0) list_held(reply, text);
    if (strcmp(line->word, "export") == 0) return list_export(reply, text, error);
    if (strcmp(line->word, "get") == 0) return list_post(reply, line->order, text, error);
    if (strcmp(line->word, "digest") == 0) return list_digest(reply, text, error);
    if (line->group == NULL) return true;
    if (strcmp(line->word, "info") == 0) list_info(reply, line->group, text);
    if (strcmp(line->word, "settings") == 0) list_settings(line->group, text);
    if (strcmp(line->word, "who") == 0) return list_members(reply, line->group, text, error);
    if (strcmp(line->word, "index") == 0) return list_posts(reply, line->group, text, error);
    return true;
}

static void add_unknown(const Reply *reply, GString *text) {
    const GPtrArray *unknown = reply->intent->reading->unknown;
    for (guint i = 0; i < unknown->len; i++) add(reply, text, "replies", "unknown", NULL, unknown->pdata[i]);
    add(reply, text, "headings", "help", "", "");
    list_help(reply, text);
}

/* What a mode or a date is called where people read it. */
static char *argument_shown(const Reply *reply, const Order *order) {
    if (order == NULL || order->argument == NULL) return g_strdup("");
    if (order->verb == VERB_DIGEST) return choice_shown(reply, order->argument);
    bool mode = order->verb == VERB_SET || order->verb == VERB_JOIN;
    if (mode && word_index(delivery_mode_words, order->argument) >= 0) return say(reply, "modes", order->argument, NULL, NULL);
    return text_one_line(order->argument, 120);
}

char *reply_text(const Reply *reply, GError **error) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < reply->plan->reply_count; i++) {
        const ReplyLine *line = &reply->plan->replies[i];
        if (strcmp(line->word, "ask") == 0) continue;
        if (is_list(line->word)) {
            if (text->len > 0) g_string_append_c(text, '\n');
            if (!add_list(reply, line, text, error)) return NULL;
            continue;
        }
        if (strcmp(line->word, "unknown") == 0 && line->order == NULL && reply->intent->reading != NULL) {
            add_unknown(reply, text);
            continue;
        }
        g_autofree char *argument = argument_shown(reply, line->order);
        add(reply, text, "replies", line->word, line->group != NULL ? line->group->title : line->order != NULL ? line->order->group : "", argument);
    }
    return g_strchomp(g_string_free(g_steal_pointer(&text), FALSE));
}

static const char *request_word(const Order *order) {
    static const char *const leave_words[] = {"leave", "leave-all"};
    static const char *const set_words[2][DELIVERY_MODES] = {{"set-each", "set-digest", "set-none"}, {"set-all-each", "set-all-digest", "set-all-none"}};
    bool all = strcmp(order->group, "*") == 0;
    int mode = word_index(delivery_mode_words, order->argument);
    switch (order->verb) {
    case VERB_JOIN: return mode == DELIVERY_DIGEST ? "join-digest" : "join";
    case VERB_LEAVE: return leave_words[all];
    case VERB_SET: return set_words[all][MAX(mode, 0)];
    case VERB_PAUSE: return strchr(order->argument, '-') != NULL ? "pause-date" : "pause";
    case VERB_DIGEST: return strcmp(order->argument, "off") == 0 ? "digest-off" : "digest";
    case VERB_ERASE: return strcmp(order->argument, "posts") == 0 ? "erase-posts" : "erase";
    default: return verb_words[order->verb];
    }
}

/* Which mail a moderator's order is about: its number alone says nothing to him. */
static const Held *held_of(const Reply *reply, const Order *order) {
    gint64 number = 0;
    bool decides = order->verb == VERB_ACCEPT || order->verb == VERB_REJECT || order->verb == VERB_DISCARD;
    if (!decides || !g_ascii_string_to_signed(order->argument, 10, 1, G_MAXINT64, &number, NULL)) return NULL;
    for (guint i = 0; reply->facts->waiting != NULL && i < reply->facts->waiting->len; i++)
        if (((const Held *)reply->facts->waiting->pdata[i])->id == number) return reply->facts->waiting->pdata[i];
    return NULL;
}

static const char *title_of(const Reply *reply, const char *name) {
    const Group *group = request_group(reply->facts, name);
    return group != NULL ? group->title : name;
}

static char *held_shown(const Held *held) {
    g_autofree char *subject = text_one_line(held->subject, 100), *author = text_one_line(held->author_address, 80);
    return g_strdup_printf("%" G_GINT64_FORMAT " «%s» (%s)", held->id, subject, author);
}

char *reply_requests(const Reply *reply, const GPtrArray *orders) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < orders->len; i++) {
        const Order *order = orders->pdata[i];
        const Held *held = held_of(reply, order);
        g_autofree char *argument = held != NULL ? held_shown(held)
                                    : order->verb == VERB_DIGEST ? choice_shown(reply, order->argument)
                                                                 : text_one_line(order->argument != NULL ? order->argument : "", 120);
        const char *title = title_of(reply, held != NULL ? held->group_name : order->group);
        g_string_append(text, "  - ");
        add(reply, text, "requests", request_word(order), title, argument);
    }
    return g_strchomp(g_string_free(text, FALSE));
}
