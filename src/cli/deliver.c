#include "deliver/deliver.h"
#include <signal.h>
#include <unistd.h>
#include "cli/commands.h"
#include "store/destinations.h"
#include "store/outbox.h"

/* The signal sets a flag that deliver_run looks at between two mails: nothing is cut off in the middle of a transaction. */

enum { PROGRESS_WIDTH = 40 };

static volatile sig_atomic_t stop;
G_STATIC_ASSERT(sizeof(sig_atomic_t) == sizeof(int));

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

typedef struct {
    int64_t total;
    int shown; /* percent; -1: nothing yet */
} Progress;

static void show_progress(const DeliverCounts *counts, gpointer user) {
    Progress *progress = user;
    int64_t done = counts->sent + counts->later + counts->failed + counts->untried;
    int percent = (int)(MIN(done, progress->total) * 100 / MAX(progress->total, 1));
    if (percent == progress->shown) return;
    progress->shown = percent;
    char bar[PROGRESS_WIDTH + 1];
    for (int i = 0; i < PROGRESS_WIDTH; i++) bar[i] = i * 100 < percent * PROGRESS_WIDTH ? '#' : '.';
    bar[PROGRESS_WIDTH] = '\0';
    fprintf(stderr, "\r%s %3d%%  sent %" G_GINT64_FORMAT ", put off %" G_GINT64_FORMAT ", failed %" G_GINT64_FORMAT " ", bar, percent, counts->sent,
            counts->later + counts->untried, counts->failed);
}

/* What could not be tried waits as before: nothing has failed, and the operator is told why. */
static bool deliver_once(Call *call, int64_t now, GError **error) {
    DeliverCounts counts = {0};
    Progress progress = {.shown = -1};
    bool terminal = isatty(STDERR_FILENO) == 1;
    int64_t left = 0;
    if (terminal && !outbox_open(call->database, &progress.total, error)) return false;
    bool good = deliver_round(call->database, now, &counts, terminal ? show_progress : NULL, &progress, error);
    g_autofree char *why = counts.why;
    if (terminal && progress.shown >= 0) fputs("\r\033[K", stderr);
    if (!good || !outbox_open(call->database, &left, error)) return false;
    printf("sent %" G_GINT64_FORMAT ", waiting %" G_GINT64_FORMAT ", failed %" G_GINT64_FORMAT "\n", counts.sent, left, counts.failed);
    if (counts.untried == 0) return true;
    if (counts.sent + counts.later + counts.failed == 0)
        return fault_set(error, FAULT_TEMPORARY, "nothing could be tried, because the relay is away: %s; everything waits as before", why);
    fprintf(stderr, "diktyo: %" G_GINT64_FORMAT " could not be tried: %s\n", counts.untried, why);
    return true;
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
    if (retry && (!destinations_remove(call->database, NULL, error) || !outbox_hurry(call->database, call->now, error))) return false;
    return deliver_once(call, told ? call->now : 0, error);
}
