#include "base/fault.h"

G_DEFINE_QUARK(diktyo-fault, fault)

bool fault_set(GError **error, FaultKind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, FAULT, (int)kind, text);
    return false;
}

int fault_exit_code(const GError *error) {
    if (error == NULL) return 0;
    if (error->domain != FAULT) return 70;
    switch ((FaultKind)error->code) {
    case FAULT_TEMPORARY: return 75;
    case FAULT_PERMANENT: return 1;
    case FAULT_CONFIG: return 78;
    case FAULT_USAGE: return 64;
    case FAULT_INTERNAL: return 70;
    }
    return 70;
}
