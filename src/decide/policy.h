/* policy.h: may this mail be posted? A table of rules, asked in order; the first that does not let it pass decides. Pure. */
#pragma once
#include "base/config.h"
#include "model/plan.h"

typedef enum { VERDICT_PASS, VERDICT_HOLD, VERDICT_HOLD_SILENTLY, VERDICT_REFUSE } Verdict;

typedef struct {
    Verdict verdict;
    const char *reason; /* the word shown to people (templates, words.txt), or the status of a refusal; static */
} Ruling;

/* Writes each rule's line into plan->rules. Rules about the author are asked for posts only. */
Ruling policy_ask(const Config *config, const Intent *intent, const Facts *facts, Plan *plan);
