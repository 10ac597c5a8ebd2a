#include "decide/respond.h"
#include "decide/command.h"
#include "decide/grace.h"
#include "decide/preference.h"
#include "decide/request.h"

/* The person who is answered is the one whom the question was put to: whoever holds the token got it in that mailbox. What was allowed when the
 * question was put is asked again now. */

enum { ASKED_MOST = 3 };

static Effect *effect(Plan *plan, EffectKind kind, const char *text) {
    g_assert(plan->effect_count < PLAN_EFFECTS_MOST);
    Effect *made = &plan->effects[plan->effect_count++];
    *made = (Effect){.kind = kind, .text = text};
    return made;
}

/* The group that the question is about, whatever address of ours the answer came to. */
static const Group *asked_about(const Facts *facts) { return request_group_by_id(facts, facts->token->group); }

static void tell_moderators(Plan *plan, const Facts *facts, const char *template) {
    Effect *told = effect(plan, EFFECT_NOTICE, template);
    told->audience = AUDIENCE_MODERATORS;
    told->group = asked_about(facts);
}

static const char *keep(Plan *plan, char *text) {
    g_ptr_array_add(plan->texts, text);
    return text;
}

static char *borrow(const char *text) { return (char *)(uintptr_t)text; }

Intent *respond_follow(Plan *plan, const Intent *intent, const Facts *facts, IntentKind kind, const char *email, const char *group, int line) {
    Follow *made = g_new0(Follow, 1);
    made->line = line;
    made->member = (MemberChange){.email = borrow(email), .group = borrow(group), .delivery = -1, .role = -1, .consented = true};
    made->choice = choice_unchanged;
    made->intent = (Intent){.kind = kind, .actor = "mail", .now = intent->now, .token = facts->token != NULL ? facts->token->id : 0, .choice = &made->choice};
    if (kind != INTENT_HELD_ACCEPT && kind != INTENT_HELD_REJECT && kind != INTENT_HELD_DISCARD) made->intent.member = &made->member;
    if (plan->follow == NULL) plan->follow = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(plan->follow, made);
    return &made->intent;
}

/* A question to somebody else is an intent of its own: whether he may be written to now is a fact about him. */
static void ask(Plan *plan, const Intent *intent, const Facts *facts, const char *template, TokenKind kind, const char *email, const Group *group,
                const char *orders) {
    Intent *made = respond_follow(plan, intent, facts, INTENT_ASK, email, group != NULL ? group->name : NULL, plan->reply_count - 1);
    made->question.template = template;
    made->question.kind = (int)kind;
    made->question.orders = orders;
}

/* An order as the text of a token of its own. */
static const char *order_text(Plan *plan, Verb verb, const char *group, const char *argument, const char *reason) {
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    Order order = {verb, borrow(group), borrow(argument), borrow(reason)};
    g_ptr_array_add(one, &order);
    return keep(plan, command_orders_text(one));
}

static void join(Plan *plan, const Intent *intent, const Facts *facts, const Order *order, const Group *group) {
    const char *email = facts->token->email;
    const Membership *membership = request_membership(facts, group);
    bool invited = facts->token->kind == TOKEN_INVITATION;
    if (group->joining == JOINING_INVITED && !invited && membership == NULL) return request_line(plan, "join-invited-only", order, group);
    if (group->joining == JOINING_APPROVE && !invited && membership == NULL) {
        request_line(plan, "join-waits", order, group);
        return ask(plan, intent, facts, "approval", TOKEN_APPROVAL, email, group, order_text(plan, VERB_JOIN, group->name, order->argument, email));
    }
    request_line(plan, "joined", order, group);
    Intent *put = respond_follow(plan, intent, facts, INTENT_MEMBER_PUT, email, group->name, plan->reply_count - 1);
    put->member->delivery = word_index(delivery_mode_words, order->argument);
    bool nameless = facts->author == NULL || *facts->author->name == '\0';
    if (nameless && g_strcmp0(intent->letter->author_address, email) == 0 && *intent->letter->author_name != '\0')
        put->member->name = intent->letter->author_name;
}

