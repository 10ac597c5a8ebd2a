#include "publish/digest.h"
#include "base/log.h"
#include "message/text.h"
#include "publish/digest_press.h"
#include "publish/schedule.h"
#include "store/clock.h"
#include "store/groups.h"
#include "store/people.h"

/* A digest is composed without a lock, since whoever brings a mail in waits for the same one. Then one transaction
 * queues it and marks what is in it, provided that all of it still gathers: a crash loses nothing, and whoever comes
 * second (another run, the same one again) finds nothing left. One person's digest that cannot be made does not keep the
 * others from theirs. */

/* A group for whose members something gathers. */
typedef struct {
    Group *group;
    char *key; /* the title, folded: groups stand in its order */
    int rank;
    GTimeZone *zone; /* only held: GLib reads the file of a zone anew whenever nobody has it */
} DueGroup;

typedef struct {
    Database *database;
    int64_t now, ran;
    GHashTable *groups; /* id → DueGroup */
    GHashTable *posts;  /* id → Post *, without text */
    DigestPress *press;
} Run;

static void due_group_free(gpointer pointer) {
    DueGroup *due = pointer;
    group_free(due->group);
    g_free(due->key);
    g_clear_pointer(&due->zone, g_time_zone_unref);
    g_free(due);
}

static void run_clear(Run *run) {
    g_clear_pointer(&run->groups, g_hash_table_unref);
    g_clear_pointer(&run->posts, g_hash_table_unref);
    g_clear_pointer(&run->press, digest_press_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

static int by_key(gconstpointer left, gconstpointer right) {
    const DueGroup *a = *(DueGroup *const *)left, *b = *(DueGroup *const *)right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : strcmp(a->group->name, b->group->name);
}

static bool read_groups(Run *run, GError **error) {
    g_autoptr(GArray) numbers = digests_groups(run->database, error);
    if (numbers == NULL) return false;
    g_autoptr(GPtrArray) ordered = g_ptr_array_new();
    for (guint i = 0; i < numbers->len; i++) {
        Group *group = groups_get(run->database, g_array_index(numbers, int64_t, i), error);
        if (group == NULL) return false;
        DueGroup *due = g_new0(DueGroup, 1);
        due->group = group;
        due->zone = g_time_zone_new_identifier(group->zone);
        due->key = text_fold(group->title);
        g_hash_table_insert(run->groups, &group->id, due);
        g_ptr_array_add(ordered, due);
    }
    g_ptr_array_sort(ordered, by_key);
    for (guint i = 0; i < ordered->len; i++) ((DueGroup *)ordered->pdata[i])->rank = (int)i;
    return true;
}

static bool run_start(Run *run, Database *database, int64_t now, GError **error) {
    run->database = database;
    run->now = now;
    run->groups = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, due_group_free);
    run->posts = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)post_free);
    run->press = digest_press_new(database, error);
    return run->press != NULL && read_groups(run, error);
}

static const Post *find_post(const Run *run, int64_t id, GError **error) {
    Post *post = g_hash_table_lookup(run->posts, &id);
    if (post != NULL) return post;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, id);
    g_autoptr(GPtrArray) found = posts_find(run->database, number, error);
    if (found == NULL) return NULL;
    if (found->len != 1) {
        fault_set(error, FAULT_INTERNAL, "the post %s gathers and is not there", number);
        return NULL;
    }
    post = g_ptr_array_steal_index(found, 0);
    g_clear_pointer(&post->text, g_free);
    g_hash_table_insert(run->posts, &post->id, post);
    return post;
}

/* What the thread of an entry is about, and when it began, if it did so before this digest. */
static bool note_beginnings(const Run *run, DigestEntry *entries, size_t count, GError **error) {
    for (size_t i = 0, thread = 0; i < count; i += thread) {
        thread = digest_thread_run(entries + i, count - i);
        const Post *root = find_post(run, entries[i].post->thread, error);
        if (root == NULL) return false;
        bool inside = false;
        for (size_t j = i; j < i + thread; j++) inside = inside || entries[j].post == root;
        for (size_t j = i; j < i + thread; j++) {
            entries[j].topic = root->subject;
            entries[j].began = inside ? 0 : root->accepted_at;
        }
    }
    return true;
}

