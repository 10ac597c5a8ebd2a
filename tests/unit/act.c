#include "fixture.h"
#include "store/pending.h"

/* The spine, over a real database: what becomes of a mail. */

static void a_post_waits_for_each_member_and_gathers_for_the_digest(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_MEMBERS);
    fixture_member(fixture, "environment", "nikos@argos.example.gr", DELIVERY_EACH, ROLE_MEMBER);
    fixture_member(fixture, "environment", "maria@drama.example.gr", DELIVERY_DIGEST, ROLE_MEMBER);
    fixture_member(fixture, "environment", "eleni@kozani.example.gr", DELIVERY_NONE, ROLE_MEMBER);
    Outcome outcome = fixture_mail(fixture, "nikos@argos.example.gr", "environment", "a@x", NULL);
    assert_int_equal(outcome.answer, ANSWER_TAKEN);
    assert_int_equal(outcome.applied.recipients, 2);
    expect_fates(fixture, outcome.applied.post, "nikos@argos.example.gr waiting, maria@drama.example.gr gathering, eleni@kozani.example.gr unwanted");
}

static void the_same_mail_again_is_taken_and_does_nothing(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    assert_true(fixture_mail(fixture, "nikos@argos.example.gr", "environment", "a@x", NULL).applied.post > 0);
    Outcome again = fixture_mail(fixture, "nikos@argos.example.gr", "environment", "a@x", NULL);
    assert_int_equal(again.answer, ANSWER_TAKEN);
    assert_int_equal(again.applied.post, 0);
}

static void the_same_message_id_with_another_content_is_kept(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    fixture_mail(fixture, "nikos@argos.example.gr", "environment", "a@x", NULL);
    assert_true(fixture_mail(fixture, "other@argos.example.gr", "environment", "a@x", NULL).applied.post > 0);
    g_autoptr(GPtrArray) posts = posts_find(fixture->database, "<a@x>", NULL);
    assert_int_equal(posts->len, 2);
}

static void a_cross_post_reaches_a_person_once_and_says_through_which_group(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    fixture_group(fixture, "tourism", POSTING_ANYONE);
    fixture_member(fixture, "environment", "maria@drama.example.gr", DELIVERY_EACH, ROLE_MEMBER);
    fixture_member(fixture, "tourism", "maria@drama.example.gr", DELIVERY_DIGEST, ROLE_MEMBER);
    fixture_member(fixture, "tourism", "eleni@kozani.example.gr", DELIVERY_EACH, ROLE_MEMBER);
    int64_t one = fixture_mail(fixture, "nikos@argos.example.gr", "environment", "a@x", NULL).applied.post;
    int64_t two = fixture_mail(fixture, "nikos@argos.example.gr", "tourism", "a@x", NULL).applied.post;
    expect_fates(fixture, one, "maria@drama.example.gr waiting");
    expect_fates(fixture, two, "maria@drama.example.gr covered by environment, eleni@kozani.example.gr waiting");
}

static void who_wants_each_in_one_group_does_not_wait_for_the_digest_of_another(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    fixture_group(fixture, "tourism", POSTING_ANYONE);
    fixture_member(fixture, "environment", "maria@drama.example.gr", DELIVERY_DIGEST, ROLE_MEMBER);
    fixture_member(fixture, "tourism", "maria@drama.example.gr", DELIVERY_EACH, ROLE_MEMBER);
    int64_t one = fixture_mail(fixture, "nikos@argos.example.gr", "environment", "a@x", NULL).applied.post;
    int64_t two = fixture_mail(fixture, "nikos@argos.example.gr", "tourism", "a@x", NULL).applied.post;
    expect_fates(fixture, one, "maria@drama.example.gr covered by tourism");
    expect_fates(fixture, two, "maria@drama.example.gr waiting");
}

static void leaving_one_group_loses_no_letter_of_another(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    fixture_group(fixture, "tourism", POSTING_ANYONE);
    fixture_member(fixture, "environment", "maria@drama.example.gr", DELIVERY_DIGEST, ROLE_MEMBER);
    fixture_member(fixture, "tourism", "maria@drama.example.gr", DELIVERY_DIGEST, ROLE_MEMBER);
    int64_t one = fixture_mail(fixture, "nikos@argos.example.gr", "environment", "a@x", NULL).applied.post;
    int64_t two = fixture_mail(fixture, "nikos@argos.example.gr", "tourism", "a@x", NULL).applied.post;
    MemberChange change = {.group = (char *)"environment", .email = (char *)"maria@drama.example.gr"};
    fixture_act(fixture, (Intent){.kind = INTENT_MEMBER_REMOVE, .member = &change});
    expect_fates(fixture, one, "maria@drama.example.gr cancelled");
    expect_fates(fixture, two, "maria@drama.example.gr gathering");
}

