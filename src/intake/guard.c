#include "intake/guard.h"

/* What breaks the parser can be seen in the raw bytes without parsing: too many lines of header, too many lines that begin
 * a part, addresses nested in groups, a monstrous parameter. Each line is looked at once, as a stranger to all others but the
 * few counts kept here. Ordinary mail comes first: what this misses, the limits of the child that parses catch, so a rule
 * holds only for the structure it is about (lines that begin parts only count in a message that says it has parts). */

enum { NESTING_MOST = 200, PARAMETER_FIELD_MOST = 8192, PARAMETER_NAME_MOST = 60 };

typedef enum { FIELD_OTHER, FIELD_ADDRESSES, FIELD_STRUCTURED, FIELD_TYPE, FIELD_DISPOSITION } FieldKind;

static const struct {
    const char *name;
    FieldKind kind;
} fields[] = {
    {"bcc", FIELD_ADDRESSES}, {"cc", FIELD_ADDRESSES}, {"content-disposition", FIELD_DISPOSITION}, {"content-id", FIELD_STRUCTURED},
    {"content-transfer-encoding", FIELD_STRUCTURED}, {"content-type", FIELD_TYPE}, {"date", FIELD_STRUCTURED},
    {"disposition-notification-to", FIELD_ADDRESSES}, {"from", FIELD_ADDRESSES}, {"in-reply-to", FIELD_STRUCTURED},
    {"message-id", FIELD_STRUCTURED}, {"mime-version", FIELD_STRUCTURED}, {"references", FIELD_STRUCTURED},
    {"reply-to", FIELD_ADDRESSES}, {"resent-bcc", FIELD_ADDRESSES}, {"resent-cc", FIELD_ADDRESSES}, {"resent-from", FIELD_ADDRESSES},
    {"resent-message-id", FIELD_STRUCTURED}, {"resent-reply-to", FIELD_ADDRESSES}, {"resent-sender", FIELD_ADDRESSES},
    {"resent-to", FIELD_ADDRESSES}, {"sender", FIELD_ADDRESSES}, {"to", FIELD_ADDRESSES},
};

typedef struct {
    const Config *config;
    bool header;          /* inside a header block */
    bool main_block;      /* it is the message's own, which ends at an empty line only */
    bool multipart;       /* some block said that parts follow */
    bool message;         /* this block says that a message follows */
    int64_t bytes, lines; /* of this block */
    int64_t boundaries;   /* so far */
    FieldKind field;      /* the field that the line belongs to; the rest is about this field */
    int64_t field_bytes, groups, comments, name;
    bool quoted, value;
} Scan;

static int lower_at(const uint8_t *line, size_t at) { return g_ascii_tolower((char)line[at]); }

static bool starts_with(const uint8_t *line, size_t length, const char *word) {
    size_t at = 0;
    for (; word[at] != '\0'; at++)
        if (at >= length || lower_at(line, at) != word[at]) return false;
    return true;
}

static bool contains(const uint8_t *line, size_t length, const char *word) {
    for (size_t at = 0; at < MIN(length, 64); at++)
        if (starts_with(line + at, length - at, word)) return true;
    return false;
}

/* The length of a field's name (up to the colon, without blanks); 0: the line begins no field. */
static size_t name_length(const uint8_t *line, size_t length) {
    size_t at = 0;
    while (at < length && line[at] > ' ' && line[at] != ':' && line[at] < 127) at++;
    size_t end = at;
    while (end < length && (line[end] == ' ' || line[end] == '\t')) end++;
    return end < length && line[end] == ':' ? at : 0;
}

static FieldKind field_kind(const uint8_t *line, size_t length) {
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (strlen(fields[i].name) == length && starts_with(line, length, fields[i].name)) return fields[i].kind;
    return FIELD_OTHER;
}

static GuardFinding over(const char *rule, int64_t found, int64_t limit) {
    return found > limit ? (GuardFinding){rule, found, limit} : (GuardFinding){0};
}

static void count_signs(Scan *scan, const uint8_t *line, size_t length, int64_t *groups, int64_t *comments, int64_t *name) {
    for (size_t i = 0; i < length; i++) {
        uint8_t sign = line[i];
        if (sign == '"') scan->quoted = !scan->quoted;
        if (scan->quoted) continue;
        scan->comments += sign == '(' ? 1 : sign == ')' && scan->comments > 0 ? -1 : 0;
        scan->groups += sign == ':' ? 1 : sign == ';' && scan->groups > 0 ? -1 : 0;
        *comments = MAX(*comments, scan->comments);
        *groups = MAX(*groups, scan->groups);
        if (sign == ';') scan->value = false;
        if (sign == '=' && !scan->value) {
            *name = MAX(*name, scan->name);
            scan->value = true;
        }
        scan->name = sign == ';' || sign == '=' || sign <= ' ' ? 0 : scan->name + 1;
    }
}

