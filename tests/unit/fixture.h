/* fixture.h: a real instance in a temporary folder, for tests of what stands on the database. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <unistd.h>
#include "base/log.h"
#include "flow/act.h"
#include "message/parse.h"
#include "store/fates.h"
#include "store/groups.h"
#include "store/people.h"
#include "store/posts.h"

typedef struct {
    char *folder;
    Config *config;
    Database *database;
    int64_t now;
} Fixture;

static inline int fixture_start(void **state) {
    GError *error = NULL;
    Fixture *fixture = g_new0(Fixture, 1);
    fixture->folder = g_dir_make_tmp("diktyo-test-XXXXXX", &error);
    assert_non_null(fixture->folder);
    g_autofree char *file = g_build_filename(fixture->folder, "diktyo.conf", NULL);
    assert_true(g_file_set_contents(file, "[site]\ndomain = groups.example.gr\n[log]\ntarget = none\n", -1, NULL));
    fixture->config = config_load(file, &error);
    if (fixture->config == NULL || !log_open("none", &error) || !database_create(fixture->config, &error)) fail_msg("%s", error->message);
    fixture->database = database_open(fixture->config, &error);
    if (fixture->database == NULL) fail_msg("%s", error->message);
    fixture->now = 1795417200; /* 2026-11-23 09:00 in Athens */
    *state = fixture;
    return 0;
}

static inline int fixture_stop(void **state) {
    Fixture *fixture = *state;
    database_close(fixture->database);
    config_free(fixture->config);
    const char *name;
    g_autoptr(GDir) folder = g_dir_open(fixture->folder, 0, NULL);
    while ((name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture);
    return 0;
}

/* Acts and expects that it could; the answer is returned. */
static inline Outcome fixture_act(Fixture *fixture, Intent intent) {
    GError *error = NULL;
    Outcome outcome = {0};
    intent.now = fixture->now;
    if (intent.actor == NULL) intent.actor = "test";
    if (!act(fixture->database, &intent, &outcome, &error)) fail_msg("%s", error->message);
    g_clear_pointer(&outcome.status, g_free);
    return outcome;
}

static inline void fixture_group(Fixture *fixture, const char *name, Posting posting) {
    Group group = {.name = (char *)name, .title = (char *)"Περιβάλλον", .description = (char *)"", .theme = (char *)"", .language = (char *)"el",
                   .zone = (char *)"Europe/Athens", .subject_tag = (char *)"", .posting = posting, .digest_hour = 7, .created_at = fixture->now};
    assert_int_equal(fixture_act(fixture, (Intent){.kind = INTENT_GROUP_PUT, .group = &group}).answer, ANSWER_TAKEN);
}

static inline void fixture_member(Fixture *fixture, const char *group, const char *email, DeliveryMode delivery, Role role) {
    MemberChange change = {.group = (char *)group, .email = (char *)email, .name = (char *)"Μαρία", .delivery = delivery, .role = role, .must_be_new = true};
    assert_int_equal(fixture_act(fixture, (Intent){.kind = INTENT_MEMBER_PUT, .member = &change}).answer, ANSWER_TAKEN);
}

/* A mail as the intake would hand it in; `references` (may be NULL) is one Message-ID that it answers. */
static inline Outcome fixture_mail(Fixture *fixture, const char *from, const char *group, const char *message_id, const char *references) {
    g_autoptr(Letter) letter = letter_empty();
    g_autofree char *raw = g_strdup_printf("Received: by x\nFrom: %s\nMessage-ID: <%s>\nSubject: Θέμα\n\nΚείμενο\n", from, message_id);
    g_autofree char *recipient = g_strdup_printf("%s@groups.example.gr", group);
    g_autoptr(GBytes) bytes = g_bytes_new(raw, strlen(raw));
    g_free(letter->message_id);
    letter->message_id = g_strdup(message_id);
    g_free(letter->author_address);
    letter->author_address = g_strdup(from);
    if (references != NULL) g_ptr_array_add(letter->references, g_strdup(references));
    return fixture_act(fixture, (Intent){.kind = INTENT_MAIL, .raw = bytes, .letter = letter, .sender = (char *)from, .recipient = recipient});
}

/* The fates of a post as `address state`, sorted as the outbox has them. */
static inline char *fixture_fates(Fixture *fixture, int64_t post) {
    g_autoptr(GPtrArray) list = fates_of(fixture->database, post, NULL);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++) {
        const Fate *fate = list->pdata[i];
        g_string_append_printf(text, "%s%s %s%s%s", i > 0 ? ", " : "", fate->email, fate->state, fate->through != NULL ? " by " : "",
                               fate->through != NULL ? fate->through : "");
    }
    return g_string_free(text, FALSE);
}

static inline void expect_fates(Fixture *fixture, int64_t post, const char *wanted) {
    g_autofree char *found = fixture_fates(fixture, post);
    assert_string_equal(found, wanted);
}
