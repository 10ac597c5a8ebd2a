/* plan.h: what shall happen, decided before anything happens. A Plan names sets of people, never the people: apply
 * expands them with one INSERT … SELECT. */
#pragma once
#include "model/effect.h"
#include "model/intent.h"

/* A further intent. When it is refused, replies[line] says the word of its plan instead of its own. */
typedef struct {
    Intent intent;
    MemberChange member; /* intent.member points here; texts are the plan's */
    ChoiceChange choice; /* intent.choice points here */
    int line;            /* -1: none */
} Follow;

/* One line of an answer: a word of the [replies] section, about an order (may be NULL) and its group (may be NULL). */
typedef struct {
    const char *word;
    const Order *order;
    const Group *group;
} ReplyLine;

/* One recipient of a report that came in. */
typedef struct {
    const ReportRecipient *recipient; /* NULL: it names none */
    BounceClass class;
    bool waits; /* for judgement; else it is only kept */
} PlanBounce;

/* What the one who handed it in is told. */
typedef enum { ANSWER_TAKEN, ANSWER_NO_SUCH_ADDRESS, ANSWER_REFUSED, ANSWER_NOTHING_TO_DO } AnswerKind;

enum { PLAN_EFFECTS_MOST = 24, PLAN_RULES_MOST = 32, PLAN_REPLIES_MOST = 48 };

typedef struct {
    const char *rule;    /* the rule's name */
    const char *verdict; /* what it found: passes, holds: stranger, … */
} RuleLine;

typedef struct {
    Effect effects[PLAN_EFFECTS_MOST];
    int effect_count;
    RuleLine rules[PLAN_RULES_MOST]; /* every rule that was asked, in order, for `diktyo explain` */
    int rule_count;
    ReplyLine replies[PLAN_REPLIES_MOST]; /* what the answer to a mail of commands says, in order */
    int reply_count;
    GArray *bounces;      /* PlanBounce: EFFECT_BOUNCE; NULL: none */
    char *topic;          /* what the answer is about; the same again within the hour is not answered */
    GPtrArray *follow;    /* Follow *: what follows from an answer, carried out in the same transaction, first; NULL: nothing */
    GPtrArray *texts;     /* char * that the above borrow */
    GPtrArray *orders;    /* Order * that the above borrow */
    AnswerKind answer;
    const char *word;   /* the same as a word of [replies]; NULL: none */
    const char *status; /* "5.1.1 …" one line for a refusal; or a sentence for a person */
} Plan;

/* Frees what a plan owns (decide/decide.c). */
void plan_clear(Plan *plan);
