/* quote.h: how much of a mail its author wrote now: quoted history, signatures and footers of clients, in Greek and English. Pure. */
#pragma once
#include "decide/command.h"

/* What each line is. A signature lasts from its mark, history from the quote header of a client to the end (Outlook's Από:/Στάλθηκε:, From:/Sent:; Gmail's
 * Στις … έγραψε:, On … wrote:, also over lines; Apple's; ---- Original Message ----). */
typedef enum {
    QUOTE_OWN,
    QUOTE_BLANK,
    QUOTE_QUOTED,      /* `>` */
    QUOTE_TORN,        /* between two of those: the end of a long one that was broken, or an answer in between */
    QUOTE_ATTRIBUTION, /* … έγραψε: above `>` lines */
    QUOTE_HISTORY,
    QUOTE_FORWARDED,   /* from ---- Forwarded message ---- on: what the author wants to show */
    QUOTE_SIGNATURE,   /* from `-- ` (also without its blank) on */
    QUOTE_RULE,        /* the ______ under which programs put footers, and people whatever they like */
    QUOTE_PHONE,       /* «Στάλθηκε από το iPhone μου» */
    QUOTE_FOOTER       /* a paragraph of legal text */
} QuoteKind;
void quote_kinds(const CommandLine *lines, size_t count, QuoteKind *kinds);

/* Marks in `own` (of `count` flags) the lines that are surely the author's own words: own ones, and none below a signature, a rule, a footer, or history. What
 * follows the `>` lines below «… έγραψε:» is own again (answers below). */
void quote_mark(const CommandLine *lines, size_t count, bool *own);

/* Whether this line stands between two `>` lines: the end of a long one that was broken, or an answer in between. Not marked as own. */
bool quote_is_torn(const CommandLine *lines, size_t count, size_t at);

/* Whether this line stands between two `>` lines: QUOTE_TORN, unless it is history. */
bool quote_is_torn(const CommandLine *lines, size_t count, size_t at);

/* Whether it says that a mail was passed on (FW: ΠΡΘ: …). */
bool quote_is_forward(const char *subject);

/* Without any number of RE: ΑΠ: ΣΧΕΤ: Απάντηση: FW: ΠΡΘ: … in front. Borrowed from `subject`. */
const char *quote_subject(const char *subject);
