#include "base/config.h"
#include <errno.h>

#define AT(field) offsetof(Config, field)

const Setting config_settings[] = {
    {"site", "domain", SETTING_DOMAIN, AT(domain), NULL, 0, 0, NULL, "The mail domain of the groups."},
    {"site", "name", SETTING_TEXT, AT(name), "diktyo", 0, 0, NULL, "What the site is called in mails to people."},
    {"site", "language", SETTING_CHOICE, AT(language), "el", 0, 0, "el|en", "The language of people and groups that chose none."},
    {"site", "zone", SETTING_ZONE, AT(zone), "Europe/Athens", 0, 0, NULL, "The time zone of groups that chose none."},
    {"store", "database", SETTING_PATH, AT(database), "diktyo.db", 0, 0, NULL, "The one database file."},
    {"store", "busy_seconds", SETTING_NUMBER, AT(busy_seconds), "30", 1, 600, NULL,
     "How long to wait for another process that writes, before answering: try again later."},
    {"store", "bell", SETTING_PATH, AT(bell), "bell", 0, 0, NULL,
     "The socket on which a waiting `diktyo deliver` is told of new mail."},
    {"log", "target", SETTING_PATH, AT(log), "diktyo.log", 0, 0, NULL, "A file, or the word stderr, syslog or none."},
    {"templates", "directory", SETTING_PATH, AT(templates), "", 0, 0, NULL,
     "A folder with el/ and en/ whose files replace the built-in notices of the same name."},
    {"limits", "message_bytes", SETTING_NUMBER, AT(message_bytes), "104857600", 1024, 1073741824, NULL,
     "A larger message is refused (5.3.4)."},
    {"limits", "header_bytes", SETTING_NUMBER, AT(header_bytes), "262144", 1024, 4194304, NULL,
     "A message with more bytes of header is held as unreadable."},
    {"limits", "header_lines", SETTING_NUMBER, AT(header_lines), "2000", 16, 50000, NULL,
     "A message with more lines in one header (its own or a part's) is held as unreadable."},
    {"limits", "boundary_lines", SETTING_NUMBER, AT(boundary_lines), "2000", 16, 50000, NULL,
     "A message with more lines that may begin a MIME part is held as unreadable."},
    {"limits", "parse_memory", SETTING_NUMBER, AT(parse_memory), "134217728", 16777216, 4294967296, NULL,
     "Bytes of memory that reading one message may take, beyond the message itself."},
    {"limits", "parse_seconds", SETTING_NUMBER, AT(parse_seconds), "5", 1, 60, NULL,
     "Seconds that reading one message may take before it is held as unreadable."},
    {"limits", "hops", SETTING_NUMBER, AT(hops), "30", 5, 200, NULL,
     "A message with more Received fields is taken for a loop and held."},
    {"lmtp", "listen", SETTING_TEXT, AT(lmtp_listen), "/run/diktyo/lmtp", 0, 0, NULL,
     "Where `diktyo lmtp` waits: the path of a socket, or 127.0.0.1:PORT."},
    {"lmtp", "sessions", SETTING_NUMBER, AT(lmtp_sessions), "50", 1, 1000, NULL, "How many clients of it may be connected at once."},
    {"lmtp", "seconds", SETTING_NUMBER, AT(lmtp_seconds), "300", 1, 3600, NULL,
     "How long it waits for a client's next bytes; a whole message may take twice as long."},
    {"relay", "kind", SETTING_CHOICE, AT(relay), "smtp", 0, 0, "smtp|esmtp|maildir",
     "How mail leaves: smtp (our own client, for fan-out), esmtp (libESMTP) or maildir (into folders, for trying things out)."},
    {"relay", "protocol", SETTING_CHOICE, AT(relay_protocol), "smtp", 0, 0, "smtp|lmtp", "For kind = smtp: what the server speaks."},
    {"relay", "host", SETTING_TEXT, AT(relay_host), "127.0.0.1", 0, 0, NULL,
     "The server that takes our mail. For kind = smtp also several, tried in this order: NAME, NAME:PORT, [IPV6]:PORT, unix:/PATH."},
    {"relay", "port", SETTING_NUMBER, AT(relay_port), "25", 1, 65535, NULL, "Its port, where host does not say it."},
    {"relay", "sessions", SETTING_NUMBER, AT(relay_sessions), "8", 1, 64, NULL, "For kind = smtp: connections at a time."},
    {"relay", "tls", SETTING_CHOICE, AT(relay_tls), "no", 0, 0, "no|must|implicit",
     "must: STARTTLS with a verified certificate, or nothing is sent; implicit: TLS from the first octet on (port 465; kind = smtp)."},
    {"relay", "authorities", SETTING_PATH, AT(relay_authorities), "", 0, 0, NULL,
     "For kind = smtp: a file of certificates to trust instead of the system's."},
    {"relay", "user", SETTING_TEXT, AT(relay_user), "", 0, 0, NULL, "A user name, if the server wants one (needs tls = must)."},
    {"relay", "password", SETTING_TEXT, AT(relay_password), "", 0, 0, NULL, "Its password."},
    {"relay", "seconds", SETTING_NUMBER, AT(relay_seconds), "60", 1, 3600, NULL, "How long to wait for one answer of the server."},
    {"relay", "maildirs", SETTING_PATH, AT(relay_maildirs), "mail", 0, 0, NULL,
     "For kind = maildir: the folder with one Maildir per address."},
    {"delivery", "retry_first", SETTING_NUMBER, AT(retry_first), "300", 1, 86400, NULL,
     "Seconds before the first new try of a mail that was put off; doubled each time."},
    {"delivery", "retry_longest", SETTING_NUMBER, AT(retry_longest), "14400", 1, 86400, NULL, "The longest pause between two tries."},
    {"delivery", "give_up", SETTING_NUMBER, AT(give_up), "432000", 60, 2592000, NULL, "Seconds after which a mail put off again has failed."},
    {"delivery", "per_destination", SETTING_NUMBER, AT(per_destination), "0", 0, 64, NULL,
     "For kind = smtp: mails under way at a time to the people of one domain; 0: no limit."},
    {"delivery", "lease_seconds", SETTING_NUMBER, AT(lease_seconds), "600", 10, 86400, NULL,
     "How long a sender that died keeps its claim on a mail."},
    {"bounces", "days", SETTING_NUMBER, AT(bounce_days), "3", 1, 365, NULL,
     "Days on which mail to an address comes back as undeliverable before it is probed; a full mailbox may be so four times as long."},
    {"bounces", "probe_days", SETTING_NUMBER, AT(probe_days), "3", 1, 60, NULL,
     "Days after which a probe that did not come back has arrived."},
    {"digest", "hour", SETTING_NUMBER, AT(digest_hour), "7", 0, 23, NULL, "The local hour of the digest in groups that chose none."},
    {"digest", "bytes", SETTING_NUMBER, AT(digest_bytes), "400000", 20000, 20000000, NULL,
     "How large one mail of a digest may be; what goes beyond comes in a second one."},
    {"held", "days", SETTING_NUMBER, AT(held_days), "30", 1, 3650, NULL, "Days after which held mail that nobody decided is closed."},
    {"answers", "per_hour", SETTING_NUMBER, AT(answers_per_hour), "1000", 1, 1000000, NULL,
     "Mails that the site writes in an hour in answer to mails; what comes beyond is held."},
    {"answers", "to_one", SETTING_NUMBER, AT(answers_to_one), "6", 1, 1000, NULL,
     "The same for one address, so that nobody can be flooded in another's name."},
    {"answers", "larger", SETTING_NUMBER, AT(answers_larger), "60", 0, 1000000, NULL,
     "Mails in an hour after which an answer that is larger than the mail it answers is not written: nobody shall use us to multiply bytes."},
    {NULL, NULL, SETTING_TEXT, 0, NULL, 0, 0, NULL, NULL},
};