static void a_stranger_is_held_the_moderators_are_told_and_accepting_posts_it(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_MEMBERS);
    fixture_member(fixture, "environment", "maria@drama.example.gr", DELIVERY_EACH, ROLE_OWNER);
    Outcome held = fixture_mail(fixture, "stranger@else.example.gr", "environment", "a@x", NULL);
    assert_int_equal(held.applied.post, 0);
    assert_int_equal(held.applied.held, 1);
    assert_int_equal(held.applied.recipients, 1); /* of the notice */
    fixture->now += 3 * 86400;
    Outcome accepted = fixture_act(fixture, (Intent){.kind = INTENT_HELD_ACCEPT, .pending = 1});
    assert_true(accepted.applied.post > 0);
    expect_fates(fixture, accepted.applied.post, "maria@drama.example.gr waiting");
    g_autoptr(GPtrArray) posts = posts_find(fixture->database, "a@x", NULL);
    assert_int_equal(((Post *)posts->pdata[0])->accepted_at, fixture->now);
    assert_int_equal(fixture_act(fixture, (Intent){.kind = INTENT_HELD_ACCEPT, .pending = 1}).answer, ANSWER_NOTHING_TO_DO);
    assert_int_equal(fixture_mail(fixture, "stranger@else.example.gr", "environment", "a@x", NULL).applied.post, 0);
}

static void what_was_held_for_a_group_that_closed_is_not_posted(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_MEMBERS);
    assert_int_equal(fixture_mail(fixture, "stranger@else.example.gr", "environment", "a@x", NULL).applied.held, 1);
    Group group = {.name = (char *)"environment"};
    fixture_act(fixture, (Intent){.kind = INTENT_GROUP_REMOVE, .group = &group});
    assert_int_equal(fixture_act(fixture, (Intent){.kind = INTENT_HELD_ACCEPT, .pending = 1}).answer, ANSWER_REFUSED);
    fixture_group(fixture, "environment", POSTING_MEMBERS); /* another one of that name */
    assert_int_equal(fixture_act(fixture, (Intent){.kind = INTENT_HELD_ACCEPT, .pending = 1}).answer, ANSWER_REFUSED);
    assert_int_equal(fixture_act(fixture, (Intent){.kind = INTENT_HELD_DISCARD, .pending = 1}).answer, ANSWER_TAKEN);
}

static void mail_to_the_owners_is_never_posted(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    g_autoptr(Letter) letter = letter_empty();
    g_autoptr(GBytes) bytes = g_bytes_new_static("From: a@b.gr\n\nx\n", 16);
    letter->author_address = g_strdup("a@b.gr");
    letter->automatic = AUTO_REPLIED;
    static const char *const recipients[] = {"environment-owner@groups.example.gr", "environment-join@groups.example.gr"};
    for (size_t i = 0; i < G_N_ELEMENTS(recipients); i++) {
        Outcome held = fixture_act(fixture, (Intent){.kind = INTENT_MAIL, .raw = bytes, .letter = letter, .sender = (char *)"a@b.gr",
                                                     .recipient = (char *)(uintptr_t)recipients[i]});
        assert_true(held.applied.held > 0);
        assert_int_equal(fixture_act(fixture, (Intent){.kind = INTENT_HELD_ACCEPT, .pending = held.applied.held}).answer, ANSWER_REFUSED);
    }
}

