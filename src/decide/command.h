/* command.h: reads a mail's own words as orders (DESIGN.md, 8). Pure: the lines come in as values, folded by message/text. One table holds the
 * words of each command in English, Greek and greeklish, who may use it and what it takes; help, man page and tests read it. */
#pragma once
#include "model/order.h"
#include "model/route.h"

/* One line of a mail: as it stands, and folded for comparing (lower case, no accents, final sigma as sigma, single blanks). */
typedef struct {
    const char *text, *folded;
} CommandLine;

/* A group as it may be called: its name, aliases and title, each folded as above. */
typedef struct {
    const char *name;
    const char *const *callings; /* ended by NULL */
} Calling;

/* What stands behind a command's word. */
typedef enum {
    TAKES_NOTHING, TAKES_GROUP, TAKES_GROUP_MAYBE, TAKES_GROUPS, TAKES_GROUPS_AND_MODE, TAKES_MODE, TAKES_DAYS, TAKES_LANGUAGE,
    TAKES_ADDRESS, TAKES_NUMBER, TAKES_NUMBER_AND_REASON, TAKES_GROUP_AND_NUMBER, TAKES_GROUP_AND_ADDRESS, TAKES_MESSAGE_MAYBE,
    TAKES_PREFERENCE, TAKES_DATE_MAYBE
} Takes;

/* What a row of the table says. The greeklish of a Greek word is never listed: decide/greeklish finds it. */
typedef struct {
    Verb verb;
    Takes takes;
    const char *const *words; /* folded, ended by NULL; the first is English, the second Greek; a word may have blanks in it */
    const char *usage_el, *usage_en; /* e.g. "ΕΓΓΡΑΦΗ ομάδα [ομάδα …] [ΣΥΝΟΨΗ]" */
    bool moderators; /* only owners and moderators may */
    bool confirmed;  /* done only after the address has confirmed */
} MailCommand;
extern const MailCommand commands_by_mail[]; /* ended by words NULL */

/* Reads subject (as it came; NULL: do not) and lines. A subject with a reply or forward prefix repeats another mail and is not read. `route` presets
 * join or leave of its group for those addresses, and its group is meant where a command names none. Never NULL. Yours: reading_free. */
Reading *command_read(const CommandLine *subject, const CommandLine *lines, size_t count, const Calling *callings, size_t calling_count, const Route *route);

/* The same lines as an answer (yes, no, discard, doubt) to a question: ANSWER_YES when nothing of one's own was written. */
AnswerWord command_answer(const CommandLine *lines, size_t count, char **text);

void order_free(Order *order);
void reading_free(Reading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reading, reading_free)

/* Orders as one line of text that command_orders_parse reads back exactly, for a token's row. Yours. */
char *command_orders_text(const GPtrArray *orders);
GPtrArray *command_orders_parse(const char *text);
