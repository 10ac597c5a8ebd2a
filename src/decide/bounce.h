/* bounce.h: whose fault it is that a mail came back (RFC 3463, RFC 5321 4.2). Pure: by status, reply code and words. */
#pragma once
#include "model/report.h"

/* The class of one recipient of a report; *why (may be NULL) becomes a static word that names what decided. The same for a refusal that
 * our own relay was given: status and reply taken from its words (bounce_of_reply). */
BounceClass bounce_classify(const ReportRecipient *recipient, const char **why);

/* A server's reply as kept with a delivery, "550 5.1.1 No such user". */
BounceClass bounce_of_reply(const char *reply, const char **why);
