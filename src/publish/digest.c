#include "publish/digest.h"
#include "base/log.h"
#include "message/compose.h"
#include "message/rewrite.h"
#include "message/text.h"
#include "publish/digest_writer.h"
#include "store/digests.h"
#include "store/groups.h"
#include "store/people.h"

/* A digest is composed without a lock, since whoever brings a mail in waits for the same one. Then one transaction per
 * person queues it and marks what is in it, provided that all of it still gathers: a crash loses nothing, and whoever comes
 * second (another run, the same one again) finds nothing left. What is the same for all readers is made once a run: the cut
 * of each group, and the text of each post in each language. One person's digest that cannot be made does not keep the
 * others from theirs. */

enum { LANGUAGES = 2 };
static const char *const languages[LANGUAGES] = {"el", "en"};

/* A group for whose members something gathers. */
typedef struct {
    Group *group;
    int64_t cut; /* posts accepted before it are due */
    char *key;   /* the title, folded: groups stand in its order */
    int rank;
    GTimeZone *zone; /* only held: GLib reads the file of a zone anew whenever nobody has it */
} DueGroup;

typedef struct {
    Post *post; /* without text */
    GPtrArray *pieces[LANGUAGES];
} DuePost;

typedef struct {
    Database *database;
    const Config *config;
    int64_t now;
    GHashTable *groups; /* id → DueGroup */
    GHashTable *posts;  /* id → DuePost */
    DigestFrame frames[LANGUAGES];
    DigestWords *words[LANGUAGES];
} Run;

static void due_group_free(gpointer pointer) {
    DueGroup *due = pointer;
    group_free(due->group);
    g_free(due->key);
    g_clear_pointer(&due->zone, g_time_zone_unref);
    g_free(due);
}

static void due_post_free(gpointer pointer) {
    DuePost *due = pointer;
    post_free(due->post);
    for (int i = 0; i < LANGUAGES; i++) g_ptr_array_unref(due->pieces[i]);
    g_free(due);
}

static void run_clear(Run *run) {
    g_clear_pointer(&run->groups, g_hash_table_unref);
    g_clear_pointer(&run->posts, g_hash_table_unref);
    for (int i = 0; i < LANGUAGES; i++) g_clear_pointer(&run->words[i], digest_words_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static int by_key(gconstpointer left, gconstpointer right) {
    const DueGroup *a = *(DueGroup *const *)left, *b = *(DueGroup *const *)right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : strcmp(a->group->name, b->group->name);
}

/* `cut` 0: each group's own. */
static bool read_groups(Run *run, int64_t cut, GError **error) {
    g_autoptr(GArray) numbers = digests_groups(run->database, error);
    if (numbers == NULL) return false;
    g_autoptr(GPtrArray) ordered = g_ptr_array_new();
    for (guint i = 0; i < numbers->len; i++) {
        Group *group = groups_get(run->database, g_array_index(numbers, int64_t, i), error);
        if (group == NULL) return false;
        DueGroup *due = g_new0(DueGroup, 1);
        due->group = group;
        due->zone = g_time_zone_new_identifier(group->zone);
        due->cut = cut != 0 ? cut : digest_cut(group->zone, group->digest_hour, run->now);
        due->key = text_fold(group->title);
        g_hash_table_insert(run->groups, &group->id, due);
        g_ptr_array_add(ordered, due);
    }
    g_ptr_array_sort(ordered, by_key);
    for (guint i = 0; i < ordered->len; i++) ((DueGroup *)ordered->pdata[i])->rank = (int)i;
    return true;
}

static bool run_start(Run *run, Database *database, int64_t now, int64_t cut, GError **error) {
    run->database = database;
    run->config = database_config(database);
    run->now = now;
    run->groups = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, due_group_free);
    run->posts = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, due_post_free);
    for (int i = 0; i < LANGUAGES; i++) {
        if ((run->words[i] = digest_words_read(run->config->templates, languages[i], error)) == NULL) return false;
        run->frames[i] = (DigestFrame){run->config, run->words[i], ""};
    }
    return read_groups(run, cut, error);
}

static DuePost *find_post(Run *run, int64_t id, const Group *group, GError **error) {
    DuePost *due = g_hash_table_lookup(run->posts, &id);
    if (due != NULL) return due;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, id);
    g_autoptr(GPtrArray) found = posts_find(run->database, number, error);
    if (found == NULL) return NULL;
    if (found->len != 1) {
        fault_set(error, FAULT_INTERNAL, "the post %s gathers and is not there", number);
        return NULL;
    }
    g_ptr_array_set_free_func(found, NULL);
    due = g_new0(DuePost, 1);
    due->post = found->pdata[0];
    for (int i = 0; i < LANGUAGES; i++) {
        const DigestEntry entry = {.group = group, .post = due->post};
        due->pieces[i] = digest_writer_text.post(&run->frames[i], &entry, NULL);
    }
    g_clear_pointer(&due->post->text, g_free);
    g_hash_table_insert(run->posts, &due->post->id, due);
    return due;
}

