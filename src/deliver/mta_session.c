#include "deliver/mta_session.h"
#include <poll.h>
#include "deliver/mta_reply.h"

enum {
    READ_SIZE = 16384,
    QUIT_SECONDS = 2,   /* that a server may take to say goodbye */
    WANTS_US = 530,     /* to log in or to encrypt first (RFC 4954 6, 3207 4): said of us, and not of any recipient */
    SECONDS = G_USEC_PER_SEC
};

/* What an answer is the answer to. */
typedef enum {
    STEP_BANNER, STEP_EHLO, STEP_HELO, STEP_STARTTLS, STEP_AUTH, STEP_USER, STEP_PASSWORD, STEP_RSET, STEP_MAIL, STEP_RCPT, STEP_DATA, STEP_DOT, STEP_QUIT
} Step;

typedef struct {
    Step step;
    MtaTransaction *transaction; /* MAIL, RCPT, DATA, DOT, RSET after a failed one */
    size_t index;                 /* the recipient: RCPT, and DOT of LMTP */
} Expected;

typedef enum { PHASE_CONNECT, PHASE_GREET, PHASE_ENCRYPT, PHASE_OPEN, PHASE_QUIT, PHASE_OVER } Phase;

struct MtaSession {
    const MtaTerms *terms;
    const MtaPlace *place;
    MtaStream *stream;
    Phase phase;
    MtaReply reply;
    MtaOffers offers;
    bool lmtp, login_plain, login_by_steps, offers_tls, was_open;
    bool dismissed; /* 421 before the message: it has nothing to do with this mail */
    bool unmarked;  /* a transaction has ended since the last write */
    bool unwelcome; /* the server wants something of us, and would of every mail */
    GQueue expected; /* Expected * */
    MtaTransaction *current, *following;
    int64_t deadline, cap, answered;
    char *why;
};

/* --- the end ---------------------------------------------------------------------------------------------------------- */

static void give_back(MtaSession *session, MtaTransaction **transaction, bool again) {
    MtaTransaction *over = *transaction;
    *transaction = NULL;
    if (over == NULL) return;
    for (size_t i = 0; i < over->count; i++)
        if (over->recipients[i].fate == MTA_OPEN && again) over->recipients[i].fate = MTA_AGAIN;
    mta_transaction_settle_all(over, RESULT_LATER, session->why != NULL ? session->why : "the connection ended before the answer");
    session->terms->over(over, session->terms->user);
}

static void finish(MtaSession *session, const char *why) {
    if (session->phase == PHASE_OVER) return;
    session->phase = PHASE_OVER;
    g_free(session->why);
    session->why = g_strdup(why);
    mta_stream_close(g_steal_pointer(&session->stream));
    /* A server may close behind any answer; what it had not even heard of then has its turn elsewhere. */
    bool unheard = session->current != NULL && (session->current->mail_code == 0 || session->dismissed);
    give_back(session, &session->current, session->unwelcome || (session->answered > 0 && unheard));
    give_back(session, &session->following, true);
}

static const char out_of_turn[] = "the server's answers do not fit the commands";

/* --- writing ---------------------------------------------------------------------------------------------------------- */

static void expect(MtaSession *session, Step step, MtaTransaction *transaction, size_t index) {
    Expected *expected = g_new(Expected, 1);
    *expected = (Expected){step, transaction, index};
    g_queue_push_tail(&session->expected, expected);
}

static void put_own(MtaSession *session, GString *text) {
    size_t length = text->len;
    char *own = g_string_free(text, FALSE);
    mta_stream_put(session->stream, own, length, own);
}

static void put_bytes(MtaSession *session, GBytes *bytes) {
    gsize length;
    const char *text = g_bytes_get_data(bytes, &length);
    mta_stream_put(session->stream, text, length, NULL);
}

static void say(MtaSession *session, Step step, const char *line) {
    GString *text = g_string_new(line);
    put_own(session, g_string_append(text, "\r\n"));
    expect(session, step, NULL, 0);
}

static void extend(MtaSession *session, int64_t now) {
    session->deadline = now + session->terms->config->relay_seconds * SECONDS;
    if (session->current != NULL) session->deadline = MIN(session->deadline, session->cap);
}

