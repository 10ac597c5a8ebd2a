#include "message/address.h"
#include <idn2.h>
#include "message/text.h"

/* MTAs, GMime and libESMTP each have their own idea of an address: one takes blanks, one reads `a@b c@d` as two, one writes
 * CR LF to the wire. So we accept the small grammar that all of them agree about and refuse everything else by name: a
 * dot-atom, an @, and a host name. The local part is folded in ASCII only: case there is the owner's business by RFC 5321 2.4, but no
 * office has two people who differ in it, and everybody writes it as he likes. */

enum { TEXT_LONGEST = 1000, LOCAL_LONGEST = 64, DOMAIN_LONGEST = 253, LABEL_LONGEST = 63, ADDRESS_LONGEST = 254, SHOWN = 60 };

static bool refuse(GError **error, const char *text, const char *fault) {
    g_autofree char *shown = text_one_line(text, SHOWN);
    return fault_set(error, FAULT_PERMANENT, "“%s” is no mail address: %s", shown, fault);
}

/* RFC 5322 atext, and what RFC 6532 adds of it that can be seen. */
static bool is_atom_letter(gunichar letter) {
    if (letter < 128) return g_ascii_isalnum((char)letter) || (letter != 0 && strchr("!#$%&'*+-/=?^_`{|}~", (int)letter) != NULL);
    return g_unichar_isgraph(letter) && g_unichar_type(letter) != G_UNICODE_FORMAT && g_unichar_type(letter) != G_UNICODE_PRIVATE_USE;
}

/* What is wrong with a local part; NULL: nothing. */
static const char *local_fault(const char *local) {
    if (*local == '\0') return "nothing stands before the @";
    if (strlen(local) > LOCAL_LONGEST) return "more than 64 octets before the @";
    if (*local == '"') return "a quoted local part";
    bool dot = true; /* at the beginning or after a dot */
    for (const char *c = local; *c != '\0'; c = g_utf8_next_char(c)) {
        if (*c == '.' && dot) return "a dot at the beginning or two in a row";
        if (*c != '.' && !is_atom_letter(g_utf8_get_char(c))) return "a character that cannot stand before the @";
        dot = *c == '.';
    }
    return dot ? "a dot before the @" : NULL;
}

/* What is wrong with an ASCII domain in lower case; NULL: nothing. */
static const char *domain_fault(const char *domain) {
    if (*domain == '\0') return "nothing stands after the @";
    if (*domain == '[') return "an address literal";
    if (strlen(domain) > DOMAIN_LONGEST) return "more than 253 octets after the @";
    const char *label = domain;
    for (bool last = false; !last;) {
        size_t length = strcspn(label, ".");
        last = label[length] == '\0';
        if (length == 0) return "an empty part in the domain";
        if (length > LABEL_LONGEST) return "a part of the domain with more than 63 octets";
        if (label[0] == '-' || label[length - 1] == '-') return "a hyphen at the edge of a part of the domain";
        if (strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") < length) return "a character that cannot stand in a domain";
        if (last && strspn(label, "0123456789") == length) return "a number in place of a domain";
        label += length + 1;
    }
    return NULL;
}

/* Lower case and A-labels (IDNA 2008 with the mapping of UTS 46, as browsers do); NULL when there are none. */
static char *domain_in_ascii(const char *domain) {
    if (g_str_is_ascii(domain)) return g_ascii_strdown(domain, -1);
    char *found = NULL;
    if (idn2_to_ascii_8z(domain, &found, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK) return NULL;
    char *ascii = g_ascii_strdown(found, -1);
    idn2_free(found);
    return ascii;
}

static char *without_blanks(const char *text, size_t length) {
    while (length > 0 && (*text == ' ' || *text == '\t')) text++, length--;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) length--;
    return g_strndup(text, length);
}

char *address_canonical(const char *text, GError **error) {
    if (text == NULL) text = "";
    if (strlen(text) > TEXT_LONGEST) return refuse(error, text, "too long"), NULL;
    if (!g_utf8_validate(text, -1, NULL)) return refuse(error, text, "it is not valid UTF-8"), NULL;
    g_autofree char *bare = without_blanks(text, strlen(text));
    size_t length = strlen(bare);
    if (length >= 2 && bare[0] == '<' && bare[length - 1] == '>') {
        char *inner = without_blanks(bare + 1, length - 2);
        g_free(bare);
        bare = inner;
    }
    char *at = strrchr(bare, '@');
    if (at == NULL) return refuse(error, text, "there is no @ in it"), NULL;
    *at = '\0';
    size_t local_length = strlen(bare);
    bool quoted = local_length >= 2 && bare[0] == '"' && bare[local_length - 1] == '"';
    g_autofree char *local = quoted ? g_strndup(bare + 1, local_length - 2) : g_strdup(bare);
    const char *fault = local_fault(local);
    if (fault != NULL) return refuse(error, text, quoted ? "a quoted local part that needs its quotes" : fault), NULL;
    g_autofree char *domain = domain_in_ascii(at + 1);
    fault = domain != NULL ? domain_fault(domain) : "the domain has no ASCII form (IDNA 2008)";
    if (fault != NULL) return refuse(error, text, fault), NULL;
    g_autofree char *folded = g_ascii_strdown(local, -1);
    g_autofree char *canonical = g_strconcat(folded, "@", domain, NULL);
    if (strlen(canonical) > ADDRESS_LONGEST) return refuse(error, text, "more than 254 octets"), NULL;
    return g_steal_pointer(&canonical);
}

/* The same rules without the ways to get there: nothing to take off, to fold or to convert. */
bool address_is_canonical(const char *text) {
    char local[ADDRESS_LONGEST + 1];
    const char *at = text != NULL ? strrchr(text, '@') : NULL;
    if (at == NULL || strlen(text) > ADDRESS_LONGEST || !g_utf8_validate(text, -1, NULL)) return false;
    memcpy(local, text, (size_t)(at - text));
    local[at - text] = '\0';
    for (const char *c = local; *c != '\0'; c++)
        if (g_ascii_isupper(*c)) return false;
    return local_fault(local) == NULL && domain_fault(at + 1) == NULL;
}

void address_split(const char *canonical, char **local, char **domain) {
    const char *at = strrchr(canonical, '@');
    g_return_if_fail(at != NULL);
    *local = g_strndup(canonical, (size_t)(at - canonical));
    *domain = g_strdup(at + 1);
}

char *address_join(const char *local, const char *domain, GError **error) {
    g_autofree char *text = g_strconcat(local, "@", domain, NULL);
    return address_canonical(text, error);
}
