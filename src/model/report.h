/* report.h: what a message says of mail that could not be delivered, was late, or was answered by a machine. Read by
 * message/report in the child, from structure (RFC 3464, RFC 5965) or, where a server writes none, from its text; judged by decide/bounce.
 * Never trusted further than its types: texts are one line of valid UTF-8, lists are bounded. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    REPORT_NONE,       /* an ordinary message */
    REPORT_DELIVERY,   /* of deliveries that failed, wait, or succeeded: a DSN, or one in a server's own form */
    REPORT_AUTO_REPLY, /* an out-of-office answer, a challenge: RFC 3834 */
    REPORT_FEEDBACK,   /* a complaint of a reader: RFC 5965 */
    REPORT_KINDS
} ReportKind;

static const char *const report_kind_words[] = {"none", "delivery", "auto-reply", "feedback", NULL};

/* What became of one recipient, and whose fault it may be. */
typedef enum {
    BOUNCE_DEAD,      /* there is no such mailbox, or no such domain: the address is at fault */
    BOUNCE_FULL,      /* the mailbox is full */
    BOUNCE_TEMPORARY, /* the server is at fault, for now, and has given up (a 4.x status in a report of failure) */
    BOUNCE_POLICY,    /* this message, its sender or our server was refused, for what it is: 5.7.x, spam, size, content */
    BOUNCE_DELAYED,   /* not delivered yet; the server goes on trying */
    BOUNCE_DELIVERED, /* it was delivered, or handed on */
    BOUNCE_UNKNOWN,   /* it failed, and nothing says why */
    BOUNCE_CLASSES
} BounceClass;

static const char *const bounce_class_words[] = {"dead", "full", "temporary", "policy", "delayed", "delivered", "unknown", NULL};

enum { REPORT_RECIPIENTS_MOST = 100, REPORT_TEXT_MOST = 500 };

/* Texts may be empty, never NULL. */
typedef struct {
    char *address;    /* as the report names it (Final-Recipient): canonical where it can be made so, else its text */
    char *original;   /* Original-Recipient, where it differs */
    char *action;     /* failed, delayed, delivered, relayed, expanded; "" in a report without structure */
    char *status;     /* RFC 3463: "5.1.1" */
    char *reply;      /* the SMTP reply code: "550" */
    char *diagnostic; /* the server's words */
} ReportRecipient;

typedef struct {
    ReportKind kind;
    GPtrArray *recipients; /* ReportRecipient *, at most REPORT_RECIPIENTS_MOST */
    char *message_id;      /* of the message that it is about, without <>; NULL: it does not say */
    char *form;            /* how it was recognised: rfc3464, rfc5965, rfc3834, rfc8098, text */
} Report;