/* A write that fails is no end yet: what the server said before it closed may still be there to read. */
static void flush(MtaSession *session, int64_t now) {
    bool progress = false;
    if (session->phase == PHASE_OVER) return;
    MtaStreamState state = mta_stream_flush(session->stream, &progress);
    if (state == MTA_STREAM_BROKEN && session->phase != PHASE_OPEN) return finish(session, mta_stream_why(session->stream));
    if (progress) extend(session, now);
}

/* --- transactions ----------------------------------------------------------------------------------------------------- */

static void pass_settled(MtaTransaction *transaction) {
    while (transaction->asked >= 1 && transaction->asked <= transaction->count && transaction->recipients[transaction->asked - 1].fate != MTA_OPEN)
        transaction->asked++;
}

/* The envelope: all at once to a server that takes it so (RFC 2920), else a command when the one before is answered. */
static void ask_envelope(MtaSession *session, MtaTransaction *transaction) {
    GString *text = g_string_sized_new(256);
    while (transaction->asked < transaction->count + 2 && (session->offers.pipelining || g_queue_is_empty(&session->expected))) {
        size_t number = transaction->asked;
        mta_transaction_command(transaction, &session->offers, text);
        expect(session, number == 0 ? STEP_MAIL : number > transaction->count ? STEP_DATA : STEP_RCPT, transaction, number - 1);
        transaction->asked++;
        pass_settled(transaction);
    }
    put_own(session, text);
}

/* One that the server can be asked for; those whom it cannot are over at once. */
static MtaTransaction *next_transaction(MtaSession *session) {
    for (;;) {
        MtaTransaction *transaction = session->phase == PHASE_OPEN ? session->terms->next(session->offers.recipients_most, session->terms->user) : NULL;
        if (transaction == NULL || mta_transaction_suits(transaction, &session->offers)) return transaction;
        session->terms->over(transaction, session->terms->user);
    }
}

static void begin(MtaSession *session, MtaTransaction *transaction, int64_t now) {
    const Config *config = session->terms->config;
    session->current = transaction;
    session->cap = transaction->job->until != 0 ? MAX(transaction->job->until, now) + config->lease_seconds * SECONDS / 4 : G_MAXINT64;
    extend(session, now);
}

void mta_session_start(MtaSession *session) {
    if (!mta_session_is_idle(session)) return;
    MtaTransaction *transaction = next_transaction(session);
    if (transaction == NULL) return;
    int64_t now = g_get_monotonic_time();
    begin(session, transaction, now);
    ask_envelope(session, transaction);
}

/* The next envelope goes out behind the dot, if the server can tell the two apart. */
static void send_message(MtaSession *session, MtaTransaction *transaction) {
    const MtaContent *content = transaction->content;
    const char *field = transaction->recipients[0].delivery->field;
    put_bytes(session, content->before);
    if (field != NULL) mta_stream_put(session->stream, field, strlen(field), NULL);
    put_bytes(session, content->after);
    put_bytes(session, content->body);
    mta_stream_put(session->stream, ".\r\n", 3, NULL);
    for (size_t i = 0; i < transaction->count; i++)
        if (session->lmtp && transaction->recipients[i].accepted) expect(session, STEP_DOT, transaction, i);
    if (!session->lmtp) expect(session, STEP_DOT, transaction, 0);
    if (!session->offers.pipelining) return;
    session->following = next_transaction(session);
    if (session->following != NULL) ask_envelope(session, session->following);
}

static void end_current(MtaSession *session, int64_t now) {
    MtaTransaction *over = g_steal_pointer(&session->current), *following = g_steal_pointer(&session->following);
    session->unmarked = true;
    session->terms->over(over, session->terms->user);
    if (following != NULL) begin(session, following, now);
}

/* 452 is “too many recipients”, and also “mailbox full”, which the enhanced status tells apart. */
static bool is_one_too_many(const MtaRecipient *recipient) {
    const char *status = strlen(recipient->words) > 4 ? recipient->words + 4 : "";
    return recipient->code == 452 && (g_str_has_prefix(status, "4.5.3") || !g_str_has_prefix(status, "4."));
}

