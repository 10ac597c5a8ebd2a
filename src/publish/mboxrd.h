/* mboxrd.h: mails in an mbox file from which every byte of each can be had again. */
#pragma once
#include "base/fault.h"
#include <stdint.h>
#include <stdio.h>

/* One entry: a From line (`sender` "" or NULL: MAILER-DAEMON; the time in UTC), the bytes with `>` put before every line
 * that is `From ` behind any number of `>`, and one line end. Who undoes it takes one line end and one such `>` away. */
bool mboxrd_write(FILE *to, const char *sender, int64_t at, GBytes *raw, GError **error);
