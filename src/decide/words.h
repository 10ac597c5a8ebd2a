/* words.h: the words of commands and of the polite sentences around them. Pure. */
#pragma once
#include "decide/sentence.h"

/* What a word does in a sentence. A word that is in no class makes a sentence one that we do not understand. */
typedef enum {
    WORD_OTHER, WORD_WANT, WORD_FILL, WORD_ME, WORD_ARTICLE, WORD_IN, WORD_FROM, WORD_GROUP, WORD_AND, WORD_ALL, WORD_DATA,
    WORD_DIGEST, WORD_EACH, WORD_NOTHING, WORD_RECEIVE,
    WORD_JOIN, WORD_JOIN_NOUN, WORD_JOIN_ME,    /* εγγραφώ · εγγραφή · γράψτε (με) */
    WORD_LEAVE, WORD_LEAVE_NOUN, WORD_LEAVE_ME,
    WORD_DOUBT,                                 /* not, if, how, but, cancel: no sentence with one is a command */
    WORD_GREETING, WORD_THANKS, WORD_CLOSING, WORD_INTRODUCTION,
    WORD_YES, WORD_NO, WORD_DISCARD             /* only looked for in answers */
} WordClass;

/* στην, από, την, και: a group comes next. */
static inline bool word_leads(WordClass class) {
    return class == WORD_AND || class == WORD_ARTICLE || class == WORD_IN || class == WORD_FROM;
}

WordClass word_class(const SentenceWord *token);
/* The same among the words of answers. */
WordClass word_answer_class(const SentenceWord *token);
/* Whether it is, or is made from, a word for joining or leaving («εγγράφηκε», "subscription"), or one that casts doubt. */
bool word_is_telling(const SentenceWord *token);

/* Whether people begin what is no command with that command's word too: «Επείγον! Δεν …», «Σύνοψη της συνεδρίασης». */
bool word_begins_prose(const MailCommand *command);

/* The command that the sentence begins with at `from` (the longest word), NULL if none; how many words it took. */
const MailCommand *word_command(const Sentence *sentence, size_t from, size_t *words);
