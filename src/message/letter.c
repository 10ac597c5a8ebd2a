#include "message/parse.h"
#include "message/address.h"
#include "message/report.h"

/* A letter crosses from the child that read it as bytes, and the child has just read a stranger's mail: it may have been
 * taken over. So the way back trusts nothing: the type string, GVariant's own normal form (which holds for UTF-8 as well), and
 * the promises of model/letter.h are all checked again, and one that does not hold makes the whole answer nonsense. */


enum { LINE_MOST = 8000, TEXT_MOST = 1 << 20, REFERENCES_MOST = 100, RECIPIENTS_MOST = 1000, ATTACHMENTS_MOST = 1000, MARKS_MOST = 100 };

static void attachment_free(gpointer data) {
    Attachment *attachment = data;
    g_free(attachment->name);
    g_free(attachment->type);
    g_free(attachment);
}

Letter *letter_new(void) {
    Letter *letter = g_new0(Letter, 1);
    letter->references = g_ptr_array_new_with_free_func(g_free);
    letter->recipients = g_ptr_array_new_with_free_func(g_free);
    letter->attachments = g_ptr_array_new_with_free_func(attachment_free);
    letter->loop_marks = g_ptr_array_new_with_free_func(g_free);
    return letter;
}

Letter *letter_empty(void) {
    Letter *letter = letter_new();
    letter->subject = g_strdup("");
    letter->author_name = g_strdup("");
    letter->text = g_strdup("");
    return letter;
}

void letter_free(Letter *letter) {
    if (letter == NULL) return;
    g_free(letter->message_id);
    g_free(letter->subject);
    g_free(letter->author_name);
    g_free(letter->author_address);
    g_free(letter->text);
    g_ptr_array_unref(letter->references);
    g_ptr_array_unref(letter->recipients);
    g_ptr_array_unref(letter->attachments);
    g_ptr_array_unref(letter->loop_marks);
    report_free(letter->reported);
    g_free(letter);
}

static GVariant *variant_of_texts(const GPtrArray *texts) {
    return g_variant_new_strv((const char *const *)texts->pdata, (gssize)texts->len);
}

static const char *or_empty(const char *text) { return text != NULL ? text : ""; }

GVariant *letter_to_variant(const Letter *letter) {
    g_auto(GVariantBuilder) attachments = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ssx)"));
    for (guint i = 0; i < letter->attachments->len; i++) {
        const Attachment *attachment = letter->attachments->pdata[i];
        g_variant_builder_add(&attachments, "(ssx)", or_empty(attachment->name), or_empty(attachment->type), attachment->size);
    }
    g_auto(GVariantBuilder) reported = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ssssss)"));
    const Report *report = letter->reported;
    for (guint i = 0; report != NULL && i < report->recipients->len; i++) {
        const ReportRecipient *each = report->recipients->pdata[i];
        g_variant_builder_add(&reported, "(ssssss)", each->address, each->original, each->action, each->status, each->reply, each->diagnostic);
    }
    return g_variant_new("(msssms@as@asxsba(ssx)ubb@asxbusmsa(ssssss))", letter->message_id, or_empty(letter->subject), or_empty(letter->author_name),
                         letter->author_address, variant_of_texts(letter->references), variant_of_texts(letter->recipients),
                         letter->date, or_empty(letter->text), (gboolean)letter->text_cut, &attachments, (guint32)letter->automatic,
                         (gboolean)letter->bulk, (gboolean)letter->report, variant_of_texts(letter->loop_marks), letter->hops, (gboolean)letter->no_answer,
                         (guint32)(report != NULL ? report->kind : REPORT_NONE), report != NULL ? report->form : "", report != NULL ? report->message_id : NULL, &reported);
}

static bool is_line(const char *text) {
    size_t length = 0;
    for (; text[length] != '\0'; length++)
        if (length >= LINE_MOST || g_ascii_iscntrl(text[length])) return false;
    return true;
}

static bool is_id(const char *text) {
    for (const char *c = text; *c != '\0'; c++)
        if (!g_ascii_isgraph(*c) || *c == '<' || *c == '>') return false;
    return *text != '\0' && is_line(text);
}

