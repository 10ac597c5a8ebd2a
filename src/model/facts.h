/* facts.h: the snapshot of the database that the deciders may know. Read by store/facts.c inside the transaction. */
#pragma once
#include "model/about.h"
#include "model/group.h"
#include "model/held.h"
#include "model/intent.h"
#include "model/person.h"
#include "model/route.h"
#include "model/question.h"

/* What flow works out before it asks the database. */
typedef struct {
    const GPtrArray *readings;        /* Route *: of the envelope recipient, in order */
    const GPtrArray *author_readings; /* of the author's address, when it is one of our domain; else NULL */
    const GPtrArray *sender_readings; /* of the envelope sender, likewise */
    const char *content_hash;         /* of the raw bytes without leading trace fields */
    const char *const *token_hashes;  /* of what may be a token in the mail, ended by NULL */
} Question;

typedef struct {
    const Route *route;     /* INTENT_MAIL: the reading that holds; NULL for other intents */
    Group *group;           /* the group it is about; NULL when there is none */
    Person *author;         /* the person whose address wrote the letter (or whom a member change names); NULL: a stranger */
    Membership *membership; /* his membership in the group; NULL: none */
    int64_t same_lately, same_today, same_before; /* his posts with the very same own words: of ten minutes, of a day, of a day but for a minute */
    int64_t posts_before;   /* how many posts of his the group has accepted */
    bool again;             /* this very mail was taken for this address before */
    int64_t letter;         /* the stored letter with this content; 0: none */
    int64_t moderators;     /* owners and moderators of the group who can be told */
    int64_t next_held;      /* the number that the next held entry will have */
    Held *held;             /* INTENT_HELD_*; NULL: no such entry */
    int64_t delivery;       /* ROUTE_BOUNCES: the delivery that the key stands for; 0: not a key of ours, or one of a bulk mail */
    char *delivery_email;   /* whom it was for; NULL: as above */
    int64_t outgoing;       /* ROUTE_BOUNCES: the mail that it, or a key of a bulk mail, stands for; 0: not a key of ours */
    bool own_address;       /* the letter claims to be written or sent by one of the site's own addresses */
    Token *token;           /* the question that a mail answers; NULL: none of ours */
    int64_t clock_seen, clock_grace; /* when the clock was looked at last, and until when nothing ends (decide/grace.h): read when the token's time is over */
    bool by_key;            /* a member's own key was in the address: `author` is he, whatever From says */
    bool by_another;        /* From names another person who is known here: he may have found the key in a digest that was handed on */
    About about;
    GPtrArray *catalogue;   /* Group *: all, when the mail is for the robot; else NULL */
    GPtrArray *memberships; /* Membership *: the author's (or of a changed member), when the mail is for the robot; else NULL */
    GPtrArray *waiting;     /* Held *: what waits in groups that the author moderates, or is asked about by the token */
    int64_t answers_to_him, proved_lately; /* mails of ours to this address in the last hour; questions that it said yes to */
    int64_t answers_to_all; /* and to everybody */
    GPtrArray *topics;      /* char *: what those to him were about */
    GArray *wanted;         /* Wanted: the posts of orders «get», where they are there; NULL: none was asked for */
    int64_t gathering;      /* posts that wait for his next digest, when he wants it now */
    int64_t digest_sent;    /* when the digest that he wants again was made; 0: there is none */
    bool erased;            /* this address asked to be forgotten */
    bool allowed;           /* this address may post to the group without being a member */
    int64_t told_letter;    /* the group whose moderators were asked about this letter already and are the same people; 0: none */
    bool address_taken;     /* INTENT_ADDRESS: the new address is another person's */
    bool name_taken;        /* INTENT_GROUP_PUT: another group has that name */
} Facts;
