#include "base/token.h"
#include <errno.h>
#include <sys/random.h>

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
enum { MAC_BYTES = 8, NUMBER_BYTES = 8 };

void token_random(uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t got = getrandom(bytes, length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) g_error("the kernel gave no randomness: %s", g_strerror(errno));
        bytes += got;
        length -= (size_t)got;
    }
}

char *token_base32(const uint8_t *bytes, size_t length) {
    char *text = g_malloc(length * 8 / 5 + 2), *end = text;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < length; i++) {
        bits = (bits << 8) | bytes[i];
        for (count += 8; count >= 5; count -= 5) *end++ = alphabet[(bits >> (count - 5)) & 31];
    }
    if (count > 0) *end++ = alphabet[(bits << (5 - count)) & 31];
    *end = '\0';
    return text;
}

char *token_new(void) {
    uint8_t bytes[TOKEN_BYTES];
    token_random(bytes, sizeof bytes);
    return token_base32(bytes, sizeof bytes);
}

/* Begun with the secret, which is half of the work: a post to thousands makes two keys for each of them with the same one. */
static GHmac *keyed(const uint8_t secret[TOKEN_SECRET_BYTES]) {
    static uint8_t of[TOKEN_SECRET_BYTES];
    static GHmac *begun;
    if (begun == NULL || memcmp(of, secret, sizeof of) != 0) {
        if (begun != NULL) g_hmac_unref(begun);
        begun = g_hmac_new(G_CHECKSUM_SHA256, secret, TOKEN_SECRET_BYTES);
        memcpy(of, secret, sizeof of);
    }
    return g_hmac_copy(begun);
}

/* Leading zero bytes of the number are not written: a key is the MAC and then what is left of the number. */
char *token_key(const uint8_t secret[TOKEN_SECRET_BYTES], const char *purpose, int64_t number) {
    uint8_t bytes[MAC_BYTES + NUMBER_BYTES], mac[32];
    gsize mac_length = sizeof mac;
    g_autoptr(GHmac) hmac = keyed(secret);
    uint64_t big_endian = GUINT64_TO_BE((uint64_t)number);
    g_hmac_update(hmac, (const guchar *)purpose, (gssize)strlen(purpose) + 1);
    g_hmac_update(hmac, (const guchar *)&big_endian, sizeof big_endian);
    g_hmac_get_digest(hmac, mac, &mac_length);
    memcpy(bytes, mac, MAC_BYTES);
    size_t skip = 0;
    while (skip < NUMBER_BYTES - 1 && ((const uint8_t *)&big_endian)[skip] == 0) skip++;
    memcpy(bytes + MAC_BYTES, (const uint8_t *)&big_endian + skip, NUMBER_BYTES - skip);
    return token_base32(bytes, MAC_BYTES + NUMBER_BYTES - skip);
}

/* The number is read first, then the whole key is made again and compared: one encoding, one comparison. */
bool token_key_read(const uint8_t secret[TOKEN_SECRET_BYTES], const char *purpose, const char *key, int64_t *number) {
    uint8_t bytes[32];
    size_t length = 0, letters = strlen(key);
    uint32_t bits = 0;
    int count = 0;
    if (letters > 26) return false;
    for (size_t i = 0; i < letters; i++) {
        const char *place = strchr(alphabet, g_ascii_tolower(key[i]));
        if (place == NULL || *place == '\0') return false;
        bits = (bits << 5) | (uint32_t)(place - alphabet);
        if ((count += 5) >= 8) bytes[length++] = (uint8_t)(bits >> (count -= 8));
    }
    if (length <= MAC_BYTES || length > MAC_BYTES + NUMBER_BYTES) return false;
    uint64_t read = 0;
    for (size_t i = MAC_BYTES; i < length; i++) read = (read << 8) | bytes[i];
    g_autofree char *expected = token_key(secret, purpose, (int64_t)read);
    if (strlen(expected) != letters) return false;
    unsigned difference = 0;
    for (size_t i = 0; i < letters; i++) difference |= (unsigned)(expected[i] ^ g_ascii_tolower(key[i]));
    if (difference != 0) return false;
    *number = (int64_t)read;
    return true;
}

const char token_reader_purpose[] = "reader";

char *token_leave_purpose(int64_t group) { return g_strdup_printf("leave %" G_GINT64_FORMAT, group); }

char *token_hash(const void *bytes, size_t length) { return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, length); }
