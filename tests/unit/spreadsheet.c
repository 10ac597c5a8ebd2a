#include "cli/spreadsheet.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* CSV files as Greek offices have them, byte for byte. */

static GPtrArray *read_bytes(const char *bytes, size_t length) {
    g_autoptr(GBytes) whole = g_bytes_new(bytes, length);
    return spreadsheet_read(whole, 4);
}

static GPtrArray *read_text(const char *text) { return read_bytes(text, strlen(text)); }

static const SheetRow *row_at(const GPtrArray *rows, guint row) {
    assert_true(row < rows->len);
    return rows->pdata[row];
}

static const char *cell(const GPtrArray *rows, guint row, guint column) {
    assert_true(column < row_at(rows, row)->cells->len);
    return row_at(rows, row)->cells->pdata[column];
}

static void commas_semicolons_and_tabs_separate(void **state) {
    (void)state;
    static const char separators[] = {',', ';', '\t'};
    for (size_t i = 0; i < sizeof separators; i++) {
        char s = separators[i];
        g_autofree char *text = g_strdup_printf("Μαρία%cmaria@dimos.gr%cΔήμος Άργους%cygeia paideia\r\n", s, s, s);
        g_autoptr(GPtrArray) rows = read_text(text);
        assert_int_equal(rows->len, 1);
        assert_int_equal(row_at(rows, 0)->cells->len, 4);
        assert_string_equal(cell(rows, 0, 2), "Δήμος Άργους");
        assert_string_equal(cell(rows, 0, 3), "ygeia paideia");
    }
}

static void many_semicolons_between_groups_do_not_hide_the_commas(void **state) {
    (void)state;
    g_autoptr(GPtrArray) rows = read_text("Μαρία,maria@dimos.gr,Δήμος,a;b;c;d;e;f\n");
    assert_int_equal(row_at(rows, 0)->cells->len, 4);
    assert_string_equal(cell(rows, 0, 3), "a;b;c;d;e;f");
}

static void quotes_keep_separators_quotes_and_line_ends(void **state) {
    (void)state;
    g_autoptr(GPtrArray) rows = read_text("\"Παππάς, Νίκος\",n@d.gr,\"Δ.Ε. \"\"Ήλιος\"\"\r\nΑργους\", \"a,b\" \nx,y,z,w\n");
    assert_int_equal(rows->len, 2);
    assert_null(row_at(rows, 0)->fault);
    assert_string_equal(cell(rows, 0, 0), "Παππάς, Νίκος");
    assert_string_equal(cell(rows, 0, 2), "Δ.Ε. \"Ήλιος\" Αργους");
    assert_string_equal(cell(rows, 0, 3), "a,b");
    assert_int_equal(row_at(rows, 1)->line, 3);
}

static void a_broken_quote_is_a_fault_with_its_line(void **state) {
    (void)state;
    g_autoptr(GPtrArray) rows = read_text("a,b,c,d\na,\"b,c,d\n");
    assert_int_equal(rows->len, 2);
    assert_int_equal(row_at(rows, 1)->line, 2);
    assert_non_null(row_at(rows, 1)->fault);
    g_autoptr(GPtrArray) behind = read_text("a,\"b\"c,d,e\n");
    assert_non_null(row_at(behind, 0)->fault);
}

static void empty_lines_are_left_out_and_still_counted(void **state) {
    (void)state;
    g_autoptr(GPtrArray) rows = read_text("\n\na,b,c,d\n,,,\n\ne,f,g,h");
    assert_int_equal(rows->len, 2);
    assert_int_equal(row_at(rows, 0)->line, 3);
    assert_int_equal(row_at(rows, 1)->line, 6);
}

static void the_marks_and_charsets_of_excel_are_understood(void **state) {
    (void)state;
    static const char greek[] = "\xCC\xE1\xF1\xDF\xE1;m@d.gr;\xA2\xF1\xE3\xEF\xF2;a\r\n";                                    /* windows-1253 */
    static const char wide[] = "\xFF\xFE\x9C\x03\t\0m\0\t\0" "d\0\t\0a\0\r\0\n\0";                                       /* UTF-16LE */
    static const char marked[] = "\xEF\xBB\xBF" "Όνομα;a;b;c\n";
    g_autoptr(GPtrArray) one = read_bytes(greek, sizeof greek - 1), two = read_bytes(wide, sizeof wide - 1), three = read_text(marked);
    assert_string_equal(cell(one, 0, 0), "Μαρία");
    assert_string_equal(cell(one, 0, 2), "Άργος");
    assert_string_equal(cell(two, 0, 0), "Μ");
    assert_string_equal(cell(three, 0, 0), "Όνομα");
}

static void nothing_gives_nothing(void **state) {
    (void)state;
    g_autoptr(GPtrArray) none = read_text(""), blank = read_text("\r\n\n  \n");
    assert_int_equal(none->len, 0);
    assert_int_equal(blank->len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_semicolons_and_tabs_separate),
        cmocka_unit_test(many_semicolons_between_groups_do_not_hide_the_commas),
        cmocka_unit_test(quotes_keep_separators_quotes_and_line_ends),
        cmocka_unit_test(a_broken_quote_is_a_fault_with_its_line),
        cmocka_unit_test(empty_lines_are_left_out_and_still_counted),
        cmocka_unit_test(the_marks_and_charsets_of_excel_are_understood),
        cmocka_unit_test(nothing_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