/* Those who were refused while the dialogue was in step. */
static void settle_refused(MtaTransaction *transaction) {
    bool some = false;
    for (size_t i = 0; i < transaction->count; i++) some = some || transaction->recipients[i].accepted;
    for (size_t i = 0; i < transaction->count; i++) {
        MtaRecipient *recipient = &transaction->recipients[i];
        if (recipient->accepted || recipient->code == 0 || recipient->fate != MTA_OPEN) continue;
        /* RFC 5321 4.5.3.1.10: too many at once; the rest has its own turn. */
        if (some && is_one_too_many(recipient)) recipient->fate = MTA_AGAIN;
        else mta_transaction_settle(recipient, mta_judge(recipient->code), recipient->words);
    }
}

static void fail_transaction(MtaSession *session, MtaTransaction *transaction) {
    transaction->failed = true;
    GString *text = g_string_new("RSET\r\n");
    put_own(session, text);
    expect(session, STEP_RSET, transaction, 0);
}

static void note(MtaRecipient *recipient, int code, const char *words) {
    if (recipient->code != 0 || recipient->fate != MTA_OPEN) return;
    recipient->code = code;
    g_free(recipient->words);
    recipient->words = g_strdup(words);
}

static size_t accepted_of(const MtaTransaction *transaction) {
    size_t accepted = 0;
    for (size_t i = 0; i < transaction->count; i++) accepted += transaction->recipients[i].accepted;
    return accepted;
}

/* --- answers ---------------------------------------------------------------------------------------------------------- */

static void on_mail(MtaSession *session, MtaTransaction *transaction, int code, const char *words) {
    transaction->mail_code = code;
    if (code == WANTS_US) {
        session->unwelcome = true;
        return finish(session, words);
    }
    for (size_t i = 0; i < transaction->count && code >= 300; i++) note(&transaction->recipients[i], code, words);
    if (code >= 300 && !session->offers.pipelining) fail_transaction(session, transaction);
    else ask_envelope(session, transaction);
}

static void on_rcpt(MtaSession *session, MtaTransaction *transaction, size_t index, int code, const char *words) {
    transaction->recipients[index].accepted = code < 300 && transaction->mail_code < 300;
    if (code >= 300) note(&transaction->recipients[index], code, words);
    bool last = transaction->asked > transaction->count;
    if (!session->offers.pipelining && last && accepted_of(transaction) == 0) fail_transaction(session, transaction);
    else ask_envelope(session, transaction);
}

static void on_data(MtaSession *session, MtaTransaction *transaction, int code, const char *words) {
    size_t accepted = accepted_of(transaction);
    if (code < 300) return finish(session, out_of_turn);
    if (code >= 400) {
        for (size_t i = 0; i < transaction->count; i++) {
            transaction->recipients[i].accepted = false;
            note(&transaction->recipients[i], code, words);
        }
        return fail_transaction(session, transaction);
    }
    settle_refused(transaction);
    /* A dot now would be an empty mail to whomever this server has in mind: it can only be left. */
    if (accepted == 0) return finish(session, "the server wants a message for nobody");
    send_message(session, transaction);
}

static void on_dot(MtaSession *session, MtaTransaction *transaction, size_t index, int code, const char *words, int64_t now) {
    bool taken = code < 300;
    if (code >= 300 && code < 400) return finish(session, out_of_turn);
    for (size_t i = 0; i < transaction->count; i++)
        if (transaction->recipients[i].accepted && (!session->lmtp || i == index))
            mta_transaction_settle(&transaction->recipients[i], taken ? RESULT_SENT : mta_judge(code), words);
    session->answered++;
    const Expected *next = g_queue_peek_head(&session->expected);
    if (next == NULL || next->step != STEP_DOT) end_current(session, now);
}

static void on_rset(MtaSession *session, MtaTransaction *transaction, int code, int64_t now) {
    if (code >= 300 && code < 400) return finish(session, out_of_turn);
    settle_refused(transaction);
    end_current(session, now);
    if (code >= 400) finish(session, "the server did not take RSET");
}

