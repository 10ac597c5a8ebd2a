#include "fixture.h"
#include "decide/route.h"

/* readings as text, `kind group argument` one by one */
static char *readings(const char *local) {
    g_autoptr(GPtrArray) list = route_readings(local);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++) {
        const Route *route = list->pdata[i];
        g_string_append_printf(text, "%s%s/%s/%s", i > 0 ? " " : "", route_word(route->kind), route->group, route->argument);
    }
    return g_string_free(text, FALSE);
}

static void every_address_of_a_group_is_read(void **state) {
    (void)state;
    static const char *const table[][2] = {
        {"environment", "post/environment/"},
        {"environment-owner", "post/environment-owner/ owner/environment/"},
        {"environment+owner", "owner/environment/"},
        {"environment-request", "post/environment-request/ request/environment/"},
        {"environment-join", "post/environment-join/ join/environment/"},
        {"environment+subscribe", "join/environment/"},
        {"environment-unsubscribe", "post/environment-unsubscribe/ leave/environment/"},
        {"environment+leave", "leave/environment/"},
        {"environment-leave+abc", "leave/environment/abc"},
        {"environment-confirm+abc234", "confirm/environment/abc234"},
        {"environment+confirm+abc234", "confirm/environment/abc234"},
        {"environment-moderate+abc234", "moderate/environment/abc234"},
        {"environment-bounces+abc234", "bounces/environment/abc234"},
        {"environment-bounces", "post/environment-bounces/ bounces/environment/"},
        {"environment-reply+12", "post/environment/12"},
        {"environment+reply+12", "post/environment/12"},
        {"environment-reply", "post/environment-reply/ post/environment/"},
        {"diktyo-reply+12", "unknown//"},
        {"environment-help", "post/environment-help/ help/environment/"},
        {"koinoniki-politiki-leave", "post/koinoniki-politiki-leave/ leave/koinoniki-politiki/"},
        {"diktyo", "site//"},
        {"postmaster", "site//postmaster"},
        {"diktyo-bounces+abc234", "bounces//abc234"},
        {"diktyo-mute+12-abc234", "mute//12-abc234"},
        {"diktyo-unmute+12-abc234", "unmute//12-abc234"},
        {"diktyo-nodigest+abc234", "nodigest//abc234"},
        {"environment-mute+12-abc234", "unknown//"},
        {"environment+foo", "unknown//"},
        {"-owner", "unknown//"},
        {"../etc/passwd", "unknown//"},
        {"περιβάλλον", "unknown//"},
        {"", "unknown//"},
        {"+", "unknown//"},
        {"a--owner", "unknown//"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *found = readings(table[i][0]);
        assert_string_equal(found, table[i][1]);
    }
}

static void a_group_name_is_plain_and_leaves_the_words_alone(void **state) {
    (void)state;
    static const char *const good[] = {"environment", "koinoniki-politiki", "a", "it.2026", "tourismos_2"};
    static const char *const bad[] = {"", "Environment", "diktyo", "postmaster", "x-owner", "x-bounces", "x-reply", "a..b", "-a", "a-", "a b", "a@b", "a/b", "ομάδα",
                                      "abcdefghijklmnopqrstuvwxyz012"};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) assert_true(route_is_group_name(good[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) assert_false(route_is_group_name(bad[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_address_of_a_group_is_read),
        cmocka_unit_test(a_group_name_is_plain_and_leaves_the_words_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
