#include "publish/digest_html.h"
#include "digest_scene.h"
#include <libxml/parser.h>
#include <libxml/tree.h>

/* --- no element and no attribute that is not ours --- */

static const char *const elements[] = {"html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "h1", "h2", "h3", "ul", "li", "strong", "span", "a", "bdi", "blockquote", "br", "wbr", NULL};
static const char *const attributes[] = {"lang", "charset", "name", "content", "class", "style", "role", "width", "height", "cellpadding", "cellspacing", "border", "align", "dir", "href", "title", NULL};

static void check_attribute(const xmlAttr *attribute) {
    const char *name = (const char *)attribute->name, *value = attribute->children != NULL ? (const char *)attribute->children->content : "";
    if (!g_strv_contains(attributes, name)) fail_msg("attribute %s", name);
    if (strcmp(name, "href") == 0 && !g_str_has_prefix(value, "mailto:") && !g_str_has_prefix(value, "https://") && !g_str_has_prefix(value, "http://")) fail_msg("link %s", value);
    if (strcmp(name, "style") == 0 && strpbrk(value, "@\\<>(") != NULL) fail_msg("style %s", value);
}

static void check_node(const xmlNode *node, GString *text) {
    for (; node != NULL; node = node->next) {
        if (node->type == XML_TEXT_NODE) g_string_append(text, (const char *)node->content);
        if (node->type != XML_ELEMENT_NODE) continue;
        if (!g_strv_contains(elements, (const char *)node->name)) fail_msg("element %s", node->name);
        for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) check_attribute(attribute);
        if (strcmp((const char *)node->name, "style") != 0) check_node(node->children, text);
    }
}

/* What is shown. The templates are well-formed XML, so any < or & of a mail that came through would not parse, or show here. */
static char *shown_by(const char *html) {
    GString *text = g_string_new(NULL);
    g_autofree char *copy = g_strdelimit(g_strdup(html), "\x01", 'k');
    xmlDoc *document = xmlReadMemory(copy, (int)strlen(copy), NULL, "UTF-8", XML_PARSE_NONET);
    if (document == NULL) fail_msg("not well-formed:\n%s", html);
    check_node(xmlDocGetRootElement(document), text);
    xmlFreeDoc(document);
    return g_string_free(text, FALSE);
}

static char *page_of(const Scene *scenes, size_t count, bool english) {
    DigestEntry entries[SCENE_MOST];
    set_scene(scenes, count, entries);
    return body_of(&digest_writer_html, frame_in(english), entries, count, NULL);
}

static void the_first_screen_says_what_is_inside(void **state) {
    (void)state;
    static const Scene scenes[] = {{0, 1, 1, 0, "Κάδοι", "Καλημέρα.\n\n> Πότε;\nΑύριο.\n-- \nΜαρία\n"}, {0, 1, 2, 1, "Re: Κάδοι", "Ναι."}, {1, 3, 3, 0, "Εμβόλια", "α"}};
    g_autofree char *greek = page_of(scenes, 3, false), *english = page_of(scenes, 3, true), *shown = shown_by(greek), *other = shown_by(english);
    static const char *const parts[] = {"<!DOCTYPE html>\n<html lang=\"el\">", "<title>Σύνοψη Τρίτης 24 Νοεμβρίου — 2 ομάδες, 3 μηνύματα</title>", "<strong>2 ομάδες · 2 συζητήσεις · 3 μηνύματα</strong>",
                                        "name=\"color-scheme\"", "max-width:640px", "Απάντηση στη συζήτηση</a>", "Σίγαση της συζήτησης</a>", "Μόνο στον αποστολέα: <bdi>Μαρία Παππά</bdi></a>",
                                        "href=\"mailto:environment-reply%2B2@groups.example.gr?subject=Re%3A%20%CE%9A", "&amp;In-Reply-To=%3Ck1%40dimos.example.gr%3E\"",
                                        "href=\"mailto:diktyo-mute%2B1-\x01@groups.example.gr?subject=", "[…] 1 γραμμή υπογραφής</p>", ">Πότε;</blockquote>"};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) assert_has(greek, parts[i]);
    assert_has(english, "<html lang=\"en\">");
    assert_has(english, "<strong>2 groups · 2 threads · 3 messages</strong>");
    assert_has(english, "Answer the thread</a>");
    assert_true(strstr(shown, "Περιεχόμενα") < strstr(shown, "Καλημέρα.") && strstr(other, "Contents") < strstr(other, "Καλημέρα."));
}

static const char hostile[] = "\"><script>alert('ξ')</script><img src=x onerror=alert(1)>&lt;&#60;</td>{{text}}]]>--><!--\x01\u202e\u2066\x07";
static const char hostile_shown[] = "\"><script>alert('ξ')</script><img src=x onerror=alert(1)>&lt;&#60;</td>{{text}}]]>--><!--";

