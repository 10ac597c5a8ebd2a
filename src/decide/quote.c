#include "decide/quote.h"

/* What a person answers stands above (or below) what a program copied in. Programs mark their copies in few ways, but wrap
 * them and translate them, so the marks are
 * looked for in the folded line. When in doubt a line is the author's own: a line too much makes us ask again, a line too
 * little could turn
 * a «Όχι» into silence. So the lines after a `>` block are own again, and a footer counts as one only where it is plain
 * that it is. */

enum { LINE_LONGEST = 1000, HEADER_LINES = 5, ATTRIBUTION_LINES = 3, FOOTER_LINES = 4, PHONE_LINE_LONGEST = 120 };

static const char *const banners[] = {"original message", "αρχικο μηνυμα", "original appointment", "reply message", "απαντηση μηνυματοσ", NULL};
static const char *const forward_banners[] = {"forwarded message", "προωθημενο μηνυμα", "προωθηθεν μηνυμα", "μηνυμα που προωθηθηκε",
                                              "προωθουμενο μηνυμα", NULL};
static const char *const apple_banners[] = {"begin forwarded message", "αρχη προωθημενου μηνυματοσ",
                                            "εναρξη προωθημενου μηνυματοσ", NULL};
static const char *const header_firsts[] = {"απο:", "from:", "αποστολεασ:", NULL};
static const char *const header_others[] = {"σταλθηκε:", "sent:", "ημερομηνια:", "date:", "προσ:", "to:", "θεμα:",
                                            "subject:", "κοιν:", "κοιν.:", "cc:",
                                                  "εσταλη:", "αποστολη:", "απεσταλμενα:", "ημ/νια:", NULL};
static const char *const attributions[] = {"εγραψε:", "wrote:", "εγραψαν:", "γραφει:", "writes:", "εγραψε :", "wrote :",
                                           NULL};
static const char *const attribution_starts[] = {"στισ ", "στη ", "στην ", "στο ", "τη ", "την ", "το ", "on ", "at ", "ο χρηστησ ", "ο/η ", "am ",
                                                 "le ", NULL};
static const char *const phones[] = {"σταλθηκε απο ", "sent from ", "εσταλη απο ", "αποστολη απο ", "απεσταλη απο ",
                                     "απεσταλμενο απο ", "get outlook for ", "ληψη του outlook",
                                     "κατεβαστε το outlook", "αποκτηστε το outlook", "download outlook", "sent via ",
                                     "sent with ", "στελνεται απο ", NULL};
static const char *const devices[] = {"phone", "ipad", "samsung", "galaxy", "android", "huawei", "xiaomi", "redmi",
                                      "outlook", "yahoo", "mail", "αλληλογραφια", "κινητο", "συσκευη",
                                      "windows", "τηλεφωνο", "blackberry", "proton", "tablet", "ταμπλετ", "nokia", "honor",
                                      NULL};
static const char *const footers[] = {"το παρον ", "το μηνυμα αυτο", "αυτο το μηνυμα", "το περιεχομενο ", "οι πληροφοριεσ ",
                                      "η πληροφορια ", "αποποιηση", "δηλωση ", "εμπιστευτικοτητα",
                                      "this e-mail", "this email", "this message", "the information ", "the contents ",
                                      "confidential", "disclaimer", "σκεφτειτε ",
                                      "παρακαλω σκεφτειτε ", "παρακαλουμε σκεφτειτε ", "please consider ", "προστατεψτε ",
                                      "πριν εκτυπωσετε", "before printing", "p please ", "σημειωση:", "αν λαβατε ",
                                      "εαν λαβατε ", "if you ", NULL};
static const char *const footer_signs[] = {"εμπιστευτικ", "confidential", "απορρητ", "privileged", "αποδεκτ", "λαβατε ",
                                           "recipient", "received this", "εκτυπω", "print",
                                           "προοριζεται", "intended ", "ιουσ ", "viruses", "disclaimer", "αποποιηση", NULL};

static const char *prefix_of(const char *text, const char *const *list) {
    for (; *list != NULL; list++)
        if (g_str_has_prefix(text, *list)) return *list;
    return NULL;
}

static bool contains(const char *text, const char *const *list) {
    for (; *list != NULL; list++)
        if (g_strstr_len(text, LINE_LONGEST, *list) != NULL) return true;
    return false;
}

/* Past what HTML made bold and programs indent with. */
static const char *bare(const CommandLine *line) { return line->folded + strspn(line->folded, "*_ \t"); }

static bool is_blank(const CommandLine *line) { return *line->folded == '\0'; }

static bool is_quoted(const CommandLine *line) { return line->folded[strspn(line->folded, " \t")] == '>'; }

