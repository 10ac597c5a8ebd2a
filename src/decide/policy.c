#include "decide/policy.h"

/* Silent holding is for what a machine sent: it is kept and can be seen, but nobody is written to, so that no loop can feed on us. */

typedef struct {
    const Config *config;
    const Intent *intent;
    const Facts *facts;
} Case;

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

static Ruling rule_automatic(const Case *it) {
    return it->intent->letter->automatic == AUTO_REPLIED ? (Ruling){VERDICT_HOLD_SILENTLY, "automatic"} : pass;
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
    if (runs_it) return pass;
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

static const struct {
    const char *name;
    Ruling (*ask)(const Case *);
    bool posts_only;
} rules[] = {
    {"size", rule_size, false},           {"readable", rule_readable, false},
    {"loop mark", rule_loop, false},      {"hops", rule_hops, false},
    {"envelope sender", rule_null_sender, false}, {"automatic reply", rule_automatic, false},
    {"from the group", rule_from_group, false},   {"author", rule_author, true},
    {"who may post", rule_posting, true},
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
