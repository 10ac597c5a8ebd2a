#include "decide/bounce.h"
#include <string.h>

/* Servers lie with numbers more than with words: 5.1.1 for a blocked sender, 5.7.1 for an unknown user, 5.0.0 for everything. So the words decide where
 * they are clear, then the status (RFC 3463), then the reply code. Whoever is blamed must be blamed by good evidence: when in
 * doubt it is the message, the server, or nobody. The tables are asked in order; all words are in lower case. */

typedef struct {
    const char *words; /* pieces that must stand in this order, separated by * */
    BounceClass class;
} Rule;

/* What is said of the message, its sender or our server, whatever else is said. */
static const Rule message_rules[] = {
    {"blocked using", BOUNCE_POLICY}, {"blacklist", BOUNCE_POLICY}, {"black list", BOUNCE_POLICY}, {"block list", BOUNCE_POLICY}, {"blocklist", BOUNCE_POLICY}, {"blocked by", BOUNCE_POLICY}, {"rbl", BOUNCE_POLICY}, {"dnsbl", BOUNCE_POLICY},
    {"spamhaus", BOUNCE_POLICY}, {"spamcop", BOUNCE_POLICY}, {"barracuda", BOUNCE_POLICY}, {"spam", BOUNCE_POLICY}, {"junk mail", BOUNCE_POLICY}, {"unsolicited", BOUNCE_POLICY}, {"bulk mail", BOUNCE_POLICY}, {"reputation", BOUNCE_POLICY},
    {"virus", BOUNCE_POLICY}, {"malware", BOUNCE_POLICY}, {"phishing", BOUNCE_POLICY}, {"infected", BOUNCE_POLICY}, {"banned", BOUNCE_POLICY}, {"attachment", BOUNCE_POLICY}, {"content reject", BOUNCE_POLICY}, {"message content", BOUNCE_POLICY}, {"content of", BOUNCE_POLICY}, {"media error", BOUNCE_POLICY},
    {"dmarc", BOUNCE_POLICY}, {"dkim", BOUNCE_POLICY}, {"spf", BOUNCE_POLICY}, {"sender id", BOUNCE_POLICY}, {"authentication", BOUNCE_POLICY}, {"unauthenticated", BOUNCE_POLICY}, {"not authenticated", BOUNCE_POLICY},
    {"reverse dns", BOUNCE_POLICY}, {"rdns", BOUNCE_POLICY}, {"ptr", BOUNCE_POLICY}, {"reverse hostname", BOUNCE_POLICY}, {"cannot find your", BOUNCE_POLICY}, {"cannot resolve your", BOUNCE_POLICY}, {"can't find your", BOUNCE_POLICY}, {"client host", BOUNCE_POLICY}, {"your hostname", BOUNCE_POLICY}, {"your domain", BOUNCE_POLICY}, {"your ip", BOUNCE_POLICY}, {"your host", BOUNCE_POLICY}, {"your server", BOUNCE_POLICY}, {"your network", BOUNCE_POLICY}, {"sending ip", BOUNCE_POLICY}, {"helo", BOUNCE_POLICY}, {"ehlo", BOUNCE_POLICY},
    {"sender address", BOUNCE_POLICY}, {"sender domain", BOUNCE_POLICY}, {"sender rejected", BOUNCE_POLICY}, {"sender was rejected", BOUNCE_POLICY}, {"sender verify", BOUNCE_POLICY}, {"invalid sender", BOUNCE_POLICY}, {"sender denied", BOUNCE_POLICY}, {"sender is", BOUNCE_POLICY}, {"domain of sender", BOUNCE_POLICY}, {"from address", BOUNCE_POLICY}, {"envelope sender", BOUNCE_POLICY}, {"return path", BOUNCE_POLICY}, {"mail from", BOUNCE_POLICY}, {"backscatter", BOUNCE_POLICY}, {"my name was rejected", BOUNCE_POLICY},
    {"relay denied", BOUNCE_POLICY}, {"allowed rcpthosts", BOUNCE_POLICY}, {"relaying denied", BOUNCE_POLICY}, {"unable to relay", BOUNCE_POLICY}, {"not permitted to relay", BOUNCE_POLICY}, {"relay access denied", BOUNCE_POLICY}, {"relay not permitted", BOUNCE_POLICY}, {"relaying not", BOUNCE_POLICY}, {"we do not relay", BOUNCE_POLICY}, {"relay prohibited", BOUNCE_POLICY},
    {"too large", BOUNCE_POLICY}, {"too big", BOUNCE_POLICY}, {"size exceeds", BOUNCE_POLICY}, {"exceeds size", BOUNCE_POLICY}, {"exceeds fixed", BOUNCE_POLICY}, {"exceeds maximum", BOUNCE_POLICY}, {"message size", BOUNCE_POLICY}, {"message length", BOUNCE_POLICY}, {"size limit", BOUNCE_POLICY}, {"exceeded max", BOUNCE_POLICY},
    {"rate limit", BOUNCE_POLICY}, {"too many connection", BOUNCE_POLICY}, {"too many message", BOUNCE_POLICY}, {"too many mails", BOUNCE_POLICY}, {"too many recipients", BOUNCE_POLICY}, {"too much mail", BOUNCE_POLICY}, {"too many concurrent", BOUNCE_POLICY}, {"too many sessions", BOUNCE_POLICY}, {"too many errors", BOUNCE_POLICY}, {"at a rate", BOUNCE_POLICY}, {"receiving mail too quickly", BOUNCE_POLICY}, {"unexpected volume", BOUNCE_POLICY}, {"complaints", BOUNCE_POLICY}, {"throttl", BOUNCE_POLICY}, {"hop count", BOUNCE_POLICY}, {"mail loop", BOUNCE_POLICY}, {"loops back", BOUNCE_POLICY}, {"too many hops", BOUNCE_POLICY}, {"routing loop", BOUNCE_POLICY},
    {"policy", BOUNCE_POLICY}, {"not authorized", BOUNCE_POLICY}, {"not authorised", BOUNCE_POLICY}, {"unauthorized", BOUNCE_POLICY}, {"not allowed to send", BOUNCE_POLICY}, {"permission", BOUNCE_POLICY}, {"not permitted", BOUNCE_POLICY}, {"prohibited", BOUNCE_POLICY}, {"administrative", BOUNCE_POLICY}, {"members only", BOUNCE_POLICY}, {"only accepts mail from", BOUNCE_POLICY}, {"recipient preferences", BOUNCE_POLICY}, {"restricted", BOUNCE_POLICY}, {"starttls", BOUNCE_POLICY}, {"tls required", BOUNCE_POLICY}, {"not rfc", BOUNCE_POLICY}, {"rfc 5322", BOUNCE_POLICY}, {"rfc5322", BOUNCE_POLICY}, {"header error", BOUNCE_POLICY}, {"missing required header", BOUNCE_POLICY}, {"message has been blocked", BOUNCE_POLICY}, {"message blocked", BOUNCE_POLICY}, {"has been blocked", BOUNCE_POLICY}, {"was blocked", BOUNCE_POLICY}, {"email blocked", BOUNCE_POLICY}, {"mail blocked", BOUNCE_POLICY}, {"is blocked", BOUNCE_POLICY}, {"suspicious", BOUNCE_POLICY}, {"abuse", BOUNCE_POLICY}, {"not a member", BOUNCE_POLICY}, {"are not member", BOUNCE_POLICY}, {"non-member", BOUNCE_POLICY}, {"moderated list", BOUNCE_POLICY}, {"not allowed to post", BOUNCE_POLICY}, {"group you tried to contact", BOUNCE_POLICY}, {"le groupe que vous", BOUNCE_POLICY}, {"die gruppe, die sie", BOUNCE_POLICY}, {"η ομαδα με την οποια", BOUNCE_POLICY}, {"duplicated message-id", BOUNCE_POLICY}, {"loop alert", BOUNCE_POLICY},
};

