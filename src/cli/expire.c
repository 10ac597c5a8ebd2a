#include "cli/commands.h"
#include "deliver/deliver.h"
#include "publish/expiry.h"

/* For the clock of the machine, as `digest --due`: the program itself has none. */

bool expire_command(Call *call, GError **error) {
    ExpiryCounts counts = {0};
    if (call_option(call, "due") == NULL) return fault_set(error, FAULT_USAGE, "say --due: it closes held mail whose time is over");
    bool done = expiry_due(call->database, call->now, &counts, error);
    if (counts.told > 0 || counts.reminded > 0) deliver_ring(call->config);
    if (!done) return false;
    printf("expired %" G_GINT64_FORMAT ", authors told %" G_GINT64_FORMAT ", groups reminded %" G_GINT64_FORMAT ", questions ended %" G_GINT64_FORMAT "\n",
           counts.expired, counts.told, counts.reminded, counts.questions);
    return true;
}
