/* calling.h: groups by whatever they are called: name, alias, title; in any case, in greeklish, with a domain. Pure. */
#pragma once
#include "decide/sentence.h"

typedef struct Callings Callings;

Callings *callings_new(const Calling *callings, size_t count);
void callings_free(Callings *callings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Callings, callings_free)

/* The name of the group that is called at `from` (the longest calling), and how many words that took. NULL: none, or more than one (*words is then
 * not 0). Borrowed. */
const char *callings_find(const Callings *callings, const Sentence *sentence, size_t from, size_t *words);
