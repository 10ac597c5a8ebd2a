/* grammar.h: one sentence as orders: a command with its arguments, or a polite sentence around one. Pure. */
#pragma once
#include "decide/calling.h"
#include "decide/words.h"

typedef struct {
    const Callings *callings;
    const char *group; /* meant where none is named; "" for none */
} Ground;

/* Adds the orders of a line that is a command and nothing else. False: it is none, or not wholly understood; then nothing is added. */
bool grammar_command(const Ground *ground, const Sentence *sentence, GPtrArray *orders);

/* The same for a sentence in which someone asks for one thing. */
bool grammar_plea(const Ground *ground, const Sentence *sentence, GPtrArray *orders);

/* Whether it is nothing but names of groups, which are added to names (char *). */
bool grammar_groups(const Ground *ground, const Sentence *sentence, size_t from, GPtrArray *names);

/* Whether a group is named anywhere in it. */
bool grammar_names_group(const Ground *ground, const Sentence *sentence);

/* The Message-ID of a line that is nothing but one in <>, without them; NULL: it is not. Yours. */
char *grammar_message(const Sentence *sentence);

void grammar_add(GPtrArray *orders, Verb verb, const char *group, const char *argument, const char *reason);
