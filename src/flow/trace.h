/* trace.h: the fate of a post, told to its author in numbers, and with addresses to those who look after its group. */
#pragma once
#include "flow/reply.h"

/* Adds what became of the post that is meant: the one that is named, else the one that the mail answers, else his last. A post that
 * is not his, and that he does not look after, and one that is not there look the same. */
bool trace_list(const Reply *reply, const Order *order, GString *text, GError **error);

/* What a server said, without anything of an address or a name: for who may not know whom it is about. Yours. */
char *trace_words_of(const char *reply, const char *email, const char *name);
