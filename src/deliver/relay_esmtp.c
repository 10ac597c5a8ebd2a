#include "deliver/relay.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "deliver/esmtp_library.h"

/* libESMTP 1.1.0 believes what it should not (a session “succeeds” without an answer), waits without end, and can crash.
 * So it runs in a child that owns one connection and nothing else, tells us of each delivery as soon as its answer is read,
 * and waits for our word before it goes on: when either side dies, only the transaction in flight is in doubt, and it
 * counts as waiting. Its monitor sees every octet of the dialogue before the library does: there we keep the server's
 * words, hide the extensions that it handles wrongly, and leave when the server talks out of turn. */

enum {
    SESSION_MOST = 100,  /* messages in one session: the library keeps about 4 KB for each */
    REPLY_SIZE = 512,    /* of a reply that crosses to the parent */
    LINE_LONGEST = 1000, /* the library cuts a line at 1023 octets and takes the rest for the next answer */
    DESCRIPTORS = 64,    /* more than the child ever has open */
    QUIT_SECONDS = 2     /* that a server may take to say goodbye when all is answered */
};

/* What crosses from child to parent, one datagram each. The parent answers each one about a delivery with one octet. */
typedef struct {
    uint32_t index; /* of the delivery, or THE_REST: why what was not answered was not */
    uint32_t result;
    char reply[REPLY_SIZE];
} Report;

static const uint32_t THE_REST = UINT32_MAX;
static const char not_fitting[] = "the server's answers do not fit the commands";

/* One message as the library reads it. */
typedef struct {
    GBytes *head, *body;
    int piece; /* that is read next: 0 head, 1 body */
} Copy;

typedef struct {
    const Config *config;
    const RelayJob *job;
    Copy copies[SESSION_MOST];
    smtp_message_t messages[SESSION_MOST];
    smtp_recipient_t recipients[SESSION_MOST];
    bool reported[SESSION_MOST];
    int parent;
    char command[16];      /* how the last line that we sent begins */
    char line[REPLY_SIZE]; /* how the last line of the server begins */
    size_t length;         /* of that line, however long */
    bool ended;            /* that line has ended */
    bool keyword;          /* the EHLO keyword in it has begun */
    bool answered;         /* the last line of a final answer has ended since our last command */
    bool out_of_turn;      /* something came behind it */
    bool mailing;          /* the first MAIL was sent */
    bool authenticated, encrypted;
    char failure[REPLY_SIZE]; /* why the session cannot come to a mail: the server's words, or ours */
} Child;

/* --- the child: telling --------------------------------------------------------------------------------------------- */

static void tell(Child *child, uint32_t index, ResultKind result, const char *reply) {
    Report datagram = {.index = index, .result = result};
    char word;
    g_strlcpy(datagram.reply, reply, sizeof datagram.reply);
    if (send(child->parent, &datagram, sizeof datagram, MSG_NOSIGNAL) != sizeof datagram) _exit(1);
    if (index != THE_REST && recv(child->parent, &word, 1, 0) != 1) _exit(1);
}

/* Ends the child: nothing that the library could still do is wanted. */
G_NORETURN static void leave(Child *child, const char *why) {
    tell(child, THE_REST, child->mailing ? RESULT_LATER : RESULT_UNTRIED, why);
    _exit(0);
}

static void report(Child *child, size_t index, ResultKind result, const smtp_status_t *status) {
    if (child->reported[index]) return;
    child->reported[index] = true;
    const char *words = status->text != NULL ? status->text : "";
    g_autofree char *reply = status->code != 0 ? g_strdup_printf("%d %s", status->code, words) : g_strdup(words);
    tell(child, (uint32_t)index, result, reply);
}

/* --- the child: the dialogue ---------------------------------------------------------------------------------------- */

/* Without NODELAY each message takes 44 ms: it waits for an acknowledgement that the server's kernel holds back. The child
 * has one TCP socket; whoever opened it, here it is found. QUICKACK wears off and is set after each read (tcp(7)). */
