#include "publish/digest_html.h"
#include "publish/digest_parts.h"

/* What Gmail and Outlook leave of a mail is tables with styles of their own in them, so that is all there is: a <style> for dark screens may go. Each piece is
 * whole rows of the one table that the opening begins and the closing ends. */

enum { LINK_MOST = 780, SHOWN_MOST = 64, SIGNS_MOST = 16, LINE_MOST = 860 };

/* --- values --- */

static void append_escaped(GString *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '&') g_string_append(out, "&amp;");
        else if (text[i] == '<') g_string_append(out, "&lt;");
        else if (text[i] == '>') g_string_append(out, "&gt;");
        else if (text[i] == '"') g_string_append(out, "&quot;");
        else if (text[i] == '\'') g_string_append(out, "&#39;");
        else g_string_append_c(out, text[i]);
    }
}

char *digest_html_value(const char *text) {
    GString *out = g_string_sized_new(strlen(text) + 16);
    append_escaped(out, text, strlen(text));
    return g_string_free(out, FALSE);
}

static bool ends_address(gunichar letter) { return g_unichar_isspace(letter) || letter == '<' || letter == '>' || letter == '"' || letter == '`'; }

/* What stands behind an address in a sentence and is hardly ever of it; a bracket is when it was opened in it. */
static bool is_sentence(const char *address, const char *last) {
    static const char *const signs[] = {".", ",", ";", ":", "!", "?", "'", "*", "_", "»", "”", "’", "·", "…", "]", "}", NULL};
    int open = 0;
    for (const char *c = address; *last == ')' && c <= last; c++) open += (*c == '(') - (*c == ')');
    if (*last == ')') return open < 0;
    for (int i = 0; signs[i] != NULL; i++)
        if (g_str_has_prefix(last, signs[i])) return true;
    return false;
}

/* How many octets from `text` on are an address of the web; 0: none begins here. */
static size_t address_length(const char *text) {
    size_t scheme = g_ascii_strncasecmp(text, "https://", 8) == 0 ? 8 : g_ascii_strncasecmp(text, "http://", 7) == 0 ? 7 : 0;
    const char *end = text + scheme;
    if (scheme == 0) return 0;
    while (*end != '\0' && !ends_address(g_utf8_get_char(end))) end = g_utf8_next_char(end);
    for (int signs = 0; signs < SIGNS_MOST && end > text + scheme && is_sentence(text, g_utf8_prev_char(end)); signs++) end = g_utf8_prev_char(end);
    bool host = end > text + scheme && strchr("/?#", text[scheme]) == NULL;
    return host ? (size_t)(end - text) : 0;
}

static void append_link(GString *out, const DigestWords *words, const char *address, size_t length) {
    g_autofree char *whole = g_strndup(address, length), *link = digest_html_value(whole), *shown = g_strdup(whole);
    if (strlen(link) > LINK_MOST) {
        g_string_append(out, link);
        return;
    }
    if (g_utf8_strlen(whole, -1) > SHOWN_MOST) {
        g_autofree char *first = g_utf8_substring(whole, 0, SHOWN_MOST - 1);
        g_free(shown);
        shown = g_strconcat(first, "…", NULL);
    }
    g_autofree char *text = digest_html_value(shown), *made = g_strchomp(digest_fill(words, DIGEST_HTML, "link", "link", link, "text", text, NULL));
    g_string_append(out, made);
}

void digest_html_linked(GString *out, const DigestWords *words, const char *text) {
    bool in_word = false;
    for (const char *c = text; *c != '\0';) {
        size_t length = in_word ? 0 : address_length(c);
        if (length > 0) append_link(out, words, c, length);
        if (length == 0) {
            length = (size_t)(g_utf8_next_char(c) - c);
            append_escaped(out, c, length);
        }
        in_word = g_unichar_isalnum(g_utf8_get_char(c));
        c += length;
    }
}

/* --- lines --- */

typedef struct {
    bool tag, entity;
    char quote; /* 0: in none */
} Place;

static void step(Place *place, char letter) {
    if (place->tag && place->quote != '\0') place->quote = letter == place->quote ? '\0' : place->quote;
    else if (place->tag && (letter == '"' || letter == '\'')) place->quote = letter;
    else if (letter == '<') place->tag = true;
    else if (letter == '>') place->tag = false;
    else if (letter == '&') place->entity = true;
    else if (letter == ';') place->entity = false;
}

