/* receive.h: one message from an MTA's pipe: bytes and envelope in, exit code out.
 *
 * 0: it is on disk. 75: keep it and try again (everything surprising: our bug, bad configuration, full disk, lock). 67 and 77: refused for
 * good, with one line "5.x.x text" on stdout for the sender. Only these, since other codes mean a bounce to some MTA. */
#pragma once
#include "base/config.h"
#include "flow/act.h"
#include "message/sandbox.h"

/* The message is on descriptor 0. `mta` (NULL: postfix) names where the envelope stands: operands SENDER RECIPIENT
 * [ORIGINAL_RECIPIENT], or the environment (intake/envelope.h). The database is opened here, after all of the message has come. `now` 0: the clock. */
int receive_main(const Config *config, const char *mta, int operand_count, char **operands, int64_t now);

/* Logs what became of a mail. */
void receive_report(const Intent *intent, const Outcome *outcome);

/* What a message says, in two steps, between which something else can be done. Guard first; what it likes is handed to the reader. FAULT_TEMPORARY when
 * that cannot take it. */
bool receive_ask(const Config *config, SandboxReader *reader, GBytes *raw, const char **rule, char **detail, GError **error);

/* Then its letter: an unreadable one gives an empty Letter, and *rule (static) and *detail (yours) say why. NULL, FAULT_TEMPORARY, when the reader had not
 * begun. */
Letter *receive_told(SandboxReader *reader, const char **rule, char **detail, GError **error);

/* Both, with a reader of its own. NULL, FAULT_TEMPORARY, when none could be started. */
Letter *receive_understand(const Config *config, GBytes *raw, const char **rule, char **detail, GError **error);
