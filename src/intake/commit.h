/* commit.h: the one writer of a resident intake: mails that wait at the same time are committed together, with one fsync.
 *
 * A session that has read and understood a mail puts it into a sealed memory file, sends that over the queue (a SOCK_SEQPACKET) with a socket for
 * the answer, and waits. The writer, a process of its own, is the only one that has the database open. */
#pragma once
#include "base/config.h"
#include "model/intent.h"

/* What all recipients of one mail share is in `mail` (letter, raw, sender, unreadable); the recipients are canonical. Gives a descriptor on which the
 * answer will come: yours, for commit_await. -1, FAULT_TEMPORARY, when the writer could not be asked. */
int commit_ask(int queue, const Intent *mail, const GPtrArray *recipients, GError **error);

/* Closes the descriptor. One reply per recipient, as "250 2.0.0 text": char *, yours. A 250 was committed. NULL, FAULT_TEMPORARY, when the writer did not
 * answer: nobody knows then, and a mail that is handed in again is recognised. */
GPtrArray *commit_await(int answer, guint count, GError **error);

/* The writer: until nobody is left who could ask. `now` 0: the clock. */
void commit_serve(int queue, const Config *config, int64_t now);
