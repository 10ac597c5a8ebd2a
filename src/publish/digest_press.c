#include "publish/digest_press.h"
#include "base/token.h"
#include "decide/reader.h"
#include "message/compose.h"
#include "message/rewrite.h"
#include "message/text.h"
#include "store/pieces.h"
#include "store/posts.h"

enum { LANGUAGES = 2, FRAME_BYTES = 5000, CONTENTS_BYTES = 300 /* of a thread */ };
static const char *const languages[LANGUAGES] = {"el", "en"};

struct DigestPress {
    Database *database;
    const Config *config;
    DigestWords *words[LANGUAGES];
    char *boundary;
    GHashTable *shared; /* what it is → GPtrArray of DigestPiece * */
    GPtrArray *pending; /* DigestPiece *: stored in the transaction that is open */
};

/* A piece of a post of each writer, that go together; most posts have one. */
typedef struct {
    size_t entry, number;
    gsize length;
} Step;

/* One mail while it is put together. */
typedef struct {
    DigestPress *press;
    const DigestWriter *const *writers;
    const DigestMail *mail;
    DigestFrame frame;
    DigestFormat format;
    const GArray *steps; /* Step: of the whole digest */
    size_t first, end;   /* the steps of this part */
    DigestDraft *draft;
    GString *own; /* his own words that are not in a piece yet */
} Sheet;

static void piece_free(gpointer data) {
    DigestPiece *piece = data;
    g_clear_pointer(&piece->content, g_bytes_unref);
    g_free(piece);
}

static void draft_free(gpointer data) {
    DigestDraft *draft = data;
    g_clear_pointer(&draft->head, g_bytes_unref);
    g_free(draft->message_id);
    g_ptr_array_unref(draft->pieces);
    g_ptr_array_unref(draft->own);
    g_free(draft);
}

DigestPress *digest_press_new(Database *database, GError **error) {
    g_autoptr(DigestPress) press = g_new0(DigestPress, 1);
    press->database = database;
    press->config = database_config(database);
    press->boundary = token_new();
    press->shared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    press->pending = g_ptr_array_new();
    for (int i = 0; i < LANGUAGES; i++)
        if ((press->words[i] = digest_words_read(press->config->templates, languages[i], error)) == NULL) return NULL;
    return g_steal_pointer(&press);
}

void digest_press_free(DigestPress *press) {
    if (press == NULL) return;
    for (int i = 0; i < LANGUAGES; i++) digest_words_free(press->words[i]);
    g_free(press->boundary);
    g_hash_table_unref(press->shared);
    g_ptr_array_unref(press->pending);
    g_free(press);
}

static int language_of(const DigestPress *press, const Person *reader) {
    const char *language = reader->language != NULL && *reader->language != '\0' ? reader->language : press->config->language;
    return strcmp(language, languages[1]) == 0 ? 1 : 0;
}

/* --- pieces --- */

/* Writers end lines in LF; those of whole messages may have CRLF. */
static GBytes *with_crlf(const char *text) {
    GString *lines = g_string_sized_new(strlen(text) + strlen(text) / 32 + 2);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\n' && (c == text || c[-1] != '\r')) g_string_append_c(lines, '\r');
        g_string_append_c(lines, *c);
    }
    return g_string_free_to_bytes(lines);
}

static DigestPiece *piece_new(const char *text, bool keyed) {
    DigestPiece *piece = g_new0(DigestPiece, 1);
    piece->content = with_crlf(text);
    piece->length = g_bytes_get_size(piece->content);
    piece->keyed = keyed;
    return piece;
}

static GPtrArray *remember(DigestPress *press, char *name, GPtrArray *texts, bool keyed) {
    GPtrArray *pieces = g_ptr_array_new_with_free_func(piece_free);
    for (guint i = 0; texts != NULL && i < texts->len; i++) g_ptr_array_add(pieces, piece_new(texts->pdata[i], keyed));
    g_hash_table_insert(press->shared, name, pieces);
    return pieces;
}

static GPtrArray *one_text(char *text) {
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    if (text != NULL) g_ptr_array_add(texts, text);
    return texts;
}

/* With its text, which is read only to be written down. */
static Post *read_post(const DigestPress *press, const Post *known, GError **error) {
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, known->id);
    g_autoptr(GPtrArray) found = posts_find(press->database, number, error);
    if (found == NULL) return NULL;
    if (found->len != 1) fault_set(error, FAULT_INTERNAL, "the post %s gathers and is not there", number);
    return found->len == 1 ? g_ptr_array_steal_index(found, 0) : NULL;
}