static void leave(Plan *plan, const Intent *intent, const Facts *facts, const Order *order, const Group *group) {
    bool all = strcmp(order->group, "*") == 0;
    if (!all && request_membership(facts, group) == NULL) return request_line(plan, "not-member", order, group);
    for (guint i = 0; i < facts->memberships->len; i++) {
        const Membership *membership = facts->memberships->pdata[i];
        if (!all && membership->group != group->id) continue;
        request_line(plan, "left", order, request_group(facts, membership->group_name));
        respond_follow(plan, intent, facts, INTENT_MEMBER_REMOVE, facts->token->email, membership->group_name, plan->reply_count - 1);
    }
}

static void set(Plan *plan, const Intent *intent, const Facts *facts, const Order *order, const Group *group) {
    bool all = strcmp(order->group, "*") == 0;
    if (!all && request_membership(facts, group) == NULL) return request_line(plan, "not-member", order, group);
    for (guint i = 0; i < facts->memberships->len; i++) {
        const Membership *membership = facts->memberships->pdata[i];
        if (!all && membership->group != group->id) continue;
        request_line(plan, "set", order, request_group(facts, membership->group_name));
        Intent *put = respond_follow(plan, intent, facts, INTENT_MEMBER_PUT, facts->token->email, membership->group_name, plan->reply_count - 1);
        put->member->delivery = word_index(delivery_mode_words, order->argument);
    }
}

static void settle_held(Plan *plan, const Intent *intent, const Facts *facts, const Order *order) {
    static const IntentKind kinds[] = {[VERB_ACCEPT] = INTENT_HELD_ACCEPT, [VERB_REJECT] = INTENT_HELD_REJECT, [VERB_DISCARD] = INTENT_HELD_DISCARD};
    static const char *const words[] = {[VERB_ACCEPT] = "accepted", [VERB_REJECT] = "rejected", [VERB_DISCARD] = "discarded"};
    gint64 number = 0;
    g_ascii_string_to_signed(order->argument, 10, 1, G_MAXINT64, &number, NULL);
    for (guint i = 0; i < facts->waiting->len; i++) {
        if (((const Held *)facts->waiting->pdata[i])->id != number) continue;
        request_line(plan, words[order->verb], order, NULL);
        Intent *settle = respond_follow(plan, intent, facts, kinds[order->verb], facts->token->email, NULL, plan->reply_count - 1);
        settle->pending = number;
        settle->reason = order->reason;
        return;
    }
    request_line(plan, "no-held", order, NULL);
}

/* No more digests, from any group that comes by one; he stays a member. */
static void end_digests(Plan *plan, const Intent *intent, const Facts *facts, const Order *order) {
    request_line(plan, "digests-ended", order, NULL);
    for (guint i = 0; i < facts->memberships->len; i++) {
        const Membership *membership = facts->memberships->pdata[i];
        if (membership->delivery != DELIVERY_DIGEST) continue;
        respond_follow(plan, intent, facts, INTENT_MEMBER_PUT, facts->token->email, membership->group_name, plan->reply_count - 1)->member->delivery = DELIVERY_NONE;
    }
}

static void choose(Plan *plan, const Intent *intent, const Facts *facts, const Order *order) {
    ChoiceChange change;
    if (strcmp(order->argument, "off") == 0) return end_digests(plan, intent, facts, order);
    if (!preference_change(order->argument, &change)) return request_line(plan, "not-done", order, NULL);
    request_line(plan, "digest-set", order, NULL);
    *respond_follow(plan, intent, facts, INTENT_CHOICE, facts->token->email, NULL, plan->reply_count - 1)->choice = change;
}

