/* standing.h: message or member? And what a day on which mail came back means for an address. Pure. */
#pragma once
#include "base/config.h"
#include "model/report.h"
#include "model/standing.h"

/* Whether a report of this class can ever count against an address. */
bool standing_may_count(BounceClass class);

/* Whose fault a report of such a class is, seen beside the others. */
Blame standing_blame(BounceClass class, const Burst *message, const Burst *destination);

typedef enum { STANDING_STAYS, STANDING_PROBE, STANDING_SUSPEND } StandingStep;

/* One more counted report of that day; at most one a day changes the score. */
StandingStep standing_count(const Config *config, Standing *standing, BounceClass class, int64_t now);
/* The probe itself came back. */
StandingStep standing_probe_returned(Standing *standing, BounceClass class, int64_t now);
/* True when a probe has not come back in time: the address is good again. */
bool standing_probe_passed(const Config *config, Standing *standing, int64_t now);
