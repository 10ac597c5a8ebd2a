#include "intake/lmtp.h"
#include <signal.h>
#include "cli/commands.h"
#include "cli/instance.h"

static volatile sig_atomic_t stop;
G_STATIC_ASSERT(sizeof(sig_atomic_t) == sizeof(int));

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

bool lmtp_command(Call *call, GError **error) {
    if (!instance_enter(call, error)) return false;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    return lmtp_run(call->config, call_option(call, "now") != NULL ? call->now : 0, (const volatile int *)&stop, error);
}