static void hurry(int option) {
    for (int descriptor = 0; descriptor < DESCRIPTORS; descriptor++) {
        int protocol = 0;
        socklen_t size = sizeof protocol;
        if (getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_TCP)
            setsockopt(descriptor, IPPROTO_TCP, option, &(int){1}, sizeof(int));
    }
}

/* PIPELINING crashes the library when the connection ends at RCPT; CHUNKING loses the 4xx to a chunk behind the 503 to the
 * next, and blinds the monitor; ENHANCEDSTATUSCODES refuses answers whose lines differ. It has no switch for them, so every
 * keyword but 8BITMIME, AUTH, SIZE and STARTTLS is made unknown in its buffer before it is read. RFC 5321 4.1.1.1. */
static void hide_keyword(Child *child, char *octet) {
    if (child->length < 4 || child->keyword || child->line[0] != '2' || g_ascii_isspace(*octet)) return;
    child->keyword = true;
    if (strchr("8AS", g_ascii_toupper(*octet)) == NULL) *octet = 'X';
}

static void note_octet(Child *child, char octet) {
    if (child->ended) {
        child->out_of_turn = child->out_of_turn || child->answered;
        child->ended = child->keyword = false;
        child->length = 0;
    }
    if (child->length < sizeof child->line - 1) {
        child->line[child->length] = octet;
        child->line[child->length + 1] = '\0';
    }
    if (++child->length > LINE_LONGEST) child->out_of_turn = true;
    if (octet != '\n') return;
    child->ended = true;
    /* After 3xx it is our turn, but what we send then (a message) does not pass here. */
    child->answered = child->length >= 4 && child->line[3] != '-' && child->line[0] != '3';
    if (strncmp(child->line, "235", 3) == 0) child->authenticated = true;
    if (!child->mailing && child->answered && strchr("45", child->line[0]) != NULL) g_strlcpy(child->failure, child->line, REPLY_SIZE);
}

/* The library would go on in clear text, and without the login, to servers that take their own domain's mail so. */
static void require_secrecy(Child *child) {
    bool secret = strcmp(child->config->relay_tls, "no") == 0 || child->encrypted;
    bool known = *child->config->relay_user == '\0' || child->authenticated;
    if (!secret || !known) leave(child, *child->failure != '\0' ? child->failure : "the server did not take user name and password under TLS");
    child->mailing = true;
    *child->failure = '\0';
}

/* Called with each command before it is sent, and with what was read before the library looks at it. */
static void on_octets(const char *octets, int length, int writing, void *user) {
    Child *child = user;
    if (writing != SMTP_CB_READING) {
        if (child->out_of_turn) leave(child, not_fitting);
        g_strlcpy(child->command, octets, MIN(sizeof child->command, (size_t)length + 1));
        if (g_str_has_prefix(child->command, "MAIL ") && !child->mailing) require_secrecy(child);
        child->ended = true;
        child->answered = false;
        return;
    }
    hurry(TCP_QUICKACK);
    bool to_ehlo = g_str_has_prefix(child->command, "EHLO ");
    for (int i = 0; i < length; i++) {
        char *octet = (char *)(uintptr_t)&octets[i];
        char said = *octet;
        if (to_ehlo && !child->ended) hide_keyword(child, octet);
        note_octet(child, said);
    }
    /* Plain text behind the answer to STARTTLS would be taken for an answer given under TLS. */
    if (child->out_of_turn && g_str_has_prefix(child->command, "STARTTLS")) leave(child, "the server sent plain text after STARTTLS");
}

/* The message, the head in one piece and the body in another; `length` NULL: from the beginning again. */
static const char *on_message_wanted(void **unused, int *length, void *user) {
    Copy *copy = user;
    gsize size = 0;
    (void)unused;
    if (length == NULL) {
        copy->piece = 0;
        return NULL;
    }
    GBytes *pieces[] = {copy->head, copy->body, NULL};
    GBytes *piece = pieces[MIN(copy->piece, 2)];
    copy->piece++;
    const char *text = piece != NULL ? g_bytes_get_data(piece, &size) : NULL;
    *length = (int)size;
    return text;
}

