#include "cli/commands.h"
#include "cli/instance.h"
#include "cli/output.h"
#include "cli/reported.h"
#include "decide/route.h"
#include "flow/act.h"
#include "intake/receive.h"
#include "message/rewrite.h"
#include "message/address.h"
#include "message/header.h"
#include "message/parse.h"
#include "message/sandbox.h"
#include "message/template.h"

/* The same way as a real mail, up to the plan and its rendering, then told instead of done. So it cannot tell anything
 * else than what would happen. */

enum { SHOWN_RECIPIENTS = 20 };

static const char *const effect_sayings[EFFECTS] = {[EFFECT_POST] = "it becomes a post, and members get it",
                                                    [EFFECT_HOLD] = "it is held for a moderator",
                                                    [EFFECT_SETTLE] = "a held mail is decided",
                                                    [EFFECT_FORWARD] = "it goes on to the owners and moderators",
                                                    [EFFECT_NOTICE] = "a notice is sent",
                                                    [EFFECT_BOUNCE] = "it is kept with what came back to bounce addresses, and judged as what it was read as",
                                                    [EFFECT_GROUP_PUT] = "a group is changed",
                                                    [EFFECT_GROUP_REMOVE] = "a group is closed",
                                                    [EFFECT_MEMBER_PUT] = "a membership is made or changed",
                                                    [EFFECT_MEMBER_REMOVE] = "a membership ends",
                                                    [EFFECT_ASK] = "a question is sent",
                                                    [EFFECT_TOKEN_SETTLE] = "our question is answered",
                                                    [EFFECT_TOKEN_AGAIN] = "our question is put once more",
                                                    [EFFECT_PAUSE] = "a pause begins or ends",
                                                    [EFFECT_ADDRESS] = "a person's mail goes to another address",
                                                    [EFFECT_ERASE] = "a person is forgotten",
                                                    [EFFECT_ALLOW] = "an address may write to the group",
                                                    [EFFECT_CHOICE] = "a person's digest is chosen",
                                                    [EFFECT_MUTE] = "a thread is muted for a person",
                                                    [EFFECT_UNMUTE] = "a thread is muted no longer",
                                                    [EFFECT_URGENT] = "a post is urgent",
                                                    [EFFECT_DIGEST_NOW] = "the author's digest comes before its hour",
                                                    [EFFECT_DIGEST_AGAIN] = "a digest goes out once more",
                                                    [EFFECT_POST_AGAIN] = "a post goes to the author once more",
                                                    [EFFECT_EVENT] = NULL /* the ledger is nobody's news */};

/* What follows from an answer: its effects are found only when it is carried out. */
static const char *const follow_sayings[INTENTS] = {[INTENT_HELD_ACCEPT] = "a held mail is accepted",
                                                    [INTENT_HELD_REJECT] = "a held mail is rejected",
                                                    [INTENT_HELD_DISCARD] = "a held mail is discarded",
                                                    [INTENT_MEMBER_PUT] = "a membership is made or changed",
                                                    [INTENT_MEMBER_REMOVE] = "a membership ends",
                                                    [INTENT_PAUSE] = "a pause begins or ends",
                                                    [INTENT_ADDRESS] = "a person's mail goes to another address",
                                                    [INTENT_ERASE] = "a person is forgotten",
                                                    [INTENT_ALLOW] = "an address may write to the group",
                                                    [INTENT_MUTE] = "a thread is muted for a person",
                                                    [INTENT_UNMUTE] = "a thread is muted no longer",
                                                    [INTENT_URGENT] = "a post is urgent",
                                                    [INTENT_CHOICE] = "a person's digest is chosen"};

static const char *const answer_word_sayings[] = {[ANSWER_NONE] = "none",       [ANSWER_YES] = "yes",     [ANSWER_NO] = "no",
                                                  [ANSWER_DISCARD] = "discard", [ANSWER_DOUBT] = "a doubt"};

