#include <unistd.h>
#include "cli/commands.h"
#include "cli/instance.h"
#include "cli/order.h"
#include "cli/output.h"
#include "cli/spreadsheet.h"
#include "message/address.h"
#include "message/text.h"
#include "store/groups.h"
#include "store/people.h"

/* `member import`: the staff list of an office becomes memberships. Every line is looked at before anything is done, and
 * one bad line stops all of it: half a list imported is worse than none, because nobody knows which half. */

enum { FILE_MOST = 64 << 20, LINES_MOST = 200000, PROGRESS_FROM = 1000 };
typedef enum {
    /* What a table without headings has, in this order. */
    CELL_NAME, CELL_ADDRESS, CELL_ORGANISATION, CELL_GROUPS, CELLS_PLAIN,
    CELL_SURNAME = CELLS_PLAIN, CELL_DELIVERY, CELL_ROLE, CELLS
} CellKind;
static const char *const cell_names[CELLS] = {"name", "address", "organisation", "groups", "surname", "delivery", "role"};

/* Compared after text_fold: case, accents and final sigma do not matter. */
static const struct {
    CellKind kind;
    const char *heading;
} headings[] = {
    {CELL_NAME, "name"},
    {CELL_NAME, "full name"},
    {CELL_NAME, "όνομα"},
    {CELL_NAME, "ονοματεπώνυμο"},
    {CELL_ADDRESS, "address"},
    {CELL_ADDRESS, "email"},
    {CELL_ADDRESS, "e-mail"},
    {CELL_ADDRESS, "mail"},
    {CELL_ADDRESS, "διεύθυνση"},
    {CELL_ADDRESS, "ηλεκτρονική διεύθυνση"},
    {CELL_ADDRESS, "ηλεκτρονικό ταχυδρομείο"},
    {CELL_ORGANISATION, "organisation"},
    {CELL_ORGANISATION, "organization"},
    {CELL_ORGANISATION, "φορέας"},
    {CELL_ORGANISATION, "οργανισμός"},
    {CELL_ORGANISATION, "δήμος"},
    {CELL_ORGANISATION, "υπηρεσία"},
    {CELL_GROUPS, "groups"},
    {CELL_GROUPS, "group"},
    {CELL_GROUPS, "ομάδες"},
    {CELL_GROUPS, "ομάδα"},
    {CELL_SURNAME, "surname"},
    {CELL_SURNAME, "last name"},
    {CELL_SURNAME, "επώνυμο"},
    {CELL_DELIVERY, "delivery"},
    {CELL_DELIVERY, "παράδοση"},
    {CELL_ROLE, "role"},
    {CELL_ROLE, "ρόλος"},
};

/* The words of the cells for delivery and role; the program's own English ones are known besides. Compared after text_fold. */
static const struct {
    CellKind kind;
    int value;
    const char *word;
} choices[] = {
    {CELL_DELIVERY, DELIVERY_EACH, "όλα"},    {CELL_DELIVERY, DELIVERY_DIGEST, "σύνοψη"}, {CELL_DELIVERY, DELIVERY_NONE, "τίποτα"},
    {CELL_ROLE, ROLE_MEMBER, "μέλος"},        {CELL_ROLE, ROLE_MODERATOR, "συντονιστής"}, {CELL_ROLE, ROLE_MODERATOR, "συντονίστρια"},
    {CELL_ROLE, ROLE_OWNER, "υπεύθυνος"},     {CELL_ROLE, ROLE_OWNER, "υπεύθυνη"},
};

