/* The counting sink: an SMTP server that takes everything and counts it. sink PORT. For each line on stdin it prints
 *   messages recipients octets first last
 * (first and last are seconds of the monotonic clock: the first connection, and the last recipient that was answered); a line “clear” clears
 * the counts. It ends with its stdin. One thread, epoll; PIPELINING, 8BITMIME, SMTPUTF8; the answers to what was read at once go out at once. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PEERS = 4096, BUFFER = 1 << 17 };

typedef struct {
    bool used, data;
    int recipients, match; /* of the end of data: how much of CRLF . CRLF was seen */
    size_t kept;
    char line[2048];
} Peer;

static Peer peers[PEERS];
static long messages, recipients, octets;
static double first, last;
static char answers[1 << 16];
static size_t answered;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void flush(int peer) {
    if (answered > 0 && send(peer, answers, answered, MSG_NOSIGNAL) < 0) perror("sink");
    answered = 0;
}

static void say(int peer, const char *text) {
    size_t length = strlen(text);
    if (answered + length > sizeof answers) flush(peer);
    memcpy(answers + answered, text, length);
    answered += length;
}

static void finish(int descriptor, Peer *peer) {
    messages++;
    recipients += peer->recipients;
    peer->recipients = 0;
    last = now();
    say(descriptor, "250 2.0.0 taken\r\n");
}

static bool command(int descriptor, Peer *peer, const char *line) {
    if (strncasecmp(line, "EHLO", 4) == 0) say(descriptor, "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n");
    else if (strncasecmp(line, "RCPT", 4) == 0) {
        peer->recipients++;
        say(descriptor, "250 2.1.5 ok\r\n");
    } else if (strncasecmp(line, "DATA", 4) == 0) {
        peer->data = true;
        peer->match = 2;
        say(descriptor, "354 go on\r\n");
    } else if (strncasecmp(line, "QUIT", 4) == 0) {
        say(descriptor, "221 2.0.0 bye\r\n");
        return false;
    } else say(descriptor, "250 2.0.0 ok\r\n");
    return true;
}

/* The octets of a message up to the dot; how many were used. */
static size_t take_data(int descriptor, Peer *peer, const char *text, size_t length) {
    static const char end[] = "\r\n.\r\n";
    for (size_t i = 0; i < length; i++) {
        if (peer->match == 0) {
            const char *next = memchr(text + i, '\r', length - i);
            if (next == NULL) {
                octets += (long)(length - i);
                return length;
            }
            octets += next - (text + i);
            i = (size_t)(next - text);
        }
        if (text[i] == end[peer->match]) peer->match++;
        else peer->match = text[i] == '\r' ? 1 : 0;
        octets++;
        if (peer->match < 5) continue;
        peer->data = false;
        peer->match = 0;
        finish(descriptor, peer);
        return i + 1;
    }
    return length;
}

static bool take(int descriptor, Peer *peer, const char *text, size_t length) {
    while (length > 0) {
        if (peer->data) {
            size_t used = take_data(descriptor, peer, text, length);
            text += used;
            length -= used;
            continue;
        }
        const char *feed = memchr(text, '\n', length);
        size_t piece = feed != NULL ? (size_t)(feed - text) + 1 : length;
        if (peer->kept + piece < sizeof peer->line) {
            memcpy(peer->line + peer->kept, text, piece);
            peer->kept += piece;
        }
        text += piece;
        length -= piece;
        if (feed == NULL) return true;
        peer->line[peer->kept] = '\0';
        peer->kept = 0;
        if (!command(descriptor, peer, peer->line)) return false;
    }
    return true;
}

static void report(void) {
    printf("%ld %ld %ld %.6f %.6f\n", messages, recipients, octets, first, last);
    fflush(stdout);
}

int main(int count, char **words) {
    if (count < 2) return 64;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0) return 1;
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &(struct epoll_event){.events = EPOLLIN, .data.fd = STDIN_FILENO});
    static char buffer[BUFFER];
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == STDIN_FILENO) {
                ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
                if (got <= 0) return 0;
                report();
                if (strncmp(buffer, "clear", 5) == 0) messages = recipients = octets = 0, first = last = 0;
            } else if (descriptor == listener) {
                int peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (peer < 0 || peer >= PEERS) continue;
                if (first == 0) first = now();
                peers[peer] = (Peer){.used = true};
                setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
                epoll_ctl(epoll, EPOLL_CTL_ADD, peer, &(struct epoll_event){.events = EPOLLIN, .data.fd = peer});
                say(peer, "220 sink ESMTP\r\n");
                flush(peer);
            } else {
                ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
                if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
                bool stays = got > 0 && take(descriptor, &peers[descriptor], buffer, (size_t)got);
                flush(descriptor);
                if (stays) continue;
                peers[descriptor].used = false;
                close(descriptor);
            }
        }
    }
}
