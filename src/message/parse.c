#include "message/parse.h"
#include "message/address.h"
#include "message/gmime.h"
#include "message/report_parts.h"
#include "message/text.h"
#include "message/words.h"

/* GMime finds the parts and takes header fields apart; what it finds is read with an explicit stack, because nesting is a
 * stranger's choice. It is not asked what bytes mean: a wrong charset label would lose them, so text_decode reads bodies and
 * words_normal prepares every header line. The raw bytes are lent to GMime, never copied: a message of 50 MB costs 50 MB. */

enum {
    DEPTH_MOST = 100, TEXT_MOST = 1 << 20, TEXT_READ = 4 << 20, SUBJECT_MOST = 500, NAME_MOST = 200, ID_MOST = 250,
    REFERENCES_MOST = 100, RECIPIENTS_MOST = 1000, ATTACHMENTS_MOST = 1000, MARKS_MOST = 100, CHUNK = 65536,
};
static const int64_t date_earliest = 315532800, date_latest = 4102444800; /* 1980 to 2100 */

typedef struct {
    GMimeParserOptions *options;
    Letter *letter;
    GString *text;
    char *answered;      /* the message of In-Reply-To */
    GHashTable *known;   /* references and recipients so far: keys belong to the letter */
} Reader;

typedef struct {
    GMimeObject *object;
    int depth;
    bool told_elsewhere; /* another alternative gave the text: only attachments are wanted */
} Place;

/* --- header fields --- */

static char *unfolded(const char *raw) {
    GString *line = g_string_new(NULL);
    for (const char *c = raw; *c != '\0'; c++)
        if (*c != '\r' && *c != '\n') g_string_append_c(line, *c);
    return g_strstrip(g_string_free(line, FALSE));
}

static char *header_words(Reader *reader, const char *raw, size_t most) {
    g_autofree char *line = words_normal(raw);
    g_autofree char *text = g_mime_utils_header_decode_text(reader->options, line);
    return text_one_line(text, most);
}

/* The next message id in `*at` (between < and >, printable, no blanks); NULL: no more. */
static char *next_id(const char **at) {
    for (const char *open; (open = strchr(*at, '<')) != NULL;) {
        size_t length = strcspn(open + 1, "<>");
        bool good = open[1 + length] == '>' && length > 0 && length <= ID_MOST;
        for (size_t i = 1; good && i <= length; i++) good = g_ascii_isgraph(open[i]);
        *at = open + 1 + length;
        if (good) return g_strndup(open + 1, length);
    }
    return NULL;
}

static void read_message_id(Reader *reader, const char *raw) {
    g_autofree char *line = unfolded(raw);
    g_autofree char *bracketed = strchr(line, '<') == NULL ? g_strdup_printf("<%s>", line) : NULL;
    const char *at = bracketed != NULL ? bracketed : line;
    reader->letter->message_id = next_id(&at);
}

static void read_subject(Reader *reader, const char *raw) { reader->letter->subject = header_words(reader, raw, SUBJECT_MOST); }

/* GMime reads `a@x b@y <c@z>` as three addresses and `a@x@y` as a@x; others read them otherwise. */
static bool is_ambiguous(const char *line, int mailboxes) {
    int signs = 0;
    for (const char *c = line; *c != '\0'; c++) {
        if (strchr(" \t,;:<>()\"", *c) != NULL) signs = 0;
        if (*c == '@' && ++signs > 1) return true;
    }
    return mailboxes > 1 && strchr(line, ',') == NULL;
}

/* A From that does not clearly name one mailbox first names nobody: it must not pass for somebody. */
static void read_from(Reader *reader, const char *raw) {
    g_autofree char *line = words_normal(raw);
    g_autoptr(InternetAddressList) list = internet_address_list_parse(reader->options, line);
    if (list == NULL || internet_address_list_length(list) == 0) return;
    InternetAddress *first = internet_address_list_get_address(list, 0);
    const char *name = internet_address_get_name(first);
    reader->letter->author_name = text_one_line(name != NULL ? name : "", NAME_MOST);
    if (!INTERNET_ADDRESS_IS_MAILBOX(first) || is_ambiguous(line, internet_address_list_length(list))) return;
    const char *address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first));
    if (address != NULL) reader->letter->author_address = address_canonical(address, NULL);
}

