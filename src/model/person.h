/* person.h: a person, his addresses, his memberships. */
#pragma once
#include "model/standing.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum { DELIVERY_EACH, DELIVERY_DIGEST, DELIVERY_NONE, DELIVERY_MODES } DeliveryMode;
typedef enum { ROLE_MEMBER, ROLE_MODERATOR, ROLE_OWNER, ROLES } Role;

static const char *const delivery_mode_words[] = {"each", "digest", "none", NULL};
static const char *const role_words[] = {"member", "moderator", "owner", NULL};

/* The index of `word` in such a list of words, or -1. */
static inline int word_index(const char *const *words, const char *word) {
    for (int i = 0; words[i] != NULL; i++)
        if (g_strcmp0(words[i], word) == 0) return i;
    return -1;
}

typedef struct {
    int64_t id;
    char *email; /* where his mail goes: the primary address */
    char *name, *organisation, *role, *language;
} Person;

typedef struct {
    int64_t id, group, person;
    char *group_name, *email, *name, *organisation;
    DeliveryMode delivery;
    Role role;
    int64_t since;
    int64_t paused_until; /* no mail before; 0: not paused */
    Health health;        /* of the address that his mail goes to */
} Membership;

/* Whether one of these memberships (Membership *; NULL: none) has this mode. */
static inline bool memberships_have(const GPtrArray *memberships, DeliveryMode mode) {
    for (guint i = 0; memberships != NULL && i < memberships->len; i++)
        if (((const Membership *)memberships->pdata[i])->delivery == mode) return true;
    return false;
}
