/* route.h: the readings of an envelope recipient's local part (DESIGN.md, 8). Pure. */
#pragma once
#include "model/route.h"
#include <stdint.h>

void route_free(Route *route);

/* All readings of `local` (canonical local part), the whole as a group's name first, then by subaddress, `-` and `+`
 * alike: GPtrArray of Route *, yours; never empty. Only what can be a group's name is a reading. */
GPtrArray *route_readings(const char *local);

/* Whether it can be a group's name: a-z, 0-9, single . _ - inside, at most GROUP_NAME_LONGEST, none of the site's own words. */
bool route_is_group_name(const char *name);

/* The post that a mail to G-reply+NUMBER answers, whether there is one or not; 0: none is named. */
int64_t route_answered(const GPtrArray *readings);

/* Every local part that can be a group's (`names`, ended by NULL), the site's or the operator's, and no other, as an extended regular expression. Yours. */
char *route_expression(const char *const *names);

/* `leave`, `owner`, … for a kind of subaddress; `post`, `site`, `unknown` for the rest. */
const char *route_word(RouteKind kind);
