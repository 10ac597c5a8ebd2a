/* mta_session.h: the dialogue with one server on one connection (RFC 5321, 2920, 3207, 4954; RFC 2033 for LMTP). It never waits: the
 * owner tells it when the descriptor is ready, or time is over.
 *
 * The envelope of the next transaction goes out behind the final dot of the one before, in the same write, so a message costs one round trip.
 * A verdict is given only when the answers fit the commands: whoever is refused was refused in a dialogue that stayed in step. */
#pragma once
#include "deliver/mta_stream.h"
#include "deliver/mta_transaction.h"

typedef struct MtaSession MtaSession;

typedef struct {
    const Config *config;
    /* The next transaction for this session, of `most` recipients (0: any number), NULL: none now. It is the session's until `over`. */
    MtaTransaction *(*next)(size_t most, gpointer user);
    /* All its recipients are settled, or marked to be tried again. It is the owner's again, to free. */
    void (*over)(MtaTransaction *transaction, gpointer user);
    gpointer user;
} MtaTerms;

/* Begins to connect. Both are borrowed and must outlive the session. */
MtaSession *mta_session_open(const MtaTerms *terms, const MtaPlace *place);
/* What is open in it waits: the transaction in flight as later, one whose message was not begun as to be tried again. */
void mta_session_close(MtaSession *session);

/* Asks for work, when it is ready for some. */
void mta_session_start(MtaSession *session);
/* Takes leave, when nothing is under way. */
void mta_session_quit(MtaSession *session);

/* `events` as poll() gave them; 0 to look at the time only. Times are g_get_monotonic_time(). It reads and judges, and writes nothing yet: what
 * was answered can be marked before the next message goes out. */
void mta_session_go_on(MtaSession *session, int events, int64_t now);
/* Writes what there is to write, as far as it goes. What was answered on this connection is marked by now. */
void mta_session_write(MtaSession *session, int64_t now);
/* The same, but not after an answer that has not been marked: its next message could go out and the mark be lost. */
void mta_session_write_ahead(MtaSession *session, int64_t now);
int mta_session_descriptor(const MtaSession *session);
int mta_session_wanted(const MtaSession *session);      /* events for poll() */
int64_t mta_session_deadline(const MtaSession *session);

bool mta_session_is_over(const MtaSession *session);  /* the connection is gone */
bool mta_session_is_idle(const MtaSession *session);  /* open, and nothing under way */
const MtaOffers *mta_session_offers(const MtaSession *session); /* once it was open; borrowed */
bool mta_session_was_open(const MtaSession *session); /* it came so far that mail could be sent */
int64_t mta_session_answered(const MtaSession *session); /* final dots that were answered */
const MtaPlace *mta_session_place(const MtaSession *session);
const char *mta_session_why(const MtaSession *session); /* why it is over; borrowed */