/* --- the child: judging --------------------------------------------------------------------------------------------- */

static bool is_good(const smtp_status_t *status) { return status->code >= 200 && status->code <= 299; }

/* Not logged in (RFC 4954 6.) and out of step (503) say nothing of the recipient. An answer cut off is none. */
static ResultKind judge_refusal(const Child *child, const smtp_status_t *status) {
    switch (status->code) {
    case 503: case 530: case 534: case 535: case 538: return RESULT_LATER;
    default: return status->code >= 500 && status->code <= 599 && child->answered ? RESULT_REFUSED : RESULT_LATER;
    }
}

static void judge_step(Child *child, size_t index, const smtp_status_t *status) {
    if (!is_good(status)) report(child, index, judge_refusal(child, status), status);
}

/* After the final dot, or when DATA was refused. A recipient who was refused at RCPT has been reported already. */
static void judge_message(Child *child, size_t index) {
    static const smtp_status_t cut = {.text = (char *)(uintptr_t)"the connection ended before the answer did"};
    const smtp_status_t *status = esmtp.smtp_message_transfer_status(child->messages[index]);
    if (!is_good(status)) return judge_step(child, index, status);
    bool sent = esmtp.smtp_recipient_check_complete(child->recipients[index]) && is_good(esmtp.smtp_recipient_status(child->recipients[index]));
    report(child, index, sent && child->answered ? RESULT_SENT : RESULT_LATER, child->answered ? status : &cut);
}

static size_t index_of(void *const *table, size_t count, const void *sought) {
    for (size_t index = 0; index < count; index++)
        if (table[index] == sought) return index;
    _exit(1);
}

static void on_event(smtp_session_t session, int event, void *user, ...) {
    Child *child = user;
    va_list arguments;
    (void)session;
    va_start(arguments, user);
    switch (event) {
    case SMTP_EV_CONNECT:
        setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
        hurry(TCP_NODELAY);
        break;
    case SMTP_EV_MAILSTATUS: {
        (void)va_arg(arguments, const char *);
        size_t index = index_of((void *const *)child->messages, child->job->count, va_arg(arguments, smtp_message_t));
        judge_step(child, index, esmtp.smtp_reverse_path_status(child->messages[index]));
        break;
    }
    case SMTP_EV_RCPTSTATUS: {
        (void)va_arg(arguments, const char *);
        size_t index = index_of((void *const *)child->recipients, child->job->count, va_arg(arguments, smtp_recipient_t));
        judge_step(child, index, esmtp.smtp_recipient_status(child->recipients[index]));
        break;
    }
    case SMTP_EV_MESSAGESENT:
        judge_message(child, index_of((void *const *)child->messages, child->job->count, va_arg(arguments, smtp_message_t)));
        break;
    case SMTP_EV_MESSAGEDATA: /* it is written behind the monitor's back: this is where an answer before the dot shows */
        if (!child->ended || child->line[0] != '3') child->out_of_turn = true;
        break;
    case SMTP_EV_STARTTLS_OK: child->encrypted = true; break;
    /* OpenSSL has checked the name of the configuration; the library would compare the canonical one that DNS gave. */
    case SMTP_EV_WRONG_PEER_CERTIFICATE: *va_arg(arguments, int *) = 1; break;
    case SMTP_EV_EXTNA_8BITMIME: g_strlcpy(child->failure, "the server does not take 8-bit text (8BITMIME)", REPLY_SIZE); break;
    case SMTP_EV_EXTNA_STARTTLS: g_strlcpy(child->failure, "the server does not offer STARTTLS", REPLY_SIZE); break;
    default: break;
    }
    va_end(arguments);
    if (child->out_of_turn) leave(child, not_fitting);
}

/* --- the child: the session ----------------------------------------------------------------------------------------- */

static int on_certificate(int good, X509_STORE_CTX *store) {
    SSL *ssl = esmtp.X509_STORE_CTX_get_ex_data(store, esmtp.SSL_get_ex_data_X509_STORE_CTX_idx());
    Child *child = esmtp.SSL_CTX_get_ex_data(esmtp.SSL_get_SSL_CTX(ssl), 0);
    if (!good)
        g_snprintf(child->failure, REPLY_SIZE, "the server's certificate: %s", esmtp.X509_verify_cert_error_string(esmtp.X509_STORE_CTX_get_error(store)));
    return good;
}