static void add_recipients(Reader *reader, InternetAddressList *list, GQueue *waiting) {
    GPtrArray *recipients = reader->letter->recipients;
    for (int i = 0; i < internet_address_list_length(list) && recipients->len < RECIPIENTS_MOST; i++) {
        InternetAddress *each = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(each)) {
            g_queue_push_tail(waiting, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(each)));
            continue;
        }
        const char *address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(each));
        g_autofree char *canonical = address != NULL ? address_canonical(address, NULL) : NULL;
        if (canonical == NULL || g_hash_table_contains(reader->known, canonical)) continue;
        g_hash_table_add(reader->known, canonical);
        g_ptr_array_add(recipients, g_steal_pointer(&canonical));
    }
}

static void read_recipients(Reader *reader, const char *raw) {
    g_autofree char *line = words_normal(raw);
    g_autoptr(InternetAddressList) list = internet_address_list_parse(reader->options, line);
    g_autoptr(GQueue) waiting = g_queue_new();
    for (InternetAddressList *next = list; next != NULL; next = g_queue_pop_head(waiting)) add_recipients(reader, next, waiting);
}

static void read_date(Reader *reader, const char *raw) {
    g_autofree char *line = unfolded(raw);
    g_autoptr(GDateTime) date = g_mime_utils_header_decode_date(line);
    int64_t seconds = date != NULL ? g_date_time_to_unix(date) : 0;
    if (seconds >= date_earliest && seconds < date_latest) reader->letter->date = seconds;
}

/* The first names the thread, the newest name the place in it: when there are too many, those between go. */
static void read_references(Reader *reader, const char *raw) {
    GPtrArray *references = reader->letter->references;
    g_autofree char *line = unfolded(raw);
    const char *at = line;
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    for (char *id; (id = next_id(&at)) != NULL;) {
        if (g_hash_table_contains(known, id)) {
            g_free(id);
            continue;
        }
        g_ptr_array_add(references, id);
        g_hash_table_add(known, id);
    }
}

static void finish_references(Reader *reader) {
    GPtrArray *references = reader->letter->references;
    if (reader->answered != NULL && !g_ptr_array_find_with_equal_func(references, reader->answered, g_str_equal, NULL))
        g_ptr_array_add(references, g_steal_pointer(&reader->answered));
    if (references->len > REFERENCES_MOST) g_ptr_array_remove_range(references, 1, references->len - REFERENCES_MOST);
}

static void read_in_reply_to(Reader *reader, const char *raw) {
    g_autofree char *line = unfolded(raw);
    const char *at = line;
    reader->answered = next_id(&at);
}

static void read_received(Reader *reader, const char *raw G_GNUC_UNUSED) { reader->letter->hops++; }

/* The first word of a field, in lower case. */
static char *keyword(const char *raw) {
    g_autofree char *line = unfolded(raw);
    line[strcspn(line, " \t;(")] = '\0';
    return g_ascii_strdown(line, -1);
}

static void become(Reader *reader, AutoSubmitted automatic) { reader->letter->automatic = MAX(reader->letter->automatic, automatic); }

static void read_auto_submitted(Reader *reader, const char *raw) {
    g_autofree char *word = keyword(raw);
    if (strcmp(word, "no") != 0 && *word != '\0') become(reader, strcmp(word, "auto-replied") == 0 ? AUTO_REPLIED : AUTO_GENERATED);
}

static void read_autoreply(Reader *reader, const char *raw) {
    g_autofree char *word = keyword(raw);
    if (strcmp(word, "no") != 0 && strcmp(word, "false") != 0) become(reader, AUTO_REPLIED);
}

static void read_precedence(Reader *reader, const char *raw) {
    static const char *const many[] = {"bulk", "junk", "list", NULL};
    g_autofree char *word = keyword(raw);
    if (g_strv_contains(many, word)) reader->letter->bulk = true;
    if (strcmp(word, "auto_reply") == 0) become(reader, AUTO_REPLIED);
}

static void read_list_id(Reader *reader, const char *raw G_GNUC_UNUSED) { reader->letter->bulk = true; }

/* Of its words only two speak of answers like ours; the others are about reports and absence. */
static void read_suppress(Reader *reader, const char *raw) {
    g_autofree char *lower = g_ascii_strdown(raw, -1);
    if (strstr(lower, "all") != NULL || strstr(lower, "autoreply") != NULL) reader->letter->no_answer = true;
}

static const struct {
    const char *name;
    void (*read)(Reader *, const char *raw);
    bool first_only;
} fields[] = {
    {"Message-ID", read_message_id, true},   {"Subject", read_subject, true},
    {"From", read_from, true},               {"To", read_recipients, false},
    {"Cc", read_recipients, false},          {"Date", read_date, true},
    {"References", read_references, true},   {"In-Reply-To", read_in_reply_to, true},
    {"Received", read_received, false},      {"Auto-Submitted", read_auto_submitted, false},
    {"X-Autoreply", read_autoreply, false},  {"X-Autorespond", read_autoreply, false},
    {"Precedence", read_precedence, false},  {"List-Id", read_list_id, false},
    {"X-Auto-Response-Suppress", read_suppress, false},
};

