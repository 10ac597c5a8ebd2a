#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gio/gio.h>
#include "cli/commands.h"
#include "cli/instance.h"

/* A new instance is one folder: the commented configuration with the given settings put in their places, and an empty
 * database. It is made only where nothing is, and what a failure has begun is taken away again. */

static const struct {
    const char *option, *section, *key;
} written_settings[] = {
    {"domain", "site", "domain"}, {"name", "site", "name"}, {"language", "site", "language"}, {"zone", "site", "zone"}};

static bool is_setting(const char *line, const char *key) {
    if (*line == '#') line++;
    if (!g_str_has_prefix(line, key)) return false;
    line += strlen(key);
    while (*line == ' ' || *line == '\t') line++;
    return *line == '=';
}

/* The sample with one setting put in: in its own (perhaps commented) line, else right under its section's heading. */
static char *with_setting(const char *sample, const char *section, const char *key, const char *value) {
    g_auto(GStrv) lines = g_strsplit(sample, "\n", -1);
    g_autofree char *heading = g_strdup_printf("[%s]", section);
    int place = -1, under = -1;
    bool inside = false;
    for (int i = 0; lines[i] != NULL && place < 0; i++) {
        if (lines[i][0] == '[') inside = g_str_has_prefix(lines[i], heading);
        if (inside && lines[i][0] == '[') under = i;
        if (inside && is_setting(lines[i], key)) place = i;
    }
    int at = place >= 0 ? place : under;
    if (at < 0) return g_strdup_printf("%s\n%s\n%s = %s\n", sample, heading, key, value);
    char *old = lines[at];
    lines[at] = place >= 0 ? g_strdup_printf("%s = %s", key, value) : g_strdup_printf("%s\n%s = %s", old, key, value);
    g_free(old);
    return g_strjoinv("\n", lines);
}

static char *configuration_text(const Call *call, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autoptr(GBytes) sample = g_resources_lookup_data("/diktyo/etc/diktyo.conf", G_RESOURCE_LOOKUP_FLAGS_NONE, &reason);
    if (sample == NULL) {
        fault_set(error, FAULT_INTERNAL, "the built-in configuration: %s", reason->message);
        return NULL;
    }
    char *text = g_strndup(g_bytes_get_data(sample, NULL), g_bytes_get_size(sample));
    for (size_t i = 0; i < G_N_ELEMENTS(written_settings); i++) {
        const char *value = call_option(call, written_settings[i].option);
        if (value == NULL) continue;
        g_autofree char *before = text;
        /* GKeyFile reads \ as the beginning of an escape. */
        g_auto(GStrv) pieces = g_strsplit(value, "\\", -1);
        g_autofree char *escaped = g_strjoinv("\\\\", pieces);
        text = with_setting(before, written_settings[i].section, written_settings[i].key, escaped);
    }
    return text;
}

static bool is_empty_folder(const char *folder, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autoptr(GDir) entries = g_dir_open(folder, 0, &reason);
    if (entries == NULL) return fault_set(error, FAULT_PERMANENT, "cannot look into %s: %s", folder, reason->message);
    g_autofree char *file = g_build_filename(folder, "diktyo.conf", NULL);
    if (access(file, F_OK) == 0) return fault_set(error, FAULT_PERMANENT, "%s is an instance already", folder);
    if (g_dir_read_name(entries) == NULL) return true;
    return fault_set(error, FAULT_PERMANENT, "%s is not empty: give a new or an empty folder", folder);
}

/* *made: it was not there before. An existing one decides whose the instance is: root becomes its owner. */
static bool prepare_folder(const char *folder, bool *made, GError **error) {
    *made = mkdir(folder, 0700) == 0;
    if (*made) return true;
    if (errno != EEXIST)
        return fault_set(error, FAULT_PERMANENT, "cannot make the folder %s: %s", folder, g_strerror(errno));
    if (!instance_become_owner(folder, error) || !is_empty_folder(folder, error)) return false;
    if (chmod(folder, 0700) == 0) return true;
    return fault_set(error, FAULT_PERMANENT, "cannot close %s to others: %s", folder, g_strerror(errno));
}

static bool fill_folder(Call *call, const char *file, const char *text, GError **error) {
    g_autoptr(GError) reason = NULL;
    if (!g_file_set_contents_full(file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                  &reason))
        return fault_set(error, FAULT_PERMANENT, "%s", reason->message);
    call->config = config_load(file, &reason);
    if (call->config != NULL) return database_create(call->config, error);
    /* “FILE:LINE: [site] domain: …”: the file will be gone in a moment; what was mistyped is the option of that name. */
    const char *mistyped = strstr(reason->message, "] ");
    return fault_set(error, FAULT_USAGE, "--%s", mistyped != NULL ? mistyped + strlen("] ") : reason->message);
}

static void undo(const Call *call, const char *folder, const char *file, bool made) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; call->config != NULL && i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *piece = g_strconcat(call->config->database, endings[i], NULL);
        unlink(piece);
    }
    unlink(file);
    if (made) rmdir(folder);
}

bool init_command(Call *call, GError **error) {
    if (call_option(call, "domain") == NULL)
        return fault_set(error, FAULT_USAGE,
                         "--domain is needed: the part after the @ of the groups' addresses, as groups.example.gr");
    g_autofree char *folder = g_canonicalize_filename(call->operands[0], NULL);
    g_autofree char *file = g_build_filename(folder, "diktyo.conf", NULL);
    g_autofree char *text = configuration_text(call, error);
    bool made = false;
    if (text == NULL || !prepare_folder(folder, &made, error)) return false;
    if (!fill_folder(call, file, text, error)) {
        undo(call, folder, file, made);
        return false;
    }
    printf("A new instance for @%s is in %s\n\n", call->config->domain, folder);
    printf("Next:\n  export DIKTYO_CONFIG=%s\n  diktyo group add NAME --title TITLE --owner ADDRESS\n  diktyo doctor\n",
           file);
    if (geteuid() == 0)
        printf("\nThe folder belongs to root, and Postfix runs no program as root. Give it to Debian's user for list "
               "managers:\n"
               "  chown -R list:list %s\n",
               folder);
    return true;
}