/* The line of `key` in `section` (or of the section itself, key NULL), for messages; GKeyFile does not tell. */
static int line_of(const char *text, const char *section, const char *key) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *heading = g_strdup_printf("[%s]", section);
    bool inside = false;
    for (int i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);
        if (line[0] == '[') {
            inside = strcmp(line, heading) == 0;
            if (inside && key == NULL) return i + 1;
        } else if (inside && key != NULL && g_str_has_prefix(line, key)) {
            const char *rest = line + strlen(key);
            while (*rest == ' ' || *rest == '\t') rest++;
            if (*rest == '=') return i + 1;
        }
    }
    return 0;
}

static bool refuse(const char *file, const char *text, const char *section, const char *key, GError **error, const char *why) {
    return fault_set(error, FAULT_CONFIG, "%s:%d: [%s]%s%s: %s", file, line_of(text, section, key), section, key ? " " : "",
                     key ? key : "", why);
}

static bool known_only(GKeyFile *keys, const char *file, const char *text, GError **error) {
    g_auto(GStrv) sections = g_key_file_get_groups(keys, NULL);
    for (char **section = sections; *section != NULL; section++) {
        bool known = false;
        for (const Setting *s = config_settings; s->section != NULL; s++) known = known || strcmp(s->section, *section) == 0;
        if (!known) return refuse(file, text, *section, NULL, error, "there is no such section");
        g_auto(GStrv) names = g_key_file_get_keys(keys, *section, NULL, NULL);
        for (char **name = names; *name != NULL; name++) {
            known = false;
            for (const Setting *s = config_settings; s->section != NULL; s++)
                known = known || (strcmp(s->section, *section) == 0 && strcmp(s->key, *name) == 0);
            if (!known) return refuse(file, text, *section, *name, error, "there is no such setting");
        }
    }
    return true;
}

