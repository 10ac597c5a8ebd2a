#include "message/text.h"
#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <stdbool.h>
#include "base/library.h"
#include "base/libraries.h"

/* The HTML of office mail as text, on the fly: libxml2's parser tells of tags and text as it meets them and no tree is
 * built, so memory does not grow with the mail and nothing recurses. What is written is bounded; when it is full the parser is
 * stopped. Quoted blocks get the `> ` of plain text, so that a digest can treat both alike. */

#define FUNCTIONS(of) \
    of(htmlCreateMemoryParserCtxt) of(htmlCtxtUseOptions) of(htmlFreeParserCtxt) of(htmlParseDocument) of(xmlStopParser) of(xmlSwitchEncoding)
static struct {
    FUNCTIONS(LIBRARY_POINTER)
} xml;
static const char *const names[] = {FUNCTIONS(LIBRARY_NAME) NULL};
static Library library = {.file = LIBRARY_XML2, .names = names, .functions = &xml};

enum { HTML_MOST = 8 << 20, TEXT_MOST = (1 << 20) + 64, LINK_LONGEST = 2000, LISTS_MOST = 8, QUOTES_MOST = 5, BREAKS_MOST = 20 };

typedef struct {
    GString *out;
    xmlParserCtxtPtr parser;
    int hidden;          /* open elements in and under a hidden one */
    int breaks;          /* line ends owed before the next word */
    bool blank;          /* a blank owed */
    int verbatim;        /* open <pre> */
    int quotes;          /* open <blockquote> */
    int quotes_before;   /* when the last word was written */
    int lists;           /* open lists; those above LISTS_MOST are not numbered */
    int number[LISTS_MOST]; /* of the last item; -1: not a numbered list */
    char *link;          /* where the open link leads */
    size_t link_from;    /* in out, where its words begin */
} Page;

/* How many line ends stand around an element. */
static const struct {
    const char *name;
    int breaks;
} blocks[] = {
    {"address", 1}, {"article", 2}, {"aside", 2}, {"blockquote", 2}, {"body", 1}, {"br", 0}, {"caption", 1}, {"center", 1},
    {"dd", 1}, {"div", 1}, {"dl", 2}, {"dt", 1}, {"fieldset", 2}, {"figure", 2}, {"footer", 2}, {"form", 2}, {"h1", 2},
    {"h2", 2}, {"h3", 2}, {"h4", 2}, {"h5", 2}, {"h6", 2}, {"header", 2}, {"hr", 2}, {"li", 1}, {"main", 2}, {"ol", 1},
    {"p", 2}, {"pre", 2}, {"section", 2}, {"table", 1}, {"tr", 1}, {"ul", 1},
};

static const char *const hidden_names[] = {"head",  "style", "script", "title", "template", "noframes", "object",
                                           "audio", "video", "svg",    "math",  "select",   "textarea", NULL};

static int breaks_around(const char *name) {
    for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++)
        if (strcmp(blocks[i].name, name) == 0) return blocks[i].breaks;
    return 0;
}

static const char *attribute(const xmlChar **attributes, const char *name) {
    for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
        if (g_ascii_strcasecmp((const char *)attributes[0], name) == 0) return attributes[1] ? (const char *)attributes[1] : "";
    return NULL;
}

static bool is_hidden(const char *name, const xmlChar **attributes) {
    if (g_strv_contains(hidden_names, name) || attribute(attributes, "hidden") != NULL) return true;
    const char *style = attribute(attributes, "style");
    if (style == NULL) return false;
    g_autoptr(GString) tight = g_string_new(NULL);
    for (const char *c = style; *c != '\0'; c++)
        if (!g_ascii_isspace(*c)) g_string_append_c(tight, g_ascii_tolower(*c));
    return strstr(tight->str, "display:none") != NULL || strstr(tight->str, "visibility:hidden") != NULL;
}

static void owe(Page *page, int breaks) { page->breaks = MAX(page->breaks, breaks); }

