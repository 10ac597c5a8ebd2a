#include "message/sandbox.h"
#include "message/charsets.h"
#include "message/parse.h"
#include "message/rewrite.h"
#include "message/text.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child finds the message in a memory file, by a length that comes over a socket, and the socket is its one way out. Everything it could do
 * besides is taken away before anything but the search for names of charsets and of HTML looks at the first byte: descriptors, new files, memory, time, and nearly
 * all of the kernel. A parser's bug then costs one message its text, and the message is held. The converters of charsets and the parser of HTML, which are
 * files, are loaded before the door closes. The answer is only believed when it is whole and letter_from_variant likes it. */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { ANSWER_MOST = 64 << 20, CHUNK = 65536 };

/* Before the letter on the socket: what it is, and how long. */
typedef struct {
    uint64_t mark, length;
} AnswerHead;
static const uint64_t answer_mark = 0x6469c3ba74796f31;

struct SandboxReader {
    const Config *config;
    pid_t child;
    int channel, memory;
};

/* --- the child --- */

static void limit(int what, uint64_t most) {
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)what, &now) != 0) return;
    now.rlim_cur = now.rlim_max = MIN((uint64_t)now.rlim_max, most);
    setrlimit((__rlimit_resource_t)what, &now);
}

#ifndef SANITIZED
/* Bytes of address space in use; 0 when /proc does not tell. */
static uint64_t address_space(void) {
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    return got > 0 ? g_ascii_strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
#endif

static void limit_everything(const Config *config) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CPU, (uint64_t)config->parse_seconds + 1);
#ifndef SANITIZED
    uint64_t used = address_space();
    if (used > 0) limit(RLIMIT_AS, used + (uint64_t)config->parse_memory);
#endif
    limit(RLIMIT_NOFILE, 0);
}

/* Whoever stops all processes of a service at once must not make a good mail an unreadable one: the child ends with its parent. */
static void forget_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL}, ignored = {.sa_handler = SIG_IGN};
    for (int number = 1; number < NSIG; number++)
        sigaction(number, number == SIGTERM || number == SIGINT || number == SIGHUP ? &ignored : &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The kernel's own form of a filter, which libseccomp takes longer to write than the kernel to load: written once by whoever forks. */
static const struct sock_fprog *door(void) {
    static struct sock_filter steps[64];
    static struct sock_fprog written = {.filter = steps};
    static const int allowed[] = {
        SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
        SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
        SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall)};
    if (written.len > 0) return &written;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int file = memfd_create("diktyo-filter", MFD_CLOEXEC);
    for (size_t i = 0; filter != NULL && i < G_N_ELEMENTS(allowed); i++) seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    ssize_t length = filter != NULL && file >= 0 && seccomp_export_bpf(filter, file) == 0 ? pread(file, steps, sizeof steps, 0) : -1;
    if (length > 0 && (size_t)length < sizeof steps) written.len = (unsigned short)((size_t)length / sizeof *steps);
    if (file >= 0) close(file);
    if (filter != NULL) seccomp_release(filter);
    return &written;
}

/* Memory, time, the socket that is open, and dying. Everything else answers EPERM. Where the kernel has no seccomp the limits stand alone. */
static void close_kernel(void) {
    const struct sock_fprog *filter = door();
    if (filter->len > 0) prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter);
}

static bool write_all(int channel, const void *bytes, size_t length) {
    for (const char *from = bytes; length > 0;) {
        ssize_t wrote = write(channel, from, length);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        from += wrote;
        length -= (size_t)wrote;
    }
    return true;
}

static void keep_only(int *channel, int *memory) {
    *channel = fcntl(*channel, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); /* nothing that is printed may end up in the answer */
    *memory = fcntl(*memory, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (*channel < 0 || *memory < 0) _exit(1);
    unsigned low = (unsigned)MIN(*channel, *memory), high = (unsigned)MAX(*channel, *memory);
    close_range(0, low - 1, 0);
    if (high - low > 1) close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0U, 0);
}

