#include "intake/lmtp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/log.h"
#include "intake/commit.h"
#include "intake/session.h"
#include "message/sandbox.h"

/* Three kinds of process. This one forks, and never reads a byte of a client. A session takes and speaks with one client and has its mails read
 * in children of its own. The writer has the only connection to the database: SQLite forbids to carry one over a fork, and nobody who forks has
 * one. A session that dies costs its client a connection; a writer that dies is started anew, and its mails are tried again. */

enum { BACKLOG = 128, SLICE_MILLISECONDS = 500, PAUSE_MICROSECONDS = 200000, LISTEN_TRIES = 10 };

typedef struct {
    const Config *config;
    int64_t now;
    const volatile int *stop;
    int listening, asking, answering; /* the two ends of the queue */
    pid_t writer;
    GHashTable *sessions; /* their process ids */
    int spare;            /* a byte comes here when the session that was forked ahead has a client, the end when it has none; -1: there is no such session */
} Server;

/* --- where it listens --- */

static bool is_answered(const struct sockaddr_un *address) {
    int trying = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answered = trying >= 0 && (connect(trying, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);
    if (trying >= 0) close(trying);
    return answered;
}

/* 0660: who may hand in mail is said by the group of the process (etc/systemd/diktyo-lmtp.service). */
static int listen_on_path(const char *path, bool *taken, GError **error) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat old;
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        fault_set(error, FAULT_CONFIG, "[lmtp] listen: the path is too long for a socket: %s", path);
        return -1;
    }
    *taken = is_answered(&address);
    if (*taken) {
        fault_set(error, FAULT_CONFIG, "somebody listens on %s already", path);
        return -1;
    }
    if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode)) unlink(path);
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listening >= 0 && bind(listening, (const struct sockaddr *)&address, sizeof address) == 0 && chmod(path, 0660) == 0 &&
        listen(listening, BACKLOG) == 0)
        return listening;
    fault_set(error, FAULT_CONFIG, "cannot listen on %s: %s", path, g_strerror(errno));
    if (listening >= 0) close(listening);
    return -1;
}

/* The loopback only: LMTP has no passwords, and is not for networks (RFC 2033, 5.). */
static int listen_on_port(const char *text, bool *taken, GError **error) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    gint64 port;
    if (!g_str_has_prefix(text, "127.0.0.1:") || !g_ascii_string_to_signed(text + strlen("127.0.0.1:"), 10, 1, 65535, &port, NULL)) {
        fault_set(error, FAULT_CONFIG, "[lmtp] listen: “%s” is neither the absolute path of a socket nor 127.0.0.1:PORT", text);
        return -1;
    }
    address.sin_port = htons((uint16_t)port);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (listening >= 0 && setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(listening, (const struct sockaddr *)&address, sizeof address) == 0 && listen(listening, BACKLOG) == 0)
        return listening;
    *taken = errno == EADDRINUSE;
    fault_set(error, FAULT_CONFIG, "cannot listen on %s: %s", text, g_strerror(errno));
    if (listening >= 0) close(listening);
    return -1;
}

/* The session that a killed server had forked ahead listens until the kernel has told it of that death. */
static int start_listening(const char *place, GError **error) {
    for (int tries = 1;; tries++) {
        g_autoptr(GError) reason = NULL;
        bool taken = false;
        int listening = *place == '/' ? listen_on_path(place, &taken, &reason) : listen_on_port(place, &taken, &reason);
        if (listening >= 0) return listening;
        if (!taken || tries == LISTEN_TRIES) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return -1;
        }
        g_usleep(PAUSE_MICROSECONDS);
    }
}

/* --- the processes --- */

/* A writer outlives us by what sessions still ask: it ends when the last of them has. */
static bool start_writer(Server *server) {
    server->writer = fork();
    if (server->writer != 0) return server->writer > 0;
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    close(server->listening);
    close(server->asking);
    commit_serve(server->answering, server->config, server->now);
    _exit(0);
}

static bool is_full(const Server *server) { return g_hash_table_size(server->sessions) >= server->config->lmtp_sessions; }

