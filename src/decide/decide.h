/* decide.h: facts and an intent in, a plan out. Pure: no clock, file, network or SQL. */
#pragma once
#include "base/config.h"
#include "model/plan.h"

Plan decide(const Config *config, const Intent *intent, const Facts *facts);
