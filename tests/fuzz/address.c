/* Whatever the one constructor of addresses accepts is safe in an envelope, a header and a database. */
#include "message/address.h"
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    g_autofree char *text = g_strndup((const char *)bytes, length);
    g_autoptr(GError) error = NULL;
    g_autofree char *canonical = address_canonical(text, &error);
    if (canonical == NULL) {
        if (error == NULL || address_is_canonical(text)) g_error("refused without a reason");
        return 0;
    }
    if (error != NULL || !address_is_canonical(canonical)) g_error("not canonical: %s", canonical);
    if (strpbrk(canonical, "\r\n\t <>\",;:\\()[]") != NULL || strlen(canonical) > 254) g_error("not safe: %s", canonical);
    for (const char *c = canonical; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c) || g_ascii_isupper(*c)) g_error("not clean: %s", canonical);
    if (!g_utf8_validate(canonical, -1, NULL)) g_error("not UTF-8");
    g_autofree char *again = address_canonical(canonical, NULL);
    if (g_strcmp0(again, canonical) != 0) g_error("not idempotent: %s", canonical);
    g_autofree char *local = NULL, *domain = NULL;
    address_split(canonical, &local, &domain);
    if (strlen(local) > 64 || strlen(domain) == 0) g_error("not two pieces: %s", canonical);
    g_autofree char *joined = address_join(local, domain, NULL);
    if (g_strcmp0(joined, canonical) != 0) g_error("not joined again: %s", canonical);
    return 0;
}
