#include "flow/act.h"
#include "decide/command.h"
#include "decide/decide.h"
#include "decide/route.h"
#include "flow/hear.h"
#include "message/address.h"
#include "message/parse.h"
#include "message/text.h"
#include "store/facts.h"
#include "store/groups.h"
#include "store/people.h"
#include "store/posts.h"

/* The way of every intent, whichever door it came through: facts → decide → render → apply → commit. */

typedef struct {
    GPtrArray *readings, *author_readings, *sender_readings;
    char **tokens, **token_hashes; /* NULL: the mail is not for the robot */
    Reading *reading;
    char *folded_subject, *own_words;
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
    g_strfreev(course->tokens);
    g_strfreev(course->token_hashes);
    reading_free(course->reading);
    g_free(course->folded_subject);
    g_free(course->own_words);
    letter_free(course->letter);
    plan_clear(&course->plan);
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

/* What the robot is told: orders, or an answer. Groups are heard under all their names. */
static bool hear(Database *database, Course *course, GError **error) {
    g_autoptr(GPtrArray) catalogue = groups_list(database, error);
    g_autoptr(GPtrArray) aliases = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; catalogue != NULL && i < catalogue->len; i++) {
        GPtrArray *others = groups_aliases(database, ((const Group *)catalogue->pdata[i])->id, error);
        if (others == NULL) return false;
        g_ptr_array_add(aliases, others);
    }
    if (catalogue == NULL) return false;
    g_autoptr(GPtrArray) callings = hear_callings(catalogue, aliases);
    course->reading = hear_reading(course->intent.letter, course->readings, callings);
    course->tokens = hear_tokens(course->intent.letter, course->readings);
    course->token_hashes = hear_hashes(course->tokens);
    course->intent.tokens = (const char *const *)course->tokens;
    course->intent.reading = course->reading;
    return true;
}

static bool gather(Database *database, Course *course, GError **error) {
    const Config *config = database_config(database);
    const Intent *intent = &course->intent;
    Question question = {0};
    if (intent->kind == INTENT_MAIL) {
        course->folded_subject = text_fold(intent->letter->subject);
        course->intent.folded_subject = course->folded_subject;
        course->intent.important = hear_is_important(intent->raw);
        course->own_words = hear_own_words(intent->letter);
        course->intent.own_words = course->own_words;
        render_identity(config, intent, &course->rendering);
        course->readings = readings_of(config, intent->recipient);
        course->intent.answers = course->readings != NULL ? route_answered(course->readings) : 0;
        course->author_readings = readings_of(config, intent->letter->author_address);
        course->sender_readings = readings_of(config, intent->sender);
        if (hear_is_robot(course->readings) && intent->unreadable.rule == NULL && !hear(database, course, error)) return false;
    } else if (intent->member != NULL)
        course->author_readings = readings_of(config, intent->member->email);
    if (intent->new_email != NULL) course->sender_readings = readings_of(config, intent->new_email);
    question = (Question){course->readings, course->author_readings, course->sender_readings, course->rendering.content_hash,
                          (const char *const *)course->token_hashes};
    course->facts = facts_gather(database, intent, &question, error);
    return course->facts != NULL;
}

/* What the entry itself says, when the Letter beside it is missing (unreadable) or of an older form. */
static Letter *letter_of_entry(const Held *held) {
    Letter *letter = letter_empty();
    char **slots[] = {&letter->subject, &letter->author_name, &letter->text};
    const char *texts[] = {held->subject, held->author_name, held->text};
    for (size_t i = 0; i < G_N_ELEMENTS(slots); i++) {
        g_free(*slots[i]);
        *slots[i] = g_strdup(texts[i]);
    }
    if (address_is_canonical(held->author_address)) letter->author_address = g_strdup(held->author_address);
    return letter;
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
    if (course->letter == NULL) course->letter = letter_of_entry(held);
    course->intent.raw = course->raw;
    course->intent.letter = course->letter;
    course->folded_subject = text_fold(course->letter->subject);
    course->intent.folded_subject = course->folded_subject;
    course->intent.important = hear_is_important(course->raw);
    course->own_words = hear_own_words(course->letter);
    course->intent.own_words = course->own_words;
    course->intent.sender = held->sender;
    course->readings = readings_of(database_config(database), held->recipient);
    course->intent.answers = course->readings != NULL ? route_answered(course->readings) : 0;
    render_identity(database_config(database), &course->intent, &course->rendering);
    return true;
}

