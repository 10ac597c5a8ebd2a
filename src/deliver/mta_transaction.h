/* mta_transaction.h: one mail transaction: a message for one recipient, or for several that share an envelope sender (RFC 5321 3.3). */
#pragma once
#include "deliver/relay.h"

/* What all copies of a job share, made once: dot-stuffed (RFC 5321 4.5.2), in the pieces between which a recipient's own field goes. */
typedef struct {
    GBytes *before, *after, *body;
    size_t size;    /* of one copy without its own field and without added dots */
    bool eight_bit; /* octets above 127 */
} MtaContent;
MtaContent *mta_content_new(const RelayJob *job);
void mta_content_free(MtaContent *content);

typedef enum { MTA_OPEN, MTA_SETTLED, MTA_AGAIN } MtaFate;

typedef struct {
    Delivery *delivery;
    MtaFate fate;  /* SETTLED: result and reply of the delivery are filled. AGAIN: he is to be tried in another transaction */
    bool accepted;  /* RCPT was answered 2xx */
    int code;       /* what MAIL or RCPT was answered otherwise; 0: nothing yet */
    char *words;
} MtaRecipient;

typedef struct {
    const RelayJob *job;
    const MtaContent *content;
    MtaRecipient *recipients;
    size_t count;
    size_t asked;    /* commands sent of MAIL, RCPT …, DATA */
    int mail_code;   /* 0: not answered */
    bool failed;     /* it comes to no message */
} MtaTransaction;

/* `deliveries` have the same envelope sender and field. */
MtaTransaction *mta_transaction_new(const RelayJob *job, const MtaContent *content, Delivery *const *deliveries, size_t count);
void mta_transaction_free(MtaTransaction *transaction);

/* What the server offers, as far as the commands of a transaction depend on it. */
typedef struct {
    bool pipelining, eight_bit, utf8, dsn, size;
    int64_t size_most;     /* 0: it does not say */
    size_t recipients_most; /* LIMITS RCPTMAX, RFC 9422; 0: it does not say */
} MtaOffers;

/* Settles the recipients whom this server cannot be asked for. False when nobody is left. */
bool mta_transaction_suits(MtaTransaction *transaction, const MtaOffers *offers);

/* Command number `asked` with its line end: MAIL, then RCPT for each that is open, then DATA. */
void mta_transaction_command(const MtaTransaction *transaction, const MtaOffers *offers, GString *text);

/* Settles one, or everybody that is open. */
void mta_transaction_settle(MtaRecipient *recipient, ResultKind result, const char *words);
void mta_transaction_settle_all(MtaTransaction *transaction, ResultKind result, const char *words);

/* What an answer means: 5xx is a refusal unless it speaks of the session (not logged in, out of step), everything else waits. */
ResultKind mta_judge(int code);
