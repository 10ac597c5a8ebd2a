#include "publish/digest_flow.h"
#include "publish/digest_parts.h"

/* The plain digest: what a terminal, a braille line and a phone with a bad net show alike. Everything goes through digest_flow, so no value can begin a
 * quotation, a signature or an mbox line. */

static char *same(const char *text) { return g_strdup(text); }

static const DigestStyle plain = {DIGEST_TXT, same};

static char *flowed(char *text) {
    GString *out = g_string_sized_new(strlen(text) + 64);
    digest_flow(out, text);
    g_free(text);
    return g_string_free(out, FALSE);
}

static char *opening(const DigestMail *mail) { return flowed(digest_opening(&plain, mail)); }
static char *closing(const DigestMail *mail) { return flowed(digest_closing(&plain, mail)); }
static char *group_head(const DigestFrame *frame, const Group *group) { return flowed(digest_group(&plain, frame, group)); }
static char *thread_head(const DigestFrame *frame, const DigestEntry *first) { return flowed(digest_thread(&plain, frame, first)); }
static char *foot(const DigestFrame *frame, const DigestEntry *last) { return flowed(digest_foot(&plain, frame, last)); }

static void append_lines(GString *out, const DigestWords *words, const GPtrArray *piece) {
    for (guint i = 0; i < piece->len; i++) {
        const FoldLine *line = piece->pdata[i];
        if (line->kind == FOLD_TEXT) digest_flow(out, line->text);
        else if (line->kind == FOLD_QUOTE) digest_flow_quote(out, line->text);
        else if (line->kind == FOLD_BLANK) g_string_append_c(out, '\n');
        else {
            g_autofree char *folded = digest_folded(&plain, words, line);
            digest_flow(out, folded);
        }
    }
}

static GPtrArray *post_pieces(const DigestFrame *frame, const DigestEntry *entry, GBytes *raw G_GNUC_UNUSED) {
    GPtrArray *pieces = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *files = digest_files(&plain, frame, entry->post);
    g_autoptr(GPtrArray) folded = digest_fold(entry->post->subject, entry->post->text, DIGEST_PIECE_MOST);
    for (guint i = 0; i < folded->len; i++) {
        const GPtrArray *piece = folded->pdata[i];
        g_autofree char *head = digest_post_head(&plain, frame, entry, i == 0);
        GString *out = g_string_new(NULL);
        digest_flow(out, head);
        if (piece->len > 0) {
            g_string_append_c(out, '\n');
            append_lines(out, frame->words, piece);
        } else if (*files == '\0') {
            g_autofree char *none = digest_fill(frame->words, DIGEST_TXT, "no-text", NULL);
            digest_flow(out, none);
        }
        if (i + 1 == folded->len) digest_flow(out, files);
        g_ptr_array_add(pieces, g_string_free(out, FALSE));
    }
    return pieces;
}

const DigestWriter digest_writer_text = {
    .opening = opening, .group = group_head, .thread = thread_head, .foot = foot, .post = post_pieces, .closing = closing, .keyed = true};
