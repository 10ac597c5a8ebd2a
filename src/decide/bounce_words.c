#include "decide/bounce_words.h"
#include <string.h>

/* All words are in lower case and without accents, as bounce_text_of makes the text. In a phrase, * stands for anything between its pieces.
 * Phrases are asked first: they hold whatever stands around them. */

/* --- what is said of the message, its sender or our server, whatever else is said --- */

static const char *const message_words[] = {
    "blocked using", "blacklist", "black list", "block list", "blocklist", "blocked by", "rbl", "dnsbl",
    "spamhaus", "spamcop", "barracuda", "spam", "junk mail", "unsolicited", "reputation", "bulk",
    "virus", "malware", "phishing", "infected", "banned", "attachment", "content reject", "message content", "content of", "media error", "content filter",
    "content denied", "contents denied",
    "dmarc", "dkim", "spf", "sender id", "authentication", "unauthenticated", "not authenticated", "credential", "password",
    "reverse dns", "rdns", "ptr", "reverse hostname", "cannot find your", "cannot resolve your", "can't find your", "client host", "your hostname", "your domain",
    "your ip", "your host", "your server", "your network", "sending ip", "helo", "ehlo", "dynamic ip", "open proxy", "lookup failed", "unresolvable relay", "client ip",
    "mail server requires", "from your ip", "of your isp",
    "sender address", "sender domain", "sender rejected", "sender was rejected", "sender verify", "invalid sender", "sender denied", "sender is", "domain of sender",
    "from address", "envelope sender", "return path", "mail from", "backscatter", "my name was rejected", "sender email", "sender not", "sender e-mail", "senders not",
    "emetteur", "batv", "null sender", "no third-party dsn", "bouncedeny",
    "relay denied", "allowed rcpthosts", "relaying denied", "unable to relay", "not permitted to relay", "relay access denied", "relay not permitted", "relaying not",
    "we do not relay", "relay prohibited", "to relay", "mail relay", "as a relay", "not been configured to let",
    "too large", "too big", "size exceeds", "exceeds size", "exceeds fixed", "exceeds maximum", "message size", "message length", "size limit", "exceeded max",
    "rate limit", "too many connection", "too many message", "too many mails", "too many recipients", "too much mail", "too many concurrent", "too many sessions",
    "too many errors", "at a rate", "receiving mail too quickly", "unexpected volume", "complaints", "throttl", "hop count", "mail loop", "loops back", "too many hops",
    "routing loop", "message looping", "connection limit", "emails per", "messages per", "trop de connexions", "slower", "mass mailer", "captcha",
    "policy", "not authorized", "not authorised", "unauthorized", "not allowed to send", "permission", "not permitted", "prohibited", "administrative", "members only",
    "only accepts mail from", "recipient preferences", "restricted", "starttls", "tls required", "not rfc", "rfc 5322", "rfc5322", "header error",
    "missing required header", "message has been blocked", "message blocked", "has been blocked", "was blocked", "email blocked", "mail blocked", "is blocked",
    "suspicious", "abuse", "not a member", "are not member", "non-member", "moderated list", "not allowed to post", "group you tried to contact", "le groupe que vous",
    "die gruppe, die sie", "η ομαδα με την οποια", "duplicated message-id", "loop alert", "protocol violation", "security violation", "mailing list",
    "subscribed to this group", "organizational settings", "not accepting mail with", "not accepting any mail", "only accepting mail", "suspend the service",
    "mailbox access for", "dead domain", NULL
};

/* --- a full mailbox --- */

static const char *const full_words[] = {
    "mailbox full", "mailbox is full", "mailbox has exceeded", "inbox full", "inbox is full", "over quota", "quota exceed", "exceeded storage",
    "mailbox size limit", "mailbox too", "overquota", "overdrawn", "exceed*quota", "quota violation", "disk quota", "storage quota", "quota has been", "exceed mailbox",
    "no space left in", "account is full", "user is full", "recipient*full", "mbox full", "folder is full", "too much mail data", "over the maximum allowed mailbox",
    "usage exceeds", "reached*quota", "γραμματοκιβωτιο*πληρες", "γεματο", "υπερβαση*ορι", "υπερβαση*χωρου", "υπερβ*οριο*γραμματοκιβωτι", "ξεπερασ*χωρ", "δεν εχει*χωρο",
    "speicherplatz", "quota depasse", "spazio esaurito", "cheia", "переполнен", "ist voll", "postfach*voll", "pleine", "piena", "lleno", "too many messages on the server", "enough space",
    "enough storage", NULL
};

