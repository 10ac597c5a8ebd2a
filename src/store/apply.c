#include "store/apply.h"
#include "store/groups.h"
#include "store/people.h"
#include "store/posts.h"
#include "store/threads.h"

/* Each effect of a plan is one function of this table's shape; all run inside the transaction of the caller, so a post, its thread,
 * its deliveries, its held entry and its event exist together or not at all. */
typedef struct {
    Database *database;
    const Intent *intent;
    const Facts *facts;
    const Rendering *rendering;
    Applied *applied;
    int64_t letter, person;
} Work;

static void bind_bytes(Query *query, int position, GBytes *bytes) {
    gsize length = 0;
    const void *data = g_bytes_get_data(bytes, &length);
    query_bytes(query, position, data, length);
}

static const char *text_or_empty(const char *text) { return text != NULL ? text : ""; }
static int64_t group_of(const Work *work) { return work->facts->group != NULL ? work->facts->group->id : 0; }

static void bind_id(Query *query, int position, int64_t id) {
    if (id != 0) query_integer(query, position, id);
}

/* The letter's bytes, kept once whatever the number of groups. */
static bool keep_letter(Work *work, GError **error) {
    if (work->letter == 0) work->letter = work->facts->letter;
    if (work->letter != 0) return true;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_LETTER_ADD);
    query_text(query, 1, work->rendering->content_hash);
    bind_bytes(query, 2, work->rendering->content);
    if (!query_run(query, error)) return false;
    work->letter = database_last_id(work->database);
    return true;
}

static bool add_outgoing(Work *work, const char *kind, int64_t post, int64_t letter, const char *message_id, GBytes *head, GBytes *body, GError **error) {
    g_autoptr(Query) query = query_new(work->database, STATEMENT_OUTGOING_ADD);
    query_text(query, 1, kind);
    bind_id(query, 2, group_of(work));
    bind_id(query, 3, post);
    bind_id(query, 4, letter);
    query_text(query, 5, text_or_empty(message_id));
    query_integer(query, 6, work->intent->now);
    bind_bytes(query, 7, head);
    if (body != NULL) bind_bytes(query, 8, body);
    if (!query_run(query, error)) return false;
    work->applied->outgoing = database_last_id(work->database);
    return true;
}

static bool add_post(Work *work, GError **error) {
    const Letter *letter = work->intent->letter;
    const Rendering *rendering = work->rendering;
    const Facts *facts = work->facts;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_POST_ADD);
    query_integer(query, 1, group_of(work));
    query_integer(query, 2, work->letter);
    query_text(query, 3, rendering->message_id);
    query_integer(query, 4, work->intent->now);
    query_integer(query, 5, letter->date != 0 ? letter->date : work->intent->now);
    query_integer(query, 6, (int64_t)(g_bytes_get_size(rendering->content) + g_bytes_get_size(rendering->trace)));
    if (facts->author != NULL) query_integer(query, 7, facts->author->id);
    query_text(query, 8, letter->author_name);
    query_text(query, 9, text_or_empty(letter->author_address));
    query_text(query, 10, text_or_empty(work->intent->sender));
    query_text(query, 11, letter->subject);
    query_text(query, 12, rendering->attachments);
    bind_bytes(query, 13, rendering->trace);
    query_text(query, 14, letter->text);
    if (!query_run(query, error)) return false;
    work->applied->post = database_last_id(work->database);
    return threads_link(work->database, work->applied->post, group_of(work), rendering->message_id, letter->references, error);
}

/* Every member of the group gets a row: waiting, gathering for his digest, or covered by another group's copy. */
static bool fan_out(Work *work, GError **error) {
    g_autoptr(Query) sooner = query_new(work->database, STATEMENT_FANOUT_SOONER);
    query_integer(sooner, 1, work->letter);
    query_integer(sooner, 2, group_of(work));
    query_integer(sooner, 3, work->intent->now);
    if (!query_run(sooner, error)) return false;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_FANOUT);
    int64_t numbers[] = {work->applied->outgoing, work->letter, work->applied->post, group_of(work), work->intent->now};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) query_integer(query, (int)i + 1, numbers[i]);
    if (!query_run(query, error)) return false;
    work->applied->recipients = database_changes(work->database);
    return true;
}

static bool apply_post(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return keep_letter(work, error) && add_post(work, error) &&
           add_outgoing(work, "post", work->applied->post, work->letter, work->rendering->message_id, work->rendering->post_head, NULL, error) &&
           fan_out(work, error);
}

static bool apply_hold(Work *work, const Effect *effect, GError **error) {
    const Letter *letter = work->intent->letter;
    const Rendering *rendering = work->rendering;
    if (!keep_letter(work, error)) return false;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_HELD_ADD);
    bind_id(query, 1, group_of(work));
    query_integer(query, 2, work->letter);
    query_text(query, 3, work->intent->recipient);
    query_text(query, 4, work->intent->sender);
    query_text(query, 5, effect->text);
    query_text(query, 6, text_or_empty(work->intent->unreadable.detail));
    query_text(query, 7, rendering->message_id);
    query_text(query, 8, letter->subject);
    query_text(query, 9, letter->author_name);
    query_text(query, 10, text_or_empty(letter->author_address));
    query_integer(query, 11, (int64_t)(g_bytes_get_size(rendering->content) + g_bytes_get_size(rendering->trace)));
    query_integer(query, 12, work->intent->now);
    if (rendering->parsed != NULL) bind_bytes(query, 13, rendering->parsed);
    bind_bytes(query, 14, rendering->trace);
    query_text(query, 15, letter->text);
    if (!query_run(query, error)) return false;
    work->applied->held = database_last_id(work->database);
    return true;
}

