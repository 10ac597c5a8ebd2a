#include "store/apply.h"
#include "store/bounces.h"
#include "store/choices.h"
#include "store/groups.h"
#include "store/people.h"
#include "store/posts.h"
#include "store/repeats.h"
#include "store/threads.h"
#include "store/tokens.h"

enum { PROBE_DAYS = 7 };

/* Each effect of a plan is one function of this table's shape; all run inside the transaction of the caller, so a post, its thread,
 * its deliveries, its held entry and its event exist together or not at all. */
typedef struct {
    Database *database;
    const Intent *intent;
    const Facts *facts;
    const Plan *plan;
    const Rendering *rendering;
    Applied *applied;
    int place; /* of the effect in the plan */
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
    bool answer = strcmp(kind, "notice") == 0 && work->plan->topic != NULL;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_OUTGOING_ADD);
    query_text(query, 1, kind);
    bind_id(query, 2, group_of(work));
    bind_id(query, 3, post);
    bind_id(query, 4, letter);
    query_text(query, 5, text_or_empty(message_id));
    query_integer(query, 6, work->intent->now);
    bind_bytes(query, 7, head);
    if (body != NULL) bind_bytes(query, 8, body);
    query_text(query, 9, answer ? work->plan->topic : "");
    if (post != 0) query_integer(query, 10, (int64_t)work->rendering->post_slot);
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
    query_text(query, 15, text_or_empty(work->intent->own_words));
    if (!query_run(query, error)) return false;
    work->applied->post = database_last_id(work->database);
    return threads_link(work->database, work->applied->post, group_of(work), rendering->message_id, letter->references, work->intent->answers, error);
}

/* Bulk copies have one envelope sender, so what comes back does not tell whom it is about, unless the report does. Once in a while a
 * post goes out in personal copies all the same: then every dead address shows. */
static bool goes_in_bulk(const Work *work) {
    const Group *group = work->facts->group;
    return group->copies == COPIES_BULK && work->intent->now - group->probed_at < PROBE_DAYS * 86400;
}

static bool note_probe(const Work *work, GError **error) {
    g_autoptr(Query) query = query_new(work->database, STATEMENT_GROUP_PROBED);
    query_integer(query, 1, group_of(work));
    query_integer(query, 2, work->intent->now);
    return query_run(query, error);
}

static bool fan_out_sooner(const Work *work, bool urgent, GError **error) {
    g_autoptr(Query) sooner = query_new(work->database, STATEMENT_FANOUT_SOONER);
    query_integer(sooner, 1, work->letter);
    query_integer(sooner, 2, group_of(work));
    query_integer(sooner, 3, work->intent->now);
    query_integer(sooner, 4, work->applied->post);
    query_integer(sooner, 5, urgent);
    return query_run(sooner, error);
}

/* Every member of the group gets a row: waiting, gathering for his digest, or covered by another group's copy. */
static bool fan_out(Work *work, bool urgent, GError **error) {
    bool is_new = work->facts->letter == 0;
    if (!is_new && !fan_out_sooner(work, urgent, error)) return false;
    g_autoptr(Query) query = query_new(work->database, is_new ? STATEMENT_FANOUT_NEW : STATEMENT_FANOUT);
    int64_t numbers[] = {work->applied->outgoing, work->letter, work->applied->post, group_of(work), work->intent->now};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) query_integer(query, (int)i + 1, numbers[i]);
    bool bulk = goes_in_bulk(work);
    query_text(query, 6, bulk ? "bulk" : "verp");
    query_integer(query, 7, urgent);
    if (!query_run(query, error)) return false;
    work->applied->recipients = database_changes(work->database);
    return bulk || work->facts->group->copies == COPIES_PERSONAL || note_probe(work, error);
}

static bool note_urgent(Work *work, int64_t post, GError **error) {
    g_autoptr(Query) query = query_new(work->database, STATEMENT_POST_URGENT);
    query_integer(query, 1, post);
    return query_run(query, error);
}