static void want_of_post(Plan *plan, const Intent *intent, const Facts *facts, const Order *order) {
    static const struct {
        const char *word;
        IntentKind kind;
    } table[VERBS] = {[VERB_MUTE] = {"muted", INTENT_MUTE}, [VERB_UNMUTE] = {"unmuted", INTENT_UNMUTE}, [VERB_URGENT] = {"urgent-set", INTENT_URGENT}};
    gint64 number = 0;
    g_ascii_string_to_signed(order->argument, 10, 1, G_MAXINT64, &number, NULL);
    request_line(plan, table[order->verb].word, order, NULL);
    respond_follow(plan, intent, facts, table[order->verb].kind, facts->token->email, NULL, plan->reply_count - 1)->post = number;
}

/* One mail of his makes at most one to an address that is not known to be his. */
static bool asks_already(const Plan *plan) {
    for (guint i = 0; plan->follow != NULL && i < plan->follow->len; i++)
        if (((const Follow *)plan->follow->pdata[i])->intent.kind == INTENT_ASK) return true;
    return false;
}

static void carry_out(Plan *plan, const Intent *intent, const Facts *facts, const Order *order) {
    const Group *group = request_group(facts, order->group);
    const char *email = facts->token->email;
    bool all = strcmp(order->group, "*") == 0;
    if (*order->group != '\0' && !all && group == NULL) return request_line(plan, "no-group", order, NULL);
    if ((order->verb == VERB_INVITE || order->verb == VERB_REMOVE || order->verb == VERB_ALLOW) && !request_moderates(facts, group))
        return request_line(plan, "not-moderator", order, group);
    switch (order->verb) {
    case VERB_JOIN: return join(plan, intent, facts, order, group);
    case VERB_LEAVE: return leave(plan, intent, facts, order, group);
    case VERB_SET: return set(plan, intent, facts, order, group);
    case VERB_PAUSE:
    case VERB_RESUME: {
        int64_t until = order->verb == VERB_PAUSE ? request_pause_end(order->argument, intent->now) : 0;
        if (order->verb == VERB_PAUSE && until == 0) return request_line(plan, "bad-date", order, NULL);
        request_line(plan, order->verb == VERB_PAUSE ? "paused" : "resumed", order, NULL);
        respond_follow(plan, intent, facts, INTENT_PAUSE, email, NULL, plan->reply_count - 1)->until = until;
        return;
    }
    case VERB_LANGUAGE:
        request_line(plan, "language-set", order, NULL);
        respond_follow(plan, intent, facts, INTENT_MEMBER_PUT, email, NULL, plan->reply_count - 1)->member->language = order->argument;
        return;
    case VERB_ADDRESS:
        if (asks_already(plan)) return request_line(plan, "not-done", order, NULL);
        request_line(plan, "address-asked", order, NULL);
        return ask(plan, intent, facts, "address", TOKEN_ADDRESS, order->argument, NULL, order_text(plan, VERB_ADDRESS, "", email, ""));
    case VERB_DIGEST: return choose(plan, intent, facts, order);
    case VERB_ERASE:
        request_line(plan, "erased", order, NULL);
        respond_follow(plan, intent, facts, INTENT_ERASE, email, NULL, plan->reply_count - 1)->reason = order->argument;
        return;
    case VERB_INVITE:
        request_line(plan, "invited", order, group);
        return ask(plan, intent, facts, "invitation", TOKEN_INVITATION, order->argument, group, order_text(plan, VERB_JOIN, group->name, "", ""));
    case VERB_REMOVE:
        request_line(plan, "removed", order, group);
        respond_follow(plan, intent, facts, INTENT_MEMBER_REMOVE, order->argument, group->name, plan->reply_count - 1);
        return;
    case VERB_ALLOW:
        request_line(plan, "allowed", order, group);
        respond_follow(plan, intent, facts, INTENT_ALLOW, order->argument, group->name, plan->reply_count - 1);
        return;
    case VERB_MUTE:
    case VERB_UNMUTE:
    case VERB_URGENT: return want_of_post(plan, intent, facts, order);
    case VERB_ACCEPT:
    case VERB_REJECT:
    case VERB_DISCARD: return settle_held(plan, intent, facts, order);
    default: return request_line(plan, "unknown", order, group);
    }
}

