#include "message/report_notification.h"
#include <jansson.h>
#include <string.h>
#include "message/address.h"
#include "message/text.h"

/* What happened, under which key it is told, and where the recipients stand in it. */
static const struct {
    const char *kind, *key, *list, *action;
} kinds[] = {
    {"Bounce", "bounce", "bouncedRecipients", "failed"},
    {"Complaint", "complaint", "complainedRecipients", "complaint"},
    {"Delivery", "delivery", "recipients", "delivered"},
};

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* An entry is an object, or the address alone. */
static void add_entry(const json_t *entry, const char *action, Report *report) {
    const char *written = json_is_string(entry) ? json_string_value(entry) : text_at(entry, "emailAddress");
    g_autofree char *address = address_canonical(written, NULL);
    ReportRecipient *recipient = address != NULL && !report_knows(report, address) ? report_add(report) : NULL;
    if (recipient == NULL) return;
    report_set(&recipient->address, g_steal_pointer(&address));
    report_set(&recipient->action, g_strdup(action));
    report_set(&recipient->status, report_status_in(text_at(entry, "status")));
    report_set(&recipient->diagnostic, text_one_line(text_at(entry, "diagnosticCode"), REPORT_TEXT_MOST));
    report_set(&recipient->reply, report_reply_in(recipient->diagnostic));
}

static void read_notification(const json_t *told, Report *report) {
    const char *kind = text_at(told, "notificationType");
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(kind, kinds[i].kind) != 0) continue;
        const json_t *list = json_object_get(json_object_get(told, kinds[i].key), kinds[i].list);
        for (size_t entry = 0; entry < json_array_size(list); entry++) add_entry(json_array_get(list, entry), kinds[i].action, report);
    }
}

void report_notification_read(const char *text, Report *report) {
    const char *begin = strchr(text, '{');
    if (begin == NULL || strstr(begin, "notificationType") == NULL) return;
    /* Mail wraps lines, inside of texts as well, where JSON knows no line's end. Elsewhere it means nothing. */
    g_auto(GStrv) lines = g_strsplit_set(begin, "\r\n", -1);
    g_autofree char *whole = g_strjoinv("", lines);
    json_t *told = json_loads(whole, JSON_DISABLE_EOF_CHECK, NULL);
    json_t *within = json_loads(text_at(told, "Message"), 0, NULL);
    read_notification(within != NULL ? within : told, report);
    json_decref(within);
    json_decref(told);
}