/* Accounts that exist and are closed for a time: their owner comes back, or does not. */
static const char *const account_words[] = {
    "suspended", "account expired", "account has expired", "exceeded their limit", "inactive", "disabled", "deactivated", "locked", "frozen", "on hold",
    "account is blocked", "compte*bloque", "απενεργοποι", "ανενεργ", "κλειδωμεν", "ανασταλ", "not been activated", "not activated", "not active", "archivee", NULL
};
static const char *const expired_words[] = {"expired", NULL};

/* Said of a recipient after his server had taken him at RCPT: a filter of his, whatever it calls itself. */
static const char *const late_words[] = {
    "in reply to end of data", "in reply to data", "after end of data", "end of data:", "smtp command data", NULL
};

/* What the last server itself could not do. The programs it calls answer "no such user" as well (EX_NOUSER), and mean the machine's. */
static const char *const machine_words[] = {
    "couldn't create", "can't create", "cannot create", "cannot open mail", "unable to open mail", "cannot append", "cannot update mailbox", "unable to lock",
    "command died with", "child crashed", "can't chdir", "unable to chdir", "read-only file system", "no space left on device", NULL
};

/* How PowerMTA sums up the dialogue that it had (X-PowerMTA-BounceCategory, as report.c passes it on). */
static const char *const category_dead[] = {
    "(category bad-mailbox)", "(category bad-domain)", NULL
};
static const char *const category_full[] = {
    "(category quota-issues)", NULL
};
static const char *const category_policy[] = {
    "(category inactive-mailbox)", "(category spam-related)", "(category virus-related)", "(category content-related)", "(category policy-related)",
    "(category relaying-issues)", "(category invalid-sender)", NULL
};
static const char *const category_temporary[] = {
    "(category message-expired)", "(category no-answer-from-host)", "(category bad-connection)", "(category routing-errors)", "(category bad-configuration)",
    "(category protocol-errors)", NULL
};

/* A server that has looked into its own list of users. Some are set to say 450 then (Postfix: unknown_local_recipient_reject_code), and a sender
 * that gives up after days has still been told so each time; RFC 3463 3.2 has x.1.1 for nothing else. */
static const char *const directory_words[] = {
    "user unknown in local recipient table", "user unknown in virtual alias table", "user unknown in virtual mailbox table", "user unknown in relay recipient table",
    "not listed in domino directory", "not listed in public name", NULL
};

/* --- a dead address --- */

static const char *const dead_words[] = {
    "user unknown", "unknown user", "user not found", "no such user", "no such recipient", "no such mailbox", "no such address", "recipient unknown", "unknown recipient", "invalid recipient",
    "and other recipients in the same domain", "no such email", "not our customer", "recipientnotfound", "recipient is not", "recipient address rejected: access denied",
    "recipient address rejected. (in reply to rcpt", "recipient address rejected (in reply to rcpt", "recipient rejected (in reply to rcpt",
    "recipient rejected. (in reply to rcpt", "recipient refused (in reply to rcpt", "unknown local", "not listed in", "isn't in my list", "not in my list",
    "name is not recognized", "name not found", "bad destination", "ambiguous", "unroutable", "couldn't be found", "domain must exist", "domain is not reachable",
    "could not be resolved", "couldn't find any host", "no mx", "null mx", "nullmx", "does not accept mail", "does not accept any", "not accepting network",
    "server does not accept", "has moved", "no longer", "has been replaced", "mailbox*moved", "discontinued", "this account has been", "not a valid",
    "does not have an account", "doesn't have a", "not exist", "does not like recipient", "mx records point to non-existent", "δεν υπαρχει", "αγνωστος", "δεν βρεθηκε",
    "unbekannt", "inconnu", "sconosciut", "inesistente", "desconocid", "no existe", "не существует", "αγνωστη διευθυνση", "αγνωστο ονομα", "ανυπαρκτ", "δεν εντοπιστηκε",
    "δεν ειναι εγκυρη διευθυνση", "existiert nicht", "n'existe pas", "introuvable", "non esiste", "no se encontro", "nao existe", "desconhecid", "bestaat niet",
    "onbekend", "finns inte", "не наиден", "存在しません", "見つかりません", "5.1.0 address rejected", "no one at", "no one here", "no one by", "nobody by", "in name directory",
    "not present in directory", "name or service not known", "badrcptto", "userunknown", "invalid-recipient", "bad-recipient", "name is not found", "badrecipientto",
    "validrcptto", "nessun utente", "invalid final delivery", "not have a final email delivery point", NULL
};

