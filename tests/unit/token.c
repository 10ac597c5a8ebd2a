#include "fixture.h"
#include "base/token.h"

static const uint8_t secret[TOKEN_SECRET_BYTES] = "0123456789abcdef0123456789abcdef";
static const uint8_t other[TOKEN_SECRET_BYTES] = "0123456789abcdef0123456789abcdeg";

static void a_key_comes_back_as_its_number_in_any_case(void **state) {
    (void)state;
    const int64_t numbers[] = {1, 255, 256, 65535, 1000000, G_MAXINT32, G_MAXINT64};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *key = token_key(secret, "bounces", numbers[i]);
        g_autofree char *loud = g_ascii_strup(key, -1);
        int64_t read = 0;
        assert_true(strlen(key) <= 26);
        assert_true(token_key_read(secret, "bounces", key, &read));
        assert_int_equal(read, numbers[i]);
        assert_true(token_key_read(secret, "bounces", loud, &read));
    }
}

static void a_key_of_another_secret_purpose_or_letter_is_nobodys(void **state) {
    (void)state;
    g_autofree char *key = token_key(secret, "bounces", 4711);
    int64_t read = 0;
    assert_false(token_key_read(other, "bounces", key, &read));
    assert_false(token_key_read(secret, "digest", key, &read));
    assert_false(token_key_read(secret, "bounces", "", &read));
    assert_false(token_key_read(secret, "bounces", "ά", &read));
    for (size_t i = 0; key[i] != '\0'; i++) {
        g_autofree char *changed = g_strdup(key);
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        assert_false(token_key_read(secret, "bounces", changed, &read));
    }
    g_autofree char *longer = g_strconcat(key, "a", NULL);
    assert_false(token_key_read(secret, "bounces", longer, &read));
}

static void tokens_are_26_letters_and_never_the_same(void **state) {
    (void)state;
    g_autofree char *one = token_new(), *two = token_new();
    assert_int_equal(strlen(one), 26);
    assert_string_not_equal(one, two);
}

static void base32_and_sha256_are_the_standards(void **state) {
    (void)state;
    g_autofree char *text = token_base32((const uint8_t *)"foobar", 6); /* RFC 4648, 10: MZXW6YTBOI====== */
    assert_string_equal(text, "mzxw6ytboi");
    g_autofree char *hash = token_hash("abc", 3); /* FIPS 180-4, example */
    assert_string_equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_comes_back_as_its_number_in_any_case),
        cmocka_unit_test(a_key_of_another_secret_purpose_or_letter_is_nobodys),
        cmocka_unit_test(tokens_are_26_letters_and_never_the_same),
        cmocka_unit_test(base32_and_sha256_are_the_standards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
