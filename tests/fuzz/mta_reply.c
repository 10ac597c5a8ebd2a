/* However a server's octets are cut into pieces, they are read as the same reply; what is kept is bounded, and ends where the reply ends. */
#include "deliver/mta_reply.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static MtaReplyState feed(MtaReply *reply, const char *octets, size_t length, size_t piece, size_t *taken) {
    MtaReplyState state = MTA_REPLY_MORE;
    while (*taken < length && state == MTA_REPLY_MORE) {
        size_t used = 0;
        state = mta_reply_feed(reply, octets + *taken, MIN(piece, length - *taken), &used);
        *taken += used;
    }
    return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *octets = (const char *)bytes;
    MtaReply whole, cut;
    size_t taken = 0, piecewise = 0;
    char *parameters = NULL;
    mta_reply_init(&whole);
    mta_reply_init(&cut);
    MtaReplyState one = feed(&whole, octets, length, length, &taken), other = feed(&cut, octets, length, length > 0 ? 1 + bytes[0] % 3 : 1, &piecewise);
    if (taken != piecewise || one != other || whole.code != cut.code || !g_string_equal(whole.text, cut.text)) g_error("cut otherwise, read otherwise");
    if (whole.text->len > MTA_REPLY_KEPT || strlen(whole.text->str) != whole.text->len) g_error("no bounds");
    if (one == MTA_REPLY_WHOLE && (octets[taken - 1] != '\n' || whole.code < 200 || whole.code > 599)) g_error("not a reply");
    if (one == MTA_REPLY_MORE && taken != length) g_error("octets were left");
    g_free(mta_reply_words(&whole));
    mta_reply_offers(&whole, "SIZE", &parameters);
    g_free(parameters);
    mta_reply_clear(&whole);
    mta_reply_clear(&cut);
    return 0;
}
