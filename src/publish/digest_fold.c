#include "publish/digest_fold.h"
#include "decide/quote.h"
#include "message/text.h"

/* A digest is read for what is new. What a line is, is known where commands are read (decide/quote); here it is only decided what of it is shown: a short
 * quotation that is being answered stays, and so does history that somebody passes on, since that is what he wants to say. Nothing goes without its line
 * being counted. */

enum { QUOTED_KEPT = 2, SIGNATURE_MOST = 30, DOUBTFUL_SIGNATURE_MOST = 12, LINE_MOST = 4096 };
enum { WRAPPED_LEAST = 50, WRAPPED_MOST = 82 }; /* how wide a line is that a program has broken */

typedef struct {
    CommandLine *lines;
    QuoteKind *kinds;
    size_t count;
    bool history_stays;
    GPtrArray *folded;
} Folding;

static void fold_line_free(gpointer pointer) {
    FoldLine *line = pointer;
    g_free(line->text);
    g_free(line);
}

static void add(Folding *folding, FoldKind kind, const char *text, size_t lines) {
    GPtrArray *folded = folding->folded;
    const FoldLine *last = folded->len > 0 ? folded->pdata[folded->len - 1] : NULL;
    if (kind == FOLD_BLANK && (last == NULL || last->kind == FOLD_BLANK)) return;
    FoldLine *line = g_new0(FoldLine, 1);
    *line = (FoldLine){kind, g_strdup(text), lines};
    g_ptr_array_add(folded, line);
}

/* Where to break a line that is too long: behind the last blank, else between letters. */
static size_t break_at(const char *text, size_t most) {
    size_t length = (size_t)(g_utf8_find_prev_char(text, text + most + 1) - text);
    for (size_t i = length; i > most / 2; i--)
        if (text[i - 1] == ' ') return i;
    return length;
}

static void add_text(Folding *folding, FoldKind kind, const char *text) {
    for (size_t length = strlen(text); length > LINE_MOST;) {
        size_t part = break_at(text, LINE_MOST);
        g_autofree char *piece = g_strndup(text, part);
        add(folding, kind, g_strchomp(piece), 0);
        text += part;
        length -= part;
    }
    add(folding, kind, text, 0);
}

static const char *past_mark(const char *line) {
    line += strspn(line, " ");
    if (*line == '>') line++;
    return *line == ' ' ? line + 1 : line;
}

/* The end of a run of lines for which `is` holds, with blank ones between them; *lines: how many not blank. */
static size_t run_of(const Folding *folding, size_t at, bool (*is)(QuoteKind), size_t *lines) {
    size_t end = at;
    *lines = 0;
    for (size_t i = at; i < folding->count && (folding->kinds[i] == QUOTE_BLANK || is(folding->kinds[i])); i++) {
        if (folding->kinds[i] == QUOTE_BLANK) continue;
        ++*lines;
        end = i + 1;
    }
    return end;
}

static bool is_quotation(QuoteKind kind) { return kind == QUOTE_QUOTED || kind == QUOTE_ATTRIBUTION; }
static bool is_history(QuoteKind kind) { return kind == QUOTE_HISTORY || is_quotation(kind) || kind == QUOTE_TORN || kind == QUOTE_PHONE; }
static bool is_signature(QuoteKind kind) { return kind == QUOTE_SIGNATURE || kind == QUOTE_PHONE || kind == QUOTE_FOOTER; }

static void show(Folding *folding, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        const char *text = folding->lines[i].text;
        if (folding->kinds[i] == QUOTE_BLANK) add(folding, FOLD_BLANK, NULL, 0);
        else if (folding->kinds[i] == QUOTE_QUOTED) add_text(folding, FOLD_QUOTE, past_mark(text));
        else add_text(folding, FOLD_TEXT, strcmp(text, "-- ") == 0 ? "--" : text);
    }
}

/* A quotation; the attribution counts as part of it, but does not make it longer. */
static size_t fold_quotation(Folding *folding, size_t at) {
    size_t lines, quoted = 0, end = run_of(folding, at, is_quotation, &lines);
    for (size_t i = at; i < end; i++) quoted += folding->kinds[i] == QUOTE_QUOTED;
    if (quoted <= QUOTED_KEPT) show(folding, at, end);
    else add(folding, FOLD_HISTORY, NULL, lines);
    return end;
}

static size_t fold_signature(Folding *folding, size_t at) {
    size_t lines, end = run_of(folding, at, is_signature, &lines);
    bool marked = folding->kinds[at] == QUOTE_SIGNATURE, certain = !marked || strcmp(folding->lines[at].text, "-- ") == 0;
    if (lines - marked > (certain ? SIGNATURE_MOST : DOUBTFUL_SIGNATURE_MOST)) show(folding, at, end);
    else if (lines > marked) add(folding, FOLD_SIGNATURE, NULL, lines - marked);
    return end;
}

/* Programs put a rule above the history that they copy in. */
static bool history_follows(const Folding *folding, size_t at) {
    size_t next = at + 1;
    if (folding->kinds[at] != QUOTE_RULE) return false;
    while (next < folding->count && folding->kinds[next] == QUOTE_BLANK) next++;
    return next < folding->count && folding->kinds[next] == QUOTE_HISTORY;
}

