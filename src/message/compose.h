/* compose.h: builds the mails that we write ourselves (notices, digests) with GMime: UTF-8, quoted-printable, subject encoded,
 * Auto-Submitted (RFC 3834), CRLF. */
#pragma once
#include "base/config.h"

typedef struct {
    const char *from_name, *from_address; /* canonical address */
    const char *to_name, *to_address;     /* NULL to_address: `undisclosed-recipients:;` */
    const char *reply_to;                 /* canonical or NULL */
    const char *subject, *text;           /* UTF-8 */
    const char *in_reply_to;              /* message id without <>, or NULL */
    const char *list_id;                  /* value of List-Id, or NULL */
    const char *unsubscribe;              /* address for List-Unsubscribe, or NULL */
    GBytes *attached;                     /* a message put in as it is (message/rfc822), or NULL */
    int64_t date;
    const char *message_id;               /* without <> */
} Composition;

/* The whole mail: *head ends with the empty line. Both are yours. */
bool compose_mail(const Composition *composition, GBytes **head, GBytes **body, GError **error);

/* Only the head of such a mail, whose body is made elsewhere: `type` are the fields that tell its type and encoding, each a line that ends in LF. The text
 * and what is attached are not looked at. Yours. */
GBytes *compose_head(const Composition *composition, const char *type, GError **error);

/* A new unguessable message id at `domain`, without <>. Yours. */
char *compose_message_id(const char *domain);