static const Rule full_rules[] = {
    {"mailbox full", BOUNCE_FULL}, {"mailbox is full", BOUNCE_FULL}, {"mailbox has exceeded", BOUNCE_FULL}, {"mailbox size limit", BOUNCE_FULL}, {"mailbox too", BOUNCE_FULL}, {"mailbox exceeds", BOUNCE_FULL}, {"mailfolder is full", BOUNCE_FULL}, {"mail folder is full", BOUNCE_FULL}, {"maildir*full", BOUNCE_FULL}, {"over quota", BOUNCE_FULL}, {"overquota", BOUNCE_FULL}, {"out of quota", BOUNCE_FULL}, {"over the quota", BOUNCE_FULL}, {"over its quota", BOUNCE_FULL}, {"overdrawn", BOUNCE_FULL}, {"quota exceed", BOUNCE_FULL}, {"exceed*quota", BOUNCE_FULL}, {"quota*full", BOUNCE_FULL}, {"quota violation", BOUNCE_FULL}, {"disk quota", BOUNCE_FULL}, {"storage quota", BOUNCE_FULL}, {"quota has been", BOUNCE_FULL}, {"storage*exceeded", BOUNCE_FULL}, {"exceeded storage", BOUNCE_FULL}, {"exceed mailbox", BOUNCE_FULL}, {"exceeded*space", BOUNCE_FULL}, {"exceeded*mailbox", BOUNCE_FULL}, {"out of storage", BOUNCE_FULL}, {"no space left in", BOUNCE_FULL}, {"inbox is full", BOUNCE_FULL}, {"inbox full", BOUNCE_FULL}, {"account is full", BOUNCE_FULL}, {"user is full", BOUNCE_FULL}, {"recipient*full", BOUNCE_FULL}, {"mbox full", BOUNCE_FULL}, {"folder is full", BOUNCE_FULL}, {"too much mail data", BOUNCE_FULL}, {"over the maximum allowed mailbox", BOUNCE_FULL}, {"over allowed quota", BOUNCE_FULL}, {"usage exceeds", BOUNCE_FULL}, {"reached*quota", BOUNCE_FULL}, {"γραμματοκιβωτιο*πληρες", BOUNCE_FULL}, {"γεματο", BOUNCE_FULL}, {"υπερβαση*ορι", BOUNCE_FULL}, {"υπερβαση*χωρου", BOUNCE_FULL}, {"υπερβ*οριο*γραμματοκιβωτι", BOUNCE_FULL}, {"ξεπερασ*χωρ", BOUNCE_FULL}, {"δεν εχει*χωρο", BOUNCE_FULL}, {"speicherplatz", BOUNCE_FULL}, {"quota depasse", BOUNCE_FULL}, {"spazio esaurito", BOUNCE_FULL}, {"cheia", BOUNCE_FULL}, {"переполнен", BOUNCE_FULL}, {"voll", BOUNCE_FULL}, {"pleine", BOUNCE_FULL}, {"piena", BOUNCE_FULL}, {"lleno", BOUNCE_FULL},
};

