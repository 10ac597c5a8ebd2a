/* turns.h: what of several jobs may begin now. Mails to one address go one after the other, in the order in which they came: two connections could overtake
 * one another. */
#pragma once
#include "deliver/mta_transaction.h"

typedef struct Turns Turns;

/* Of a delivery: it may begin, or waits for another to the same address, or has begun (or will not any more). */
typedef enum { TURN_OPEN, TURN_WAITING, TURN_BEGUN } Turn;

/* A job that is being sent. Read it; it is changed here. */
typedef struct {
    RelayJob *job;
    MtaContent *content;
    Turn *turns;       /* of each delivery */
    size_t first;      /* none before it is open */
    size_t open, unanswered, bytes;
    uint64_t number;   /* in the order in which they came */
    GList *among_all, *among_open; /* among_open is NULL when nothing of it is open */
} Load;

Turns *turns_new(void);
void turns_free(Turns *turns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Turns, turns_free)

/* All of it may begin, as far as it is nobody's turn before. It stays until turns_drop_answered. */
void turns_add(Turns *turns, RelayJob *job);

/* How many deliveries may begin, and the oldest load that has one of them; NULL: none has. Whoever looks on may open and close others meanwhile. */
size_t turns_open(const Turns *turns);
Load *turns_first_open(const Turns *turns);
Load *turns_next_open(const Turns *turns, const Load *load);

/* The load of a job; the oldest of all; NULL: there is none. */
Load *turns_of(const Turns *turns, const RelayJob *job);
Load *turns_first(const Turns *turns);
Load *turns_next(const Load *load);

/* The first delivery of it that may begin; its count when none may. */
size_t turns_first_of(Load *load);

/* Whether it is this delivery's turn; when it is not, it waits for it from now on. */
bool turns_are_its(Turns *turns, Load *load, size_t index);
void turns_begin(Turns *turns, Load *load, size_t index);
/* What was begun is over: the next one to that address may begin. */
void turns_pass(Turns *turns, const char *email);
/* What was begun is the first to be begun again. */
void turns_give_back(Turns *turns, Load *load, const Delivery *delivery);
/* What was not begun never will be. */
void turns_leave(Turns *turns, Load *load, size_t index);

/* One delivery of the load is answered. */
void turns_answered(Turns *turns, Load *load);
/* Forgets the jobs that are answered whole: they are their owner's from then on. */
void turns_drop_answered(Turns *turns);
/* Bytes of all mails that are here. */
size_t turns_bytes(const Turns *turns);
