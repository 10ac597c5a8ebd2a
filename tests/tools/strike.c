#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs a program and strikes at one system call of it, or of a process that it started:
 *
 *     strike --list FILE -- COMMAND…                                  every call: PROCESS CALL OCCURRENCE, a line each
 *     strike --at PROCESS,CALL,OCCURRENCE --kill tree|one [--after] --list FILE -- COMMAND…
 *     strike --at PROCESS,CALL,OCCURRENCE --errno N --list FILE -- COMMAND…
 *     strike --pause CALL,CALL… --talk READ,WRITE -- COMMAND…
 *
 * PROCESS counts the processes in the order in which they come (0: the command), OCCURRENCE the same call within one process: that
 * names a point more steadily than a count over all calls, because what waits may wait more often. A kill comes before the
 * call takes effect, or --after it; an error is answered in the call's place, which then has no effect. With a strike, FILE
 * gets one line: `struck` or `missed`, and how the command ended (128 + its signal). strace counts per thread and cannot
 * kill a whole tree, and takes longer for one point than the command itself.
 * --pause stops around each of these calls and at the end: a line on WRITE, and on when an octet comes from READ. */

enum { PROCESSES = 256, CALLS = 512 };

typedef struct {
    pid_t id;
    int seen[CALLS];
    int call; /* the one that it is in; -1: none */
    int alive, greeted, strike;
} Process;

static Process processes[PROCESSES];
static int process_count, struck, root_status = -1;
static int at_process = -1, at_call = -1, at_occurrence = -1, error_number, kill_one, kill_tree, after;
static char paused[CALLS];
static int talk_in = -1, talk_out = -1;
static FILE *list;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "strike: %s: %s\n", what, strerror(errno));
    _exit(125);
}

/* A process may stop before its parent tells us of it: whichever comes first makes it known. */
static Process *process_of(pid_t id) {
    for (int i = process_count; i-- > 0;)
        if (processes[i].id == id && processes[i].alive) return &processes[i];
    if (process_count == PROCESSES) fail("too many processes");
    Process *process = &processes[process_count++];
    process->id = id;
    process->call = -1;
    process->alive = 1;
    return process;
}

static void kill_now(const Process *process) {
    struck = 1;
    for (int i = 0; i < process_count; i++)
        if (processes[i].alive && (kill_tree || &processes[i] == process)) kill(processes[i].id, SIGKILL);
}

#if defined(__x86_64__)
static void cancel(pid_t id) {
    if (ptrace(PTRACE_POKEUSER, id, offsetof(struct user_regs_struct, orig_rax), -1L) != 0) fail("cancel a call");
}
static void answer(pid_t id, long result) {
    if (ptrace(PTRACE_POKEUSER, id, offsetof(struct user_regs_struct, rax), result) != 0) fail("answer a call");
}
#else
static void cancel(pid_t id) { (void)id, errno = ENOSYS, fail("errors are answered on x86-64 only"); }
static void answer(pid_t id, long result) { (void)id, (void)result; }
#endif

static void pause_at(const Process *process, int call, const char *where) {
    char octet;
    if (talk_out < 0 || (call >= 0 && !paused[call])) return;
    dprintf(talk_out, "%d %d %s\n", (int)(process - processes), call, where);
    if (read(talk_in, &octet, 1) != 1) fail("nobody says go on");
}

static void enter(Process *process, int call) {
    int occurrence = ++process->seen[call], number = (int)(process - processes);
    process->call = call;
    pause_at(process, call, "before");
    if (at_call < 0 && list != NULL) fprintf(list, "%d %d %d\n", number, call, occurrence);
    if (number != at_process || call != at_call || occurrence != at_occurrence) return;
    if (error_number != 0) cancel(process->id);
    process->strike = 1;
    if (error_number == 0 && !after) kill_now(process);
}

static void leave(Process *process) {
    int call = process->call;
    process->call = -1;
    if (call >= 0) pause_at(process, call, "after");
    if (!process->strike) return;
    process->strike = 0;
    struck = 1;
    if (error_number != 0) answer(process->id, -(long)error_number);
    else if (after) kill_now(process);
}

static void at_system_call(Process *process) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, process->id, sizeof info, &info) <= 0) return; /* it was killed just now */
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr < CALLS) enter(process, (int)info.entry.nr);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT) leave(process);
}

/* What signal to pass on. */
static int at_stop(Process *process, int status) {
    int signal_number = WSTOPSIG(status), event = status >> 16;
    if (signal_number == (SIGTRAP | 0x80)) at_system_call(process);
    else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
        unsigned long child = 0;
        if (ptrace(PTRACE_GETEVENTMSG, process->id, 0, &child) == 0) process_of((pid_t)child);
    } else if (event == 0 && !process->greeted && signal_number == SIGSTOP) process->greeted = 1;
    else if (event == 0) return signal_number;
    return 0;
}

static void follow(pid_t root) {
    for (;;) {
        int status = 0;
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0 && errno == EINTR) continue;
        if (id < 0) return;
        Process *process = process_of(id);
        if (WIFSTOPPED(status)) {
            ptrace(PTRACE_SYSCALL, id, 0, at_stop(process, status)); /* it may be dead already */
            continue;
        }
        process->alive = 0;
        if (process->strike && error_number != 0) struck = 1;
        if (id == root) root_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}

static void start(char **command) {
    pid_t root = fork();
    if (root == 0) {
        if (talk_in >= 0) close(talk_in), close(talk_out);
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(command[0], command);
        _exit(127);
    }
    int status = 0;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (root < 0 || waitpid(root, &status, 0) != root || !WIFSTOPPED(status)) fail("start");
    if (ptrace(PTRACE_SETOPTIONS, root, 0, options) != 0) fail("trace");
    process_of(root)->greeted = 1;
    ptrace(PTRACE_SYSCALL, root, 0, 0);
    follow(root);
    pause_at(&processes[0], -1, "end");
}

static void read_pauses(const char *words) {
    g_auto(GStrv) numbers = g_strsplit(words, ",", CALLS);
    for (char **number = numbers; *number != NULL; number++) paused[g_ascii_strtoull(*number, NULL, 10) % CALLS] = 1;
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"list", 1, NULL, 'l'}, {"at", 1, NULL, 'a'}, {"kill", 1, NULL, 'k'}, {"after", 0, NULL, 'f'},
                                            {"errno", 1, NULL, 'e'}, {"pause", 1, NULL, 'p'}, {"talk", 1, NULL, 't'}, {0}};
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) switch (option) {
        case 'l': list = fopen(optarg, "we"); break;
        case 'a': if (sscanf(optarg, "%d,%d,%d", &at_process, &at_call, &at_occurrence) != 3) return 64; break;
        case 'k': kill_tree = strcmp(optarg, "tree") == 0, kill_one = !kill_tree; break;
        case 'f': after = 1; break;
        case 'e': error_number = (int)g_ascii_strtoll(optarg, NULL, 10); break;
        case 'p': read_pauses(optarg); break;
        case 't': if (sscanf(optarg, "%d,%d", &talk_in, &talk_out) != 2) return 64; break;
        default: return 64;
        }
    if (optind >= argc || (at_call >= 0 && !kill_tree && !kill_one && error_number == 0)) return 64;
    start(argv + optind);
    if (at_call >= 0 && list != NULL) fprintf(list, "%s %d\n", struck ? "struck" : "missed", root_status);
    if (list != NULL && fclose(list) != 0) fail("write the list");
    return 0;
}