/* What one digest holds: entries in reading order, and the row of each. */
typedef struct {
    GArray *rows, *entries;
} Content;

static void content_clear(Content *content) {
    g_clear_pointer(&content->rows, g_array_unref);
    g_clear_pointer(&content->entries, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Content, content_clear)

/* Rows in the order of their entries: a person has a post once. */
static void order_rows(const Content *content) {
    for (guint i = 0; i < content->entries->len; i++) {
        guint at = i;
        while (g_array_index(content->rows, Gathering, at).post != g_array_index(content->entries, DigestEntry, i).post->id) at++;
        Gathering row = g_array_index(content->rows, Gathering, i);
        g_array_index(content->rows, Gathering, i) = g_array_index(content->rows, Gathering, at);
        g_array_index(content->rows, Gathering, at) = row;
    }
}

/* What gathers for him and was accepted before `cut`. */
static bool collect(const Run *run, const DigestReader *reader, int64_t cut, Content *content, GError **error) {
    g_autoptr(GArray) all = digests_gathering(run->database, reader->person->id, error);
    *content = (Content){g_array_new(FALSE, FALSE, sizeof(Gathering)), g_array_new(FALSE, FALSE, sizeof(DigestEntry))};
    for (guint i = 0; all != NULL && i < all->len; i++) {
        const Gathering *row = &g_array_index(all, Gathering, i);
        const DueGroup *group = g_hash_table_lookup(run->groups, &row->group);
        if (group == NULL || row->accepted_at >= cut) continue;
        const Post *post = find_post(run, row->post, error);
        if (post == NULL) return false;
        DigestEntry entry = {.group = group->group, .rank = group->rank, .post = post};
        g_array_append_val(content->rows, *row);
        g_array_append_val(content->entries, entry);
    }
    if (all == NULL) return false;
    digest_order((DigestEntry *)(void *)content->entries->data, content->entries->len);
    order_rows(content);
    return note_beginnings(run, (DigestEntry *)(void *)content->entries->data, content->entries->len, error);
}

/* How many of the entries from `first` on stand in one digest: all, or those of one group. */
static size_t of_one(const DigestReader *reader, const GArray *entries, size_t first) {
    const DigestEntry *from = &g_array_index(entries, DigestEntry, first);
    return reader->choice.separate ? digest_group_run(from, entries->len - first) : entries->len - first;
}

/* One digest of a person: its mails, and which of his entries stand in it. */
typedef struct {
    GPtrArray *drafts;
    size_t first, count;
} Batch;

static void batch_clear(gpointer data) { g_ptr_array_unref(((Batch *)data)->drafts); }

/* GArray of Batch, yours. */
static GArray *press_all(const Run *run, const DigestReader *reader, int64_t cut, const Content *content, GError **error) {
    g_autoptr(GArray) batches = g_array_new(FALSE, FALSE, sizeof(Batch));
    g_array_set_clear_func(batches, batch_clear);
    for (size_t first = 0, count; first < content->entries->len; first += count) {
        count = of_one(reader, content->entries, first);
        Batch batch = {.first = first, .count = count};
        batch.drafts = digest_press_mails(run->press, reader, cut, run->now, &g_array_index(content->entries, DigestEntry, first), count, error);
        if (batch.drafts == NULL) return NULL;
        g_array_append_val(batches, batch);
    }
    return g_steal_pointer(&batches);
}

/* --- queueing --- */

static bool put_mail(const Run *run, const DigestReader *reader, const DigestDraft *draft, const Content *content, const Batch *batch, bool *lost, GError **error) {
    const DigestEntry *entries = &g_array_index(content->entries, DigestEntry, batch->first);
    int64_t outgoing = 0;
    g_autofree char *recipe = digest_press_store(run->press, draft, error);
    const Digest digest = {.group = digest_numbers(entries, batch->count).groups == 1 ? entries->group->id : 0, .message_id = draft->message_id, .recipe = recipe,
                           .head = draft->head};
    return recipe != NULL && digests_put(run->database, reader, &digest, run->now, &outgoing, error) &&
           digests_mark(run->database, &g_array_index(content->rows, Gathering, batch->first + draft->from), draft->to - draft->from, outgoing, run->now, lost, error);
}

/* What was composed for a person, and is not queued yet. */
typedef struct {
    DigestReader *reader;
    Content content;
    GArray *batches; /* Batch */
    int64_t served;  /* what is noted as the time of his last digest */
} Prepared;

static void prepared_free(gpointer data) {
    Prepared *prepared = data;
    digest_reader_free(prepared->reader);
    content_clear(&prepared->content);
    g_clear_pointer(&prepared->batches, g_array_unref);
    g_free(prepared);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Prepared, prepared_free)

/* Without *error NULL: nothing is due. */
static Prepared *prepare(const Run *run, int64_t person, GError **error) {
    g_autoptr(Prepared) prepared = g_new0(Prepared, 1);
    DigestReader *reader = prepared->reader = digests_reader(run->database, person, error);
    if (reader == NULL) return NULL;
    const Schedule schedule = {reader->choice.cadence, reader->choice.weekday, reader->choice.hour, reader->choice.zone};
    int64_t due = schedule_due(&schedule, reader->last, run->now);
    if (due == 0 && reader->asked == 0) return NULL;
    int64_t cut = reader->asked != 0 ? run->now + 1 : schedule_cut(due, run->ran, run->now);
    if (!collect(run, reader, cut, &prepared->content, error)) return NULL;
    guint count = prepared->content.entries->len;
    if (count == 0 && reader->asked == 0) return NULL;
    prepared->served = due != 0 && count > 0 ? run->now : reader->last;
    prepared->batches = press_all(run, reader, MIN(cut, run->now), &prepared->content, error);
    return prepared->batches != NULL ? g_steal_pointer(&prepared) : NULL;
}

static bool put_one(const Run *run, const Prepared *prepared, bool *lost, GError **error) {
    if (!digests_served(run->database, prepared->reader, prepared->served, lost, error)) return false;
    for (guint i = 0; i < prepared->batches->len; i++) {
        const Batch *batch = &g_array_index(prepared->batches, Batch, i);
        for (guint j = 0; j < batch->drafts->len && !*lost; j++)
            if (!put_mail(run, prepared->reader, batch->drafts->pdata[j], &prepared->content, batch, lost, error)) return false;
    }
    return true;
}

/* *lost: what was read of one of them is no longer so, nothing was queued for any. */
static bool put_all(const Run *run, const GPtrArray *waiting, bool *lost, GError **error) {
    bool done = false;
    *lost = false;
    g_autoptr(Transaction) transaction = transaction_begin(run->database, error);
    for (guint i = 0; transaction != NULL && i < waiting->len && !*lost; i++)
        if (!(done = put_one(run, waiting->pdata[i], lost, error))) break;
    done = transaction != NULL && (done || waiting->len == 0) && (*lost || transaction_commit(transaction, error));
    digest_press_kept(run->press, done && !*lost);
    return done;
}

static void count_all(const GPtrArray *waiting, DigestCounts *counts) {
    for (guint i = 0; i < waiting->len; i++) {
        const Prepared *prepared = waiting->pdata[i];
        counts->posts += prepared->content.entries->len;
        for (guint j = 0; j < prepared->batches->len; j++) counts->digests += g_array_index(prepared->batches, Batch, j).drafts->len;
    }
}

/* Somebody who leaves a group while his digest is written, or a second run, makes us read again. */
static bool send_one(const Run *run, int64_t person, DigestCounts *counts, GError **error) {
    enum { TRIES = 3 };
    bool lost = true;
    for (int tries = 0; lost && tries < TRIES; tries++) {
        g_autoptr(GError) reason = NULL;
        g_autoptr(GPtrArray) alone = g_ptr_array_new_with_free_func(prepared_free);
        Prepared *prepared = prepare(run, person, &reason);
        if (reason != NULL) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
        if (prepared == NULL) return true;
        g_ptr_array_add(alone, prepared);
        if (!put_all(run, alone, &lost, error)) return false;
        if (!lost) count_all(alone, counts);
    }
    return true;
}

/* --- everybody --- */

/* Some persons at a time share a transaction: their rows lie side by side. Each alone when that does not go. */
typedef struct {
    Run *run;
    GPtrArray *waiting; /* Prepared * */
    DigestCounts *counts;
    GError *first; /* failure */
    bool ended;    /* everybody after this one would fail too */
} Round;

static void note_failure(Round *round, int64_t person, GError *reason) {
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, person);
    log_event("digest-failed", "person", number, "why", reason->message, NULL);
    round->ended = round->ended || g_error_matches(reason, FAULT, FAULT_TEMPORARY);
    if (round->first == NULL) round->first = g_error_copy(reason);
}

