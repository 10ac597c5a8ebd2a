#include "intake/session.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include "base/log.h"
#include "intake/commit.h"
#include "intake/dialogue.h"
#include "intake/envelope.h"
#include "intake/receive.h"
#include "message/parse.h"

enum { RECIPIENTS_MOST = 200, ERRORS_MOST = 20, SLICE_MILLISECONDS = 500, PIECE = 65536 };

struct Session {
    const Config *config;
    int descriptor, queue;
    const volatile int *stop;
    uint8_t piece[PIECE]; /* what came in and was not looked at yet: from `at` to `end` */
    size_t at, end;
    GString *out; /* replies that wait until we have to wait ourselves: PIPELINING */
    bool greeted, broken;
    int errors;
    char *sender; /* NULL: no MAIL yet */
    GPtrArray *recipients;
    SandboxReader *reader; /* of the next mail; NULL: not started */
};

static void forget_mail(Session *session) {
    g_clear_pointer(&session->sender, g_free);
    g_ptr_array_set_size(session->recipients, 0);
}

void session_free(Session *session) {
    if (session == NULL) return;
    g_free(session->sender);
    g_ptr_array_unref(session->recipients);
    g_string_free(session->out, TRUE);
    sandbox_free(session->reader);
    g_free(session);
}
static void say(Session *session, const char *line) { g_string_append_printf(session->out, "%s\r\n", line); }

static void complain(Session *session, const char *line) {
    session->errors++;
    say(session, line);
}

/* Until something can be read or written: false when that took too long, or we are told to stop between two mails. */
static bool wait_for(Session *session, short what, int64_t end, bool between) {
    for (;;) {
        struct pollfd wait = {.fd = session->descriptor, .events = what};
        if (between && *session->stop != 0) return false;
        if (g_get_monotonic_time() > end) return false;
        if (poll(&wait, 1, SLICE_MILLISECONDS) > 0) return true;
    }
}

static int64_t in_seconds(const Session *session, int64_t times) {
    return g_get_monotonic_time() + times * session->config->lmtp_seconds * G_USEC_PER_SEC;
}

static void flush(Session *session) {
    int64_t end = in_seconds(session, 1);
    for (size_t done = 0; done < session->out->len && !session->broken;) {
        ssize_t sent = send(session->descriptor, session->out->str + done, session->out->len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) done += (size_t)sent;
        else if (errno == EAGAIN) session->broken = !wait_for(session, POLLOUT, end, false);
        else session->broken = errno != EINTR;
    }
    g_string_truncate(session->out, 0);
}

/* More bytes into `piece`, of which nothing may be left. */
static bool fill(Session *session, int64_t end, bool between) {
    flush(session);
    while (!session->broken) {
        if (!wait_for(session, POLLIN, MIN(end, in_seconds(session, 1)), between)) break;
        ssize_t got = recv(session->descriptor, session->piece, sizeof session->piece, MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got <= 0) {
            session->broken = true;
            return false;
        }
        session->at = 0;
        session->end = (size_t)got;
        return true;
    }
    if (!session->broken) say(session, between && *session->stop != 0 ? "421 4.3.2 We are closing down" : "421 4.4.2 You took too long");
    flush(session);
    session->broken = true;
    return false;
}

/* One command into `line`, without its CRLF (or a lone LF, which can hide nothing here). A line that is too long ends the session: what follows
 * it could be anything. */
static bool read_line(Session *session, GString *line) {
    int64_t end = in_seconds(session, 1);
    g_string_truncate(line, 0);
    for (;;) {
        if (session->at == session->end && !fill(session, end, session->sender == NULL && line->len == 0)) return false;
        const char *from = (const char *)session->piece + session->at, *lf = memchr(from, '\n', session->end - session->at);
        size_t length = lf != NULL ? (size_t)(lf - from) + 1 : session->end - session->at;
        if (line->len + length > DIALOGUE_LINE_MOST) {
            say(session, "421 5.5.2 That line is too long");
            flush(session);
            return false;
        }
        g_string_append_len(line, from, (gssize)length);
        session->at += length;
        if (lf == NULL) continue;
        g_string_truncate(line, line->len - 1);
        if (line->len > 0 && line->str[line->len - 1] == '\r') g_string_truncate(line, line->len - 1);
        return true;
    }
}

/* All of DATA. What is too large is read to its end, but not without one. NULL when the client left or dawdled. */
static GBytes *read_data(Session *session, bool *too_large) {
    DotState state = DOT_LINE;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    int64_t end = in_seconds(session, 2), seen = 0, most = session->config->message_bytes;
    while (state != DOT_END) {
        if (session->at == session->end && !fill(session, end, false)) return NULL;
        size_t took = dialogue_data(&state, session->piece + session->at, session->end - session->at, *too_large ? NULL : bytes);
        session->at += took;
        seen += (int64_t)took;
        if ((int64_t)bytes->len > most) {
            *too_large = true;
            g_byte_array_set_size(bytes, 0);
        }
        if (seen > 2 * most + PIECE) {
            say(session, "421 5.3.4 The message is larger than this site takes");
            flush(session);
            return NULL;
        }
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

static void say_for_each(Session *session, const char *line) {
    for (guint i = 0; i < session->recipients->len; i++) say(session, line);
}

/* Forked ahead, so that a client waits for neither the fork nor what comes with it. Each mail has a reader of its own, that has seen no other. */
static bool have_reader(Session *session, GError **error) {
    if (session->reader == NULL) session->reader = sandbox_start(session->config, error);
    return session->reader != NULL;
}

static GPtrArray *have_committed(Session *session, GBytes *raw, GError **error) {
    g_autofree char *detail = NULL;
    Intent mail = {.kind = INTENT_MAIL, .raw = raw, .sender = session->sender};
    if (!have_reader(session, error)) return NULL;
    g_autoptr(SandboxReader) reader = g_steal_pointer(&session->reader);
    if (!receive_ask(session->config, reader, raw, &mail.unreadable.rule, &detail, error)) return NULL;
    g_autoptr(Letter) letter = receive_told(reader, &mail.unreadable.rule, &detail, error);
    if (letter == NULL) return NULL;
    mail.letter = letter;
    mail.unreadable.detail = detail;
    int answer = commit_ask(session->queue, &mail, session->recipients, error);
    if (answer < 0) return NULL;
    if (*session->stop == 0) have_reader(session, NULL);
    return commit_await(answer, session->recipients->len, error);
}

static void hand_over(Session *session, GBytes *raw) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) replies = have_committed(session, raw, &error);
    if (replies == NULL) {
        log_event("put-off", "why", error->message, NULL);
        say_for_each(session, "451 4.3.0 Try again later");
    }
    for (guint i = 0; replies != NULL && i < replies->len; i++) say(session, replies->pdata[i]);
}

