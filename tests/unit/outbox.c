#include "fixture.h"
#include "store/outbox.h"

/* Claims: what one sender has no other gets, what is settled or given back is nobody's, and what a sender left is due again. */

/* A post to members m0@ to mN@, who all get each post. */
static int64_t post_to(Fixture *fixture, int members, const char *message_id) {
    for (int i = 0; i < members; i++) {
        g_autofree char *email = g_strdup_printf("m%d@drama.example.gr", i);
        fixture_member(fixture, "environment", email, DELIVERY_EACH, ROLE_MEMBER);
    }
    return fixture_mail(fixture, "nikos@argos.example.gr", "environment", message_id, NULL).applied.post;
}

static OutboxClaim *claim_at(Fixture *fixture, OutboxPlace *place, int64_t now, int most) {
    GError *error = NULL;
    OutboxClaim *claim = outbox_claim(fixture->database, place, now, most, &error);
    if (error != NULL) fail_msg("%s", error->message);
    return claim;
}

static OutboxClaim *claim(Fixture *fixture, int most) { return claim_at(fixture, &(OutboxPlace){0}, fixture->now, most); }

static Delivery *of(const OutboxClaim *claim, guint index) { return claim->deliveries->pdata[index]; }

static void settle(Fixture *fixture, Delivery *first, const Delivery *last, ResultKind result, int64_t next_try) {
    GError *error = NULL;
    first->result = result;
    if (!outbox_settle(fixture->database, first, last->id, fixture->now, next_try, &error)) fail_msg("%s", error->message);
}

static int64_t next_of(Fixture *fixture) {
    int64_t when = 0;
    assert_true(outbox_next(fixture->database, &when, NULL));
    return when;
}

static void a_lease_that_ran_out_is_due_again_and_the_late_sender_changes_nothing(void **state) {
    Fixture *fixture = *state;
    GError *error = NULL;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    fixture_member(fixture, "environment", "maria@drama.example.gr", DELIVERY_EACH, ROLE_MEMBER);
    int64_t post = fixture_mail(fixture, "nikos@argos.example.gr", "environment", "a@x", NULL).applied.post;
    g_autoptr(OutboxClaim) first = claim(fixture, 10);
    assert_int_equal(first->deliveries->len, 1);
    assert_null(claim(fixture, 10));
    int64_t later = fixture->now + fixture->config->lease_seconds;
    g_autoptr(OutboxClaim) second = claim_at(fixture, &(OutboxPlace){0}, later, 10);
    assert_int_equal(second->deliveries->len, 1);
    Delivery *late = first->deliveries->pdata[0], *mine = second->deliveries->pdata[0];
    assert_true(g_str_has_prefix(mine->envelope_sender, "environment-bounces+"));
    late->result = RESULT_REFUSED;
    mine->result = RESULT_SENT;
    mine->reply = g_strdup("250 2.0.0 Ok");
    assert_true(outbox_settle(fixture->database, late, late->id, later, 0, &error));
    expect_fates(fixture, post, "maria@drama.example.gr sending");
    assert_true(outbox_settle(fixture->database, mine, mine->id, later, 0, &error));
    expect_fates(fixture, post, "maria@drama.example.gr sent");
}

static void two_senders_have_nothing_in_common(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    post_to(fixture, 5, "a@x");
    g_autoptr(OutboxClaim) one = claim(fixture, 2), two = claim(fixture, 2), three = claim(fixture, 2);
    assert_int_equal(one->deliveries->len + two->deliveries->len + three->deliveries->len, 5);
    assert_string_equal(of(one, 1)->email, "m1@drama.example.gr");
    assert_string_equal(of(two, 0)->email, "m2@drama.example.gr");
    assert_string_equal(of(three, 0)->email, "m4@drama.example.gr");
    assert_null(claim(fixture, 2));
}

/* A place spares looking at what is claimed; it hides nothing. */
static void a_sender_goes_on_where_it_was_and_sees_the_rest_from_the_start(void **state) {
    Fixture *fixture = *state;
    OutboxPlace place = {0};
    fixture_group(fixture, "environment", POSTING_ANYONE);
    int64_t first = post_to(fixture, 3, "a@x");
    g_autoptr(OutboxClaim) one = claim_at(fixture, &place, fixture->now, 2);
    fixture->now++;
    int64_t second = fixture_mail(fixture, "nikos@argos.example.gr", "environment", "b@x", NULL).applied.post;
    g_autoptr(OutboxClaim) two = claim_at(fixture, &place, fixture->now, 2), three = claim_at(fixture, &place, fixture->now, 5);
    assert_int_equal(two->deliveries->len, 1);
    assert_int_equal(three->deliveries->len, 3);
    settle(fixture, of(one, 0), of(one, 0), RESULT_UNTRIED, of(one, 0)->created_at); /* behind the place */
    OutboxPlace start = {0};
    assert_null(claim_at(fixture, &start, fixture->now, 5)); /* as long as its claim stands */
    assert_true(outbox_release(fixture->database, one->outgoing, one->lease, NULL));
    assert_null(claim_at(fixture, &place, fixture->now, 5));
    g_autoptr(OutboxClaim) four = claim_at(fixture, &start, fixture->now, 5);
    assert_int_equal(four->deliveries->len, 2);
    expect_fates(fixture, first, "m0@drama.example.gr sending, m1@drama.example.gr sending, m2@drama.example.gr sending");
    expect_fates(fixture, second, "m0@drama.example.gr sending, m1@drama.example.gr sending, m2@drama.example.gr sending");
}

