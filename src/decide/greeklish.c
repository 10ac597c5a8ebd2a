#include "decide/greeklish.h"

/* Nobody spells greeklish by a standard: some write what they hear (kinoniki), some what the letter looks like (koinwnikh),
 * most a bit of both. So
 * both scripts go to the sounds that no spelling tells apart: η ι υ ει οι ου are one vowel, χ and ξ one consonant (x stands
 * for either),
 * β φ and the υ of αυ one. Letters alone first, then pairs, then doubled ones; each step is a table and one pass. */

static const struct {
    const char *letters;
    const char *sounds; /* one for each of the letters */
} alphabets[] = {
    {"αβγδεζηθικλμνξοπρστυφχω", "avgdezi8iklmnxoprstuvxo"},
    {"abcdefgijklmnopqrstuvwxyz", "avkdevgijklmnop8rstuvoxyz"},
};

/* Pairs as they stand after the single letters; u and y live only until here. */
static const struct {
    char first, second, sound;
} pairs[] = {
    {'a', 'i', 'e'}, {'e', 'i', 'i'}, {'o', 'i', 'i'}, {'o', 'u', 'i'}, {'o', 'y', 'i'}, {'y', 'i', 'i'}, {'u', 'i', 'i'},
    {'k', 's', 'x'}, {'m', 'p', 'v'}, {'n', 't', 'd'}, {'g', 'g', 'g'}, {'g', 'k', 'g'}, {'n', 'g', 'g'}, {'n', 'k', 'g'},
};

static char sound_of(gunichar letter) {
    for (size_t i = 0; i < G_N_ELEMENTS(alphabets); i++) {
        const char *sounds = alphabets[i].sounds;
        for (const char *c = alphabets[i].letters; *c != '\0'; c = g_utf8_next_char(c), sounds++)
            if (g_utf8_get_char(c) == letter) return *sounds;
    }
    return letter == '3' ? 'x' : letter < 0x80 ? (char)letter : '?';
}

static bool is_vowel(char c) { return c != '\0' && strchr("aeiouyw", c) != NULL; }

/* A Latin h is part of th, ph, ch; else η where a vowel is missing (eggrafh, plhrofories), else χ (apohorisi). */
static void append_h(GString *sounds, char spelled, const char *next) {
    char last = sounds->len > 0 ? sounds->str[sounds->len - 1] : '\0', before = sounds->len > 0 ? last : 'a';
    bool vowel_follows = is_vowel(*next);
    if (last == 't') sounds->str[sounds->len - 1] = '8';
    else if (last == 'p') sounds->str[sounds->len - 1] = 'v';
    else if (last == 'k' && (vowel_follows || spelled == 'c')) sounds->str[sounds->len - 1] = 'x';
    else g_string_append_c(sounds, is_vowel(before) || vowel_follows ? 'x' : 'i');
}

static GString *letter_by_letter(const char *folded) {
    GString *sounds = g_string_sized_new(strlen(folded) + 1);
    for (const char *c = folded; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        if (letter == 'h') append_h(sounds, c > folded ? c[-1] : '\0', c + 1);
        else if (letter == 0x3C8) g_string_append(sounds, "ps"); /* ψ */
        else g_string_append_c(sounds, sound_of(letter));
    }
    return sounds;
}

static char pair_sound(char first, char second) {
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        if (pairs[i].first == first && pairs[i].second == second) return pairs[i].sound;
    return '\0';
}

char *greeklish_key(const char *folded) {
    g_autoptr(GString) sounds = letter_by_letter(folded);
    GString *key = g_string_sized_new(sounds->len + 1);
    for (size_t i = 0; i < sounds->len; i++) {
        char sound = sounds->str[i], pair = pair_sound(sound, sounds->str[i + 1]);
        if (pair != '\0') {
            sound = pair;
            i++;
        }
        if (sound == 'u' || sound == 'y') {
            char before = i > 0 ? sounds->str[i - 1] : '\0', after = sounds->str[i + 1];
            sound = pair == '\0' && (before == 'a' || before == 'e') && after != '\0' ? 'v' : 'i';
        }
        if (key->len == 0 || key->str[key->len - 1] != sound) g_string_append_c(key, sound);
    }
    return g_string_free(key, FALSE);
}