static const char *const answer_sayings[] = {[ANSWER_TAKEN] = "taken",
                                             [ANSWER_NO_SUCH_ADDRESS] = "refused",
                                             [ANSWER_REFUSED] = "refused",
                                             [ANSWER_NOTHING_TO_DO] = "taken; nothing to do"};

static const char *const audience_sayings[] = {
    [AUDIENCE_NOBODY] = "", [AUDIENCE_MODERATORS] = " to the owners and moderators", [AUDIENCE_AUTHOR] = " to the author",
    [AUDIENCE_EMAIL] = " to "};

typedef struct {
    char *sender, *recipient;
} Envelope;

static char *header_address(GBytes *raw, const char *name) {
    gsize length;
    const uint8_t *bytes = g_bytes_get_data(raw, &length);
    g_autofree char *value = header_find(bytes, length, name);
    if (value != NULL && strcmp(value, "<>") == 0) return g_strdup("");
    return value != NULL ? address_canonical(value, NULL) : NULL;
}

static bool is_ours(const Config *config, const char *address) {
    g_autofree char *local = NULL, *domain = NULL;
    address_split(address, &local, &domain);
    return strcmp(domain, config->domain) == 0;
}

/* A file has no envelope: the options say it, else what a delivering program wrote into the header, else the author's own words. */
static bool find_sender(const Call *call, GBytes *raw, const Letter *letter, Envelope *envelope, GError **error) {
    const char *given = call_option(call, "sender");
    if (given != NULL && *given == '\0') envelope->sender = g_strdup("");
    else if (given != NULL) envelope->sender = address_canonical(given, error);
    else envelope->sender = header_address(raw, "return-path");
    if (given == NULL && envelope->sender == NULL) envelope->sender = g_strdup(letter->author_address);
    if (envelope->sender != NULL) return true;
    return given != NULL ? false : fault_set(error, FAULT_USAGE, "the mail does not say who sent it: give --sender ADDRESS");
}

static bool find_recipient(const Call *call, GBytes *raw, const Letter *letter, Envelope *envelope, GError **error) {
    static const char *const names[] = {"delivered-to", "x-original-to"};
    const char *given = call_option(call, "recipient");
    if (given != NULL) {
        envelope->recipient = address_canonical(given, error);
        return envelope->recipient != NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *found = header_address(raw, names[i]);
        if (found == NULL || *found == '\0' || !is_ours(call->config, found)) continue;
        envelope->recipient = g_steal_pointer(&found);
        return true;
    }
    for (guint i = 0; i < letter->recipients->len; i++) {
        const char *found = g_ptr_array_index(letter->recipients, i);
        if (!is_ours(call->config, found)) continue;
        envelope->recipient = g_strdup(found);
        return true;
    }
    return fault_set(error, FAULT_USAGE, "the mail names no recipient at %s: give --recipient ADDRESS",
                     call->config->domain);
}

/* Header fields, unfolded into lines; each with its own continuation lines. */
static GPtrArray *fields_of(const char *block, size_t length) {
    GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) field = g_string_new(NULL);
    for (size_t at = 0; at < length;) {
        const char *end = memchr(block + at, '\n', length - at);
        size_t next = end != NULL ? (size_t)(end - block) + 1 : length, stop = next;
        while (stop > at && (block[stop - 1] == '\n' || block[stop - 1] == '\r')) stop--;
        bool continues = block[at] == ' ' || block[at] == '\t';
        if (!continues && field->len > 0) g_ptr_array_add(fields, g_strndup(field->str, field->len));
        if (!continues) g_string_truncate(field, 0);
        g_string_append_len(field, block + at, (gssize)(stop - at));
        at = next;
    }
    if (field->len > 0) g_ptr_array_add(fields, g_strndup(field->str, field->len));
    return fields;
}

