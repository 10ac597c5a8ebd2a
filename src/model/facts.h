/* facts.h: the snapshot of the database that the deciders may know. Read by store/facts.c inside the transaction. */
#pragma once
#include "model/group.h"
#include "model/intent.h"
#include "model/person.h"
#include "model/route.h"

typedef struct {
    int64_t id, group, letter, at;
    char *group_name, *subject, *author_name, *author_address, *sender, *message_id, *reason, *state, *text;
    int64_t size, decided_at;
    char *decided_by, *decision, *recipient, *detail;
    GBytes *parsed; /* the Letter as it was understood (message/parse.h); NULL: unreadable */
} Held;

/* What flow works out before it asks the database. */
typedef struct {
    const GPtrArray *readings;        /* Route *: of the envelope recipient, in order */
    const GPtrArray *author_readings; /* of the author's address, when it is one of our domain; else NULL */
    const GPtrArray *sender_readings; /* of the envelope sender, likewise */
    const char *content_hash;         /* of the raw bytes without leading trace fields */
} Question;

typedef struct {
    const Route *route;     /* INTENT_MAIL: the reading that holds; NULL for other intents */
    Group *group;           /* the group it is about; NULL when there is none */
    Person *author;         /* the person whose address wrote the letter (or whom a member change names); NULL: a stranger */
    Membership *membership; /* his membership in the group; NULL: none */
    int64_t posts_before;   /* how many posts of his the group has accepted */
    bool again;             /* this very mail was taken for this address before */
    int64_t letter;         /* the stored letter with this content; 0: none */
    int64_t moderators;     /* owners and moderators of the group who can be told */
    int64_t next_held;      /* the number that the next held entry will have */
    Held *held;             /* INTENT_HELD_*; NULL: no such entry */
    int64_t delivery;       /* ROUTE_BOUNCES: the delivery that the key stands for; 0: not a key of ours */
    bool own_address;       /* the letter claims to be written or sent by one of the site's own addresses */
    bool name_taken;        /* INTENT_GROUP_PUT: another group has that name */
} Facts;
