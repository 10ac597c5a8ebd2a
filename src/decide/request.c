#include "decide/request.h"
#include "decide/command.h"
#include "decide/reader.h"
#include <stdio.h>

/* Orders that only tell something are answered to the address that From names: who forged it learns nothing. Orders that change something are
 * put back as one question to that address, the same whether it is known here or not. */

const Group *request_group(const Facts *facts, const char *name) {
    for (guint i = 0; facts->catalogue != NULL && i < facts->catalogue->len; i++) {
        const Group *group = facts->catalogue->pdata[i];
        if (strcmp(group->name, name) == 0) return group;
    }
    return NULL;
}

const Group *request_group_by_id(const Facts *facts, int64_t id) {
    for (guint i = 0; facts->catalogue != NULL && i < facts->catalogue->len; i++)
        if (((const Group *)facts->catalogue->pdata[i])->id == id) return facts->catalogue->pdata[i];
    return NULL;
}

const Membership *request_membership(const Facts *facts, const Group *group) {
    for (guint i = 0; group != NULL && facts->memberships != NULL && i < facts->memberships->len; i++) {
        const Membership *membership = facts->memberships->pdata[i];
        if (membership->group == group->id) return membership;
    }
    return NULL;
}

bool request_moderates(const Facts *facts, const Group *group) {
    const Membership *membership = request_membership(facts, group);
    return membership != NULL && membership->role != ROLE_MEMBER;
}

void request_line(Plan *plan, const char *word, const Order *order, const Group *group) {
    if (plan->reply_count < PLAN_REPLIES_MOST) plan->replies[plan->reply_count++] = (ReplyLine){word, order, group};
}

Speech request_speech(const Config *config, const Intent *intent, const Facts *facts, const char *topic) {
    if (intent->outgrown && facts->answers_to_all >= config->answers_larger) return SPEECH_TOO_MUCH;
    for (guint i = 0; facts->topics != NULL && i < facts->topics->len; i++)
        if (strcmp(facts->topics->pdata[i], topic) == 0) return SPEECH_REPEATED;
    /* Who answers our questions reads what we write: he may go on for a while. */
    int64_t most = config->answers_to_one * (facts->proved_lately > 0 ? 5 : 1);
    return facts->answers_to_him >= most || facts->answers_to_all >= config->answers_per_hour ? SPEECH_TOO_MUCH : SPEECH_OK;
}

/* A number of days, or a date: until the beginning of that day in UTC. */
int64_t request_pause_end(const char *argument, int64_t now) {
    gint64 days = 0;
    int year = 0, month = 0, day = 0;
    if (g_ascii_string_to_signed(argument, 10, 1, 365, &days, NULL)) return now + days * 86400;
    if (sscanf(argument, "%4d-%2d-%2d", &year, &month, &day) != 3) return 0;
    g_autoptr(GDateTime) date = g_date_time_new_utc(year, month, day, 0, 0, 0);
    return date != NULL && g_date_time_to_unix(date) > now ? g_date_time_to_unix(date) : 0;
}

bool request_may_see(const Facts *facts, const Group *group, Visible visible) {
    if (group == NULL) return false;
    if (visible == VISIBLE_ANYONE || request_moderates(facts, group)) return true;
    return visible == VISIBLE_MEMBERS && request_membership(facts, group) != NULL;
}

/* The word of the line that answers an order at once; NULL: it changes something and is asked back. What cannot be is not asked about. */
static const char *told_at_once(const Intent *intent, const Facts *facts, const Order *order, const Group *group) {
    switch (order->verb) {
    case VERB_JOIN: return group != NULL && group->joining == JOINING_INVITED && request_membership(facts, group) == NULL ? "join-invited-only" : NULL;
    case VERB_PAUSE: return request_pause_end(order->argument, intent->now) == 0 ? "bad-date" : NULL;
    case VERB_HELP:
    case VERB_GROUPS:
    case VERB_MY:
    case VERB_INFO:
    case VERB_EXPORT:
    case VERB_TRACE: return verb_words[order->verb];
    case VERB_DIGEST: return *order->argument != '\0' ? NULL : facts->author != NULL ? "digest" : "not-known";
    case VERB_DIGEST_NOW: return facts->author == NULL ? "not-known" : facts->gathering > 0 ? "digest-now" : "digest-now-none";
    case VERB_DIGEST_AGAIN: return facts->author == NULL ? "not-known" : facts->digest_sent != 0 ? "digest-again" : "digest-none";
    case VERB_WHO: return request_may_see(facts, group, group->members_visible) ? "who" : "not-visible";
    case VERB_INDEX: return request_may_see(facts, group, group->archive_visible) ? "index" : "not-visible";
    case VERB_GET: return "get";
    case VERB_HELD: return facts->waiting != NULL && facts->waiting->len > 0 ? "held" : "held-none";
    case VERB_MEMBERS: return request_moderates(facts, group) ? "who" : "not-moderator";
    case VERB_SETTINGS: return request_moderates(facts, group) ? "settings" : "not-moderator";
    case VERB_INVITE:
    case VERB_REMOVE:
    case VERB_ALLOW: return request_moderates(facts, group) ? NULL : "not-moderator";
    default: return NULL;
    }
}

/* The one group that all of it is about; NULL: several, or none. */
static const Group *only_group(const Facts *facts, const GPtrArray *asked) {
    const char *name = ((const Order *)asked->pdata[0])->group;
    for (guint i = 1; i < asked->len; i++)
        if (strcmp(((const Order *)asked->pdata[i])->group, name) != 0) return NULL;
    return request_group(facts, name);
}

