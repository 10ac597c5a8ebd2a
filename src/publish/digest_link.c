#include "publish/digest_link.h"
#include "decide/quote.h"
#include "message/rewrite.h"
#include "message/text.h"

/* `+` is written %2B: a program that reads a link as a form would make it a blank. A link stands on one line of at most 900 octets, and & will take five of
 * them in HTML, so a long subject is cut, and a Message-ID that is too long to be one is left out; which thread is answered is told by the address. */

enum { SUBJECT_OCTETS_MOST = 420, ID_OCTETS_MOST = 220, LINK_MOST = 780 };

static char *escaped(const char *text) { return g_uri_escape_string(text, NULL, FALSE); }

/* As much of the subject as has room: never half a letter. */
static char *escaped_subject(const char *subject) {
    g_autoptr(GString) text = g_string_new("Re%3A%20");
    g_autofree char *line = text_one_line(subject, SUBJECT_OCTETS_MOST);
    for (const char *c = quote_subject(line), *next; *c != '\0'; c = next) {
        next = g_utf8_next_char(c);
        g_autofree char *letter = g_strndup(c, (gsize)(next - c)), *signs = escaped(letter);
        if (text->len + strlen(signs) > SUBJECT_OCTETS_MOST) {
            g_string_append(text, "%E2%80%A6");
            break;
        }
        g_string_append(text, signs);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *answer_to(const char *address, const Post *post) {
    g_autofree char *whom = g_uri_escape_string(address, "@", FALSE), *subject = escaped_subject(post->subject != NULL ? post->subject : "");
    GString *link = g_string_new(NULL);
    g_string_append_printf(link, "mailto:%s?subject=%s", whom, subject);
    g_autofree char *id = post->message_id != NULL ? text_one_line(post->message_id, ID_OCTETS_MOST) : NULL, *signs = id != NULL ? escaped(id) : NULL;
    bool is_id = id != NULL && *id != '\0' && strcmp(id, post->message_id) == 0 && strchr(id, ' ') == NULL && strlen(signs) <= ID_OCTETS_MOST;
    if (is_id && link->len + strlen("&amp;In-Reply-To=%3C%3E") + strlen(signs) <= LINK_MOST)
        g_string_append_printf(link, "&In-Reply-To=%%3C%s%%3E", signs);
    return g_string_free(link, FALSE);
}

char *digest_answer_address(const DigestFrame *frame, const DigestEntry *last) {
    return g_strdup_printf("%s-reply+%" G_GINT64_FORMAT "@%s", last->group->name, last->post->id, frame->config->domain);
}

char *digest_answer_link(const DigestFrame *frame, const DigestEntry *last) {
    g_autofree char *address = digest_answer_address(frame, last);
    return answer_to(address, last->post);
}

char *digest_author_link(const DigestFrame *frame G_GNUC_UNUSED, const DigestEntry *entry) {
    const char *address = entry->post->author_address;
    return address != NULL && *address != '\0' ? answer_to(address, entry->post) : NULL;
}

char *digest_mute_address(const DigestFrame *frame, const DigestEntry *last) {
    return g_strdup_printf("diktyo-mute+%" G_GINT64_FORMAT "-%c@%s", last->post->thread, DIGEST_KEY_MARK, frame->config->domain);
}

char *digest_mute_link(const DigestFrame *frame, const DigestEntry *last) {
    g_autofree char *subject = escaped(digest_word(frame->words, "mute-subject")), *body = escaped(digest_word(frame->words, "mute-body"));
    return g_strdup_printf("mailto:diktyo-mute%%2B%" G_GINT64_FORMAT "-%c@%s?subject=%s&body=%s", last->post->thread, DIGEST_KEY_MARK, frame->config->domain,
                           subject, body);
}

char *digest_get_subject(const DigestFrame *frame, const Post *post) {
    return g_strdup_printf("%s %" G_GINT64_FORMAT, digest_word(frame->words, "get-subject"), post->id);
}

char *digest_get_link(const DigestFrame *frame, const Post *post) {
    g_autofree char *subject = digest_get_subject(frame, post), *signs = escaped(subject);
    return g_strdup_printf("mailto:diktyo@%s?subject=%s", frame->config->domain, signs);
}

char *digest_plain_link(const char *address) {
    g_autofree char *whom = g_uri_escape_string(address, "@", FALSE);
    return g_strconcat("mailto:", whom, NULL);
}
