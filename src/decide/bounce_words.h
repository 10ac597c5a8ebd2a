/* bounce_words.h: what mail servers say of a failure, in tables: phrases, and things with what is said of them ("user … unknown", "mailbox … full"). Pure. */
#pragma once
#include "model/report.h"

/* What stands between the words of a server. */
#define BOUNCE_WORD_EDGES " \t<>()[]\"',;:"

typedef enum {
    BOUNCE_SAYS_MESSAGE,   /* of the message, its sender or our server */
    BOUNCE_SAYS_FULL,
    BOUNCE_SAYS_ACCOUNT,   /* closed for a time */
    BOUNCE_SAYS_LATE,      /* after the recipient had been taken */
    BOUNCE_SAYS_MACHINE,   /* what the last server itself could not do */
    BOUNCE_SAYS_CATEGORY,  /* PowerMTA's word for it */
    BOUNCE_SAYS_DIRECTORY, /* looked up in its own list of users */
    BOUNCE_SAYS_DEAD,
    BOUNCE_SAYS_PASSING,
    BOUNCE_SAYS_REFUSED,   /* the message was, and nothing says why */
    BOUNCE_TABLES
} BounceTable;

/* A diagnostic, made ready to be asked: lower case, no accents, addresses blanked. */
typedef struct {
    char *words;
    char *clauses;
} BounceText;

BounceText bounce_text_of(const char *diagnostic);
void bounce_text_clear(BounceText *text);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BounceText, bounce_text_clear)

/* Whether a table has words that the text holds; *class becomes theirs, *why a static text that names them. Linear in the text. */
bool bounce_words_ask(BounceTable table, const BounceText *text, BounceClass *class, const char **why);
