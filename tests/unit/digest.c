#include "publish/digest.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/log.h"
#include "base/token.h"
#include "model/delivery.h"
#include "store/choices.h"
#include "store/apply.h"
#include "store/groups.h"
#include "store/fates.h"
#include "store/outbox.h"
#include "store/people.h"
#include "store/posts.h"

/* --- the machinery, on a real database --- */

enum { DAY = 86400 };
static const int64_t morning = 1795496400; /* 24 November 2026, 07:00 in Athens */

typedef struct {
    Config config;
    Database *database;
    Group *groups[2];
} House;

static void add_group(House *house, int place, const char *name, const char *title, int hour) {
    Group *group = g_new0(Group, 1);
    group->name = g_strdup(name);
    group->title = g_strdup(title);
    group->language = g_strdup("el");
    group->zone = g_strdup("Europe/Athens");
    group->description = g_strdup("");
    group->theme = g_strdup("");
    group->subject_tag = g_strdup("");
    group->digest_hour = hour;
    assert_true(groups_put(house->database, group, NULL));
    house->groups[place] = group;
}

static int64_t add_member(House *house, int group, const char *email, DeliveryMode mode) {
    g_autofree char *copy = g_strdup(email), *name = g_strdup("Ελένη Ρήγα"), *language = g_strdup("el");
    MemberChange change = {.email = copy, .name = name, .language = language, .delivery = (int)mode, .role = -1};
    g_autoptr(Person) person = people_find(house->database, email, NULL);
    int64_t id = 0;
    assert_true(people_put(house->database, &change, person, NULL, house->groups[group]->id, morning - 9 * DAY, &id, NULL));
    return id;
}

static int64_t letter_of(House *house, const char *hash) {
    g_autoptr(Query) query = query_new(house->database, STATEMENT_LETTER_FIND);
    query_text(query, 1, hash);
    return query_step(query, NULL) == 1 ? query_column_integer(query, 0) : 0;
}

/* A letter accepted into a group by the store's own means: the fan-out is the real one. */
static int64_t add_post(House *house, int group, const char *subject, int64_t at) {
    g_autofree char *hash = token_hash(subject, strlen(subject)), *attachments = posts_attachments_text(NULL);
    g_autofree char *copy = g_strdup(subject), *name = g_strdup("Μαρία Παππά"), *address = g_strdup("maria@dimos.example.gr");
    g_autofree char *id = g_strdup_printf("%.20s@dimos.example.gr", hash), *text = g_strdup_printf("Κείμενο: %s\n", subject);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GBytes) content = g_bytes_new(subject, strlen(subject)), trace = g_bytes_new_static("", 0);
    g_autoptr(GBytes) head = g_bytes_new_static("Subject: x\r\n\r\n", 14);
    Letter letter = {.subject = copy, .author_name = name, .author_address = address, .references = none, .text = text, .date = at};
    Intent intent = {.kind = INTENT_MAIL, .actor = "mail", .now = at, .letter = &letter, .sender = address};
    Facts facts = {.group = house->groups[group], .letter = letter_of(house, hash)};
    Plan plan = {.effects = {{.kind = EFFECT_POST}}, .effect_count = 1};
    Rendering rendering = {.content = content, .trace = trace, .content_hash = hash, .message_id = id, .attachments = attachments,
                           .post_head = head};
    Applied applied = {0};
    g_autoptr(Transaction) transaction = transaction_begin(house->database, NULL);
    assert_true(apply_plan(house->database, &intent, &facts, &plan, &rendering, &applied, NULL));
    assert_true(transaction_commit(transaction, NULL));
    return applied.post;
}

static int open_house(void **state) {
    House *house = g_new0(House, 1);
    char *folder = g_dir_make_tmp("diktyo-digest-XXXXXX", NULL);
    static char domain[] = "groups.example.gr", name[] = "Δίκτυο Δήμων", language[] = "el", zone[] = "Europe/Athens";
    house->config = (Config){.directory = folder, .domain = domain, .name = name, .language = language, .zone = zone,
                             .database = g_build_filename(folder, "diktyo.db", NULL),
                             .templates = g_build_filename(folder, "templates", NULL), .busy_seconds = 1, .lease_seconds = 60, .digest_hour = 7, .digest_bytes = 400000};
    log_open("none", NULL);
    assert_true(database_create(&house->config, NULL));
    house->database = database_open(&house->config, NULL);
    assert_non_null(house->database);
    add_group(house, 0, "environment", "Περιβάλλον", 7);
    add_group(house, 1, "ygeia", "Υγεία", 7);
    *state = house;
    return 0;
}

