/* relay.h: the seam behind which mail leaves: SMTP by libESMTP, or Maildirs. One contract test holds for all of them. */
#pragma once
#include "base/config.h"
#include "model/delivery.h"

/* One outgoing mail with some of its recipients: the head and body are shared by all copies. */
typedef struct {
    GBytes *head;           /* header block, CRLF, ends with the empty line */
    GBytes *body;           /* canonical CRLF */
    Delivery **deliveries;  /* each has its own envelope sender and recipient */
    size_t count;
} RelayJob;

/* Called for each delivery as soon as its fate is known (in the process that called relay_send), before the next is tried if it can be. */
typedef void (*RelayAnswer)(Delivery *delivery, gpointer user);

typedef struct {
    const char *kind; /* the word in the configuration */
    /* Tries every delivery once and fills result and reply of each. It answers RESULT_SENT only when this recipient's own 2xx
     * after the final dot was read; RESULT_REFUSED only on a 5xx for him (or for the whole message); everything else,
     * a crash of the library included, is RESULT_LATER. Never fails otherwise. */
    void (*send)(const Config *config, RelayJob *job, RelayAnswer answer, gpointer user);
    /* For the doctor: can it be reached? */
    bool (*check)(const Config *config, GError **error);
} Relay;

extern const Relay relay_esmtp, relay_maildir;

/* By the configuration's word. Never NULL after config_load. */
const Relay *relay_by_kind(const char *kind);
