#include "decide/decide.h"
#include "decide/policy.h"
#include "decide/route.h"

/* Which effects follow from which intent. Whether a mail may be posted is asked of decide/policy; here only what is done then. */

static void effect(Plan *plan, EffectKind kind, Audience audience, const char *text) {
    g_assert(plan->effect_count < PLAN_EFFECTS_MOST);
    plan->effects[plan->effect_count++] = (Effect){kind, audience, text};
}

static void answer(Plan *plan, AnswerKind kind, const char *status) {
    plan->answer = kind;
    plan->status = status;
}

static void hold(Plan *plan, const Facts *facts, const char *reason, bool tell) {
    effect(plan, EFFECT_HOLD, AUDIENCE_NOBODY, reason);
    if (tell && facts->moderators > 0) effect(plan, EFFECT_NOTICE, AUDIENCE_MODERATORS, "held");
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "held");
}

static void decide_post(Plan *plan, const Ruling *ruling, const Facts *facts) {
    switch (ruling->verdict) {
    case VERDICT_PASS:
        effect(plan, EFFECT_POST, AUDIENCE_NOBODY, NULL);
        effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "posted");
        break;
    case VERDICT_HOLD: hold(plan, facts, ruling->reason, true); break;
    case VERDICT_HOLD_SILENTLY: hold(plan, facts, ruling->reason, false); break;
    case VERDICT_REFUSE: answer(plan, ANSWER_REFUSED, ruling->reason); break;
    }
}

/* To the people behind a group. What a machine sent is kept for them, but not passed on: two robots could talk for ever. */
static void decide_owner(Plan *plan, const Ruling *ruling, const Facts *facts) {
    if (ruling->verdict == VERDICT_PASS && facts->moderators > 0) {
        effect(plan, EFFECT_FORWARD, AUDIENCE_MODERATORS, NULL);
        effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "forwarded");
    } else
        decide_post(plan, ruling->verdict == VERDICT_PASS ? &(Ruling){VERDICT_HOLD_SILENTLY, "request"} : ruling, facts);
}

static void decide_mail(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    if (facts->route == NULL) {
        plan->rules[plan->rule_count++] = (RuleLine){"address", "refuses: no such address"};
        answer(plan, ANSWER_NO_SUCH_ADDRESS, "5.1.1 There is no such address here");
        return;
    }
    plan->rules[plan->rule_count++] = (RuleLine){"address", route_word(facts->route->kind)};
    if (facts->again) {
        plan->rules[plan->rule_count++] = (RuleLine){"again", "was taken before: nothing to do"};
        return;
    }
    if (facts->route->kind == ROUTE_BOUNCES) {
        effect(plan, EFFECT_BOUNCE, AUDIENCE_NOBODY, NULL);
        effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, facts->delivery != 0 ? "bounced" : "bounced-unknown-key");
        return;
    }
    Ruling ruling = policy_ask(config, intent, facts, plan);
    if (facts->route->kind == ROUTE_POST)
        decide_post(plan, &ruling, facts);
    else if (facts->route->kind == ROUTE_OWNER)
        decide_owner(plan, &ruling, facts);
    else
        decide_post(plan, ruling.verdict == VERDICT_PASS ? &(Ruling){VERDICT_HOLD, "request"} : &ruling, facts);
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
        answer(plan, ANSWER_REFUSED, "there is no held mail of that number");
        return;
    }
    if (strcmp(facts->held->state, "held") != 0) {
        answer(plan, ANSWER_NOTHING_TO_DO, facts->held->state);
        return;
    }
    if (intent->kind == INTENT_HELD_ACCEPT && facts->group == NULL && facts->held->group != 0) {
        answer(plan, ANSWER_REFUSED, "its group is closed: discard it");
        return;
    }
    if (intent->kind == INTENT_HELD_ACCEPT && !was_written_to(facts->group, facts->held->recipient)) {
        answer(plan, ANSWER_REFUSED, "it was not written to the group: answer its sender yourself, then discard it");
        return;
    }
    if (intent->kind == INTENT_HELD_ACCEPT && !facts->again) effect(plan, EFFECT_POST, AUDIENCE_NOBODY, NULL);
    if (intent->kind == INTENT_HELD_REJECT && *facts->held->author_address != '\0' && *facts->held->sender != '\0')
        effect(plan, EFFECT_NOTICE, AUDIENCE_AUTHOR, "rejected");
    const char *word = intent->kind == INTENT_HELD_ACCEPT ? "accepted" : intent->kind == INTENT_HELD_REJECT ? "rejected" : "discarded";
    effect(plan, EFFECT_SETTLE, AUDIENCE_NOBODY, word);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, word);
}

static void decide_group(const Intent *intent, const Facts *facts, Plan *plan) {
    const Group *group = intent->group;
    if (intent->kind == INTENT_GROUP_REMOVE) {
        if (facts->group == NULL) return answer(plan, ANSWER_REFUSED, "there is no such group");
        effect(plan, EFFECT_GROUP_REMOVE, AUDIENCE_NOBODY, NULL);
        return effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "group-removed");
    }
    if (!route_is_group_name(group->name))
        return answer(plan, ANSWER_REFUSED, "a group's name is at most 28 of a-z, 0-9 and single . _ - between them, and no word that addresses need");
    if (facts->name_taken) return answer(plan, ANSWER_REFUSED, "there is a group of that name already");
    effect(plan, EFFECT_GROUP_PUT, AUDIENCE_NOBODY, NULL);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, group->id == 0 ? "group-added" : "group-changed");
}

static void decide_member(const Intent *intent, const Facts *facts, Plan *plan) {
    const MemberChange *change = intent->member;
    if (change->group != NULL && facts->group == NULL) return answer(plan, ANSWER_REFUSED, "there is no such group");
    if (facts->own_address) return answer(plan, ANSWER_REFUSED, "that is an address of this site: a group cannot be a member here");
    if (intent->kind == INTENT_MEMBER_REMOVE) {
        if (facts->membership == NULL) return answer(plan, ANSWER_REFUSED, "that address is not a member of the group");
        effect(plan, EFFECT_MEMBER_REMOVE, AUDIENCE_NOBODY, NULL);
        return effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, "left");
    }
    if (change->must_be_new && facts->membership != NULL) return answer(plan, ANSWER_REFUSED, "that address is a member of the group already");
    if (change->must_exist && facts->membership == NULL) return answer(plan, ANSWER_REFUSED, "that address is not a member of the group");
    effect(plan, EFFECT_MEMBER_PUT, AUDIENCE_NOBODY, NULL);
    effect(plan, EFFECT_EVENT, AUDIENCE_NOBODY, facts->membership == NULL ? "joined" : "membership-changed");
}

Plan decide(const Config *config, const Intent *intent, const Facts *facts) {
    Plan plan = {.answer = ANSWER_TAKEN};
    switch (intent->kind) {
    case INTENT_MAIL: decide_mail(config, intent, facts, &plan); break;
    case INTENT_HELD_ACCEPT:
    case INTENT_HELD_REJECT:
    case INTENT_HELD_DISCARD: decide_held(intent, facts, &plan); break;
    case INTENT_GROUP_PUT:
    case INTENT_GROUP_REMOVE: decide_group(intent, facts, &plan); break;
    case INTENT_MEMBER_PUT:
    case INTENT_MEMBER_REMOVE: decide_member(intent, facts, &plan); break;
    case INTENTS: break;
    }
    return plan;
}
