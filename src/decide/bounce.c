#include "decide/bounce.h"
#include "decide/bounce_words.h"
#include "decide/server_reply.h"
#include <string.h>

/* Servers lie with numbers more than with words: 5.1.1 for a blocked sender, 5.7.1 for an unknown user, 5.0.0 for everything. So the words decide where
 * they are clear, then the status (RFC 3463), then the reply code. Whoever is blamed must be blamed by good evidence: when in
 * doubt it is the message, the server, or nobody. The tables are asked in order; all words are in lower case. */

/* The enhanced status by its subject and detail; class 4 and 2 are looked at before. "*" is every detail. */
static const struct {
    const char *code; /* without the class */
    BounceClass class;
} statuses[] = {
    {"1.7", BOUNCE_POLICY}, {"1.8", BOUNCE_POLICY}, {"1.9", BOUNCE_POLICY}, {"1.5", BOUNCE_DELIVERED}, {"1.0", BOUNCE_UNKNOWN}, {"1.", BOUNCE_DEAD}, {"2.2", BOUNCE_FULL}, {"2.3", BOUNCE_POLICY}, {"2.4", BOUNCE_POLICY}, {"2.1", BOUNCE_POLICY}, {"2.", BOUNCE_UNKNOWN}, {"3.1", BOUNCE_TEMPORARY}, {"3.2", BOUNCE_TEMPORARY}, {"3.4", BOUNCE_POLICY}, {"3.", BOUNCE_TEMPORARY}, {"4.1", BOUNCE_TEMPORARY}, {"4.4", BOUNCE_DEAD}, {"4.310", BOUNCE_DEAD}, {"4.6", BOUNCE_POLICY}, {"4.", BOUNCE_TEMPORARY}, {"5.", BOUNCE_UNKNOWN}, {"6.", BOUNCE_POLICY}, {"7.", BOUNCE_POLICY},
};

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

/* Japanese carriers' filters name nobody: they say so of users who exist. 5.2.1 is a mailbox that takes nothing now (RFC 3463 3.3): whoever says both is
 * in doubt himself. */
static bool contradicts_itself(const char *status, const char *words) {
    if (strcmp(status, "5.2.1") == 0 && strstr(words, "rcpt") == NULL) return true;
    return strstr(words, "550 : user unknown") != NULL || strstr(words, "550: : user unknown") != NULL || strstr(words, "550 user unknown (in reply to end") != NULL;
}

static bool is_of_domain(const char *why) {
    return strstr(why, "domain") != NULL || strstr(why, "host") != NULL;
}

static BounceClass classify_failure(const ReportRecipient *recipient, const BounceText *text, const char **why) {
    BounceClass class = BOUNCE_UNKNOWN, dead = BOUNCE_UNKNOWN;
    const char *dead_why = NULL;
    bool passing = *recipient->status == '4' || (*recipient->status == '\0' && *recipient->reply == '4');
    bool says_dead = bounce_words_ask(BOUNCE_SAYS_DEAD, text, &dead, &dead_why);
    /* A clear word about the address stands against a vague one about the message, when the status agrees. */
    bool of_address = g_str_has_prefix(recipient->status, "5.1.1") || strcmp(recipient->status, "5.1.2") == 0;
    if (bounce_words_ask(BOUNCE_SAYS_FULL, text, &class, why)) return class;
    if (says_dead && !g_str_has_prefix(recipient->status, "5.1.") && !is_of_domain(dead_why) && bounce_words_ask(BOUNCE_SAYS_LATE, text, &class, why))
        return passing ? BOUNCE_TEMPORARY : class;
    if (bounce_words_ask(BOUNCE_SAYS_MESSAGE, text, &class, why) && !(of_address && says_dead)) return class;
    if (bounce_words_ask(BOUNCE_SAYS_CATEGORY, text, &class, why)) return class;
    if (bounce_words_ask(BOUNCE_SAYS_MACHINE, text, &class, why)) return class;
    if (bounce_words_ask(BOUNCE_SAYS_ACCOUNT, text, &class, why)) return class;
    if (strcmp(recipient->action, "failed") == 0 && bounce_words_ask(BOUNCE_SAYS_DIRECTORY, text, &class, why)) return class;
    if (says_dead && contradicts_itself(recipient->status, text->words)) {
        *why = "contradiction";
        return BOUNCE_POLICY;
    }
    if (says_dead && !passing) {
        *why = dead_why;
        return dead;
    }
    if (bounce_words_ask(BOUNCE_SAYS_PASSING, text, &class, why)) return class;
    if (ask_status(recipient->status, &class, why)) return class;
    if (bounce_words_ask(BOUNCE_SAYS_REFUSED, text, &class, why)) return class;
    if (ask_reply(recipient->reply, &class, why)) return class;
    *why = "nothing";
    return BOUNCE_UNKNOWN;
}

BounceClass bounce_classify(const ReportRecipient *given, const char **why) {
    const char *unused, **reason = why != NULL ? why : &unused;
    BounceClass class = BOUNCE_UNKNOWN;
    g_auto(BounceText) text = bounce_text_of(given->diagnostic);
    char status[12];
    find_status(given, text.words, status);
    ReportRecipient recipient = *given;
    recipient.status = status;
    if (ask_action(recipient.action, &class, reason)) return class;
    if (*status == '2' && ask_status(status, &class, reason)) return class;
    if (!is_about_sender(status)) return classify_failure(&recipient, &text, reason);
    *reason = "status";
    return BOUNCE_POLICY;
}

BounceClass bounce_of_reply(const char *reply, const char **why) {
    ServerReply read = server_reply_read(reply);
    ReportRecipient recipient = {.address = (char *)"", .original = (char *)"", .action = (char *)"failed", .status = read.status, .reply = read.code, .diagnostic = (char *)(uintptr_t)reply};
    return bounce_classify(&recipient, why);
}