/* --- a trouble that passes --- */

static const char *const passing_words[] = {
    "timed out", "timeout", "time out", "connection refused", "connection reset", "connection closed", "connection lost", "connection died", "lost connection",
    "network is unreachable", "no route to host", "socket error", "temporary", "temporarily", "try again", "try later", "in the queue too long", "too long in queue",
    "retry time", "retry limit", "giving up", "giv*up", "name server", "dns lookup", "dns error", "greylist", "graylist", "could not connect", "couldn't connect",
    "cannot connect", "wasn't able to establish", "unable to connect", "not responding", "no answer", "local error", "system error", "internal error", "configuration",
    "i/o error", "resources", "unreachable", "not reachable", "not respond", "connection dropped", "connection was", "dropped by", "unable to resolve",
    "not been collected", "loop broken", "interrupted", "while being processed", "write error", "misconfigured", "currently unavailable",
    "hosts have been failing", "delivery failed*attempts", "config error", "mailer error", "command failed", "mail system full", NULL
};

/* --- things, and what is said of them --- */

static const char *const person_things[] = {
    "user", "users", "username", "userid", "recipient", "recipients", "mailbox", "mailboxes", "mail box", "account", "address", "addresses", "addressee", "person", "alias", "local part",
    "local-part", "customer", "subscriber", "employee", "@", NULL};
static const char *const domain_things[] = {"domain", "host", "hostname", "domain name", NULL};
static const char *const absent_before[] = {
    "unknown", "invalid", "bad", "nonexistent", "non-existent", "non existent", "wrong", "no such", "no valid", "no local", "no", "not a valid", "not a known", "not a local", "not an active",
    "undeliverable", "unrouteable", "unroutable", "unrecognized", "unrecognised", "undefined", NULL};
static const char *const absent_after[] = {
    "unknown", "not found", "not be found", "couldn't be found", "can't be found", "notfound", "not exist", "doesn't exist", "don't exist", "not known", "not valid",
    "isn't valid", "not a valid", "not recognized", "not recognised", "not listed", "not present", "not local", "not ok", "not registered", "not defined", "invalid",
    "nonexistent", "non-existent", "no longer", "unrouteable", "unroutable", "wrong", "deleted", "removed", NULL};
static const char *const unavailable_after[] = {"unavailable", "unavaiable", "not available", NULL};
static const char *const box_things[] = {"mailbox", "account", NULL};
/* Who says "unknown" of a sender, or for the moment, does not say it of his user. */
static const char *const sender_or_passing[] = {
    "sender", "senders", "sender's", "originator", "from", "your", "client", "helo", "ehlo", "reverse", "relay", "route", "temporary", "temporarily", "currently", "try", "retry", "later", NULL};

static const char *const full_things[] = {"mailbox", "mail box", "inbox", "quota", "maildir", "mailfolder", "mail folder", "mail file", "storage", "space", NULL};
static const char *const full_before[] = {"full", "over", "exceeded", "exceeding", "exceeds", "not enough", "out of", "no more", NULL};
static const char *const full_after[] = {"full", "over", "exceed", "exceeds", "exceeded", "exceeding", "exhausted", "used up", "reached", NULL};
static const char *const sizes[] = {"message", NULL};

static const char *const message_things[] = {"message", "messages", "mail", "mails", "email", "e-mail", "content", "header", "headers", "subject", "sender", "envelope", "access", "connection", "attachments", NULL};
static const char *const refused_after[] = {
    "rejected", "refused", "denied", "blocked", "bounced", "filtered", "not accepted", "unacceptable", "forbidden", "not allowed", "not welcome", "declined", "rejection", "classified", NULL};
static const char *const not_the_message[] = {"connection refused", "recipient", "recipients", "address", "addresses", NULL};

/* Words of two lists in one clause, the second at most so many words behind the first, and none of a third beside them. */
typedef struct {
    const char *why; /* NULL ends the pairs */
    const char *const *first, *const *second;
    unsigned between;
    const char *const *unless;
} Pair;

