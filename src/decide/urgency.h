/* urgency.h: whether a letter says of itself that it cannot wait. Pure. */
#pragma once
#include "model/facts.h"

/* By the first word of its subject, or its header; it counts only of those who run the group. */
bool urgency_holds(const Intent *intent, const Facts *facts);

/* «ΕΠΕΙΓΟΝ: …», «[επείγον] …», "URGENT …", folded; an answer to such a letter does not begin so. */
bool urgency_in_subject(const char *folded_subject);
