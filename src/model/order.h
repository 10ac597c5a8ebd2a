/* order.h: what a person asks for by mail, one order for each thing. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    VERB_HELP, VERB_GROUPS, VERB_INFO, VERB_MY, VERB_WHO, VERB_INDEX, VERB_GET, VERB_EXPORT, VERB_TRACE, /* answered at once */
    VERB_JOIN, VERB_LEAVE, VERB_SET, VERB_PAUSE, VERB_RESUME, VERB_LANGUAGE, VERB_ADDRESS, VERB_ERASE, /* after a confirmation */
    VERB_DIGEST, VERB_MUTE, VERB_UNMUTE,                                                 /* likewise */
    VERB_DIGEST_NOW, VERB_DIGEST_AGAIN,                                                  /* a digest, at once */
    VERB_HELD, VERB_MEMBERS, VERB_SETTINGS,                                              /* moderators, at once */
    VERB_ACCEPT, VERB_REJECT, VERB_DISCARD, VERB_INVITE, VERB_REMOVE, VERB_ALLOW, VERB_URGENT, /* moderators, after a confirmation */
    VERB_CONFIRM, VERB_END,                                                              /* never an order of its own */
    VERBS
} Verb;

static const char *const verb_words[] = {"help",   "groups", "info",     "my",     "who",     "index",  "get",    "export", "trace",   "join",   "leave",
                                         "set",    "pause",  "resume",   "language", "address", "erase", "digest", "mute",  "unmute", "digest now", "digest again", "held",   "members", "settings", "accept",
                                         "reject", "discard", "invite",  "remove", "allow",   "urgent", "confirm", "end",    NULL};

enum { ORDERS_MOST = 10, ORDER_QUOTE_MOST = 80 };

/* group: a group's name, or "" where the verb has none; "*" is all of his. argument: each|digest|none (join, set), a number of days or
 * yyyy-mm-dd (pause), el|en, an address as written, a number (get, accept …), what decide/preference.h says or "" (digest), yyyy-mm-dd, dd/mm or "" (digest again), a Message-ID without <> (trace); reason: free text of reject. */
typedef struct {
    Verb verb;
    char *group, *argument, *reason;
} Order;

typedef enum { ANSWER_NONE, ANSWER_YES, ANSWER_NO, ANSWER_DISCARD, ANSWER_DOUBT } AnswerWord;

/* A mail as a list of orders, or as an answer to a question of ours. */
typedef struct {
    GPtrArray *orders;     /* Order *, at most ORDERS_MOST */
    GPtrArray *unknown;    /* char *: what was not understood, at most 3, each on one line and at most ORDER_QUOTE_MOST characters */
    bool too_many;         /* there were more than ORDERS_MOST */
    AnswerWord answer;     /* the mail read as an answer; ANSWER_YES for an empty one */
    char *answer_text;     /* what was said beside it (the reason of a refusal), "" or up to 1000 characters */
} Reading;