const char member_import_more[] =
    "The first line names the columns, in any order; accents and case do not matter:\n"
    "  address       Email, Mail, Address, Διεύθυνση, Ηλεκτρονική διεύθυνση, Ηλεκτρονικό ταχυδρομείο (needed)\n"
    "  groups        Groups, Group, Ομάδες, Ομάδα (needed): separated by blank, comma, semicolon or |\n"
    "  name          Name, Full name, Ονοματεπώνυμο, Όνομα\n"
    "  surname       Surname, Last name, Επώνυμο: put behind the name\n"
    "  organisation  Organisation, Φορέας, Οργανισμός, Δήμος, Υπηρεσία\n"
    "  delivery      Delivery, Παράδοση: each, digest, none, or όλα, σύνοψη, τίποτα\n"
    "  role          Role, Ρόλος: member, moderator, owner, or μέλος, συντονιστής, υπεύθυνος\n"
    "Any other heading is an error. Without headings the order is name, address, organisation, groups.\n"
    "Columns are separated by comma, semicolon or tab; the file is UTF-8, UTF-16 or windows-1253 (ISO 8859-7). What Excel\n"
    "and LibreOffice save as CSV or “Unicode text” is read as it is.\n";

typedef struct {
    Call *call;
    const SheetRow *headings; /* NULL: the file has none */
    guint columns;
    int place[CELLS];     /* of each kind in a row; -1: not there */
    GHashTable *groups;   /* as written → the group's name, or "" when there is none */
    GHashTable *seen;     /* “address group” → line */
    GPtrArray *intents;   /* Intent *, each with its member */
    GArray *intent_lines; /* int: where each comes from */
    Table *report;
    int64_t lines, bad;
} Import;

/* What one line says of a person. */
typedef struct {
    char *email, *name;
    int delivery, role; /* -1: as it is */
} Wish;

