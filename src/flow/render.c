#include "flow/render.h"
#include "base/token.h"
#include "message/compose.h"
#include "message/header.h"
#include "message/parse.h"
#include "message/rewrite.h"
#include "message/template.h"
#include "message/text.h"
#include "store/posts.h"

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

/* To the people who look after the group: what waits, from whom, why, and the one thing to do. */
static bool notice_held(const Config *config, const Intent *intent, const Facts *facts, const Plan *plan, char **subject, char **text, GError **error) {
    const Letter *letter = intent->letter;
    const char *language = facts->group->language, *reason = "";
    for (int i = 0; i < plan->effect_count; i++)
        if (plan->effects[i].kind == EFFECT_HOLD) reason = plan->effects[i].text;
    g_autofree char *address = rewrite_address(facts->group->name, NULL, config->domain);
    g_autofree char *why = template_word(config->templates, language, "reasons", reason);
    g_autofree char *author = author_of(letter->author_name, letter->author_address, intent->sender);
    g_autofree char *shown_author = text_one_line(author, 120), *shown_subject = text_one_line(letter->subject, 120);
    g_autofree char *excerpt = text_one_line(letter->text, 300);
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, facts->next_held);
    g_autofree char *command = g_strdup_printf("diktyo held %s %s", strcmp(reason, "request") == 0 ? "show" : "accept", number);
    const char *words[] = {"group_title", facts->group->title, "group_address", address, "author", shown_author, "subject", shown_subject,
                           "reason", why, "excerpt", excerpt, "held_number", number, "command", command, NULL};
    return template_fill(config->templates, "held", language, words, subject, text, error);
}

static bool notice_rejected(const Config *config, const Intent *intent, const Facts *facts, char **subject, char **text, GError **error) {
    const char *language = facts->author != NULL && *facts->author->language != '\0' ? facts->author->language
                           : facts->group != NULL ? facts->group->language : config->language;
    const char *group = facts->group != NULL ? facts->group->name : "diktyo";
    g_autofree char *address = strcmp(group, "diktyo") == 0 ? g_strdup_printf("diktyo@%s", config->domain) : rewrite_address(group, NULL, config->domain);
    g_autofree char *shown_subject = text_one_line(facts->held->subject, 120);
    g_autofree char *given = text_one_line(intent->reason != NULL ? intent->reason : "", 1000);
    g_autofree char *unsaid = template_word(config->templates, language, "rejected", "no-reason");
    const char *words[] = {"group_title", facts->group != NULL ? facts->group->title : config->name, "group_address", address,
                           "subject", shown_subject, "reason", *given != '\0' ? given : unsaid, NULL};
    return template_fill(config->templates, "rejected", language, words, subject, text, error);
}

static bool render_notice(const Config *config, const Intent *intent, const Facts *facts, const Plan *plan, const Effect *effect, Rendering *rendering,
                          GError **error) {
    g_autofree char *subject = NULL, *text = NULL;
    bool to_moderators = effect->audience == AUDIENCE_MODERATORS;
    bool filled = to_moderators ? notice_held(config, intent, facts, plan, &subject, &text, error)
                                : notice_rejected(config, intent, facts, &subject, &text, error);
    if (!filled) return false;
    g_autofree char *site = g_strdup_printf("diktyo@%s", config->domain);
    g_autofree char *owner = facts->group != NULL ? rewrite_address(facts->group->name, "owner", config->domain) : g_strdup(site);
    rendering->notice_message_id = compose_message_id(config->domain);
    Composition composition = {
        .from_name = facts->group != NULL ? facts->group->title : config->name,
        .from_address = to_moderators ? site : owner,
        .to_name = to_moderators ? facts->group->title : facts->held->author_name,
        .to_address = to_moderators ? owner : facts->held->author_address,
        .subject = subject,
        .text = text,
        .date = intent->now,
        .message_id = rendering->notice_message_id,
        .in_reply_to = to_moderators ? NULL : facts->held->message_id,
    };
    return compose_mail(&composition, &rendering->notice_head, &rendering->notice_body, error);
}

bool render_plan(const Config *config, const Intent *intent, const Facts *facts, const Plan *plan, Rendering *rendering, GError **error) {
    for (int i = 0; i < plan->effect_count; i++) {
        const Effect *effect = &plan->effects[i];
        if (effect->kind == EFFECT_POST) {
            rendering->post_head = rewrite_post(config, facts->group, intent->letter, intent->raw, rendering->message_id, intent->now, error);
            if (rendering->post_head == NULL) return false;
        } else if (effect->kind == EFFECT_FORWARD) {
            if (!render_forward(config, intent, facts, rendering, error)) return false;
        } else if (effect->kind == EFFECT_NOTICE) {
            if (!render_notice(config, intent, facts, plan, effect, rendering, error)) return false;
        }
    }
    return true;
}

void rendering_clear(Rendering *rendering) {
    GBytes *bytes[] = {rendering->content,      rendering->trace,       rendering->parsed, rendering->post_head,
                       rendering->forward_head, rendering->notice_head, rendering->notice_body};
    for (size_t i = 0; i < G_N_ELEMENTS(bytes); i++)
        if (bytes[i] != NULL) g_bytes_unref(bytes[i]);
    char *texts[] = {rendering->content_hash, rendering->message_id, rendering->attachments, rendering->notice_message_id};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) g_free(texts[i]);
    *rendering = (Rendering){0};
}