static void start_line(Page *page, int quotes) {
    for (int i = 0; i < MIN(quotes, QUOTES_MOST); i++) g_string_append(page->out, "> ");
}

/* Writes what is owed: line ends, or else a blank. An empty line between two depths of quoting belongs to the lower one. */
static void pay(Page *page) {
    if (page->out->len == 0) {
        start_line(page, page->quotes);
    } else if (page->breaks > 0) {
        for (; page->breaks > 1; page->breaks--) {
            g_string_append_c(page->out, '\n');
            start_line(page, MIN(page->quotes, page->quotes_before));
            if (g_str_has_suffix(page->out->str, " ")) g_string_truncate(page->out, page->out->len - 1);
        }
        g_string_append_c(page->out, '\n');
        start_line(page, page->quotes);
    } else if (page->blank) {
        g_string_append_c(page->out, ' ');
    }
    page->quotes_before = page->quotes;
    page->breaks = 0;
    page->blank = false;
}

static void write_text(Page *page, const char *text, size_t length) {
    const char *end = text + length;
    for (const char *c = text; c < end && page->out->len < TEXT_MOST;) {
        gunichar letter = g_utf8_get_char_validated(c, end - c);
        bool valid = letter != (gunichar)-1 && letter != (gunichar)-2;
        const char *next = valid ? c + g_utf8_skip[(uint8_t)*c] : c + 1;
        if (page->verbatim > 0 && letter == '\n') {
            page->breaks = MIN(page->breaks + 1, BREAKS_MOST);
        } else if (letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r' || letter == '\f' || letter == 0xA0) {
            if (page->verbatim > 0 && letter != '\r') {
                pay(page);
                g_string_append_c(page->out, letter == '\t' ? '\t' : ' ');
            } else {
                page->blank = true;
            }
        } else if (valid && letter != 0) {
            pay(page);
            g_string_append_len(page->out, c, next - c);
        }
        c = next;
    }
    if (page->out->len >= TEXT_MOST) xml.xmlStopParser(page->parser);
}

static void start_item(Page *page) {
    owe(page, 1);
    pay(page);
    int list = MIN(page->lists, LISTS_MOST) - 1;
    for (int i = 0; i < list; i++) g_string_append(page->out, "  ");
    if (list >= 0 && page->number[list] >= 0) g_string_append_printf(page->out, "%d. ", ++page->number[list]);
    else g_string_append(page->out, "• ");
}

/* Only what a person may follow, in one piece. */
static char *link_of(const xmlChar **attributes) {
    static const char *const schemes[] = {"http://", "https://", "mailto:", "ftp://", "tel:"};
    const char *target = attribute(attributes, "href");
    if (target == NULL || strlen(target) > LINK_LONGEST) return NULL;
    g_autofree char *link = g_strstrip(g_utf8_make_valid(target, -1));
    for (const char *c = link; *c != '\0'; c += g_utf8_skip[(uint8_t)*c])
        if (!g_unichar_isgraph(g_utf8_get_char(c)) || *c == '<' || *c == '>') return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (g_ascii_strncasecmp(link, schemes[i], strlen(schemes[i])) == 0) return g_steal_pointer(&link);
    return NULL;
}

/* A link whose words are its own address is not told twice. */
static void end_link(Page *page) {
    g_autofree char *link = g_steal_pointer(&page->link);
    if (link == NULL || page->out->len <= page->link_from) return;
    bool web = strstr(link, "://") != NULL; /* mailto: and tel: are not shown */
    const char *shown = web ? link : strchr(link, ':') + 1;
    g_autofree char *words = g_strstrip(g_strdup(page->out->str + page->link_from));
    g_autofree char *bare = g_strdup(web ? strstr(link, "://") + 3 : shown);
    if (g_str_has_suffix(bare, "/")) bare[strlen(bare) - 1] = '\0';
    if (strstr(words, bare) == NULL) g_string_append_printf(page->out, " <%s>", shown);
}

