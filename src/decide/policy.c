#include "decide/policy.h"
#include "decide/quote.h"

/* Silent holding is for what a machine sent: it is kept and can be seen, but nobody is written to, so that no loop can feed on us. */

typedef struct {
    const Config *config;
    const Intent *intent;
    const Facts *facts;
} Case;

enum { SAME_LATELY = 5, SAME_TODAY = 12 };

static const Ruling pass = {VERDICT_PASS, NULL};

static Ruling rule_size(const Case *it) {
    const Group *group = it->facts->group;
    bool too_large = group != NULL && group->message_bytes > 0 && (int64_t)g_bytes_get_size(it->intent->raw) > group->message_bytes;
    return too_large ? (Ruling){VERDICT_REFUSE, "5.3.4 The message is larger than this group takes"} : pass;
}

static Ruling rule_readable(const Case *it) {
    return it->intent->unreadable.rule != NULL ? (Ruling){VERDICT_HOLD, "unreadable"} : pass;
}

static Ruling rule_loop(const Case *it) {
    const Group *group = it->facts->group;
    const char *part = it->facts->route->kind == ROUTE_OWNER ? "-owner" : "";
    g_autofree char *mark = group != NULL ? g_strdup_printf("%s%s@%s", group->name, part, it->config->domain) : NULL;
    for (guint i = 0; mark != NULL && i < it->intent->letter->loop_marks->len; i++)
        if (g_ascii_strcasecmp(it->intent->letter->loop_marks->pdata[i], mark) == 0) return (Ruling){VERDICT_HOLD_SILENTLY, "loop"};
    return pass;
}

static Ruling rule_hops(const Case *it) {
    return it->intent->letter->hops > it->config->hops ? (Ruling){VERDICT_HOLD_SILENTLY, "hops"} : pass;
}

static Ruling rule_null_sender(const Case *it) {
    return *it->intent->sender == '\0' ? (Ruling){VERDICT_HOLD_SILENTLY, "null-sender"} : pass;
}

/* Words of answering machines that say it in no header field, at the beginning of a folded subject. */
static const char *const absent[] = {"αυτοματη απαντηση", "αυτοματοποιημενη απαντηση", "εκτοσ γραφειου", "απουσια απο το γραφειο", "απουσιαζω", "out of office",
                                     "automatic reply", "auto reply", "autoreply", "auto-reply", "auto response", "out of the office", "vacation reply",
                                     "abwesenheitsnotiz", "automatische antwort", "abwesend", "reponse automatique", "absence du bureau", "risposta automatica",
                                     "fuori sede", "respuesta automatica", "resposta automatica", "automatisch antwoord", "avtomaticen odgovor", NULL};

static bool says_absent(const char *folded_subject) {
    for (const char *const *word = absent; folded_subject != NULL && *word != NULL; word++)
        if (g_str_has_prefix(folded_subject, *word)) return true;
    return false;
}

/* The header says it first, the subject last (RFC 3834 2.). What a member's program sends to a group is a post; to the robot
 * only people write: but a reader's program that was told to unsubscribe writes by itself (and may say so), to an address with his key. The question goes to him. */
static Ruling rule_automatic(const Case *it) {
    const Letter *letter = it->intent->letter;
    if (it->facts->by_key) return pass;
    bool to_robot = it->facts->route->kind != ROUTE_POST && it->facts->route->kind != ROUTE_OWNER;
    bool machine = letter->automatic == AUTO_REPLIED || says_absent(it->intent->folded_subject) ||
                   (to_robot && (letter->automatic != AUTO_NO || letter->bulk || letter->report || letter->no_answer));
    return machine ? (Ruling){VERDICT_HOLD_SILENTLY, "automatic"} : pass;
}

/* Whom an answer must never be written to (RFC 3834 2.). */
static Ruling rule_robot_author(const Case *it) {
    static const char *const robots[] = {"mailer-daemon@", "postmaster@", "noreply@", "no-reply@", "donotreply@", "do-not-reply@", "listserv@", "majordomo@", NULL};
    const char *author = it->intent->letter->author_address;
    bool to_robot = it->facts->route->kind != ROUTE_POST && it->facts->route->kind != ROUTE_OWNER;
    for (const char *const *robot = robots; to_robot && author != NULL && *robot != NULL; robot++)
        if (g_str_has_prefix(author, *robot)) return (Ruling){VERDICT_HOLD_SILENTLY, "automatic"};
    return pass;
}