static bool take_texts(GVariant *variant, gsize child, GPtrArray *into, guint most, bool (*holds)(const char *)) {
    g_autoptr(GVariant) list = g_variant_get_child_value(variant, child);
    if (g_variant_n_children(list) > most) return false;
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        const char *text;
        g_variant_get_child(list, i, "&s", &text);
        if (!holds(text)) return false;
        g_ptr_array_add(into, g_strdup(text));
    }
    return true;
}

static bool take_attachments(GVariant *variant, gsize child, GPtrArray *into) {
    g_autoptr(GVariant) list = g_variant_get_child_value(variant, child);
    if (g_variant_n_children(list) > ATTACHMENTS_MOST) return false;
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        const char *name, *type;
        gint64 size;
        g_variant_get_child(list, i, "(&s&sx)", &name, &type, &size);
        if (!is_line(name) || !is_line(type) || size < 0) return false;
        Attachment *attachment = g_new0(Attachment, 1);
        *attachment = (Attachment){g_strdup(name), g_strdup(type), size};
        g_ptr_array_add(into, attachment);
    }
    return true;
}

static bool take_report(GVariant *variant, gsize first, Report **into) {
    guint32 kind;
    const char *form, *id;
    g_variant_get_child(variant, first, "u", &kind);
    g_variant_get_child(variant, first + 1, "&s", &form);
    g_variant_get_child(variant, first + 2, "m&s", &id);
    g_autoptr(GVariant) list = g_variant_get_child_value(variant, first + 3);
    if (kind >= REPORT_KINDS || g_variant_n_children(list) > REPORT_RECIPIENTS_MOST || !is_line(form) || (id != NULL && !is_line(id))) return false;
    if (kind == REPORT_NONE) return g_variant_n_children(list) == 0;
    *into = report_new((ReportKind)kind, form);
    (*into)->message_id = g_strdup(id);
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        ReportRecipient *each = report_add(*into);
        char **slots[] = {&each->address, &each->original, &each->action, &each->status, &each->reply, &each->diagnostic};
        g_autoptr(GVariant) row = g_variant_get_child_value(list, i);
        for (gsize j = 0; j < G_N_ELEMENTS(slots); j++) {
            g_free(*slots[j]);
            g_variant_get_child(row, j, "s", slots[j]);
            if (!is_line(*slots[j])) return false;
        }
    }
    return true;
}

Letter *letter_from_variant(GVariant *variant) {
    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(LETTER_TYPE)) || !g_variant_is_normal_form(variant)) return NULL;
    g_autoptr(Letter) letter = letter_new();
    gboolean text_cut, bulk, report, no_answer;
    guint32 automatic;
    gint64 date, hops;
    g_variant_get(variant, "(msssms@as@asxsb@a(ssx)ubb@asxb@u@s@ms@a(ssssss))", &letter->message_id, &letter->subject, &letter->author_name,
                  &letter->author_address, NULL, NULL, &date, &letter->text, &text_cut, NULL, &automatic, &bulk, &report, NULL, &hops,
                  &no_answer, NULL, NULL, NULL, NULL);
    letter->date = date;
    letter->hops = hops;
    letter->text_cut = text_cut;
    letter->bulk = bulk;
    letter->report = report;
    letter->no_answer = no_answer;
    letter->automatic = (AutoSubmitted)automatic;
    bool holds = (letter->message_id == NULL || is_id(letter->message_id)) && is_line(letter->subject) && is_line(letter->author_name) &&
                 (letter->author_address == NULL || address_is_canonical(letter->author_address)) &&
                 strlen(letter->text) <= TEXT_MOST && automatic <= AUTO_REPLIED && hops >= 0 &&
                 take_texts(variant, 4, letter->references, REFERENCES_MOST, is_id) &&
                 take_texts(variant, 5, letter->recipients, RECIPIENTS_MOST, address_is_canonical) &&
                 take_attachments(variant, 9, letter->attachments) &&
                 take_texts(variant, 13, letter->loop_marks, MARKS_MOST, is_line) && take_report(variant, 16, &letter->reported);
    return holds ? g_steal_pointer(&letter) : NULL;
}