/* --- answers before any mail ------------------------------------------------------------------------------------------ */

static void greet(MtaSession *session, bool extended) {
    g_autofree char *line = g_strdup_printf("%s %s", session->lmtp ? "LHLO" : extended ? "EHLO" : "HELO", session->terms->config->domain);
    session->offers = (MtaOffers){0};
    session->offers_tls = session->login_plain = session->login_by_steps = false;
    say(session, extended || session->lmtp ? STEP_EHLO : STEP_HELO, line);
}

static char *encoded(const char *text, size_t length) { return g_base64_encode((const guchar *)text, length); }

static void log_in(MtaSession *session) {
    const Config *config = session->terms->config;
    if (!session->login_plain && !session->login_by_steps) return finish(session, "the server offers no login that we know (AUTH PLAIN, LOGIN)");
    if (!session->login_plain) return say(session, STEP_AUTH, "AUTH LOGIN");
    g_autoptr(GString) secret = g_string_new("");
    g_string_append_c(secret, '\0');
    g_string_append_len(secret, config->relay_user, (gssize)strlen(config->relay_user) + 1);
    g_string_append(secret, config->relay_password);
    g_autofree char *words = encoded(secret->str, secret->len), *line = g_strdup_printf("AUTH PLAIN %s", words);
    say(session, STEP_AUTH, line);
}

static bool must_encrypt(const MtaSession *session) { return strcmp(session->terms->config->relay_tls, "no") != 0; }

static void open_for_mail(MtaSession *session) {
    session->phase = PHASE_OPEN;
    session->was_open = true;
}

static void on_ehlo(MtaSession *session, int code) {
    static const char no_tls[] = "the server does not offer STARTTLS";
    const MtaReply *reply = &session->reply;
    g_autofree char *size = NULL, *login = NULL, *limits = NULL;
    if (code >= 500 && code <= 502 && !session->lmtp) return must_encrypt(session) ? finish(session, no_tls) : greet(session, false);
    session->offers.pipelining = mta_reply_offers(reply, "PIPELINING", NULL);
    session->offers.eight_bit = mta_reply_offers(reply, "8BITMIME", NULL);
    session->offers.utf8 = mta_reply_offers(reply, "SMTPUTF8", NULL);
    session->offers.dsn = mta_reply_offers(reply, "DSN", NULL);
    session->offers.size = mta_reply_offers(reply, "SIZE", &size);
    session->offers.size_most = size != NULL ? MAX(0, g_ascii_strtoll(size, NULL, 10)) : 0;
    const char *most = mta_reply_offers(reply, "LIMITS", &limits) ? strstr(limits, "RCPTMAX=") : NULL;
    session->offers.recipients_most = most != NULL ? (size_t)MAX(0, g_ascii_strtoll(most + 8, NULL, 10)) : 0;
    session->offers_tls = mta_reply_offers(reply, "STARTTLS", NULL);
    if (mta_reply_offers(reply, "AUTH", &login)) {
        session->login_plain = strcasestr(login, " PLAIN") != NULL;
        session->login_by_steps = strcasestr(login, " LOGIN") != NULL;
    }
    if (must_encrypt(session) && !mta_stream_is_encrypted(session->stream))
        return session->offers_tls ? say(session, STEP_STARTTLS, "STARTTLS") : finish(session, no_tls);
    if (*session->terms->config->relay_user != '\0') return log_in(session);
    open_for_mail(session);
}

/* An answer of refusal here is about the server, not about any recipient. */
static void on_opening(MtaSession *session, Step step, int code, const char *words) {
    const Config *config = session->terms->config;
    bool asked_on = code >= 300 && code < 400 && (step == STEP_AUTH || step == STEP_USER) && !session->login_plain;
    bool no_extensions = step == STEP_EHLO && code >= 500 && code <= 502;
    if (code >= 300 && !asked_on && !no_extensions) return finish(session, words);
    switch (step) {
    case STEP_BANNER: return greet(session, true);
    case STEP_EHLO: return on_ehlo(session, code);
    case STEP_HELO: return open_for_mail(session);
    case STEP_STARTTLS: session->phase = PHASE_ENCRYPT; return;
    default: break;
    }
    if (!asked_on) return step == STEP_PASSWORD || session->login_plain ? open_for_mail(session) : finish(session, out_of_turn);
    const char *answer = step == STEP_AUTH ? config->relay_user : config->relay_password;
    g_autofree char *line = encoded(answer, strlen(answer));
    say(session, step == STEP_AUTH ? STEP_USER : STEP_PASSWORD, line);
}

