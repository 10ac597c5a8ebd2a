#include "decide/command.h"

/* An order waits in a token's row until its address has confirmed. Its strings are a stranger's, so they are written as
 * GVariant's byte strings,
 * which take any bytes and keep to one line. */

static const char type[] = "a(sayayay)";

static Order *order_new(Verb verb, const char *group, const char *argument, const char *reason) {
    Order *order = g_new0(Order, 1);
    *order = (Order){verb, g_strdup(group), g_strdup(argument), g_strdup(reason)};
    return order;
}

void order_free(Order *order) {
    if (order == NULL) return;
    g_free(order->group);
    g_free(order->argument);
    g_free(order->reason);
    g_free(order);
}

void reading_free(Reading *reading) {
    if (reading == NULL) return;
    g_ptr_array_unref(reading->orders);
    g_ptr_array_unref(reading->unknown);
    g_free(reading->answer_text);
    g_free(reading);
}

static GVariant *bytes(const char *text) { return g_variant_new_bytestring(text != NULL ? text : ""); }

char *command_orders_text(const GPtrArray *orders) {
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE(type));
    for (guint i = 0; i < orders->len; i++) {
        const Order *order = orders->pdata[i];
        g_variant_builder_add(&builder, "(s@ay@ay@ay)", verb_words[order->verb], bytes(order->group),
        bytes(order->argument), bytes(order->reason));
    }
    g_autoptr(GVariant) list = g_variant_ref_sink(g_variant_builder_end(&builder));
    return g_variant_print(list, FALSE);
}

/* As a byte string it must end with its only NUL; an array of bytes that does not is none of ours. */
static bool is_string(GVariant *fields, gsize i) {
    g_autoptr(GVariant) field = g_variant_get_child_value(fields, i);
    gsize length;
    const char *data = g_variant_get_fixed_array(field, &length, 1);
    return length > 0 && memchr(data, '\0', length) == data + length - 1;
}

static Order *order_from(GVariant *fields) {
    if (!is_string(fields, 1) || !is_string(fields, 2) || !is_string(fields, 3)) return NULL;
    const char *word, *group, *argument, *reason;
    g_variant_get(fields, "(&s^&ay^&ay^&ay)", &word, &group, &argument, &reason);
    for (int i = 0; i < VERBS; i++)
        if (strcmp(verb_words[i], word) == 0) return order_new((Verb)i, group, argument, reason);
    return NULL;
}

GPtrArray *command_orders_parse(const char *text) {
    g_autoptr(GVariant) list = text != NULL ? g_variant_parse(G_VARIANT_TYPE(type), text, NULL, NULL, NULL) : NULL;
    if (list == NULL) return NULL;
    g_autoptr(GPtrArray) orders = g_ptr_array_new_with_free_func((GDestroyNotify)order_free);
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) fields = g_variant_get_child_value(list, i);
        Order *order = order_from(fields);
        if (order == NULL) return NULL;
        g_ptr_array_add(orders, order);
    }
    return g_steal_pointer(&orders);
}
