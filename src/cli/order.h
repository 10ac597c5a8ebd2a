/* order.h: what was typed, handed to the spine (flow/act.h): the command line decides nothing by itself. */
#pragma once
#include "cli/command.h"
#include "flow/act.h"

/* An intent of the command line at the call's time; its texts stay the caller's. */
Intent order_intent(const Call *call, IntentKind kind);

/* Carries out all of them in one transaction, or none. A refusal is FAULT_PERMANENT with its reason, and the place in
 * `intents` in *refused (may be NULL). */
bool order_carry_out(const Call *call, Intent *const *intents, size_t count, Outcome *outcome, size_t *refused, GError **error);
bool order_carry_out_one(const Call *call, Intent *intent, Outcome *outcome, GError **error);

/* The group of that name; FAULT_PERMANENT when there is none. Yours. */
Group *order_group(const Call *call, const char *name, GError **error);
/* Its number; 0 for no operand at `index` (all groups). */
bool order_group_number(const Call *call, int index, int64_t *number, GError **error);

/* The person who has the address that was typed; FAULT_PERMANENT when nobody does. *email (may be NULL): that address, canonical. Both yours. */
Person *order_person(const Call *call, int index, char **email, GError **error);

/* A copy of an option's value, or NULL. Yours. */
char *order_text(const Call *call, const char *option);
/* The index of an option's word in its choices, or `fallback`. */
int order_choice(const Call *call, const char *option, const char *const *words, int fallback);

void member_change_clear(MemberChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MemberChange, member_change_clear)