static void add_differences(Tree *list, bool print, char sign, const GPtrArray *fields, const GPtrArray *others) {
    g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < others->len; i++) {
        gpointer key = g_ptr_array_index(others, i);
        g_hash_table_insert(counts, key, GINT_TO_POINTER(GPOINTER_TO_INT(g_hash_table_lookup(counts, key)) + 1));
    }
    for (guint i = 0; i < fields->len; i++) {
        gpointer key = g_ptr_array_index(fields, i);
        int left = GPOINTER_TO_INT(g_hash_table_lookup(counts, key));
        if (left > 0) {
            g_hash_table_insert(counts, key, GINT_TO_POINTER(left - 1));
            continue;
        }
        g_autofree char *line = g_strdup_printf("%c %s", sign, (const char *)key);
        tree_append_text(list, line);
        if (print) output_text(line, "  ");
    }
}

static Tree *differences(GBytes *raw, GBytes *head, bool print) {
    gsize length, head_length;
    const char *bytes = g_bytes_get_data(raw, &length), *out = g_bytes_get_data(head, &head_length);
    Tree *list = tree_list();
    g_autoptr(GPtrArray) before = fields_of(bytes, header_end((const uint8_t *)bytes, length)),
                         after = fields_of(out, head_length);
    add_differences(list, print, '-', before, after);
    add_differences(list, print, '+', after, before);
    return list;
}

static Tree *effects_tree(const Call *call, const Plan *plan) {
    Tree *list = tree_list();
    for (int i = 0; i < plan->effect_count; i++) {
        const Effect *effect = &plan->effects[i];
        if (effect_sayings[effect->kind] == NULL) continue;
        g_autofree char *why = effect->kind == EFFECT_HOLD
                                   ? template_word(call->config->templates, "en", "reasons", effect->text)
                                   : g_strdup(effect->text);
        const char *whom = effect->audience == AUDIENCE_EMAIL ? effect->email : "";
        g_autofree char *line = g_strdup_printf("%s%s%s%s%s", effect_sayings[effect->kind], audience_sayings[effect->audience], whom,
                                                why != NULL ? ": " : "", why != NULL ? why : "");
        tree_append_text(list, line);
        if (!call->json) output_text(line, "  ");
    }
    for (guint i = 0; plan->follow != NULL && i < plan->follow->len; i++) {
        const Intent *intent = &((const Follow *)plan->follow->pdata[i])->intent;
        const char *whom = intent->member != NULL ? intent->member->email : NULL, *group = intent->member != NULL ? intent->member->group : NULL;
        const char *saying = follow_sayings[intent->kind] != NULL ? follow_sayings[intent->kind] : "something else";
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, intent->pending);
        const char *what = whom != NULL ? whom : intent->pending != 0 ? number : "";
        g_autofree char *line = g_strdup_printf("%s: %s%s%s", saying, what, group != NULL ? " in " : "", group != NULL ? group : "");
        tree_append_text(list, line);
        if (!call->json) output_text(line, "  ");
    }
    return list;
}

/* What a mail to the robot was taken for. */
static Tree *reading_tree(const Foresight *foresight) {
    const Reading *reading = foresight->reading;
    const Token *token = foresight->facts->token;
    Tree *tree = tree_object(), *orders = tree_list(), *unknown = tree_list();
    for (guint i = 0; i < reading->orders->len; i++) {
        const Order *order = reading->orders->pdata[i];
        Tree *row = tree_object();
        tree_text(row, "verb", verb_words[order->verb]);
        tree_text(row, "group", order->group);
        tree_text(row, "argument", order->argument);
        tree_text(row, "reason", order->reason);
        tree_append(orders, row);
    }
    for (guint i = 0; i < reading->unknown->len; i++) tree_append_text(unknown, reading->unknown->pdata[i]);
    tree_text(tree, "question", token != NULL ? token_kind_words[token->kind] : NULL);
    tree_text(tree, "question_state", token != NULL ? token->state : NULL);
    tree_text(tree, "answer", token != NULL ? answer_word_sayings[reading->answer] : NULL);
    tree_text(tree, "answer_text", token != NULL ? reading->answer_text : NULL);
    tree_put(tree, "orders", orders);
    tree_put(tree, "unknown", unknown);
    tree_flag(tree, "too_many", reading->too_many);
    return tree;
}

