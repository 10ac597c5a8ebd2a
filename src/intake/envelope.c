#include "intake/envelope.h"
#include "message/address.h"

/* Each MTA has its own way to say who sent a message and for whom it is; the table is the whole knowledge of it.
 * SENDER and RECIPIENT: Postfix local(8), qmail-command(8) and Exim's pipe transport set them; OpenSMTPD's forward |command too. */
static const struct {
    const char *mta, *sender, *recipient, *local, *domain;
} environments[] = {
    {"postfix", "SENDER", "ORIGINAL_RECIPIENT", NULL, NULL},
    {"alias", "SENDER", "ORIGINAL_RECIPIENT", NULL, NULL},
    {"exim", "SENDER", "RECIPIENT", "LOCAL_PART", "DOMAIN"},
    {"opensmtpd", "SENDER", "RECIPIENT", "LOCAL", "DOMAIN"},
    {"qmail", "SENDER", "RECIPIENT", "LOCAL", "HOST"},
};
const char *const envelope_mtas[] = {"postfix", "alias", "exim", "opensmtpd", "qmail", NULL};

enum { SENDER_LONGEST = 320 };

void envelope_clear(Envelope *envelope) {
    g_free(envelope->sender);
    g_free(envelope->recipient);
    *envelope = (Envelope){0};
}

static char *from_environment(const char *whole, const char *local, const char *domain) {
    const char *value = whole != NULL ? g_getenv(whole) : NULL;
    if (value != NULL && *value != '\0') return g_strdup(value);
    const char *part = local != NULL ? g_getenv(local) : NULL, *rest = domain != NULL ? g_getenv(domain) : NULL;
    return part != NULL && rest != NULL ? g_strdup_printf("%s@%s", part, rest) : NULL;
}

/* Postfix without null_sender= says MAILER-DAEMON, Exim and qmail say <> or #@[], each for “nobody”. */
static bool is_nobody(const char *text) {
    static const char *const nobody[] = {"", "<>", "#@[]", "mailer-daemon", NULL};
    g_autofree char *lower = g_ascii_strdown(text, -1);
    return g_strv_contains(nobody, lower) || g_str_has_prefix(lower, "mailer-daemon@");
}

/* Other systems' senders may be longer or odder than any address that we would write to. We never do write to this one: it is kept as a
 * word to look at, without blanks and controls. */
static char *written_sender(const char *text) {
    if (is_nobody(text)) return g_strdup("");
    char *sender = address_canonical(text, NULL);
    if (sender != NULL) return g_str_has_prefix(sender, "mailer-daemon@") ? (g_free(sender), g_strdup("")) : sender;
    GString *word = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)strnlen(text, SENDER_LONGEST));
    for (const char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        g_string_append_unichar(word, g_unichar_isgraph(letter) ? letter : '?');
    }
    return g_string_free(word, FALSE);
}

static bool of_our_domain(const Config *config, const char *address) {
    g_autofree char *local = NULL, *domain = NULL;
    address_split(address, &local, &domain);
    return strcmp(domain, config->domain) == 0;
}

bool envelope_read(const Config *config, const char *mta, int operand_count, char **operands, Envelope *envelope, GError **error) {
    g_autofree char *sender = NULL, *recipient = NULL, *original = NULL;
    size_t row = 0;
    while (row < G_N_ELEMENTS(environments) && mta != NULL && strcmp(environments[row].mta, mta) != 0) row++;
    if (row == G_N_ELEMENTS(environments)) return fault_set(error, FAULT_USAGE, "no such MTA is known: %.40s", mta);
    if (operand_count >= 2 && operand_count <= 3) {
        sender = g_strdup(operands[0]);
        recipient = g_strdup(operands[1]);
        original = operand_count == 3 ? g_strdup(operands[2]) : NULL;
    } else if (operand_count == 0) {
        sender = from_environment(environments[row].sender, NULL, NULL);
        recipient = from_environment(environments[row].recipient, environments[row].local, environments[row].domain);
        if (recipient == NULL) recipient = from_environment("RECIPIENT", NULL, NULL);
    } else
        return fault_set(error, FAULT_USAGE, "expected SENDER RECIPIENT [ORIGINAL_RECIPIENT], got %d words", operand_count);
    if (recipient == NULL) return fault_set(error, FAULT_USAGE, "no envelope recipient: give SENDER RECIPIENT, or --mta");
    envelope->recipient = address_canonical(recipient, error);
    if (envelope->recipient == NULL) return false;
    if (original != NULL && !of_our_domain(config, envelope->recipient)) {
        char *other = address_canonical(original, NULL);
        if (other != NULL && of_our_domain(config, other)) {
            g_free(envelope->recipient);
            envelope->recipient = other;
        } else
            g_free(other);
    }
    envelope->sender = written_sender(sender != NULL ? sender : "");
    return true;
}
