/* What the guard lets through becomes a letter that keeps its promises on the way between processes. */
#include "intake/guard.h"
#include "message/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const Config limits = {.message_bytes = 1 << 20, .header_bytes = 262144, .header_lines = 2000, .boundary_lines = 2000};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (guard_check(&limits, bytes, length).rule != NULL) return 0;
    g_autoptr(GBytes) raw = g_bytes_new(bytes, length);
    g_autoptr(Letter) letter = letter_parse(raw, "X-Loop");
    g_autoptr(GVariant) variant = g_variant_ref_sink(letter_to_variant(letter));
    g_autoptr(Letter) back = letter_from_variant(variant);
    if (back == NULL) g_error("a letter that was parsed is not taken back");
    g_autoptr(GVariant) again = g_variant_ref_sink(letter_to_variant(back));
    if (!g_variant_equal(variant, again)) g_error("a letter comes back changed");
    return 0;
}