static void send_waiting(Round *round) {
    bool lost = false;
    if (round->waiting->len > 0 && put_all(round->run, round->waiting, &lost, NULL) && !lost) count_all(round->waiting, round->counts);
    else
        for (guint i = 0; i < round->waiting->len && !round->ended; i++) {
            g_autoptr(GError) reason = NULL;
            int64_t person = ((const Prepared *)round->waiting->pdata[i])->reader->person->id;
            if (!send_one(round->run, person, round->counts, &reason)) note_failure(round, person, reason);
        }
    g_ptr_array_set_size(round->waiting, 0);
}

static void add_person(Round *round, int64_t person) {
    enum { TOGETHER = 64 };
    g_autoptr(GError) reason = NULL;
    Prepared *prepared = prepare(round->run, person, &reason);
    if (prepared != NULL) g_ptr_array_add(round->waiting, prepared);
    if (reason != NULL) note_failure(round, person, reason);
    if (round->waiting->len == TOGETHER) send_waiting(round);
}

bool digest_due(Database *database, int64_t now, DigestCounts *counts, GError **error) {
    g_auto(Run) run = {0};
    *counts = (DigestCounts){0};
    if (!run_start(&run, database, now, error) || !clock_read(database, "digest last", &run.ran, error)) return false;
    g_autoptr(GArray) persons = digests_persons(database, error);
    if (persons == NULL || !database_enlarge(database, error)) return false;
    g_autoptr(GPtrArray) waiting = g_ptr_array_new_with_free_func(prepared_free);
    Round round = {.run = &run, .waiting = waiting, .counts = counts};
    for (guint i = 0; i < persons->len && !round.ended; i++) add_person(&round, g_array_index(persons, int64_t, i));
    if (!round.ended) send_waiting(&round);
    if (round.first == NULL) return clock_write(database, "digest last", now, error);
    g_propagate_error(error, round.first);
    return false;
}