static void read_header(Reader *reader, GMimeMessage *message, const char *loop_field) {
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(message));
    bool seen[G_N_ELEMENTS(fields)] = {false};
    for (int i = 0; i < g_mime_header_list_get_count(list); i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        const char *name = g_mime_header_get_name(header), *raw = g_mime_header_get_raw_value(header);
        if (name == NULL || raw == NULL) continue;
        for (size_t field = 0; field < G_N_ELEMENTS(fields); field++) {
            if (g_ascii_strcasecmp(name, fields[field].name) != 0 || (fields[field].first_only && seen[field])) continue;
            seen[field] = true;
            fields[field].read(reader, raw);
        }
        if (loop_field != NULL && g_ascii_strcasecmp(name, loop_field) == 0 && reader->letter->loop_marks->len < MARKS_MOST)
            g_ptr_array_add(reader->letter->loop_marks, text_one_line(raw, NAME_MOST));
    }
    finish_references(reader);
}

/* --- parts --- */

/* Decodes the transfer encoding; keeps the first `most` bytes when `into` is not NULL. The decoded length. */
static int64_t read_content(GMimePart *part, GByteArray *into, size_t most) {
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GMimeStream *raw = content != NULL ? g_mime_data_wrapper_get_stream(content) : NULL;
    if (raw == NULL) return 0;
    g_mime_stream_reset(raw);
    g_autoptr(GMimeStream) decoded = g_mime_stream_filter_new(raw);
    g_autoptr(GMimeFilter) filter = g_mime_filter_basic_new(g_mime_data_wrapper_get_encoding(content), FALSE);
    g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
    g_autofree char *chunk = g_malloc(CHUNK);
    int64_t length = 0;
    for (ssize_t got; (got = g_mime_stream_read(decoded, chunk, CHUNK)) > 0; length += got)
        if (into != NULL && into->len < most) g_byte_array_append(into, (guint8 *)chunk, (guint)MIN((size_t)got, most - into->len));
    return length;
}

static char *part_text(GMimePart *part, bool html, bool *cut) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    *cut = read_content(part, bytes, TEXT_READ) > TEXT_READ;
    g_autofree char *text = text_decode(bytes->data, bytes->len, g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset"));
    return html ? text_from_html(text) : g_steal_pointer(&text);
}

static bool is_blank(const char *text) { return text[strspn(text, " \t\n\u00A0")] == '\0'; }

static void add_text(Reader *reader, const char *text, bool cut) {
    if (cut) reader->letter->text_cut = true;
    if (is_blank(text)) return;
    if (reader->text->len > 0) g_string_append(reader->text, g_str_has_suffix(reader->text->str, "\n") ? "\n" : "\n\n");
    g_string_append(reader->text, text);
    if (reader->text->len <= TEXT_MOST) return;
    const char *end;
    g_utf8_validate_len(reader->text->str, TEXT_MOST, &end);
    g_string_truncate(reader->text, (gsize)(end - reader->text->str));
    reader->letter->text_cut = true;
}

/* An extended parameter says its charset itself (RFC 2231); Greek goes by its other name, where Ά has another place. */
static char *parameters_normal(const char *raw) {
    g_autofree char *normal = words_normal(raw);
    g_autoptr(GString) line = g_string_new(normal);
    static const char *const labels[] = {"=iso-8859-7'", "=ISO-8859-7'", "=Iso-8859-7'"};
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) g_string_replace(line, labels[i], "=windows-1253'", 0);
    return g_strdup(line->str);
}

static const char *raw_field(GMimeObject *object, const char *name) {
    GMimeHeader *header = g_mime_header_list_get_header(g_mime_object_get_header_list(object), name);
    return header != NULL ? g_mime_header_get_raw_value(header) : NULL;
}

/* Without folders: some clients name the whole path (RFC 2183, 2.3). NULL: it has no name. */
static char *file_name(Reader *reader, GMimeObject *object) {
    static const char *const places[][2] = {{"Content-Disposition", "filename"}, {"Content-Type", "name"}};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        const char *raw = raw_field(object, places[i][0]);
        if (raw == NULL) continue;
        g_autofree char *line = parameters_normal(raw);
        g_autoptr(GMimeContentDisposition) reread = g_mime_content_disposition_parse(reader->options, line);
        const char *name = g_mime_content_disposition_get_parameter(reread, places[i][1]);
        if (name == NULL || *name == '\0') continue;
        const char *base = name + strlen(name);
        while (base > name && base[-1] != '/' && base[-1] != '\\') base--;
        return text_one_line(base, NAME_MOST);
    }
    return NULL;
}

