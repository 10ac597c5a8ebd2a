#include "publish/digest_parts.h"
#include "decide/quote.h"
#include "message/rewrite.h"
#include "message/text.h"
#include "publish/digest_link.h"

/* One place for both, so that no reader of one form misses what the other says. Values of the mail are put on one line, without what turns or hides text, before
 * a style writes them; what a section made is no value any more. */

enum { NAME_MOST = 80, SUBJECT_MOST = 200, FILES_MOST = 20 };

/* Ends the text of a section that stands on a line of another. */
static char *inner(char *text) {
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\n') text[length - 1] = '\0';
    return text;
}

static char *value(const DigestStyle *style, const char *text, size_t most) {
    g_autofree char *line = text_one_line(text != NULL ? text : "", most);
    return style->value(line);
}

char *digest_author_of(const Post *post) {
    g_autofree char *name = text_one_line(post->author_name != NULL ? post->author_name : "", NAME_MOST);
    if (*name != '\0') return g_steal_pointer(&name);
    return text_one_line(post->author_address != NULL ? post->author_address : "", NAME_MOST);
}

/* A subject without Re: and without the group's own mark, as often as programs have put them there. Borrowed. */
static const char *bare(const Group *group, const char *subject) {
    const char *tag = group->subject_tag;
    for (const char *next = quote_subject(subject);; subject = next) {
        bool tagged = tag != NULL && *tag != '\0' && g_str_has_prefix(next, tag);
        if (tagged) next = quote_subject(next + strlen(tag));
        if (next == subject || !tagged) return next;
    }
}

/* What the thread is called. */
static char *topic(const DigestStyle *style, const DigestWords *words, const DigestEntry *entry) {
    const char *subject = entry->topic != NULL ? entry->topic : entry->post->subject;
    g_autofree char *line = text_one_line(bare(entry->group, subject != NULL ? subject : ""), SUBJECT_MOST);
    return style->value(*line != '\0' ? line : digest_word(words, "no-subject"));
}

/* --- what is one reader's own --- */

static char *contents_of_group(const DigestStyle *style, const DigestWords *words, const DigestEntry *entries, size_t count) {
    DigestNumbers numbers = digest_numbers(entries, count);
    g_autoptr(GString) lines = g_string_new(NULL);
    for (size_t i = 0, run; i < count; i += run) {
        run = digest_thread_run(entries + i, count - i);
        g_autofree char *subject = topic(style, words, &entries[i]), *posts = digest_counted(words, run, "message");
        g_autofree char *line = digest_fill(words, style->file, run == 1 ? "contents-single" : "contents-thread", "subject", subject, "posts", posts, NULL);
        g_string_append(lines, line);
    }
    g_autofree char *threads = digest_counted(words, numbers.threads, "thread"), *posts = digest_counted(words, numbers.posts, "message");
    g_autofree char *title = value(style, entries->group->title, NAME_MOST);
    return digest_fill(words, style->file, "contents-group", "group_title", title, "threads", threads, "posts", posts, "lines", inner(lines->str), NULL);
}

/* The first part tells of all, a later one of what is in it. */
static char *contents(const DigestStyle *style, const DigestMail *mail) {
    size_t from = mail->part <= 1 ? 0 : mail->from, to = mail->part <= 1 ? mail->count : mail->to;
    GString *all = g_string_new(NULL);
    for (size_t run; from < to; from += run) {
        run = digest_group_run(mail->entries + from, to - from);
        g_autofree char *group = contents_of_group(style, mail->frame->words, mail->entries + from, run);
        g_string_append(all, group);
    }
    return inner(g_string_free(all, FALSE));
}

static char *part_of(const DigestMail *mail, DigestFile file, const char *section) {
    if (mail->parts <= 1) return g_strdup("");
    g_autofree char *part = g_strdup_printf("%d", mail->part), *parts = g_strdup_printf("%d", mail->parts);
    return inner(digest_fill(mail->frame->words, file, section, "part", part, "parts", parts, NULL));
}

