/* effect.h: one thing that a plan does. */
#pragma once
#include "model/facts.h"

typedef enum {
    EFFECT_POST,          /* the letter becomes a post of the group; its members get it by their delivery mode; text: urgent, or NULL */
    EFFECT_HOLD,          /* the letter waits for a moderator; text: the reason's word */
    EFFECT_SETTLE,        /* the held entry is decided; text: accepted, rejected, discarded */
    EFFECT_FORWARD,       /* the letter goes as it is to the group's owners */
    EFFECT_NOTICE,        /* a mail of ours; text: the template, audience: whom */
    EFFECT_BOUNCE,        /* the report is kept with the delivery it is about */
    EFFECT_GROUP_PUT,
    EFFECT_GROUP_REMOVE,
    EFFECT_MEMBER_PUT,
    EFFECT_MEMBER_REMOVE,
    EFFECT_ASK,           /* a question of ours with a new token of kind `token`; text: the template, audience: whom */
    EFFECT_TOKEN_SETTLE,  /* the token that was answered is settled; text: done, refused */
    EFFECT_TOKEN_AGAIN,   /* it was asked about once more */
    EFFECT_PAUSE,
    EFFECT_ADDRESS,
    EFFECT_ERASE,
    EFFECT_ALLOW,
    EFFECT_CHOICE,
    EFFECT_MUTE,          /* the thread of facts.about, for the author */
    EFFECT_UNMUTE,
    EFFECT_URGENT,        /* facts.about */
    EFFECT_DIGEST_NOW,    /* what is gathered for the author comes before its hour */
    EFFECT_DIGEST_AGAIN,  /* the digest of facts.digest_sent goes to him once more */
    EFFECT_POST_AGAIN,    /* a post (`post`) goes to the author once more, as members get it */
    EFFECT_EVENT,         /* a line for the ledger; text: what */
    EFFECTS
} EffectKind;

/* AUDIENCE_AUTHOR: of the held entry, or of the mail. AUDIENCE_EMAIL: the effect's own address. */
typedef enum { AUDIENCE_NOBODY, AUDIENCE_MODERATORS, AUDIENCE_AUTHOR, AUDIENCE_EMAIL } Audience;

typedef struct {
    EffectKind kind;
    Audience audience;
    const char *text;
    TokenKind token;    /* EFFECT_ASK */
    const char *email;  /* AUDIENCE_EMAIL: canonical, borrowed from intent or facts */
    const char *back;   /* where an answer to it goes, the local part; NULL: as usual */
    const char *orders; /* EFFECT_ASK: what the token stands for; borrowed from the plan (plan.texts) */
    int64_t post;       /* EFFECT_POST_AGAIN */
    const Group *group; /* the group it speaks of when it is not facts->group; borrowed */
} Effect;
