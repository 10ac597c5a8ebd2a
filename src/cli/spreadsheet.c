#include "cli/spreadsheet.h"
#include <stdbool.h>
#include "message/text.h"

/* Excel in Greek writes windows-1253 and semicolons, its “Unicode text” is UTF-16 with tabs, LibreOffice asks. Nobody knows
 * which of them he has, so the file itself must tell. One pass; a quote that is never closed spoils the rows behind
 * it, which then are one row with a fault. */

static void row_free(gpointer data) {
    SheetRow *row = data;
    g_ptr_array_unref(row->cells);
    g_free(row);
}

static char *decode(GBytes *bytes) {
    gsize length;
    const uint8_t *data = g_bytes_get_data(bytes, &length);
    if (length >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) return text_decode(data + 3, length - 3, "utf-8");
    if (length >= 2 && memcmp(data, "\xFF\xFE", 2) == 0) return text_decode(data + 2, length - 2, "utf-16le");
    if (length >= 2 && memcmp(data, "\xFE\xFF", 2) == 0) return text_decode(data + 2, length - 2, "utf-16be");
    return text_decode(data, length, NULL);
}

/* One quoted cell from behind its opening quote. Returns where reading goes on. */
static const char *read_quoted(const char *at, GString *cell, int *line, const char **fault) {
    for (; *at != '\0'; at++) {
        if (*at == '"' && at[1] != '"') return at + 1;
        if (*at == '"') at++;
        if (*at == '\n') ++*line;
        g_string_append_c(cell, *at == '\n' ? ' ' : *at);
    }
    *fault = "a quote is not closed";
    return at;
}

/* One row, up to and with its line end. */
static const char *read_row(const char *at, char separator, int *line, SheetRow *row) {
    bool more = true;
    while (more) {
        g_autoptr(GString) cell = g_string_new(NULL);
        while (*at == ' ') at++;
        if (*at == '"') {
            at = read_quoted(at + 1, cell, line, &row->fault);
            while (*at == ' ') at++;
            if (*at != separator && *at != '\n' && *at != '\0') row->fault = "there is text behind a closing quote";
        }
        while (*at != separator && *at != '\n' && *at != '\0') g_string_append_c(cell, *at++);
        more = *at == separator && *at != '\0';
        if (more) at++;
        g_ptr_array_add(row->cells, g_strdup(g_strstrip(cell->str)));
    }
    ++*line;
    return *at == '\n' ? at + 1 : at;
}

static SheetRow *row_new(int line) {
    SheetRow *row = g_new0(SheetRow, 1);
    row->line = line;
    row->cells = g_ptr_array_new_with_free_func(g_free);
    return row;
}

static bool is_empty(const SheetRow *row) {
    for (guint i = 0; i < row->cells->len; i++)
        if (*(const char *)g_ptr_array_index(row->cells, i) != '\0') return false;
    return true;
}

static char find_separator(const char *text, guint columns) {
    static const char candidates[] = {',', ';', '\t'};
    char best = ',';
    guint most = 0;
    text += strspn(text, "\n");
    for (size_t i = 0; i < sizeof candidates; i++) {
        SheetRow *row = row_new(1);
        int line = 1;
        read_row(text, candidates[i], &line, row);
        guint cells = row->cells->len;
        row_free(row);
        if (cells == columns) return candidates[i];
        if (cells <= most) continue;
        most = cells;
        best = candidates[i];
    }
    return best;
}

GPtrArray *spreadsheet_read(GBytes *bytes, guint columns) {
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    g_autofree char *text = decode(bytes);
    char separator = find_separator(text, columns);
    int line = 1;
    for (const char *at = text; *at != '\0';) {
        SheetRow *row = row_new(line);
        at = read_row(at, separator, &line, row);
        if (is_empty(row) && row->fault == NULL) row_free(row);
        else g_ptr_array_add(rows, row);
    }
    return rows;
}