static void yes_to_orders(Plan *plan, const Intent *intent, const Facts *facts) {
    for (guint i = 0; i < plan->orders->len; i++) carry_out(plan, intent, facts, plan->orders->pdata[i]);
    effect(plan, EFFECT_NOTICE, "done")->audience = AUDIENCE_EMAIL;
    plan->effects[plan->effect_count - 1].email = facts->token->email;
}

/* Moderators: what the one decided, all of them are told. */
static void on_held(Plan *plan, const Intent *intent, const Facts *facts, AnswerWord answer) {
    static const IntentKind kinds[] = {[ANSWER_YES] = INTENT_HELD_ACCEPT, [ANSWER_NO] = INTENT_HELD_REJECT, [ANSWER_DISCARD] = INTENT_HELD_DISCARD};
    static const char *const words[] = {[ANSWER_YES] = "held-accepted", [ANSWER_NO] = "held-rejected", [ANSWER_DISCARD] = "held-discarded"};
    for (guint i = 0; i < facts->waiting->len; i++) {
        const Held *held = facts->waiting->pdata[i];
        Order *about = g_new0(Order, 1);
        *about = (Order){.verb = VERB_ACCEPT, .group = g_strdup(held->group_name), .argument = g_strdup(held->subject), .reason = g_strdup("")};
        g_ptr_array_add(plan->orders, about);
        request_line(plan, words[answer], about, request_group(facts, held->group_name));
        Intent *settle = respond_follow(plan, intent, facts, kinds[answer], NULL, NULL, plan->reply_count - 1);
        settle->pending = held->id;
        settle->reason = answer == ANSWER_NO ? intent->reading->answer_text : NULL;
    }
    if (facts->token->kind == TOKEN_POST || facts->waiting->len == 0) return;
    tell_moderators(plan, facts, "decided");
}

static void on_approval(Plan *plan, const Intent *intent, const Facts *facts, AnswerWord answer) {
    const Order *order = plan->orders->len > 0 ? plan->orders->pdata[0] : NULL;
    const Group *group = order != NULL ? request_group(facts, order->group) : NULL;
    if (group == NULL) return;
    request_line(plan, answer == ANSWER_YES ? "joined" : "join-refused", order, group);
    if (answer == ANSWER_YES) {
        Intent *put = respond_follow(plan, intent, facts, INTENT_MEMBER_PUT, order->reason, group->name, plan->reply_count - 1);
        put->member->delivery = word_index(delivery_mode_words, order->argument);
    }
    Effect *told = effect(plan, EFFECT_NOTICE, "done");
    told->audience = AUDIENCE_EMAIL;
    told->email = order->reason;
    tell_moderators(plan, facts, "decided");
}

static void on_address(Plan *plan, const Intent *intent, const Facts *facts) {
    const Order *order = plan->orders->len > 0 ? plan->orders->pdata[0] : NULL;
    if (order == NULL) return;
    Order *moved = g_new0(Order, 1);
    *moved = (Order){.verb = VERB_ADDRESS, .group = g_strdup(""), .argument = g_strdup(facts->token->email), .reason = g_strdup("")};
    g_ptr_array_add(plan->orders, moved);
    request_line(plan, "address-set", moved, NULL);
    respond_follow(plan, intent, facts, INTENT_ADDRESS, order->argument, NULL, 0)->new_email = facts->token->email;
    Effect *told = effect(plan, EFFECT_NOTICE, "done");
    told->audience = AUDIENCE_EMAIL;
    told->email = facts->token->email;
}

/* No to what one was asked oneself: nothing happens, and that is said. */
static void refused(Plan *plan, const Facts *facts) {
    request_line(plan, "cancelled", NULL, NULL);
    Effect *told = effect(plan, EFFECT_NOTICE, "done");
    told->audience = AUDIENCE_EMAIL;
    told->email = facts->token->email;
}

/* What was not understood again and again is kept for people, and he is told so once. */
static void tell_kept(Plan *plan, const Facts *facts) {
    request_line(plan, "doubt-kept", NULL, NULL);
    effect(plan, EFFECT_TOKEN_AGAIN, NULL);
    Effect *told = effect(plan, EFFECT_NOTICE, "answer");
    told->audience = AUDIENCE_EMAIL;
    told->email = facts->token->email;
}