char *digest_subject(const DigestMail *mail) {
    static const char *const sections[2][CADENCES] = {
        {[CADENCE_DAILY] = "subject-daily", [CADENCE_TWICE] = "subject-twice", [CADENCE_WEEKLY] = "subject-weekly"},
        {[CADENCE_DAILY] = "subject-daily-group", [CADENCE_TWICE] = "subject-twice-group", [CADENCE_WEEKLY] = "subject-weekly-group"}};
    const DigestWords *words = mail->frame->words;
    DigestNumbers numbers = digest_numbers(mail->entries, mail->count);
    g_autofree char *groups = digest_counted(words, numbers.groups, "group"), *posts = digest_counted(words, numbers.posts, "message");
    g_autofree char *day = digest_date(words, mail->zone, mail->cut, DIGEST_DAY_OF), *date = digest_date(words, mail->zone, mail->cut, DIGEST_DAY);
    g_autofree char *hour = digest_date(words, mail->zone, mail->cut, DIGEST_HOUR), *part = part_of(mail, DIGEST_TXT, "subject-part");
    g_autofree char *title = mail->separate ? text_one_line(mail->entries[0].group->title, NAME_MOST) : g_strdup("");
    g_autofree char *subject = inner(digest_fill(words, DIGEST_TXT, sections[mail->separate ? 1 : 0][mail->cadence], "day", day, "date", date, "hour", hour, "groups",
                                                 groups, "group_title", title, "posts", posts, NULL));
    return g_strconcat(subject, part, NULL);
}

char *digest_opening(const DigestStyle *style, const DigestMail *mail) {
    const DigestWords *words = mail->frame->words;
    DigestNumbers numbers = digest_numbers(mail->entries, mail->count);
    g_autofree char *subject = digest_subject(mail), *title = style->value(subject), *site = value(style, mail->frame->config->name, NAME_MOST);
    g_autofree char *groups = digest_counted(words, numbers.groups, "group"), *threads = digest_counted(words, numbers.threads, "thread");
    g_autofree char *posts = digest_counted(words, numbers.posts, "message"), *part = part_of(mail, style->file, "part");
    g_autofree char *inside = contents(style, mail);
    return digest_fill(words, style->file, "opening", "title", title, "site_name", site, "groups", groups, "threads", threads, "posts", posts,
                       "part", part, "contents", inside, NULL);
}

char *digest_closing(const DigestStyle *style, const DigestMail *mail) {
    const Config *config = mail->frame->config;
    g_autoptr(GString) leave = g_string_new(NULL);
    for (size_t i = 0; i < mail->count; i += digest_group_run(mail->entries + i, mail->count - i)) {
        const Group *group = mail->entries[i].group;
        g_autofree char *address = rewrite_address(group->name, "leave", config->domain), *title = value(style, group->title, NAME_MOST);
        g_autofree char *link = digest_plain_link(address);
        g_autofree char *line = digest_fill(mail->frame->words, style->file, "leave", "group_title", title, "leave_address", address, "leave_link", link, NULL);
        g_string_append(leave, line);
    }
    g_autofree char *help = rewrite_address("diktyo", NULL, config->domain), *link = digest_plain_link(help), *site = value(style, config->name, NAME_MOST);
    return digest_fill(mail->frame->words, style->file, "closing", "site_name", site, "leave", inner(leave->str), "help_address", help, "help_link", link, NULL);
}

/* --- what is the same for all --- */

char *digest_group(const DigestStyle *style, const DigestFrame *frame, const Group *group) {
    g_autofree char *address = rewrite_address(group->name, NULL, frame->config->domain), *link = digest_plain_link(address);
    g_autofree char *title = value(style, group->title, NAME_MOST);
    return digest_fill(frame->words, style->file, "group", "group_title", title, "group_address", address, "group_link", link, NULL);
}

char *digest_thread(const DigestStyle *style, const DigestFrame *frame, const DigestEntry *first) {
    g_autofree char *subject = topic(style, frame->words, first), *continued = NULL;
    if (first->began != 0) {
        g_autofree char *date = digest_date(frame->words, first->group->zone, first->began, DIGEST_DAY);
        continued = inner(digest_fill(frame->words, style->file, "continued", "date", date, NULL));
    }
    return digest_fill(frame->words, style->file, "thread", "subject", subject, "continued", continued != NULL ? continued : "", NULL);
}

