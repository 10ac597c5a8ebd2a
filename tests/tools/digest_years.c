#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include "base/log.h"
#include "flow/act.h"
#include "message/parse.h"
#include "publish/digest.h"
#include "store/choices.h"
#include "store/people.h"
#include "store/pieces.h"

/* Plays digests by the hour, with its own book of who is entitled to what: digest_years DAYS SEED. The digests themselves are read, piece by piece, and
 * compared with the book. Prints what was played, and each fault; exits with 1 when there is one. */

enum { PERSONS = 24, GROUPS = 4, MARKS_MOST = 60000, HOUR = 3600, START = 1790000000 / HOUR * HOUR };
static const char *const zones[] = {"Europe/Athens", "Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati"};

/* What a person may expect of a mail. */
typedef enum { NOTHING, DIGEST, EACH, LEFT } Due;

typedef struct {
    int64_t id;
    char email[64];
    int mode[GROUPS];   /* DeliveryMode; -1: no member */
    int joined[GROUPS]; /* in what order */
    DigestChoice choice;

    int64_t last_of[GROUPS + 1]; /* when his last digest came; of each group where they are separate */

    guint8 due[MARKS_MOST], groups[MARKS_MOST], got[MARKS_MOST]; /* groups: bits of those through which it is due */
} Somebody;

static Somebody people[PERSONS];
static Database *database;
static sqlite3 *aside; /* another connection, to look */
static GRand *chance;
static int joins, marks, faults, receptions, digests, runs, doubled, skipped, changes, crowded;
static int64_t seen, group_ids[GROUPS];

static bool happens(double probability) { return g_rand_double(chance) < probability; }
static int any(int below) { return (int)g_rand_int_range(chance, 0, below); }

