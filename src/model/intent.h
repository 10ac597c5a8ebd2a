/* intent.h: who, with which proof, wants what, on which group, with which letter. What every door hands to flow/act. */
#pragma once
#include "model/change.h"
#include "model/group.h"
#include "model/letter.h"
#include "model/order.h"
#include "model/route.h"

typedef enum {
    INTENT_MAIL,          /* a message came in for `recipient` */
    INTENT_HELD_ACCEPT,   /* pending */
    INTENT_HELD_REJECT,   /* pending, reason */
    INTENT_HELD_DISCARD,  /* pending */
    INTENT_GROUP_PUT,     /* group: add (id 0) or change */
    INTENT_GROUP_REMOVE,  /* group name */
    INTENT_MEMBER_PUT,    /* member: add or change */
    INTENT_MEMBER_REMOVE, /* member */
    INTENT_PAUSE,         /* member->email, until: in all his groups; 0 ends it */
    INTENT_ADDRESS,       /* the person of member->email gets his mail at new_email from now on */
    INTENT_ERASE,         /* member->email: the person and everything that names him, but for his posts */
    INTENT_ASK,           /* a question to member->email (or the moderators of member->group), see question */
    INTENT_ALLOW,         /* member->email may post to member->group from now on */
    INTENT_MUTE,          /* member->email gets no more of the thread of `post` */
    INTENT_UNMUTE,
    INTENT_URGENT,        /* `post` is urgent; member->email wants it, NULL: the operator */
    INTENT_CHOICE,        /* member->email has his digest as `choice` says from now on */
    INTENTS
} IntentKind;

typedef struct {
    IntentKind kind;
    const char *actor; /* for the ledger: "mail", "command line", … */
    int64_t now;
    /* INTENT_MAIL */
    GBytes *raw;      /* every byte that came in */
    Letter *letter;   /* an empty one when it could not be read */
    Unreadable unreadable; /* rule NULL: it could be read */
    char *sender;     /* envelope sender, canonical where it can be; "" is the null sender */
    char *recipient;  /* canonical envelope recipient */
    Reading *reading; /* what flow/hear made of it, for mail that commands or answers; else NULL */
    const char *const *tokens;  /* what in it may be a token, for asking again; ended by NULL */
    bool outgrown; /* our answer to it would be larger than it is */
    const char *own_words;      /* a hash of what the author wrote himself, without what he quotes */
    const char *folded_subject; /* message/text_fold of the subject */

    bool important;             /* its header says so */
    int64_t answers;            /* the post that its address says it answers; 0: none */

    int64_t pending; /* INTENT_HELD_* */
    char *reason;    /* INTENT_HELD_REJECT: what the author is told, may be empty */
    Group *group;    /* INTENT_GROUP_* */
    MemberChange *member;
    int64_t post;      /* INTENT_MUTE, INTENT_UNMUTE, INTENT_URGENT */
    int64_t until;     /* INTENT_PAUSE */
    ChoiceChange *choice; /* INTENT_CHOICE */
    struct {
        const char *template, *orders; /* the notice, and what a yes will do */
        int kind;                      /* TokenKind (model/facts.h) */
    } question;        /* INTENT_ASK */
    char *new_email;   /* INTENT_ADDRESS: the address that member->email is changed to */
    int64_t token;     /* the token that proved it; 0: none */
} Intent;
