#include "message/sandbox.h"
#include "message/charsets.h"
#include "message/parse.h"
#include "message/rewrite.h"
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
#include <sys/wait.h>
#include <unistd.h>

/* The child reads the message from memory it shares with us and has one way out: a pipe. Everything it could do besides
 * is taken away before it looks at the first byte: descriptors, new files, memory, time, and nearly all of the kernel. A
 * parser's bug then costs one message its text, and the message is held. The converters of charsets, which are
 * files, are loaded before the door closes. The answer is only believed when it is whole and letter_from_variant likes it. */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { ANSWER_MOST = 64 << 20, CHUNK = 65536 };

/* Before the letter on the pipe: what it is, and how long. */
typedef struct {
    uint64_t mark, length;
} AnswerHead;
static const uint64_t answer_mark = 0x6469c3ba74796f31;

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

static void forget_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
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

/* Memory, time, the pipe that is open, and dying. Everything else answers EPERM. Where the kernel has no seccomp the limits stand alone. */
static void close_kernel(void) {
    const struct sock_fprog *filter = door();
    if (filter->len > 0) prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter);
}

static bool write_all(int pipe, const void *bytes, size_t length) {
    for (const char *from = bytes; length > 0;) {
        ssize_t wrote = write(pipe, from, length);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        from += wrote;
        length -= (size_t)wrote;
    }
    return true;
}

static _Noreturn void be_the_child(const Config *config, GBytes *raw, int pipe, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    forget_signals();
    int answer = fcntl(pipe, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); /* nothing that is printed may end up in the answer */
    if (answer < 0) _exit(1);
    close_range(0, (unsigned)answer - 1, 0);
    close_range((unsigned)answer + 1, ~0U, 0);
    charsets_load_for(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
    limit_everything(config);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    close_kernel();
    g_autoptr(Letter) letter = letter_parse(raw, rewrite_loop_field);
    g_autoptr(GVariant) variant = g_variant_ref_sink(letter_to_variant(letter));
    AnswerHead head = {.mark = answer_mark, .length = g_variant_get_size(variant)};
    bool told = write_all(answer, &head, sizeof head) && write_all(answer, g_variant_get_data(variant), head.length);
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

static Letter *letter_of(GByteArray *answer) {
    AnswerHead head;
    if (answer->len < sizeof head) return NULL;
    memcpy(&head, answer->data, sizeof head);
    if (head.mark != answer_mark || head.length != answer->len - sizeof head) return NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(answer->data + sizeof head, head.length);
    const GVariantType *type = G_VARIANT_TYPE(LETTER_TYPE);
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_from_bytes(type, bytes, FALSE));
    return letter_from_variant(variant);
}

/* NULL when the child closed the pipe; else why we gave it up. */
static const char *gather(int pipe, int64_t deadline, GByteArray *answer) {
    g_autofree guint8 *chunk = g_malloc(CHUNK);
    for (;;) {
        int64_t left = (deadline - g_get_monotonic_time()) / 1000;
        if (left <= 0) return "reading it took too long";
        struct pollfd wait = {.fd = pipe, .events = POLLIN};
        int ready = poll(&wait, 1, (int)MIN(left, 60000));
        if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
        ssize_t got = ready < 0 ? -1 : read(pipe, chunk, CHUNK);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return "the answer of its reader was lost";
        if (got == 0) return NULL;
        if (answer->len + (size_t)got > ANSWER_MOST) return "the answer of its reader was too long";
        g_byte_array_append(answer, chunk, (guint)got);
    }
}

/* How a child ended that gave no good answer. */
static char *fate_of(int status) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) return g_strdup("reading it took too long");
    if (WIFSIGNALED(status)) return g_strdup_printf("its reader was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return g_strdup_printf("its reader gave up with status %d", WEXITSTATUS(status));
    return g_strdup("the answer of its reader made no sense");
}

static Letter *attend(const Config *config, pid_t child, int pipe, char **detail) {
    g_autoptr(GByteArray) answer = g_byte_array_new();
    const char *given_up = gather(pipe, g_get_monotonic_time() + config->parse_seconds * G_USEC_PER_SEC, answer);
    close(pipe);
    kill(child, SIGKILL); /* a child that died stays as it died; one that only closed the pipe must not keep us waiting */
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    Letter *letter = given_up == NULL ? letter_of(answer) : NULL;
    if (letter == NULL) *detail = given_up != NULL ? g_strdup(given_up) : fate_of(status);
    return letter;
}

/* SIGCHLD may be ignored by inheritance, and then the kernel reaps behind our back and its number may be another's. */
Letter *sandbox_read(const Config *config, GBytes *raw, char **detail, GError **error) {
    *detail = NULL;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        fault_set(error, FAULT_TEMPORARY, "cannot make a pipe to the reader of a message: %s", g_strerror(errno));
        return NULL;
    }
    door();
    struct sigaction standard = {.sa_handler = SIG_DFL}, before;
    sigaction(SIGCHLD, &standard, &before);
    pid_t parent = getpid(), child = fork();
    if (child == 0) be_the_child(config, raw, ends[1], parent);
    int reason = errno;
    close(ends[1]);
    Letter *letter = NULL;
    if (child < 0) {
        close(ends[0]);
        fault_set(error, FAULT_TEMPORARY, "cannot start the reader of a message: %s", g_strerror(reason));
    } else {
        letter = attend(config, child, ends[0], detail);
    }
    sigaction(SIGCHLD, &before, NULL);
    return letter;
}
