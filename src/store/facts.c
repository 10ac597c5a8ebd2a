#include "store/facts.h"
#include "base/token.h"
#include "store/expiry.h"
#include "store/groups.h"
#include "store/pending.h"
#include "store/people.h"
#include "store/posts.h"
#include "store/repeats.h"
#include "store/tokens.h"

/* One snapshot, read inside the transaction that will also write, so that what was decided on still holds when it is done. */

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

void facts_free(Facts *facts) {
    if (facts == NULL) return;
    group_free(facts->group);
    person_free(facts->author);
    membership_free(facts->membership);
    held_free(facts->held);
    token_free(facts->token);
    g_free(facts->about.subject);
    g_free(facts->delivery_email);
    if (facts->wanted != NULL) g_array_unref(facts->wanted);
    GPtrArray *lists[] = {facts->catalogue, facts->memberships, facts->waiting, facts->topics};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        if (lists[i] != NULL) g_ptr_array_unref(lists[i]);
    g_free(facts);
}

/* 1 and fills what was asked, 0: no row, -1: failed. */
static int one_number(Database *database, Statement statement, const char *text, int64_t first, int64_t second, int64_t *number, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    int position = 1;
    if (text != NULL) query_text(query, position++, text);
    if (first != 0) query_integer(query, position++, first);
    if (second != 0) query_integer(query, position, second);
    int step = query_step(query, error);
    if (step == 1 && number != NULL) *number = query_column_integer(query, 0);
    return step;
}

/* The first reading whose group exists; a site address needs none. A failed look-up shows in *error. */
static const Route *reading_that_holds(Database *database, const GPtrArray *readings, Group **group, GError **error) {
    for (guint i = 0; readings != NULL && i < readings->len; i++) {
        const Route *route = readings->pdata[i];
        g_autoptr(GError) reason = NULL;
        if (route->kind == ROUTE_UNKNOWN) continue;
        if (*route->group == '\0') return route;
        /* A report on what a group sent finds its delivery also after the group was closed. */
        int64_t number = 0;
        if (route->kind == ROUTE_BOUNCES && (token_key_read(database_secret(database), "bounces", route->argument, &number) ||
                                             token_key_read(database_secret(database), "bulk", route->argument, &number)))
            return route;
        g_autoptr(Group) found = groups_find(database, route->group, &reason);
        if (reason != NULL) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return NULL;
        }
        if (found == NULL) continue;
        if (group != NULL) *group = g_steal_pointer(&found);
        return route;
    }
    return NULL;
}

