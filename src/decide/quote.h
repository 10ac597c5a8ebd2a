/* quote.h: how much of a mail its author wrote now: quoted history, signatures and footers of clients, in Greek and English. Pure. */
#pragma once
#include "decide/command.h"

/* Marks in `own` (of `count` flags) the lines that are the author's own words: not `>` lines, nothing from `-- ` on, nothing behind the quote
 * header of a client (Outlook's Από:/Στάλθηκε:, From:/Sent:; Gmail's Στις … έγραψε:, On … wrote:, also over two lines; Apple's; ---- Original
 * Message ----), no «Στάλθηκε από το iPhone μου», no legal footer. What follows the `>` lines below «… έγραψε:» is own again (answers below). */
void quote_mark(const CommandLine *lines, size_t count, bool *own);

/* Whether this line stands between two `>` lines: the end of a long one that was broken, or an answer in between. Not marked as own. */
bool quote_is_torn(const CommandLine *lines, size_t count, size_t at);

/* Without any number of RE: ΑΠ: ΣΧΕΤ: Απάντηση: FW: ΠΡΘ: … in front. Borrowed from `subject`. */
const char *quote_subject(const char *subject);
