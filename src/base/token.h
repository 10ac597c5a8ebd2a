/* token.h: randomness, hashes and keys that nobody can guess. */
#pragma once
#include "base/fault.h"
#include <stdint.h>

enum { TOKEN_BYTES = 16, TOKEN_SECRET_BYTES = 32 };

/* Fills `bytes` from the kernel (getrandom); aborts the program if the kernel has none. */
void token_random(uint8_t *bytes, size_t length);

/* A new token: 128 random bits in lower-case base32 (26 characters, safe in a local part and after case folding). Yours. */
char *token_new(void);

/* Lower-case base32 (RFC 4648 alphabet without padding) of any bytes. Yours. */
char *token_base32(const uint8_t *bytes, size_t length);

/* The key of a bounce address: `number` (a delivery) plus 64 bits of HMAC-SHA256 over `purpose` and it, at most 26
 * characters of [a-z2-7]. Short enough for a local part (RFC 5321, 4.5.3.1.1), opaque, and only we can make one. Yours. */
char *token_key(const uint8_t secret[TOKEN_SECRET_BYTES], const char *purpose, int64_t number);

/* Reads such a key back, in constant time, in any case of letters; false when it is not one of ours. */
bool token_key_read(const uint8_t secret[TOKEN_SECRET_BYTES], const char *purpose, const char *key, int64_t *number);

/* The purpose of the key by which a member leaves a group: the number is his, and it counts for that group alone. Yours. */
char *token_leave_purpose(int64_t group);

/* The purpose of the key by which a reader of digests says something of his own: the number is the person. */
static const char token_reader_purpose[] = "reader";

/* SHA-256 of `length` bytes, in hexadecimal (64 characters). Yours. */
char *token_hash(const void *bytes, size_t length);
