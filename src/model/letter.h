/* letter.h: a message as we understood it. Made by message/parse in a child process, carried as a GVariant, and never
 * trusted further than its types: every text is valid UTF-8 without NUL, every list is bounded. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "model/report.h"

/* RFC 3834, 5.: Auto-Submitted, and the older fields that say the same. */
typedef enum { AUTO_NO, AUTO_GENERATED, AUTO_REPLIED } AutoSubmitted;

typedef struct {
    char *name, *type; /* file name (may be empty), media type in lower case */
    int64_t size;      /* decoded bytes */
} Attachment;

typedef struct {
    char *message_id;         /* without <>; NULL when the message has none that is usable */
    char *subject;            /* decoded, on one line; may be empty */
    char *author_name;        /* display name of the first From address; may be empty */
    char *author_address;     /* canonical address (message/address.h); NULL when there is none */
    GPtrArray *references;    /* char *: oldest first, In-Reply-To last if not among them; at most 100, without <> */
    GPtrArray *recipients;    /* char *: canonical addresses in To and Cc; at most 1000 */
    int64_t date;             /* Date:, seconds since 1970; 0 when missing or unreadable */
    char *text;               /* what a person reads: text/plain parts, else the HTML as text; at most 1 MiB */
    bool text_cut;            /* text was longer */
    GPtrArray *attachments;   /* Attachment *; at most 1000 */
    AutoSubmitted automatic;
    bool bulk;                /* Precedence: bulk, junk or list, or a List-Id that is not ours */
    bool report;              /* multipart/report */
    bool no_answer;           /* X-Auto-Response-Suppress asks for none */
    GPtrArray *loop_marks;    /* char *: values of our loop mark field; at most 100 */
    int64_t hops;             /* number of Received fields */
    Report *reported;         /* what it says of deliveries, or that a machine answered; NULL: nothing */
} Letter;
