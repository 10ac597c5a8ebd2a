#include "deliver/esmtp_library.h"
#include "base/libraries.h"

EsmtpFunctions esmtp;

/* OpenSSL's functions are found through it: it is linked to them. */
bool esmtp_library_open(GError **error) {
    static const char *const names[] = {ESMTP_FUNCTIONS(LIBRARY_NAME) NULL};
    static Library library = {.file = LIBRARY_ESMTP, .names = names, .functions = &esmtp};
    return library_open(&library, error);
}
