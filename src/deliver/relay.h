/* relay.h: the seam behind which mail leaves: SMTP by our own client or by libESMTP, or Maildirs. One contract test holds for all. */
#pragma once
#include "base/config.h"
#include "model/delivery.h"

/* One outgoing mail with some of its recipients: head and body are shared by all copies. It belongs to whoever gave it, and
 * stays until `settled` is called after its last delivery was answered: from then on the relay must not touch it. */
typedef struct {
    GBytes *head;           /* header block, CRLF, ends with the empty line */
    GBytes *body;           /* canonical CRLF */
    size_t slot;            /* where in the head each delivery's own field goes: the begin of a line */
    Delivery **deliveries;  /* each with its own envelope sender and recipient; neighbours with the same sender may share a transaction */
    size_t count;
    int64_t until;          /* g_get_monotonic_time() after which none of them may be begun: their lease ends soon; 0: no end */
} RelayJob;

/* What a relay works on. `next` gives the next job that is due, NULL when there is none now; it is asked whenever the relay has room for
 * more, so jobs overlap. `answer` is called once for each delivery as soon as its fate is known. `settled` is called after all
 * answers that were read at one time, before anything is waited for: what was answered is marked then. False: it could not
 * be marked, the relay ends at once. `stop` nonzero: nothing new is begun, what is under way is brought to its end. */
typedef struct {
    RelayJob *(*next)(gpointer user);
    void (*answer)(Delivery *delivery, gpointer user);
    bool (*settled)(gpointer user);
    const volatile int *stop; /* may be NULL */
    gpointer user;
} RelayWork;

typedef struct {
    const char *kind; /* the word in the configuration */
    /* Tries every delivery of every job once and fills result and reply of each. It answers RESULT_SENT only when this recipient's own 2xx
     * after the final dot was read; RESULT_REFUSED only on a 5xx for him (or for the whole message); RESULT_UNTRIED when
     * his copy was not begun, or no server could be reached; everything else, a crash of a library included, is RESULT_LATER. Never fails
     * otherwise. When no server can be reached it asks for no more jobs and returns. */
    void (*send)(const Config *config, const RelayWork *work);
    /* For the doctor: can it be reached? */
    bool (*check)(const Config *config, GError **error);
} Relay;

extern const Relay relay_esmtp, relay_maildir, relay_smtp;

/* By the configuration's word, guarded (relay.c). Never NULL after config_load. */
const Relay *relay_by_kind(const char *kind);

/* The head of one delivery's own copy, for a relay that cannot send it in pieces. */
GBytes *relay_head(const RelayJob *job, const Delivery *delivery);

/* Whether the mail needs 8BITMIME (RFC 6152). */
bool relay_is_eight_bit(const RelayJob *job);