static void wish_clear(Wish *wish) {
    g_free(wish->email);
    g_free(wish->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

static void intent_free(gpointer data) {
    Intent *intent = data;
    member_change_clear(intent->member);
    g_free(intent->member);
    g_free(intent);
}

static int heading_kind(const char *text) {
    g_autofree char *folded = text_fold(text);
    for (size_t i = 0; i < G_N_ELEMENTS(headings); i++) {
        g_autofree char *known = text_fold(headings[i].heading);
        if (strcmp(folded, known) == 0) return (int)headings[i].kind;
    }
    return -1;
}

static bool name_column(Import *import, guint column, const char *heading, GError **error) {
    int kind = heading_kind(heading);
    if (*heading == '\0') return true;
    if (kind < 0)
        return fault_set(error, FAULT_PERMANENT, "there is no column “%s”: take it out, or see diktyo member import --help", heading);
    if (import->place[kind] >= 0)
        return fault_set(error, FAULT_PERMANENT, "“%s” is a second column for the %s", heading, cell_names[kind]);
    import->place[kind] = (int)column;
    return true;
}

/* The first row is one of headings when it has a known one and no address; without it the order is the documented one. */
static bool read_headings(Import *import, const SheetRow *row, GError **error) {
    bool address = false, known = false;
    for (guint i = 0; i < row->cells->len; i++) {
        const char *cell = g_ptr_array_index(row->cells, i);
        address = address || strchr(cell, '@') != NULL;
        known = known || heading_kind(cell) >= 0;
    }
    import->headings = known && !address ? row : NULL;
    import->columns = import->headings != NULL ? row->cells->len : CELLS_PLAIN;
    for (int kind = 0; kind < CELLS; kind++) import->place[kind] = import->headings == NULL && kind < CELLS_PLAIN ? kind : -1;
    for (guint i = 0; import->headings != NULL && i < row->cells->len; i++)
        if (!name_column(import, i, g_ptr_array_index(row->cells, i), error)) return false;
    if (import->place[CELL_ADDRESS] >= 0 && import->place[CELL_GROUPS] >= 0) return true;
    return fault_set(error, FAULT_PERMANENT, "the first line names no column for the %s; see diktyo member import --help",
                     cell_names[import->place[CELL_ADDRESS] < 0 ? CELL_ADDRESS : CELL_GROUPS]);
}

/* A cell below no heading: nobody could say where it belongs. 0: there is none; else its column, from 1. */
static guint stray_cell(const Import *import, const SheetRow *row) {
    for (guint i = 0; import->headings != NULL && i < MIN(row->cells->len, import->columns); i++) {
        const char *heading = g_ptr_array_index(import->headings->cells, i), *cell = g_ptr_array_index(row->cells, i);
        if (*heading == '\0' && *cell != '\0') return i + 1;
    }
    return 0;
}

static const char *cell_of(const Import *import, const SheetRow *row, CellKind kind) {
    int place = import->place[kind];
    const char *text = place >= 0 && (guint)place < row->cells->len ? g_ptr_array_index(row->cells, place) : "";
    return *text != '\0' ? text : NULL;
}

/* The name in full, surname last; NULL when none is given. Yours. */
static char *name_of(const Import *import, const SheetRow *row) {
    const char *name = cell_of(import, row, CELL_NAME), *surname = cell_of(import, row, CELL_SURNAME);
    if (name == NULL || surname == NULL) return g_strdup(name != NULL ? name : surname);
    return g_strconcat(name, " ", surname, NULL);
}

/* *value is the cell's word among those of its kind, -1 for an empty cell; an unknown one is named in *bad (yours). */
static void read_choice(const Import *import, const SheetRow *row, CellKind kind, int *value, char **bad) {
    const char *written = cell_of(import, row, kind);
    *value = -1;
    if (written == NULL || *bad != NULL) return;
    g_autofree char *folded = text_fold(written);
    *value = word_index(kind == CELL_ROLE ? role_words : delivery_mode_words, folded);
    for (size_t i = 0; *value < 0 && i < G_N_ELEMENTS(choices); i++) {
        g_autofree char *known = text_fold(choices[i].word);
        if (choices[i].kind == kind && strcmp(known, folded) == 0) *value = choices[i].value;
    }
    if (*value < 0) *bad = g_strdup_printf("there is no %s “%s”", cell_names[kind], written);
}

/* The real name of a group as it was written (case and aliases do not matter); "" when there is none; NULL on failure. */
static const char *group_name(Import *import, const char *written, GError **error) {
    const char *known = g_hash_table_lookup(import->groups, written);
    if (known != NULL) return known;
    g_autofree char *lower = g_ascii_strdown(written, -1);
    g_autoptr(GError) reason = NULL;
    g_autoptr(Group) group = groups_find(import->call->database, lower, &reason);
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return NULL;
    }
    char *name = g_strdup(group != NULL ? group->name : "");
    g_hash_table_insert(import->groups, g_strdup(written), name);
    return name;
}

static void add_intent(Import *import, const SheetRow *row, const Wish *wish, const char *group) {
    Intent *intent = g_new(Intent, 1);
    *intent = order_intent(import->call, INTENT_MEMBER_PUT);
    intent->member = g_new0(MemberChange, 1);
    *intent->member = (MemberChange){.group = g_strdup(group),
                                     .email = g_strdup(wish->email),
                                     .name = g_strdup(wish->name),
                                     .organisation = g_strdup(cell_of(import, row, CELL_ORGANISATION)),
                                     .delivery = wish->delivery,
                                     .role = wish->role};
    g_ptr_array_add(import->intents, intent);
    g_array_append_val(import->intent_lines, row->line);
}

static bool differs(const char *new, const char *old) { return new != NULL &&g_strcmp0(new, old) != 0; }

/* Asks the same rules that will hold when it is applied. */
static bool is_refused(Import *import, char **bad, GError **error) {
    g_auto(Foresight) foresight = {0};
    const Intent *intent = g_ptr_array_index(import->intents, import->intents->len - 1);
    if (!act_foresee(import->call->database, intent, &foresight, error)) return false;
    if (foresight.plan.answer == ANSWER_REFUSED) *bad = g_strdup(foresight.plan.status);
    return true;
}

/* One group of one line: what would happen is added to `says`; a bad one is named in *bad (yours). False: the database failed. */
static bool look_at_group(Import *import, const SheetRow *row, const Wish *wish, const char *written, GString *says,
                          char **bad, GError **error) {
    const char *email = wish->email;
    const char *group = group_name(import, written, error);
    if (group == NULL) return false;
    if (*group == '\0') {
        *bad = g_strdup_printf("there is no group “%s”", written);
        return true;
    }
    char *key = g_strdup_printf("%s %s", email, group);
    int before = GPOINTER_TO_INT(g_hash_table_lookup(import->seen, key));
    if (before != 0) {
        *bad = before == row->line ? g_strdup_printf("%s is named twice", group)
                                   : g_strdup_printf("the same as line %d: %s in %s", before, email, group);
        g_free(key);
        return true;
    }
    g_hash_table_insert(import->seen, key, GINT_TO_POINTER(row->line));
    g_autoptr(GError) reason = NULL;
    g_autoptr(Person) person = people_find(import->call->database, email, &reason);
    g_autoptr(Group) found = person != NULL ? groups_find(import->call->database, group, &reason) : NULL;
    g_autoptr(Membership) member =
        found != NULL ? people_membership(import->call->database, found->id, person->id, &reason) : NULL;
    if (reason != NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    bool other_name = person != NULL && differs(wish->name, person->name);
    bool other_place = person != NULL && differs(cell_of(import, row, CELL_ORGANISATION), person->organisation);
    bool first = says->len == 0;
    if (first && other_name) g_string_append_printf(says, "gets the name “%s”, ", wish->name);
    if (first && other_place) g_string_append_printf(says, "gets the organisation “%s”, ", cell_of(import, row, CELL_ORGANISATION));
    g_string_append_printf(says, "%s%s %s", first ? "" : ", ", member != NULL ? "is already in" : "joins", group);
    if (wish->role >= 0 && (member == NULL || (int)member->role != wish->role))
        g_string_append_printf(says, " as %s", role_words[wish->role]);
    if (wish->delivery >= 0 && (member == NULL || (int)member->delivery != wish->delivery))
        g_string_append_printf(says, " with delivery %s", delivery_mode_words[wish->delivery]);
    add_intent(import, row, wish, group);
    return is_refused(import, bad, error);
}

static bool look_at_row(Import *import, const SheetRow *row, GError **error) {
    g_autoptr(GString) says = g_string_new(NULL);
    g_autofree char *bad = NULL;
    g_autoptr(GError) reason = NULL;
    const char *written = cell_of(import, row, CELL_ADDRESS), *groups = cell_of(import, row, CELL_GROUPS);
    g_auto(Wish) wish = {.email = written != NULL ? address_canonical(written, &reason) : NULL, .name = name_of(import, row)};
    guint stray = stray_cell(import, row);
    if (row->fault != NULL) bad = g_strdup(row->fault);
    else if (row->cells->len != import->columns)
        bad = g_strdup_printf("%u columns, not %u", row->cells->len, import->columns);
    else if (written == NULL) bad = g_strdup("there is no address");
    else if (wish.email == NULL) bad = g_strdup(reason->message);
    else if (stray != 0) bad = g_strdup_printf("column %u has no heading", stray);
    read_choice(import, row, CELL_DELIVERY, &wish.delivery, &bad);
    read_choice(import, row, CELL_ROLE, &wish.role, &bad);
    g_auto(GStrv) names = g_strsplit_set(groups != NULL ? groups : "", " |;,", -1);
    bool named = false;
    for (int i = 0; bad == NULL && names[i] != NULL; i++) {
        if (*names[i] == '\0') continue;
        named = true;
        if (!look_at_group(import, row, &wish, names[i], says, &bad, error)) return false;
    }
    if (bad == NULL && !named) bad = g_strdup("no group is named");
    import->lines++;
    import->bad += bad != NULL;
    g_autofree char *marked = bad != NULL ? g_strconcat("BAD: ", bad, NULL) : NULL;
    table_number(import->report, row->line);
    table_text(import->report, wish.email != NULL ? wish.email : written);
    table_text(import->report, wish.name);
    table_text(import->report, marked != NULL ? marked : says->str);
    return true;
}

static void show_progress(guint done, guint all) {
    enum { WIDTH = 40 };
    if (all < PROGRESS_FROM || !isatty(STDOUT_FILENO) || (done % 100 != 0 && done != all)) return;
    g_autofree char *bar = g_strnfill(done * WIDTH / all, '#');
    printf("\r[%-*s] %u of %u lines%s", WIDTH, bar, done, all, done == all ? "\n" : "");
    fflush(stdout);
}

static bool look_at_all(Import *import, const GPtrArray *rows, GError **error) {
    if (rows->len == 0) return fault_set(error, FAULT_PERMANENT, "there is no line in it");
    if (rows->len > LINES_MOST) return fault_set(error, FAULT_PERMANENT, "it has more than %d lines", LINES_MOST);
    if (!read_headings(import, g_ptr_array_index(rows, 0), error)) return false;
    for (guint i = import->headings != NULL; i < rows->len; i++) {
        if (!look_at_row(import, g_ptr_array_index(rows, i), error)) return false;
        show_progress(i + 1, rows->len);
    }
    return true;
}

static bool apply(Import *import, GError **error) {
    g_auto(Outcome) outcome = {0};
    g_autoptr(GError) reason = NULL;
    size_t refused = 0;
    if (order_carry_out(import->call, (Intent *const *)import->intents->pdata, import->intents->len, &outcome, &refused,
                        &reason))
        return true;
    if (!g_error_matches(reason, FAULT, FAULT_PERMANENT) || refused >= import->intents->len) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    return fault_set(error, FAULT_PERMANENT, "line %d: %s; nothing was done",
                     g_array_index(import->intent_lines, int, refused), reason->message);
}

static bool conclude(Import *import, bool apply_it, GError **error) {
    bool bad = import->bad > 0;
    if (!apply_it || bad) table_print(import->report, false, "There is no line but the headings.");
    g_autofree char *lines = output_count(import->lines, "line", "lines");
    if (bad) {
        fprintf(stderr, "diktyo: %" G_GINT64_FORMAT " of %s bad; nothing was done\n", import->bad, lines);
        import->call->exit_code = 1;
        return true;
    }
    if (apply_it && !apply(import, error)) return false;
    g_autofree char *memberships = output_count(import->intents->len, "membership", "memberships");
    printf(apply_it ? "%s, %s: done.\n" : "\n%s, %s. Nothing was done yet: add --apply to do it.\n", lines, memberships);
    return true;
}

static void import_clear(Import *import) {
    g_hash_table_unref(import->groups);
    g_hash_table_unref(import->seen);
    g_ptr_array_unref(import->intents);
    g_array_unref(import->intent_lines);
    table_free(import->report);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Import, import_clear)

bool member_import_command(Call *call, GError **error) {
    static const Column columns[] = {
        {"line", "line", true}, {"address", "address", false}, {"name", "name", false}, {"what", "what would happen", false}, {NULL}};
    g_autoptr(GBytes) bytes = instance_read_file(call->operands[0], FILE_MOST, error);
    if (bytes == NULL || !instance_open(call, error)) return false;
    g_autoptr(GPtrArray) rows = spreadsheet_read(bytes, CELLS_PLAIN);
    g_auto(Import) import = {.call = call,
                             .groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                             .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                             .intents = g_ptr_array_new_with_free_func(intent_free),
                             .intent_lines = g_array_new(FALSE, FALSE, sizeof(int)),
                             .report = table_new(columns)};
    return look_at_all(&import, rows, error) && conclude(&import, call_option(call, "apply") != NULL, error);
}
