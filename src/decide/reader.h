/* reader.h: a mail to an address with a reader's own key: what is done for him at once, whoever sent it. Pure. */
#pragma once
#include "base/config.h"
#include "model/plan.h"

/* Whether it is one: the address is of that kind, and its key is a member's. */
bool reader_is_meant(const Facts *facts);

/* Fills the plan. The key is the proof: it stands in nothing but his own digests. */
void reader_decide(const Config *config, const Intent *intent, const Facts *facts, Plan *plan);