/* `-- `; its blank is often lost. */
static bool is_signature_mark(const CommandLine *line) { return strcmp(line->folded, "--") == 0 || strcmp(line->folded, "—") == 0; }

static bool is_rule(const CommandLine *line) {
    size_t length = strspn(line->folded, "_");
    return length >= 10 && line->folded[length] == '\0';
}

static bool is_banner(const CommandLine *line) {
    const char *folded = bare(line);
    return g_str_has_prefix(folded, "--") && contains(folded, banners);
}

static bool is_forward_banner(const CommandLine *line) {
    const char *folded = bare(line);
    return (g_str_has_prefix(folded, "--") && contains(folded, forward_banners)) || prefix_of(folded, apple_banners) != NULL;
}

/* Από: … Στάλθηκε: … on one line, or one below the other. «Από:» alone begins many a sentence. */
static bool is_header(const CommandLine *lines, size_t count, size_t at) {
    const char *folded = bare(&lines[at]);
    const char *first = prefix_of(folded, header_firsts);
    if (first == NULL) return false;
    if (contains(folded + strlen(first), header_others)) return true;
    for (size_t i = at + 1, seen = 0; i < count && i < at + 2 * HEADER_LINES && seen < HEADER_LINES; i++) {
        if (is_blank(&lines[i])) continue;
        if (prefix_of(bare(&lines[i]), header_others) != NULL) return true;
        seen++;
    }
    return false;
}

/* `… έγραψε:`, and what older Gmail writes: `2026-11-23 10:00 GMT+02:00 M <m@x.gr>:`. */
static bool ends_attribution(const CommandLine *line) {
    size_t length = strlen(line->folded);
    if (length == 0 || length > LINE_LONGEST || line->folded[length - 1] != ':') return false;
    for (const char *const *ending = attributions; *ending != NULL; ending++)
        if (g_str_has_suffix(line->folded, *ending)) return true;
    return g_str_has_suffix(line->folded, ">:") && g_ascii_isdigit(*bare(line)) && strchr(line->folded, '@') != NULL;
}

/* Whether an attribution ends here, and its first line: the nearest, from here up in the paragraph, that begins with a
 * date. One without a date may be
 * the author telling what another wrote. */
static bool is_attribution(const CommandLine *lines, size_t at, size_t *start) {
    if (!ends_attribution(&lines[at])) return false;
    for (size_t i = at;; i--) {
        const char *folded = bare(&lines[i]);
        bool tells = strpbrk(folded, "0123456789@") != NULL;
        *start = i;
        if (tells && (prefix_of(folded, attribution_starts) != NULL || g_ascii_isdigit(*folded))) return true;
        if (i == 0 || at - i + 1 >= ATTRIBUTION_LINES || is_blank(&lines[i - 1]) || is_quoted(&lines[i - 1])) return false;
    }
}

/* «Στάλθηκε από το iPhone μου», and not «Στάλθηκε από λάθος». */
static bool is_phone_line(const CommandLine *line) {
    return strlen(line->folded) <= PHONE_LINE_LONGEST && prefix_of(bare(line), phones) != NULL &&
           contains(line->folded, devices) &&
           strpbrk(line->folded, ":?;") == NULL;
}

/* Legal text and «πριν εκτυπώσετε»: begins a paragraph below something else, and says within a few lines what it is. */
static bool is_footer(const CommandLine *lines, size_t count, size_t at, bool wrote) {
    if (!wrote || at == 0 || !is_blank(&lines[at - 1]) || prefix_of(bare(&lines[at]), footers) == NULL) return false;
    for (size_t i = at; i < count && i < at + FOOTER_LINES && !is_blank(&lines[i]); i++)
        if (contains(lines[i].folded, footer_signs)) return true;
    return false;
}

/* Whether a `>` block follows, after which the author may go on. */
static bool block_follows(const CommandLine *lines, size_t count, size_t at) {
    while (at < count && is_blank(&lines[at])) at++;
    return at < count && is_quoted(&lines[at]);
}

bool quote_is_torn(const CommandLine *lines, size_t count, size_t at) {
    return at > 0 && at + 1 < count && !is_blank(&lines[at]) && !is_quoted(&lines[at]) && is_quoted(&lines[at - 1]) &&
           is_quoted(&lines[at + 1]);
}

/* What begins here and lasts; QUOTE_OWN: nothing does. */
static QuoteKind beginning(const CommandLine *lines, size_t count, size_t at) {
    if (is_signature_mark(&lines[at])) return QUOTE_SIGNATURE;
    if (is_forward_banner(&lines[at])) return QUOTE_FORWARDED;
    return is_banner(&lines[at]) || is_header(lines, count, at) ? QUOTE_HISTORY : QUOTE_OWN;
}