static void tell_reading(const Foresight *foresight) {
    const Reading *reading = foresight->reading;
    const Token *token = foresight->facts->token;
    printf("\nUnderstood:\n");
    if (token != NULL) {
        printf("  an answer to our question (%s, %s): %s\n", token_kind_words[token->kind], token->state, answer_word_sayings[reading->answer]);
        if (reading->answer_text != NULL && *reading->answer_text != '\0') output_text(reading->answer_text, "    | ");
        return;
    }
    for (guint i = 0; i < reading->orders->len; i++) {
        const Order *order = reading->orders->pdata[i];
        const char *const words[] = {verb_words[order->verb], order->group, order->argument, order->reason};
        g_autoptr(GString) line = g_string_new(NULL);
        for (size_t j = 0; j < G_N_ELEMENTS(words); j++)
            if (words[j] != NULL && *words[j] != '\0') g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", words[j]);
        output_text(line->str, "  ");
    }
    for (guint i = 0; i < reading->unknown->len; i++) {
        g_autofree char *line = g_strdup_printf("not understood: %s", (const char *)reading->unknown->pdata[i]);
        output_text(line, "  ");
    }
    if (reading->too_many) printf("  more than %d commands: the rest is left out\n", ORDERS_MOST);
    if (reading->orders->len + reading->unknown->len == 0) printf("  nothing\n");
}

/* A mail that we would write, read back as its reader's program would read it. */
static Tree *mail_tree(const Call *call, const RenderedMail *mail) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    GBytes *parts[] = {mail->head, mail->body};
    for (size_t part = 0; part < G_N_ELEMENTS(parts); part++)
        g_byte_array_append(bytes, g_bytes_get_data(parts[part], NULL), (guint)g_bytes_get_size(parts[part]));
    g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    g_autofree char *detail = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Letter) letter = sandbox_read(call->config, whole, &detail, &error);
    Tree *row = tree_object();
    tree_text(row, "subject", letter != NULL ? letter->subject : NULL);
    tree_text(row, "text", letter != NULL ? letter->text : NULL);
    tree_text(row, "unreadable", letter != NULL ? NULL : error != NULL ? error->message : detail);
    if (call->json) return row;
    if (letter == NULL) output_text(error != NULL ? error->message : detail, "    A mail of ours that cannot be read back: ");
    else output_text(letter->subject, "    Subject: ");
    if (letter != NULL) output_text(letter->text, "    | ");
    return row;
}

static Tree *mails_tree(const Call *call, const Foresight *foresight) {
    Tree *list = tree_list();
    for (int i = 0; i < foresight->plan.effect_count; i++)
        if (foresight->rendering.mails[i].head != NULL) tree_append(list, mail_tree(call, &foresight->rendering.mails[i]));
    return list;
}

static Table *recipients_table(const Foresight *foresight, guint most) {
    static const Column columns[] = {
        {"address", "address", false}, {"name", "name", false}, {"delivery", "delivery", false}, {NULL}};
    Table *table = table_new(columns);
    table_indent(table, 2);
    for (guint i = 0; foresight->recipients != NULL && i < MIN(foresight->recipients->len, most); i++) {
        const Membership *member = g_ptr_array_index(foresight->recipients, i);
        table_text(table, member->email);
        table_text(table, member->name);
        table_text(table, delivery_mode_words[member->delivery]);
    }
    return table;
}

static Table *rules_table(const Plan *plan) {
    static const Column columns[] = {{"rule", "", false}, {"verdict", "", false}, {NULL}};
    Table *table = table_new(columns);
    table_indent(table, 2);
    for (int i = 0; i < plan->rule_count; i++) {
        table_text(table, plan->rules[i].rule);
        table_text(table, plan->rules[i].verdict);
    }
    return table;
}

static void add_report(Tree *tree, const Letter *letter) {
    tree_flag(tree, "bounce", reported_is_bounce(letter));
    tree_flag(tree, "auto_reply", letter->reported != NULL && letter->reported->kind == REPORT_AUTO_REPLY);
    tree_put(tree, "report", reported_tree(letter));
}

