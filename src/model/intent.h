/* intent.h: who, with which proof, wants what, on which group, with which letter. What every door hands to flow/act. */
#pragma once
#include "model/group.h"
#include "model/letter.h"
#include "model/person.h"
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
    INTENTS
} IntentKind;

/* Why a message could not be read: shown to the owner. */
typedef struct {
    const char *rule; /* "header-lines", "crashed", … NULL when it was read */
    char *detail;
} Unreadable;

/* One membership that shall be: a NULL text or a -1 leaves what is there (or takes the default for a new one). */
typedef struct {
    char *group, *email, *name, *organisation, *language;
    int delivery, role; /* DeliveryMode, Role or -1 */
    bool must_be_new, must_exist;
} MemberChange;

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

    int64_t pending; /* INTENT_HELD_* */
    char *reason;    /* INTENT_HELD_REJECT: what the author is told, may be empty */
    Group *group;    /* INTENT_GROUP_* */
    MemberChange *member;
} Intent;
