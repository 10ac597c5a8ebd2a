/* standing.h: how an address stands whose mail comes back. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    HEALTH_GOOD,
    HEALTH_PROBED,    /* a mail of ours was sent there to see whether it comes back */
    HEALTH_SUSPENDED, /* it did: nothing is sent there until somebody answers */
    HEALTHS
} Health;
static const char *const health_words[] = {"good", "probed", "suspended", NULL};

enum { STANDING_MEMORY_DAYS = 14 }; /* a score counts no longer when nothing has come back for so long */

typedef struct {
    int64_t score, scored_day; /* days since 1970 */
    Health health;
    int64_t health_at;
} Standing;

/* Who is to blame. */
typedef enum { BLAME_WAITING, BLAME_COUNTED, BLAME_MESSAGE, BLAME_DESTINATION, BLAME_IGNORED, BLAMES } Blame;
static const char *const blame_words[] = {"waiting", "counted", "message", "destination", "ignored", NULL};

/* What came back of one message, or from one destination on one day. `fresh`: of addresses that have not been
 * returning mail for a week or longer. */
typedef struct {
    int64_t copies, returned, fresh;
} Burst;