static void on_start(void *user, const xmlChar *tag, const xmlChar **attributes) {
    Page *page = user;
    const char *name = (const char *)tag;
    if (page->hidden > 0 || is_hidden(name, attributes)) {
        page->hidden++;
        return;
    }
    owe(page, breaks_around(name));
    if (strcmp(name, "br") == 0) page->breaks = MIN(page->breaks + 1, 2);
    if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0) page->blank = true;
    if (strcmp(name, "pre") == 0) page->verbatim++;
    if (strcmp(name, "blockquote") == 0) page->quotes++;
    if (strcmp(name, "ul") == 0 || strcmp(name, "ol") == 0) {
        if (page->lists < LISTS_MOST) page->number[page->lists] = name[0] == 'o' ? 0 : -1;
        page->lists++;
    }
    if (strcmp(name, "li") == 0) start_item(page);
    if (strcmp(name, "a") == 0) {
        g_free(page->link);
        page->link = link_of(attributes);
        page->link_from = page->out->len;
    }
    if (strcmp(name, "img") == 0) {
        const char *instead = attribute(attributes, "alt");
        if (instead != NULL) write_text(page, instead, strlen(instead));
    }
}

static void on_end(void *user, const xmlChar *tag) {
    Page *page = user;
    const char *name = (const char *)tag;
    if (page->hidden > 0) {
        page->hidden--;
        return;
    }
    if (strcmp(name, "a") == 0) end_link(page);
    owe(page, breaks_around(name));
    if (strcmp(name, "pre") == 0 && page->verbatim > 0) page->verbatim--;
    if (strcmp(name, "blockquote") == 0 && page->quotes > 0) page->quotes--;
    if ((strcmp(name, "ul") == 0 || strcmp(name, "ol") == 0) && page->lists > 0) page->lists--;
}

static void on_text(void *user, const xmlChar *text, int length) {
    Page *page = user;
    if (page->hidden == 0 && length > 0) write_text(page, (const char *)text, (size_t)length);
}

/* libxml2 complains to stderr unless told not to. */
static void on_complaint(void *user G_GNUC_UNUSED, const char *format G_GNUC_UNUSED, ...) {}

static bool begins(const char *at, const char *end, const char *word) {
    size_t length = strlen(word);
    return g_ascii_tolower(*at) == *word && (size_t)(end - at) >= length && g_ascii_strncasecmp(at, word, length) == 0;
}

/* No part is HTML where that word does not stand; in an encoded message in the message it is not seen, and that one's text is of no use to us. */
void text_load_for(const uint8_t *message, size_t length) {
    const char *end = (const char *)message + length;
    bool needed = false;
    for (const char *at = (const char *)message; at < end && !needed; at++) needed = begins(at, end, "html");
    if (needed) library_open(&library, NULL);
}

char *text_from_html(const char *utf8) {
    size_t length = MIN(strlen(utf8), HTML_MOST);
    if (length == 0) return g_strdup("");
    if (!library_open(&library, NULL)) return g_strdup(utf8); /* ugly, but all of it */
    xmlParserCtxtPtr parser = xml.htmlCreateMemoryParserCtxt(utf8, (int)length);
    if (parser == NULL) return g_strdup("");
    Page page = {.out = g_string_new(NULL), .parser = parser};
    htmlSAXHandler handler = {.startElement = on_start, .endElement = on_end, .characters = on_text, .cdataBlock = on_text,
                              .ignorableWhitespace = on_text, .error = on_complaint, .warning = on_complaint};
    htmlSAXHandlerPtr own = parser->sax;
    parser->sax = &handler;
    parser->userData = &page;
    xml.htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    xml.xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    xml.htmlParseDocument(parser);
    parser->sax = own;
    xml.htmlFreeParserCtxt(parser);
    g_free(page.link);
    g_autofree char *text = g_utf8_make_valid(page.out->str, (gssize)page.out->len);
    g_string_free(page.out, TRUE);
    return g_strdup(g_strchomp(text));
}