void request_ask_back(Plan *plan, const Intent *intent, const Facts *facts, GPtrArray *asked) {
    g_ptr_array_add(plan->texts, command_orders_text(asked));
    const char *orders = plan->texts->pdata[plan->texts->len - 1];
    plan->effects[plan->effect_count++] = (Effect){.kind = EFFECT_ASK, .audience = AUDIENCE_EMAIL, .text = "confirm", .token = TOKEN_ORDERS,
                                                   .email = facts->by_key ? facts->author->email : intent->letter->author_address, .orders = orders, .group = only_group(facts, asked)};
}

static void say(Plan *plan, EffectKind kind, const char *text) {
    plan->effects[plan->effect_count++] = (Effect){.kind = kind, .text = text};
}

/* A digest goes to nobody but its reader, who would have it anyway: it is not asked back, but is counted with the answers. */
static void send_digests(Plan *plan) {
    static const struct {
        const char *word;
        EffectKind kind;
    } digests[] = {{"digest-now", EFFECT_DIGEST_NOW}, {"digest-again", EFFECT_DIGEST_AGAIN}};
    for (size_t i = 0; i < G_N_ELEMENTS(digests); i++) {
        bool wanted = false;
        for (int j = 0; j < plan->reply_count; j++) wanted = wanted || strcmp(plan->replies[j].word, digests[i].word) == 0;
        if (wanted) say(plan, digests[i].kind, NULL);
    }
}

/* What is attached comes with the post itself, to a member who may read it, and to no other address than his own. */
static void send_wanted(const Facts *facts, Plan *plan) {
    enum { POSTS_MOST = 5 };
    for (guint i = 0; facts->wanted != NULL && i < MIN(facts->wanted->len, POSTS_MOST); i++) {
        const Wanted *wanted = &g_array_index(facts->wanted, Wanted, i);
        const Group *group = request_group_by_id(facts, wanted->group);
        if (!wanted->files || request_membership(facts, group) == NULL || !request_may_see(facts, group, group->archive_visible)) continue;
        request_line(plan, "get-whole", NULL, NULL);
        plan->effects[plan->effect_count++] = (Effect){.kind = EFFECT_POST_AGAIN, .post = wanted->post};
    }
}

/* The post that a mail answers is what its «trace» is about. */
static const char *meant(const Intent *intent) {
    const GPtrArray *orders = intent->reading->orders, *references = intent->letter->references;
    bool traces = false;
    for (guint i = 0; i < orders->len; i++) traces = traces || ((const Order *)orders->pdata[i])->verb == VERB_TRACE;
    return traces && references != NULL && references->len > 0 ? references->pdata[references->len - 1] : "";
}

/* A link of a digest whose key opens nothing: what such a mail says is our own words, and not looked at. */
static bool is_dead_link(const Facts *facts, const Reading *reading) {
    RouteKind kind = facts->route != NULL ? facts->route->kind : ROUTE_POST;
    return (kind == ROUTE_MUTE || kind == ROUTE_UNMUTE || kind == ROUTE_NODIGEST) && reading->orders->len == 0;
}

void request_decide(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    const Reading *reading = intent->reading;
    g_autoptr(GPtrArray) asked = g_ptr_array_new();
    static const Order help = {.verb = VERB_HELP};
    for (guint i = 0; i < reading->orders->len; i++) {
        const Order *order = reading->orders->pdata[i];
        const Group *group = request_group(facts, order->group);
        const char *word = *order->group != '\0' && group == NULL && strcmp(order->group, "*") != 0 ? "no-group" : told_at_once(intent, facts, order, group);
        if (word == NULL) {
            g_ptr_array_add(asked, (gpointer)(uintptr_t)order);
            request_line(plan, "ask", order, group);
        } else
            request_line(plan, word, order, group);
    }
    if (is_dead_link(facts, reading)) {
        request_line(plan, "dead-link", NULL, NULL);
        request_line(plan, "help", &help, NULL);
    } else if (reading->orders->len == 0 && reader_answers_digest(intent->letter, config->domain)) {
        request_line(plan, "digest-answered", NULL, NULL);
        request_line(plan, "digest-threads", NULL, NULL);
    } else if (reading->unknown->len > 0 || reading->too_many) request_line(plan, reading->too_many ? "too-many" : "unknown", NULL, NULL);
    if (plan->reply_count == 0) request_line(plan, "help", &help, NULL);
    g_autofree char *orders = command_orders_text(reading->orders);
    plan->topic = g_strdup_printf("request %s %s%s", orders, reading->unknown->len > 0 ? (const char *)reading->unknown->pdata[0] : "", meant(intent));
    switch (request_speech(config, intent, facts, plan->topic)) {
    case SPEECH_REPEATED: return say(plan, EFFECT_EVENT, "request-repeated");
    case SPEECH_TOO_MUCH: return say(plan, EFFECT_HOLD, "too-much");
    case SPEECH_OK: break;
    }
    send_digests(plan);
    send_wanted(facts, plan);
    if (asked->len > 0)
        request_ask_back(plan, intent, facts, asked);
    else
        plan->effects[plan->effect_count++] =
            (Effect){.kind = EFFECT_NOTICE, .audience = AUDIENCE_EMAIL, .text = "answer", .email = intent->letter->author_address};
    say(plan, EFFECT_EVENT, asked->len > 0 ? "asked-back" : "answered");
}
