#include "deliver/relay.h"
#include "message/address.h"
#include "message/rewrite.h"

/* What no relay may ever be handed is refused here, once for all of them: an address with CR LF in it would be a command to
 * the server, and a bare LF before a dot is how mail is smuggled (libESMTP passes both on). relay_by_kind gives out
 * guarded relays only. The guard also holds their half of the contract: every delivery is answered, exactly once, with one line of clean
 * text. What is wrong with an address cannot heal and is refused; what is wrong with our rendering may be mended by the
 * next release and waits. */

enum { REPLY_LONGEST = 500 };

typedef struct {
    const RelayWork *work; /* whose it is */
    GHashTable *open;      /* Delivery * that the relay has not answered */
    bool lost;             /* an answer could not be marked */
} Guard;

static bool is_no_letter(gunichar letter) {
    GUnicodeType type = g_unichar_type(letter);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* Plain words, one blank between them: what most servers say. */
static bool is_clean(const char *words) {
    size_t length = 0;
    bool blank = true;
    for (; words[length] != '\0'; length++) {
        bool was_blank = blank;
        blank = words[length] == ' ';
        if ((blank && was_blank) || (!blank && !g_ascii_isgraph(words[length])) || length >= REPLY_LONGEST) return false;
    }
    return !blank;
}

/* A server's words, or a library's: valid UTF-8, one line, no more than a line is worth keeping. */
static char *clean_reply(const char *words) {
    if (words != NULL && is_clean(words)) return g_strdup(words);
    g_autofree char *valid = g_utf8_make_valid(words != NULL ? words : "", words != NULL ? (gssize)strnlen(words, 4 * REPLY_LONGEST) : 0);
    GString *clean = g_string_sized_new(REPLY_LONGEST);
    for (char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        bool blank = letter < 128 ? letter == ' ' || g_ascii_iscntrl((char)letter) : is_no_letter(letter);
        if (blank && (clean->len == 0 || clean->str[clean->len - 1] == ' ')) continue;
        if (clean->len + (gsize)(g_utf8_next_char(c) - c) > REPLY_LONGEST) break;
        if (blank) g_string_append_c(clean, ' ');
        else g_string_append_len(clean, c, g_utf8_next_char(c) - c);
    }
    return g_strchomp(g_string_free(clean, FALSE));
}

/* NULL when the message may go out. */
static const char *message_fault(const RelayJob *job) {
    gsize head_length, body_length;
    const char *head = g_bytes_get_data(job->head, &head_length), *body = g_bytes_get_data(job->body, &body_length);
    if (!rewrite_has_canonical_lines(head, head_length)) return "internal: the header has a line that does not end in CR LF";
    if (!rewrite_has_canonical_lines(body, body_length)) return "internal: the body has a line that does not end in CR LF";
    if (head_length == 2) return NULL;
    const char *end = head_length < 4 ? NULL : memmem(head, head_length, "\r\n\r\n", 4);
    if (end == NULL || end != head + head_length - 4 || *head == '\r') return "internal: the header does not end with its one empty line";
    if (job->slot > head_length - 2 || (job->slot > 0 && head[job->slot - 1] != '\n')) return "internal: the recipient's own field has no place in the header";
    return NULL;
}

/* Whole lines, none of them empty: an empty one would end the header. */
static bool is_field(const char *field) {
    return *field != '\0' && *field != '\r' && rewrite_has_canonical_lines(field, strlen(field)) && strstr(field, "\r\n\r\n") == NULL;
}

/* `sound` is an envelope sender that was found to be one: neighbours have the same. */
static const char *delivery_fault(const Delivery *delivery, const char **sound) {
    const char *sender = delivery->envelope_sender;
    if (!address_is_canonical(delivery->email)) return "internal: the recipient is not a canonical address";
    if (*sender != '\0' && strcmp(sender, *sound) != 0 && !address_is_canonical(sender)) return "internal: the envelope sender is not a canonical address";
    *sound = sender;
    return NULL;
}

static void give(const Guard *guard, Delivery *delivery, ResultKind result, const char *reply) {
    char *clean = clean_reply(reply);
    g_free(delivery->reply);
    delivery->reply = clean;
    delivery->result = result;
    guard->work->answer(delivery, guard->work->user);
}

static void pass_on(Delivery *delivery, gpointer user) {
    const Guard *guard = user;
    if (g_hash_table_remove(guard->open, delivery)) give(guard, delivery, delivery->result, delivery->reply);
}

/* What is bad in a job is answered, and put behind what is sound. */
static void sift(const Guard *guard, RelayJob *job) {
    const char *fault = message_fault(job), *sender = "";
    size_t sound = 0;
    for (size_t i = 0; i < job->count; i++) {
        Delivery *delivery = job->deliveries[i];
        const char *refusal = delivery_fault(delivery, &sender), *reason = fault;
        if (reason == NULL && delivery->field != NULL && !is_field(delivery->field)) reason = "internal: the recipient's own field is not whole lines";
        if (reason != NULL) give(guard, delivery, RESULT_LATER, reason);
        else if (refusal != NULL) give(guard, delivery, RESULT_REFUSED, refusal);
        else {
            g_hash_table_add(guard->open, delivery);
            job->deliveries[i] = job->deliveries[sound]; /* the array stays whole: it is its owner's */
            job->deliveries[sound++] = delivery;
        }
    }
    job->count = sound;
}

static bool settled(gpointer user) {
    Guard *guard = user;
    if (!guard->lost) guard->lost = !guard->work->settled(guard->work->user);
    return !guard->lost;
}

static RelayJob *next(gpointer user) {
    Guard *guard = user;
    for (;;) {
        RelayJob *job = guard->lost ? NULL : guard->work->next(guard->work->user);
        if (job == NULL) return NULL;
        sift(guard, job);
        if (job->count > 0) return job;
        settled(guard);
    }
}

static void send_guarded(const Relay *relay, const Config *config, const RelayWork *work) {
    g_autoptr(GHashTable) open = g_hash_table_new(NULL, NULL);
    Guard guard = {work, open, false};
    const RelayWork guarded = {next, pass_on, settled, work->stop, &guard};
    relay->send(config, &guarded);
    g_autofree gpointer *left = g_hash_table_get_keys_as_array(open, NULL);
    for (gpointer *delivery = left; *delivery != NULL; delivery++) give(&guard, *delivery, RESULT_LATER, "internal: the relay gave no answer");
    settled(&guard);
}

static void send_smtp(const Config *config, const RelayWork *work) { send_guarded(&relay_smtp, config, work); }
static void send_esmtp(const Config *config, const RelayWork *work) { send_guarded(&relay_esmtp, config, work); }
static void send_maildir(const Config *config, const RelayWork *work) { send_guarded(&relay_maildir, config, work); }
static bool check_smtp(const Config *config, GError **error) { return relay_smtp.check(config, error); }
static bool check_esmtp(const Config *config, GError **error) { return relay_esmtp.check(config, error); }
static bool check_maildir(const Config *config, GError **error) { return relay_maildir.check(config, error); }

/* The first is what a word that nobody knows would get; config_load lets none through. */
static const Relay guarded_relays[] = {{"smtp", send_smtp, check_smtp}, {"esmtp", send_esmtp, check_esmtp}, {"maildir", send_maildir, check_maildir}};

const Relay *relay_by_kind(const char *kind) {
    for (size_t i = 0; i < G_N_ELEMENTS(guarded_relays); i++)
        if (strcmp(guarded_relays[i].kind, kind) == 0) return &guarded_relays[i];
    return &guarded_relays[0];
}

GBytes *relay_head(const RelayJob *job, const Delivery *delivery) {
    gsize length;
    const char *head = g_bytes_get_data(job->head, &length);
    if (delivery->field == NULL) return g_bytes_ref(job->head);
    GString *own = g_string_sized_new(length + strlen(delivery->field));
    g_string_append_len(own, head, (gssize)job->slot);
    g_string_append(own, delivery->field);
    g_string_append_len(own, head + job->slot, (gssize)(length - job->slot));
    return g_string_free_to_bytes(own);
}

static bool has_octets_above_127(GBytes *text) {
    gsize length;
    const guint8 *bytes = g_bytes_get_data(text, &length);
    for (gsize i = 0; i < length; i++)
        if (bytes[i] > 127) return true;
    return false;
}

bool relay_is_eight_bit(const RelayJob *job) { return has_octets_above_127(job->head) || has_octets_above_127(job->body); }