static void fault(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void fault(const char *format, ...) {
    va_list words;
    va_start(words, format);
    if (faults++ < 20) {
        vprintf(format, words);
        putchar('\n');
    }
    va_end(words);
}

static void do_act(Intent intent, int64_t now) {
    g_autoptr(GError) error = NULL;
    Outcome outcome = {0};
    intent.now = now;
    intent.actor = "test";
    if (!act(database, &intent, &outcome, &error)) g_error("%s", error->message);
    if (outcome.answer != ANSWER_TAKEN) fault("refused: %s", outcome.status != NULL ? outcome.status : "");
    g_free(outcome.status);
}

static char *group_name(int group) { return g_strdup_printf("group%c", 'a' + group); }

static void put_member(int person, int group, int mode, int64_t now) {
    g_autofree char *name = group_name(group);
    MemberChange change = {.group = name, .email = people[person].email, .name = (char *)"Μαρία", .delivery = mode, .role = ROLE_MEMBER};
    do_act((Intent){.kind = INTENT_MEMBER_PUT, .member = &change}, now);
    if (people[person].mode[group] < 0) people[person].joined[group] = ++joins;
    people[person].mode[group] = mode;
}

/* What was due to him through this group alone, and has not come, is no longer. */
static void remove_member(int person, int group, int64_t now) {
    g_autofree char *name = group_name(group);
    MemberChange change = {.group = name, .email = people[person].email, .delivery = -1, .role = -1};
    do_act((Intent){.kind = INTENT_MEMBER_REMOVE, .member = &change}, now);
    Somebody *one = &people[person];
    one->mode[group] = -1;
    for (int mark = 0; mark < marks; mark++) {
        if ((one->groups[mark] & (1 << group)) == 0) continue;
        one->groups[mark] &= (guint8)~(1 << group);
        if (one->got[mark] == 0 && one->due[mark] == DIGEST) one->due[mark] = one->groups[mark] == 0 ? LEFT : DIGEST;
    }
}

static void choose(int person) {
    Somebody *one = &people[person];
    g_free(one->choice.zone);
    one->choice = (DigestChoice){.format = any(3) == 0 ? FORMAT_HTML : FORMAT_TEXT, .cadence = any(4) != 0 ? CADENCE_DAILY : any(2) == 0 ? CADENCE_TWICE : CADENCE_WEEKLY,
                                 .weekday = 1 + any(7), .hour = any(5) == 0 ? -1 : any(24), .zone = g_strdup(any(4) == 0 ? "" : zones[any(G_N_ELEMENTS(zones))]),
                                 .separate = any(5) == 0, .urgent = true};
    g_autoptr(GError) error = NULL;
    if (!choices_write(database, one->id, &one->choice, &error)) g_error("%s", error->message);
}

static void change_something(int64_t now) {
    int person = any(PERSONS), group = any(GROUPS);
    changes++;
    if (happens(0.4)) choose(person);
    else if (people[person].mode[group] < 0) put_member(person, group, any(3), now);
    else if (happens(0.3)) remove_member(person, group, now);
    else put_member(person, group, any(3), now);
}

/* --- posts ------------------------------------------------------------------------------------------------------------- */

static void note_reception(int group, int mark) {
    for (int i = 0; i < PERSONS; i++) {
        Somebody *one = &people[i];
        if (one->mode[group] < 0 || one->mode[group] == DELIVERY_NONE) continue;
        one->groups[mark] |= (guint8)(1 << group);
        if (one->mode[group] == DELIVERY_EACH) one->due[mark] = EACH;
        else if (one->due[mark] == NOTHING) one->due[mark] = DIGEST;
    }
}

static void post(int64_t now) {
    int mark = marks++, group = any(GROUPS), other = happens(0.15) ? any(GROUPS) : group;
    g_autofree char *raw = g_strdup_printf("From: Νίκος <nikos@argos.example.gr>\nMessage-ID: <m%d@x>\nSubject: Θέμα %d\n\nΣημάδι-%06d.\n", mark, mark % 7, mark);
    g_autoptr(GBytes) bytes = g_bytes_new(raw, strlen(raw));
    for (int turn = 0; turn < (group == other ? 1 : 2); turn++) {
        int where = turn == 0 ? group : other;
        g_autoptr(Letter) letter = letter_empty();
        g_autofree char *name = group_name(where), *recipient = g_strconcat(name, "@groups.example.gr", NULL);
        g_free(letter->message_id);
        letter->message_id = g_strdup_printf("m%d@x", mark);
        g_free(letter->author_address);
        letter->author_address = g_strdup("nikos@argos.example.gr");
        g_free(letter->text);
        letter->text = g_strdup_printf("Σημάδι-%06d.\n", mark);
        if (mark > 0 && happens(0.4)) g_ptr_array_add(letter->references, g_strdup_printf("m%d@x", any(mark)));
        do_act((Intent){.kind = INTENT_MAIL, .raw = bytes, .letter = letter, .sender = (char *)"nikos@argos.example.gr", .recipient = recipient}, now);
        note_reception(where, mark);
        receptions++;
    }
}

/* --- digests ------------------------------------------------------------------------------------------------------------ */

static sqlite3_stmt *look(const char *text, int64_t number) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(aside, text, -1, &statement, NULL) != SQLITE_OK) g_error("%s", sqlite3_errmsg(aside));
    sqlite3_bind_int64(statement, 1, number);
    return statement;
}

/* His own, or that of the group that he joined first. */
static const char *zone_of(const Somebody *one) {
    int first = -1;
    for (int i = 0; i < GROUPS; i++)
        if (one->mode[i] >= 0 && (first < 0 || one->joined[i] < one->joined[first])) first = i;
    return *one->choice.zone != '\0' ? one->choice.zone : first >= 0 ? zones[first] : zones[0];
}

static int64_t local_day(const char *zone, int64_t at) {
    g_autoptr(GTimeZone) named = g_time_zone_new_identifier(zone);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, named);
    return g_date_time_get_year(local) * 400 + g_date_time_get_day_of_year(local);
}

