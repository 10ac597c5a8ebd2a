/* deliver.h: claims what is due, sends it through the configured relay, marks each delivery by its own result. */
#pragma once
#include "store/database.h"

typedef struct {
    int64_t sent, later, failed;
    int64_t untried; /* wait as before: no server was there, or no time left */
    char *why;       /* the words of the last of these; yours to free */
} DeliverCounts;

/* Told after each batch of marks. */
typedef void (*DeliverProgress)(const DeliverCounts *counts, gpointer user);

/* Sends everything that is due at `now` once. Two at a time are safe. A failure of the database ends it; what was answered
 * is marked. `now` 0 takes the clock at each claim. `progress` may be NULL. */
bool deliver_round(Database *database, int64_t now, DeliverCounts *counts, DeliverProgress progress, gpointer user, GError **error);

/* Runs rounds until *stop becomes nonzero: woken by the bell, or when the next delivery is due, at the latest every 30 seconds. */
bool deliver_run(Database *database, const volatile int *stop, GError **error);

/* Rings the bell of a waiting deliver_run; says nothing when nobody waits. */
void deliver_ring(const Config *config);

/* Whether a deliver_run waits for it. */
bool deliver_is_waiting(const Config *config);