/* A report need not be for us to be read. */
static void tell_report_only(const Call *call, const Letter *letter, const char *why) {
    if (!call->json) {
        reported_tell(letter);
        fprintf(stderr, "diktyo: where it would go is not told: %s\n", why);
        return;
    }
    Tree *tree = tree_object();
    add_report(tree, letter);
    tree_text(tree, "routing", why);
    tree_print(tree);
}

/* As it goes to many: in a personal copy the address to leave by has the member's own key. NULL: nobody gets it. */
static GBytes *members_head(const Call *call, const Foresight *foresight) {
    if (foresight->rendering.post_head == NULL) return NULL;
    g_autofree char *field = rewrite_unsubscribe(foresight->facts->group->name, NULL, call->config->domain);
    return rewrite_filled(foresight->rendering.post_head, foresight->rendering.post_slot, field);
}

/* Of a report: the copy whose key its address has, so that it counts. A bulk mail has one key for all. */
static const char *key_word(const Facts *facts) {
    if (facts->route == NULL || facts->route->kind != ROUTE_BOUNCES) return NULL;
    return facts->delivery != 0 ? "delivery" : facts->outgoing != 0 ? "bulk" : "none";
}

static void tell_key(const Facts *facts, const Letter *letter) {
    const char *word = key_word(facts);
    if (word == NULL) return;
    if (letter->reported == NULL || letter->reported->kind != REPORT_DELIVERY) {
        printf("It is not read as a report of a delivery: it is kept, and counts against nobody\n");
        return;
    }
    if (facts->delivery != 0) printf("Key: that of delivery %" G_GINT64_FORMAT ", to %s: what counts, counts against this address, whatever the report names\n", facts->delivery, facts->delivery_email);
    else printf("Key: %s\n", facts->outgoing != 0 ? "that of a mail to many" : "none of ours: it is kept, and counts against nobody");
}

static void tell_json(const Call *call, const Intent *intent, const Foresight *foresight) {
    const Route *route = foresight->facts->route;
    Tree *tree = tree_object();
    tree_text(tree, "sender", intent->sender);
    tree_text(tree, "recipient", intent->recipient);
    tree_text(tree, "route", route != NULL ? route_word(route->kind) : NULL);
    tree_text(tree, "group", foresight->facts->group != NULL ? foresight->facts->group->name : NULL);
    tree_text(tree, "key", key_word(foresight->facts));
    if (foresight->facts->delivery != 0) tree_number(tree, "delivery", foresight->facts->delivery);
    tree_text(tree, "delivered_to", foresight->facts->delivery_email);
    tree_text(tree, "unreadable", intent->unreadable.rule);
    add_report(tree, intent->letter);
    if (foresight->reading != NULL) tree_put(tree, "understood", reading_tree(foresight));
    g_autoptr(Table) rules = rules_table(&foresight->plan), recipients = recipients_table(foresight, G_MAXUINT);
    tree_put(tree, "rules", table_tree(rules));
    tree_text(tree, "answer", answer_sayings[foresight->plan.answer]);
    tree_text(tree, "status", foresight->plan.status);
    tree_put(tree, "effects", effects_tree(call, &foresight->plan));
    tree_put(tree, "mails", mails_tree(call, foresight));
    tree_put(tree, "recipients", table_tree(recipients));
    g_autoptr(GBytes) head = members_head(call, foresight);
    tree_put(tree, "header",
             head != NULL ? differences(intent->raw, head, false)
                                                    : tree_list());
    tree_print(tree);
}

