/* respond.h: a mail that answers a question of ours: what follows from yes, no, discard, and doubt. Pure. */
#pragma once
#include "base/config.h"
#include "model/plan.h"

/* Fills the plan; facts->token is the question. Its possession is the proof, and it counts once. */
void respond_decide(const Config *config, const Intent *intent, const Facts *facts, Plan *plan);