void digest_html_break(GString *out, const char *html) {
    Place place = {0};
    size_t start = out->len, blank = 0; /* blank: behind the last one where a line may end */
    for (const char *c = html; *c != '\0'; c++) {
        bool letter = ((unsigned char)*c & 0xC0) != 0x80, between = !place.tag && !place.entity && letter && *c != '\n';
        if (out->len - start >= LINE_MOST && blank > start) {
            out->str[blank - 1] = '\n';
            start = blank;
        } else if (out->len - start >= LINE_MOST && between) {
            g_string_append(out, "<wbr\n/>");
            start = out->len - 2;
        }
        g_string_append_c(out, *c);
        if (*c == '\n') start = out->len;
        if (*c == ' ' && place.quote == '\0') blank = out->len;
        step(&place, *c);
    }
}

static char *broken(char *html) {
    GString *out = g_string_sized_new(strlen(html) + 64);
    digest_html_break(out, html);
    g_free(html);
    return g_string_free(out, FALSE);
}

/* --- the writer --- */

static const DigestStyle style = {DIGEST_HTML, digest_html_value};

static char *opening(const DigestMail *mail) { return broken(digest_opening(&style, mail)); }
static char *closing(const DigestMail *mail) { return broken(digest_closing(&style, mail)); }
static char *group_head(const DigestFrame *frame, const Group *group) { return broken(digest_group(&style, frame, group)); }
static char *thread_head(const DigestFrame *frame, const DigestEntry *first) { return broken(digest_thread(&style, frame, first)); }
static char *foot(const DigestFrame *frame, const DigestEntry *last) { return broken(digest_foot(&style, frame, last)); }

/* The lines of one paragraph, or of one quotation, from `at` on; returns where it ends. A paragraph beyond 8 kB is broken into several. */
static guint append_block(GString *out, const DigestWords *words, const GPtrArray *piece, guint at) {
    FoldKind kind = ((const FoldLine *)piece->pdata[at])->kind;
    g_autoptr(GString) text = g_string_new(NULL);
    guint i = at;
    for (; i < piece->len && text->len < 8192; i++) {
        const FoldLine *line = piece->pdata[i];
        if (line->kind != kind) break;
        if (i > at) g_string_append(text, "<br/>\n");
        size_t indent = strspn(line->text, " ");
        for (size_t j = 0; j < MIN(indent, 16); j++) g_string_append(text, "&#160;");
        digest_html_linked(text, words, line->text + indent);
    }
    g_autofree char *block = digest_fill(words, DIGEST_HTML, kind == FOLD_QUOTE ? "quote" : "paragraph", "text", text->str, NULL);
    g_string_append(out, block);
    return i;
}

static void append_piece(GString *out, const DigestWords *words, const GPtrArray *piece) {
    for (guint i = 0; i < piece->len;) {
        const FoldLine *line = piece->pdata[i];
        if (line->kind == FOLD_TEXT || line->kind == FOLD_QUOTE) {
            i = append_block(out, words, piece, i);
            continue;
        }
        if (line->kind != FOLD_BLANK) {
            g_autofree char *folded = digest_folded(&style, words, line);
            g_string_append(out, folded);
        }
        i++;
    }
}

static GPtrArray *post_pieces(const DigestFrame *frame, const DigestEntry *entry, GBytes *raw G_GNUC_UNUSED) {
    GPtrArray *pieces = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *files = digest_files(&style, frame, entry->post);
    g_autoptr(GPtrArray) folded = digest_fold(entry->post->subject, entry->post->text, DIGEST_PIECE_MOST);
    for (guint i = 0; i < folded->len; i++) {
        const GPtrArray *piece = folded->pdata[i];
        g_autoptr(GString) text = g_string_new(NULL), out = g_string_new(NULL);
        append_piece(text, frame->words, piece);
        if (piece->len == 0 && *files == '\0') {
            g_autofree char *none = digest_fill(frame->words, DIGEST_HTML, "no-text", NULL);
            g_string_append(text, none);
        }
        if (i + 1 == folded->len) g_string_append(text, files);
        g_autofree char *head = digest_post_head(&style, frame, entry, i == 0);
        g_string_assign(out, head);
        g_autofree char *body = digest_fill(frame->words, DIGEST_HTML, "text", "text", text->str, NULL);
        g_string_append(out, body);
        g_ptr_array_add(pieces, broken(g_string_free(g_steal_pointer(&out), FALSE)));
    }
    return pieces;
}

const DigestWriter digest_writer_html = {
    .opening = opening, .group = group_head, .thread = thread_head, .foot = foot, .post = post_pieces, .closing = closing, .keyed = true};