static void on_reply(MtaSession *session, int64_t now) {
    g_autofree Expected *expected = g_queue_pop_head(&session->expected);
    g_autofree char *words = mta_reply_words(&session->reply);
    MtaTransaction *transaction = expected->transaction;
    int code = session->reply.code;
    extend(session, now);
    session->dismissed = code == 421 && expected->step != STEP_DOT;
    if (session->dismissed && session->answered > 0) return finish(session, words);
    switch (expected->step) {
    case STEP_MAIL: on_mail(session, transaction, code, words); break;
    case STEP_RCPT: on_rcpt(session, transaction, expected->index, code, words); break;
    case STEP_DATA: on_data(session, transaction, code, words); break;
    case STEP_DOT: on_dot(session, transaction, expected->index, code, words, now); break;
    case STEP_RSET: on_rset(session, transaction, code, now); break;
    case STEP_QUIT: finish(session, ""); break;
    default: on_opening(session, expected->step, code, words);
    }
    if (code == 421) finish(session, words); /* RFC 5321 3.8: it closes, whatever it was asked */
}

static void take_octets(MtaSession *session, const char *octets, size_t length, int64_t now) {
    while (length > 0 && session->phase != PHASE_OVER) {
        const Expected *expected = g_queue_peek_head(&session->expected);
        size_t used = 0;
        /* An answer to the dot before it was written, or to nothing at all. */
        bool early = expected == NULL || (expected->step == STEP_DOT && mta_stream_has_to_write(session->stream));
        MtaReplyState state = mta_reply_feed(&session->reply, octets, length, &used);
        if (state == MTA_REPLY_BROKEN) return finish(session, out_of_turn);
        octets += used;
        length -= used;
        if (state == MTA_REPLY_MORE) return;
        g_autofree char *words = early ? mta_reply_words(&session->reply) : NULL;
        if (early) return finish(session, session->reply.code >= 400 ? words : out_of_turn);
        /* What stands behind the last answer that was asked for: a client that went on would take it for the answer to its next command. */
        bool surplus = length > 0 && g_queue_get_length(&session->expected) == 1;
        if (surplus && expected->step == STEP_STARTTLS) return finish(session, "the server sent plain text after STARTTLS");
        if (!surplus || expected->step == STEP_DOT) on_reply(session, now);
        mta_reply_reset(&session->reply);
        if (surplus) return finish(session, out_of_turn);
    }
}

/* --- the owner's side --------------------------------------------------------------------------------------------------- */

MtaSession *mta_session_open(const MtaTerms *terms, const MtaPlace *place) {
    MtaSession *session = g_new0(MtaSession, 1);
    session->terms = terms;
    session->place = place;
    session->lmtp = strcmp(terms->config->relay_protocol, "lmtp") == 0;
    mta_reply_init(&session->reply);
    g_queue_init(&session->expected);
    extend(session, g_get_monotonic_time());
    session->stream = mta_stream_open(place, &session->why);
    if (session->stream == NULL) session->phase = PHASE_OVER;
    return session;
}

void mta_session_close(MtaSession *session) {
    if (session == NULL) return;
    finish(session, "the connection was given up");
    g_queue_clear_full(&session->expected, g_free);
    mta_reply_clear(&session->reply);
    g_free(session->why);
    g_free(session);
}

void mta_session_quit(MtaSession *session) {
    if (!mta_session_is_idle(session)) return;
    int64_t now = g_get_monotonic_time();
    session->phase = PHASE_QUIT;
    say(session, STEP_QUIT, "QUIT");
    session->deadline = MIN(session->deadline, now + QUIT_SECONDS * SECONDS);
}