/* Accounts that exist and are closed for a time: their owner comes back, or does not. */
static const Rule account_rules[] = {
    {"suspended", BOUNCE_POLICY}, {"account expired", BOUNCE_POLICY}, {"account has expired", BOUNCE_POLICY}, {"exceeded their limit", BOUNCE_POLICY}, {"inactive", BOUNCE_POLICY}, {"disabled", BOUNCE_POLICY}, {"deactivated", BOUNCE_POLICY}, {"locked", BOUNCE_POLICY}, {"frozen", BOUNCE_POLICY}, {"on hold", BOUNCE_POLICY}, {"account is blocked", BOUNCE_POLICY}, {"compte*bloque", BOUNCE_POLICY}, {"expired", BOUNCE_TEMPORARY}, {"not been activated", BOUNCE_POLICY}, {"not activated", BOUNCE_POLICY},
};

/* Said of a recipient after his server had taken him at RCPT: a filter of his, whatever it calls itself. */
static const Rule late_rules[] = {
    {"in reply to end of data", BOUNCE_POLICY}, {"in reply to data", BOUNCE_POLICY}, {"after end of data", BOUNCE_POLICY}, {"end of data:", BOUNCE_POLICY}, {"smtp command data", BOUNCE_POLICY},
};

/* What the last server itself could not do. The programs it calls answer "no such user" as well (EX_NOUSER), and mean the machine's. */
static const Rule machine_rules[] = {
    {"couldn't create", BOUNCE_TEMPORARY}, {"can't create", BOUNCE_TEMPORARY}, {"cannot create", BOUNCE_TEMPORARY}, {"cannot open mail", BOUNCE_TEMPORARY}, {"unable to open mail", BOUNCE_TEMPORARY}, {"cannot append", BOUNCE_TEMPORARY}, {"cannot update mailbox", BOUNCE_TEMPORARY}, {"unable to lock", BOUNCE_TEMPORARY}, {"command died with", BOUNCE_TEMPORARY}, {"child crashed", BOUNCE_TEMPORARY}, {"can't chdir", BOUNCE_TEMPORARY}, {"unable to chdir", BOUNCE_TEMPORARY}, {"read-only file system", BOUNCE_TEMPORARY}, {"no space left on device", BOUNCE_TEMPORARY},
};