static bool take_data(Session *session) {
    bool too_large = false;
    say(session, "354 End with a line that is a dot");
    g_autoptr(GBytes) raw = read_data(session, &too_large);
    if (raw == NULL) return false;
    if (too_large) {
        log_event("refused", "sender", session->sender, "why", "too-large", NULL);
        say_for_each(session, "552 5.3.4 The message is larger than this site takes");
    } else
        hand_over(session, raw);
    forget_mail(session);
    return true;
}

static void take_recipient(Session *session, const Said *said) {
    g_auto(Envelope) envelope = {0};
    char *operands[] = {session->sender, said->path};
    if (session->recipients->len >= RECIPIENTS_MOST)
        complain(session, "452 4.5.3 Too many recipients");
    else if (!envelope_read(session->config, NULL, G_N_ELEMENTS(operands), operands, &envelope, NULL))
        complain(session, "550 5.1.3 The recipient is not a valid address");
    else {
        g_ptr_array_add(session->recipients, g_steal_pointer(&envelope.recipient));
        say(session, "250 2.1.5 Go on");
    }
}

static void take_sender(Session *session, const Said *said) {
    if (said->size > session->config->message_bytes) {
        complain(session, "552 5.3.4 The message is larger than this site takes");
        return;
    }
    /* The same reading of odd senders as at the pipe; it wants a recipient to go with it. */
    g_auto(Envelope) envelope = {0};
    g_autofree char *anybody = g_strconcat("diktyo@", session->config->domain, NULL);
    g_autofree char *text = g_utf8_make_valid(said->path, -1);
    char *operands[] = {text, anybody};
    if (!envelope_read(session->config, NULL, G_N_ELEMENTS(operands), operands, &envelope, NULL)) {
        complain(session, "451 4.3.0 Try again later");
        return;
    }
    session->sender = g_steal_pointer(&envelope.sender);
    have_reader(session, NULL);
    say(session, "250 2.1.0 Go on");
}

static void introduce(Session *session) {
    session->greeted = true;
    forget_mail(session);
    g_string_append_printf(session->out,
                           "250-%s\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE %" G_GINT64_FORMAT "\r\n",
                           session->config->domain, session->config->message_bytes);
}

/* False ends the session. */
static bool obey(Session *session, const Said *said) {
    switch (said->saying) {
    case SAYS_LHLO: introduce(session); return true;
    case SAYS_HELO: complain(session, "500 5.5.1 This is LMTP: say LHLO"); return true;
    case SAYS_NOOP: say(session, "250 2.0.0 Well"); return true;
    case SAYS_VRFY: say(session, "252 2.5.0 Send it some mail"); return true;
    case SAYS_UNKNOWN: complain(session, "500 5.5.1 There is no such command"); return true;
    case SAYS_BAD_WORDS: complain(session, "501 5.5.4 That cannot be read"); return true;
    case SAYS_QUIT: say(session, "221 2.0.0 Bye"); return false;
    case SAYS_RSET:
        forget_mail(session);
        say(session, "250 2.0.0 Forgotten");
        return true;
    case SAYS_MAIL:
        if (!session->greeted || session->sender != NULL) complain(session, "503 5.5.1 Not now");
        else take_sender(session, said);
        return true;
    case SAYS_RCPT:
        if (session->sender == NULL) complain(session, "503 5.5.1 MAIL comes first");
        else take_recipient(session, said);
        return true;
    case SAYS_DATA:
        if (session->recipients->len > 0) return take_data(session);
        complain(session, "503 5.5.1 Nobody is to get it");
        return true;
    }
    return false;
}

Session *session_new(const Config *config, int queue, const volatile int *stop) {
    Session *session = g_new0(Session, 1);
    session->config = config;
    session->queue = queue;
    session->stop = stop;
    session->out = g_string_new(NULL);
    session->recipients = g_ptr_array_new_with_free_func(g_free);
    return session;
}

void session_get_ready(Session *session) { have_reader(session, NULL); }

void session_run(Session *session, int descriptor) {
    g_autoptr(GString) line = g_string_new(NULL);
    session->descriptor = descriptor;
    g_string_append_printf(session->out, "220 %s LMTP diktyo\r\n", session->config->domain);
    while (!session->broken && read_line(session, line)) {
        g_auto(Said) said = dialogue_read(line->str, line->len);
        if (!obey(session, &said)) break;
        if (session->errors > ERRORS_MOST) {
            say(session, "421 4.7.0 Too many mistakes");
            break;
        }
    }
    flush(session);
}