/* Its default context is freed twice, and TLS 1.3 deadlocks in it. HOME: it looks for certificates of a user there. */
static void require_encryption(Child *child, smtp_session_t session) {
    SSL_CTX *context = esmtp.SSL_CTX_new(esmtp.TLS_client_method());
    X509_VERIFY_PARAM *wanted = context != NULL ? esmtp.SSL_CTX_get0_param(context) : NULL;
    const char *host = child->config->relay_host;
    bool ready = wanted != NULL && esmtp.SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) == 1 &&
                 esmtp.SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, TLS1_2_VERSION, NULL) == 1 && esmtp.SSL_CTX_set_default_verify_paths(context) == 1 &&
                 (esmtp.X509_VERIFY_PARAM_set1_ip_asc(wanted, host) == 1 || esmtp.X509_VERIFY_PARAM_set1_host(wanted, host, 0) == 1) &&
                 esmtp.smtp_starttls_enable(session, Starttls_REQUIRED) && esmtp.smtp_starttls_set_ctx(session, context);
    if (!ready) leave(child, "TLS could not be set up");
    esmtp.SSL_CTX_set_ex_data(context, 0, child);
    esmtp.SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_certificate);
    g_setenv("HOME", "/nonexistent", TRUE);
}

static int on_login(auth_client_request_t request, char **result, int fields, void *user) {
    const Child *child = user;
    if (!child->encrypted) return 0;
    for (int i = 0; i < fields; i++)
        result[i] = (request[i].flags & AUTH_PASS) != 0   ? child->config->relay_password
                    : (request[i].flags & AUTH_USER) != 0 ? child->config->relay_user
                                                          : NULL;
    return 1;
}

static void require_login(Child *child, smtp_session_t session) {
    esmtp.auth_client_init();
    auth_context_t context = esmtp.auth_create_context();
    bool ready = context != NULL && esmtp.auth_set_mechanism_flags(context, AUTH_PLUGIN_PLAIN, 0) &&
                 esmtp.auth_set_interact_cb(context, on_login, child) && esmtp.smtp_auth_set_context(session, context);
    if (!ready) leave(child, "the login could not be set up");
}

/* The envelope sender is another for each recipient, so each delivery is a message of its own in one session. */
static void add_messages(Child *child, smtp_session_t session) {
    const RelayJob *job = child->job;
    bool eight_bit = relay_is_eight_bit(job);
    unsigned long size = g_bytes_get_size(job->head) + g_bytes_get_size(job->body);
    for (size_t i = 0; i < job->count; i++) {
        const Delivery *delivery = job->deliveries[i];
        if (!g_str_is_ascii(delivery->email) || !g_str_is_ascii(delivery->envelope_sender)) {
            child->reported[i] = true;
            tell(child, (uint32_t)i, RESULT_REFUSED, "this relay cannot send to addresses outside ASCII (RFC 6531)");
            continue;
        }
        child->copies[i] = (Copy){relay_head(job, delivery), job->body, 0};
        smtp_message_t message = child->messages[i] = esmtp.smtp_add_message(session);
        bool added = message != NULL && esmtp.smtp_set_reverse_path(message, delivery->envelope_sender) &&
                     esmtp.smtp_set_messagecb(message, on_message_wanted, &child->copies[i]) && esmtp.smtp_size_set_estimate(message, size) &&
                     (!eight_bit || esmtp.smtp_8bitmime_set_body(message, E8bitmime_8BITMIME)) &&
                     (child->recipients[i] = esmtp.smtp_add_recipient(message, delivery->email)) != NULL;
        if (!added) leave(child, "no memory for the session");
    }
}

static volatile sig_atomic_t alarm_rang;
static void on_alarm(int number) {
    (void)number;
    alarm_rang = 1;
}

