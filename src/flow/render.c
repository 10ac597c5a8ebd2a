#include "flow/render.h"
#include "base/token.h"
#include "decide/command.h"
#include "flow/reply.h"
#include "message/compose.h"
#include "message/header.h"
#include "message/parse.h"
#include "message/rewrite.h"
#include "message/template.h"
#include "message/text.h"
#include "store/posts.h"
#include "store/tokens.h"

/* A mail without a usable Message-ID gets one made from its content: the same for every group and every time it is sent again. */
void render_identity(const Config *config, const Intent *intent, Rendering *rendering) {
    gsize length = 0;
    const uint8_t *raw = g_bytes_get_data(intent->raw, &length);
    size_t trace = header_trace_length(raw, length);
    rendering->trace = g_bytes_new_from_bytes(intent->raw, 0, trace);
    rendering->content = g_bytes_new_from_bytes(intent->raw, trace, length - trace);
    rendering->content_hash = token_hash(length > trace ? raw + trace : (const uint8_t *)"", length - trace);
    rendering->message_id = intent->letter->message_id != NULL ? g_strdup(intent->letter->message_id)
                                                                : g_strdup_printf("%.32s.diktyo@%s", rendering->content_hash, config->domain);
    rendering->attachments = posts_attachments_text(intent->letter->attachments);
    if (intent->unreadable.rule == NULL) {
        g_autoptr(GVariant) parsed = g_variant_ref_sink(g_variant_new_variant(letter_to_variant(intent->letter)));
        rendering->parsed = g_variant_get_data_as_bytes(parsed);
    }
}

static bool drop_return_path(const char *lower_name, gpointer user) {
    (void)user;
    return strcmp(lower_name, "return-path") == 0 || strcmp(lower_name, "delivered-to") == 0;
}

/* To the owners goes the mail as it came, with the mark that stops it should it come round again. */
static bool render_forward(const Config *config, const Intent *intent, const Facts *facts, Rendering *rendering, GError **error) {
    g_autofree char *owner = rewrite_address(facts->group->name, "owner", config->domain);
    g_autoptr(GString) block = g_string_new(NULL);
    gsize length = 0;
    const uint8_t *raw = g_bytes_get_data(intent->raw, &length);
    if (!header_append(block, rewrite_loop_field, owner, error)) return false;
    g_autoptr(GString) rest = header_copy(raw, length, drop_return_path, NULL);
    g_string_append_len(block, rest->str, (gssize)rest->len);
    g_string_append(block, "\r\n");
    rendering->forward_head = g_bytes_new(block->str, block->len);
    return true;
}

static char *author_of(const char *name, const char *address, const char *sender) {
    const char *email = address != NULL && *address != '\0' ? address : sender;
    return *name != '\0' ? g_strdup_printf("%s <%s>", name, email) : g_strdup_printf("<%s>", email);
}

/* A notice that is being written. */
typedef struct {
    Reply reply;
    const Effect *effect;
    const Group *group;    /* that it speaks of; NULL: the site */
    char *subject, *text;  /* yours */
} Notice;

static void notice_clear(Notice *notice) {
    g_free(notice->subject);
    g_free(notice->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Notice, notice_clear)

static bool fill(Notice *notice, const char *const *words, GError **error) {
    return template_fill(notice->reply.config->templates, notice->effect->text, notice->reply.language, words, &notice->subject, &notice->text, error);
}

/* The held entry that a notice is about: one that is decided, or the mail that came in just now. */
static const char *subject_of(const Notice *notice) {
    const Facts *facts = notice->reply.facts;
    return facts->held != NULL ? facts->held->subject : notice->reply.intent->letter != NULL ? notice->reply.intent->letter->subject : "";
}

static bool fill_held(Notice *notice, GError **error) {
    const Config *config = notice->reply.config;
    const Intent *intent = notice->reply.intent;
    const Facts *facts = notice->reply.facts;
    const char *reason = "";
    for (int i = 0; i < notice->reply.plan->effect_count; i++)
        if (notice->reply.plan->effects[i].kind == EFFECT_HOLD) reason = notice->reply.plan->effects[i].text;
    g_autofree char *address = rewrite_address(notice->group->name, NULL, config->domain);
    g_autofree char *why = template_word(config->templates, notice->reply.language, "reasons", reason);
    g_autofree char *author = author_of(intent->letter->author_name, intent->letter->author_address, intent->sender);
    g_autofree char *shown_author = text_one_line(author, 120), *shown_subject = text_one_line(intent->letter->subject, 120);
    g_autofree char *excerpt = text_one_line(intent->letter->text, 300);
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, facts->next_held);
    const char *words[] = {"group_title", notice->group->title, "group_address", address, "author", shown_author, "subject", shown_subject,
                           "reason", why, "excerpt", excerpt, "held_number", number, NULL};
    return fill(notice, words, error);
}

