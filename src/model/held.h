/* held.h: a mail that waits for a moderator, or did. */
#pragma once
#include <glib.h>
#include <stdint.h>

typedef struct {
    int64_t id, group, letter, at;
    char *group_name, *subject, *author_name, *author_address, *sender, *message_id, *reason, *state, *text;
    int64_t size, decided_at;
    char *decided_by, *decision, *recipient, *detail;
    GBytes *parsed; /* the Letter as it was understood (message/parse.h); NULL: unreadable */
} Held;