/* How PowerMTA sums up the dialogue that it had (X-PowerMTA-BounceCategory, as report.c passes it on). */
static const Rule category_rules[] = {
    {"(category bad-mailbox)", BOUNCE_DEAD}, {"(category bad-domain)", BOUNCE_DEAD}, {"(category inactive-mailbox)", BOUNCE_POLICY}, {"(category quota-issues)", BOUNCE_FULL}, {"(category spam-related)", BOUNCE_POLICY}, {"(category virus-related)", BOUNCE_POLICY}, {"(category content-related)", BOUNCE_POLICY}, {"(category policy-related)", BOUNCE_POLICY}, {"(category relaying-issues)", BOUNCE_POLICY}, {"(category invalid-sender)", BOUNCE_POLICY}, {"(category message-expired)", BOUNCE_TEMPORARY}, {"(category no-answer-from-host)", BOUNCE_TEMPORARY}, {"(category bad-connection)", BOUNCE_TEMPORARY}, {"(category routing-errors)", BOUNCE_TEMPORARY}, {"(category bad-configuration)", BOUNCE_TEMPORARY}, {"(category protocol-errors)", BOUNCE_TEMPORARY},
};

/* A server that has looked into its own list of users. Some are set to say 450 then (Postfix: unknown_local_recipient_reject_code), and a sender
 * that gives up after days has still been told so each time; RFC 3463 3.2 has x.1.1 for nothing else. */
static const Rule directory_rules[] = {
    {"user unknown in local recipient table", BOUNCE_DEAD}, {"user unknown in virtual alias table", BOUNCE_DEAD}, {"user unknown in virtual mailbox table", BOUNCE_DEAD}, {"user unknown in relay recipient table", BOUNCE_DEAD}, {"not listed in domino directory", BOUNCE_DEAD}, {"not listed in public name", BOUNCE_DEAD},
};