static void go_on_connecting(MtaSession *session, bool late) {
    MtaStreamState state = mta_stream_connect(session->stream, late);
    if (state == MTA_STREAM_BROKEN) return finish(session, mta_stream_why(session->stream));
    if (state == MTA_STREAM_AGAIN) return;
    expect(session, STEP_BANNER, NULL, 0);
    session->phase = strcmp(session->terms->config->relay_tls, "implicit") == 0 ? PHASE_ENCRYPT : PHASE_GREET;
}

static void go_on_encrypting(MtaSession *session) {
    MtaStreamState state = mta_stream_encrypt(session->stream, session->terms->config->relay_authorities);
    if (state == MTA_STREAM_BROKEN) return finish(session, mta_stream_why(session->stream));
    if (state == MTA_STREAM_AGAIN) return;
    session->phase = PHASE_GREET;
    if (g_queue_is_empty(&session->expected)) greet(session, true); /* RFC 3207 4.2: what was said before counts no more */
}

static void read_answers(MtaSession *session, int64_t now) {
    char octets[READ_SIZE];
    do {
        size_t done = 0;
        MtaStreamState state = mta_stream_read(session->stream, octets, sizeof octets, &done);
        if (state == MTA_STREAM_BROKEN) return finish(session, mta_stream_why(session->stream));
        if (state == MTA_STREAM_AGAIN) return;
        take_octets(session, octets, done, now);
    } while (session->phase != PHASE_OVER && session->phase != PHASE_ENCRYPT && mta_stream_has_more(session->stream));
}

void mta_session_go_on(MtaSession *session, int events, int64_t now) {
    if (session->phase == PHASE_OVER) return;
    bool late = now >= session->deadline;
    if (session->phase == PHASE_CONNECT && (events != 0 || late)) {
        if (late) extend(session, now);
        go_on_connecting(session, late);
        if (session->phase != PHASE_ENCRYPT) return;
    }
    if (late) return finish(session, session->phase == PHASE_QUIT ? "" : "the server did not answer in time");
    if (session->phase == PHASE_ENCRYPT) go_on_encrypting(session);
    else if ((events & (POLLIN | POLLERR | POLLHUP)) != 0) read_answers(session, now);
    if (session->phase == PHASE_ENCRYPT && session->stream != NULL) go_on_encrypting(session);
}

void mta_session_write(MtaSession *session, int64_t now) {
    session->unmarked = false;
    bool open = session->phase != PHASE_OVER && session->phase != PHASE_CONNECT && session->phase != PHASE_ENCRYPT;
    if (open && mta_stream_has_to_write(session->stream)) flush(session, now);
    if (session->phase != PHASE_OVER) mta_stream_acknowledge(session->stream);
}

void mta_session_write_ahead(MtaSession *session, int64_t now) {
    if (!session->unmarked && session->stream != NULL && mta_stream_has_to_write(session->stream)) mta_session_write(session, now);
}

int mta_session_descriptor(const MtaSession *session) { return session->stream != NULL ? mta_stream_descriptor(session->stream) : -1; }

int mta_session_wanted(const MtaSession *session) {
    if (session->stream == NULL) return 0;
    return (session->phase == PHASE_CONNECT ? 0 : POLLIN) | (mta_stream_wants_write(session->stream) ? POLLOUT : 0);
}

int64_t mta_session_deadline(const MtaSession *session) { return mta_session_is_idle(session) ? G_MAXINT64 : session->deadline; }
bool mta_session_is_over(const MtaSession *session) { return session->phase == PHASE_OVER; }
bool mta_session_is_idle(const MtaSession *session) {
    return session->phase == PHASE_OPEN && session->current == NULL && g_queue_is_empty((GQueue *)(uintptr_t)&session->expected);
}
bool mta_session_was_open(const MtaSession *session) { return session->was_open; }
int64_t mta_session_answered(const MtaSession *session) { return session->answered; }
const MtaOffers *mta_session_offers(const MtaSession *session) { return &session->offers; }
const MtaPlace *mta_session_place(const MtaSession *session) { return session->place; }
const char *mta_session_why(const MtaSession *session) { return session->why != NULL ? session->why : ""; }
