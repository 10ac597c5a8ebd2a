/* people.h: persons, their addresses and memberships as rows. */
#pragma once
#include "model/intent.h"
#include "model/person.h"
#include "store/database.h"

void person_free(Person *person);
void membership_free(Membership *membership);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Person, person_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Membership, membership_free)

/* By any of his addresses (canonical). NULL without *error when there is none. Yours. */
Person *people_find(Database *database, const char *email, GError **error);
Membership *people_membership(Database *database, int64_t group, int64_t person, GError **error);
/* Memberships of a group (0: of all) and a person (0: of all), by group and address: GPtrArray of Membership *, yours. */
GPtrArray *people_memberships(Database *database, int64_t group, int64_t person, GError **error);
/* Makes or changes the person (NULL: new) and, when `group` is not 0, his membership in it (NULL: new). Fills his *id. */
bool people_put(Database *database, const MemberChange *change, const Person *person, const Membership *membership, int64_t group,
                int64_t now, int64_t *id, GError **error);
/* Ends a membership. What was gathered for his digest there goes, unless another group of his had the same letter: then it comes from there. */
bool people_remove(Database *database, int64_t group, int64_t person, int64_t now, GError **error);

/* Whether a letter has gone, or is going, to a person through any group. */
bool people_has_letter(Database *database, int64_t person, int64_t letter, bool *has, GError **error);
/* All his memberships get no mail before `until`; 0: from now on again. */
bool people_pause(Database *database, int64_t person, int64_t until, GError **error);
/* One more address of a person; his mail goes to the primary one, and what waits for him is turned there too. */
bool people_add_address(Database *database, int64_t person, const char *email, bool primary, GError **error);
bool people_make_primary(Database *database, int64_t person, const char *email, GError **error);
bool people_remove_address(Database *database, const char *email, GError **error); /* never the primary one */
/* The primary one first: GPtrArray of char *, yours. */
GPtrArray *people_addresses(Database *database, int64_t person, GError **error);

/* Forgets a person; a keyed hash of each address stays, so that no import brings him back unasked. His posts stay under the group's rule, without
 * his name when `posts_too`. */
bool people_erase(Database *database, int64_t person, bool posts_too, int64_t now, GError **error);
bool people_is_erased(Database *database, const char *email, bool *erased, GError **error);
bool people_unerase(Database *database, const char *email, GError **error); /* he came back himself */
bool people_allow(Database *database, int64_t group, const char *email, int64_t now, GError **error);

/* All that is stored of a person: his addresses, memberships and the ledger, as JSON (RFC 8259) made by the database. Yours. */
char *people_export(Database *database, const Person *person, GError **error);