static const Rule dead_rules[] = {
    {"user unknown", BOUNCE_DEAD}, {"unknown user", BOUNCE_DEAD}, {"user is unknown", BOUNCE_DEAD}, {"user not found", BOUNCE_DEAD}, {"user does not exist", BOUNCE_DEAD}, {"user doesn't exist", BOUNCE_DEAD}, {"user*not known", BOUNCE_DEAD}, {"and other recipients in the same domain", BOUNCE_DEAD}, {"no such user", BOUNCE_DEAD}, {"no such recipient", BOUNCE_DEAD}, {"no such address", BOUNCE_DEAD}, {"no such mailbox", BOUNCE_DEAD}, {"no such person", BOUNCE_DEAD}, {"no such account", BOUNCE_DEAD}, {"no such email", BOUNCE_DEAD}, {"no such domain", BOUNCE_DEAD}, {"no such host", BOUNCE_DEAD}, {"no user here", BOUNCE_DEAD}, {"no mailbox", BOUNCE_DEAD}, {"no mail box", BOUNCE_DEAD}, {"no account", BOUNCE_DEAD}, {"no valid recipient", BOUNCE_DEAD}, {"not a valid user", BOUNCE_DEAD}, {"not a valid mailbox", BOUNCE_DEAD}, {"not a known user", BOUNCE_DEAD}, {"not our customer", BOUNCE_DEAD}, {"invalid user", BOUNCE_DEAD}, {"invalid recipient", BOUNCE_DEAD}, {"invalid mailbox", BOUNCE_DEAD}, {"invalid address", BOUNCE_DEAD}, {"invalid domain", BOUNCE_DEAD}, {"unknown recipient", BOUNCE_DEAD}, {"recipient unknown", BOUNCE_DEAD}, {"recipient not found", BOUNCE_DEAD}, {"recipientnotfound", BOUNCE_DEAD}, {"recipient*not recognized", BOUNCE_DEAD}, {"recipient*does not exist", BOUNCE_DEAD}, {"recipient is not", BOUNCE_DEAD}, {"recipient address rejected: access denied", BOUNCE_DEAD}, {"recipient address rejected. (in reply to rcpt", BOUNCE_DEAD}, {"recipient address rejected (in reply to rcpt", BOUNCE_DEAD}, {"recipient rejected (in reply to rcpt", BOUNCE_DEAD}, {"recipient rejected. (in reply to rcpt", BOUNCE_DEAD}, {"recipient refused (in reply to rcpt", BOUNCE_DEAD}, {"unknown address", BOUNCE_DEAD}, {"address unknown", BOUNCE_DEAD}, {"unknown or illegal alias", BOUNCE_DEAD}, {"unknown local", BOUNCE_DEAD}, {"unknown mailbox", BOUNCE_DEAD}, {"address does not exist", BOUNCE_DEAD}, {"address doesn't exist", BOUNCE_DEAD}, {"address not found", BOUNCE_DEAD}, {"address*not exist", BOUNCE_DEAD}, {"addressee unknown", BOUNCE_DEAD}, {"mailbox not found", BOUNCE_DEAD}, {"mailbox does not exist", BOUNCE_DEAD}, {"mailbox*not exist", BOUNCE_DEAD}, {"mailbox unavailable", BOUNCE_DEAD}, {"mailbox not available", BOUNCE_DEAD}, {"mailbox is unavailable", BOUNCE_DEAD}, {"mailbox not present", BOUNCE_DEAD}, {"account*does not exist", BOUNCE_DEAD}, {"account*doesn't exist", BOUNCE_DEAD}, {"account that you tried to reach does not exist", BOUNCE_DEAD}, {"not listed in", BOUNCE_DEAD}, {"isn't in my list", BOUNCE_DEAD}, {"not in my list", BOUNCE_DEAD}, {"name is not recognized", BOUNCE_DEAD}, {"name not found", BOUNCE_DEAD}, {"bad destination", BOUNCE_DEAD}, {"bad address", BOUNCE_DEAD}, {"ambiguous", BOUNCE_DEAD}, {"undeliverable address", BOUNCE_DEAD}, {"unrouteable address", BOUNCE_DEAD}, {"unrouteable mail domain", BOUNCE_DEAD}, {"unroutable", BOUNCE_DEAD}, {"host*not found", BOUNCE_DEAD}, {"couldn't be found", BOUNCE_DEAD}, {"host unknown", BOUNCE_DEAD}, {"unknown host", BOUNCE_DEAD}, {"host not found", BOUNCE_DEAD}, {"domain not found", BOUNCE_DEAD}, {"domain*does not exist", BOUNCE_DEAD}, {"domain doesn't exist", BOUNCE_DEAD}, {"domain name not found", BOUNCE_DEAD}, {"domain couldn't be found", BOUNCE_DEAD}, {"domain must exist", BOUNCE_DEAD}, {"domain is not reachable", BOUNCE_DEAD}, {"could not be resolved", BOUNCE_DEAD}, {"couldn't find any host", BOUNCE_DEAD}, {"no mx", BOUNCE_DEAD}, {"null mx", BOUNCE_DEAD}, {"nullmx", BOUNCE_DEAD}, {"does not accept mail", BOUNCE_DEAD}, {"does not accept any", BOUNCE_DEAD}, {"not accepting network", BOUNCE_DEAD}, {"server does not accept", BOUNCE_DEAD}, {"has moved", BOUNCE_DEAD}, {"no longer", BOUNCE_DEAD}, {"has been replaced", BOUNCE_DEAD}, {"mailbox*moved", BOUNCE_DEAD}, {"discontinued", BOUNCE_DEAD}, {"this account has been", BOUNCE_DEAD}, {"not a valid", BOUNCE_DEAD}, {"user*not listed", BOUNCE_DEAD}, {"does not have an account", BOUNCE_DEAD}, {"doesn't have a", BOUNCE_DEAD}, {"no local mailbox", BOUNCE_DEAD}, {"not exist", BOUNCE_DEAD}, {"does not like recipient", BOUNCE_DEAD}, {"account deleted", BOUNCE_DEAD}, {"mailbox deleted", BOUNCE_DEAD}, {"user deleted", BOUNCE_DEAD}, {"account has been deleted", BOUNCE_DEAD}, {"mx records point to non-existent", BOUNCE_DEAD}, {"δεν υπαρχει", BOUNCE_DEAD}, {"αγνωστος", BOUNCE_DEAD}, {"δεν βρεθηκε", BOUNCE_DEAD}, {"unbekannt", BOUNCE_DEAD}, {"inconnu", BOUNCE_DEAD}, {"sconosciut", BOUNCE_DEAD}, {"inesistente", BOUNCE_DEAD}, {"desconocid", BOUNCE_DEAD}, {"no existe", BOUNCE_DEAD}, {"не существует", BOUNCE_DEAD}, {"αγνωστη διευθυνση", BOUNCE_DEAD}, {"αγνωστο ονομα", BOUNCE_DEAD}, {"ανυπαρκτ", BOUNCE_DEAD}, {"δεν εντοπιστηκε", BOUNCE_DEAD}, {"δεν ειναι εγκυρη διευθυνση", BOUNCE_DEAD}, {"existiert nicht", BOUNCE_DEAD}, {"n'existe pas", BOUNCE_DEAD}, {"introuvable", BOUNCE_DEAD}, {"non esiste", BOUNCE_DEAD}, {"no se encontro", BOUNCE_DEAD}, {"nao existe", BOUNCE_DEAD}, {"desconhecid", BOUNCE_DEAD}, {"bestaat niet", BOUNCE_DEAD}, {"onbekend", BOUNCE_DEAD}, {"finns inte", BOUNCE_DEAD}, {"не наиден", BOUNCE_DEAD}, {"存在しません", BOUNCE_DEAD}, {"見つかりません", BOUNCE_DEAD},
};

