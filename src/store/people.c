#include "store/people.h"
#include "base/token.h"

void person_free(Person *person) {
    if (person == NULL) return;
    g_free(person->email);
    g_free(person->name);
    g_free(person->organisation);
    g_free(person->role);
    g_free(person->language);
    g_free(person);
}

void membership_free(Membership *membership) {
    if (membership == NULL) return;
    g_free(membership->group_name);
    g_free(membership->email);
    g_free(membership->name);
    g_free(membership->organisation);
    g_free(membership);
}

Person *people_find(Database *database, const char *email, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_PERSON_FIND);
    query_text(query, 1, email);
    if (query_step(query, error) != 1) return NULL;
    Person *person = g_new0(Person, 1);
    person->id = query_column_integer(query, 0);
    person->email = query_column_copy(query, 1);
    person->name = query_column_copy(query, 2);
    person->organisation = query_column_copy(query, 3);
    person->role = query_column_copy(query, 4);
    person->language = query_column_copy(query, 5);
    return person;
}

/* The columns of MEMBERSHIP_SELECT in sql.def. */
static Membership *read_membership(Query *query) {
    Membership *membership = g_new0(Membership, 1);
    membership->id = query_column_integer(query, 0);
    membership->group = query_column_integer(query, 1);
    membership->person = query_column_integer(query, 2);
    membership->group_name = query_column_copy(query, 3);
    membership->email = query_column_copy(query, 4);
    membership->name = query_column_copy(query, 5);
    membership->organisation = query_column_copy(query, 6);
    membership->delivery = (DeliveryMode)word_index(delivery_mode_words, query_column_text(query, 7));
    membership->role = (Role)word_index(role_words, query_column_text(query, 8));
    membership->since = query_column_integer(query, 9);
    membership->paused_until = query_column_integer(query, 10);
    membership->health = (Health)word_index(health_words, query_column_text(query, 11));
    return membership;
}

Membership *people_membership(Database *database, int64_t group, int64_t person, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_MEMBERSHIP_GET);
    query_integer(query, 1, group);
    query_integer(query, 2, person);
    return query_step(query, error) == 1 ? read_membership(query) : NULL;
}

GPtrArray *people_memberships(Database *database, int64_t group, int64_t person, GError **error) {
    g_autoptr(GPtrArray) memberships = g_ptr_array_new_with_free_func((GDestroyNotify)membership_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_MEMBERSHIP_LIST);
    query_integer(query, 1, group);
    query_integer(query, 2, person);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(memberships, read_membership(query));
    return step == 0 ? g_steal_pointer(&memberships) : NULL;
}

static const char *text_or_empty(const char *text) { return text != NULL ? text : ""; }

static bool add_person(Database *database, const MemberChange *change, int64_t now, int64_t *person, GError **error) {
    g_autoptr(Query) add = query_new(database, STATEMENT_PERSON_ADD);
    query_text(add, 1, text_or_empty(change->name));
    query_text(add, 2, text_or_empty(change->organisation));
    query_text(add, 3, text_or_empty(change->language));
    query_integer(add, 4, now);
    query_text(add, 5, text_or_empty(change->role_text));
    if (!query_run(add, error)) return false;
    *person = database_last_id(database);
    g_autoptr(Query) address = query_new(database, STATEMENT_ADDRESS_ADD);
    query_text(address, 1, change->email);
    query_integer(address, 2, *person);
    query_integer(address, 3, 1);
    return query_run(address, error);
}

static bool change_person(Database *database, const MemberChange *change, int64_t person, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_PERSON_CHANGE);
    query_integer(query, 1, person);
    query_text(query, 2, change->name);
    query_text(query, 3, change->organisation);
    query_text(query, 4, change->language);
    query_text(query, 5, change->role_text);
    return query_run(query, error);
}

static bool put_membership(Database *database, const MemberChange *change, bool is_new, int64_t group, int64_t person, int64_t now, GError **error) {
    const char *role = change->role >= 0 ? role_words[change->role] : is_new ? role_words[ROLE_MEMBER] : NULL;
    const char *delivery = change->delivery >= 0 ? delivery_mode_words[change->delivery] : is_new ? delivery_mode_words[DELIVERY_EACH] : NULL;
    g_autoptr(Query) query = query_new(database, is_new ? STATEMENT_MEMBERSHIP_ADD : STATEMENT_MEMBERSHIP_CHANGE);
    query_integer(query, 1, group);
    query_integer(query, 2, person);
    query_text(query, 3, role);
    query_text(query, 4, delivery);
    if (is_new) query_integer(query, 5, now);
    return query_run(query, error);
}

bool people_put(Database *database, const MemberChange *change, const Person *person, const Membership *membership, int64_t group, int64_t now, int64_t *id, GError **error) {
    *id = person != NULL ? person->id : 0;
    if (person == NULL && !add_person(database, change, now, id, error)) return false;
    if (person != NULL && !change_person(database, change, *id, error)) return false;
    return group == 0 || put_membership(database, change, membership == NULL, group, *id, now, error);
}