/* A doubt is put back, to the mailbox that the question went to, a few times. */
static void doubted(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    bool to_moderators = facts->token->kind == TOKEN_HELD || facts->token->kind == TOKEN_APPROVAL;
    if (facts->token->asked >= ASKED_MOST || request_speech(config, intent, facts, "") == SPEECH_TOO_MUCH) {
        effect(plan, EFFECT_HOLD, "doubt");
        if (!to_moderators && facts->token->asked == ASKED_MOST) tell_kept(plan, facts);
        return;
    }
    effect(plan, EFFECT_TOKEN_AGAIN, NULL);
    if (to_moderators) return tell_moderators(plan, facts, "again");
    Effect *told = effect(plan, EFFECT_NOTICE, "again");
    told->audience = AUDIENCE_EMAIL;
    told->email = facts->token->email;
    told->group = asked_about(facts);
}

/* Too late, or decided already: said once an hour, to the one who was asked or to the moderator who answered. */
static void too_late(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    bool over = strcmp(facts->token->state, "waiting") == 0 || strcmp(facts->token->state, "expired") == 0;
    request_line(plan, over ? "expired" : "settled", NULL, NULL);
    plan->topic = g_strdup_printf("late %" G_GINT64_FORMAT, facts->token->id);
    bool to_moderators = facts->token->kind == TOKEN_HELD || facts->token->kind == TOKEN_APPROVAL;
    if (to_moderators && !request_moderates(facts, asked_about(facts))) return;
    if (request_speech(config, intent, facts, plan->topic) != SPEECH_OK) return;
    Effect *told = effect(plan, EFFECT_NOTICE, "answer");
    told->audience = AUDIENCE_EMAIL;
    told->email = to_moderators ? intent->letter->author_address : facts->token->email;
}

/* A clock that has jumped makes no answer late: the question has not ended yet. */
static bool is_over(const Facts *facts, int64_t now) {
    const Token *token = facts->token;
    if (strcmp(token->state, "waiting") != 0) return true;
    return token->expires_at <= now && grace_until(facts->clock_seen, facts->clock_grace, now) <= now;
}

void respond_decide(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    const Token *token = facts->token;
    AnswerWord answer = intent->reading->answer;
    plan->orders = command_orders_parse(token->orders);
    if (plan->orders == NULL) plan->orders = g_ptr_array_new_with_free_func((GDestroyNotify)order_free);
    if (is_over(facts, intent->now)) return too_late(config, intent, facts, plan);
    bool about_held = token->kind == TOKEN_HELD || token->kind == TOKEN_POST;
    /* One question went to all moderators: who is none any more may have kept it. */
    bool by_moderator = token->kind == TOKEN_HELD || token->kind == TOKEN_APPROVAL;
    if (by_moderator && !request_moderates(facts, asked_about(facts))) {
        effect(plan, EFFECT_HOLD, "doubt");
        return;
    }
    if (answer == ANSWER_DISCARD && !about_held) answer = ANSWER_NO;
    if (answer == ANSWER_NONE || answer == ANSWER_DOUBT) return doubted(config, intent, facts, plan);
    effect(plan, EFFECT_TOKEN_SETTLE, answer == ANSWER_YES ? "done" : "refused");
    if (about_held)
        on_held(plan, intent, facts, token->kind == TOKEN_POST && answer == ANSWER_NO ? ANSWER_DISCARD : answer);
    else if (token->kind == TOKEN_APPROVAL)
        on_approval(plan, intent, facts, answer);
    else if (answer != ANSWER_YES)
        refused(plan, facts);
    else if (token->kind == TOKEN_ADDRESS)
        on_address(plan, intent, facts);
    else
        yes_to_orders(plan, intent, facts);
    effect(plan, EFFECT_EVENT, answer == ANSWER_YES ? "answered-yes" : "answered-no");
}