/* connect() has no limit of its own: a signal interrupts it, again for each address that the name has. */
static void limit_connecting(int64_t seconds) {
    struct sigaction action = {.sa_handler = on_alarm};
    if (sigaction(SIGALRM, &action, NULL) == 0) setitimer(ITIMER_REAL, &(struct itimerval){{seconds, 0}, {seconds, 0}}, NULL);
}

G_NORETURN static void run_session(Child *child) {
    const Config *config = child->config;
    smtp_session_t session = esmtp.smtp_create_session();
    g_autofree char *server = g_strdup_printf("%s:%" G_GINT64_FORMAT, config->relay_host, config->relay_port);
    if (strchr(config->relay_host, ':') != NULL) leave(child, "libESMTP needs a name or an IPv4 address in [relay] host");
    if (session == NULL || !esmtp.smtp_set_server(session, server) || !esmtp.smtp_set_hostname(session, config->domain))
        leave(child, "no memory for the session");
    for (int step = Timeout_GREETING; step <= Timeout_DATA2; step++)
        esmtp.smtp_set_timeout(session, step | Timeout_OVERRIDE_RFC2822_MINIMUM, config->relay_seconds * 1000);
    esmtp.smtp_set_eventcb(session, on_event, child);
    esmtp.smtp_set_monitorcb(session, on_octets, child, 0);
    if (strcmp(config->relay_tls, "no") != 0) require_encryption(child, session);
    if (*config->relay_user != '\0') require_login(child, session);
    add_messages(child, session);
    limit_connecting(config->relay_seconds);
    char reason[200] = "";
    bool connected = esmtp.smtp_start_session(session) != 0 || child->length > 0;
    esmtp.smtp_strerror(esmtp.smtp_errno(), reason, sizeof reason);
    if (*child->failure != '\0') leave(child, child->failure);
    if (!connected && alarm_rang) leave(child, "no connection: the server does not answer");
    if (!connected) g_snprintf(child->failure, REPLY_SIZE, "no connection to %s: %s", server, reason);
    else g_snprintf(child->failure, REPLY_SIZE, "the connection ended before the answer (%s)", reason);
    leave(child, child->failure);
}

/* Leaves everything of the parent's behind: its database above all. 0 to 2 are filled, or a socket would be given their place. */
G_NORETURN static void become_child(const Config *config, const RelayJob *job, int parent) {
    Child child = {.config = config, .job = job, .parent = 3, .ended = true};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    if (parent != 3 && dup2(parent, 3) != 3) _exit(1);
    if (close_range(4, ~0U, 0) != 0)
        for (int descriptor = 4; descriptor < 1024; descriptor++) close(descriptor);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0) _exit(1);
    run_session(&child);
}

/* --- the parent ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const RelayJob *job; /* this session's part of it */
    const RelayWork *work;
    bool *answered;
    size_t count;             /* of what is answered */
    bool begun;               /* it came to a mail */
    bool lost;                /* an answer could not be marked */
    int64_t enough, deadline; /* monotonic: no new message after the first, no waiting after the second */
    char why[REPLY_SIZE];
} Session;

static const char not_tried[] = "not tried: those before it took too long";

static void give(Session *session, size_t index, ResultKind result, const char *reply) {
    Delivery *delivery = session->job->deliveries[index];
    session->answered[index] = true;
    delivery->result = result;
    g_free(delivery->reply);
    delivery->reply = g_strdup(reply);
    session->work->answer(delivery, session->work->user);
}

