#include "cli/reported.h"
#include "decide/bounce.h"
#include "decide/standing.h"

static const char *const class_sayings[BOUNCE_CLASSES] = {
    [BOUNCE_DEAD] = "there is no such address",      [BOUNCE_FULL] = "the mailbox is full",
    [BOUNCE_TEMPORARY] = "the server gave up for now", [BOUNCE_POLICY] = "the message or its sender was refused",
    [BOUNCE_DELAYED] = "not delivered yet",          [BOUNCE_DELIVERED] = "delivered",
    [BOUNCE_UNKNOWN] = "nothing says why"};

static const Column columns[] = {{"address", "address", false}, {"original", NULL, false}, {"action", "action", false}, {"status", "status", false},
                                 {"reply", "reply", true},      {"class", "class", false}, {"says", NULL, false},       {"why", "why", false},
                                 {"against", "may count against", false},
                                 {"diagnostic", "", false, true}, {NULL}};

static Table *recipients(const Report *report) {
    Table *table = table_new(columns);
    table_indent(table, 2);
    for (guint i = 0; report != NULL && i < report->recipients->len; i++) {
        const ReportRecipient *each = report->recipients->pdata[i];
        const char *why = NULL;
        BounceClass class = bounce_classify(each, &why);
        const char *texts[] = {each->address, each->original, each->action, each->status, each->reply, bounce_class_words[class], class_sayings[class], why, standing_may_count(class) ? "the member" : "nobody", each->diagnostic};
        for (size_t j = 0; j < G_N_ELEMENTS(texts); j++) table_text(table, texts[j]);
    }
    return table;
}

bool reported_is_bounce(const Letter *letter) {
    const Report *report = letter->reported;
    if (report == NULL || report->kind != REPORT_DELIVERY) return false;
    for (guint i = 0; i < report->recipients->len; i++)
        if (bounce_classify(report->recipients->pdata[i], NULL) != BOUNCE_DELIVERED) return true;
    return report->recipients->len == 0;
}

Tree *reported_tree(const Letter *letter) {
    const Report *report = letter->reported;
    Tree *tree = tree_object();
    g_autoptr(Table) table = recipients(report);
    tree_text(tree, "kind", report_kind_words[report != NULL ? report->kind : REPORT_NONE]);
    tree_text(tree, "form", report != NULL ? report->form : NULL);
    tree_text(tree, "message_id", report != NULL ? report->message_id : NULL);
    tree_put(tree, "recipients", table_tree(table));
    return tree;
}

void reported_tell(const Letter *letter) {
    static const char *const kind_sayings[REPORT_KINDS] = {[REPORT_DELIVERY] = "a report of deliveries", [REPORT_AUTO_REPLY] = "an automatic reply", [REPORT_FEEDBACK] = "a reader's complaint"};
    const Report *report = letter->reported;
    if (report == NULL) return;
    printf("It is %s (%s)%s%s\n", kind_sayings[report->kind], report->form, report->message_id != NULL ? " about " : "", report->message_id != NULL ? report->message_id : "");
    g_autoptr(Table) table = recipients(report);
    if (report->kind != REPORT_AUTO_REPLY) table_print(table, false, "  it names no recipient");
    putchar('\n');
}
