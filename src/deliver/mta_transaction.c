#include "deliver/mta_transaction.h"

/* --- content --- */

static bool begins_with_dot(const char *text, size_t length, size_t i) { return text[i] == '.' && (i == 0 || text[i - 1] == '\n') && i < length; }

/* A dot at the begin of a line gets another before it. The text is canonical (relay.c): each LF ends a line. */
static GBytes *stuffed(GBytes *whole, size_t from, size_t to) {
    const char *text = (const char *)g_bytes_get_data(whole, NULL) + from;
    size_t length = to - from, dots = 0;
    for (const char *dot = memchr(text, '.', length); dot != NULL; dot = memchr(dot + 1, '.', length - (size_t)(dot + 1 - text)))
        dots += begins_with_dot(text, length, (size_t)(dot - text));
    if (dots == 0) return g_bytes_new_from_bytes(whole, from, length);
    char *wire = g_malloc(length + dots), *end = wire;
    for (size_t i = 0; i < length; i++) {
        if (begins_with_dot(text, length, i)) *end++ = '.';
        *end++ = text[i];
    }
    return g_bytes_new_take(wire, length + dots);
}

MtaContent *mta_content_new(const RelayJob *job) {
    MtaContent *content = g_new0(MtaContent, 1);
    gsize head = g_bytes_get_size(job->head), body = g_bytes_get_size(job->body);
    content->before = stuffed(job->head, 0, job->slot);
    content->after = stuffed(job->head, job->slot, head);
    content->body = stuffed(job->body, 0, body);
    content->size = head + body;
    content->eight_bit = relay_is_eight_bit(job);
    return content;
}

void mta_content_free(MtaContent *content) {
    if (content == NULL) return;
    g_bytes_unref(content->before);
    g_bytes_unref(content->after);
    g_bytes_unref(content->body);
    g_free(content);
}

/* --- transaction --- */

MtaTransaction *mta_transaction_new(const RelayJob *job, const MtaContent *content, Delivery *const *deliveries, size_t count) {
    MtaTransaction *transaction = g_new0(MtaTransaction, 1);
    transaction->job = job;
    transaction->content = content;
    transaction->recipients = g_new0(MtaRecipient, count);
    transaction->count = count;
    for (size_t i = 0; i < count; i++) transaction->recipients[i].delivery = deliveries[i];
    return transaction;
}

void mta_transaction_free(MtaTransaction *transaction) {
    if (transaction == NULL) return;
    for (size_t i = 0; i < transaction->count; i++) g_free(transaction->recipients[i].words);
    g_free(transaction->recipients);
    g_free(transaction);
}

void mta_transaction_settle(MtaRecipient *recipient, ResultKind result, const char *words) {
    if (recipient->fate != MTA_OPEN) return;
    recipient->fate = MTA_SETTLED;
    recipient->delivery->result = result;
    g_free(recipient->delivery->reply);
    recipient->delivery->reply = g_strdup(words);
}

void mta_transaction_settle_all(MtaTransaction *transaction, ResultKind result, const char *words) {
    for (size_t i = 0; i < transaction->count; i++) mta_transaction_settle(&transaction->recipients[i], result, words);
}

static bool has_open(const MtaTransaction *transaction) {
    for (size_t i = 0; i < transaction->count; i++)
        if (transaction->recipients[i].fate == MTA_OPEN) return true;
    return false;
}

static bool needs_utf8(const Delivery *delivery) { return !g_str_is_ascii(delivery->email) || !g_str_is_ascii(delivery->envelope_sender); }

static size_t size_of(const MtaTransaction *transaction) {
    const char *field = transaction->recipients[0].delivery->field;
    return transaction->content->size + (field != NULL ? strlen(field) : 0);
}

bool mta_transaction_suits(MtaTransaction *transaction, const MtaOffers *offers) {
    if (transaction->content->eight_bit && !offers->eight_bit)
        mta_transaction_settle_all(transaction, RESULT_LATER, "the server does not take 8-bit text (8BITMIME)");
    if (offers->size_most > 0 && (int64_t)size_of(transaction) > offers->size_most) {
        g_autofree char *words = g_strdup_printf("5.3.4 the mail has %" G_GSIZE_FORMAT " octets, and the server takes at most %" G_GINT64_FORMAT " (SIZE)",
                                                 size_of(transaction), offers->size_most);
        mta_transaction_settle_all(transaction, RESULT_REFUSED, words);
    }
    for (size_t i = 0; i < transaction->count && !offers->utf8; i++)
        if (needs_utf8(transaction->recipients[i].delivery))
            mta_transaction_settle(&transaction->recipients[i], RESULT_REFUSED, "5.6.7 the server does not take addresses outside ASCII (SMTPUTF8)");
    return has_open(transaction);
}

/* RFC 3461 4: xtext. Our own numbers need none; in an address, + and = do. */
static void append_xtext(GString *text, const char *value) {
    for (const char *c = value; *c != '\0'; c++) {
        if (g_ascii_isgraph(*c) && *c != '+' && *c != '=') g_string_append_c(text, *c);
        else g_string_append_printf(text, "+%02X", (unsigned char)*c);
    }
}

static void append_path(GString *text, const char *command, const char *address) {
    g_string_append(text, command);
    g_string_append(text, address);
    g_string_append_c(text, '>');
}

static void append_mail(const MtaTransaction *transaction, const MtaOffers *offers, GString *text) {
    const Delivery *first = transaction->recipients[0].delivery;
    bool utf8 = false;
    for (size_t i = 0; i < transaction->count; i++)
        utf8 = utf8 || (transaction->recipients[i].fate == MTA_OPEN && needs_utf8(transaction->recipients[i].delivery));
    append_path(text, "MAIL FROM:<", first->envelope_sender);
    if (offers->size) g_string_append_printf(text, " SIZE=%" G_GSIZE_FORMAT, size_of(transaction));
    if (transaction->content->eight_bit) g_string_append(text, " BODY=8BITMIME");
    if (utf8) g_string_append(text, " SMTPUTF8");
    if (offers->dsn) g_string_append_printf(text, " RET=HDRS ENVID=diktyo-%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, first->outgoing, first->id);
    g_string_append(text, "\r\n");
}

/* Of a mail from <> nobody shall hear (RFC 3461 4.1 allows NEVER alone). UTF-8 addresses have their own type (RFC 6533 3.), and go as they are. */
static void append_rcpt(const Delivery *delivery, const MtaOffers *offers, GString *text) {
    append_path(text, "RCPT TO:<", delivery->email);
    if (offers->dsn) {
        bool ascii = g_str_is_ascii(delivery->email);
        g_string_append_printf(text, " NOTIFY=%s ORCPT=%s;", *delivery->envelope_sender == '\0' ? "NEVER" : "FAILURE,DELAY", ascii ? "rfc822" : "utf-8");
        if (ascii) append_xtext(text, delivery->email);
        else g_string_append(text, delivery->email);
    }
    g_string_append(text, "\r\n");
}

void mta_transaction_command(const MtaTransaction *transaction, const MtaOffers *offers, GString *text) {
    if (transaction->asked == 0) append_mail(transaction, offers, text);
    else if (transaction->asked > transaction->count) g_string_append(text, "DATA\r\n");
    else append_rcpt(transaction->recipients[transaction->asked - 1].delivery, offers, text);
}

/* Not logged in (RFC 4954 6.) and out of step (503) say nothing of the recipient. */
ResultKind mta_judge(int code) {
    switch (code) {
    case 503: case 530: case 534: case 535: case 538: return RESULT_LATER;
    default: return code >= 500 ? RESULT_REFUSED : RESULT_LATER;
    }
}