bool people_remove(Database *database, int64_t group, int64_t person, int64_t now, GError **error) {
    g_autoptr(Query) remove = query_new(database, STATEMENT_MEMBERSHIP_REMOVE);
    query_integer(remove, 1, group);
    query_integer(remove, 2, person);
    if (!query_run(remove, error)) return false;
    g_autoptr(Query) cancel = query_new(database, STATEMENT_GATHERING_CANCEL);
    query_integer(cancel, 1, group);
    query_integer(cancel, 2, person);
    query_integer(cancel, 3, now);
    if (!query_run(cancel, error)) return false;
    g_autoptr(Query) promote = query_new(database, STATEMENT_COVERED_PROMOTE);
    query_integer(promote, 1, person);
    query_integer(promote, 2, now);
    query_integer(promote, 3, group);
    if (!query_run(promote, error)) return false;
    g_autoptr(Query) covered = query_new(database, STATEMENT_COVERED_CANCEL);
    query_integer(covered, 1, group);
    query_integer(covered, 2, person);
    query_integer(covered, 3, now);
    return query_run(covered, error);
}

bool people_has_letter(Database *database, int64_t person, int64_t letter, bool *has, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_LETTER_HAS);
    query_integer(query, 1, letter);
    query_integer(query, 2, person);
    int step = query_step(query, error);
    *has = step == 1;
    return step >= 0;
}

static bool run_for(Database *database, Statement statement, int64_t person, const char *email, int64_t number, GError **error) {
    g_autoptr(Query) query = query_new(database, statement);
    int position = 1;
    if (person != 0) query_integer(query, position++, person);
    if (email != NULL) query_text(query, position++, email);
    if (number != 0 || statement == STATEMENT_MEMBERSHIP_PAUSE) query_integer(query, position, number);
    return query_run(query, error);
}

bool people_pause(Database *database, int64_t person, int64_t until, GError **error) {
    return run_for(database, STATEMENT_MEMBERSHIP_PAUSE, person, NULL, until, error);
}

bool people_add_address(Database *database, int64_t person, const char *email, bool primary, GError **error) {
    g_autoptr(Query) address = query_new(database, STATEMENT_ADDRESS_ADD);
    query_text(address, 1, email);
    query_integer(address, 2, person);
    query_integer(address, 3, 0);
    if (!query_run(address, error)) return false;
    return !primary || people_make_primary(database, person, email, error);
}

bool people_make_primary(Database *database, int64_t person, const char *email, GError **error) {
    return run_for(database, STATEMENT_ADDRESS_PRIMARY, person, email, 0, error) &&
           run_for(database, STATEMENT_ADDRESS_OF_WAITING, person, email, 0, error);
}

bool people_remove_address(Database *database, const char *email, GError **error) {
    return run_for(database, STATEMENT_ADDRESS_REMOVE, 0, email, 0, error);
}

GPtrArray *people_addresses(Database *database, int64_t person, GError **error) {
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Query) query = query_new(database, STATEMENT_ADDRESS_LIST);
    query_integer(query, 1, person);
    int step;
    while ((step = query_step(query, error)) == 1) g_ptr_array_add(addresses, query_column_copy(query, 0));
    return step == 0 ? g_steal_pointer(&addresses) : NULL;
}

/* Keyed with the instance's secret: the list of the forgotten cannot be tried out against a list of addresses. */
static char *erased_hash(Database *database, const char *email) {
    return g_compute_hmac_for_string(G_CHECKSUM_SHA256, database_secret(database), TOKEN_SECRET_BYTES, email, -1);
}

bool people_erase(Database *database, int64_t person, bool posts_too, int64_t now, GError **error) {
    static const Statement steps[] = {STATEMENT_ERASE_DELIVERIES, STATEMENT_ERASE_MEMBERSHIPS, STATEMENT_ERASE_TOKENS, STATEMENT_ERASE_EVENTS, STATEMENT_ERASE_BOUNCES, STATEMENT_ERASE_MUTES,
                                      STATEMENT_ERASE_ADDRESSES, STATEMENT_ERASE_PERSON};
    g_autoptr(GPtrArray) addresses = people_addresses(database, person, error);
    if (addresses == NULL) return false;
    for (guint i = 0; i < addresses->len; i++) {
        g_autofree char *hash = erased_hash(database, addresses->pdata[i]);
        if (!run_for(database, STATEMENT_ERASED_ADD, 0, hash, now, error)) return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (!run_for(database, steps[i], person, NULL, 0, error)) return false;
    return !posts_too || run_for(database, STATEMENT_ERASE_POSTS, person, NULL, 0, error);
}

bool people_is_erased(Database *database, const char *email, bool *erased, GError **error) {
    g_autofree char *hash = erased_hash(database, email);
    g_autoptr(Query) query = query_new(database, STATEMENT_ERASED_FIND);
    query_text(query, 1, hash);
    int step = query_step(query, error);
    *erased = step == 1;
    return step >= 0;
}

bool people_unerase(Database *database, const char *email, GError **error) {
    g_autofree char *hash = erased_hash(database, email);
    return run_for(database, STATEMENT_ERASED_REMOVE, 0, hash, 0, error);
}

bool people_allow(Database *database, int64_t group, const char *email, int64_t now, GError **error) {
    return run_for(database, STATEMENT_ALLOWED_ADD, group, email, now, error);
}

char *people_export(Database *database, const Person *person, GError **error) {
    g_autoptr(Query) query = query_new(database, STATEMENT_EXPORT);
    query_integer(query, 1, person->id);
    if (query_step(query, error) == 1) return query_column_copy(query, 0);
    if (error != NULL && *error == NULL) fault_set(error, FAULT_INTERNAL, "a person is missing");
    return NULL;
}