static void remove_tree(const char *path) {
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    for (const char *name; folder != NULL && (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    g_remove(path);
}

static int close_house(void **state) {
    House *house = *state;
    database_close(house->database);
    remove_tree(house->config.directory);
    for (size_t i = 0; i < G_N_ELEMENTS(house->groups); i++) group_free(house->groups[i]);
    g_free(house->config.directory);
    g_free(house->config.database);
    g_free(house->config.templates);
    g_free(house);
    return 0;
}

static DigestCounts run(House *house, int64_t now) {
    DigestCounts counts;
    g_autoptr(GError) error = NULL;
    bool done = digest_due(house->database, now, &counts, &error);
    if (!done) fail_msg("%s", error->message);
    return counts;
}

/* A mail of ours with plain line ends in its body. */
static char *readable(GBytes *head, GBytes *body) {
    GString *text = g_string_new(NULL);
    gsize length;
    const char *bytes = g_bytes_get_data(head, &length);
    g_string_append_len(text, bytes, (gssize)length);
    bytes = g_bytes_get_data(body, &length);
    for (gsize i = 0; i < length; i++)
        if (bytes[i] != '\r') g_string_append_c(text, bytes[i]);
    return g_string_free(text, FALSE);
}

/* The next mail in the outbox, which must be for `email`; NULL email: there must be none. */
static char *next_mail(House *house, const char *email) {
    g_autoptr(OutboxClaim) claim = outbox_claim(house->database, &(OutboxPlace){0}, morning + 30 * DAY, 100, NULL);
    if (email == NULL) {
        assert_null(claim);
        return NULL;
    }
    assert_non_null(claim);
    assert_int_equal(claim->deliveries->len, 1);
    const Delivery *delivery = claim->deliveries->pdata[0];
    assert_string_equal(delivery->email, email);
    assert_non_null(strstr(delivery->envelope_sender, "-bounces+"));
    return readable(claim->head, claim->body);
}

static void assert_shows(const char *text, const char *wanted) {
    if (strstr(text, wanted) == NULL) fail_msg("“%s” is not in:\n%s", wanted, text);
}

static void each_post_is_in_exactly_one_digest(void **state) {
    House *house = *state;
    add_member(house, 0, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_post(house, 0, "Κάδοι", morning - 3600);
    add_post(house, 0, "Δέντρα", morning - 1);
    assert_int_equal(run(house, morning - 1).digests, 0);
    add_post(house, 0, "Ανακύκλωση", morning);
    DigestCounts counts = run(house, morning);
    assert_int_equal(counts.digests, 1);
    assert_int_equal(counts.posts, 2);
    assert_int_equal(run(house, morning).digests, 0);
    assert_int_equal(run(house, morning + DAY - 1).digests, 0);
    g_autofree char *first = next_mail(house, "eleni@dimos.example.gr");
    assert_shows(first, "Κείμενο: Κάδοι\n");
    assert_shows(first, "Κείμενο: Δέντρα\n");
    assert_shows(first, "1 ομάδα, 2 μηνύματα");
    assert_null(strstr(first, "Ανακύκλωση"));
    next_mail(house, NULL);
    assert_int_equal(run(house, morning + 3 * DAY + 12345).posts, 1);
    g_autofree char *second = next_mail(house, "eleni@dimos.example.gr");
    assert_shows(second, "Κείμενο: Ανακύκλωση\n");
    assert_null(strstr(second, "Κάδοι"));
    assert_int_equal(run(house, morning + 9 * DAY).digests, 0);
}

static void a_post_to_two_groups_stands_once_in_one_digest_of_both(void **state) {
    House *house = *state;
    add_member(house, 0, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_member(house, 1, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_post(house, 1, "Εμβόλια", morning - 500);
    add_post(house, 0, "Καύσωνας", morning - 400);
    int64_t second = add_post(house, 1, "Καύσωνας", morning - 400);
    DigestCounts counts = run(house, morning);
    assert_int_equal(counts.digests, 1);
    assert_int_equal(counts.posts, 2);
    g_autofree char *mail = next_mail(house, "eleni@dimos.example.gr");
    assert_shows(mail, "2 ομάδες, 2 μηνύματα");
    const char *text = strstr(mail, "Κείμενο: Καύσωνας\n");
    assert_non_null(text);
    assert_null(strstr(text + 1, "Κείμενο: Καύσωνας\n"));
    assert_true(strstr(mail, "\nΠεριβάλλον (") < strstr(mail, "\nΥγεία ("));
    assert_shows(mail, "<diktyo@groups.example.gr>\r\n");
    assert_shows(mail, "List-Id: <digest.groups.example.gr>\r\n");
    g_autoptr(GPtrArray) fates = fates_of(house->database, second, NULL);
    assert_int_equal(fates->len, 1);
    assert_string_equal(((const Fate *)fates->pdata[0])->state, "covered");
    next_mail(house, NULL);
}

static void a_digest_of_one_group_comes_from_that_group(void **state) {
    House *house = *state;
    add_member(house, 1, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_post(house, 1, "Εμβόλια", morning - 500);
    assert_int_equal(run(house, morning + 60).digests, 1);
    g_autofree char *mail = next_mail(house, "eleni@dimos.example.gr");
    assert_shows(mail, "<ygeia@groups.example.gr>\r\n");
    assert_shows(mail, "List-Id: <ygeia.groups.example.gr>\r\n");
    assert_shows(mail, "ygeia-leave@groups.example.gr");
    assert_shows(mail, "Σύνοψη Τρίτης 24 Νοεμβρίου — 1 ομάδα, 1 μήνυμα");
    assert_shows(mail, "* Μαρία Παππά <maria@dimos.example.gr> — Τρίτη 24 Νοεμβρίου, 06:51\n\nΚείμενο: Εμβόλια\n");
    assert_shows(mail, "ygeia@groups.example.gr\n");
}

static void all_groups_of_a_person_come_at_the_hour_of_his_first(void **state) {
    House *house = *state;
    house->groups[1]->digest_hour = 18;
    assert_true(groups_put(house->database, house->groups[1], NULL));
    add_member(house, 0, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_member(house, 1, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_post(house, 0, "Κάδοι", morning - 10);
    add_post(house, 1, "Εμβόλια", morning - 10);
    assert_int_equal(run(house, morning - 1).posts, 0);
    assert_int_equal(run(house, morning).posts, 2);
    add_post(house, 1, "Καύσωνας", morning + 10);
    assert_int_equal(run(house, morning + 11 * 3600).posts, 0);
    assert_int_equal(run(house, morning + DAY).posts, 1);
}

static void whoever_asks_has_it_at_once_and_the_rest_at_his_hour(void **state) {
    House *house = *state;
    int64_t eleni = add_member(house, 0, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_post(house, 0, "Κάδοι", morning + 3600);
    assert_int_equal(run(house, morning + 7200).posts, 0);
    assert_true(choices_ask_digest(house->database, eleni, morning + 7200, NULL));
    assert_int_equal(run(house, morning + 7300).posts, 1);
    add_post(house, 0, "Δέντρα", morning + 7400);
    assert_int_equal(run(house, morning + 7500).posts, 0);
    assert_int_equal(run(house, morning + DAY).posts, 1);
    assert_true(choices_ask_digest(house->database, eleni, morning + DAY + 10, NULL)); /* nothing there: it is not kept for later */
    assert_int_equal(run(house, morning + DAY + 20).posts, 0);
    add_post(house, 0, "Ύδρευση", morning + DAY + 30);
    assert_int_equal(run(house, morning + DAY + 40).posts, 0);
}

static void what_is_too_large_comes_in_a_second_part(void **state) {
    House *house = *state;
    add_member(house, 0, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    house->config.digest_bytes = 20000;
    enum { POSTS = 30 };
    for (int i = 0; i < POSTS; i++) {
        g_autofree char *subject = g_strdup_printf("Θέμα %02d", i);
        add_post(house, 0, subject, morning - 100 + i);
    }
    DigestCounts counts = run(house, morning);
    assert_int_equal(counts.posts, POSTS);
    assert_true(counts.digests > 1);
    bool seen[POSTS] = {false};
    for (int part = 1; part <= counts.digests; part++) {
        g_autofree char *mail = next_mail(house, "eleni@dimos.example.gr"), *of = g_strdup_printf("μέρος %d από %d", part, (int)counts.digests);
        assert_shows(mail, of);
        assert_true(strlen(mail) < 40000);
        for (int i = 0; i < POSTS; i++) {
            g_autofree char *text = g_strdup_printf("Κείμενο: Θέμα %02d\n", i);
            if (strstr(mail, text) == NULL) continue;
            assert_false(seen[i]);
            seen[i] = true;
        }
    }
    for (int i = 0; i < POSTS; i++) assert_true(seen[i]);
    next_mail(house, NULL);
}

static void only_members_in_digest_mode_who_stay_get_it(void **state) {
    House *house = *state;
    add_member(house, 0, "each@dimos.example.gr", DELIVERY_EACH);
    add_member(house, 0, "none@dimos.example.gr", DELIVERY_NONE);
    int64_t leaver = add_member(house, 0, "leaver@dimos.example.gr", DELIVERY_DIGEST);
    add_member(house, 0, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_post(house, 0, "Κάδοι", morning - 10);
    assert_true(people_remove(house->database, house->groups[0]->id, leaver, morning - 5, NULL));
    assert_int_equal(run(house, morning).digests, 1);
    g_autofree char *copy = NULL, *digest = NULL;
    copy = next_mail(house, "each@dimos.example.gr");
    digest = next_mail(house, "eleni@dimos.example.gr");
    assert_shows(digest, "Κείμενο: Κάδοι\n");
    next_mail(house, NULL);
}

static void a_preview_shows_the_digest_and_changes_nothing(void **state) {
    House *house = *state;
    add_member(house, 0, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
    g_autoptr(GPtrArray) none = digest_preview(house->database, "eleni@dimos.example.gr", morning - 10, NULL);
    assert_int_equal(none->len, 0);
    add_post(house, 0, "Κάδοι", morning - 10);
    g_autoptr(GPtrArray) mails = digest_preview(house->database, "eleni@dimos.example.gr", morning - 10, NULL);
    assert_int_equal(mails->len, 1);
    g_autofree char *text = readable(empty, mails->pdata[0]);
    assert_shows(text, "Κείμενο: Κάδοι\n");
    next_mail(house, NULL);
    assert_int_equal(run(house, morning).digests, 1);
    g_autoptr(GError) error = NULL;
    assert_null(digest_preview(house->database, "nobody@dimos.example.gr", morning, &error));
    assert_true(g_error_matches(error, FAULT, FAULT_PERMANENT));
}

static void two_runs_at_once_make_one_digest_for_each(void **state) {
    House *house = *state;
    enum { MEMBERS = 60 };
    for (int i = 0; i < MEMBERS; i++) {
        g_autofree char *email = g_strdup_printf("melos%d@dimos.example.gr", i);
        add_member(house, 0, email, DELIVERY_DIGEST);
    }
    add_post(house, 0, "Κάδοι", morning - 10);
    g_clear_pointer(&house->database, database_close); /* SQLite must not be carried over a fork */
    house->config.busy_seconds = 30;
    pid_t other = fork();
    assert_true(other >= 0);
    DigestCounts counts = {0};
    house->database = database_open(&house->config, NULL);
    bool done = house->database != NULL && digest_due(house->database, morning, &counts, NULL);
    if (other == 0) {
        database_close(house->database);
        _exit(done ? (int)counts.digests : 255);
    }
    int status = 0;
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_true(done && WIFEXITED(status) && WEXITSTATUS(status) != 255);
    assert_int_equal(counts.digests + WEXITSTATUS(status), MEMBERS);
    OutboxCounts outbox;
    assert_true(outbox_counts(house->database, &outbox, NULL));
    assert_int_equal(outbox.count[DELIVERY_WAITING], MEMBERS);
    assert_int_equal(outbox.count[DELIVERY_GATHERED], MEMBERS);
}

static void a_digest_that_cannot_be_made_is_made_later(void **state) {
    House *house = *state;
    add_member(house, 0, "eleni@dimos.example.gr", DELIVERY_DIGEST);
    add_member(house, 0, "nikos@dimos.example.gr", DELIVERY_DIGEST);
    add_post(house, 0, "Κάδοι", morning - 10);
    g_autofree char *folder = g_build_filename(house->config.templates, "el", NULL), *file = g_build_filename(folder, "digest.txt", NULL);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(g_file_set_contents(file, "χωρίς θέμα", -1, NULL));
    DigestCounts counts;
    g_autoptr(GError) error = NULL;
    assert_false(digest_due(house->database, morning, &counts, &error));
    assert_non_null(error);
    assert_int_equal(counts.digests, 0);
    next_mail(house, NULL);
    assert_int_equal(g_remove(file), 0);
    assert_int_equal(run(house, morning).digests, 2);
}

int main(void) {
#define ON_DATABASE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)
    const struct CMUnitTest tests[] = {
        ON_DATABASE(each_post_is_in_exactly_one_digest),
        ON_DATABASE(a_post_to_two_groups_stands_once_in_one_digest_of_both),
        ON_DATABASE(a_digest_of_one_group_comes_from_that_group),
        ON_DATABASE(all_groups_of_a_person_come_at_the_hour_of_his_first),
        ON_DATABASE(whoever_asks_has_it_at_once_and_the_rest_at_his_hour),
        ON_DATABASE(what_is_too_large_comes_in_a_second_part),
        ON_DATABASE(only_members_in_digest_mode_who_stay_get_it),
        ON_DATABASE(a_preview_shows_the_digest_and_changes_nothing),
        ON_DATABASE(two_runs_at_once_make_one_digest_for_each),
        ON_DATABASE(a_digest_that_cannot_be_made_is_made_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