static bool foresee(Database *database, Course *course, const Intent *intent, GError **error) {
    course->intent = *intent;
    if (!gather(database, course, error) || !fetch_held(database, course, error)) return false;
    course->plan = decide(database_config(database), &course->intent, course->facts);
    return true;
}

static bool go(Database *database, const Intent *intent, Outcome *outcome, GError **error);

/* What follows from an answer comes first, so that the mail that tells of it says how it went. */
static bool follow(Database *database, Course *course, GError **error) {
    Plan *plan = &course->plan;
    for (guint i = 0; plan->follow != NULL && i < plan->follow->len; i++) {
        const Follow *step = plan->follow->pdata[i];
        g_auto(Outcome) outcome = {0};
        if (!go(database, &step->intent, &outcome, error)) return false;
        if (step->line >= 0 && outcome.answer != ANSWER_TAKEN) plan->replies[step->line].word = outcome.word != NULL ? outcome.word : "not-done";
    }
    return true;
}

static size_t size_of_mails(const Rendering *rendering) {
    size_t size = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rendering->mails); i++)
        if (rendering->mails[i].head != NULL) size += g_bytes_get_size(rendering->mails[i].head) + g_bytes_get_size(rendering->mails[i].body);
    return size;
}

/* Mail to the robot that proves nothing is decided again when the answer turns out larger than itself: only so many of those are written. */
static bool render(Database *database, Course *course, GError **error) {
    const Intent *intent = &course->intent;
    if (!render_plan(database, intent, course->facts, &course->plan, &course->rendering, error)) return false;
    bool asked = intent->reading != NULL && course->facts->token == NULL && course->plan.follow == NULL && !intent->outgrown;
    if (!asked || size_of_mails(&course->rendering) <= g_bytes_get_size(intent->raw)) return true;
    course->intent.outgrown = true;
    plan_clear(&course->plan);
    course->plan = decide(database_config(database), intent, course->facts);
    rendering_drop_mails(&course->rendering);
    return render_plan(database, intent, course->facts, &course->plan, &course->rendering, error);
}

static bool go(Database *database, const Intent *intent, Outcome *outcome, GError **error) {
    g_auto(Course) course = {0};
    if (!foresee(database, &course, intent, error) || !follow(database, &course, error) || !render(database, &course, error)) return false;
    if (!apply_plan(database, &course.intent, course.facts, &course.plan, &course.rendering, &outcome->applied, error)) return false;
    outcome->answer = course.plan.answer;
    outcome->word = course.plan.word;
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

bool act_each(Database *database, Intent *const *intents, size_t count, Outcome *outcomes, GError **errors, GError **error) {
    g_autoptr(Transaction) transaction = transaction_begin(database, error);
    if (transaction == NULL) return false;
    bool kept = false;
    for (size_t i = 0; i < count; i++) {
        if (count > 1 && !savepoint_begin(database, error)) return false;
        bool went = go(database, intents[i], &outcomes[i], &errors[i]);
        if (!went) outcome_clear(&outcomes[i]);
        if (count > 1 && !(went ? savepoint_keep(database, error) : savepoint_undo(database, error))) return false;
        kept = kept || went;
    }
    return !kept || transaction_commit(transaction, error);
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
    if (transaction == NULL || !foresee(database, &course, intent, error) || !render(database, &course, error)) return false;
    if (course.rendering.post_head != NULL) {
        foresight->recipients = people_memberships(database, course.facts->group->id, 0, error);
        if (foresight->recipients == NULL || !without_those_who_have_it(database, course.facts->letter, foresight->recipients, error)) return false;
    }
    foresight->facts = g_steal_pointer(&course.facts);
    foresight->readings = g_steal_pointer(&course.readings);
    foresight->reading = g_steal_pointer(&course.reading);
    foresight->plan = course.plan;
    course.plan = (Plan){0};
    foresight->rendering = course.rendering;
    course.rendering = (Rendering){0};
    return true;
}

void outcome_clear(Outcome *outcome) {
    g_free(outcome->status);
    *outcome = (Outcome){0};
}

void foresight_clear(Foresight *foresight) {
    plan_clear(&foresight->plan);
    reading_free(foresight->reading);
    facts_free(foresight->facts);
    if (foresight->readings != NULL) g_ptr_array_unref(foresight->readings);
    if (foresight->recipients != NULL) g_ptr_array_unref(foresight->recipients);
    rendering_clear(&foresight->rendering);
    *foresight = (Foresight){0};
}