static const Pair full_pairs[] = {{"mailbox … full", full_things, full_after, 3, sizes}, {"full … mailbox", full_before, full_things, 2, sizes}, {NULL, NULL, NULL, 0, NULL}};
static const Pair dead_pairs[] = {
    {"user … unknown", person_things, absent_after, 6, sender_or_passing},
    {"unknown … user", absent_before, person_things, 2, sender_or_passing},
    {"domain … unknown", domain_things, absent_after, 6, sender_or_passing},
    {"unknown … domain", absent_before, domain_things, 2, sender_or_passing},
    {"mailbox … unavailable", box_things, unavailable_after, 2, sender_or_passing},
    {NULL, NULL, NULL, 0, NULL}};
static const Pair refused_pairs[] = {{"message … refused", message_things, refused_after, 4, not_the_message}, {NULL, NULL, NULL, 0, NULL}};

/* What a table asks for, one after the other. */
typedef struct {
    BounceClass class;
    const char *const *phrases; /* NULL where only pairs are asked */
    const Pair *pairs;          /* NULL where only phrases are */
} Entry;

static const Entry tables[BOUNCE_TABLES][5] = {
    [BOUNCE_SAYS_MESSAGE] = {{BOUNCE_POLICY, message_words, NULL}},
    [BOUNCE_SAYS_FULL] = {{BOUNCE_FULL, full_words, full_pairs}},
    [BOUNCE_SAYS_ACCOUNT] = {{BOUNCE_POLICY, account_words, NULL}, {BOUNCE_TEMPORARY, expired_words, NULL}},
    [BOUNCE_SAYS_LATE] = {{BOUNCE_POLICY, late_words, NULL}},
    [BOUNCE_SAYS_MACHINE] = {{BOUNCE_TEMPORARY, machine_words, NULL}},
    [BOUNCE_SAYS_CATEGORY] = {{BOUNCE_DEAD, category_dead, NULL}, {BOUNCE_FULL, category_full, NULL}, {BOUNCE_POLICY, category_policy, NULL}, {BOUNCE_TEMPORARY, category_temporary, NULL}},
    [BOUNCE_SAYS_DIRECTORY] = {{BOUNCE_DEAD, directory_words, NULL}},
    [BOUNCE_SAYS_DEAD] = {{BOUNCE_DEAD, dead_words, dead_pairs}},
    [BOUNCE_SAYS_PASSING] = {{BOUNCE_TEMPORARY, passing_words, NULL}},
    [BOUNCE_SAYS_REFUSED] = {{BOUNCE_POLICY, NULL, refused_pairs}},
};

/* --- the text --- */

static char *lowered(const char *text) {
    g_autofree char *lower = g_utf8_strdown(text, -1), *apart = g_utf8_normalize(lower, -1, G_NORMALIZE_NFD);
    if (apart == NULL) return g_steal_pointer(&lower);
    GString *bare = g_string_new(NULL);
    for (const char *c = apart; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        if (g_unichar_type(letter) == G_UNICODE_NON_SPACING_MARK) continue;
        g_string_append_unichar(bare, letter == 0x2019 ? '\'' : letter);
    }
    return g_string_free(bare, FALSE);
}

/* Names are no words: an address at antispam.example.gr is refused for being unknown, and not as spam. */
static void blank_addresses(char *text) {
    for (char *word = text; *word != '\0';) {
        size_t length = strcspn(word, BOUNCE_WORD_EDGES);
        if (memchr(word, '@', length) != NULL) memset(word, '@', length);
        word += length;
        word += strspn(word, BOUNCE_WORD_EDGES);
    }
}

/* Words that say nothing: how a Cisco ESA introduces whatever the other server said, an error that is itself unknown, the name of a product. */
static void blank_empty_words(char *text) {
    static const char *const empty[] = {
        "unknown address error", "unknown error", "unknown reason", "unknown failure", "αγνωστο σφαλμα", "αγνωστος λογος", "αγνωστη αιτια", "unbekannter fehler", "unbekannten fehler",
        "erreur inconnue", "raison inconnue", "errore sconosciuto", "error desconocido", "viruswall", "spamtitan", NULL};
    for (const char *const *words = empty; *words != NULL; words++)
        for (char *at = strstr(text, *words); at != NULL; at = strstr(at, *words)) memset(at, ' ', strlen(*words));
}

