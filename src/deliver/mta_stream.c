#include "deliver/mta_stream.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/library.h"
#include "base/libraries.h"

/* Without NODELAY a small write waits for an acknowledgement that the server's kernel holds back: 44 ms a message on loopback. QUICKACK
 * does the same for the other side, wears off (tcp(7)), and is set again after each read that no write of ours follows: what we write
 * carries the acknowledgement with it. */

#define FUNCTIONS(of) \
    of(ERR_clear_error) of(ERR_error_string_n) of(ERR_peek_error) of(SSL_CTX_ctrl) of(SSL_CTX_free) of(SSL_CTX_load_verify_locations) of(SSL_CTX_new) \
    of(SSL_CTX_set_default_verify_paths) of(SSL_CTX_set_verify) of(SSL_connect) of(SSL_ctrl) of(SSL_free) of(SSL_get0_param) of(SSL_get_error) \
    of(SSL_get_verify_result) of(SSL_is_init_finished) of(SSL_new) of(SSL_pending) of(SSL_read_ex) of(SSL_set_fd) of(SSL_write_ex) \
    of(TLS_client_method) of(X509_VERIFY_PARAM_set1_host) of(X509_VERIFY_PARAM_set1_ip_asc) of(X509_verify_cert_error_string)
static struct {
    FUNCTIONS(LIBRARY_POINTER)
} tls;
static const char *const names[] = {FUNCTIONS(LIBRARY_NAME) NULL};
static Library library = {.file = LIBRARY_SSL, .names = names, .functions = &tls};

enum {
    RECORD = 16384,  /* a TLS record, RFC 8446 5.1: what one SSL_write can take */
    PIECES_MOST = 64 /* of one write */
};

typedef struct {
    const char *text;
    size_t length;
    char *own; /* NULL: somebody else's */
} Piece;

struct MtaStream {
    MtaPlace place; /* texts are ours */
    int descriptor;
    bool tcp, connected, wants_write;
    bool owes; /* an acknowledgement of what was read */
    struct addrinfo *addresses, *address; /* all, and the one that is tried */
    SSL_CTX *context;
    SSL *tls;
    GArray *pieces; /* Piece: to be written */
    guint written;  /* how many of them are */
    char *why;
};

static void set_why(MtaStream *stream, const char *doing, const char *reason) {
    g_free(stream->why);
    stream->why = g_strdup_printf("%s: %s", doing, reason);
}

static int new_socket(MtaStream *stream, int family) {
    if (stream->descriptor >= 0) close(stream->descriptor);
    stream->descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    stream->tcp = family == AF_INET || family == AF_INET6;
    if (stream->tcp && stream->descriptor >= 0) setsockopt(stream->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return stream->descriptor;
}

/* True when it is under way; false with errno when this address is none to reach. */
static bool begin_connect(MtaStream *stream, int family, const struct sockaddr *address, socklen_t length) {
    if (new_socket(stream, family) < 0) return false;
    return connect(stream->descriptor, address, length) == 0 || errno == EINPROGRESS;
}

static char *place_words(const MtaStream *stream) {
    return stream->place.service != NULL ? g_strdup_printf("no connection to %s:%s", stream->place.name, stream->place.service)
                                         : g_strdup_printf("no connection to %s", stream->place.name);
}

/* The first address, from this one on, that does not refuse at once. */
static bool try_addresses(MtaStream *stream) {
    for (; stream->address != NULL; stream->address = stream->address->ai_next)
        if (begin_connect(stream, stream->address->ai_family, stream->address->ai_addr, stream->address->ai_addrlen)) return true;
    return false;
}

static bool begin(MtaStream *stream) {
    g_autofree char *words = place_words(stream);
    if (stream->place.service == NULL) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        bool fits = g_strlcpy(address.sun_path, stream->place.name, sizeof address.sun_path) < sizeof address.sun_path;
        if (fits && begin_connect(stream, AF_UNIX, (const struct sockaddr *)&address, sizeof address)) return true;
        set_why(stream, words, fits ? g_strerror(errno) : "the path is too long");
        return false;
    }
    struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int failure = getaddrinfo(stream->place.name, stream->place.service, &wanted, &stream->addresses);
    stream->address = failure == 0 ? stream->addresses : NULL;
    if (failure == 0 && try_addresses(stream)) return true;
    set_why(stream, words, failure != 0 ? gai_strerror(failure) : g_strerror(errno));
    return false;
}