static void tell(const Call *call, const Intent *intent, const Foresight *foresight) {
    const Route *route = foresight->facts->route;
    const Group *group = foresight->facts->group;
    g_autofree char *envelope = g_strdup_printf("from <%s> to <%s>", intent->sender, intent->recipient);
    output_text(envelope, "");
    printf("Route: %s%s%s\n", route != NULL ? route_word(route->kind) : "no such address", group != NULL ? ", group " : "",
           group != NULL ? group->name : "");
    tell_key(foresight->facts, intent->letter);
    if (intent->unreadable.rule != NULL) printf("It cannot be read safely: %s\n", intent->unreadable.detail);
    reported_tell(intent->letter);
    printf("\nRules:\n");
    g_autoptr(Table) rules = rules_table(&foresight->plan), recipients = recipients_table(foresight, SHOWN_RECIPIENTS);
    table_print(rules, false, "none was asked");
    if (foresight->reading != NULL) tell_reading(foresight);
    printf("\nWhat would happen: %s%s%s\n", answer_sayings[foresight->plan.answer],
           foresight->plan.status != NULL ? ", " : "", foresight->plan.status != NULL ? foresight->plan.status : "");
    tree_free(effects_tree(call, &foresight->plan));
    tree_free(mails_tree(call, foresight));
    if (foresight->rendering.post_head == NULL) return;
    int64_t counts[DELIVERY_MODES] = {0};
    for (guint i = 0; i < foresight->recipients->len; i++)
        counts[((const Membership *)g_ptr_array_index(foresight->recipients, i))->delivery]++;
    printf("\nMembers: %" G_GINT64_FORMAT " get each mail, %" G_GINT64_FORMAT " a digest, %" G_GINT64_FORMAT " no mail\n",
           counts[DELIVERY_EACH], counts[DELIVERY_DIGEST], counts[DELIVERY_NONE]);
    table_print(recipients, false, "");
    if (foresight->recipients->len > SHOWN_RECIPIENTS)
        printf("… and %u more (--json lists all)\n", foresight->recipients->len - SHOWN_RECIPIENTS);
    g_autoptr(GBytes) head = members_head(call, foresight);
    printf("\nHeader, before (-) and after (+); the rest stays as it came:\n");
    tree_free(differences(intent->raw, head, true));
}

bool explain_command(Call *call, GError **error) {
    enum { FILE_MOST = 1 << 30 };
    g_autoptr(GBytes) raw = instance_read_file(call->operands[0], FILE_MOST, error);
    if (raw == NULL || !instance_enter(call, error)) return false;
    if ((int64_t)g_bytes_get_size(raw) > call->config->message_bytes)
        return fault_set(error, FAULT_PERMANENT,
                         "it would be refused: 5.3.4, larger than [limits] message_bytes = %" G_GINT64_FORMAT,
                         call->config->message_bytes);
    Intent intent = {.kind = INTENT_MAIL, .actor = "command line", .now = call->now, .raw = raw};
    g_autofree char *detail = NULL;
    g_autoptr(Letter) letter = receive_understand(call->config, raw, &intent.unreadable.rule, &detail, error);
    g_autoptr(GError) unaddressed = NULL;
    Envelope envelope = {0};
    bool done = letter != NULL && find_sender(call, raw, letter, &envelope, &unaddressed) &&
                find_recipient(call, raw, letter, &envelope, &unaddressed);
    intent.letter = letter;
    intent.unreadable.detail = detail;
    intent.sender = envelope.sender;
    intent.recipient = envelope.recipient;
    bool alone = unaddressed != NULL && call_option(call, "recipient") == NULL && call_option(call, "sender") == NULL && (call->json || letter->reported != NULL);
    if (alone) tell_report_only(call, letter, unaddressed->message);
    else if (unaddressed != NULL) g_propagate_error(error, g_steal_pointer(&unaddressed));
    call->database = done ? database_open(call->config, error) : NULL;
    g_auto(Foresight) foresight = {0};
    done = call->database != NULL && act_foresee(call->database, &intent, &foresight, error);
    g_clear_pointer(&call->database, database_close); /* the child that reads our mails back has no business with it */
    if (done && call->json) tell_json(call, &intent, &foresight);
    else if (done) tell(call, &intent, &foresight);
    g_free(envelope.sender);
    g_free(envelope.recipient);
    return done || alone;
}