static bool apply_settle(Work *work, const Effect *effect, GError **error) {
    g_autoptr(Query) query = query_new(work->database, STATEMENT_HELD_SETTLE);
    query_integer(query, 1, work->intent->pending);
    query_text(query, 2, effect->text);
    query_integer(query, 3, work->intent->now);
    query_text(query, 4, work->intent->actor);
    query_text(query, 5, text_or_empty(work->intent->reason));
    return query_run(query, error);
}

static bool to_moderators(Work *work, const char *envelope, GError **error) {
    g_autoptr(Query) query = query_new(work->database, STATEMENT_NOTICE_MODERATORS);
    query_integer(query, 1, work->applied->outgoing);
    query_integer(query, 2, group_of(work));
    query_integer(query, 3, work->intent->now);
    query_text(query, 4, envelope);
    if (!query_run(query, error)) return false;
    work->applied->recipients += database_changes(work->database);
    return true;
}

static bool apply_forward(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return keep_letter(work, error) &&
           add_outgoing(work, "forward", 0, work->letter, work->rendering->message_id, work->rendering->forward_head, NULL, error) &&
           to_moderators(work, "verp", error);
}

static bool apply_notice(Work *work, const Effect *effect, GError **error) {
    if (!add_outgoing(work, "notice", 0, 0, work->rendering->notice_message_id, work->rendering->notice_head, work->rendering->notice_body, error)) return false;
    if (effect->audience == AUDIENCE_MODERATORS) return to_moderators(work, "null", error);
    g_autoptr(Query) query = query_new(work->database, STATEMENT_DELIVERY_ADD);
    query_integer(query, 1, work->applied->outgoing);
    bind_id(query, 2, group_of(work));
    if (work->facts->author != NULL) query_integer(query, 3, work->facts->author->id);
    query_text(query, 4, work->facts->held->author_address);
    query_text(query, 5, "null");
    query_integer(query, 6, work->intent->now);
    return query_run(query, error);
}

static bool apply_bounce(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    if (!keep_letter(work, error)) return false;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_BOUNCE_ADD);
    bind_id(query, 1, work->facts->delivery);
    query_text(query, 2, work->intent->recipient);
    query_text(query, 3, work->intent->sender);
    query_integer(query, 4, work->letter);
    query_integer(query, 5, work->intent->now);
    bind_bytes(query, 6, work->rendering->trace);
    return query_run(query, error);
}

static bool apply_group_put(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    if (!groups_put(work->database, work->intent->group, error)) return false;
    work->applied->group = work->intent->group->id;
    return true;
}

static bool apply_group_remove(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return groups_remove(work->database, group_of(work), work->intent->now, error);
}

static bool apply_member_put(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return people_put(work->database, work->intent->member, work->facts->author, work->facts->membership, group_of(work), work->intent->now,
                      &work->person, error);
}

static bool apply_member_remove(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return people_remove(work->database, group_of(work), work->facts->author->id, work->intent->now, error);
}

static bool apply_event(Work *work, const Effect *effect, GError **error) {
    const Intent *intent = work->intent;
    int64_t person = work->person != 0 ? work->person : work->facts->author != NULL ? work->facts->author->id : 0;
    const char *detail = intent->reason != NULL ? intent->reason : intent->member != NULL ? intent->member->email : work->rendering->message_id;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_EVENT_ADD);
    query_integer(query, 1, intent->now);
    query_text(query, 2, effect->text);
    query_text(query, 3, intent->actor);
    bind_id(query, 4, work->applied->group != 0 ? work->applied->group : group_of(work));
    bind_id(query, 5, person);
    bind_id(query, 6, work->applied->post);
    query_text(query, 7, text_or_empty(detail));
    return query_run(query, error);
}

bool apply_plan(Database *database, const Intent *intent, const Facts *facts, const Plan *plan, const Rendering *rendering,
                Applied *applied, GError **error) {
    static bool (*const functions[EFFECTS])(Work *, const Effect *, GError **) = {
        [EFFECT_POST] = apply_post,           [EFFECT_HOLD] = apply_hold,
        [EFFECT_SETTLE] = apply_settle,       [EFFECT_FORWARD] = apply_forward,
        [EFFECT_NOTICE] = apply_notice,       [EFFECT_BOUNCE] = apply_bounce,
        [EFFECT_GROUP_PUT] = apply_group_put, [EFFECT_GROUP_REMOVE] = apply_group_remove,
        [EFFECT_MEMBER_PUT] = apply_member_put, [EFFECT_MEMBER_REMOVE] = apply_member_remove,
        [EFFECT_EVENT] = apply_event,
    };
    Work work = {.database = database, .intent = intent, .facts = facts, .rendering = rendering, .applied = applied};
    *applied = (Applied){0};
    for (int i = 0; i < plan->effect_count; i++)
        if (!functions[plan->effects[i].kind](&work, &plan->effects[i], error)) return false;
    return true;
}
