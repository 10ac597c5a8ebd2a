#include "cli/output.h"
#include <jansson.h>
#include "message/text.h"

/* A Tree is the JSON library's own value under another name, so that its header stays in this file. Cells keep both
 * faces, text and value: a list can then not say one thing to people and another to programs. */

enum { CELL_LONGEST = 4000 };

static json_t *json_of(Tree *tree) { return (json_t *)(void *)tree; }
static Tree *tree_of(json_t *json) { return (Tree *)(void *)json; }

Tree *tree_object(void) { return tree_of(json_object()); }
Tree *tree_list(void) { return tree_of(json_array()); }

static json_t *text_value(const char *text) {
    if (text == NULL) return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static char *time_iso(int64_t when, const char *zone) {
    g_autoptr(GTimeZone) place = g_time_zone_new_identifier(zone);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(when);
    if (utc == NULL) return g_strdup_printf("%" G_GINT64_FORMAT, when);
    g_autoptr(GDateTime) local = place != NULL ? g_date_time_to_timezone(utc, place) : g_date_time_ref(utc);
    return g_date_time_format(local, "%Y-%m-%dT%H:%M:%S%:z");
}

void tree_text(Tree *object, const char *key, const char *text) {
    json_object_set_new(json_of(object), key, text_value(text));
}

void tree_number(Tree *object, const char *key, int64_t number) {
    json_object_set_new(json_of(object), key, json_integer(number));
}

void tree_flag(Tree *object, const char *key, bool flag) { json_object_set_new(json_of(object), key, json_boolean(flag)); }

void tree_time(Tree *object, const char *key, int64_t when, const char *zone) {
    g_autofree char *iso = when != 0 ? time_iso(when, zone) : NULL;
    tree_text(object, key, iso);
}

void tree_put(Tree *object, const char *key, Tree *child) { json_object_set_new(json_of(object), key, json_of(child)); }
void tree_append(Tree *list, Tree *child) { json_array_append_new(json_of(list), json_of(child)); }
void tree_append_text(Tree *list, const char *text) { json_array_append_new(json_of(list), text_value(text)); }

void tree_free(Tree *tree) { json_decref(json_of(tree)); }

void tree_print(Tree *tree) {
    json_dumpf(json_of(tree), stdout, JSON_INDENT(2));
    fputc('\n', stdout);
    json_decref(json_of(tree));
}

typedef struct {
    char *text;
    json_t *value;
} Cell;

struct Table {
    const Column *columns;
    guint count;
    int indent;
    GArray *cells;
};

static void cell_clear(gpointer data) {
    Cell *cell = data;
    g_free(cell->text);
    json_decref(cell->value);
}

Table *table_new(const Column *columns) {
    Table *table = g_new0(Table, 1);
    table->columns = columns;
    while (columns[table->count].key != NULL) table->count++;
    table->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
    g_array_set_clear_func(table->cells, cell_clear);
    return table;
}

void table_free(Table *table) {
    if (table == NULL) return;
    g_array_unref(table->cells);
    g_free(table);
}

void table_indent(Table *table, int blanks) { table->indent = blanks; }

static void put(Table *table, char *text, json_t *value) {
    Cell cell = {text, value};
    g_array_append_val(table->cells, cell);
}

void table_text(Table *table, const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    put(table, text_one_line(valid, CELL_LONGEST), text_value(text));
}

void table_number(Table *table, int64_t number) {
    put(table, g_strdup_printf("%" G_GINT64_FORMAT, number), json_integer(number));
}

void table_flag(Table *table, bool flag) { put(table, g_strdup(flag ? "yes" : "no"), json_boolean(flag)); }

void table_time(Table *table, int64_t when, const char *zone) {
    g_autofree char *iso = when != 0 ? time_iso(when, zone) : NULL;
    put(table, when != 0 ? output_time(when, zone) : g_strdup(""), text_value(iso));
}

static const Cell *cell_at(const Table *table, guint row, guint column) {
    return &g_array_index(table->cells, Cell, row * table->count + column);
}

static guint rows_of(const Table *table) { return table->cells->len / table->count; }

static Tree *row_tree(const Table *table, guint row) {
    json_t *object = json_object();
    for (guint column = 0; column < table->count; column++)
        json_object_set(object, table->columns[column].key, cell_at(table, row, column)->value);
    return tree_of(object);
}

Tree *table_tree(const Table *table) {
    Tree *list = tree_list();
    for (guint row = 0; row < rows_of(table); row++) tree_append(list, row_tree(table, row));
    return list;
}

Tree *table_tree_record(const Table *table) { return row_tree(table, 0); }

static void put_blanks(int count) {
    for (int i = 0; i < count; i++) fputc(' ', stdout);
}

typedef struct {
    guint count, *columns; /* those for people */
    int *widths;
    bool headed;
} Layout;

static Layout layout_of(const Table *table) {
    Layout layout = {0, g_new0(guint, table->count), g_new0(int, table->count), false};
    for (guint column = 0; column < table->count; column++) {
        const char *heading = table->columns[column].heading;
        if (heading == NULL || table->columns[column].below) continue;
        int width = output_width(heading);
        for (guint row = 0; row < rows_of(table); row++) width = MAX(width, output_width(cell_at(table, row, column)->text));
        layout.headed = layout.headed || *heading != '\0';
        layout.widths[layout.count] = width;
        layout.columns[layout.count++] = column;
    }
    return layout;
}

/* One line, without blanks at its end. */
static void print_line(const Table *table, const Layout *layout, const char *const *texts) {
    guint end = layout->count;
    while (end > 0 && *texts[end - 1] == '\0') end--;
    if (end > 0) put_blanks(table->indent);
    for (guint i = 0; i < end; i++) {
        int rest = layout->widths[i] - output_width(texts[i]);
        bool right = table->columns[layout->columns[i]].right;
        if (right) put_blanks(rest);
        fputs(texts[i], stdout);
        if (i + 1 < end) put_blanks(2 + (right ? 0 : rest));
    }
    fputc('\n', stdout);
}

static void print_below(const Table *table, guint row) {
    for (guint column = 0; column < table->count; column++) {
        const char *text = cell_at(table, row, column)->text;
        if (table->columns[column].below && *text != '\0') printf("%*s%s\n", table->indent + 4, "", text);
    }
}

void table_print(const Table *table, bool json, const char *empty) {
    if (json) {
        tree_print(table_tree(table));
        return;
    }
    if (rows_of(table) == 0) {
        if (*empty != '\0') printf("%s\n", empty);
        return;
    }
    Layout layout = layout_of(table);
    g_autofree const char **texts = g_new0(const char *, table->count);
    for (guint i = 0; i < layout.count; i++) texts[i] = table->columns[layout.columns[i]].heading;
    if (layout.headed) print_line(table, &layout, texts);
    for (guint row = 0; row < rows_of(table); row++) {
        for (guint i = 0; i < layout.count; i++) texts[i] = cell_at(table, row, layout.columns[i])->text;
        print_line(table, &layout, texts);
        print_below(table, row);
    }
    g_free(layout.columns);
    g_free(layout.widths);
}

void table_print_record(const Table *table, bool json) {
    if (json) {
        tree_print(table_tree_record(table));
        return;
    }
    int width = 0;
    for (guint column = 0; column < table->count; column++)
        if (table->columns[column].heading != NULL) width = MAX(width, output_width(table->columns[column].heading));
    for (guint column = 0; column < table->count; column++) {
        const char *text = cell_at(table, 0, column)->text, *heading = table->columns[column].heading;
        if (*text == '\0' || heading == NULL) continue;
        put_blanks(table->indent);
        fputs(heading, stdout);
        put_blanks(width - output_width(heading) + 2);
        printf("%s\n", text);
    }
}

int output_width(const char *utf8) {
    int width = 0;
    for (const char *c = utf8; *c != '\0'; c += g_utf8_skip[*(const guchar *)c]) {
        gunichar letter = g_utf8_get_char(c);
        width += g_unichar_iszerowidth(letter) ? 0 : g_unichar_iswide(letter) ? 2 : 1;
    }
    return width;
}

/* GLib reads a zone's file again for each new GTimeZone unless one of that name is alive: the last one is kept. */
static GTimeZone *zone_of(const char *zone) {
    static GTimeZone *kept;
    GTimeZone *place = g_time_zone_new_identifier(zone);
    if (kept != NULL) g_time_zone_unref(kept);
    return kept = place;
}

char *output_time(int64_t when, const char *zone) {
    GTimeZone *place = zone_of(zone);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(when);
    if (utc == NULL) return g_strdup("?");
    g_autoptr(GDateTime) local = place != NULL ? g_date_time_to_timezone(utc, place) : g_date_time_ref(utc);
    return g_date_time_format(local, "%Y-%m-%d %H:%M");
}

static bool may_show(gunichar letter) {
    if (letter == '\t') return true;
    return !g_unichar_iscntrl(letter) && g_unichar_type(letter) != G_UNICODE_FORMAT;
}

void output_text(const char *utf8, const char *margin) {
    g_autofree char *valid = g_utf8_make_valid(utf8, -1);
    bool fresh = true;
    for (char *c = valid; *c != '\0'; c = g_utf8_next_char(c)) {
        if (fresh) fputs(margin, stdout);
        fresh = *c == '\n';
        if (fresh) fputc('\n', stdout);
        else if (may_show(g_utf8_get_char(c))) fwrite(c, 1, (size_t)(g_utf8_next_char(c) - c), stdout);
    }
    if (!fresh) fputc('\n', stdout);
}

char *output_person(const char *name, const char *address) {
    if (address == NULL || *address == '\0') return g_strdup(name != NULL ? name : "");
    if (name == NULL || *name == '\0') return g_strdup(address);
    return g_strdup_printf("%s <%s>", name, address);
}

char *output_count(int64_t number, const char *one, const char *many) {
    if (number == 1) return g_strdup_printf("one %s", one);
    return g_strdup_printf("%" G_GINT64_FORMAT " %s", number, many);
}
