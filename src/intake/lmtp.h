/* lmtp.h: the resident intake: takes mail by LMTP (RFC 2033) on a socket, each client in a process of its own, and one writer for all. */
#pragma once
#include "base/config.h"

/* Runs until *stop becomes nonzero, then lets begun mails end. Call it before any database is open; `now` 0: the clock. FAULT_CONFIG when it
 * cannot listen: a bad place, or somebody listens there already. */
bool lmtp_run(const Config *config, int64_t now, const volatile int *stop, GError **error);