static const Rule passing_rules[] = {
    {"timed out", BOUNCE_TEMPORARY}, {"timeout", BOUNCE_TEMPORARY}, {"time out", BOUNCE_TEMPORARY}, {"connection refused", BOUNCE_TEMPORARY}, {"connection reset", BOUNCE_TEMPORARY}, {"connection closed", BOUNCE_TEMPORARY}, {"connection lost", BOUNCE_TEMPORARY}, {"connection died", BOUNCE_TEMPORARY}, {"lost connection", BOUNCE_TEMPORARY}, {"network is unreachable", BOUNCE_TEMPORARY}, {"no route to host", BOUNCE_TEMPORARY}, {"socket error", BOUNCE_TEMPORARY}, {"temporary", BOUNCE_TEMPORARY}, {"temporarily", BOUNCE_TEMPORARY}, {"try again", BOUNCE_TEMPORARY}, {"try later", BOUNCE_TEMPORARY}, {"in the queue too long", BOUNCE_TEMPORARY}, {"too long in queue", BOUNCE_TEMPORARY}, {"retry time", BOUNCE_TEMPORARY}, {"retry limit", BOUNCE_TEMPORARY}, {"giving up", BOUNCE_TEMPORARY}, {"giv*up", BOUNCE_TEMPORARY}, {"name server", BOUNCE_TEMPORARY}, {"dns lookup", BOUNCE_TEMPORARY}, {"dns error", BOUNCE_TEMPORARY}, {"greylist", BOUNCE_TEMPORARY}, {"graylist", BOUNCE_TEMPORARY}, {"could not connect", BOUNCE_TEMPORARY}, {"couldn't connect", BOUNCE_TEMPORARY}, {"cannot connect", BOUNCE_TEMPORARY}, {"wasn't able to establish", BOUNCE_TEMPORARY}, {"unable to connect", BOUNCE_TEMPORARY}, {"not responding", BOUNCE_TEMPORARY}, {"no answer", BOUNCE_TEMPORARY}, {"local error", BOUNCE_TEMPORARY}, {"system error", BOUNCE_TEMPORARY}, {"internal error", BOUNCE_TEMPORARY}, {"configuration", BOUNCE_TEMPORARY}, {"i/o error", BOUNCE_TEMPORARY}, {"resources", BOUNCE_TEMPORARY},
};

/* The enhanced status by its subject and detail; class 4 and 2 are looked at before. "*" is every detail. */
static const struct {
    const char *code; /* without the class */
    BounceClass class;
} statuses[] = {
    {"1.7", BOUNCE_POLICY}, {"1.8", BOUNCE_POLICY}, {"1.9", BOUNCE_POLICY}, {"1.5", BOUNCE_DELIVERED}, {"1.0", BOUNCE_UNKNOWN}, {"1.", BOUNCE_DEAD}, {"2.2", BOUNCE_FULL}, {"2.3", BOUNCE_POLICY}, {"2.4", BOUNCE_POLICY}, {"2.1", BOUNCE_POLICY}, {"2.", BOUNCE_UNKNOWN}, {"3.1", BOUNCE_TEMPORARY}, {"3.2", BOUNCE_TEMPORARY}, {"3.4", BOUNCE_POLICY}, {"3.", BOUNCE_TEMPORARY}, {"4.1", BOUNCE_TEMPORARY}, {"4.4", BOUNCE_DEAD}, {"4.310", BOUNCE_DEAD}, {"4.6", BOUNCE_POLICY}, {"4.", BOUNCE_TEMPORARY}, {"5.", BOUNCE_UNKNOWN}, {"6.", BOUNCE_POLICY}, {"7.", BOUNCE_POLICY},
};

