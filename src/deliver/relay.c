#include "deliver/relay.h"
#include "message/address.h"

/* What no relay may ever be handed is refused here, once for all of them: an address with CR LF in it would be a command to
 * the server, and a bare LF before a dot is how mail is smuggled (libESMTP passes both on). relay_by_kind gives out
 * guarded relays only. The guard also holds their half of the contract: every delivery is answered, exactly once, with one line of clean
 * text. What is wrong with an address cannot heal and is refused; what is wrong with our rendering may be mended by the
 * next release and waits. */

enum { REPLY_LONGEST = 500 };

typedef struct {
    RelayAnswer answer;
    gpointer user;
} Asker;

/* A server's words, or a library's: valid UTF-8, one line, no more than a line is worth keeping. */
static char *clean_reply(const char *words) {
    g_autofree char *valid = g_utf8_make_valid(words != NULL ? words : "", words != NULL ? (gssize)strnlen(words, 4 * REPLY_LONGEST) : 0);
    GString *clean = g_string_sized_new(REPLY_LONGEST);
    for (char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        GUnicodeType type = g_unichar_type(letter);
        bool drop = type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
        bool blank = drop || g_unichar_iscntrl(letter) || letter == ' ';
        if (blank && (clean->len == 0 || clean->str[clean->len - 1] == ' ')) continue;
        if (clean->len + (gsize)(g_utf8_next_char(c) - c) > REPLY_LONGEST) break;
        g_string_append_unichar(clean, blank ? ' ' : letter);
    }
    return g_strchomp(g_string_free(clean, FALSE));
}

static void pass_on(Delivery *delivery, gpointer user) {
    const Asker *asker = user;
    char *clean = clean_reply(delivery->reply);
    g_free(delivery->reply);
    delivery->reply = clean;
    asker->answer(delivery, asker->user);
}

static void settle(Delivery *delivery, ResultKind result, const char *reply, Asker *asker) {
    delivery->result = result;
    g_free(delivery->reply);
    delivery->reply = g_strdup(reply);
    pass_on(delivery, asker);
}

/* Only CRLF ends a line, and the last line is ended (an empty text has none). */
static bool has_canonical_lines(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) || (text[i] == '\r' && (i + 1 == length || text[i + 1] != '\n')))
            return false;
    return length == 0 || text[length - 1] == '\n';
}

/* NULL when the message may go out. */
static const char *message_fault(const RelayJob *job) {
    gsize head_length, body_length;
    const char *head = g_bytes_get_data(job->head, &head_length), *body = g_bytes_get_data(job->body, &body_length);
    if (!has_canonical_lines(head, head_length)) return "internal: the header has a line that does not end in CR LF";
    if (!has_canonical_lines(body, body_length)) return "internal: the body has a line that does not end in CR LF";
    if (head_length == 2) return NULL;
    const char *end = head_length < 4 ? NULL : memmem(head, head_length, "\r\n\r\n", 4);
    if (end == NULL || end != head + head_length - 4 || *head == '\r') return "internal: the header does not end with its one empty line";
    return NULL;
}

static const char *address_fault(const Delivery *delivery) {
    if (!address_is_canonical(delivery->email)) return "internal: the recipient is not a canonical address";
    if (*delivery->envelope_sender != '\0' && !address_is_canonical(delivery->envelope_sender))
        return "internal: the envelope sender is not a canonical address";
    return NULL;
}

static void send_guarded(const Relay *relay, const Config *config, RelayJob *job, RelayAnswer answer, gpointer user) {
    Asker asker = {answer, user};
    g_autofree Delivery **sound = g_new0(Delivery *, job->count + 1);
    RelayJob guarded = {job->head, job->body, sound, 0};
    const char *fault = message_fault(job);
    for (size_t i = 0; i < job->count; i++) {
        const char *bad_address = fault == NULL ? address_fault(job->deliveries[i]) : NULL;
        g_clear_pointer(&job->deliveries[i]->reply, g_free);
        if (fault != NULL) settle(job->deliveries[i], RESULT_LATER, fault, &asker);
        else if (bad_address != NULL) settle(job->deliveries[i], RESULT_REFUSED, bad_address, &asker);
        else sound[guarded.count++] = job->deliveries[i];
    }
    if (guarded.count > 0) relay->send(config, &guarded, pass_on, &asker);
    for (size_t i = 0; i < guarded.count; i++)
        if (sound[i]->reply == NULL) settle(sound[i], RESULT_LATER, "internal: the relay gave no answer", &asker);
}

static void send_esmtp(const Config *config, RelayJob *job, RelayAnswer answer, gpointer user) {
    send_guarded(&relay_esmtp, config, job, answer, user);
}

static void send_maildir(const Config *config, RelayJob *job, RelayAnswer answer, gpointer user) {
    send_guarded(&relay_maildir, config, job, answer, user);
}

static bool check_esmtp(const Config *config, GError **error) { return relay_esmtp.check(config, error); }
static bool check_maildir(const Config *config, GError **error) { return relay_maildir.check(config, error); }

/* The first is what a word that nobody knows would get; config_load lets none through. */
static const Relay guarded_relays[] = {{"esmtp", send_esmtp, check_esmtp}, {"maildir", send_maildir, check_maildir}};

const Relay *relay_by_kind(const char *kind) {
    for (size_t i = 0; i < G_N_ELEMENTS(guarded_relays); i++)
        if (strcmp(guarded_relays[i].kind, kind) == 0) return &guarded_relays[i];
    return &guarded_relays[0];
}
