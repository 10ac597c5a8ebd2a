/* apply.h: makes a Plan true, inside the caller's transaction. */
#pragma once
#include "model/plan.h"
#include "store/database.h"

/* A mail of ours, and the token that it carries. */
typedef struct {
    GBytes *head, *body; /* NULL: this effect has no mail */
    char *message_id, *token_hash;
} RenderedMail;

/* The bytes that a plan needs, made by flow/render; NULL where the plan needs none. */
typedef struct {
    GBytes *content;      /* the letter without its leading trace fields: what is stored once */
    GBytes *trace;        /* those fields */
    char *content_hash;
    GBytes *parsed;       /* the Letter, for a held entry */
    char *message_id;     /* what the archive calls it: the letter's own, or one made from its content */
    char *attachments;    /* of the letter, as JSON text */
    GBytes *post_head;    /* EFFECT_POST: the head of the members' copy */
    size_t post_slot;     /* where in it each recipient's own field goes */
    GBytes *forward_head; /* EFFECT_FORWARD */
    RenderedMail mails[PLAN_EFFECTS_MOST]; /* EFFECT_NOTICE and EFFECT_ASK: of the effect of the same place */
} Rendering;

typedef struct {
    int64_t post, held, outgoing, group, recipients; /* 0: none was made */
} Applied;

bool apply_plan(Database *database, const Intent *intent, const Facts *facts, const Plan *plan, const Rendering *rendering,
                Applied *applied, GError **error);