/* Pieces in order, by plain search: linear in the text for each rule. */
static bool holds(const char *text, const char *words) {
    char piece[80];
    while (text != NULL) {
        size_t length = strcspn(words, "*");
        g_strlcpy(piece, words, MIN(length + 1, sizeof piece));
        text = strstr(text, piece);
        if (text == NULL) return false;
        text += length;
        words += length;
        if (*words == '\0') return true;
        words++;
    }
    return false;
}

static bool ask(const Rule *rules, size_t count, const char *text, BounceClass *class, const char **why) {
    for (size_t i = 0; i < count; i++) {
        if (!holds(text, rules[i].words)) continue;
        *class = rules[i].class;
        *why = rules[i].words;
        return true;
    }
    return false;
}

static bool ask_status(const char *status, BounceClass *class, const char **why) {
    if (*status == '\0' || status[1] != '.') return false;
    if (*status == '2') *class = BOUNCE_DELIVERED;
    if (*status == '4') *class = strcmp(status + 2, "2.2") == 0 ? BOUNCE_FULL : BOUNCE_TEMPORARY;
    for (size_t i = 0; *status == '5' && i < G_N_ELEMENTS(statuses); i++) {
        bool whole = !g_str_has_suffix(statuses[i].code, ".");
        if (whole ? strcmp(status + 2, statuses[i].code) != 0 : !g_str_has_prefix(status + 2, statuses[i].code)) continue;
        *class = statuses[i].class;
        break;
    }
    *why = "status";
    return *class != BOUNCE_UNKNOWN;
}

static bool ask_action(const char *action, BounceClass *class, const char **why) {
    static const struct {
        const char *action;
        BounceClass class;
    } actions[] = {{"delayed", BOUNCE_DELAYED}, {"delivered", BOUNCE_DELIVERED}, {"relayed", BOUNCE_DELIVERED}, {"expanded", BOUNCE_DELIVERED}, {"deliverable", BOUNCE_DELIVERED}, {"complaint", BOUNCE_POLICY}};
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (strcmp(action, actions[i].action) != 0) continue;
        *class = actions[i].class;
        *why = "action";
        return true;
    }
    return false;
}

static bool ask_reply(const char *reply, BounceClass *class, const char **why) {
    if (*reply == '4') *class = BOUNCE_TEMPORARY;
    else if (strcmp(reply, "551") == 0) *class = BOUNCE_DEAD;
    else if (strcmp(reply, "552") == 0) *class = BOUNCE_FULL; /* RFC 5321 4.2.2: exceeded storage allocation */
    else if (strcmp(reply, "521") == 0 || strcmp(reply, "556") == 0) *class = BOUNCE_DEAD; /* RFC 7504 */
    else return false;
    *why = "reply";
    return true;
}

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
    static const char edges[] = " \t<>()[]\"',;:";
    for (char *word = text; *word != '\0';) {
        size_t length = strcspn(word, edges);
        if (memchr(word, '@', length) != NULL) memset(word, '-', length);
        word += length;
        word += strspn(word, edges);
    }
}

/* Words that say nothing: how a Cisco ESA introduces whatever the other server said, an error that is itself unknown, the name of a product. */
static void blank_empty_words(char *text) {
    static const char *const empty[] = {"unknown address error", "unknown error", "unknown reason", "unknown failure", "αγνωστο σφαλμα", "αγνωστος λογος", "αγνωστη αιτια", "unbekannter fehler", "unbekannten fehler", "erreur inconnue", "raison inconnue", "errore sconosciuto", "error desconocido", "viruswall", "spamtitan", NULL};
    for (const char *const *words = empty; *words != NULL; words++)
        for (char *at = strstr(text, *words); at != NULL; at = strstr(at, *words)) memset(at, ' ', strlen(*words));
}

/* RFC 3463 3.2: these three are about the sender's address, whatever the words call invalid or unknown. */
static bool is_about_sender(const char *status) {
    return g_str_has_prefix(status, "5.1.") && strchr("789", status[4]) != NULL && status[4] != '\0' && status[5] == '\0';
}

/* The status that says more: that of the fields, or, where it is X.0.0, the one before the server's words. */
static void find_status(const ReportRecipient *recipient, const char *text, char status[12]) {
    g_strlcpy(status, recipient->status, 12);
    if (!g_str_has_suffix(status, ".0.0") || *status != '5') return;
    const char *code = text + strspn(text, "0123456789");
    if (code - text == 3) code += strspn(code, " -#(");
    else code = text;
    size_t length = strspn(code, "0123456789.");
    if (length >= 5 && length < 12 && g_str_has_prefix(code, "5.") && strchr(code + 2, '.') < code + length - 1 && !g_str_has_prefix(code, "5.0.0")) g_strlcpy(status, code, length + 1);
}

