/* reported.h: how a message was read as a report of deliveries, told to the operator. */
#pragma once
#include "cli/output.h"
#include "model/letter.h"

/* {"kind", "form", "message_id", "recipients": [{address, original, action, status, reply, class, why, diagnostic}]}; kind none for an ordinary
 * message. Yours, to be put into another. */
Tree *reported_tree(const Letter *letter);
/* The same in lines; nothing for an ordinary message. */
void reported_tell(const Letter *letter);
/* Whether it tells of deliveries that failed or wait. */
bool reported_is_bounce(const Letter *letter);