/* Of those who have one a day. */
static void look_at_day(Somebody *one, int64_t group, int64_t now) {
    if (one->choice.cadence != CADENCE_DAILY) return;
    size_t slot = GROUPS;
    for (size_t i = 0; i < GROUPS && one->choice.separate; i++)
        if (group_ids[i] == group) slot = i;
    int64_t last = one->last_of[slot];
    if (last != 0 && last != now && local_day(zone_of(one), last) == local_day(zone_of(one), now)) {
        crowded++;
        fault("two digests for %s on one day, at %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT, one->email, last, now);
    }
    one->last_of[slot] = now;
}

static void read_digest(Somebody *one, const char *recipe) {
    static const char sign[] = "Σημάδι-";
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) body = pieces_join(database, recipe, one->id, &error);
    if (body == NULL) g_error("%s", error->message);
    g_autofree char *text = g_strndup(g_bytes_get_data(body, NULL), g_bytes_get_size(body));
    g_autoptr(GHashTable) here = g_hash_table_new(NULL, NULL); /* text and HTML have it both */
    for (const char *at = strstr(text, sign); at != NULL; at = strstr(at + 1, sign)) g_hash_table_add(here, GINT_TO_POINTER((int)g_ascii_strtoll(at + strlen(sign), NULL, 10) + 1));
    GHashTableIter iter;
    gpointer mark;
    g_hash_table_iter_init(&iter, here);
    while (g_hash_table_iter_next(&iter, &mark, NULL)) one->got[GPOINTER_TO_INT(mark) - 1]++;
}

static void read_new_digests(int64_t now) {
    sqlite3_stmt *found = look("SELECT o.id, o.recipe, d.person, coalesce(o.group_id, 0) FROM outgoing o JOIN deliveries d ON d.outgoing = o.id"
                               " WHERE o.kind = 'digest' AND o.id > ?1 ORDER BY o.id", seen);
    while (sqlite3_step(found) == SQLITE_ROW) {
        Somebody *one = NULL;
        seen = sqlite3_column_int64(found, 0);
        for (int i = 0; i < PERSONS; i++)
            if (people[i].id == sqlite3_column_int64(found, 2)) one = &people[i];
        digests++;
        read_digest(one, (const char *)sqlite3_column_text(found, 1));
        look_at_day(one, sqlite3_column_int64(found, 3), now);
    }
    sqlite3_finalize(found);
}

static void run(int64_t now) {
    g_autoptr(GError) error = NULL;
    DigestCounts counts = {0};
    if (!digest_due(database, now, &counts, &error)) g_error("%s", error->message);
    runs++;
    read_new_digests(now);
}

static void play(int days) {
    int64_t outage = 0;
    for (int hour = 0; hour < days * 24; hour++) {
        int64_t now = START + (int64_t)hour * HOUR + any(600);
        bool ending = hour >= (days - 9) * 24; /* everything comes to its end */
        while (!ending && happens(0.2)) post(now);
        if (!ending && happens(0.15)) change_something(now + 1);
        if (!ending && happens(0.004)) outage = now + (int64_t)(1 + any(80)) * HOUR;
        if (now < outage && !ending) {
            skipped++;
            continue;
        }
        run(now + 5);
        if (happens(0.1)) {
            doubled++;
            run(now + 5 + any(300));
        }
    }
}

/* --- the end ------------------------------------------------------------------------------------------------------------- */

/* Copies that wait to be sent by themselves, of everybody. */
static void count_copies(guint8 (*copies)[MARKS_MOST]) {
    sqlite3_stmt *found = look("SELECT d.person, p.message_id FROM deliveries d JOIN posts p ON p.id = d.post WHERE d.state = 'waiting' AND ?1 = 0", 0);
    while (sqlite3_step(found) == SQLITE_ROW)
        for (int i = 0; i < PERSONS; i++)
            if (people[i].id == sqlite3_column_int64(found, 0)) copies[i][g_ascii_strtoll((const char *)sqlite3_column_text(found, 1) + 1, NULL, 10)]++;
    sqlite3_finalize(found);
}

