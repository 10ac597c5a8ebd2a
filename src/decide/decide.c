#include "decide/decide.h"
#include "decide/bounce.h"
#include "decide/command.h"
#include "decide/policy.h"
#include "decide/reader.h"
#include "decide/request.h"
#include "decide/respond.h"
#include "decide/route.h"
#include "decide/urgency.h"

/* Which effects follow from which intent. Whether a mail may be posted is asked of decide/policy; here only what is done then. */

static void effect(Plan *plan, EffectKind kind, Audience audience, const char *text) {
    g_assert(plan->effect_count < PLAN_EFFECTS_MOST);
    plan->effects[plan->effect_count++] = (Effect){.kind = kind, .audience = audience, .text = text};
}

/* `word` is how [replies] says it to a person who asked by mail. */
static void answer(Plan *plan, AnswerKind kind, const char *word, const char *status) {
    plan->answer = kind;
    plan->word = word;
    plan->status = status;
}

/* The moderators are asked, unless the same people were asked about this letter for another group already. A post that its author shall
 * confirm is a question to him instead. */
static void hold(Plan *plan, const Facts *facts, const char *reason, bool tell) {
    effect(plan, EFFECT_HOLD, AUDIENCE_NOBODY, reason);
    if (strcmp(reason, "confirm-post") == 0) {
        effect(plan, EFFECT_ASK, AUDIENCE_EMAIL, "post");
        plan->effects[plan->effect_count - 1].token = TOKEN_POST;
        plan->effects[plan->effect_count - 1].email = facts->author->email;
    } else if (tell && facts->moderators > 0 && facts->told_letter == 0) {
        effect(plan, EFFECT_ASK, AUDIENCE_MODERATORS, "held");
        plan->effects[plan->effect_count - 1].token = TOKEN_HELD;
    }
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "held");
}

static const char *urgent_word(const Intent *intent, const Facts *facts) { return urgency_holds(intent, facts) ? "urgent" : NULL; }

static void decide_post(Plan *plan, const Ruling *ruling, const Intent *intent, const Facts *facts) {
    switch (ruling->verdict) {
    case VERDICT_PASS:
        effect(plan, EFFECT_POST, AUDIENCE_NOBODY, urgent_word(intent, facts));
        effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "posted");
        break;
    case VERDICT_HOLD: hold(plan, facts, ruling->reason, true); break;
    case VERDICT_HOLD_SILENTLY: hold(plan, facts, ruling->reason, false); break;
    case VERDICT_REFUSE: answer(plan, ANSWER_REFUSED, NULL, ruling->reason); break;
    }
}

/* To the people behind a group. What a machine sent is kept for them, but not passed on: two robots could talk for ever. Nobody
 * gets back what he wrote himself. */
static void decide_owner(Plan *plan, const Ruling *ruling, const Intent *intent, const Facts *facts) {
    bool one_of_them = facts->membership != NULL && facts->membership->role != ROLE_MEMBER;
    if (ruling->verdict == VERDICT_PASS && facts->moderators > (one_of_them ? 1 : 0)) {
        effect(plan, EFFECT_FORWARD, AUDIENCE_MODERATORS, NULL);
        effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "forwarded");
    } else
        decide_post(plan, ruling->verdict == VERDICT_PASS ? &(Ruling){VERDICT_HOLD_SILENTLY, "request"} : ruling, intent, facts);
}

/* Mail of orders and answers. What is not a person's own words to the robot is kept for people. */
static void decide_robot(const Config *config, const Intent *intent, const Facts *facts, const Ruling *ruling, Plan *plan) {
    if (ruling->verdict != VERDICT_PASS) return decide_post(plan, ruling, intent, facts);
    if (reader_is_meant(facts)) return reader_decide(config, intent, facts, plan);
    bool for_people = facts->route->kind == ROUTE_SITE && *facts->route->argument != '\0'; /* postmaster, abuse */
    if (intent->reading == NULL || for_people || (facts->token == NULL && intent->letter->author_address == NULL))
        return decide_post(plan, &(Ruling){VERDICT_HOLD, "request"}, intent, facts);
    if (facts->token != NULL)
        respond_decide(config, intent, facts, plan);
    else
        request_decide(config, intent, facts, plan);
}