static bool gather_person(Database *database, Facts *facts, const char *email, GError **error) {
    g_autoptr(GError) reason = NULL;
    if (email == NULL) return true;
    facts->author = people_find(database, email, &reason);
    if (facts->author != NULL && facts->group != NULL)
        facts->membership = people_membership(database, facts->group->id, facts->author->id, &reason);
    if (facts->author != NULL && facts->group != NULL && reason == NULL)
        one_number(database, STATEMENT_POSTS_OF_AUTHOR, NULL, facts->author->id, facts->group->id, &facts->posts_before, &reason);
    if (reason == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

/* Whether this content was taken for this address before, wherever it ended. */
static bool gather_again(Database *database, Facts *facts, const Intent *intent, const char *hash, GError **error) {
    int64_t group = facts->group != NULL ? facts->group->id : 0;
    int found = one_number(database, STATEMENT_LETTER_FIND, hash, 0, 0, &facts->letter, error);
    if (found <= 0) return found == 0;
    const Statement in_group[] = {STATEMENT_POST_SAME, STATEMENT_FORWARD_SAME};
    const RouteKind of_route[] = {ROUTE_POST, ROUTE_OWNER};
    const Statement by_recipient[] = {STATEMENT_HELD_SAME, STATEMENT_BOUNCE_SAME};
    for (size_t i = 0; i < G_N_ELEMENTS(in_group) && !facts->again; i++) {
        if (facts->route == NULL || facts->route->kind != of_route[i]) continue;
        found = one_number(database, in_group[i], NULL, group, facts->letter, NULL, error);
        if (found < 0) return false;
        facts->again = found == 1;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(by_recipient) && !facts->again; i++) {
        g_autoptr(Query) query = query_new(database, by_recipient[i]);
        query_text(query, 1, intent->recipient);
        query_integer(query, 2, facts->letter);
        query_integer(query, 3, group);
        found = query_step(query, error);
        if (found < 0) return false;
        facts->again = found == 1;
    }
    return true;
}

static int gather_delivery(Database *database, Facts *facts, int64_t number, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_DELIVERY_OUTGOING);
    query_integer(query, 1, number);
    int step = query_step(query, error);
    if (step != 1) return step;
    facts->delivery = number;
    facts->outgoing = query_column_integer(query, 0);
    facts->delivery_email = query_column_copy(query, 1);
    return 1;
}

static bool gather_mail(Database *database, Facts *facts, const Intent *intent, const Question *question, GError **error) {
    g_autoptr(GError) reason = NULL;
    facts->route = reading_that_holds(database, question->readings, &facts->group, &reason);
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (facts->route != NULL && facts->route->kind == ROUTE_BOUNCES) {
        int64_t number = 0;
        int found = 0;
        if (token_key_read(database_secret(database), "bounces", facts->route->argument, &number)) {
            found = gather_delivery(database, facts, number, error);
        } else if (token_key_read(database_secret(database), "bulk", facts->route->argument, &number)) {
            found = one_number(database, STATEMENT_OUTGOING_EXISTS, NULL, number, 0, NULL, error);
            if (found == 1) facts->outgoing = number;
        }
        if (found < 0) return false;
    }
    const char *author = intent->letter != NULL ? intent->letter->author_address : NULL;
    return gather_person(database, facts, author, error) && gather_again(database, facts, intent, question->content_hash, error);
}

/* Whether the mail claims to come from one of our own addresses, or an address of ours shall be a member. */
static bool gather_own(Database *database, Facts *facts, const Question *question, GError **error) {
    g_autoptr(GError) reason = NULL;
    facts->own_address = reading_that_holds(database, question->author_readings, NULL, &reason) != NULL ||
                         reading_that_holds(database, question->sender_readings, NULL, &reason) != NULL;
    if (reason == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static bool gather_named_group(Database *database, Facts *facts, const char *name, GError **error) {
    g_autoptr(GError) reason = NULL;
    if (name == NULL || *name == '\0') return true;
    facts->group = groups_find(database, name, &reason);
    if (reason == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static bool gather_held(Database *database, Facts *facts, const Intent *intent, GError **error) {
    g_autoptr(GError) reason = NULL;
    facts->held = pending_get(database, intent->pending, &reason);
    /* By name: a group that was closed meanwhile is none to post to. */
    if (facts->held != NULL && facts->held->group != 0) facts->group = groups_find(database, facts->held->group_name, &reason);
    if (facts->group != NULL && facts->group->id != facts->held->group) g_clear_pointer(&facts->group, group_free);
    if (reason == NULL && facts->held != NULL) {
        facts->letter = facts->held->letter;
        const char *author = *facts->held->author_address != '\0' ? facts->held->author_address : NULL;
        int found = facts->group == NULL ? 0 : one_number(database, STATEMENT_POST_SAME, NULL, facts->group->id, facts->letter, NULL, &reason);
        facts->again = found == 1;
        if (reason == NULL) return gather_person(database, facts, author, error);
    }
    if (reason == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static bool gather_about(Database *database, About *about, int64_t post, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_POST_ABOUT);
    query_integer(query, 1, post);
    int step = query_step(query, error);
    if (step != 1) return step == 0;
    *about = (About){query_column_integer(query, 0), query_column_integer(query, 1), query_column_integer(query, 2), query_column_copy(query, 3)};
    return true;
}

/* A post, its group, and the one who wants something of it: the operator has no address. */
static bool gather_of_post(Database *database, Facts *facts, const Intent *intent, GError **error) {
    g_autoptr(GError) reason = NULL;
    if (!gather_about(database, &facts->about, intent->post, error)) return false;
    if (facts->about.post != 0) facts->group = groups_get(database, facts->about.group, &reason);
    if (reason == NULL) return gather_person(database, facts, intent->member != NULL ? intent->member->email : NULL, error);
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static bool gather(Database *database, Facts *facts, const Intent *intent, const Question *question, GError **error) {
    switch (intent->kind) {
    case INTENT_MAIL: return gather_mail(database, facts, intent, question, error);
    case INTENT_HELD_ACCEPT:
    case INTENT_HELD_REJECT:
    case INTENT_HELD_DISCARD: return gather_held(database, facts, intent, error);
    case INTENT_GROUP_PUT:
    case INTENT_GROUP_REMOVE:
        if (!gather_named_group(database, facts, intent->group->name, error)) return false;
        facts->name_taken = facts->group != NULL && facts->group->id != intent->group->id;
        return true;
    case INTENT_MUTE:
    case INTENT_UNMUTE:
    case INTENT_URGENT: return gather_of_post(database, facts, intent, error);
    case INTENT_MEMBER_PUT:
    case INTENT_MEMBER_REMOVE:
    case INTENT_PAUSE:
    case INTENT_ADDRESS:
    case INTENT_ERASE:
    case INTENT_ALLOW:
    case INTENT_CHOICE:
    case INTENT_ASK:
        return gather_named_group(database, facts, intent->member->group, error) && gather_person(database, facts, intent->member->email, error);
    case INTENTS: break;
    }
    return fault_set(error, FAULT_INTERNAL, "an intent of no kind");
}

/* Only what a mail's fate hangs on: an import of ten thousand members asks nothing of this. */
static bool gather_moderation(Database *database, Facts *facts, const Intent *intent, GError **error) {
    int64_t group = facts->group != NULL ? facts->group->id : 0;
    const char *author = intent->letter->author_address;
    if (one_number(database, STATEMENT_HELD_NEXT, NULL, 0, 0, &facts->next_held, error) != 1) return false;
    if (one_number(database, STATEMENT_GROUP_MODERATORS, NULL, group, 0, &facts->moderators, error) != 1) return false;
    if (group == 0 || author == NULL) return true;
    if (facts->author != NULL) {
        g_autoptr(Query) query = query_new(database, STATEMENT_SAME_WORDS);
        query_integer(query, 1, facts->author->id);
        query_integer(query, 2, group);
        query_text(query, 3, intent->own_words);
        query_integer(query, 4, intent->now - DAY);
        query_integer(query, 5, intent->now - MINUTE);
        query_integer(query, 6, intent->now - 10 * MINUTE);
        if (query_step(query, error) != 1) return false;
        facts->same_lately = query_column_integer(query, 0);
        facts->same_today = query_column_integer(query, 1);
        facts->same_before = query_column_integer(query, 2);
    }
    int found = one_number(database, STATEMENT_ALLOWED_FIND, author, group, 0, NULL, error);
    facts->allowed = found == 1;
    if (found < 0 || facts->letter == 0) return found >= 0;
    return one_number(database, STATEMENT_HELD_SAME_MODERATORS, NULL, facts->letter, group, &facts->told_letter, error) >= 0;
}

static bool gather_answers(Database *database, Facts *facts, const char *email, int64_t now, GError **error) {
    facts->topics = g_ptr_array_new_with_free_func(g_free);
    if (one_number(database, STATEMENT_ANSWERS_TO_ALL, NULL, now - HOUR, 0, &facts->answers_to_all, error) != 1) return false;
    if (email == NULL) return true;
    g_autoptr(Query) query = query_new(database, STATEMENT_ANSWERS_TO_HIM);
    query_text(query, 1, email);
    query_integer(query, 2, now - HOUR);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(facts->topics, query_column_copy(query, 0));
    facts->answers_to_him = facts->topics->len;
    return step == 0 && one_number(database, STATEMENT_PROVED_LATELY, email, now - HOUR, 0, &facts->proved_lately, error) == 1;
}

/* The person of a key is the author, when he is a member of the group (0: of any). */
static bool gather_member(Database *database, Facts *facts, int64_t group, int64_t person, GError **error) {
    g_autoptr(GPtrArray) memberships = person > 0 ? people_memberships(database, group, person, error) : g_ptr_array_new();
    if (memberships == NULL) return false;
    if (memberships->len == 0) return true;
    Person *member = people_find(database, ((const Membership *)memberships->pdata[0])->email, error);
    if (member == NULL) return error == NULL || *error == NULL;
    facts->by_another = facts->author != NULL && facts->author->id != member->id;
    person_free(facts->author);
    facts->author = member;
    facts->by_key = true;
    return true;
}

/* The key of a member's own copy tells who wants to leave, also from another address of his. Only a mail that asks for nothing else: what it
 * brings is a question to the member, and no answer to anybody else. A key that is not ours, or of one who has left, is not looked at. */
static bool gather_leaver(Database *database, Facts *facts, const Intent *intent, GError **error) {
    const Reading *reading = intent->reading;
    int64_t person = 0;
    bool asked = facts->token == NULL && facts->route != NULL && facts->route->kind == ROUTE_LEAVE && facts->group != NULL && reading != NULL &&
                 reading->orders->len == 1 && reading->unknown->len == 0 && !reading->too_many;
    g_autofree char *purpose = asked ? token_leave_purpose(facts->group->id) : NULL;
    if (!asked || !token_key_read(database_secret(database), purpose, facts->route->argument, &person)) return true;
    return gather_member(database, facts, facts->group->id, person, error);
}

/* The key of a digest's reader, in an address of the site: it says who, and THREAD before it of which thread. */
static bool gather_reader(Database *database, Facts *facts, GError **error) {
    const Route *route = facts->route;
    gint64 person = 0, thread = 0;
    if (route == NULL || (route->kind != ROUTE_MUTE && route->kind != ROUTE_UNMUTE && route->kind != ROUTE_NODIGEST)) return true;
    const char *dash = strrchr(route->argument, '-');
    g_autofree char *number = g_strndup(route->argument, dash != NULL ? (size_t)(dash - route->argument) : 0);
    if (!token_key_read(database_secret(database), token_reader_purpose, dash != NULL ? dash + 1 : route->argument, &person)) return true;
    if (!g_ascii_string_to_signed(number, 10, 1, G_MAXINT64, &thread, NULL) && route->kind != ROUTE_NODIGEST) return true;
    return gather_member(database, facts, 0, person, error) && gather_about(database, &facts->about, thread, error);
}

/* What there is of a digest that he wants now, and the one that he wants again: of several such orders in one mail the last counts. */
static bool gather_digests(Database *database, Facts *facts, const Intent *intent, GError **error) {
    for (guint i = 0; facts->author != NULL && intent->reading != NULL && i < intent->reading->orders->len; i++) {
        const Order *order = intent->reading->orders->pdata[i];
        if (order->verb == VERB_DIGEST_NOW && one_number(database, STATEMENT_GATHERING_OF, NULL, facts->author->id, 0, &facts->gathering, error) != 1) return false;
        if (order->verb == VERB_DIGEST_AGAIN && !repeats_find(database, facts->author->id, order->argument, intent->now, &facts->digest_sent, error)) return false;
    }
    return true;
}

/* Of a letter that several groups have (by Message-ID) each post counts by itself. */
static bool gather_wanted(Database *database, Facts *facts, const Intent *intent, GError **error) {
    for (guint i = 0; facts->author != NULL && intent->reading != NULL && i < intent->reading->orders->len; i++) {
        const Order *order = intent->reading->orders->pdata[i];
        g_autoptr(GPtrArray) posts = order->verb == VERB_GET ? posts_find(database, order->argument, error) : g_ptr_array_new();
        if (posts == NULL) return false;
        for (guint j = 0; j < posts->len; j++) {
            const Post *post = posts->pdata[j];
            Wanted wanted = {post->id, post->group, post->attachments != NULL && post->attachments->len > 0};
            if (facts->wanted == NULL) facts->wanted = g_array_new(FALSE, FALSE, sizeof(Wanted));
            g_array_append_val(facts->wanted, wanted);
        }
    }
    return true;
}

/* What the robot must know: all groups, the author's memberships, the question that is answered, and how much he was written to of late. */
static bool gather_robot(Database *database, Facts *facts, const Intent *intent, const Question *question, GError **error) {
    g_autoptr(GError) reason = NULL;
    gather_reader(database, facts, &reason);
    if (reason == NULL && !facts->by_key) facts->token = tokens_find(database, question->token_hashes, &reason);
    if (reason == NULL && facts->token != NULL && facts->token->expires_at <= intent->now)
        expiry_clock_read(database, &facts->clock_seen, &facts->clock_grace, &reason);
    if (reason == NULL) facts->catalogue = groups_list(database, &reason);
    if (reason == NULL && facts->token != NULL && (facts->token->kind == TOKEN_ORDERS || facts->token->kind == TOKEN_INVITATION)) {
        person_free(facts->author); /* he is who the question was put to, whatever From says */
        membership_free(facts->membership);
        facts->membership = NULL;
        facts->author = people_find(database, facts->token->email, &reason);
    }
    if (reason == NULL) gather_leaver(database, facts, intent, &reason);
    if (reason == NULL) gather_digests(database, facts, intent, &reason);
    if (reason == NULL) gather_wanted(database, facts, intent, &reason);
    int64_t person = facts->author != NULL ? facts->author->id : -1;
    if (reason == NULL) facts->memberships = people_memberships(database, 0, person, &reason);
    if (reason == NULL)
        facts->waiting = facts->token != NULL && (facts->token->kind == TOKEN_HELD || facts->token->kind == TOKEN_POST)
                             ? pending_decided_by(database, facts->token->letter, facts->token->group, &reason)
                             : pending_of_moderator(database, person, &reason);
    const char *email = facts->token != NULL && *facts->token->email != '\0' ? facts->token->email
                        : facts->by_key ? facts->author->email : intent->letter->author_address;
    if (reason == NULL) return gather_answers(database, facts, email, intent->now, error);
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

/* How often the one who shall be asked was written to: for moderators, how often this was asked of their group. */
static bool gather_asked(Database *database, Facts *facts, const Intent *intent, GError **error) {
    if (!gather_answers(database, facts, intent->member->email, intent->now, error)) return false;
    if (intent->question.kind != TOKEN_APPROVAL || facts->group == NULL) return true;
    return one_number(database, STATEMENT_ANSWERS_TO_GROUP, NULL, facts->group->id, intent->now - HOUR, &facts->answers_to_him, error) == 1;
}

static bool gather_change(Database *database, Facts *facts, const Intent *intent, GError **error) {
    if (!people_is_erased(database, intent->member->email, &facts->erased, error)) return false;
    if (intent->new_email == NULL) return true;
    g_autoptr(GError) reason = NULL;
    g_autoptr(Person) other = people_find(database, intent->new_email, &reason);
    facts->address_taken = other != NULL && (facts->author == NULL || other->id != facts->author->id);
    if (reason == NULL) return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

Facts *facts_gather(Database *database, const Intent *intent, const Question *question, GError **error) {
    g_autoptr(Facts) facts = g_new0(Facts, 1);
    if (!gather(database, facts, intent, question, error) || !gather_own(database, facts, question, error)) return NULL;
    if (intent->kind == INTENT_MAIL && !gather_moderation(database, facts, intent, error)) return NULL;
    if (question->token_hashes != NULL && !gather_robot(database, facts, intent, question, error)) return NULL;
    if (intent->member != NULL && !gather_change(database, facts, intent, error)) return NULL;
    if (intent->kind == INTENT_ASK && !gather_asked(database, facts, intent, error)) return NULL;
    return g_steal_pointer(&facts);
}