/* The pieces of a post by one writer: borrowed. NULL on failure. */
static GPtrArray *post_pieces(DigestPress *press, const DigestWriter *writer, const DigestFrame *frame, const DigestEntry *entry, GError **error) {
    g_autofree char *name = g_strdup_printf("post %p %s %" G_GINT64_FORMAT, (const void *)writer, digest_language(frame->words), entry->post->id);
    GPtrArray *known = g_hash_table_lookup(press->shared, name);
    if (known != NULL) return known;
    g_autoptr(Post) post = read_post(press, entry->post, error);
    g_autoptr(GBytes) raw = post != NULL && writer->raw_wanted ? posts_raw(press->database, post->id, error) : NULL;
    if (post == NULL || (writer->raw_wanted && raw == NULL)) return NULL;
    DigestEntry full = *entry;
    full.post = post;
    g_autoptr(GPtrArray) texts = writer->post(frame, &full, raw);
    return remember(press, g_steal_pointer(&name), texts, writer->keyed);
}

/* A piece above or below posts, made by `write` where nobody made it before. */
typedef char *(*WriteEntry)(const DigestFrame *frame, const DigestEntry *entry);

static GPtrArray *edge_pieces(DigestPress *press, const DigestFrame *frame, WriteEntry write, const char *kind, const DigestEntry *entry) {
    g_autofree char *name = g_strdup_printf("%s %p %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, kind, (const void *)(uintptr_t)write, digest_language(frame->words),
                                            entry->post->id, entry->began);
    GPtrArray *known = g_hash_table_lookup(press->shared, name);
    if (known != NULL) return known;
    g_autoptr(GPtrArray) texts = one_text(write(frame, entry));
    return remember(press, g_steal_pointer(&name), texts, true);
}

static GPtrArray *group_pieces(DigestPress *press, const DigestFrame *frame, const DigestWriter *writer, const Group *group) {
    g_autofree char *name = g_strdup_printf("group %p %s %" G_GINT64_FORMAT, (const void *)writer, digest_language(frame->words), group->id);
    GPtrArray *known = g_hash_table_lookup(press->shared, name);
    if (known != NULL) return known;
    g_autoptr(GPtrArray) texts = one_text(writer->group(frame, group));
    return remember(press, g_steal_pointer(&name), texts, writer->keyed);
}

/* --- one mail --- */

static void end_own(Sheet *sheet) {
    if (sheet->own->len == 0) return;
    DigestPiece *piece = piece_new(sheet->own->str, false);
    g_ptr_array_add(sheet->draft->own, piece);
    g_ptr_array_add(sheet->draft->pieces, piece);
    g_string_truncate(sheet->own, 0);
}

static void put_own(Sheet *sheet, char *text) {
    if (text != NULL) g_string_append(sheet->own, text);
    g_free(text);
}

static void put_pieces(Sheet *sheet, const GPtrArray *pieces) {
    end_own(sheet);
    for (guint i = 0; i < pieces->len; i++) g_ptr_array_add(sheet->draft->pieces, pieces->pdata[i]);
}

static bool is_thread_start(const Sheet *sheet, size_t step) {
    const Step *here = &g_array_index(sheet->steps, Step, step);
    const DigestEntry *entry = &sheet->mail->entries[here->entry];
    if (step == sheet->first) return true;
    if (here->number > 0 || here->entry == 0) return false;
    return entry[-1].group != entry->group || entry[-1].post->thread != entry->post->thread;
}

/* Behind this step no more of its thread comes, in this part. */
static bool is_thread_end(const Sheet *sheet, size_t step) { return step + 1 == sheet->end || is_thread_start(sheet, step + 1); }

/* The first entry of its thread in the whole digest, which may be in an earlier part. */
static const DigestEntry *thread_first(const DigestMail *mail, const DigestEntry *entry) {
    while (entry > mail->entries && entry[-1].group == entry->group && entry[-1].post->thread == entry->post->thread) entry--;
    return entry;
}

static bool put_step(Sheet *sheet, const DigestWriter *writer, size_t number, GError **error) {
    const Step *step = &g_array_index(sheet->steps, Step, number);
    const DigestEntry *entry = &sheet->mail->entries[step->entry];
    DigestPress *press = sheet->press;
    bool first = number == sheet->first, starts = is_thread_start(sheet, number);
    if (writer->group != NULL && (first || (starts && entry[-1].group != entry->group))) put_pieces(sheet, group_pieces(press, &sheet->frame, writer, entry->group));
    if (writer->thread != NULL && starts) put_pieces(sheet, edge_pieces(press, &sheet->frame, writer->thread, "thread", thread_first(sheet->mail, entry)));
    const GPtrArray *pieces = post_pieces(press, writer, &sheet->frame, entry, error);
    if (pieces == NULL) return false;
    end_own(sheet);
    if (step->number < pieces->len) g_ptr_array_add(sheet->draft->pieces, pieces->pdata[step->number]);
    if (writer->foot != NULL && is_thread_end(sheet, number)) put_pieces(sheet, edge_pieces(press, &sheet->frame, writer->foot, "foot", entry));
    return true;
}

