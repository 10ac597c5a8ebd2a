#include "cli/commands.h"
#include "cli/output.h"
#include "deliver/deliver.h"
#include "publish/expiry.h"
#include "publish/judgement.h"
#include "publish/undelivered.h"

/* For the clock of the machine, as `digest --due`: the program itself has none. */

bool expire_command(Call *call, GError **error) {
    ExpiryCounts counts = {0};
    if (call_option(call, "due") == NULL) return fault_set(error, FAULT_USAGE, "say --due: it closes held mail whose time is over");
    JudgementCounts judged = {0};
    int64_t authors = 0;
    bool done = expiry_due(call->database, call->now, &counts, error) && judgement_due(call->database, call->now, &judged, error) &&
                undelivered_due(call->database, call->now, &authors, error);
    if (counts.told + counts.reminded + judged.probed + judged.suspended + judged.reminded + judged.told + authors > 0) deliver_ring(call->config);
    if (!done) return false;
    printf("expired %" G_GINT64_FORMAT ", authors told %" G_GINT64_FORMAT ", groups reminded %" G_GINT64_FORMAT ", questions ended %" G_GINT64_FORMAT "\n",
           counts.expired, counts.told, counts.reminded, counts.questions);
    g_autofree char *grace = counts.closes_nothing_until != 0 ? output_time(counts.closes_nothing_until, call->config->zone) : NULL;
    if (grace != NULL) printf("the clock has jumped, or this did not run for days: nothing is closed before %s\n", grace);
    printf("reports judged %" G_GINT64_FORMAT ", addresses probed %" G_GINT64_FORMAT ", arrived %" G_GINT64_FORMAT ", suspended %" G_GINT64_FORMAT
           ", owners told %" G_GINT64_FORMAT ", authors told of failures %" G_GINT64_FORMAT "\n",
           judged.judged, judged.probed, judged.passed, judged.suspended, judged.told, authors);
    return true;
}
