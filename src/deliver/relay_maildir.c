#include "deliver/relay.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* One Maildir per recipient, for the demo, for tests and for sites that read their mail from files. A message is written
 * to tmp, brought to the disk, and only then given its name in new (maildir(5)): a reader never sees half a mail,
 * and what was answered as sent survives a power cut. Every failure is the machine's, never the recipient's: it waits. */

/* Opens (and makes, when it is missing) folder `name` below the open folder `parent`. */
static int open_folder(int parent, const char *name) {
    bool made = mkdirat(parent, name, 0700) == 0;
    if (!made && errno != EEXIST) return -1;
    if (made && fsync(parent) != 0) return -1;
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool write_all(int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* In a file a line ends in LF. The text is canonical (relay.c): each CR is the first half of a line end. */
static void append_lines(GString *text, GBytes *canonical) {
    gsize length;
    const char *bytes = g_bytes_get_data(canonical, &length);
    while (length > 0) {
        const char *end = memchr(bytes, '\r', length);
        size_t piece = end != NULL ? (size_t)(end - bytes) : length;
        g_string_append_len(text, bytes, (gssize)piece);
        if (end != NULL) piece++;
        bytes += piece;
        length -= piece;
    }
}

/* Time, process, count and host, as every program that writes to Maildirs does it: no two have the same name. */
static char *unique_name(void) {
    static unsigned count;
    g_autofree char *host = g_strdelimit(g_strdup(g_get_host_name()), "/:", '_');
    int64_t now = g_get_real_time();
    return g_strdup_printf("%" G_GINT64_FORMAT ".M%06dP%dQ%u.%s", now / G_USEC_PER_SEC, (int)(now % G_USEC_PER_SEC), (int)getpid(),
                           ++count, host);
}

/* False with errno when any step failed; then nothing is in `new`, or it may be there twice after the next try. */
static bool store(int tmp, int new, const char *first, const GString *rest) {
    g_autofree char *name = unique_name();
    int file = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return false;
    bool stored = write_all(file, first, strlen(first)) && write_all(file, rest->str, rest->len) && fsync(file) == 0;
    stored = close(file) == 0 && stored;
    stored = stored && linkat(tmp, name, new, name, 0) == 0 && fsync(new) == 0;
    int reason = errno;
    unlinkat(tmp, name, 0);
    errno = reason;
    return stored;
}

static bool deliver_to(int maildirs, const Delivery *delivery, const GString *text) {
    if (*delivery->email == '.' || strchr(delivery->email, '/') != NULL) {
        errno = EINVAL;
        return false;
    }
    int maildir = open_folder(maildirs, delivery->email);
    if (maildir < 0) return false;
    int tmp = open_folder(maildir, "tmp"), new = open_folder(maildir, "new"), cur = open_folder(maildir, "cur");
    g_autofree char *first = g_strdup_printf("Return-Path: <%s>\n", delivery->envelope_sender);
    bool stored = tmp >= 0 && new >= 0 && cur >= 0 && store(tmp, new, first, text);
    int reason = errno;
    for (int *folder = (int[]){maildir, tmp, new, cur, -2}; *folder != -2; folder++)
        if (*folder >= 0) close(*folder);
    errno = reason;
    return stored;
}

static int open_maildirs(const Config *config) {
    if (mkdir(config->relay_maildirs, 0700) != 0 && errno != EEXIST) return -1;
    return open(config->relay_maildirs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Each copy is marked before the next is written, so that a crash repeats one at most; with the last mark the job is gone. */
static bool send_job(int maildirs, int reason, const RelayJob *job, const RelayWork *work) {
    for (size_t i = 0, count = job->count; i < count; i++) {
        Delivery *delivery = job->deliveries[i];
        g_autoptr(GBytes) head = relay_head(job, delivery);
        g_autoptr(GString) text = g_string_sized_new(g_bytes_get_size(head) + g_bytes_get_size(job->body));
        append_lines(text, head);
        append_lines(text, job->body);
        bool stored = maildirs >= 0 && deliver_to(maildirs, delivery, text);
        if (maildirs >= 0) reason = errno;
        delivery->result = stored ? RESULT_SENT : RESULT_LATER;
        g_free(delivery->reply);
        delivery->reply = stored ? g_strdup("in the Maildir") : g_strdup_printf("the Maildir could not be written: %s", g_strerror(reason));
        work->answer(delivery, work->user);
        if (!work->settled(work->user)) return false;
    }
    return true;
}

static void send_to_maildirs(const Config *config, const RelayWork *work) {
    int maildirs = open_maildirs(config), reason = errno;
    for (RelayJob *job; (work->stop == NULL || !*work->stop) && (job = work->next(work->user)) != NULL;)
        if (!send_job(maildirs, reason, job, work)) break;
    if (maildirs >= 0) close(maildirs);
}

static bool check_maildirs(const Config *config, GError **error) {
    int maildirs = open_maildirs(config);
    bool writable = maildirs >= 0 && faccessat(maildirs, ".", W_OK | X_OK, AT_EACCESS) == 0;
    int reason = errno;
    if (maildirs >= 0) close(maildirs);
    if (writable) return true;
    return fault_set(error, FAULT_CONFIG, "the folder of Maildirs %s cannot be written: %s; give it to the user that runs diktyo, or name another in [relay] maildirs",
                     config->relay_maildirs, g_strerror(reason));
}

const Relay relay_maildir = {"maildir", send_to_maildirs, check_maildirs};