/* Only a key of ours counts. What is kept without one, and what is no failure (an answer of a machine, a delay), blames nobody. */
static void decide_bounce(const Intent *intent, const Facts *facts, Plan *plan) {
    const Report *report = intent->letter->reported;
    bool ours = facts->outgoing != 0, failure = ours && report != NULL && report->kind == REPORT_DELIVERY;
    plan->bounces = g_array_new(FALSE, FALSE, sizeof(PlanBounce));
    for (guint i = 0; report != NULL && i < report->recipients->len; i++) {
        PlanBounce row = {.recipient = report->recipients->pdata[i]};
        row.class = bounce_classify(row.recipient, NULL);
        row.waits = failure && row.class != BOUNCE_DELAYED && row.class != BOUNCE_DELIVERED;
        g_array_append_val(plan->bounces, row);
    }
    PlanBounce none = {.class = BOUNCE_UNKNOWN, .waits = failure};
    if (plan->bounces->len == 0) g_array_append_val(plan->bounces, none);
    effect(plan, EFFECT_BOUNCE, AUDIENCE_NOBODY, NULL);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, ours ? "bounced" : "bounced-unknown-key");
}

static void decide_mail(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    if (facts->route == NULL) {
        plan->rules[plan->rule_count++] = (RuleLine){"address", "refuses: no such address"};
        answer(plan, ANSWER_NO_SUCH_ADDRESS, NULL, "5.1.1 There is no such address here");
        return;
    }
    plan->rules[plan->rule_count++] = (RuleLine){"address", route_word(facts->route->kind)};
    if (facts->again) {
        plan->rules[plan->rule_count++] = (RuleLine){"again", "was taken before: nothing to do"};
        return;
    }
    if (facts->route->kind == ROUTE_BOUNCES) return decide_bounce(intent, facts, plan);
    Ruling ruling = policy_ask(config, intent, facts, plan);
    if (facts->route->kind == ROUTE_POST)
        decide_post(plan, &ruling, intent, facts);
    else if (facts->route->kind == ROUTE_OWNER)
        decide_owner(plan, &ruling, intent, facts);
    else
        decide_robot(config, intent, facts, &ruling, plan);
}

/* Mail to the owners or to a command address is private, for whatever reason it was held. */
static bool was_written_to(const Group *group, const char *recipient) {
    if (group == NULL) return false;
    g_autofree char *local = g_strndup(recipient, strcspn(recipient, "@"));
    g_autoptr(GPtrArray) readings = route_readings(local);
    for (guint i = 0; i < readings->len; i++) {
        const Route *route = readings->pdata[i];
        if (strcmp(route->group, group->name) == 0 && route->kind != ROUTE_POST) return false;
    }
    return true;
}

static void decide_held(const Intent *intent, const Facts *facts, Plan *plan) {
    if (facts->held == NULL) {
        answer(plan, ANSWER_REFUSED, "no-held", "there is no held mail of that number");
        return;
    }
    if (strcmp(facts->held->state, "held") != 0) {
        answer(plan, ANSWER_NOTHING_TO_DO, "settled", facts->held->state);
        return;
    }
    if (intent->kind == INTENT_HELD_ACCEPT && facts->group == NULL && facts->held->group != 0) {
        answer(plan, ANSWER_REFUSED, "no-group", "its group is closed: discard it");
        return;
    }
    if (intent->kind == INTENT_HELD_ACCEPT && !was_written_to(facts->group, facts->held->recipient)) {
        answer(plan, ANSWER_REFUSED, "no-held", "it was not written to the group: answer its sender yourself, then discard it");
        return;
    }
    if (intent->kind == INTENT_HELD_ACCEPT && !facts->again) effect(plan, EFFECT_POST, AUDIENCE_NOBODY, urgent_word(intent, facts));
    /* A stranger, who will not see his post arrive, is told. */
    if (intent->kind == INTENT_HELD_ACCEPT && facts->membership == NULL && *facts->held->author_address != '\0' && *facts->held->sender != '\0')
        effect(plan, EFFECT_NOTICE, AUDIENCE_AUTHOR, "accepted");
    if (intent->kind == INTENT_HELD_REJECT && *facts->held->author_address != '\0' && *facts->held->sender != '\0')
        effect(plan, EFFECT_NOTICE, AUDIENCE_AUTHOR, "rejected");
    const char *word = intent->kind == INTENT_HELD_ACCEPT ? "accepted" : intent->kind == INTENT_HELD_REJECT ? "rejected" : "discarded";
    effect(plan, EFFECT_SETTLE, AUDIENCE_NOBODY, word);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, word);
}

