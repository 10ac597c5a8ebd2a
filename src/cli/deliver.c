#include "deliver/deliver.h"
#include <signal.h>
#include "cli/commands.h"
#include "store/outbox.h"

/* The signal sets a flag that deliver_run looks at between two mails: nothing is cut off in the middle of a transaction. */

static volatile sig_atomic_t stop;
G_STATIC_ASSERT(sizeof(sig_atomic_t) == sizeof(int));

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

bool deliver_command(Call *call, GError **error) {
    bool once = call_option(call, "once") != NULL, retry = call_option(call, "retry") != NULL,
         told = call_option(call, "now") != NULL;
    if (retry && !once) return fault_set(error, FAULT_USAGE, "--retry goes with --once");
    if (told && !once) return fault_set(error, FAULT_USAGE, "--now goes with --once");
    if (!once) {
        struct sigaction action = {.sa_handler = on_signal};
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGINT, &action, NULL);
        return deliver_run(call->database, (const volatile int *)&stop, error);
    }
    DeliverCounts counts = {0};
    OutboxCounts left;
    if (retry && !outbox_hurry(call->database, call->now, error)) return false;
    if (!deliver_round(call->database, told ? call->now : 0, &counts, error) ||
        !outbox_counts(call->database, &left, error))
        return false;
    printf("sent %" G_GINT64_FORMAT ", waiting %" G_GINT64_FORMAT ", failed %" G_GINT64_FORMAT "\n", counts.sent,
           left.count[DELIVERY_WAITING] + left.count[DELIVERY_SENDING], counts.failed);
    return true;
}