MtaStream *mta_stream_open(const MtaPlace *place, char **why) {
    MtaStream *stream = g_new0(MtaStream, 1);
    stream->place = (MtaPlace){g_strdup(place->name), g_strdup(place->service)};
    stream->descriptor = -1;
    stream->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    if (begin(stream)) return stream;
    *why = g_steal_pointer(&stream->why);
    mta_stream_close(stream);
    return NULL;
}

static void forget_pieces(MtaStream *stream) {
    for (guint i = stream->written; i < stream->pieces->len; i++) g_free(g_array_index(stream->pieces, Piece, i).own);
    g_array_set_size(stream->pieces, 0);
    stream->written = 0;
}

void mta_stream_close(MtaStream *stream) {
    if (stream == NULL) return;
    forget_pieces(stream);
    g_array_unref(stream->pieces);
    if (stream->tls != NULL) tls.SSL_free(stream->tls);
    if (stream->context != NULL) tls.SSL_CTX_free(stream->context);
    if (stream->addresses != NULL) freeaddrinfo(stream->addresses);
    if (stream->descriptor >= 0) close(stream->descriptor);
    g_free(stream->place.name);
    g_free(stream->place.service);
    g_free(stream->why);
    g_free(stream);
}

MtaStreamState mta_stream_connect(MtaStream *stream, bool late) {
    int failure = 0;
    socklen_t size = sizeof failure;
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    if (getpeername(stream->descriptor, (struct sockaddr *)&peer, &length) == 0) {
        stream->connected = true;
        return MTA_STREAM_DONE;
    }
    getsockopt(stream->descriptor, SOL_SOCKET, SO_ERROR, &failure, &size);
    if (failure == 0 && !late) return MTA_STREAM_AGAIN;
    g_autofree char *words = place_words(stream);
    set_why(stream, words, failure != 0 ? g_strerror(failure) : "it does not answer");
    if (stream->address != NULL) stream->address = stream->address->ai_next;
    return try_addresses(stream) ? MTA_STREAM_AGAIN : MTA_STREAM_BROKEN;
}

/* --- TLS --- */

static bool prepare_tls(MtaStream *stream, const char *authorities) {
    stream->context = tls.SSL_CTX_new(tls.TLS_client_method());
    if (stream->context == NULL || tls.SSL_CTX_ctrl(stream->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) != 1) return false;
    int trusted = *authorities != '\0' ? tls.SSL_CTX_load_verify_locations(stream->context, authorities, NULL)
                                       : tls.SSL_CTX_set_default_verify_paths(stream->context);
    tls.SSL_CTX_set_verify(stream->context, SSL_VERIFY_PEER, NULL);
    tls.SSL_CTX_ctrl(stream->context, SSL_CTRL_MODE, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, NULL);
    stream->tls = tls.SSL_new(stream->context);
    if (trusted != 1 || stream->tls == NULL || tls.SSL_set_fd(stream->tls, stream->descriptor) != 1) return false;
    X509_VERIFY_PARAM *wanted = tls.SSL_get0_param(stream->tls);
    if (tls.X509_VERIFY_PARAM_set1_ip_asc(wanted, stream->place.name) == 1) return true;
    return tls.SSL_ctrl(stream->tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)stream->place.name) == 1 && tls.X509_VERIFY_PARAM_set1_host(wanted, stream->place.name, 0) == 1;
}

static MtaStreamState judge_tls(MtaStream *stream, int result, const char *doing) {
    int kind = tls.SSL_get_error(stream->tls, result), reason = errno;
    stream->wants_write = kind == SSL_ERROR_WANT_WRITE;
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) return MTA_STREAM_AGAIN;
    long verified = tls.SSL_get_verify_result(stream->tls);
    unsigned long first = tls.ERR_peek_error();
    char words[200] = "the connection ended";
    if (first != 0) tls.ERR_error_string_n(first, words, sizeof words);
    else if (kind == SSL_ERROR_SYSCALL && reason != 0) g_strlcpy(words, g_strerror(reason), sizeof words);
    if (verified != X509_V_OK && !tls.SSL_is_init_finished(stream->tls)) set_why(stream, "the server's certificate", tls.X509_verify_cert_error_string(verified));
    else set_why(stream, doing, words);
    return MTA_STREAM_BROKEN;
}

MtaStreamState mta_stream_encrypt(MtaStream *stream, const char *authorities) {
    g_autoptr(GError) missing = NULL;
    if (!library_open(&library, &missing)) {
        set_why(stream, "TLS could not be set up", missing->message);
        return MTA_STREAM_BROKEN;
    }
    tls.ERR_clear_error();
    if (stream->tls == NULL && !prepare_tls(stream, authorities)) {
        set_why(stream, "TLS could not be set up", *authorities != '\0' ? authorities : "no certificates of the system");
        return MTA_STREAM_BROKEN;
    }
    errno = 0;
    int result = tls.SSL_connect(stream->tls);
    return result == 1 ? MTA_STREAM_DONE : judge_tls(stream, result, "TLS");
}