static char *media_type(GMimeObject *object) {
    GMimeContentType *type = g_mime_object_get_content_type(object);
    g_autofree char *whole = type != NULL ? g_mime_content_type_get_mime_type(type) : g_strdup("application/octet-stream");
    g_autofree char *lower = g_ascii_strdown(whole, -1);
    return text_one_line(lower, NAME_MOST);
}

static void add_attachment(Reader *reader, GMimeObject *object, char *name, int64_t size) {
    g_autofree char *type = media_type(object);
    g_autofree char *chosen = name != NULL ? name : g_strdup(strcmp(type, "application/ms-tnef") == 0 ? "winmail.dat" : "");
    if (reader->letter->attachments->len >= ATTACHMENTS_MOST) return;
    Attachment *attachment = g_new0(Attachment, 1);
    *attachment = (Attachment){g_steal_pointer(&chosen), g_steal_pointer(&type), size};
    g_ptr_array_add(reader->letter->attachments, attachment);
}

/* Its size is that of its parts as they came; GMime keeps no other. */
static void add_message(Reader *reader, GMimeMessagePart *part) {
    GMimeMessage *message = g_mime_message_part_get_message(part);
    int64_t size = 0;
    char *name = file_name(reader, GMIME_OBJECT(part));
    if (message != NULL) {
        const char *subject = raw_field(GMIME_OBJECT(message), "Subject");
        if (name == NULL && subject != NULL) name = header_words(reader, subject, NAME_MOST);
        GMimePartIter *parts = g_mime_part_iter_new(GMIME_OBJECT(message));
        for (bool more = g_mime_part_iter_is_valid(parts); more; more = g_mime_part_iter_next(parts)) {
            GMimeObject *each = g_mime_part_iter_get_current(parts);
            GMimeDataWrapper *content = GMIME_IS_PART(each) ? g_mime_part_get_content(GMIME_PART(each)) : NULL;
            GMimeStream *stream = content != NULL ? g_mime_data_wrapper_get_stream(content) : NULL;
            if (stream != NULL) size += MAX(g_mime_stream_length(stream), 0);
        }
        g_mime_part_iter_free(parts);
    }
    add_attachment(reader, GMIME_OBJECT(part), name, size);
}

typedef enum { NOT_TEXT, PLAIN, HTML } TextKind;

/* A part that a person reads in line. `Content-Type: text` of the last century is plain text (RFC 2045, 5.2). */
static TextKind text_kind(GMimeObject *object) {
    if (!GMIME_IS_PART(object)) return NOT_TEXT;
    const char *disposition = g_mime_object_get_disposition(object), *raw = raw_field(object, "Content-Type");
    if (disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0) return NOT_TEXT;
    g_autofree char *type = media_type(object), *word = keyword(raw != NULL ? raw : "text/plain");
    if (strcmp(type, "text/html") == 0) return HTML;
    return strcmp(type, "text/plain") == 0 || strcmp(word, "text") == 0 ? PLAIN : NOT_TEXT;
}

static void read_leaf(Reader *reader, GMimePart *part, bool told_elsewhere) {
    TextKind kind = text_kind(GMIME_OBJECT(part));
    g_autofree char *name = file_name(reader, GMIME_OBJECT(part));
    if (kind == NOT_TEXT || (name != NULL && (told_elsewhere || reader->text->len > 0))) {
        add_attachment(reader, GMIME_OBJECT(part), g_steal_pointer(&name), read_content(part, NULL, 0));
        return;
    }
    if (told_elsewhere) return;
    if (reader->text->len >= TEXT_MOST) {
        reader->letter->text_cut = true;
        return;
    }
    bool cut;
    g_autofree char *text = part_text(part, kind == HTML, &cut);
    add_text(reader, text, cut);
}

/* The alternative to read: plain text that is not blank, else the last (richest) that is HTML or has parts of its own. */
static int chosen_alternative(GMimeMultipart *multipart) {
    int chosen = 0;
    for (int i = 0; i < g_mime_multipart_get_count(multipart); i++) {
        GMimeObject *each = g_mime_multipart_get_part(multipart, i);
        TextKind kind = text_kind(each);
        if (kind == PLAIN) {
            bool cut;
            g_autofree char *text = part_text(GMIME_PART(each), false, &cut);
            if (!is_blank(text)) return i;
        }
        if (kind == HTML || GMIME_IS_MULTIPART(each)) chosen = i;
    }
    return chosen;
}