static void decide_group(const Intent *intent, const Facts *facts, Plan *plan) {
    const Group *group = intent->group;
    if (intent->kind == INTENT_GROUP_REMOVE) {
        if (facts->group == NULL) return answer(plan, ANSWER_REFUSED, "no-group", "there is no such group");
        effect(plan, EFFECT_GROUP_REMOVE, AUDIENCE_NOBODY, NULL);
        return effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "group-removed");
    }
    if (!route_is_group_name(group->name))
        return answer(plan, ANSWER_REFUSED, NULL, "a group's name is at most 28 of a-z, 0-9 and single . _ - between them, and no word that addresses need");
    if (facts->name_taken) return answer(plan, ANSWER_REFUSED, NULL, "there is a group of that name already");
    effect(plan, EFFECT_GROUP_PUT, AUDIENCE_NOBODY, NULL);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, group->id == 0 ? "group-added" : "group-changed");
}

static void decide_member(const Intent *intent, const Facts *facts, Plan *plan) {
    const MemberChange *change = intent->member;
    if (change->group != NULL && facts->group == NULL) return answer(plan, ANSWER_REFUSED, "no-group", "there is no such group");
    if (change->group == NULL && facts->author == NULL) return answer(plan, ANSWER_REFUSED, "not-known", "no such address is known here");
    if (facts->own_address) return answer(plan, ANSWER_REFUSED, "own-address", "that is an address of this site: a group cannot be a member here");
    if (intent->kind == INTENT_MEMBER_REMOVE) {
        if (facts->membership == NULL) return answer(plan, ANSWER_REFUSED, "not-member", "that address is not a member of the group");
        effect(plan, EFFECT_MEMBER_REMOVE, AUDIENCE_NOBODY, NULL);
        return effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "left");
    }
    if (facts->erased && facts->author == NULL && !change->consented)
        return answer(plan, ANSWER_REFUSED, NULL, "that person asked to be forgotten: only he can come back, by joining himself");
    if (change->must_be_new && facts->membership != NULL) return answer(plan, ANSWER_REFUSED, "already-member", "that address is a member of the group already");
    if (change->must_exist && facts->membership == NULL) return answer(plan, ANSWER_REFUSED, "not-member", "that address is not a member of the group");
    effect(plan, EFFECT_MEMBER_PUT, AUDIENCE_NOBODY, NULL);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, facts->membership == NULL ? "joined" : "membership-changed");
}

/* To somebody who did not write to us: a few times an hour, whoever wants it. */
static void decide_ask(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    bool to_moderators = intent->question.kind == TOKEN_APPROVAL;
    if (facts->own_address) return answer(plan, ANSWER_REFUSED, "own-address", "that is an address of this site");
    if (facts->answers_to_him >= config->answers_to_one || facts->answers_to_all >= config->answers_per_hour)
        return answer(plan, ANSWER_REFUSED, "not-done", "he was written to often enough in this hour");
    effect(plan, EFFECT_ASK, to_moderators ? AUDIENCE_MODERATORS : AUDIENCE_EMAIL, intent->question.template);
    Effect *made = &plan->effects[plan->effect_count - 1];
    made->token = (TokenKind)intent->question.kind;
    made->email = intent->member->email;
    made->orders = intent->question.orders;
    plan->topic = g_strdup_printf("ask %s", intent->question.template);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "asked");
}

