/* plan.h: what shall happen, decided before anything happens. A Plan names sets of people, never the people: apply
 * expands them with one INSERT … SELECT. */
#pragma once
#include "model/facts.h"
#include "model/intent.h"

typedef enum {
    EFFECT_POST,          /* the letter becomes a post of the group; its members get it by their delivery mode */
    EFFECT_HOLD,          /* the letter waits for a moderator; text: the reason's word */
    EFFECT_SETTLE,        /* the held entry is decided; text: accepted, rejected, discarded */
    EFFECT_FORWARD,       /* the letter goes as it is to the group's owners */
    EFFECT_NOTICE,        /* a mail of ours; text: the template, audience: whom */
    EFFECT_BOUNCE,        /* the report is kept with the delivery it is about */
    EFFECT_GROUP_PUT,
    EFFECT_GROUP_REMOVE,
    EFFECT_MEMBER_PUT,
    EFFECT_MEMBER_REMOVE,
    EFFECT_EVENT,         /* a line for the ledger; text: what */
    EFFECTS
} EffectKind;

typedef enum { AUDIENCE_NOBODY, AUDIENCE_MODERATORS, AUDIENCE_AUTHOR } Audience;

typedef struct {
    EffectKind kind;
    Audience audience;
    const char *text;
} Effect;

/* What the one who handed it in is told. */
typedef enum { ANSWER_TAKEN, ANSWER_NO_SUCH_ADDRESS, ANSWER_REFUSED, ANSWER_NOTHING_TO_DO } AnswerKind;

enum { PLAN_EFFECTS_MOST = 8, PLAN_RULES_MOST = 32 };

typedef struct {
    const char *rule;    /* the rule's name */
    const char *verdict; /* what it found: passes, holds: stranger, … */
} RuleLine;

typedef struct {
    Effect effects[PLAN_EFFECTS_MOST];
    int effect_count;
    RuleLine rules[PLAN_RULES_MOST]; /* every rule that was asked, in order, for `diktyo explain` */
    int rule_count;
    AnswerKind answer;
    const char *status; /* "5.1.1 …" one line for a refusal; or a sentence for a person */
} Plan;