static void neighbours_are_settled_at_once_and_nobody_else(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    int64_t post = post_to(fixture, 5, "a@x");
    g_autoptr(OutboxClaim) all = claim(fixture, 10);
    settle(fixture, of(all, 1), of(all, 2), RESULT_SENT, 0);
    expect_fates(fixture, post,
                 "m0@drama.example.gr sending, m1@drama.example.gr sent, m2@drama.example.gr sent, m3@drama.example.gr sending, m4@drama.example.gr sending");
    settle(fixture, of(all, 0), of(all, 0), RESULT_LATER, fixture->now + 600);
    settle(fixture, of(all, 3), of(all, 3), RESULT_REFUSED, 0);
    settle(fixture, of(all, 0), of(all, 4), RESULT_SENT, 0); /* what is settled waits for nothing: only those that do are changed */
    expect_fates(fixture, post,
                 "m0@drama.example.gr sent, m1@drama.example.gr sent, m2@drama.example.gr sent, m3@drama.example.gr failed, m4@drama.example.gr sent");
}

static void what_was_put_off_is_claimed_no_more(void **state) {
    Fixture *fixture = *state;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    int64_t post = post_to(fixture, 3, "a@x");
    g_autoptr(OutboxClaim) all = claim(fixture, 10);
    settle(fixture, of(all, 0), of(all, 0), RESULT_LATER, fixture->now + 600);
    assert_true(outbox_postpone(fixture->database, of(all, 1), fixture->now + 900, NULL));
    expect_fates(fixture, post, "m0@drama.example.gr waiting, m1@drama.example.gr waiting, m2@drama.example.gr sending");
    assert_int_equal(next_of(fixture), fixture->now + MIN(600, fixture->config->lease_seconds));
    settle(fixture, of(all, 2), of(all, 2), RESULT_SENT, 0);
    assert_true(outbox_release(fixture->database, all->outgoing, all->lease, NULL));
    g_autoptr(OutboxClaim) sooner = claim_at(fixture, &(OutboxPlace){0}, fixture->now + 600, 10), later = claim_at(fixture, &(OutboxPlace){0}, fixture->now + 900, 10);
    assert_int_equal(sooner->deliveries->len, 1);
    assert_string_equal(of(sooner, 0)->email, "m0@drama.example.gr");
    assert_string_equal(of(later, 0)->email, "m1@drama.example.gr");
}

static void an_ended_claim_leaves_nothing_and_one_that_is_over_is_cleared_away(void **state) {
    Fixture *fixture = *state;
    int64_t lease = fixture->config->lease_seconds, far = fixture->now + 100 * lease;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    post_to(fixture, 2, "a@x");
    g_autoptr(OutboxClaim) all = claim(fixture, 10);
    assert_int_equal(next_of(fixture), fixture->now + lease);
    assert_true(outbox_tidy(fixture->database, far, fixture->now + lease - 1, NULL));
    assert_null(claim(fixture, 10));
    assert_true(outbox_tidy(fixture->database, far, fixture->now + lease, NULL));
    g_autoptr(OutboxClaim) again = claim(fixture, 10);
    assert_int_equal(again->deliveries->len, 2);
    settle(fixture, of(all, 0), of(all, 1), RESULT_SENT, 0); /* too late */
    assert_int_equal(next_of(fixture), fixture->now + lease);
    settle(fixture, of(again, 0), of(again, 1), RESULT_SENT, 0);
    assert_true(outbox_release(fixture->database, again->outgoing, again->lease, NULL));
    assert_int_equal(next_of(fixture), 0);
}

/* The clock was set back: a lease that ends beyond everything ends now. */
static void a_lease_from_the_future_holds_nothing(void **state) {
    Fixture *fixture = *state;
    int64_t lease = fixture->config->lease_seconds;
    fixture_group(fixture, "environment", POSTING_ANYONE);
    post_to(fixture, 2, "a@x");
    g_autoptr(OutboxClaim) early = claim_at(fixture, &(OutboxPlace){0}, fixture->now + 100 * lease, 10);
    assert_int_equal(early->deliveries->len, 2);
    assert_null(claim(fixture, 10));
    assert_true(outbox_tidy(fixture->database, fixture->now + 50 * lease, fixture->now, NULL));
    g_autoptr(OutboxClaim) again = claim(fixture, 10);
    assert_int_equal(again->deliveries->len, 2);
}

#define ON_INSTANCE(test) cmocka_unit_test_setup_teardown(test, fixture_start, fixture_stop)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_INSTANCE(a_lease_that_ran_out_is_due_again_and_the_late_sender_changes_nothing),
        ON_INSTANCE(two_senders_have_nothing_in_common),
        ON_INSTANCE(a_sender_goes_on_where_it_was_and_sees_the_rest_from_the_start),
        ON_INSTANCE(neighbours_are_settled_at_once_and_nobody_else),
        ON_INSTANCE(what_was_put_off_is_claimed_no_more),
        ON_INSTANCE(an_ended_claim_leaves_nothing_and_one_that_is_over_is_cleared_away),
        ON_INSTANCE(a_lease_from_the_future_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