/* -1: we are told to stop before there is one. */
static int wait_for_client(const Server *server, Session *session) {
    int client = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) session_get_ready(session);
    while (client < 0 && *server->stop == 0) {
        struct pollfd wait = {.fd = server->listening, .events = POLLIN};
        if (poll(&wait, 1, SLICE_MILLISECONDS) > 0) client = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC);
    }
    return client;
}

static _Noreturn void be_a_session(const Server *server, int telling, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    close(server->answering);
    g_autoptr(Session) session = session_new(server->config, server->asking, server->stop);
    int client = wait_for_client(server, session);
    close(server->listening);
    bool told = client >= 0 && write(telling, "", 1) == 1;
    close(telling);
    if (told) session_run(session, client);
    g_clear_pointer(&session, session_free);
    _exit(0);
}

/* One is forked ahead, with the reader of its first mail, so that no client waits for that. False: there are too many, or it could not be. */
static bool start_session(Server *server) {
    int ends[2];
    if (is_full(server) || pipe2(ends, O_CLOEXEC) != 0) return false;
    pid_t parent = getpid(), session = fork();
    if (session == 0) {
        close(ends[0]);
        be_a_session(server, ends[1], parent);
    }
    close(ends[1]);
    if (session < 0) {
        close(ends[0]);
        return false;
    }
    g_hash_table_add(server->sessions, GINT_TO_POINTER(session));
    server->spare = ends[0];
    return true;
}

/* It has a client now, or is no more. */
static void forget_spare(Server *server) {
    char octet;
    if (read(server->spare, &octet, 1) != 1) g_usleep(PAUSE_MICROSECONDS); /* whatever ends sessions may end the next */
    close(server->spare);
    server->spare = -1;
}

static void send_away(const Server *server) {
    static const char busy[] = "421 4.3.2 Too many clients\r\n";
    int client = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) return;
    if (send(client, busy, sizeof busy - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) log_event("lmtp-busy", NULL);
    close(client);
}

static void reap(Server *server) {
    int status;
    for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (ended != server->writer) {
            g_hash_table_remove(server->sessions, GINT_TO_POINTER(ended));
            continue;
        }
        g_autofree char *word = g_strdup_printf("%d", status);
        log_event("lmtp-writer-died", "status", word, NULL);
        server->writer = -1;
    }
    if (server->writer < 0 && *server->stop == 0) {
        g_usleep(PAUSE_MICROSECONDS);
        start_writer(server);
    }
}

static void serve(Server *server) {
    while (*server->stop == 0) {
        bool spare = server->spare >= 0 || start_session(server);
        struct pollfd wait = {.fd = spare ? server->spare : server->listening, .events = POLLIN};
        int ready = poll(&wait, 1, SLICE_MILLISECONDS);
        reap(server);
        if (ready <= 0) continue;
        if (spare) forget_spare(server);
        else if (!start_session(server)) send_away(server);
    }
}

/* Each session ends after the mail it has begun, and the writer after the last. */
static void wind_up(Server *server) {
    close(server->listening);
    if (server->spare >= 0) close(server->spare);
    if (*server->config->lmtp_listen == '/') unlink(server->config->lmtp_listen);
    close(server->asking);
    close(server->answering);
    GHashTableIter each;
    gpointer session;
    g_hash_table_iter_init(&each, server->sessions);
    while (g_hash_table_iter_next(&each, &session, NULL)) kill((pid_t)GPOINTER_TO_INT(session), SIGTERM);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) continue;
}

bool lmtp_run(const Config *config, int64_t now, const volatile int *stop, GError **error) {
    Server server = {.config = config, .now = now, .stop = stop, .spare = -1};
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fault_set(error, FAULT_TEMPORARY, "no queue: %s", g_strerror(errno));
    server.asking = ends[0];
    server.answering = ends[1];
    server.listening = start_listening(config->lmtp_listen, error);
    if (server.listening < 0) return false;
    g_autoptr(GHashTable) sessions = g_hash_table_new(NULL, NULL);
    server.sessions = sessions;
    sandbox_prepare();
    if (!start_writer(&server)) return fault_set(error, FAULT_TEMPORARY, "cannot start the writer: %s", g_strerror(errno));
    log_event("lmtp-listens", "on", config->lmtp_listen, NULL);
    serve(&server);
    wind_up(&server);
    return true;
}