/* False when it is over: the child has ended, has no more time, or says what cannot be. */
static bool take_report(Session *session, int child) {
    Report datagram;
    struct pollfd waiting = {.fd = child, .events = POLLIN};
    int64_t left = session->deadline - g_get_monotonic_time();
    int ready = left <= 0 ? 0 : poll(&waiting, 1, (int)MIN(left / 1000 + 1, G_MAXINT));
    if (ready < 0 && errno == EINTR) return true;
    if (ready == 0) g_strlcpy(session->why, "the session took too long", REPLY_SIZE);
    if (ready <= 0 || recv(child, &datagram, sizeof datagram, 0) != sizeof datagram) return false;
    datagram.reply[REPLY_SIZE - 1] = '\0';
    if (datagram.index == THE_REST) {
        g_strlcpy(session->why, datagram.reply, REPLY_SIZE);
        session->begun = datagram.result != RESULT_UNTRIED;
        return true;
    }
    if (datagram.index >= session->job->count || session->answered[datagram.index] || datagram.result > RESULT_REFUSED) return false;
    give(session, datagram.index, (ResultKind)datagram.result, datagram.reply);
    session->count++;
    session->lost = !session->work->settled(session->work->user);
    if (session->lost) return false;
    if (session->count == session->job->count)
        session->deadline = MIN(session->deadline, g_get_monotonic_time() + QUIT_SECONDS * G_USEC_PER_SEC);
    else if (g_get_monotonic_time() > session->enough || (session->work->stop != NULL && *session->work->stop)) {
        g_strlcpy(session->why, not_tried, REPLY_SIZE);
        return false;
    }
    return send(child, "", 1, MSG_NOSIGNAL) == 1;
}

/* Sends one session's part. False when not one delivery was answered: the server is away. */
static bool hold_session(const Config *config, Session *session) {
    int ends[2];
    g_autoptr(GError) missing = NULL;
    if (!esmtp_library_open(&missing)) {
        g_strlcpy(session->why, missing->message, REPLY_SIZE);
        session->begun = false;
        return false;
    }
    g_strlcpy(session->why, "the connection ended before the answer", REPLY_SIZE);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
    pid_t process = fork();
    if (process == 0) become_child(config, session->job, ends[1]);
    close(ends[1]);
    while (process > 0 && take_report(session, ends[0])) continue;
    close(ends[0]);
    if (process > 0) kill(process, SIGKILL);
    while (process > 0 && waitpid(process, NULL, 0) < 0 && errno == EINTR) continue;
    return session->count > 0;
}

/* What was not answered: of the first of them we do not know how far it came, the others were not begun. */
static void give_the_rest(Session *session) {
    bool doubtful = session->begun;
    for (size_t i = 0; i < session->job->count; i++) {
        if (session->answered[i]) continue;
        give(session, i, doubtful ? RESULT_LATER : RESULT_UNTRIED, session->why);
        doubtful = false;
    }
}

/* The library's server fails with a word for everybody: what it said before the first mail is said of no recipient. False: it is away. */
static bool send_job(const Config *config, const RelayJob *job, Session *session) {
    bool present = true;
    session->enough = job->until != 0 ? job->until : G_MAXINT64;
    for (size_t start = 0; start < job->count; start += SESSION_MOST) {
        RelayJob part = {job->head, job->body, job->slot, job->deliveries + start, MIN(job->count - start, SESSION_MOST), job->until};
        g_autofree bool *answered = g_new0(bool, part.count);
        bool late = g_get_monotonic_time() > session->enough || (session->work->stop != NULL && *session->work->stop);
        session->job = &part;
        session->answered = answered;
        session->count = 0;
        session->begun = !late && present;
        session->deadline = session->enough == G_MAXINT64 ? G_MAXINT64 : session->enough + config->lease_seconds * G_USEC_PER_SEC / 4;
        if (late) g_strlcpy(session->why, not_tried, REPLY_SIZE);
        else if (present && !session->lost) present = hold_session(config, session) || session->begun;
        give_the_rest(session);
    }
    return present;
}

static void send_by_esmtp(const Config *config, const RelayWork *work) {
    Session session = {.work = work};
    for (RelayJob *job; (work->stop == NULL || !*work->stop) && (job = work->next(work->user)) != NULL;) {
        bool present = send_job(config, job, &session);
        if (!work->settled(work->user) || session.lost || !present) break;
    }
}

/* Whether a server takes our mail does not depend on who asks: the doctor's question is relay_smtp's. */
static bool check_server(const Config *config, GError **error) { return relay_smtp.check(config, error); }

const Relay relay_esmtp = {"esmtp", send_by_esmtp, check_server};
