#include "publish/notice.h"
#include "base/token.h"
#include "message/compose.h"
#include "message/rewrite.h"
#include "message/template.h"
#include "store/expiry.h"
#include "store/tokens.h"

/* A question can be answered by pressing Reply: the address and the subject both know the token, as in flow/render. */
static bool ask(Database *database, const Notice *notice, const char *token, int64_t now, GError **error) {
    g_autofree char *hash = token_hash(token, strlen(token));
    const Token row = {.kind = TOKEN_ORDERS, .email = (char *)(uintptr_t)notice->to, .orders = (char *)(uintptr_t)notice->orders, .group = notice->group,
                       .expires_at = now + TOKEN_LIFE};
    return tokens_add(database, &row, hash, now, error);
}

bool notice_send(Database *database, const Notice *notice, int64_t now, GError **error) {
    const Config *config = database_config(database);
    g_autofree char *site = rewrite_address("diktyo", NULL, config->domain), *message_id = compose_message_id(config->domain), *subject = NULL, *text = NULL;
    g_autofree char *token = notice->orders != NULL ? token_new() : NULL;
    if (!template_fill(config->templates, notice->template, notice->language, notice->words, &subject, &text, error)) return false;
    g_autofree char *marked = token != NULL ? g_strdup_printf("%s [diktyo %s]", subject, token) : g_strdup(subject);
    g_autofree char *back = token != NULL ? g_strdup_printf("diktyo-confirm+%s@%s", token, config->domain)
                                          : g_strdup(notice->reply_to != NULL ? notice->reply_to : site);
    const Composition composition = {.from_name = notice->from_name, .from_address = site, .to_name = notice->to_name,
                                     .to_address = notice->to != NULL ? notice->to : notice->to_shown, .reply_to = back, .subject = marked, .text = text,
                                     .in_reply_to = notice->in_reply_to, .date = now, .message_id = message_id};
    g_autoptr(GBytes) head = NULL, body = NULL;
    if (!compose_mail(&composition, &head, &body, error) || (token != NULL && !ask(database, notice, token, now, error))) return false;
    const ExpiryMail mail = {.group = notice->group, .person = notice->person, .email = notice->to, .topic = notice->topic, .message_id = message_id,
                             .head = head, .body = body, .returns = notice->returns};
    return expiry_send(database, &mail, now, error);
}
