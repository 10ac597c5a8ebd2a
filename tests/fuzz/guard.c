/* The guard names a limit only when it is passed, and never holds a mail for more of what it counts than there is. */
#include "intake/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const Config limits = {.message_bytes = 4096, .header_bytes = 512, .header_lines = 16, .boundary_lines = 8};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    GuardFinding finding = guard_check(&limits, bytes, length);
    if (finding.rule == NULL) return 0;
    if (finding.found <= finding.limit || finding.found > (int64_t)length + 1) g_error("%s holds for nothing", finding.rule);
    static const char *const rules[] = {"message-bytes", "header-bytes", "header-lines", "boundary-lines", "nested-comments",
                                        "nested-groups", "parameter-bytes", "parameter-name", NULL};
    if (!g_strv_contains(rules, finding.rule)) g_error("%s is no rule", finding.rule);
    return 0;
}