static bool fill_about_post(Notice *notice, GError **error) {
    const Config *config = notice->reply.config;
    const Intent *intent = notice->reply.intent;
    g_autofree char *address = notice->group != NULL ? rewrite_address(notice->group->name, NULL, config->domain) : g_strdup_printf("diktyo@%s", config->domain);
    g_autofree char *shown = text_one_line(subject_of(notice), 120);
    g_autofree char *excerpt = text_one_line(intent->letter != NULL ? intent->letter->text : "", 300);
    g_autofree char *given = text_one_line(intent->reason != NULL ? intent->reason : "", 1000);
    g_autofree char *unsaid = template_word(config->templates, notice->reply.language, "rejected", "no-reason");
    const char *words[] = {"group_title", notice->group != NULL ? notice->group->title : config->name, "group_address", address, "subject", shown,
                           "reason", *given != '\0' ? given : unsaid, "excerpt", excerpt, NULL};
    return fill(notice, words, error);
}

static bool fill_answer(Notice *notice, GError **error) {
    const Config *config = notice->reply.config;
    g_autofree char *text = reply_text(&notice->reply, error);
    g_autofree char *help = g_strdup_printf("diktyo@%s", config->domain);
    if (text == NULL) return false;
    const char *words[] = {"text", text, "help_address", help, NULL};
    return fill(notice, words, error);
}

static char *days_of_token(void) { return g_strdup_printf("%d", TOKEN_LIFE / 86400); }

static bool fill_confirm(Notice *notice, GError **error) {
    g_autoptr(GPtrArray) orders = command_orders_parse(notice->effect->orders);
    g_autofree char *answers = reply_text(&notice->reply, error);
    if (answers == NULL) return false;
    g_autofree char *requests = reply_requests(&notice->reply, orders), *days = days_of_token();
    const char *words[] = {"requests", requests, "address", notice->effect->email, "days", days, "answers", answers, NULL};
    return fill(notice, words, error);
}

/* What a question to moderators is about. */
static char *waiting_subjects(const Facts *facts) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; facts->waiting != NULL && i < facts->waiting->len; i++) {
        const Held *held = facts->waiting->pdata[i];
        g_autofree char *subject = text_one_line(held->subject, 120);
        g_string_append_printf(text, "  - %s: %s\n", held->group_name, subject);
    }
    return g_string_free(text, FALSE);
}

static bool fill_again(Notice *notice, GError **error) {
    const Intent *intent = notice->reply.intent;
    g_autofree char *question = notice->reply.facts->token->letter == 0 ? reply_requests(&notice->reply, notice->reply.plan->orders)
                                                                       : waiting_subjects(notice->reply.facts);
    g_autofree char *quote = text_one_line(intent->reading->answer_text, ORDER_QUOTE_MOST);
    const char *words[] = {"question", question, "quote", quote, NULL};
    return fill(notice, words, error);
}

