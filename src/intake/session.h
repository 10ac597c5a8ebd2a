/* session.h: one client of LMTP (RFC 2033), from greeting to goodbye, in a process of its own that knows no database. */
#pragma once
#include "base/config.h"

typedef struct Session Session;

/* Mails that were read go to the writer by `queue` (intake/commit.h), which is borrowed. */
Session *session_new(const Config *config, int queue, const volatile int *stop);
void session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

/* Does what can be done before there is a client. */
void session_get_ready(Session *session);
/* Speaks with the client on `descriptor`, once. Returns when the client left, was silent for too long, was sent away, or *stop became nonzero between two
 * mails. */
void session_run(Session *session, int descriptor);
