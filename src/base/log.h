/* log.h: one line per event, `2026-11-23T07:10:11Z event key=value key="two words"`.
 *
 * Control characters are removed here and nowhere else. Never hand it the text of a mail. */
#pragma once
#include "base/fault.h"

/* Where lines go: "stderr", "syslog", "none", or a file (created 0600, opened for append). Until it is called, lines go
 * to stderr. */
bool log_open(const char *target, GError **error);
void log_close(void);

/* Between the two, lines are kept and then written at once; several at a time cost what one does. They do not nest. */
void log_hold(void);
void log_release(void);

/* Key, value, …, NULL: each a const char *. A NULL value is written as `-`. Never fails loudly: a log that cannot be
 * written must not lose a mail. */
void log_event(const char *event, ...) G_GNUC_NULL_TERMINATED;