BounceClass bounce_classify(const ReportRecipient *given, const char **why) {
    const char *unused, **reason = why != NULL ? why : &unused;
    BounceClass class = BOUNCE_UNKNOWN;
    g_autofree char *text = lowered(given->diagnostic);
    char status[12];
    find_status(given, text, status);
    ReportRecipient refined = *given;
    const ReportRecipient *recipient = &refined;
    refined.status = status;
    blank_addresses(text);
    blank_empty_words(text);
    bool passing = *recipient->status == '4' || (*recipient->status == '\0' && *recipient->reply == '4');
    *reason = "nothing";
    if (ask_action(recipient->action, &class, reason)) return class;
    if (*recipient->status == '2' && ask_status(recipient->status, &class, reason)) return class;
    if (is_about_sender(status)) {
        *reason = "status";
        return BOUNCE_POLICY;
    }
    if (ask(full_rules, G_N_ELEMENTS(full_rules), text, &class, reason)) return class;
    /* A clear word about the address stands against a vague one about the message, when the status agrees. */
    bool of_address = g_str_has_prefix(recipient->status, "5.1.1") || strcmp(recipient->status, "5.1.10") == 0 || strcmp(recipient->status, "5.1.2") == 0;
    /* Japanese carriers' filters name nobody: they say so of users who exist. */
    bool nameless = strstr(text, "550 : user unknown") != NULL || strstr(text, "550: : user unknown") != NULL || strstr(text, "550 user unknown (in reply to end") != NULL;
    BounceClass dead = BOUNCE_UNKNOWN;
    const char *dead_why = NULL;
    bool says_dead = ask(dead_rules, G_N_ELEMENTS(dead_rules), text, &dead, &dead_why);
    if (says_dead && !g_str_has_prefix(recipient->status, "5.1.") && strstr(dead_why, "domain") == NULL && strstr(dead_why, "host") == NULL && ask(late_rules, G_N_ELEMENTS(late_rules), text, &class, reason))
        return passing ? BOUNCE_TEMPORARY : class;
    if (ask(message_rules, G_N_ELEMENTS(message_rules), text, &class, reason) && !(of_address && says_dead)) return class;
    if (ask(category_rules, G_N_ELEMENTS(category_rules), text, &class, reason)) return class;
    if (ask(machine_rules, G_N_ELEMENTS(machine_rules), text, &class, reason)) return class;
    if (ask(account_rules, G_N_ELEMENTS(account_rules), text, &class, reason)) return class;
    if (strcmp(recipient->action, "failed") == 0 && ask(directory_rules, G_N_ELEMENTS(directory_rules), text, &class, reason)) return class;
    /* 5.2.1 is a mailbox that takes nothing now (RFC 3463 3.3): whoever says both is in doubt himself. */
    if (says_dead && (nameless || (strcmp(recipient->status, "5.2.1") == 0 && strstr(text, "rcpt") == NULL))) {
        *reason = "contradiction";
        return BOUNCE_POLICY;
    }
    if (says_dead && !passing) {
        *reason = dead_why;
        return dead;
    }
    if (ask(passing_rules, G_N_ELEMENTS(passing_rules), text, &class, reason)) return class;
    if (ask_status(recipient->status, &class, reason)) return class;
    if (ask_reply(recipient->reply, &class, reason)) return class;
    *reason = "nothing";
    return BOUNCE_UNKNOWN;
}

BounceClass bounce_of_reply(const char *reply, const char **why) {
    char code[4] = "", status[12] = "";
    if (g_ascii_isdigit(reply[0]) && g_ascii_isdigit(reply[1]) && g_ascii_isdigit(reply[2])) g_strlcpy(code, reply, sizeof code);
    const char *rest = *code != '\0' ? reply + 3 + strspn(reply + 3, " -") : reply;
    size_t length = strspn(rest, "0123456789.");
    if (length >= 5 && length < sizeof status && strchr("245", *rest) != NULL && rest[1] == '.') g_strlcpy(status, rest, length + 1);
    ReportRecipient recipient = {.address = (char *)"", .original = (char *)"", .action = (char *)"failed", .status = status, .reply = code, .diagnostic = (char *)(uintptr_t)reply};
    return bounce_classify(&recipient, why);
}