static bool fill_joining(Notice *notice, GError **error) {
    const Config *config = notice->reply.config;
    g_autofree char *address = notice->group != NULL ? rewrite_address(notice->group->name, NULL, config->domain) : g_strdup("");
    g_autofree char *days = days_of_token();
    g_autoptr(GPtrArray) orders = command_orders_parse(notice->effect->orders);
    const char *old = orders != NULL && orders->len > 0 ? ((const Order *)orders->pdata[0])->argument : "";
    const char *words[] = {"group_title", notice->group != NULL ? notice->group->title : "", "group_address", address,
                           "person", notice->effect->email, "description", notice->group != NULL ? notice->group->description : "",
                           "old_address", old,
                           "new_address", notice->effect->email, "days", days, NULL};
    return fill(notice, words, error);
}

static const struct {
    const char *template;
    bool (*fill)(Notice *, GError **);
} notices[] = {
    {"held", fill_held},         {"post", fill_about_post},    {"accepted", fill_about_post}, {"rejected", fill_about_post}, {"expired", fill_about_post},
    {"answer", fill_answer},     {"done", fill_answer},        {"decided", fill_answer},      {"confirm", fill_confirm},     {"digests-ended", fill_confirm}, {"again", fill_again},
    {"approval", fill_joining},  {"invitation", fill_joining}, {"address", fill_joining},
};

/* His own language, else that of the group it is about, else the site's. */
static const char *language_of(const Config *config, const Facts *facts, const Effect *effect, const Group *group) {
    bool to_him = effect->audience != AUDIENCE_MODERATORS && facts->author != NULL;
    if (to_him && *facts->author->language != '\0') return facts->author->language;
    return group != NULL ? group->language : config->language;
}

static const char *address_of(const Notice *notice) {
    const Facts *facts = notice->reply.facts;
    if (notice->effect->audience == AUDIENCE_EMAIL) return notice->effect->email;
    if (facts->held != NULL) return facts->held->author_address;
    return notice->reply.intent->letter->author_address;
}

/* A question comes from an address of ours that knows it: pressing Reply is enough. The Subject knows it too. */
static bool compose(const Notice *notice, const char *token, RenderedMail *mail, GError **error) {
    const Config *config = notice->reply.config;
    const Facts *facts = notice->reply.facts;
    const Intent *intent = notice->reply.intent;
    bool to_moderators = notice->effect->audience == AUDIENCE_MODERATORS;
    const char *name = notice->group != NULL ? notice->group->name : "diktyo";
    g_autofree char *site = g_strdup_printf("diktyo@%s", config->domain);
    g_autofree char *owner = notice->group != NULL ? rewrite_address(name, "owner", config->domain) : g_strdup(site);
    g_autofree char *back = notice->effect->back != NULL ? g_strdup_printf("%s@%s", notice->effect->back, config->domain)
                            : token != NULL ? g_strdup_printf("%s-%s+%s@%s", name, to_moderators ? "moderate" : "confirm", token, config->domain)
                            : facts->held != NULL ? g_strdup(owner) : g_strdup(site);
    g_autofree char *subject = token != NULL ? g_strdup_printf("%s [diktyo %s]", notice->subject, token) : g_strdup(notice->subject);
    bool about_mail = notice->effect->kind == EFFECT_ASK && (notice->effect->token == TOKEN_HELD || notice->effect->token == TOKEN_POST);
    mail->message_id = compose_message_id(config->domain);
    Composition composition = {
        .from_name = notice->group != NULL ? notice->group->title : config->name,
        .from_address = site,
        .to_name = to_moderators ? notice->group->title : NULL,
        .to_address = to_moderators ? owner : address_of(notice),
        .reply_to = back,
        .subject = subject,
        .text = notice->text,
        .attached = about_mail && to_moderators ? intent->raw : NULL,
        .in_reply_to = to_moderators ? NULL : facts->held != NULL ? facts->held->message_id : intent->letter != NULL ? intent->letter->message_id : NULL,
        .date = intent->now,
        .message_id = mail->message_id,
    };
    return compose_mail(&composition, &mail->head, &mail->body, error);
}

/* The token that a mail of the asker brought back, for asking once more. */
static char *token_again(const Intent *intent, const Facts *facts) {
    for (const char *const *token = intent->tokens; token != NULL && *token != NULL; token++) {
        g_autofree char *hash = token_hash(*token, strlen(*token));
        if (strcmp(hash, facts->token->hash) == 0) return g_strdup(*token);
    }
    return NULL;
}

