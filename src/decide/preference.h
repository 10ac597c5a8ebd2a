/* preference.h: what people say of how they want their digest. Pure. */
#pragma once
#include "decide/sentence.h"
#include "model/choice.h"
#include "model/person.h"

/* The words from `from` to before `to`, behind ΣΥΝΟΨΗ, as arguments of orders, one or several: `off` (no more), `format html`, `cadence daily`, `cadence weekly 1` (Monday; or without),
 * `hour 18`, `separate yes`, `size 500` (kilobytes; 0: the site's), `urgent no`. NULL: not wholly understood. GPtrArray of char *, yours. */
GPtrArray *preference_read(const Sentence *sentence, size_t from, size_t to);

/* Such an argument as a change. False: it is none. */
bool preference_change(const char *argument, ChoiceChange *change);
