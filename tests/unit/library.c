#include "base/library.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* What is opened at need: a library that is there, one that is not, and one that has not all that we want of it. */

#define FUNCTIONS(of) of(hypot) of(fmax)
static struct {
    FUNCTIONS(LIBRARY_POINTER)
} found;
static const char *const names[] = {FUNCTIONS(LIBRARY_NAME) NULL};

static void functions_are_called_once_it_is_open(void **state) {
    (void)state;
    GError *error = NULL;
    Library library = {.file = "libm.so.6", .names = names, .functions = &found};
    assert_true(library_open(&library, &error));
    assert_true(found.hypot(3, 4) == 5 && found.fmax(1, 2) == 2);
    memset(&found, 0, sizeof found);
    assert_true(library_open(&library, &error)); /* and not opened again */
    assert_null(found.hypot);
}

static void refused(Library *library, const char *word) {
    g_autoptr(GError) error = NULL;
    assert_false(library_open(library, &error));
    assert_false(library->is_open);
    assert_true(g_error_matches(error, FAULT, FAULT_CONFIG));
    if (strstr(error->message, word) == NULL || strstr(error->message, library->file) == NULL) fail_msg("%s", error->message);
}

static void what_is_missing_is_named(void **state) {
    (void)state;
    static const char *const others[] = {"hypot", "no_such_function", NULL};
    void *functions[2] = {NULL, NULL};
    refused(&(Library){.file = "libnosuchthing.so.9", .names = names, .functions = &found}, "cannot open shared object file");
    refused(&(Library){.file = "libm.so.6", .names = others, .functions = functions}, "no_such_function");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_called_once_it_is_open),
        cmocka_unit_test(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
