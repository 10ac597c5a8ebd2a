/* change.h: parts of an intent: a membership that shall be, and why a message could not be read. */
#pragma once
#include "model/choice.h"
#include "model/person.h"

typedef struct { /* why a message could not be read: shown to the owner */
    const char *rule; /* "header-lines", "crashed", … NULL when it was read */
    char *detail;
} Unreadable;

/* One membership that shall be: a NULL text or a -1 leaves what is there (or takes the default for a new one). */
typedef struct {
    char *group, *email, *name, *organisation, *role_text, *language;
    bool consented; /* he asked or agreed himself: what he once had erased does not stand against it */
    int delivery, role; /* DeliveryMode, Role or -1 */
    bool must_be_new, must_exist;
} MemberChange;
