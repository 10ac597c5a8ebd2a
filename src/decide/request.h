/* request.h: a mail of orders: what is answered at once, what is asked back, and when nothing is said. Pure. */
#pragma once
#include "base/config.h"
#include "model/plan.h"

/* Fills the plan. The author is whoever From names, which proves nothing: so nothing changes here, and what is told goes to that address. */
void request_decide(const Config *config, const Intent *intent, const Facts *facts, Plan *plan);

/* One question to the author, which brings these orders (Order *) when he says yes. */
void request_ask_back(Plan *plan, const Intent *intent, const Facts *facts, GPtrArray *asked);

/* Shared with decide/respond: the group of that name in the catalogue; the author's (or asked one's) membership in it; both NULL: none. */
const Group *request_group(const Facts *facts, const char *name);
const Group *request_group_by_id(const Facts *facts, int64_t id);
/* Whether the author may see what a group shows to these. */
bool request_may_see(const Facts *facts, const Group *group, Visible visible);
const Membership *request_membership(const Facts *facts, const Group *group);
bool request_moderates(const Facts *facts, const Group *group);
void request_line(Plan *plan, const char *word, const Order *order, const Group *group);

/* When a pause ends that is wanted for so many days or to a date (at the beginning of that day in UTC); 0: it cannot be. */
int64_t request_pause_end(const char *argument, int64_t now);

/* Ends a plan that answers `email`: one mail, unless the same was said within the hour or too much is being said. */
typedef enum { SPEECH_OK, SPEECH_REPEATED, SPEECH_TOO_MUCH } Speech;
Speech request_speech(const Config *config, const Intent *intent, const Facts *facts, const char *topic);
