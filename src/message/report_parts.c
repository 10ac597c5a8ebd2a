#include "message/report_parts.h"
#include <string.h>
#include "message/text.h"

enum { DEPTH_MOST = 20, TEXT_MOST = 65536 };

static char *field(GMimeMessage *message, const char *name) {
    GMimeHeader *header = g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(message)), name);
    const char *raw = header != NULL ? g_mime_header_get_raw_value(header) : NULL;
    return raw != NULL ? text_one_line(raw, 2000) : NULL;
}

/* The value of a field without comments, in lower case; "" when there is none. */
static char *word_of(GMimeMessage *message, const char *name) {
    g_autofree char *value = field(message, name);
    if (value == NULL) return g_strdup("");
    g_strstrip(value);
    value[strcspn(value, " \t(;")] = '\0';
    return g_ascii_strdown(value, -1);
}

static void read_marks(GMimeMessage *message, ReportSource *source) {
    static const char *const answers[] = {"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "X-MS-Exchange-Inbox-Rules-Loop", "X-Mail-Autoreply", NULL};
    g_autofree char *submitted = word_of(message, "Auto-Submitted"), *precedence = word_of(message, "Precedence");
    source->replied = strcmp(submitted, "auto-replied") == 0 || strcmp(precedence, "auto_reply") == 0;
    source->generated = *submitted != '\0' && strcmp(submitted, "no") != 0;
    for (const char *const *name = answers; *name != NULL; name++) {
        g_autofree char *value = word_of(message, *name);
        if (*value == '\0' || strcmp(value, "no") == 0 || strcmp(value, "false") == 0) continue;
        source->suppresses = true;
        if (name != &answers[4]) source->replied = true;
    }
    g_autofree char *suppress = word_of(message, "X-Auto-Response-Suppress"), *unsubscribe = word_of(message, "X-Apple-Unsubscribe");
    g_autofree char *fml = word_of(message, "X-MLServer"), *mailman = word_of(message, "X-List-Administrivia");
    if (*suppress != '\0') source->suppresses = true;
    source->unsubscribes = strcmp(unsubscribe, "true") == 0;
    source->of_list = *fml != '\0' || strcmp(mailman, "yes") == 0;
}

static void append(GString *text, const char *more) {
    if (text->len >= TEXT_MOST) return;
    if (text->len > 0) g_string_append(text, "\n\n");
    g_autofree char *valid = g_utf8_make_valid(more, (gssize)strnlen(more, TEXT_MOST - text->len));
    g_string_append(text, valid);
}

static void append_message(GMimeMessage *message, GString *text) {
    g_autofree char *headers = g_mime_header_list_to_string(g_mime_object_get_header_list(GMIME_OBJECT(message)), NULL);
    g_autofree char *clean = text_decode((const uint8_t *)headers, strnlen(headers, TEXT_MOST), NULL);
    append(text, clean);
}

static bool is_type(GMimeObject *object, const char *type, const char *subtype) {
    return g_mime_content_type_is_type(g_mime_object_get_content_type(object), type, subtype);
}

/* DSN parts come with transfer encodings that RFC 3464 forbids, and message/global-delivery-status must have one. */
static void read_leaf(GMimePart *part, char *(*decode)(GMimePart *, bool), ReportSource *source, bool *plain) {
    GMimeObject *object = GMIME_OBJECT(part);
    bool status = is_type(object, "message", "delivery-status") || is_type(object, "message", "global-delivery-status") || is_type(object, "text", "delivery-status");
    bool receipt = is_type(object, "message", "disposition-notification") || is_type(object, "message", "global-disposition-notification");
    bool headers = is_type(object, "text", "rfc822-headers") || is_type(object, "message", "global-headers") || is_type(object, "message", "rfc822-headers") || is_type(object, "text", "rfc822");
    bool html = is_type(object, "text", "html"), text = html || is_type(object, "text", "*");
    const char *disposition = g_mime_object_get_disposition(object);
    bool attached = disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
    if (!status && !receipt && !headers && !is_type(object, "message", "*") && (!text || attached)) return;
    if (html && *plain) return;
    g_autofree char *decoded = decode(part, html);
    if (status) source->is_report = true;
    if (receipt) source->is_receipt = true;
    if (is_type(object, "message", "feedback-report")) append(source->feedback, decoded);
    else if (status || receipt) append(source->status, decoded);
    else if (headers || is_type(object, "message", "*")) append(source->original, decoded);
    else {
        *plain = *plain || (!html && strlen(decoded) > 20);
        append(source->human, decoded);
    }
}

typedef struct {
    GMimeObject *object;
    int depth;
} Place;

static void push_parts(GMimeMultipart *multipart, int depth, GArray *places, ReportSource *source) {
    int count = g_mime_multipart_get_count(multipart);
    const char *before = g_mime_multipart_get_prologue(multipart);
    /* A boundary that is another's: all of it is one text. */
    if (count == 0 && before != NULL) {
        g_autofree char *text = text_decode((const uint8_t *)before, strnlen(before, TEXT_MOST), NULL);
        append(source->human, text);
    }
    for (int i = count - 1; i >= 0 && depth < DEPTH_MOST; i--) {
        Place next = {g_mime_multipart_get_part(multipart, i), depth + 1};
        g_array_append_val(places, next);
    }
}

static void push_status(GMimeMultipart *multipart, char *(*decode)(GMimePart *, bool), ReportSource *source) {
    for (int i = 0; i < MIN(g_mime_multipart_get_count(multipart), DEPTH_MOST); i++) {
        GMimeObject *object = g_mime_multipart_get_part(multipart, i);
        if (!GMIME_IS_PART(object) || !is_type(object, "message", "delivery-status") || source->is_report) continue;
        g_autofree char *decoded = decode(GMIME_PART(object), false);
        append(source->status, decoded);
    }
}

void report_parts_read(GMimeMessage *message, GPtrArray *to, const char *subject, char *(*decode)(GMimePart *, bool), ReportSource *source) {
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));
    Place place = {g_mime_message_get_mime_part(message), 0};
    bool plain = false;
    source->from = field(message, "From");
    source->return_path = field(message, "Return-Path");
    source->failed = field(message, "X-Failed-Recipients");
    source->subject = g_strdup(subject);
    source->to = to;
    source->is_report = is_type(place.object, "multipart", "report");
    read_marks(message, source);
    g_array_append_val(places, place);
    while (places->len > 0) {
        place = g_array_index(places, Place, places->len - 1);
        g_array_set_size(places, places->len - 1);
        if (GMIME_IS_MULTIPART(place.object)) push_parts(GMIME_MULTIPART(place.object), place.depth, places, source);
        else if (GMIME_IS_MESSAGE_PART(place.object)) {
            GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(place.object));
            if (inner != NULL && source->original->len == 0) append_message(inner, source->original);
            /* A gateway that reports a report: the fields are in the inner one. */
            if (inner != NULL && place.depth < DEPTH_MOST && is_type(g_mime_message_get_mime_part(inner), "multipart", "report"))
                push_status(GMIME_MULTIPART(g_mime_message_get_mime_part(inner)), decode, source);
        } else if (GMIME_IS_PART(place.object)) read_leaf(GMIME_PART(place.object), decode, source, &plain);
    }
    /* A report names its kind; a receipt is one of those kinds. */
    const char *kind = g_mime_object_get_content_type_parameter(g_mime_message_get_mime_part(message), "report-type");
    if (kind != NULL && g_ascii_strcasecmp(kind, "disposition-notification") == 0) source->is_receipt = true;
}
