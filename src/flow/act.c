#include "flow/act.h"
#include "decide/decide.h"
#include "decide/route.h"
#include "message/address.h"
#include "message/parse.h"
#include "store/facts.h"
#include "store/people.h"
#include "store/posts.h"

/* The way of every intent, whichever door it came through: facts → decide → render → apply → commit. */

typedef struct {
    GPtrArray *readings, *author_readings, *sender_readings;
    Letter *letter; /* of a held entry */
    GBytes *raw;
    Facts *facts;
    Intent intent; /* the caller's, completed */
    Plan plan;
    Rendering rendering;
} Course;

static void course_clear(Course *course) {
    GPtrArray *arrays[] = {course->readings, course->author_readings, course->sender_readings};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        if (arrays[i] != NULL) g_ptr_array_unref(arrays[i]);
    letter_free(course->letter);
    if (course->raw != NULL) g_bytes_unref(course->raw);
    facts_free(course->facts);
    rendering_clear(&course->rendering);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Course, course_clear)

/* How an address can be read when it is one of our domain; NULL when it is not. */
static GPtrArray *readings_of(const Config *config, const char *address) {
    g_autofree char *local = NULL, *domain = NULL;
    if (address == NULL || strchr(address, '@') == NULL) return NULL;
    address_split(address, &local, &domain);
    return strcmp(domain, config->domain) == 0 ? route_readings(local) : NULL;
}

static bool gather(Database *database, Course *course, GError **error) {
    const Config *config = database_config(database);
    const Intent *intent = &course->intent;
    Question question = {0};
    if (intent->kind == INTENT_MAIL) {
        render_identity(config, intent, &course->rendering);
        course->readings = readings_of(config, intent->recipient);
        course->author_readings = readings_of(config, intent->letter->author_address);
        course->sender_readings = readings_of(config, intent->sender);
    } else if (intent->member != NULL)
        course->author_readings = readings_of(config, intent->member->email);
    question = (Question){course->readings, course->author_readings, course->sender_readings, course->rendering.content_hash};
    course->facts = facts_gather(database, intent, &question, error);
    return course->facts != NULL;
}

/* A held mail that is released takes the way of one that just came in. */
static bool fetch_held(Database *database, Course *course, GError **error) {
    const Held *held = course->facts->held;
    if (course->intent.kind != INTENT_HELD_ACCEPT || held == NULL) return true;
    course->raw = posts_held_raw(database, held->id, error);
    if (course->raw == NULL) return false;
    if (held->parsed != NULL) {
        g_autoptr(GVariant) boxed = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARIANT, held->parsed, FALSE));
        g_autoptr(GVariant) variant = g_variant_get_variant(boxed);
        course->letter = letter_from_variant(variant);
    }
    if (course->letter == NULL) course->letter = letter_empty();
    course->intent.raw = course->raw;
    course->intent.letter = course->letter;
    course->intent.sender = held->sender;
    render_identity(database_config(database), &course->intent, &course->rendering);
    return true;
}

static bool foresee(Database *database, Course *course, const Intent *intent, GError **error) {
    course->intent = *intent;
    if (!gather(database, course, error) || !fetch_held(database, course, error)) return false;
    course->plan = decide(database_config(database), &course->intent, course->facts);
    return render_plan(database_config(database), &course->intent, course->facts, &course->plan, &course->rendering, error);
}

static bool go(Database *database, const Intent *intent, Outcome *outcome, GError **error) {
    g_auto(Course) course = {0};
    if (!foresee(database, &course, intent, error)) return false;
    if (!apply_plan(database, &course.intent, course.facts, &course.plan, &course.rendering, &outcome->applied, error)) return false;
    outcome->answer = course.plan.answer;
    g_free(outcome->status);
    outcome->status = g_strdup(course.plan.status);
    return true;
}

bool act(Database *database, const Intent *intent, Outcome *outcome, GError **error) {
    g_autoptr(Transaction) transaction = transaction_begin(database, error);
    return transaction != NULL && go(database, intent, outcome, error) && transaction_commit(transaction, error);
}

bool act_all(Database *database, Intent *const *intents, size_t count, Outcome *outcome, size_t *refused, GError **error) {
    g_autoptr(Transaction) transaction = transaction_begin(database, error);
    if (transaction == NULL) return false;
    for (*refused = 0; *refused < count; (*refused)++) {
        if (!go(database, intents[*refused], outcome, error)) return false;
        if (outcome->answer == ANSWER_REFUSED || outcome->answer == ANSWER_NO_SUCH_ADDRESS) return true;
    }
    return transaction_commit(transaction, error);
}

static bool without_those_who_have_it(Database *database, int64_t letter, GPtrArray *recipients, GError **error) {
    for (guint i = recipients->len; letter != 0 && i-- > 0;) {
        bool has = false;
        if (!people_has_letter(database, ((const Membership *)recipients->pdata[i])->person, letter, &has, error)) return false;
        if (has) g_ptr_array_remove_index(recipients, i);
    }
    return true;
}

bool act_foresee(Database *database, const Intent *intent, Foresight *foresight, GError **error) {
    g_auto(Course) course = {0};
    g_autoptr(Transaction) transaction = transaction_begin_read(database, error);
    if (transaction == NULL || !foresee(database, &course, intent, error)) return false;
    if (course.rendering.post_head != NULL) {
        foresight->recipients = people_memberships(database, course.facts->group->id, 0, error);
        if (foresight->recipients == NULL || !without_those_who_have_it(database, course.facts->letter, foresight->recipients, error)) return false;
    }
    foresight->facts = g_steal_pointer(&course.facts);
    foresight->readings = g_steal_pointer(&course.readings);
    foresight->plan = course.plan;
    foresight->rendering = course.rendering;
    course.rendering = (Rendering){0};
    return true;
}

void outcome_clear(Outcome *outcome) {
    g_free(outcome->status);
    *outcome = (Outcome){0};
}

void foresight_clear(Foresight *foresight) {
    facts_free(foresight->facts);
    if (foresight->readings != NULL) g_ptr_array_unref(foresight->readings);
    if (foresight->recipients != NULL) g_ptr_array_unref(foresight->recipients);
    rendering_clear(&foresight->rendering);
    *foresight = (Foresight){0};
}