static int language_index(const Run *run, const Person *reader) {
    const char *language = reader->language != NULL && *reader->language != '\0' ? reader->language : run->config->language;
    return strcmp(language, languages[1]) == 0 ? 1 : 0;
}

/* What is due of all that gathers for him: rows and, in the same number, entries in reading order. */
static bool collect(Run *run, const Person *reader, GArray *rows, GArray *entries, GError **error) {
    g_autoptr(GArray) all = digests_gathering(run->database, reader->id, error);
    if (all == NULL) return false;
    for (guint i = 0; i < all->len; i++) {
        const Gathering *row = &g_array_index(all, Gathering, i);
        const DueGroup *group = g_hash_table_lookup(run->groups, &row->group);
        if (group == NULL || row->accepted_at >= group->cut) continue;
        DuePost *due = find_post(run, row->post, group->group, error);
        if (due == NULL) return false;
        DigestEntry entry = {.group = group->group, .rank = group->rank, .post = due->post};
        g_array_append_val(rows, *row);
        g_array_append_val(entries, entry);
    }
    digest_order((DigestEntry *)(void *)entries->data, entries->len);
    return true;
}

/* The one group of all entries, or NULL when there are several. */
static const Group *only_group(const GArray *entries) {
    const Group *first = g_array_index(entries, DigestEntry, 0).group;
    return first == g_array_index(entries, DigestEntry, entries->len - 1).group ? first : NULL;
}

static void take(GString *text, char *piece) {
    g_string_append(text, piece);
    g_free(piece);
}

static void fill(const Run *run, const Person *reader, const GArray *entries, char **subject, char **text) {
    const DigestWriter *writer = &digest_writer_text;
    int language = language_index(run, reader);
    const DigestFrame *frame = &run->frames[language];
    const DigestEntry *list = (const DigestEntry *)(const void *)entries->data;
    const DigestMail mail = {frame, reader, list[0].group->zone, CADENCE_DAILY, run->now, list, entries->len, 0, entries->len, 1, 1};
    GString *all = g_string_new(NULL);
    take(all, writer->opening(&mail));
    for (size_t i = 0, thread = 0; i < entries->len; i++) {
        if (i == 0 || list[i].group != list[i - 1].group) take(all, writer->group(frame, list[i].group));
        if (i == thread) {
            take(all, writer->thread(frame, &list[i]));
            thread += digest_thread_run(&list[i], entries->len - i);
        }
        const DuePost *due = g_hash_table_lookup(run->posts, &list[i].post->id);
        for (guint j = 0; j < due->pieces[language]->len; j++) g_string_append(all, due->pieces[language]->pdata[j]);
        if (i + 1 == thread) take(all, writer->foot(frame, &list[i]));
    }
    take(all, writer->closing(&mail));
    *subject = digest_subject(&mail);
    *text = g_strdelimit(g_string_free(all, FALSE), (char[]){DIGEST_KEY_MARK, '\0'}, '0');
}

static bool compose(const Run *run, const Person *reader, const GArray *entries, const char *message_id, GBytes **head,
                    GBytes **body, GError **error) {
    g_autofree char *subject = NULL, *text = NULL;
    fill(run, reader, entries, &subject, &text);
    const Group *group = only_group(entries);
    const char *name = group != NULL ? group->name : "digest", *domain = run->config->domain;
    g_autofree char *from = rewrite_address(group != NULL ? name : "diktyo", NULL, domain);
    g_autofree char *leave = group != NULL ? rewrite_address(name, "leave", domain) : NULL;
    g_autofree char *list_id = g_strdup_printf("<%s.%s>", name, domain);
    const Composition composition = {
        .from_name = group != NULL ? group->title : run->config->name,
        .from_address = from,
        .to_name = reader->name,
        .to_address = reader->email,
        .subject = subject,
        .text = text,
        .list_id = list_id,
        .unsubscribe = leave,
        .date = run->now,
        .message_id = message_id,
    };
    return compose_mail(&composition, head, body, error);
}

