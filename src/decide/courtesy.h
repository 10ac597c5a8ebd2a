/* courtesy.h: lines that are there for politeness and say nothing to us. Pure. */
#pragma once
#include "decide/words.h"

typedef enum { COURTESY_NONE, COURTESY_GREETING, COURTESY_THANKS, COURTESY_CLOSING /* a name and a signature follow */ } Courtesy;

Courtesy courtesy_of(const Sentence *sentence);
