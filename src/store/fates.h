/* fates.h: what became of a post, recipient by recipient, and counted: for trace on the command line and by mail. */
#pragma once
#include "model/delivery.h"
#include "store/database.h"

/* One recipient. */
typedef struct {
    char *email, *name, *state, *reply;
    char *through;       /* state covered: the group through which he gets it; else NULL */
    char *through_state; /* and the state of that copy */
    char *returned_class, *verdict, *returned_words; /* of the last report that his copy came back; NULL: there is none */
    bool in_digest; /* it went by digest: state, reply and time are the digest's */
    int64_t attempts, created_at, changed_at, next_try;
    int64_t returned_at; /* when that report came in; 0: none did */
    int64_t report;      /* its number */
} Fate;
void fate_free(Fate *fate);

/* In the order of the outbox, then members who muted the thread, then those who want no mail: GPtrArray of Fate *, yours. */
GPtrArray *fates_of(Database *database, int64_t post, GError **error);

/* Each recipient is of exactly one kind. */
typedef enum {
    FATE_DELIVERED, /* to the mail system: the relay took it */
    FATE_WAITING,
    FATE_FAILED,    /* refused by the relay, or given up */
    FATE_RETURNED,  /* the relay took it, and a report came back that it was not delivered */
    FATE_GATHERING, /* for the next digest */
    FATE_COVERED,   /* through another group */
    FATE_WITHHELD,  /* mail to his address came back before */
    FATE_CANCELLED,
    FATE_MUTED,     /* he had muted the thread */
    FATE_UNWANTED,  /* a member who wants no mail of the group, or had paused it: no recipient */
    FATE_KINDS
} FateKind;

static const char *const fate_kind_words[] = {"delivered", "waiting", "failed", "returned", "gathering", "covered", "withheld", "cancelled", "muted", "unwanted", NULL};

FateKind fate_kind(const Fate *fate);

typedef struct {
    int64_t single[FATE_KINDS], digest[FATE_KINDS]; /* copies of the post itself, and by way of a digest */
    int64_t recipients;    /* all but those who want no mail */
    int64_t waiting_since; /* since when the oldest that waits does; 0: none waits */
} FateCounts;
FateCounts fates_count(const GPtrArray *fates);
