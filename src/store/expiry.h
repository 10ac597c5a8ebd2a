/* expiry.h: what time does to held mail: a reminder after a day, an end after some. Each within the caller's transaction. */
#pragma once
#include "store/database.h"

/* Numbers of the entries that were held at `before` or earlier and still are: GArray of int64_t, yours. */
GArray *expiry_old(Database *database, int64_t before, GError **error);
/* The groups that have entries between two times whose moderators were not reminded yet, and those entries of a group. */
GArray *expiry_groups(Database *database, int64_t before, int64_t after, GError **error);
GArray *expiry_to_remind(Database *database, int64_t before, int64_t after, int64_t group, GError **error);

/* When the clock was looked at last (0: never), and until when nothing is closed because it has jumped. */
bool expiry_clock_read(Database *database, int64_t *last, int64_t *grace, GError **error);
bool expiry_clock_write(Database *database, int64_t last, int64_t grace, GError **error);

/* *mine is false when somebody decided it meanwhile. The questions about it need no answer any more. */
bool expiry_settle(Database *database, int64_t held, int64_t letter, int64_t now, bool *mine, GError **error);
bool expiry_mark_reminded(Database *database, int64_t held, int64_t now, GError **error);

/* A mail of ours into the outbox, from the null sender: to one address, or (email NULL) to the moderators of the group. */
typedef struct {
    int64_t group, person; /* 0: none */
    const char *email, *topic, *message_id;
    GBytes *head, *body;
    bool returns; /* under a VERP address: what comes back is seen */
} ExpiryMail;
bool expiry_send(Database *database, const ExpiryMail *mail, int64_t now, GError **error);

/* How often, and when last, an address was written to about a topic since a time. */
bool expiry_written_about(Database *database, const char *email, const char *topic, int64_t since, int64_t *times, int64_t *last, GError **error);
/* How many mails of ours went to an address, and to everybody, since a time. */
bool expiry_written(Database *database, const char *email, int64_t since, int64_t *to_him, int64_t *to_all, GError **error);