static void every_field_of_a_mail_is_only_text(void **state) {
    (void)state;
    DigestEntry entry;
    g_autofree char *text = g_strdup_printf("%s\n> %s\njavascript:alert(1) https://evil.example/\"onmouseover=\"x http://a.example/?q=<b>&c='d' https://\n", hostile, hostile);
    const Scene scene = {0, 1, 1, 0, hostile, text};
    set_scene(&scene, 1, &entry);
    entry.topic = "άλλο";
    Attachment file = {writable(hostile), writable("x/y"), 5};
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    g_ptr_array_add(files, &file);
    scene_posts[0].attachments = files;
    scene_posts[0].author_name = writable(hostile);
    scene_posts[0].author_address = writable("\"><b>@x.gr");
    scene_posts[0].message_id = writable("\"><b>&x=y@x.gr");
    scene_groups[0].title = writable(hostile);
    g_autofree char *html = body_of(&digest_writer_html, frame_in(false), &entry, 1, NULL), *shown = shown_by(html);
    size_t seen = 0;
    for (const char *c = shown; (c = strstr(c, "alert('ξ')")) != NULL; c++) seen++;
    assert_int_equal(seen, 9); /* group in contents, head and closing; author at the post and below; subject; text; quotation; file */
    assert_has(shown, hostile_shown);
    assert_lacks(html, "<script");
    assert_lacks(html, "\u202e");
    assert_lacks(html, "javascript:alert(1)\"");
    assert_has(html, "<a href=\"https://evil.example/\"");
    assert_has(html, "<a href=\"http://a.example/?q=\"");
    size_t marks = 0;
    for (const char *c = html; (c = strchr(c, DIGEST_KEY_MARK)) != NULL; c++) marks++;
    assert_int_equal(marks, 1);
}

static char *linked(const char *text) {
    GString *out = g_string_new(NULL);
    digest_html_linked(out, frame_in(false)->words, text);
    g_string_replace(out, " style=\"color:#0b57a4;text-decoration:underline\"", "", 0);
    return g_string_free(out, FALSE);
}

static void addresses_of_the_web_become_links_and_nothing_else(void **state) {
    (void)state;
#define LINK(address) "<a href=\"" address "\">" address "</a>"
    static const char *const cases[][2] = {
        {"Δείτε https://x.gr/α?b=1&c=2.", "Δείτε <a href=\"https://x.gr/α?b=1&amp;c=2\">https://x.gr/α?b=1&amp;c=2</a>."},
        {"(http://x.gr/a_(b)), ναι", "(" LINK("http://x.gr/a_(b)") "), ναι"},
        {"«HTTPS://X.GR»;", "«" LINK("HTTPS://X.GR") "»;"},
        {"<https://x.gr/>", "&lt;" LINK("https://x.gr/") "&gt;"},
        {"xhttp://x.gr ftp://x.gr javascript:x data:text/html,x http:// https:///x http://.", "xhttp://x.gr ftp://x.gr javascript:x data:text/html,x http:// https:///x http://."},
        {"α & β < γ > δ \"ε\" 'ζ'", "α &amp; β &lt; γ &gt; δ &quot;ε&quot; &#39;ζ&#39;"},
        {"https://x.gr/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/",
         "<a href=\"https://x.gr/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/\">https://x.gr/0123456789/0123456789/0123456789/0123456789/012345…</a>"},
    };
#undef LINK
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *found = linked(cases[i][0]);
        if (strcmp(found, cases[i][1]) != 0) fail_msg("%s\nbecame %s\nnot    %s", cases[i][0], found, cases[i][1]);
    }
    g_autofree char *path = g_strnfill(2000, 'a'), *endless = g_strconcat("https://x.gr/", path, NULL), *found = linked(endless);
    assert_string_equal(found, endless);
}

static void lines_are_short_whatever_comes(void **state) {
    (void)state;
    g_autoptr(GString) text = g_string_new(NULL), wanted = g_string_new(NULL);
    for (int i = 0; i < 3000; i++) g_string_append(text, i % 3 == 0 ? "&" : i % 3 == 1 ? "😀" : "\"");
    g_string_append(text, "\n\n");
    for (int i = 0; i < 400; i++) g_string_append(text, "https://x.gr/a/b/c και <άλλο> ");
    g_string_append(text, "\n\nhttps://x.gr/?q=");
    for (int i = 0; i < 700; i++) g_string_append(text, "a");
    for (int i = 0; i < 3000; i++) g_string_append(wanted, i % 3 == 0 ? "&" : i % 3 == 1 ? "😀" : "\"");
    const Scene scene = {0, 1, 1, 0, text->str, text->str};
    g_autofree char *html = page_of(&scene, 1, false), *shown = shown_by(html);
    assert_short_lines(html, 900);
    assert_true(g_utf8_validate(html, -1, NULL));
    assert_has(html, "<wbr\n/>");
    assert_has(html, "href=\"https://x.gr/?q=aaaa");
    assert_has(shown, "https://x.gr/a/b/c και <άλλο>");
}

static void what_is_indented_or_quoted_looks_so(void **state) {
    (void)state;
    static const Scene scenes[] = {{0, 1, 1, 0, "Κάδοι", "  εσοχή\n> α\n> <β>\nγ\n"}};
    g_autofree char *html = page_of(scenes, 1, false);
    assert_has(html, ">&#160;&#160;εσοχή</p>");
    assert_has(html, ">α<br/>\n&lt;β&gt;</blockquote>");
    assert_has(html, ">γ</p>");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_screen_says_what_is_inside),
        cmocka_unit_test(every_field_of_a_mail_is_only_text),
        cmocka_unit_test(addresses_of_the_web_become_links_and_nothing_else),
        cmocka_unit_test(lines_are_short_whatever_comes),
        cmocka_unit_test(what_is_indented_or_quoted_looks_so),
    };
    return cmocka_run_group_tests(tests, NULL, clear_scene);
}
