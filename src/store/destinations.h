/* destinations.h: the mail domains that put everything off of late, and until when they are left alone. */
#pragma once
#include "store/database.h"

typedef struct {
    char *domain, *reply; /* the last words */
    int64_t deferrals;    /* in a row */
    int64_t until, changed_at;
} Destination;
void destination_free(Destination *destination);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Destination, destination_free)

/* By domain: GHashTable of char * → Destination *, yours. Domains that take mail are not in it. */
GHashTable *destinations_read(Database *database, GError **error);
/* Puts it as it is now; what waits for this domain waits until then. */
bool destinations_put(Database *database, const Destination *destination, GError **error);
/* It has taken a mail. */
bool destinations_remove(Database *database, const char *domain, GError **error);