static bool put_body(Sheet *sheet, GError **error) {
    size_t index = 0;
    for (; sheet->writers[index] != NULL; index++) {
        const DigestWriter *writer = sheet->writers[index];
        put_own(sheet, digest_between(sheet->format, index, sheet->frame.boundary));
        put_own(sheet, writer->opening(sheet->mail));
        for (size_t step = sheet->first; step < sheet->end; step++)
            if (!put_step(sheet, writer, step, error)) return false;
        put_own(sheet, writer->closing(sheet->mail));
    }
    put_own(sheet, digest_between(sheet->format, index, sheet->frame.boundary));
    end_own(sheet);
    return true;
}

/* The one group of all entries, or NULL when there are several. */
static const Group *only_group(const DigestMail *mail) { return digest_numbers(mail->entries, mail->count).groups == 1 ? mail->entries[0].group : NULL; }

static GBytes *write_head(const Sheet *sheet, const char *message_id, int64_t now, GError **error) {
    const DigestMail *mail = sheet->mail;
    const Config *config = sheet->press->config;
    const Group *group = only_group(mail);
    g_autofree char *site = rewrite_address("diktyo", NULL, config->domain), *subject = digest_subject(mail);
    g_autofree char *from = group != NULL ? rewrite_address(group->name, NULL, config->domain) : g_strdup(site);
    g_autofree char *list_id = g_strdup_printf("<%s.%s>", group != NULL ? group->name : "digest", config->domain);
    g_autofree char *key = pieces_key(sheet->press->database, mail->reader->id);
    g_autofree char *leave = g_strdup_printf("diktyo-nodigest+%s@%s", key, config->domain);
    g_autofree char *type = digest_type(sheet->format, sheet->frame.boundary);
    const Composition composition = {
        .from_name = group != NULL ? group->title : config->name, .from_address = from, .to_name = mail->reader->name, .to_address = mail->reader->email,
        .reply_to = site, .subject = subject, .list_id = list_id, .unsubscribe = leave, .date = now, .message_id = message_id};
    return compose_head(&composition, type, error);
}

/* --- all mails of a reader --- */

static gsize length_of(const GPtrArray *pieces) {
    gsize length = 0;
    for (guint i = 0; i < pieces->len; i++) length += ((const DigestPiece *)pieces->pdata[i])->length;
    return length;
}

/* What stands above and below posts, where an entry begins something. */
static gsize edges_of(DigestPress *press, const DigestFrame *frame, const DigestWriter *writer, const DigestEntry *entries, size_t i) {
    bool group = i == 0 || entries[i].group != entries[i - 1].group, thread = group || entries[i].post->thread != entries[i - 1].post->thread;
    gsize length = thread ? CONTENTS_BYTES : 0;
    if (group && writer->group != NULL) length += length_of(group_pieces(press, frame, writer, entries[i].group));
    if (thread && writer->thread != NULL) length += length_of(edge_pieces(press, frame, writer->thread, "thread", &entries[i]));
    if (thread && writer->foot != NULL) length += length_of(edge_pieces(press, frame, writer->foot, "foot", &entries[i]));
    return length;
}

/* The steps of all posts, and how long each is by all writers together. */
static bool measure(DigestPress *press, const DigestFrame *frame, const DigestWriter *const *writers, const DigestEntry *entries, size_t count, GArray *steps,
                    GError **error) {
    for (size_t i = 0; i < count; i++) {
        guint first = steps->len;
        for (size_t w = 0; writers[w] != NULL; w++) {
            const GPtrArray *pieces = post_pieces(press, writers[w], frame, &entries[i], error);
            if (pieces == NULL) return false;
            for (guint k = 0; k < MAX(pieces->len, 1); k++) {
                if (first + k == steps->len) g_array_append_val(steps, ((Step){i, k, 0}));
                if (k < pieces->len) g_array_index(steps, Step, first + k).length += ((const DigestPiece *)pieces->pdata[k])->length;
            }
            g_array_index(steps, Step, first).length += edges_of(press, frame, writers[w], entries, i);
        }
    }
    return true;
}

/* Behind the last step of the part that begins with `first`: as many as fit, and one at least. */
static size_t part_end(const GArray *steps, size_t first, int64_t most) {
    int64_t length = FRAME_BYTES;
    size_t step = first;
    for (; step < steps->len; step++) {
        length += (int64_t)g_array_index(steps, Step, step).length;
        if (step > first && length > most) break;
    }
    return step;
}

