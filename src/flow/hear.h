/* hear.h: what a mail to the robot says: its author's own words as orders, or as an answer, and what in it may be a token of ours. */
#pragma once
#include "base/config.h"
#include "model/intent.h"

/* Whether one of these readings of an address (decide/route.h) is the robot's. */
bool hear_is_robot(const GPtrArray *readings);

/* Reads the letter. `callings` are the groups as people call them (flow/hear_callings). Yours: reading_free (decide/command.h). */
Reading *hear_reading(const Letter *letter, const GPtrArray *readings, const GPtrArray *callings);

/* How groups may be called: names, aliases and titles, folded. GPtrArray of Calling * (decide/command.h), yours. `aliases`: GPtrArray of GPtrArray of
 * char *, one for each group of the catalogue. */
GPtrArray *hear_callings(const GPtrArray *catalogue, const GPtrArray *aliases);

/* A hash of the author's own words, folded, without what he quotes. Yours. */
char *hear_own_words(const Letter *letter);

/* Whether its header calls it so: Importance: high (RFC 2156), X-Priority: 1. */
bool hear_is_important(GBytes *raw);

/* Each possible token: the argument of the address, and words of the Subject. A list ended by NULL, yours: g_strfreev. */
char **hear_tokens(const Letter *letter, const GPtrArray *readings);
/* Their hashes, in the same order. */
char **hear_hashes(char **tokens);