/* --- looking --- */

static int64_t person_of(Database *database, const char *email, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autoptr(Person) person = people_find(database, email, &reason);
    if (person != NULL) return person->id;
    if (reason == NULL) fault_set(error, FAULT_PERMANENT, "nobody here has the address %s", email);
    else g_propagate_error(error, g_steal_pointer(&reason));
    return 0;
}

GPtrArray *digest_preview(Database *database, const char *email, int64_t now, GError **error) {
    g_auto(Run) run = {0};
    g_auto(Content) content = {0};
    g_autoptr(Transaction) transaction = transaction_begin_read(database, error);
    int64_t person = transaction != NULL ? person_of(database, email, error) : 0;
    g_autoptr(DigestReader) reader = person != 0 ? digests_reader(database, person, error) : NULL;
    if (reader == NULL || !run_start(&run, database, now, error) || !collect(&run, reader, now + 1, &content, error)) return NULL;
    g_autoptr(GArray) batches = press_all(&run, reader, now, &content, error);
    g_autoptr(GPtrArray) mails = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = 0; batches != NULL && i < batches->len; i++) {
        const GPtrArray *drafts = g_array_index(batches, Batch, i).drafts;
        for (guint j = 0; j < drafts->len; j++) g_ptr_array_add(mails, digest_press_whole(run.press, drafts->pdata[j], person));
    }
    return batches != NULL ? g_steal_pointer(&mails) : NULL;
}
