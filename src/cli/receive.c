#include "intake/receive.h"
#include "cli/commands.h"
#include "cli/instance.h"

/* Only the way in: what it must be careful about (the child that reads, the exit codes) lives in intake/receive. */

bool receive_command(Call *call, GError **error) {
    if (!instance_enter(call, error)) return false;
    int64_t now = call_option(call, "now") != NULL ? call->now : 0;
    call->exit_code = receive_main(call->config, call_option(call, "mta"), call->operand_count, call->operands, now);
    return true;
}
