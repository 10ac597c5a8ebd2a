/* session.h: one client of LMTP (RFC 2033), from greeting to goodbye, in a process of its own that knows no database. */
#pragma once
#include "base/config.h"

/* Speaks with the client on `descriptor`; mails that were read go to the writer by `queue` (intake/commit.h). Returns when the client left, was
 * silent for too long, was sent away, or *stop became nonzero between two mails. */
void session_run(const Config *config, int descriptor, int queue, const volatile int *stop);