static void read_multipart(Reader *reader, GMimeMultipart *multipart, const Place *place, GArray *places) {
    if (place->depth >= DEPTH_MOST) {
        add_attachment(reader, GMIME_OBJECT(multipart), NULL, 0);
        return;
    }
    int count = g_mime_multipart_get_count(multipart);
    const char *before = g_mime_multipart_get_prologue(multipart);
    if (count == 0 && before != NULL && !place->told_elsewhere) {
        g_autofree char *text = text_decode((const uint8_t *)before, MIN(strlen(before), TEXT_READ), NULL);
        add_text(reader, text, strlen(before) > TEXT_READ);
    }
    g_autofree char *type = media_type(GMIME_OBJECT(multipart));
    int chosen = strcmp(type, "multipart/alternative") == 0 && !place->told_elsewhere ? chosen_alternative(multipart) : -1;
    for (int i = count - 1; i >= 0; i--) {
        Place next = {g_mime_multipart_get_part(multipart, i), place->depth + 1, place->told_elsewhere || (chosen >= 0 && i != chosen)};
        g_array_append_val(places, next);
    }
}

static void read_body(Reader *reader, GMimeObject *top) {
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));
    Place first = {.object = top};
    g_array_append_val(places, first);
    while (places->len > 0) {
        Place place = g_array_index(places, Place, places->len - 1);
        g_array_set_size(places, places->len - 1);
        if (GMIME_IS_MULTIPART(place.object)) read_multipart(reader, GMIME_MULTIPART(place.object), &place, places);
        else if (GMIME_IS_MESSAGE_PART(place.object)) add_message(reader, GMIME_MESSAGE_PART(place.object));
        else if (GMIME_IS_PART(place.object)) read_leaf(reader, GMIME_PART(place.object), place.told_elsewhere);
    }
}

/* --- all of it --- */

static GMimeMessage *construct(GByteArray *lent, GMimeParserOptions *options) {
    g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_byte_array(lent);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, TRUE);
    return g_mime_parser_construct_message(parser, options);
}

static int count_fields(GMimeObject *object) { return g_mime_header_list_get_count(g_mime_object_get_header_list(object)); }

static char *leaf_text(GMimePart *part, bool html) {
    bool cut;
    return part_text(part, html, &cut);
}

static void read_report(Reader *reader, GMimeMessage *message) {
    ReportSource source;
    report_source_init(&source);
    report_parts_read(message, reader->letter->recipients, reader->letter->subject, leaf_text, &source);
    reader->letter->reported = report_read(&source);
    report_source_clear(&source);
}

Letter *letter_parse(GBytes *raw, const char *loop_field) {
    g_mime_init();
    static const char *charsets[] = {"utf-8", "windows-1253", "iso-8859-7", NULL};
    g_autoptr(GMimeParserOptions) options = g_mime_parser_options_new();
    g_mime_parser_options_set_fallback_charsets(options, charsets);
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    Reader reader = {.options = options, .letter = letter_new(), .text = g_string_new(NULL), .known = known};
    gsize length;
    gconstpointer bytes = g_bytes_get_data(raw, &length);
    GByteArray *lent = g_byte_array_new_take((guint8 *)(uintptr_t)bytes, length);
    GMimeMessage *message = length > 0 ? construct(lent, options) : NULL;
    bool fields_found = false;
    if (message != NULL) {
        GMimeObject *top = g_mime_message_get_mime_part(message);
        fields_found = count_fields(GMIME_OBJECT(message)) + count_fields(top) > 0;
        read_header(&reader, message, loop_field);
        reader.letter->report = g_mime_content_type_is_type(g_mime_object_get_content_type(top), "multipart", "report");
        read_body(&reader, top);
        read_report(&reader, message);
        g_object_unref(message);
    }
    if (!fields_found && reader.text->len == 0 && length > 0) { /* no header at all: then it is all text */
        g_autofree char *text = text_decode(bytes, MIN(length, TEXT_READ), NULL);
        add_text(&reader, text, length > TEXT_READ);
    }
    g_byte_array_free(lent, FALSE);
    reader.letter->text = g_string_free(reader.text, FALSE);
    if (reader.letter->subject == NULL) reader.letter->subject = g_strdup("");
    if (reader.letter->author_name == NULL) reader.letter->author_name = g_strdup("");
    g_free(reader.answered);
    return reader.letter;
}