/* --- octets --- */

static MtaStreamState judge(MtaStream *stream, ssize_t result, size_t *done) {
    *done = result > 0 ? (size_t)result : 0;
    if (result > 0) return MTA_STREAM_DONE;
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return MTA_STREAM_AGAIN;
    g_clear_pointer(&stream->why, g_free);
    stream->why = result == 0 ? g_strdup("the server ended the connection") : g_strdup_printf("the connection broke: %s", g_strerror(errno));
    return MTA_STREAM_BROKEN;
}

MtaStreamState mta_stream_read(MtaStream *stream, char *into, size_t size, size_t *done) {
    MtaStreamState state;
    if (stream->tls != NULL) {
        tls.ERR_clear_error();
        errno = 0;
        int result = tls.SSL_read_ex(stream->tls, into, size, done);
        state = result == 1 ? MTA_STREAM_DONE : judge_tls(stream, result, "the connection");
    } else
        state = judge(stream, recv(stream->descriptor, into, size, 0), done);
    stream->owes = stream->owes || state == MTA_STREAM_DONE;
    return state;
}

static MtaStreamState write_tls(MtaStream *stream, const struct iovec *pieces, int count, size_t *done) {
    char record[RECORD];
    size_t length = 0;
    for (int i = 0; i < count && length < sizeof record; i++) {
        size_t piece = MIN(pieces[i].iov_len, sizeof record - length);
        memcpy(record + length, pieces[i].iov_base, piece);
        length += piece;
    }
    tls.ERR_clear_error();
    errno = 0;
    int result = tls.SSL_write_ex(stream->tls, record, length, done);
    return result == 1 ? MTA_STREAM_DONE : judge_tls(stream, result, "the connection");
}

static MtaStreamState write_pieces(MtaStream *stream, size_t *done) {
    struct iovec pieces[PIECES_MOST];
    int count = 0;
    for (guint i = stream->written; i < stream->pieces->len && count < PIECES_MOST; i++, count++) {
        const Piece *piece = &g_array_index(stream->pieces, Piece, i);
        pieces[count] = (struct iovec){(void *)(uintptr_t)piece->text, piece->length};
    }
    if (stream->tls != NULL) return write_tls(stream, pieces, count, done);
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
    return judge(stream, sendmsg(stream->descriptor, &message, MSG_NOSIGNAL), done);
}

static void drop_written(MtaStream *stream, size_t done) {
    while (done > 0) {
        Piece *piece = &g_array_index(stream->pieces, Piece, stream->written);
        size_t part = MIN(done, piece->length);
        piece->text += part;
        piece->length -= part;
        done -= part;
        if (piece->length > 0) return;
        g_free(piece->own);
        stream->written++;
    }
}

void mta_stream_put(MtaStream *stream, const char *text, size_t length, char *own) {
    Piece piece = {text, length, own};
    if (length > 0) g_array_append_val(stream->pieces, piece);
    else g_free(own);
}

bool mta_stream_has_to_write(const MtaStream *stream) { return stream->written < stream->pieces->len; }

MtaStreamState mta_stream_flush(MtaStream *stream, bool *progress) {
    *progress = false;
    while (mta_stream_has_to_write(stream)) {
        size_t done = 0;
        MtaStreamState state = write_pieces(stream, &done);
        if (state == MTA_STREAM_BROKEN) forget_pieces(stream);
        if (state != MTA_STREAM_DONE) return state;
        drop_written(stream, done);
        *progress = true;
        stream->owes = false;
    }
    forget_pieces(stream);
    return MTA_STREAM_DONE;
}

void mta_stream_acknowledge(MtaStream *stream) {
    if (stream->owes && stream->tcp) setsockopt(stream->descriptor, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int));
    stream->owes = false;
}

int mta_stream_descriptor(const MtaStream *stream) { return stream->descriptor; }
bool mta_stream_wants_write(const MtaStream *stream) {
    return !stream->connected || stream->wants_write || mta_stream_has_to_write(stream);
}
bool mta_stream_has_more(const MtaStream *stream) { return stream->tls != NULL && tls.SSL_pending(stream->tls) > 0; }
bool mta_stream_is_encrypted(const MtaStream *stream) { return stream->tls != NULL && tls.SSL_is_init_finished(stream->tls); }
const char *mta_stream_why(const MtaStream *stream) { return stream->why != NULL ? stream->why : ""; }