static bool is_choice(const char *choices, const char *value) {
    g_auto(GStrv) each = g_strsplit(choices, "|", -1);
    return g_strv_contains((const char *const *)each, value);
}

static bool is_zone(const char *value) {
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(value);
    return zone != NULL;
}

static bool is_domain(const char *value) {
    if (*value == '\0' || strlen(value) > 200 || *value == '.' || g_str_has_suffix(value, ".") || strstr(value, "..") != NULL) return false;
    for (const char *c = value; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && *c != '-' && *c != '.') return false;
    return true;
}

static bool put(Config *config, const Setting *s, const char *value, const char *text, GError **error) {
    char **slot = (char **)(void *)((char *)config + s->offset);
    switch (s->kind) {
    case SETTING_NUMBER: {
        gint64 number;
        if (!g_ascii_string_to_signed(value, 10, s->least, s->most, &number, NULL)) {
            g_autofree char *why = g_strdup_printf("“%s” is not a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, value, s->least, s->most);
            return refuse(config->file, text, s->section, s->key, error, why);
        }
        *(int64_t *)(void *)slot = number;
        return true;
    }
    case SETTING_CHOICE:
        if (!is_choice(s->choices, value)) {
            g_autofree char *why = g_strdup_printf("“%s” is not one of %s", value, s->choices);
            return refuse(config->file, text, s->section, s->key, error, why);
        }
        break;
    case SETTING_ZONE:
        if (!is_zone(value)) return refuse(config->file, text, s->section, s->key, error, "there is no such time zone (see /usr/share/zoneinfo)");
        break;
    case SETTING_DOMAIN:
        if (!is_domain(value)) return refuse(config->file, text, s->section, s->key, error, "not a domain name (ASCII, as in an address)");
        *slot = g_ascii_strdown(value, -1);
        return true;
    case SETTING_PATH:
        if (*value == '\0' || g_path_is_absolute(value) || (strcmp(s->section, "log") == 0 && is_choice("stderr|syslog|none", value))) break;
        *slot = g_build_filename(config->directory, value, NULL);
        return true;
    case SETTING_TEXT:
        for (const char *c = value; *c != '\0'; c++)
            if (g_ascii_iscntrl(*c)) return refuse(config->file, text, s->section, s->key, error, "control characters are not allowed");
        break;
    }
    *slot = g_strdup(value);
    return true;
}

Config *config_load(const char *file, GError **error) {
    g_autofree char *text = NULL;
    g_autoptr(GError) reason = NULL;
    if (!g_file_get_contents(file, &text, NULL, &reason)) {
        fault_set(error, FAULT_CONFIG, "cannot read the configuration: %s", reason->message);
        return NULL;
    }
    g_autoptr(GKeyFile) keys = g_key_file_new();
    if (!g_key_file_load_from_data(keys, text, strlen(text), G_KEY_FILE_NONE, &reason)) {
        fault_set(error, FAULT_CONFIG, "%s: %s", file, reason->message);
        return NULL;
    }
    if (!known_only(keys, file, text, error)) return NULL;
    g_autoptr(Config) config = g_new0(Config, 1);
    config->file = g_canonicalize_filename(file, NULL);
    config->directory = g_path_get_dirname(config->file);
    for (const Setting *s = config_settings; s->section != NULL; s++) {
        g_autofree char *value = g_key_file_get_string(keys, s->section, s->key, NULL);
        const char *chosen = value != NULL ? g_strstrip(value) : s->fallback;
        if (chosen == NULL) {
            fault_set(error, FAULT_CONFIG, "%s: [%s] %s is missing: %s", file, s->section, s->key, s->help);
            return NULL;
        }
        if (!put(config, s, chosen, text, error)) return NULL;
    }
    if (*config->relay_user != '\0' && strcmp(config->relay_tls, "no") == 0) {
        refuse(config->file, text, "relay", "user", error, "a password is sent only under TLS: set tls = must");
        return NULL;
    }
    if (strcmp(config->relay, "esmtp") == 0 && (strcmp(config->relay_tls, "implicit") == 0 || strcmp(config->relay_protocol, "lmtp") == 0)) {
        refuse(config->file, text, "relay", "kind", error, "libESMTP knows neither implicit TLS nor LMTP: set kind = smtp");
        return NULL;
    }
    return g_steal_pointer(&config);
}

void config_free(Config *config) {
    if (config == NULL) return;
    for (const Setting *s = config_settings; s->section != NULL; s++)
        if (s->kind != SETTING_NUMBER) g_free(*(char **)(void *)((char *)config + s->offset));
    g_free(config->file);
    g_free(config->directory);
    g_free(config);
}