/* Until the message is there, or nobody is left who could send one. */
static GBytes *wait_for_message(int channel, int memory) {
    uint64_t length;
    ssize_t got;
    while ((got = read(channel, &length, sizeof length)) < 0 && errno == EINTR) continue;
    if (got != sizeof length) _exit(0);
    if (length == 0) return g_bytes_new_static("", 0);
    const void *bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, memory, 0);
    if (bytes == MAP_FAILED) _exit(1);
    return g_bytes_new_static(bytes, length);
}

static _Noreturn void be_the_child(const Config *config, int channel, int memory, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    forget_signals();
    keep_only(&channel, &memory);
    GBytes *raw = wait_for_message(channel, memory);
    close(memory);
    charsets_load_for(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
    text_load_for(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
    limit_everything(config);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    close_kernel();
    g_autoptr(Letter) letter = letter_parse(raw, rewrite_loop_field);
    g_autoptr(GVariant) variant = g_variant_ref_sink(letter_to_variant(letter));
    AnswerHead head = {.mark = answer_mark, .length = g_variant_get_size(variant)};
    bool told = write_all(channel, &head, sizeof head) && write_all(channel, g_variant_get_data(variant), head.length);
    _exit(told ? 0 : 1);
}

/* --- the parent --- */

/* Something of everything that ordinary mail has. */
static const char ordinary[] =
    "Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0200\r\nFrom: =?iso-8859-7?Q?=CC=E1=F1=DF=E1?= <maria@example.gr>\r\n"
    "To: =?utf-8?B?zp/OvM6szrTOsQ==?= <omada@example.gr>, b@example.gr\r\nSubject: =?windows-1253?B?yuHr5+zd8eE=?=\r\n"
    "Date: Mon, 23 Nov 2026 09:00:00 +0200\r\nMessage-ID: <1@example.gr>\r\nIn-Reply-To: <2@example.gr>\r\nReferences: <2@example.gr>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
    "--c\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nzprOsc67zrfOvM6tz4HOsQ==\r\n"
    "--c\r\nContent-Type: text/html; charset=iso-8859-7\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=CA=E1=EB=E7</p>\r\n--c--\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<ul><li><a href=\"https://example.gr/\">x</a></ul>\r\n"
    "--b\r\nContent-Type: application/pdf; name*=utf-8''%CE%B1.pdf\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n";

void sandbox_prepare(void) {
    charsets_load();
    g_autoptr(GBytes) raw = g_bytes_new_static(ordinary, sizeof ordinary - 1);
    g_autoptr(Letter) letter = letter_parse(raw, rewrite_loop_field);
    g_autoptr(GVariant) variant = g_variant_ref_sink(letter_to_variant(letter));
    letter_free(letter_from_variant(variant));
}

/* SIGCHLD may be ignored by inheritance, and then the kernel reaps behind our back and its number may be another's. */
SandboxReader *sandbox_start(const Config *config, GError **error) {
    int ends[2] = {-1, -1}, memory = memfd_create("diktyo-message", MFD_CLOEXEC);
    pid_t parent = getpid(), child = -1;
    bool ready = memory >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
    if (ready) {
        door();
        signal(SIGCHLD, SIG_DFL);
        child = fork();
        if (child == 0) be_the_child(config, ends[1], memory, parent);
    }
    int reason = errno;
    if (ends[1] >= 0) close(ends[1]);
    if (child < 0) {
        if (ends[0] >= 0) close(ends[0]);
        if (memory >= 0) close(memory);
        fault_set(error, FAULT_TEMPORARY, "cannot start the reader of a message: %s", g_strerror(reason));
        return NULL;
    }
    SandboxReader *reader = g_new0(SandboxReader, 1);
    *reader = (SandboxReader){.config = config, .child = child, .channel = ends[0], .memory = memory};
    return reader;
}

bool sandbox_hand(SandboxReader *reader, GBytes *raw, GError **error) {
    gsize size;
    const void *bytes = g_bytes_get_data(raw, &size);
    uint64_t length = size;
    errno = 0;
    if (write_all(reader->memory, bytes, size) && send(reader->channel, &length, sizeof length, MSG_NOSIGNAL) == sizeof length) return true;
    return fault_set(error, FAULT_TEMPORARY, "cannot give a message to its reader: %s", g_strerror(errno));
}

/* How a child ended that gave no good answer. */
static char *fate_of(int status) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return g_strdup("reading it took too long");
    if (WIFSIGNALED(status)) return g_strdup_printf("its reader was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return g_strdup_printf("its reader gave up with status %d", WEXITSTATUS(status));
    return g_strdup("the answer of its reader made no sense");
}

/* A child that died stays as it died; one that is not wanted any more must not keep us waiting. */
static int end_child(SandboxReader *reader) {
    int status = 0;
    if (reader->child <= 0) return status;
    kill(reader->child, SIGKILL);
    while (waitpid(reader->child, &status, 0) < 0 && errno == EINTR) continue;
    reader->child = 0;
    return status;
}

static bool read_head(const GByteArray *answer, AnswerHead *head) {
    if (answer->len < sizeof *head) return false;
    memcpy(head, answer->data, sizeof *head);
    return true;
}

/* Nothing more is waited for: whoever says more than he announced is not believed. */
static bool is_whole(const GByteArray *answer) {
    AnswerHead head;
    return read_head(answer, &head) && (head.mark != answer_mark || answer->len - sizeof head >= head.length);
}

static Letter *letter_of(const GByteArray *answer) {
    AnswerHead head;
    if (!read_head(answer, &head) || head.mark != answer_mark || head.length != answer->len - sizeof head) return NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(answer->data + sizeof head, head.length);
    const GVariantType *type = G_VARIANT_TYPE(LETTER_TYPE);
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_from_bytes(type, bytes, FALSE));
    return letter_from_variant(variant);
}

/* NULL when there is an answer, or will be none; else why we gave it up. *begun is false when the child ended before it had taken its message: the
 * kernel then resets the socket on which that still lay. */
static const char *gather(int channel, int64_t deadline, GByteArray *answer, bool *begun) {
    g_autofree guint8 *chunk = g_malloc(CHUNK);
    while (!is_whole(answer)) {
        int64_t left = (deadline - g_get_monotonic_time()) / 1000;
        if (left <= 0) return "reading it took too long";
        struct pollfd wait = {.fd = channel, .events = POLLIN};
        int ready = poll(&wait, 1, (int)MIN(left, 60000));
        if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
        ssize_t got = ready < 0 ? -1 : read(channel, chunk, CHUNK);
        if (got < 0 && errno == EINTR) continue;
        *begun = got >= 0 || errno != ECONNRESET;
        if (got < 0) return "the answer of its reader was lost";
        if (got == 0) return NULL;
        if (answer->len + (size_t)got > ANSWER_MOST) return "the answer of its reader was too long";
        g_byte_array_append(answer, chunk, (guint)got);
    }
    return NULL;
}

Letter *sandbox_await(SandboxReader *reader, char **detail, GError **error) {
    g_autoptr(GByteArray) answer = g_byte_array_new();
    bool begun = true;
    const char *given_up = gather(reader->channel, g_get_monotonic_time() + reader->config->parse_seconds * G_USEC_PER_SEC, answer, &begun);
    Letter *letter = given_up == NULL ? letter_of(answer) : NULL;
    g_autofree char *why = letter != NULL ? NULL : given_up != NULL && begun ? g_strdup(given_up) : fate_of(end_child(reader));
    *detail = begun ? g_steal_pointer(&why) : NULL;
    if (!begun) fault_set(error, FAULT_TEMPORARY, "the reader of a message ended before it began: %s", why);
    return letter;
}

void sandbox_free(SandboxReader *reader) {
    if (reader == NULL) return;
    close(reader->channel);
    close(reader->memory);
    end_child(reader);
    g_free(reader);
}

Letter *sandbox_read(const Config *config, GBytes *raw, char **detail, GError **error) {
    *detail = NULL;
    g_autoptr(SandboxReader) reader = sandbox_start(config, error);
    return reader != NULL && sandbox_hand(reader, raw, error) ? sandbox_await(reader, detail, error) : NULL;
}