/* What a line is of itself, where nothing lasts from above. */
static QuoteKind single(const CommandLine *lines, size_t count, size_t at) {
    if (is_blank(&lines[at])) return QUOTE_BLANK;
    if (is_quoted(&lines[at])) return QUOTE_QUOTED;
    if (quote_is_torn(lines, count, at)) return QUOTE_TORN;
    if (is_phone_line(&lines[at])) return QUOTE_PHONE;
    return is_rule(&lines[at]) ? QUOTE_RULE : QUOTE_OWN;
}

void quote_kinds(const CommandLine *lines, size_t count, QuoteKind *kinds) {
    QuoteKind lasting = QUOTE_OWN;
    bool wrote = false, footer = false;
    for (size_t i = 0; i < count; i++) {
        kinds[i] = single(lines, count, i);
        if (kinds[i] == QUOTE_BLANK) footer = false;
        if (kinds[i] == QUOTE_BLANK) continue;
        if (lasting == QUOTE_HISTORY || lasting == QUOTE_FORWARDED) kinds[i] = lasting;
        if (kinds[i] == QUOTE_QUOTED) lasting = QUOTE_OWN;
        if (kinds[i] != QUOTE_OWN) continue;
        QuoteKind begins = beginning(lines, count, i);
        size_t start = i;
        if (begins == QUOTE_OWN && is_attribution(lines, i, &start)) {
            bool above = block_follows(lines, count, i + 1);
            if (!above) lasting = QUOTE_HISTORY;
            for (size_t k = start; k <= i; k++) kinds[k] = above ? QUOTE_ATTRIBUTION : QUOTE_HISTORY;
            continue;
        }
        if (begins != QUOTE_OWN) lasting = begins;
        footer = footer || (lasting == QUOTE_OWN && is_footer(lines, count, i, wrote));
        kinds[i] = footer && lasting == QUOTE_OWN ? QUOTE_FOOTER : lasting;
        wrote = wrote || kinds[i] == QUOTE_OWN;
    }
}

void quote_mark(const CommandLine *lines, size_t count, bool *own) {
    g_autofree QuoteKind *kinds = g_new(QuoteKind, count + 1);
    quote_kinds(lines, count, kinds);
    bool over = false;
    for (size_t i = 0; i < count; i++) {
        QuoteKind kind = kinds[i];
        over = over || kind == QUOTE_HISTORY || kind == QUOTE_FORWARDED || kind == QUOTE_SIGNATURE || kind == QUOTE_RULE || kind == QUOTE_FOOTER;
        own[i] = !over && kind == QUOTE_OWN;
    }
}

/* --- subjects --- */

static const char *const forwards[] = {"fw", "fwd", "πρθ", "προωθ", "προωθηση", "wg", "tr", "rv", NULL};
static const char *const replies[] = {"re", "απ", "σχετ", "απαντηση", "aw", "sv", "απαντ", "σχ", "auto", NULL};

/* Past a prefix, which is of `forwards` or of `replies`; NULL: there is none. */
static const char *past_prefix(const char *subject, bool *forward) {
    const char *colon = strchr(subject, ':');
    if (colon == NULL || colon - subject > 40) return NULL;
    g_autofree char *head = g_strndup(subject, (size_t)(colon - subject));
    g_autofree char *decomposed = g_utf8_normalize(head, -1, G_NORMALIZE_NFD);
    if (decomposed == NULL) return NULL;
    g_autoptr(GString) letters = g_string_new(NULL);
    for (const char *c = decomposed; *c != '\0'; c = g_utf8_next_char(c))
        if (g_unichar_isalpha(g_utf8_get_char(c))) g_string_append_unichar(letters, g_utf8_get_char(c));
        else if (letters->len > 0 && *c == ' ' && c[1] != '\0' && g_unichar_isalpha(g_utf8_get_char(c + 1))) return NULL;
    g_autofree char *folded = g_utf8_casefold(letters->str, -1);
    *forward = g_strv_contains(forwards, folded);
    return *forward || g_strv_contains(replies, folded) ? colon + 1 : NULL;
}

static const char *past_blanks(const char *text) {
    while (*text != '\0' && (g_ascii_isspace(*text) || g_str_has_prefix(text, "\u00a0"))) text = g_utf8_next_char(text);
    return text;
}

bool quote_is_forward(const char *subject) {
    bool forward;
    return past_prefix(past_blanks(subject), &forward) != NULL && forward;
}

const char *quote_subject(const char *subject) {
    bool forward;
    for (const char *next = subject; next != NULL; next = past_prefix(subject, &forward)) subject = past_blanks(next);
    return subject;
}