static bool render_notice(const Reply *reply, const Effect *effect, RenderedMail *mail, GError **error) {
    g_auto(Notice) notice = {.reply = *reply, .effect = effect, .group = effect->group != NULL ? effect->group : reply->facts->group};
    notice.reply.language = language_of(reply->config, reply->facts, effect, notice.group);
    if (effect->audience == AUDIENCE_MODERATORS && notice.group == NULL) return true;
    size_t row = 0;
    while (row < G_N_ELEMENTS(notices) && strcmp(notices[row].template, effect->text) != 0) row++;
    if (row == G_N_ELEMENTS(notices)) return fault_set(error, FAULT_INTERNAL, "no notice is called %s", effect->text);
    if (!notices[row].fill(&notice, error)) return false;
    g_autofree char *token = effect->kind == EFFECT_ASK ? token_new() : strcmp(effect->text, "again") == 0 ? token_again(reply->intent, reply->facts) : NULL;
    if (effect->kind == EFFECT_ASK) mail->token_hash = token_hash(token, strlen(token));
    return compose(&notice, token, mail, error);
}

/* For the copies: the Message-ID of the post that the envelope recipient names. *id stays NULL where it is none of this group. */
static bool find_answered(Database *database, const Intent *intent, const Facts *facts, char **id, GError **error) {
    if (intent->answers == 0) return true;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, intent->answers);
    g_autoptr(GPtrArray) posts = posts_find(database, number, error);
    const Post *post = posts != NULL && posts->len > 0 ? posts->pdata[0] : NULL;
    if (post != NULL && post->group == facts->group->id) *id = g_strdup(post->message_id);
    return posts != NULL;
}

static bool render_post(Database *database, const Intent *intent, const Facts *facts, Rendering *rendering, GError **error) {
    g_autofree char *answered = NULL;
    if (!find_answered(database, intent, facts, &answered, error)) return false;
    rendering->post_head = rewrite_post(database_config(database), facts->group, intent->letter, intent->raw, rendering->message_id, answered, intent->now,
                                        &rendering->post_slot, error);
    return rendering->post_head != NULL;
}

bool render_plan(Database *database, const Intent *intent, const Facts *facts, const Plan *plan, Rendering *rendering, GError **error) {
    const Config *config = database_config(database);
    Reply reply = {database, config, intent, facts, plan, config->language};
    for (int i = 0; i < plan->effect_count; i++) {
        const Effect *effect = &plan->effects[i];
        if (effect->kind == EFFECT_POST) {
            if (!render_post(database, intent, facts, rendering, error)) return false;
        } else if (effect->kind == EFFECT_FORWARD) {
            if (!render_forward(config, intent, facts, rendering, error)) return false;
        } else if (effect->kind == EFFECT_NOTICE || effect->kind == EFFECT_ASK) {
            if (!render_notice(&reply, effect, &rendering->mails[i], error)) return false;
        }
    }
    return true;
}

void rendering_drop_mails(Rendering *rendering) {
    for (size_t i = 0; i < G_N_ELEMENTS(rendering->mails); i++) {
        RenderedMail *mail = &rendering->mails[i];
        if (mail->head != NULL) g_bytes_unref(mail->head);
        if (mail->body != NULL) g_bytes_unref(mail->body);
        g_free(mail->message_id);
        g_free(mail->token_hash);
        *mail = (RenderedMail){0};
    }
}

void rendering_clear(Rendering *rendering) {
    GBytes *bytes[] = {rendering->content, rendering->trace, rendering->parsed, rendering->post_head, rendering->forward_head};
    for (size_t i = 0; i < G_N_ELEMENTS(bytes); i++)
        if (bytes[i] != NULL) g_bytes_unref(bytes[i]);
    char *texts[] = {rendering->content_hash, rendering->message_id, rendering->attachments};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    rendering_drop_mails(rendering);
    *rendering = (Rendering){0};
}