/* A responder that heeds nothing says the same to everything, itself included, for ever. A burst of the same (somebody's test) ends by itself, and
 * a program that sends the same every hour can say so (Auto-Submitted: auto-generated). */
static Ruling rule_repetition(const Case *it) {
    const char *subject = it->intent->folded_subject;
    bool answers = it->intent->letter->references->len > 0 || (subject != NULL && quote_subject(subject) != subject);
    bool owns_up = it->intent->letter->automatic == AUTO_GENERATED;
    const Facts *facts = it->facts;
    bool loops = answers ? facts->same_lately >= SAME_LATELY || facts->same_today >= SAME_TODAY : !owns_up && facts->same_before >= SAME_TODAY;
    return loops ? (Ruling){VERDICT_HOLD_SILENTLY, "repetition"} : pass;
}

static Ruling rule_from_group(const Case *it) {
    return it->facts->own_address ? (Ruling){VERDICT_HOLD_SILENTLY, "from-group"} : pass;
}

static Ruling rule_author(const Case *it) {
    return it->intent->letter->author_address == NULL ? (Ruling){VERDICT_HOLD, "no-author"} : pass;
}

static Ruling rule_posting(const Case *it) {
    const Membership *membership = it->facts->membership;
    bool runs_it = membership != NULL && membership->role != ROLE_MEMBER;
    if (runs_it || it->facts->allowed) return pass;
    switch (it->facts->group->posting) {
    case POSTING_ANYONE: return pass;
    case POSTING_OWNERS: return (Ruling){VERDICT_HOLD, "owners-only"};
    case POSTING_MODERATED:
        if (membership != NULL && it->facts->posts_before == 0) return (Ruling){VERDICT_HOLD, "first-post"};
        break;
    case POSTING_MEMBERS:
    case POSTING_RULES: break;
    }
    return membership == NULL ? (Ruling){VERDICT_HOLD, "stranger"} : pass;
}

/* `image/jpeg`, or `image/` with a star behind it for all of them. */
static bool type_fits(const char *allowed, const char *type) {
    size_t length = strlen(allowed);
    return g_ascii_strcasecmp(allowed, type) == 0 || (length > 1 && g_str_has_suffix(allowed, "/*") && g_ascii_strncasecmp(allowed, type, length - 1) == 0);
}

static Ruling rule_attachments(const Case *it) {
    const char *wanted = it->facts->group->attachment_types;
    if (wanted == NULL || *wanted == '\0') return pass;
    g_auto(GStrv) types = g_strsplit_set(wanted, " ,", -1);
    for (guint i = 0; i < it->intent->letter->attachments->len; i++) {
        const Attachment *attachment = it->intent->letter->attachments->pdata[i];
        bool fits = false;
        for (char **type = types; *type != NULL && !fits; type++) fits = type_fits(*type, attachment->type);
        if (!fits) return (Ruling){VERDICT_HOLD, "attachment"};
    }
    return pass;
}

static Ruling rule_confirm_post(const Case *it) {
    bool asks = it->facts->group->confirm_posts && it->facts->author != NULL && it->facts->membership != NULL;
    return asks ? (Ruling){VERDICT_HOLD, "confirm-post"} : pass;
}

static const struct {
    const char *name;
    Ruling (*ask)(const Case *);
    bool posts_only;
} rules[] = {
    {"size", rule_size, false},           {"readable", rule_readable, false},
    {"loop mark", rule_loop, false},      {"hops", rule_hops, false},
    {"envelope sender", rule_null_sender, false}, {"automatic reply", rule_automatic, false},
    {"from the group", rule_from_group, false},   {"author", rule_author, true},
    {"repetition", rule_repetition, true}, {"robots", rule_robot_author, false}, {"who may post", rule_posting, true},
    {"attachments", rule_attachments, true}, {"confirmed by its author", rule_confirm_post, true},
};

Ruling policy_ask(const Config *config, const Intent *intent, const Facts *facts, Plan *plan) {
    Case it = {config, intent, facts};
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].posts_only && facts->route->kind != ROUTE_POST) continue;
        Ruling ruling = rules[i].ask(&it);
        plan->rules[plan->rule_count++] = (RuleLine){rules[i].name, ruling.verdict == VERDICT_PASS ? "passes" : ruling.reason};
        if (ruling.verdict != VERDICT_PASS) return ruling;
    }
    return pass;
}
