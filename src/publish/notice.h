/* notice.h: a mail that the clock causes: from a template into the outbox, within the caller's transaction. */
#pragma once
#include "store/database.h"

typedef struct {
    const char *template, *language;
    const char *const *words; /* of the template: name, value, …, NULL */
    int64_t group, person;    /* 0: none */
    const char *from_name, *to_name;
    const char *to;           /* NULL: the moderators of the group */
    const char *to_shown;     /* what To says then */
    const char *reply_to;     /* NULL: the site's robot */
    const char *in_reply_to;  /* may be NULL */
    const char *topic;
    const char *orders;       /* what a yes to it does (decide/command); NULL: it asks nothing */
    bool returns;             /* under a VERP address, so that its return is seen */
} Notice;
bool notice_send(Database *database, const Notice *notice, int64_t now, GError **error);