char *digest_foot(const DigestStyle *style, const DigestFrame *frame, const DigestEntry *last) {
    g_autofree char *to_answer = digest_answer_link(frame, last), *to_author = digest_author_link(frame, last), *to_mute = digest_mute_link(frame, last);
    g_autofree char *answer = digest_answer_address(frame, last), *mute = digest_mute_address(frame, last), *author = NULL;
    g_autofree char *answer_link = style->value(to_answer), *mute_link = style->value(to_mute);
    if (to_author != NULL) {
        g_autofree char *name = digest_author_of(last->post), *shown = style->value(name), *link = style->value(to_author);
        g_autofree char *address = style->value(last->post->author_address);
        author = inner(digest_fill(frame->words, style->file, "foot-author", "author", shown, "author_address", address, "author_link", link, NULL));
    }
    return digest_fill(frame->words, style->file, "foot", "answer_address", answer, "answer_link", answer_link, "author", author != NULL ? author : "",
                       "mute_address", mute, "mute_link", mute_link, NULL);
}

static char *author_line(const DigestStyle *style, const DigestFrame *frame, const DigestEntry *entry) {
    g_autofree char *name = digest_author_of(entry->post), *shown = style->value(name), *to_author = digest_author_link(frame, entry);
    bool twice = style->file == DIGEST_TXT && g_strcmp0(name, entry->post->author_address) == 0;
    if (to_author == NULL || twice) return g_steal_pointer(&shown);
    g_autofree char *link = style->value(to_author), *address = style->value(entry->post->author_address);
    return inner(digest_fill(frame->words, style->file, "author", "author", shown, "author_address", address, "author_link", link, NULL));
}

static char *other_subject(const DigestStyle *style, const DigestWords *words, const DigestEntry *entry) {
    const char *own = bare(entry->group, entry->post->subject != NULL ? entry->post->subject : "");
    if (entry->topic == NULL || *own == '\0') return g_strdup("");
    g_autofree char *this = text_fold(own), *whole = text_fold(bare(entry->group, entry->topic));
    if (strcmp(this, whole) == 0) return g_strdup("");
    g_autofree char *subject = value(style, own, SUBJECT_MOST);
    return inner(digest_fill(words, style->file, "other-subject", "subject", subject, NULL));
}

char *digest_post_head(const DigestStyle *style, const DigestFrame *frame, const DigestEntry *entry, bool first) {
    if (!first) {
        g_autofree char *name = digest_author_of(entry->post), *shown = style->value(name);
        return digest_fill(frame->words, style->file, "resumed", "author", shown, NULL);
    }
    g_autofree char *author = author_line(style, frame, entry), *subject = other_subject(style, frame->words, entry);
    g_autofree char *date = digest_date(frame->words, entry->group->zone, entry->post->accepted_at, DIGEST_MOMENT);
    return digest_fill(frame->words, style->file, "post", "author", author, "date", date, "subject", subject, NULL);
}

char *digest_files(const DigestStyle *style, const DigestFrame *frame, const Post *post) {
    const DigestWords *words = frame->words;
    const GPtrArray *all = post->attachments;
    if (all == NULL || all->len == 0) return g_strdup("");
    g_autoptr(GString) files = g_string_new(NULL);
    for (guint i = 0; i < MIN(all->len, FILES_MOST); i++) {
        const Attachment *attachment = all->pdata[i];
        g_autofree char *name = value(style, *attachment->name != '\0' ? attachment->name : attachment->type, NAME_MOST);
        g_autofree char *size = digest_size(words, attachment->size);
        g_autofree char *line = digest_fill(words, style->file, "attachment", "name", name, "size", size, NULL);
        g_string_append(files, line);
    }
    if (all->len > FILES_MOST) {
        g_autofree char *count = digest_counted(words, all->len - FILES_MOST, "file");
        g_autofree char *more = digest_fill(words, style->file, "more-attachments", "files", count, NULL);
        g_string_append(files, more);
    }
    g_autofree char *subject = digest_get_subject(frame, post), *to_get = digest_get_link(frame, post), *link = style->value(to_get);
    g_autofree char *help = rewrite_address("diktyo", NULL, frame->config->domain);
    return digest_fill(words, style->file, "attachments", "files", inner(files->str), "get_subject", subject, "get_link", link, "help_address", help, NULL);
}

char *digest_folded(const DigestStyle *style, const DigestWords *words, const FoldLine *line) {
    const char *what = line->kind == FOLD_HISTORY ? "history" : "signature";
    g_autofree char *lines = digest_counted(words, line->lines, what);
    return digest_fill(words, style->file, what, "lines", lines, NULL);
}
