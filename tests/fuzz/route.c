/* Every local part has a reading, and every reading names what a group's name is made of, or the site (""). */
#include "decide/route.h"
#include "model/group.h"
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    g_autofree char *local = g_strndup((const char *)bytes, length);
    g_autoptr(GPtrArray) readings = route_readings(local);
    if (readings->len == 0) g_error("no reading");
    for (guint i = 0; i < readings->len; i++) {
        Route *route = readings->pdata[i];
        if ((int)route->kind < 0 || route->kind >= ROUTES || route->group == NULL || route->argument == NULL) g_error("no route");
        size_t letters = strspn(route->group, "abcdefghijklmnopqrstuvwxyz0123456789._-");
        if (route->group[letters] != '\0' || letters > GROUP_NAME_LONGEST) g_error("no group's name: %s", route->group);
        if (route->kind == ROUTE_POST && letters == 0) g_error("a post to nobody");
        if (strlen(route->argument) > length || strlen(route->group) > length) g_error("longer than what it is read from");
    }
    return 0;
}
