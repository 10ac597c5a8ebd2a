/* delivery.h: one outgoing mail × one recipient, and its states (docs/STATES.md). */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    DELIVERY_WAITING,   /* to be sent at next_try */
    DELIVERY_SENDING,   /* claimed by a sender until its lease ends */
    DELIVERY_SENT,      /* the relay's own 2xx after the final dot was read */
    DELIVERY_FAILED,    /* refused for good, or given up */
    DELIVERY_GATHERING, /* for a member in digest mode: waits for his next digest */
    DELIVERY_GATHERED,  /* is in the digest named by `digest` */
    DELIVERY_COVERED,   /* he has this letter already through another group */
    DELIVERY_CANCELLED, /* the member left the group before his digest was made */
    DELIVERY_STATES
} DeliveryState;

static const char *const delivery_state_words[] = {"waiting",   "sending",  "sent",    "failed",   "gathering",
                                                   "gathered", "covered", "cancelled", NULL};

/* What the relay said of one recipient. */
typedef enum { RESULT_SENT, RESULT_LATER, RESULT_REFUSED } ResultKind;

typedef struct {
    int64_t id, outgoing;
    char *email;           /* envelope recipient */
    char *envelope_sender; /* VERP address, or "" for notices */
    int64_t attempts, created_at;
    int64_t lease; /* the claim under which it is being sent */
    /* filled by the relay: */
    ResultKind result;
    char *reply; /* the server's own words, one line; or ours when there were none */
} Delivery;