static void compare(void) {
    static guint8 copies[PERSONS][MARKS_MOST];
    int64_t entitled = 0;
    count_copies(copies);
    for (int i = 0; i < PERSONS; i++)
        for (int mark = 0; mark < marks; mark++) {
            const Somebody *one = &people[i];
            int total = one->got[mark] + copies[i][mark], due = one->due[mark];
            entitled += due == DIGEST || due == EACH;
            if ((due == DIGEST || due == EACH) && total != 1) fault("%s is entitled to %d and has it %d times", one->email, mark, total);
            if (due == EACH && one->got[mark] != 0) fault("%s gets each mail, and %d is in a digest", one->email, mark);
            if (due == NOTHING && total != 0) fault("%s is not entitled to %d and has it", one->email, mark);
            if (due == LEFT && total > 1) fault("%s left, and has %d %d times", one->email, mark, total);
        }
    printf("entitled %" G_GINT64_FORMAT "\n", entitled);
}

static Config *settle_in(const char *folder) {
    g_autoptr(GError) error = NULL;
    g_autofree char *file = g_build_filename(folder, "diktyo.conf", NULL);
    g_file_set_contents(file, "[site]\ndomain = groups.example.gr\n[log]\ntarget = none\n", -1, NULL);
    Config *config = config_load(file, &error);
    if (config == NULL || !log_open("none", &error) || !database_create(config, &error) || (database = database_open(config, &error)) == NULL) g_error("%s", error->message);
    if (sqlite3_open(config->database, &aside) != SQLITE_OK) g_error("%s", sqlite3_errmsg(aside));
    return config;
}

static void populate(void) {
    g_autoptr(GError) error = NULL;
    for (int i = 0; i < GROUPS; i++) {
        g_autofree char *name = group_name(i), *title = g_strdup_printf("Ομάδα %d", i + 1);
        Group group = {.name = name, .title = title, .description = (char *)"", .theme = (char *)"", .language = (char *)"el", .zone = (char *)zones[i], .subject_tag = (char *)"",
                       .posting = POSTING_ANYONE, .digest_hour = 6 + i, .created_at = START};
        do_act((Intent){.kind = INTENT_GROUP_PUT, .group = &group}, START);
        sqlite3_stmt *found = look("SELECT max(id) FROM groups WHERE ?1 = 0", 0);
        sqlite3_step(found);
        group_ids[i] = sqlite3_column_int64(found, 0);
        sqlite3_finalize(found);
    }
    for (int i = 0; i < PERSONS; i++) {
        g_snprintf(people[i].email, sizeof people[i].email, "melos%d@dimos.example.gr", i);
        for (int group = 0; group < GROUPS; group++) people[i].mode[group] = -1;
        put_member(i, any(GROUPS), DELIVERY_DIGEST, START);
        g_autoptr(Person) person = people_find(database, people[i].email, &error);
        people[i].id = person->id;
        choose(i);
    }
}

int main(int argc, char **argv) {
    int days = argc == 3 ? (int)g_ascii_strtoll(argv[1], NULL, 10) : 0;
    if (days < 10) return 64;
    chance = g_rand_new_with_seed((guint32)g_ascii_strtoull(argv[2], NULL, 10));
    g_autofree char *folder = g_dir_make_tmp("diktyo-years-XXXXXX", NULL);
    Config *config = settle_in(folder);
    populate();
    play(days);
    compare();
    printf("hours %d, runs %d, doubled %d, hours without a run %d, posts %d, receptions %d, changes %d, digests %d, days with two %d, faults %d\n", days * 24, runs, doubled, skipped,
           marks, receptions, changes, digests, crowded, faults);
    sqlite3_close(aside);
    database_close(database);
    config_free(config);
    for (int i = 0; i < PERSONS; i++) choice_clear(&people[i].choice);
    g_rand_free(chance);
    static const char *const files[] = {"diktyo.conf", "diktyo.db", "diktyo.db-wal", "diktyo.db-shm", "diktyo.log"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
    return faults != 0;
}