static bool apply_post(Work *work, const Effect *effect, GError **error) {
    bool urgent = effect->text != NULL;
    int64_t author = work->facts->author != NULL ? work->facts->author->id : 0;
    return keep_letter(work, error) && add_post(work, error) && (!urgent || note_urgent(work, work->applied->post, error)) &&
           (author == 0 || choices_heard(work->database, author, work->applied->post, error)) &&
           add_outgoing(work, "post", work->applied->post, work->letter, work->rendering->message_id, work->rendering->post_head, NULL, error) &&
           fan_out(work, urgent, error);
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
    return query_run(query, error) && tokens_settle_letter(work->database, work->facts->letter, work->intent->token, work->intent->now, error);
}

static bool to_moderators(Work *work, int64_t group, const char *envelope, int64_t but_for, GError **error) {
    g_autoptr(Query) query = query_new(work->database, STATEMENT_NOTICE_MODERATORS);
    query_integer(query, 1, work->applied->outgoing);
    query_integer(query, 2, group);
    query_integer(query, 3, work->intent->now);
    query_text(query, 4, envelope);
    query_integer(query, 5, but_for);
    if (!query_run(query, error)) return false;
    work->applied->recipients += database_changes(work->database);
    return true;
}

static bool to_address(Work *work, const char *email, GError **error) {
    g_autoptr(Query) query = query_new(work->database, STATEMENT_DELIVERY_ADD);
    query_integer(query, 1, work->applied->outgoing);
    bind_id(query, 2, group_of(work));
    if (work->facts->author != NULL) query_integer(query, 3, work->facts->author->id);
    query_text(query, 4, email);
    query_text(query, 5, "null");
    query_integer(query, 6, work->intent->now);
    return query_run(query, error);
}

static bool apply_forward(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return keep_letter(work, error) &&
           add_outgoing(work, "forward", 0, work->letter, work->rendering->message_id, work->rendering->forward_head, NULL, error) &&
           to_moderators(work, group_of(work), "verp", work->facts->author != NULL ? work->facts->author->id : 0, error);
}

/* Its envelope sender is <>: what cannot be delivered shall come back to nobody (RFC 3834 3.3). */
static bool apply_notice(Work *work, const Effect *effect, GError **error) {
    const RenderedMail *mail = &work->rendering->mails[work->place];
    if (mail->head == NULL) return true; /* nobody to write to */
    if (!add_outgoing(work, "notice", 0, 0, mail->message_id, mail->head, mail->body, error)) return false;
    switch (effect->audience) {
    case AUDIENCE_MODERATORS: return to_moderators(work, effect->group != NULL ? effect->group->id : group_of(work), "null", 0, error);
    case AUDIENCE_AUTHOR: return to_address(work, work->facts->held != NULL ? work->facts->held->author_address : work->intent->letter->author_address, error);
    case AUDIENCE_EMAIL: return to_address(work, effect->email, error);
    case AUDIENCE_NOBODY: break;
    }
    return true;
}

static bool apply_ask(Work *work, const Effect *effect, GError **error) {
    const RenderedMail *mail = &work->rendering->mails[work->place];
    const Group *group = effect->group != NULL ? effect->group : work->facts->group;
    bool about_letter = effect->token == TOKEN_HELD || effect->token == TOKEN_POST;
    if (mail->head == NULL) return true;
    if (about_letter && !keep_letter(work, error)) return false;
    Token token = {.kind = effect->token,
                   .email = (char *)(uintptr_t)text_or_empty(effect->audience == AUDIENCE_MODERATORS ? "" : effect->email),
                   .orders = (char *)(uintptr_t)effect->orders,
                   .group = group != NULL ? group->id : 0,
                   .letter = about_letter ? work->letter : 0,
                   .expires_at = work->intent->now + (about_letter ? database_config(work->database)->held_days * 86400 : TOKEN_LIFE)};
    return tokens_add(work->database, &token, mail->token_hash, work->intent->now, error) && apply_notice(work, effect, error);
}

static bool restore(Work *work, int64_t person, const char *email, GError **error) {
    int64_t changed = 0;
    return bounces_restore(work->database, person, email, work->intent->actor, work->intent->now, &changed, error);
}