/* *posts: how many went into his digest. *lost: what was read is no longer so, nothing was queued. */
static bool try_one(Run *run, int64_t person, guint *posts, bool *lost, GError **error) {
    g_autoptr(Person) reader = digests_reader(run->database, person, error);
    if (reader == NULL) return false;
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Gathering));
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(DigestEntry));
    if (!collect(run, reader, rows, entries, error)) return false;
    *posts = entries->len;
    *lost = false;
    if (entries->len == 0) return true;
    g_autofree char *message_id = compose_message_id(run->config->domain);
    g_autoptr(GBytes) head = NULL, body = NULL;
    if (!compose(run, reader, entries, message_id, &head, &body, error)) return false;
    const Group *group = only_group(entries);
    const Digest digest = {.group = group != NULL ? group->id : 0, .person = person, .email = reader->email,
                           .message_id = message_id, .head = head, .body = body};
    g_autoptr(Transaction) transaction = transaction_begin(run->database, error);
    if (transaction == NULL || !digests_put(run->database, &digest, rows, run->now, lost, error)) return false;
    return *lost || transaction_commit(transaction, error);
}

/* Somebody who leaves a group while his digest is written, or a second run, makes us read again. */
static bool send_one(Run *run, int64_t person, guint *posts, GError **error) {
    enum { TRIES = 3 };
    bool lost = true;
    for (int tries = 0; lost && tries < TRIES; tries++)
        if (!try_one(run, person, posts, &lost, error)) return false;
    if (lost) *posts = 0;
    return true;
}

static int by_number(gconstpointer left, gconstpointer right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Everybody for whom something is due, in order; a person of several groups may be named more than once. */
static GArray *read_persons(const Run *run, GError **error) {
    g_autoptr(GArray) persons = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, run->groups);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const DueGroup *due = value;
        g_autoptr(GArray) of_group = digests_persons(run->database, due->group->id, due->cut, error);
        if (of_group == NULL) return NULL;
        g_array_append_vals(persons, of_group->data, of_group->len);
    }
    g_array_sort(persons, by_number);
    return g_steal_pointer(&persons);
}

bool digest_due(Database *database, int64_t now, DigestCounts *counts, GError **error) {
    g_auto(Run) run = {0};
    *counts = (DigestCounts){0};
    if (!run_start(&run, database, now, 0, error)) return false;
    g_autoptr(GArray) persons = read_persons(&run, error);
    if (persons == NULL) return false;
    g_autoptr(GError) first = NULL;
    for (guint i = 0; i < persons->len; i++) {
        int64_t person = g_array_index(persons, int64_t, i);
        if (i > 0 && person == g_array_index(persons, int64_t, i - 1)) continue;
        g_autoptr(GError) reason = NULL;
        guint posts = 0;
        if (send_one(&run, person, &posts, &reason)) {
            counts->digests += posts > 0;
            counts->posts += posts;
            continue;
        }
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, person);
        log_event("digest-failed", "person", number, "why", reason->message, NULL);
        bool everyone_would_fail = g_error_matches(reason, FAULT, FAULT_TEMPORARY);
        if (first == NULL) first = g_steal_pointer(&reason);
        if (everyone_would_fail) break;
    }
    if (first == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&first));
    return false;
}

bool digest_preview(Database *database, const char *email, int64_t now, GBytes **mail, GError **error) {
    g_auto(Run) run = {0};
    *mail = NULL;
    g_autoptr(Transaction) transaction = transaction_begin_read(database, error);
    if (transaction == NULL) return false;
    GError *reason = NULL;
    g_autoptr(Person) reader = people_find(database, email, &reason);
    if (reader == NULL) {
        if (reason == NULL) return fault_set(error, FAULT_PERMANENT, "nobody here has the address %s", email);
        g_propagate_error(error, reason);
        return false;
    }
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Gathering));
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(DigestEntry));
    if (!run_start(&run, database, now, now + 1, error) || !collect(&run, reader, rows, entries, error)) return false;
    if (entries->len == 0) return true;
    g_autofree char *message_id = compose_message_id(run.config->domain);
    g_autoptr(GBytes) head = NULL, body = NULL;
    if (!compose(&run, reader, entries, message_id, &head, &body, error)) return false;
    g_autoptr(GByteArray) whole = g_byte_array_new();
    gsize length;
    const guint8 *bytes = g_bytes_get_data(head, &length);
    g_byte_array_append(whole, bytes, (guint)length);
    bytes = g_bytes_get_data(body, &length);
    g_byte_array_append(whole, bytes, (guint)length);
    *mail = g_byte_array_free_to_bytes(g_steal_pointer(&whole));
    return true;
}
