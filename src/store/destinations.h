/* destinations.h: the mail domains that put everything off of late, and until when they are left alone. The relay itself is the domain "": it has a row
 * while it is away. */
#pragma once
#include "store/database.h"

#define DESTINATION_RELAY ""

typedef struct {
    char *domain, *reply; /* the last words */
    int64_t deferrals;    /* how often in a row it was tried and only put off; of the relay: tried and not reached */
    int64_t until;        /* of the relay: when it is tried next; 0: when the next run comes */
    int64_t changed_at;   /* of the relay: since when it is away */
} Destination;
void destination_free(Destination *destination);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Destination, destination_free)

/* By domain: GHashTable of char * → Destination *, yours. Domains that take mail are not in it. */
GHashTable *destinations_read(Database *database, GError **error);
bool destinations_put(Database *database, const Destination *destination, GError **error);
/* It has taken a mail; NULL: whatever is known of any. */
bool destinations_remove(Database *database, const char *domain, GError **error);

/* What waits for it was put off with it: waits until then, with its last words, and its time counts for giving up, `most` seconds at most since it was
 * put off last, or made. No attempt is counted. What has waited for `give_up` seconds has failed: *given_up of them. */
bool destinations_rest(Database *database, const Destination *destination, int64_t most, int64_t give_up, int64_t *given_up, GError **error);
/* Its rest is over: *mine when no other sender has seen it before. All that waits for it waits until `until`, but for *probe, the oldest (or one that was
 * tried less often), which is due now, or is one that was claimed under `lease`; 0: nothing waits. */
bool destinations_wake(Database *database, const Destination *destination, int64_t now, int64_t until, int64_t lease, bool *mine, int64_t *probe, GError **error);
/* It takes mail again: what waits for it is due, in the order in which it came. */
bool destinations_open(Database *database, const char *domain, int64_t now, GError **error);
