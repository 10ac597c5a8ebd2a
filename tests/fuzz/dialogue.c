/* Whatever a client of LMTP says: a line reads as something, and where packets end makes no difference to a mail and its end. */
#include "intake/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    g_auto(Said) said = dialogue_read((const char *)bytes, MIN(length, (size_t)DIALOGUE_LINE_MOST));
    if ((said.path != NULL) != (said.saying == SAYS_MAIL || said.saying == SAYS_RCPT)) g_error("a path out of place");
    g_autoptr(GByteArray) whole = g_byte_array_new(), single = g_byte_array_new();
    DotState at_once = DOT_LINE, one_by_one = DOT_LINE;
    size_t took = dialogue_data(&at_once, bytes, length, whole), count = 0;
    while (count < length && one_by_one != DOT_END) count += dialogue_data(&one_by_one, bytes + count, 1, single);
    if (took != count || at_once != one_by_one || whole->len != single->len || (whole->len > 0 && memcmp(whole->data, single->data, whole->len) != 0))
        g_error("packets make a difference");
    bool ends = (took >= 3 && memcmp(bytes + took - 3, ".\r\n", 3) == 0) && (took == 3 || (took >= 5 && memcmp(bytes + took - 5, "\r\n", 2) == 0));
    if (at_once == DOT_END && !ends) g_error("ended by something else");
    if (at_once != DOT_END && took != length) g_error("stopped before the end");
    return 0;
}