/* `line` is what belongs to the field: after the colon, or a continuation. */
static GuardFinding check_field(Scan *scan, const uint8_t *line, size_t length) {
    if (scan->field == FIELD_OTHER) return (GuardFinding){0};
    int64_t groups = 0, comments = 0, name = 0;
    bool parameters = scan->field == FIELD_TYPE || scan->field == FIELD_DISPOSITION;
    if (scan->field == FIELD_TYPE) {
        scan->multipart = scan->multipart || contains(line, length, "multipart/");
        scan->message = scan->message || contains(line, length, "message/");
    }
    scan->field_bytes += (int64_t)length;
    count_signs(scan, line, length, &groups, &comments, &name);
    GuardFinding finding = over("nested-comments", comments, NESTING_MOST);
    if (finding.rule == NULL && scan->field == FIELD_ADDRESSES) finding = over("nested-groups", groups, NESTING_MOST);
    if (finding.rule == NULL && parameters) finding = over("parameter-bytes", scan->field_bytes, PARAMETER_FIELD_MOST);
    if (finding.rule == NULL && parameters) finding = over("parameter-name", name, PARAMETER_NAME_MOST);
    return finding;
}

static void begin_block(Scan *scan) {
    scan->header = true;
    scan->message = false;
    scan->bytes = scan->lines = 0;
    scan->field = FIELD_OTHER;
}

static GuardFinding check_header_line(Scan *scan, const uint8_t *line, size_t length, size_t name) {
    bool continued = line[0] == ' ' || line[0] == '\t';
    if (!continued) {
        scan->field = field_kind(line, name);
        scan->field_bytes = scan->groups = scan->comments = scan->name = 0;
        scan->quoted = scan->value = false;
    }
    size_t from = continued ? 0 : name;
    while (!continued && from < length && line[from] != ':') from++;
    from = MIN(length, from + (continued ? 0 : 1));
    scan->bytes += (int64_t)length + 1;
    scan->lines++;
    GuardFinding finding = over("header-bytes", scan->bytes, scan->config->header_bytes);
    if (finding.rule == NULL) finding = over("header-lines", scan->lines, scan->config->header_lines);
    if (finding.rule == NULL) finding = check_field(scan, line + from, length - from);
    return finding;
}

/* One piece behind two dashes, with a letter or digit in it: no signature (`-- `), ruler, diff or table. */
static bool may_begin_part(const uint8_t *line, size_t length) {
    if (length < 3 || line[0] != '-' || line[1] != '-') return false;
    bool word = false;
    for (size_t i = 2; i < length; i++) {
        if (line[i] <= ' ') return false;
        word = word || g_ascii_isalnum((char)line[i]);
    }
    return word;
}

/* `length` is without the line end and blanks before it. */
static GuardFinding check_line(Scan *scan, const uint8_t *line, size_t length) {
    if (scan->header && length > 0) {
        size_t name = name_length(line, length);
        if (scan->main_block || name > 0 || line[0] == ' ' || line[0] == '\t') return check_header_line(scan, line, length, name);
        scan->header = false;
    } else if (scan->header) {
        bool message = scan->message;
        scan->header = scan->main_block = false;
        if (message) begin_block(scan);
        return (GuardFinding){0};
    }
    if (!scan->multipart || !may_begin_part(line, length)) return (GuardFinding){0};
    begin_block(scan);
    return over("boundary-lines", ++scan->boundaries, scan->config->boundary_lines);
}

GuardFinding guard_check(const Config *config, const uint8_t *raw, size_t length) {
    GuardFinding finding = over("message-bytes", (int64_t)length, config->message_bytes);
    Scan scan = {.config = config, .header = true, .main_block = true};
    const uint8_t *end = raw + length;
    for (const uint8_t *line = raw; finding.rule == NULL && line < end;) {
        const uint8_t *next = memchr(line, '\n', (size_t)(end - line));
        size_t full = (size_t)((next != NULL ? next : end) - line);
        size_t text = full;
        while (text > 0 && (line[text - 1] == '\r' || line[text - 1] == ' ' || line[text - 1] == '\t')) text--;
        finding = check_line(&scan, line, text);
        line = next != NULL ? next + 1 : end;
    }
    return finding;
}
