#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/command.h"

/* Mail servers, cron and containers start us with odd descriptors, masks and signals; this is put right before anything
 * else runs. With 0, 1 or 2 closed, the next file opened (the database) would get that number and whatever is printed
 * would be written into it. */

static bool open_standard_descriptors(void) {
    for (int wanted = STDIN_FILENO; wanted <= STDERR_FILENO; wanted++) {
        if (fcntl(wanted, F_GETFD) >= 0) continue;
        /* The lowest free number is taken: that is `wanted`, because all below it are open. */
        if (open("/dev/null", O_WRONLY) != wanted) return false;
    }
    return true;
}

int main(int argc, char **argv) {
    if (!open_standard_descriptors() || argc < 1) return 75;
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* local(8) limits the size of files: a write that fails is answered 75, a signal bounces */
    /* Greek is written as UTF-8 whatever the locale says; numbers and dates keep the one form that programs can read. */
    setlocale(LC_CTYPE, "C.UTF-8");
    return command_main(argc, argv);
}
