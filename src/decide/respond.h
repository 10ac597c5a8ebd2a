/* respond.h: a mail that answers a question of ours: what follows from yes, no, discard, and doubt. Pure. */
#pragma once
#include "base/config.h"
#include "model/plan.h"

/* A further intent about the person of that address, carried out in the same transaction; line `line` of the answer says how it went (-1: none). */
Intent *respond_follow(Plan *plan, const Intent *intent, const Facts *facts, IntentKind kind, const char *email, const char *group, int line);

/* Fills the plan; facts->token is the question. Its possession is the proof, and it counts once. */
void respond_decide(const Config *config, const Intent *intent, const Facts *facts, Plan *plan);
