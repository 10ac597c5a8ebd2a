#include "decide/reader.h"
#include <string.h>
#include "decide/command.h"
#include "decide/request.h"
#include "decide/respond.h"

/* The answer goes to the reader, never to whoever sent the mail: who was handed on a digest can mute a thread for him, and he is told at once how to
 * have it back. When another person who is known here sends it, the reader is asked first. What is asked again within the hour is done again, and said
 * once. */

static const char digest_prefix[] = "digest.";

char *reader_digest_id(const char *message_id) { return g_strconcat(digest_prefix, message_id, NULL); }

bool reader_answers_digest(const Letter *letter, const char *domain) {
    const char *parent = letter->references != NULL && letter->references->len > 0 ? letter->references->pdata[letter->references->len - 1] : "";
    const char *at = strrchr(parent, '@');
    return g_str_has_prefix(parent, digest_prefix) && at != NULL && g_ascii_strcasecmp(at + 1, domain) == 0;
}

bool reader_is_meant(const Facts *facts) {
    RouteKind kind = facts->route->kind;
    return facts->by_key && (kind == ROUTE_MUTE || kind == ROUTE_UNMUTE || kind == ROUTE_NODIGEST);
}

static Effect *tell(Plan *plan, const Facts *facts, EffectKind kind, const char *template) {
    plan->effects[plan->effect_count] = (Effect){.kind = kind, .audience = AUDIENCE_EMAIL, .text = template, .email = facts->author->email};
    return &plan->effects[plan->effect_count++];
}

/* What the line of the answer is about. */
static const Order *about(Plan *plan, Verb verb, const char *argument) {
    Order *order = g_new0(Order, 1);
    *order = (Order){verb, g_strdup(""), g_strdup(argument), g_strdup("")};
    g_ptr_array_add(plan->orders, order);
    return order;
}

static bool is_member(const Facts *facts, int64_t group) {
    for (guint i = 0; i < facts->memberships->len; i++)
        if (((const Membership *)facts->memberships->pdata[i])->group == group) return true;
    return false;
}

/* A thread of a group that he is not in and one that is not there look the same. */
static void mute(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    bool mutes = facts->route->kind == ROUTE_MUTE, known = facts->about.post != 0 && is_member(facts, facts->about.group);
    plan->topic = g_strdup_printf("%s %" G_GINT64_FORMAT, mutes ? "mute" : "unmute", facts->about.post);
    g_autofree char *number = g_strndup(facts->route->argument, strcspn(facts->route->argument, "-"));
    const Order *order = about(plan, mutes ? VERB_MUTE : VERB_UNMUTE, known ? facts->about.subject : number);
    request_line(plan, !known ? "no-post" : mutes ? "muted-thread" : "unmuted-thread", order, NULL);
    if (known) respond_follow(plan, intent, facts, mutes ? INTENT_MUTE : INTENT_UNMUTE, facts->author->email, NULL, 0)->post = facts->about.post;
    if (request_speech(config, intent, facts, plan->topic) != SPEECH_OK) return;
    Effect *told = tell(plan, facts, EFFECT_NOTICE, "answer");
    if (!known || !mutes) return;
    g_ptr_array_add(plan->texts, g_strdup_printf("diktyo-unmute+%s", facts->route->argument));
    told->back = plan->texts->pdata[plan->texts->len - 1];
}

/* No more digests, from any group; he stays a member. The mail that says so is a question: a yes to it brings back what just ended, and no more. */
static void end_digests(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    plan->topic = g_strdup("no digests");
    for (guint i = 0; i < facts->memberships->len; i++) {
        const Membership *membership = facts->memberships->pdata[i];
        if (membership->delivery != DELIVERY_DIGEST) continue;
        respond_follow(plan, intent, facts, INTENT_MEMBER_PUT, facts->author->email, membership->group_name, -1)->member->delivery = DELIVERY_NONE;
        Order *again = g_new0(Order, 1);
        *again = (Order){VERB_SET, g_strdup(membership->group_name), g_strdup(delivery_mode_words[DELIVERY_DIGEST]), g_strdup("")};
        g_ptr_array_add(plan->orders, again);
    }
    if (request_speech(config, intent, facts, plan->topic) != SPEECH_OK) return;
    request_line(plan, "digests-ended", NULL, NULL);
    if (plan->orders->len == 0) {
        tell(plan, facts, EFFECT_NOTICE, "answer");
        return;
    }
    g_ptr_array_add(plan->texts, command_orders_text(plan->orders));
    Effect *asked = tell(plan, facts, EFFECT_ASK, "digests-ended");
    asked->token = TOKEN_ORDERS;
    asked->orders = plan->texts->pdata[plan->texts->len - 1];
}

/* Another's mail: the same as orders, which the reader is asked about. */
static void ask_reader(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    bool digests = facts->route->kind == ROUTE_NODIGEST, mutes = facts->route->kind == ROUTE_MUTE;
    if (!digests && (facts->about.post == 0 || !is_member(facts, facts->about.group))) return;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, facts->about.post);
    const Order *order = about(plan, digests ? VERB_DIGEST : mutes ? VERB_MUTE : VERB_UNMUTE, digests ? "off" : number);
    g_autofree char *orders = command_orders_text(plan->orders);
    plan->topic = g_strdup_printf("another's %s", orders);
    request_line(plan, "ask", order, NULL);
    Speech speech = request_speech(config, intent, facts, plan->topic);
    if (speech == SPEECH_OK) request_ask_back(plan, intent, facts, plan->orders);
    if (speech == SPEECH_TOO_MUCH) plan->effects[plan->effect_count++] = (Effect){.kind = EFFECT_HOLD, .text = "too-much"};
}

void reader_decide(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    plan->orders = g_ptr_array_new_with_free_func((GDestroyNotify)order_free);
    if (facts->by_another) ask_reader(config, intent, facts, plan);
    else if (facts->route->kind == ROUTE_NODIGEST) end_digests(config, intent, facts, plan);
    else mute(config, intent, facts, plan);
}