static void what_was_through_two_groups_comes_once_more_only_when_the_other_copy_goes(void **state) {
    Fixture *fixture = *state;
    static const char *const groups[] = {"aa", "bb", "cc"};
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        fixture_group(fixture, groups[i], POSTING_ANYONE);
        fixture_member(fixture, groups[i], "maria@drama.example.gr", DELIVERY_DIGEST, ROLE_MEMBER);
    }
    fixture_mail(fixture, "nikos@argos.example.gr", "aa", "a@x", NULL);
    int64_t second = fixture_mail(fixture, "nikos@argos.example.gr", "bb", "a@x", NULL).applied.post;
    static const char *const left[] = {"bb", "aa"};
    for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
        MemberChange change = {.group = (char *)(uintptr_t)left[i], .email = (char *)"maria@drama.example.gr"};
        fixture->now += 10;
        fixture_act(fixture, (Intent){.kind = INTENT_MEMBER_REMOVE, .member = &change});
    }
    fixture_member(fixture, "bb", "maria@drama.example.gr", DELIVERY_EACH, ROLE_MEMBER);
    fixture->now += 10;
    MemberChange change = {.group = (char *)"cc", .email = (char *)"maria@drama.example.gr"};
    fixture_act(fixture, (Intent){.kind = INTENT_MEMBER_REMOVE, .member = &change});
    expect_fates(fixture, second, "maria@drama.example.gr cancelled");
}

static void the_bytes_that_came_in_come_out(void **state) {
    Fixture *fixture = *state;
    static const char raw[] = "From x\nReceived: a\nReturn-Path: <>\nFrom: nikos@argos.example.gr\n\n\0\r\n\rno end";
    fixture_group(fixture, "environment", POSTING_ANYONE);
    for (int trace = 0; trace < 2; trace++) {
        g_autoptr(Letter) letter = letter_empty();
        letter->author_address = g_strdup("nikos@argos.example.gr");
        g_autoptr(GBytes) bytes = g_bytes_new(raw + trace * 7, sizeof raw - 1 - (size_t)trace * 7);
        Outcome outcome = fixture_act(fixture, (Intent){.kind = INTENT_MAIL, .raw = bytes, .letter = letter, .sender = (char *)"a@b.gr",
                                                        .recipient = (char *)"environment@groups.example.gr"});
        if (trace == 1) assert_int_equal(outcome.applied.post, 0); /* only trace fields differ: the same mail */
        if (trace == 1) continue;
        g_autoptr(GBytes) out = posts_raw(fixture->database, outcome.applied.post, NULL);
        assert_true(g_bytes_equal(bytes, out));
    }
}

static void of_many_changes_all_or_none_are_made(void **state) {
    Fixture *fixture = *state;
    GError *error = NULL;
    Outcome outcome = {0};
    size_t refused = 9;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    MemberChange good = {.group = (char *)"environment", .email = (char *)"maria@drama.example.gr", .delivery = -1, .role = -1};
    MemberChange bad = {.group = (char *)"nowhere", .email = (char *)"maria@drama.example.gr", .delivery = -1, .role = -1};
    Intent first = {.kind = INTENT_MEMBER_PUT, .actor = "test", .member = &good}, second = {.kind = INTENT_MEMBER_PUT, .actor = "test", .member = &bad};
    assert_true(act_all(fixture->database, (Intent *[]){&first, &second}, 2, &outcome, &refused, &error));
    assert_int_equal(refused, 1);
    assert_int_equal(outcome.answer, ANSWER_REFUSED);
    outcome_clear(&outcome);
    g_autoptr(GPtrArray) members = people_memberships(fixture->database, 0, 0, &error);
    assert_int_equal(members->len, 0);
}

#define ON_INSTANCE(test) cmocka_unit_test_setup_teardown(test, fixture_start, fixture_stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_INSTANCE(a_post_waits_for_each_member_and_gathers_for_the_digest),
        ON_INSTANCE(the_same_mail_again_is_taken_and_does_nothing),
        ON_INSTANCE(the_same_message_id_with_another_content_is_kept),
        ON_INSTANCE(a_cross_post_reaches_a_person_once_and_says_through_which_group),
        ON_INSTANCE(who_wants_each_in_one_group_does_not_wait_for_the_digest_of_another),
        ON_INSTANCE(leaving_one_group_loses_no_letter_of_another),
        ON_INSTANCE(a_stranger_is_held_the_moderators_are_told_and_accepting_posts_it),
        ON_INSTANCE(what_was_held_for_a_group_that_closed_is_not_posted),
        ON_INSTANCE(mail_to_the_owners_is_never_posted),
        ON_INSTANCE(what_was_through_two_groups_comes_once_more_only_when_the_other_copy_goes),
        ON_INSTANCE(the_bytes_that_came_in_come_out),
        ON_INSTANCE(of_many_changes_all_or_none_are_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