/* What concerns a person as a whole. */
static void decide_person(const Intent *intent, const Facts *facts, Plan *plan) {
    static const struct {
        EffectKind effect;
        const char *event;
    } table[INTENTS] = {
        [INTENT_PAUSE] = {EFFECT_PAUSE, "paused"},
        [INTENT_ADDRESS] = {EFFECT_ADDRESS, "address-changed"},
        [INTENT_ERASE] = {EFFECT_ERASE, "erased"},
        [INTENT_ALLOW] = {EFFECT_ALLOW, "allowed"},
        [INTENT_CHOICE] = {EFFECT_CHOICE, "digest-chosen"},
    };
    if (intent->kind != INTENT_ALLOW && facts->author == NULL) return answer(plan, ANSWER_REFUSED, "not-known", "no such address is known here");
    if (intent->kind == INTENT_ALLOW && facts->group == NULL) return answer(plan, ANSWER_REFUSED, "no-group", "there is no such group");
    if (facts->own_address) return answer(plan, ANSWER_REFUSED, "own-address", "that is an address of this site");
    if (facts->address_taken) return answer(plan, ANSWER_REFUSED, "address-taken", "that address is another person's");
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, intent->kind == INTENT_PAUSE && intent->until == 0 ? "resumed" : table[intent->kind].event);
    effect(plan, table[intent->kind].effect, AUDIENCE_NOBODY, NULL);
}

/* What somebody wants of a post, or the operator. A post of a group that he is not in and one that is not there look the same. */
static void decide_about(const Intent *intent, const Facts *facts, Plan *plan) {
    static const struct {
        EffectKind effect;
        const char *event;
    } table[INTENTS] = {[INTENT_MUTE] = {EFFECT_MUTE, "muted"}, [INTENT_UNMUTE] = {EFFECT_UNMUTE, "unmuted"}, [INTENT_URGENT] = {EFFECT_URGENT, "urgent"}};
    bool urgent = intent->kind == INTENT_URGENT, operator = intent->member == NULL && urgent;
    if (facts->about.post == 0) return answer(plan, ANSWER_REFUSED, "no-post", "there is no post of that number");
    if (!operator && facts->author == NULL) return answer(plan, ANSWER_REFUSED, "not-known", "no such address is known here");
    if (!operator && facts->membership == NULL) return answer(plan, ANSWER_REFUSED, "no-post", "that address is not a member of the post's group");
    if (!operator && urgent && facts->membership->role == ROLE_MEMBER)
        return answer(plan, ANSWER_REFUSED, "not-urgent", "only those who run its group can make a post urgent");
    effect(plan, table[intent->kind].effect, AUDIENCE_NOBODY, NULL);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, table[intent->kind].event);
}

void plan_clear(Plan *plan) {
    GPtrArray *arrays[] = {plan->follow, plan->texts, plan->orders};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        if (arrays[i] != NULL) g_ptr_array_unref(arrays[i]);
    if (plan->bounces != NULL) g_array_unref(plan->bounces);
    g_free(plan->topic);
    *plan = (Plan){0};
}

Plan decide(const Config *config, const Intent *intent, const Facts *facts) {
    Plan plan = {.answer = ANSWER_TAKEN, .texts = g_ptr_array_new_with_free_func(g_free)};
    switch (intent->kind) {
    case INTENT_MAIL: decide_mail(config, intent, facts, &plan); break;
    case INTENT_HELD_ACCEPT:
    case INTENT_HELD_REJECT:
    case INTENT_HELD_DISCARD: decide_held(intent, facts, &plan); break;
    case INTENT_GROUP_PUT:
    case INTENT_GROUP_REMOVE: decide_group(intent, facts, &plan); break;
    case INTENT_MEMBER_PUT:
    case INTENT_MEMBER_REMOVE: decide_member(intent, facts, &plan); break;
    case INTENT_PAUSE:
    case INTENT_ADDRESS:
    case INTENT_ERASE:
    case INTENT_ALLOW:
    case INTENT_CHOICE: decide_person(intent, facts, &plan); break;
    case INTENT_MUTE:
    case INTENT_UNMUTE:
    case INTENT_URGENT: decide_about(intent, facts, &plan); break;
    case INTENT_ASK: decide_ask(config, intent, facts, &plan); break;
    case INTENTS: break;
    }
    return plan;
}
