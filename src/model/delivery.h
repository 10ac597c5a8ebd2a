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
    DELIVERY_CANCELLED, /* the member left the group or muted the thread before his digest was made, or the operator took it back */
    DELIVERY_WITHHELD,  /* his address was suspended when the post came: mail to it came back */
    DELIVERY_STATES
} DeliveryState;

static const char *const delivery_state_words[] = {"waiting",   "sending",  "sent",    "failed",   "gathering",
                                                   "gathered", "covered", "cancelled", "withheld", NULL};

/* What the relay said of one recipient. RESULT_UNTRIED: nothing was said of him, because no server was there to say it, or there was no
 * time left: it waits as before, and no attempt is counted. */
typedef enum { RESULT_SENT, RESULT_LATER, RESULT_REFUSED, RESULT_UNTRIED } ResultKind;

typedef struct {
    int64_t id, outgoing;
    char *email;           /* envelope recipient */
    char *envelope_sender; /* his VERP address; the same for all in bulk mode; "" for notices */
    char *group;     /* name of the group that the copy is of; "" for none */
    char *leave_key; /* by which he leaves that group; NULL: one copy goes to many, or to nobody that we know */
    char *field;           /* whole header lines (CRLF) of his own copy, put into the head at the job's slot; NULL: none */
    int64_t attempts, created_at;
    int64_t changed_at; /* when it was put off, or made */
    int64_t waited;     /* seconds for which it has been put off, counted try by try */
    int64_t lease; /* the claim under which it is being sent */
    /* filled by the relay: */
    ResultKind result;
    char *reply; /* the server's own words, one line; or ours when there were none */
} Delivery;
