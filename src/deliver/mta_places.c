#include "deliver/mta_places.h"
#include <string.h>

static void place_free(gpointer data) {
    MtaPlace *place = data;
    g_free(place->name);
    g_free(place->service);
    g_free(place);
}

static bool is_port(const char *text) {
    guint64 number;
    return g_ascii_string_to_unsigned(text, 10, 1, 65535, &number, NULL);
}

/* A name with more than one colon is an IPv6 address that nobody put into brackets. */
static MtaPlace *read_place(const Config *config, const char *word) {
    g_autofree char *port = g_strdup_printf("%" G_GINT64_FORMAT, config->relay_port), *name = NULL;
    const char *colon = strrchr(word, ':'), *given = NULL;
    if (g_str_has_prefix(word, "unix:/")) {
        MtaPlace *place = g_new0(MtaPlace, 1);
        place->name = g_strdup(word + strlen("unix:"));
        return place;
    }
    if (*word == '[') {
        const char *end = strchr(word, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':')) return NULL;
        name = g_strndup(word + 1, (gsize)(end - word - 1));
        given = end[1] == ':' ? end + 2 : NULL;
    } else if (colon != NULL && strchr(word, ':') == colon) {
        name = g_strndup(word, (gsize)(colon - word));
        given = colon + 1;
    } else
        name = g_strdup(word);
    if (*name == '\0' || (given != NULL && !is_port(given))) return NULL;
    MtaPlace *place = g_new0(MtaPlace, 1);
    place->name = g_steal_pointer(&name);
    place->service = g_strdup(given != NULL ? given : port);
    return place;
}

GPtrArray *mta_places_new(const Config *config, GError **error) {
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(place_free);
    g_auto(GStrv) words = g_strsplit_set(config->relay_host, " ,\t", -1);
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0') continue;
        MtaPlace *place = read_place(config, *word);
        if (place == NULL) {
            fault_set(error, FAULT_CONFIG, "[relay] host: “%s” is no server: write NAME, NAME:PORT, [IPV6]:PORT or unix:/PATH", *word);
            return NULL;
        }
        g_ptr_array_add(places, place);
    }
    if (places->len > 0) return g_steal_pointer(&places);
    fault_set(error, FAULT_CONFIG, "[relay] host names no server");
    return NULL;
}