/* Whoever answers a question of ours has read it at the address to which it went: mail arrives there. */
static bool restore_reader(Work *work, const char *email, GError **error) {
    g_autoptr(GError) reason = NULL;
    if (*email == '\0') return true; /* it went to the moderators of a group */
    g_autoptr(Person) person = people_find(work->database, email, &reason);
    if (reason == NULL) return person == NULL || restore(work, person->id, email, error);
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

/* A token counts once: that it was still waiting is a fact of this very transaction. */
static bool apply_token_settle(Work *work, const Effect *effect, GError **error) {
    bool mine = false;
    if (!tokens_settle(work->database, work->facts->token->id, effect->text, work->intent->now, &mine, error)) return false;
    if (!mine) return fault_set(error, FAULT_INTERNAL, "a token was settled twice");
    return restore_reader(work, work->facts->token->email, error);
}

static bool apply_token_again(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return tokens_asked_again(work->database, work->facts->token->id, error);
}

static bool apply_pause(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    /* Whoever wants his mail again has it again, also when we had stopped it. */
    if (work->intent->until == 0 && !restore(work, work->facts->author->id, NULL, error)) return false;
    return people_pause(work->database, work->facts->author->id, work->intent->until, error);
}

static bool apply_address(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    g_autoptr(GPtrArray) addresses = people_addresses(work->database, work->facts->author->id, error);
    bool known = false;
    if (addresses == NULL) return false;
    for (guint i = 0; i < addresses->len; i++)
        known = known || strcmp(addresses->pdata[i], work->intent->new_email) == 0;
    bool done = known ? people_make_primary(work->database, work->facts->author->id, work->intent->new_email, error)
                      : people_add_address(work->database, work->facts->author->id, work->intent->new_email, true, error);
    return done && restore(work, work->facts->author->id, work->intent->new_email, error); /* what was withheld from the old one comes */
}

static bool apply_erase(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    bool posts_too = g_strcmp0(work->intent->reason, "posts") == 0;
    return people_erase(work->database, work->facts->author->id, posts_too, work->intent->now, error);
}

static bool apply_allow(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return people_allow(work->database, group_of(work), work->intent->member->email, work->intent->now, error);
}

static bool apply_choice(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    g_auto(DigestChoice) choice = {0};
    return choices_read(work->database, work->facts->author->id, &choice, error) &&
           choices_change(work->database, work->facts->author->id, &choice, work->intent->choice, error);
}

static bool apply_mute(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return choices_mute(work->database, work->facts->author->id, work->facts->about.thread, work->intent->now, error);
}

static bool apply_unmute(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return choices_unmute(work->database, work->facts->author->id, work->facts->about.thread, error);
}

static bool apply_urgent(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_URGENT_SEND);
    query_integer(query, 1, work->facts->about.post);
    query_integer(query, 2, work->facts->about.group);
    query_integer(query, 3, work->intent->now);
    if (!note_urgent(work, work->facts->about.post, error) || !query_run(query, error)) return false;
    work->applied->recipients = database_changes(work->database);
    return true;
}

static bool apply_digest_now(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return choices_ask_digest(work->database, work->facts->author->id, work->intent->now, error);
}

static bool apply_digest_again(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    int64_t mails = 0;
    return repeats_add(work->database, work->facts->author->id, work->facts->digest_sent, work->intent->now, &mails, error);
}

/* Where members are sent their copies from: a delivery more, of no fan-out. */
static bool apply_post_again(Work *work, const Effect *effect, GError **error) {
    g_autoptr(Query) query = query_new(work->database, STATEMENT_POST_REPEAT);
    query_integer(query, 1, work->facts->author->id);
    query_integer(query, 2, effect->post);
    query_integer(query, 3, work->intent->now);
    return query_run(query, error);
}

/* VERP: whom it is about is known, whatever the report says. Of a bulk mail only those count who got it. */
static bool find_returned(Work *work, const PlanBounce *row, int64_t *delivery, GError **error) {
    *delivery = work->facts->delivery;
    if (*delivery != 0 || work->facts->outgoing == 0 || row->recipient == NULL) return true;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_BOUNCE_DELIVERY);
    query_integer(query, 1, work->facts->outgoing);
    query_text(query, 2, row->recipient->address);
    query_text(query, 3, row->recipient->original);
    int step = query_step(query, error);
    if (step == 1) *delivery = query_column_integer(query, 0);
    return step >= 0;
}

