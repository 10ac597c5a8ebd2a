#include "deliver/relay.h"

/* Holds one relay_send for the contract test: relay_driver CONFIG HEAD BODY SENDER RECIPIENT [SENDER RECIPIENT]…
 * Prints `email result reply` as each answer comes, so that a test sees their order and that each comes once (the
 * address is percent-encoded: bad ones are sent too). `relay_driver CONFIG check` asks what the doctor asks. */

static const char *const words[] = {"sent", "later", "refused", "untried"};

static void print_answer(Delivery *delivery, gpointer user) {
    (void)user;
    g_autofree char *email = g_uri_escape_string(delivery->email, "@", FALSE);
    printf("%s %s %s\n", email, words[delivery->result], delivery->reply);
    fflush(stdout);
}

static RelayJob *give_job(gpointer user) {
    RelayJob **left = user, *job = *left;
    *left = NULL;
    return job;
}

static bool is_settled(gpointer user) {
    (void)user;
    return true;
}

static GBytes *read_bytes(const char *file) {
    char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(file, &text, &length, NULL)) g_error("cannot read %s", file);
    return g_bytes_new_take(text, length);
}

int main(int count, char **arguments) {
    g_autoptr(GError) error = NULL;
    if (count < 3) return 64;
    g_autoptr(Config) config = config_load(arguments[1], &error);
    if (config == NULL) g_error("%s", error->message);
    const Relay *relay = relay_by_kind(config->relay);
    if (strcmp(arguments[2], "check") == 0) {
        if (!relay->check(config, &error)) printf("%s\n", error->message);
        return error == NULL ? 0 : 1;
    }
    if (count < 4 || count % 2 != 0) return 64;
    g_autoptr(GBytes) head = read_bytes(arguments[2]), body = read_bytes(arguments[3]);
    g_autoptr(GPtrArray) deliveries = g_ptr_array_new();
    for (int i = 4; i < count; i += 2) {
        Delivery *delivery = g_new0(Delivery, 1);
        delivery->id = i;
        delivery->envelope_sender = g_strdup(arguments[i]);
        delivery->email = g_strdup(arguments[i + 1]);
        g_ptr_array_add(deliveries, delivery);
    }
    RelayJob job = {.head = head, .body = body, .deliveries = (Delivery **)deliveries->pdata, .count = deliveries->len,
                    .until = g_get_monotonic_time() + config->lease_seconds * G_USEC_PER_SEC / 2};
    RelayJob *left = &job;
    const RelayWork work = {.next = give_job, .answer = print_answer, .settled = is_settled, .user = &left};
    relay->send(config, &work);
    for (guint i = 0; i < deliveries->len; i++) {
        Delivery *delivery = deliveries->pdata[i];
        g_free(delivery->email);
        g_free(delivery->envelope_sender);
        g_free(delivery->reply);
        g_free(delivery);
    }
    return 0;
}