static size_t fold_next(Folding *folding, size_t at) {
    QuoteKind kind = folding->kinds[at];
    if (is_quotation(kind)) return fold_quotation(folding, at);
    if (is_signature(kind)) return fold_signature(folding, at);
    if (kind == QUOTE_HISTORY && !folding->history_stays) {
        size_t lines, end = run_of(folding, at, is_history, &lines);
        add(folding, FOLD_HISTORY, NULL, lines);
        return end;
    }
    if (!history_follows(folding, at) || folding->history_stays) show(folding, at, at + 1);
    return at + 1;
}

/* --- lines that a program has broken --- */

static size_t width_of(const char *text, const char *end) { return (size_t)g_utf8_strlen(text, end - text); }

static bool continues(const FoldLine *line, const FoldLine *next, size_t widest) {
    if (line->kind != FOLD_TEXT || next->kind != FOLD_TEXT || *line->text == ' ' || g_str_has_suffix(line->text, ":")) return false;
    size_t width = width_of(line->text, line->text + strlen(line->text)), word = width_of(next->text, next->text + strcspn(next->text, " "));
    return width >= WRAPPED_LEAST && width + 1 + word > widest && g_unichar_islower(g_utf8_get_char(next->text));
}

/* Joins what fits nowhere else, from one paragraph's lines: the next goes on in lower case, and its first word would have been too much for this one. */
static void join_paragraph(GPtrArray *joined, FoldLine **lines, size_t count) {
    size_t widest = 0;
    for (size_t i = 0; i < count; i++) widest = MAX(widest, width_of(lines[i]->text, lines[i]->text + strlen(lines[i]->text)));
    for (size_t i = 0; i < count;) {
        FoldLine *line = lines[i++];
        g_autoptr(GString) text = g_string_new(line->text);
        for (; i < count && widest <= WRAPPED_MOST && text->len < LINE_MOST - 4 * WRAPPED_MOST && continues(lines[i - 1], lines[i], widest); i++)
            g_string_append_printf(text, " %s", lines[i]->text);
        FoldLine *whole = g_new0(FoldLine, 1);
        *whole = (FoldLine){line->kind, g_strdup(text->str), 0};
        g_ptr_array_add(joined, whole);
    }
}

static size_t paragraph_run(const GPtrArray *folded, size_t at) {
    size_t run = 0;
    while (at + run < folded->len && ((FoldLine *)folded->pdata[at + run])->kind == FOLD_TEXT) run++;
    return run;
}

static GPtrArray *unwrapped(const GPtrArray *folded) {
    GPtrArray *joined = g_ptr_array_new_with_free_func(fold_line_free);
    for (size_t i = 0, run; i < folded->len; i += MAX(run, 1)) {
        const FoldLine *line = folded->pdata[i];
        run = paragraph_run(folded, i);
        if (run > 0) join_paragraph(joined, (FoldLine **)(void *)&folded->pdata[i], run);
        else g_ptr_array_add(joined, g_memdup2(&(FoldLine){line->kind, g_strdup(line->text), line->lines}, sizeof *line));
    }
    return joined;
}

/* --- the whole --- */

static void read_lines(Folding *folding, char **rows) {
    folding->count = g_strv_length(rows);
    folding->lines = g_new0(CommandLine, folding->count + 1);
    folding->kinds = g_new0(QuoteKind, folding->count + 1);
    for (size_t i = 0; i < folding->count; i++) folding->lines[i] = (CommandLine){rows[i], text_fold(rows[i])};
    quote_kinds(folding->lines, folding->count, folding->kinds);
    for (size_t i = 0; i < folding->count; i++) g_free((char *)(uintptr_t)folding->lines[i].folded);
}

static bool is_reply(const char *subject) { return quote_subject(subject) != subject; }

static bool wrote_nothing(const Folding *folding) {
    for (size_t i = 0; i < folding->count; i++)
        if (folding->kinds[i] == QUOTE_OWN) return false;
    return true;
}

static GPtrArray *in_pieces(const GPtrArray *folded, size_t most) {
    GPtrArray *pieces = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref), *piece = NULL;
    size_t bytes = 0;
    for (guint i = 0; i < folded->len || piece == NULL; i++) {
        const FoldLine *line = i < folded->len ? folded->pdata[i] : NULL;
        size_t length = line != NULL && line->text != NULL ? strlen(line->text) : 0;
        if (piece == NULL || (bytes > 0 && bytes + length > most)) {
            piece = g_ptr_array_new_with_free_func(fold_line_free);
            g_ptr_array_add(pieces, piece);
            bytes = 0;
        }
        bytes += length + 1;
        if (line != NULL) g_ptr_array_add(piece, g_memdup2(&(FoldLine){line->kind, g_strdup(line->text), line->lines}, sizeof *line));
    }
    return pieces;
}

GPtrArray *digest_fold(const char *subject, const char *text, size_t most) {
    g_autofree char *clean = text_many_lines(text);
    g_auto(GStrv) rows = g_strsplit(clean, "\n", -1);
    Folding folding = {.folded = g_ptr_array_new_with_free_func(fold_line_free)};
    read_lines(&folding, rows);
    folding.history_stays = quote_is_forward(subject) || (wrote_nothing(&folding) && !is_reply(subject));
    for (size_t i = 0; i < folding.count;) i = fold_next(&folding, i);
    g_autoptr(GPtrArray) folded = folding.folded, joined = NULL;
    if (folded->len > 0 && ((FoldLine *)folded->pdata[folded->len - 1])->kind == FOLD_BLANK) g_ptr_array_set_size(folded, (int)folded->len - 1);
    joined = unwrapped(folded);
    g_free(folding.lines);
    g_free(folding.kinds);
    return in_pieces(joined, most);
}