static int count_parts(const GArray *steps, int64_t most) {
    int parts = 0;
    for (size_t step = 0; step < steps->len; step = part_end(steps, step, most)) parts++;
    return parts;
}

/* The first entry that begins at or behind a step. */
static size_t entry_at(const GArray *steps, size_t step, size_t count) {
    if (step >= steps->len) return count;
    const Step *here = &g_array_index(steps, Step, step);
    return here->number == 0 ? here->entry : here->entry + 1;
}

static DigestDraft *make_mail(Sheet *sheet, int64_t now, GError **error) {
    g_autoptr(GString) own = g_string_new(NULL);
    DigestDraft *draft = g_new0(DigestDraft, 1);
    g_autofree char *unique = compose_message_id(sheet->press->config->domain);
    draft->message_id = reader_digest_id(unique);
    draft->pieces = g_ptr_array_new();
    draft->own = g_ptr_array_new_with_free_func(piece_free);
    sheet->draft = draft;
    sheet->own = own;
    if ((draft->head = write_head(sheet, draft->message_id, now, error)) != NULL && put_body(sheet, error)) return draft;
    draft_free(draft);
    return NULL;
}

GPtrArray *digest_press_mails(DigestPress *press, const DigestReader *reader, int64_t cut, int64_t now, const DigestEntry *entries, size_t count, GError **error) {
    const DigestWriter *const *writers = digest_writers(reader->choice.format);
    DigestFrame frame = {press->config, press->words[language_of(press, reader->person)], press->boundary};
    g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(Step));
    if (!measure(press, &frame, writers, entries, count, steps, error)) return NULL;
    int64_t most = reader->choice.bytes != 0 ? reader->choice.bytes : press->config->digest_bytes;
    DigestMail mail = {.frame = &frame, .reader = reader->person, .zone = reader->choice.zone, .cadence = reader->choice.cadence, .cut = cut, .entries = entries,
                       .count = count, .parts = count_parts(steps, most), .separate = reader->choice.separate};
    g_autoptr(GPtrArray) drafts = g_ptr_array_new_with_free_func(draft_free);
    for (size_t first = 0; first < steps->len; first = part_end(steps, first, most)) {
        size_t end = part_end(steps, first, most);
        mail.part++;
        mail.from = g_array_index(steps, Step, first).entry;
        mail.to = g_array_index(steps, Step, end - 1).entry + 1;
        Sheet sheet = {.press = press, .writers = writers, .mail = &mail, .frame = frame, .format = reader->choice.format, .steps = steps, .first = first, .end = end};
        DigestDraft *draft = make_mail(&sheet, now, error);
        if (draft == NULL) return NULL;
        draft->from = entry_at(steps, first, count);
        draft->to = entry_at(steps, end, count);
        g_ptr_array_add(drafts, draft);
    }
    return g_steal_pointer(&drafts);
}

/* --- storing --- */

char *digest_press_store(DigestPress *press, const DigestDraft *draft, GError **error) {
    g_autoptr(GString) recipe = g_string_new(NULL);
    for (guint i = 0; i < draft->pieces->len; i++) {
        DigestPiece *piece = draft->pieces->pdata[i];
        if (piece->id == 0) {
            if (!pieces_put(press->database, piece->content, &piece->id, error)) return NULL;
            g_ptr_array_add(press->pending, piece);
        }
        g_string_append_printf(recipe, "%s%s%" G_GINT64_FORMAT, i > 0 ? " " : "", piece->keyed ? "k" : "", piece->id);
    }
    return g_string_free(g_steal_pointer(&recipe), FALSE);
}

void digest_press_kept(DigestPress *press, bool kept) {
    for (guint i = 0; i < press->pending->len; i++) {
        DigestPiece *piece = press->pending->pdata[i];
        if (kept) g_clear_pointer(&piece->content, g_bytes_unref);
        else piece->id = 0;
    }
    g_ptr_array_set_size(press->pending, 0);
}

GBytes *digest_press_whole(DigestPress *press, const DigestDraft *draft, int64_t person) {
    g_autofree char *key = pieces_key(press->database, person);
    g_autoptr(GByteArray) whole = g_byte_array_new();
    gsize length;
    const guint8 *head = g_bytes_get_data(draft->head, &length);
    g_byte_array_append(whole, head, (guint)length);
    for (guint i = 0; i < draft->pieces->len; i++) {
        const DigestPiece *piece = draft->pieces->pdata[i];
        pieces_fill(whole, piece->content, piece->keyed ? key : NULL);
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&whole));
}
