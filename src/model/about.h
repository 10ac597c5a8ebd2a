/* about.h: posts that a mail speaks of. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* A post that an intent, or an address with a reader's key, names; the subject is its thread's. */
typedef struct {
    int64_t post, thread, group; /* post 0: there is none */
    char *subject;
} About;

/* A post that an order «get» names. */
typedef struct {
    int64_t post, group;
    bool files; /* something is attached to it */
} Wanted;