/* Words with one space around each; where a clause ends, the word "." stands. An address is the word "@", and a colon behind it ends nothing. */
static char *clauses_of(const char *text) {
    GString *clauses = g_string_new(" ");
    for (const char *c = text; *c != '\0'; c++) {
        char last = clauses->str[clauses->len - 1];
        bool inside = g_ascii_isalnum(*c) || (*c & 0x80) != 0 || *c == '-' || ((*c == '.' || *c == '\'') && last != ' ' && g_ascii_isalnum(c[1]));
        bool ends = *c == ';' || (strchr(".!?:", *c) != NULL && (c[1] == '\0' || g_ascii_isspace(c[1])) && !(*c == ':' && g_str_has_suffix(clauses->str, "@ ")));
        if (*c == '@' && c[1] == '@') continue;
        if (*c == '@') g_string_append(clauses, last == ' ' ? "@ " : " @ ");
        else if (inside) g_string_append_c(clauses, *c);
        else if (ends) g_string_append(clauses, last == ' ' ? ". " : " . ");
        else if (last != ' ') g_string_append_c(clauses, ' ');
    }
    g_string_append_c(clauses, ' ');
    return g_string_free(clauses, FALSE);
}

void bounce_text_clear(BounceText *text) {
    g_clear_pointer(&text->words, g_free);
    g_clear_pointer(&text->clauses, g_free);
}

BounceText bounce_text_of(const char *diagnostic) {
    BounceText text = {.words = lowered(diagnostic)};
    blank_addresses(text.words);
    blank_empty_words(text.words);
    text.clauses = clauses_of(text.words);
    return text;
}

/* --- asking --- */

/* Pieces in order, by plain search: linear in the text for each phrase. */
static bool holds(const char *text, const char *phrase) {
    char piece[80];
    while (text != NULL) {
        size_t length = strcspn(phrase, "*");
        g_strlcpy(piece, phrase, MIN(length + 1, sizeof piece));
        text = strstr(text, piece);
        if (text == NULL) return false;
        text += length;
        phrase += length;
        if (*phrase == '\0') return true;
        phrase++;
    }
    return false;
}

static bool clause_ends(const char *at) {
    return *at == '\0' || (at[0] == '.' && at[1] == ' ');
}

static const char *next_word(const char *at) {
    return at + strcspn(at, " ") + 1;
}

/* The length of the first of these words that stands here, 0 for none. */
static size_t word_here(const char *at, const char *const *words) {
    for (; *words != NULL; words++) {
        size_t length = strlen(*words);
        if (strncmp(at, *words, length) == 0 && at[length] == ' ') return length;
    }
    return 0;
}

static bool clause_has(const char *clause, const char *const *words) {
    for (const char *at = clause; !clause_ends(at); at = next_word(at))
        if (word_here(at, words) > 0) return true;
    return false;
}

static bool clause_pairs(const char *clause, const Pair *pair) {
    for (const char *at = clause; !clause_ends(at); at = next_word(at)) {
        size_t length = word_here(at, pair->first);
        if (length == 0) continue;
        const char *behind = at + length + 1;
        for (unsigned i = 0; i <= pair->between && !clause_ends(behind); i++, behind = next_word(behind))
            if (word_here(behind, pair->second) > 0) return true;
    }
    return false;
}

static bool text_pairs(const char *clauses, const Pair *pair) {
    const char *clause = clauses + 1;
    while (*clause != '\0') {
        if (!clause_has(clause, pair->unless) && clause_pairs(clause, pair)) return true;
        while (!clause_ends(clause)) clause = next_word(clause);
        if (*clause == '.') clause = next_word(clause);
    }
    return false;
}

static const char *why_entry(const Entry *entry, const BounceText *text) {
    for (const char *const *phrase = entry->phrases; phrase != NULL && *phrase != NULL; phrase++)
        if (holds(text->words, *phrase)) return *phrase;
    for (const Pair *pair = entry->pairs; pair != NULL && pair->why != NULL; pair++)
        if (text_pairs(text->clauses, pair)) return pair->why;
    return NULL;
}

bool bounce_words_ask(BounceTable table, const BounceText *text, BounceClass *class, const char **why) {
    for (const Entry *entry = tables[table]; entry->phrases != NULL || entry->pairs != NULL; entry++) {
        const char *found = why_entry(entry, text);
        if (found == NULL) continue;
        *class = entry->class;
        *why = found;
        return true;
    }
    return false;
}