static bool add_bounce(Work *work, const PlanBounce *row, GError **error) {
    const Report *report = work->intent->letter->reported;
    int64_t delivery = 0;
    if (!find_returned(work, row, &delivery, error)) return false;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_BOUNCE_ADD);
    bind_id(query, 1, delivery);
    query_text(query, 2, work->intent->recipient);
    query_text(query, 3, work->intent->sender);
    query_integer(query, 4, work->letter);
    query_integer(query, 5, work->intent->now);
    bind_bytes(query, 6, work->rendering->trace);
    bind_id(query, 7, work->facts->outgoing);
    query_text(query, 8, report_kind_words[report != NULL ? report->kind : REPORT_NONE]);
    query_text(query, 9, bounce_class_words[row->class]);
    query_text(query, 10, row->recipient != NULL ? row->recipient->address : "");
    query_text(query, 11, row->recipient != NULL ? row->recipient->status : "");
    query_text(query, 12, row->recipient != NULL ? row->recipient->diagnostic : "");
    query_text(query, 13, blame_words[row->waits && delivery != 0 ? BLAME_WAITING : BLAME_IGNORED]);
    return query_run(query, error);
}

static bool apply_bounce(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    if (!keep_letter(work, error)) return false;
    for (guint i = 0; i < work->plan->bounces->len; i++)
        if (!add_bounce(work, &g_array_index(work->plan->bounces, PlanBounce, i), error)) return false;
    return true;
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
    if (work->intent->member->consented && work->facts->erased && !people_unerase(work->database, work->intent->member->email, error)) return false;
    const MemberChange *change = work->intent->member;
    /* Whoever says how a member gets his mail wants it sent. */
    bool wanted = work->facts->membership != NULL && (change->delivery == DELIVERY_EACH || change->delivery == DELIVERY_DIGEST);
    if (!people_put(work->database, change, work->facts->author, work->facts->membership, group_of(work), work->intent->now, &work->person, error)) return false;
    return !wanted || restore(work, work->facts->membership->person, NULL, error);
}

static bool apply_member_remove(Work *work, const Effect *effect, GError **error) {
    (void)effect;
    return people_remove(work->database, group_of(work), work->facts->author->id, work->intent->now, error);
}

static bool apply_event(Work *work, const Effect *effect, GError **error) {
    const Intent *intent = work->intent;
    int64_t person = work->person != 0 ? work->person : work->facts->author != NULL ? work->facts->author->id : 0;
    g_autofree char *proven = intent->token != 0 ? g_strdup_printf("token %" G_GINT64_FORMAT, intent->token) : NULL;
    const char *detail = proven != NULL ? proven : intent->reason != NULL ? intent->reason : intent->member != NULL ? intent->member->email : work->rendering->message_id;
    g_autoptr(Query) query = query_new(work->database, STATEMENT_EVENT_ADD);
    query_integer(query, 1, intent->now);
    query_text(query, 2, effect->text);
    query_text(query, 3, intent->actor);
    bind_id(query, 4, work->applied->group != 0 ? work->applied->group : group_of(work));
    bind_id(query, 5, person);
    bind_id(query, 6, work->applied->post != 0 ? work->applied->post : work->facts->about.post);
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
        [EFFECT_ASK] = apply_ask,             [EFFECT_TOKEN_SETTLE] = apply_token_settle,
        [EFFECT_TOKEN_AGAIN] = apply_token_again, [EFFECT_PAUSE] = apply_pause,
        [EFFECT_ADDRESS] = apply_address,     [EFFECT_ERASE] = apply_erase,
        [EFFECT_ALLOW] = apply_allow,         [EFFECT_EVENT] = apply_event,
        [EFFECT_CHOICE] = apply_choice,       [EFFECT_DIGEST_NOW] = apply_digest_now,
        [EFFECT_DIGEST_AGAIN] = apply_digest_again, [EFFECT_POST_AGAIN] = apply_post_again, [EFFECT_MUTE] = apply_mute,
        [EFFECT_UNMUTE] = apply_unmute,       [EFFECT_URGENT] = apply_urgent,
    };
    Work work = {.database = database, .intent = intent, .facts = facts, .plan = plan, .rendering = rendering, .applied = applied};
    *applied = (Applied){0};
    for (work.place = 0; work.place < plan->effect_count; work.place++) {
        const Effect *effect = &plan->effects[work.place];
        if (!functions[effect->kind](&work, effect, error)) return false;
    }
    return true;
}
