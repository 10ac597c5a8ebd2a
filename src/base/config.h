/* config.h: the one configuration file of an instance (GKeyFile), read into a struct by one table.
 *
 * The table (config_settings) is what the sample etc/diktyo.conf and the man page are checked against. An unknown section
 * or key, and a value out of bounds, is a FAULT_CONFIG that names file and line. Relative paths are relative to the
 * folder of the file: the instance directory. */
#pragma once
#include "base/fault.h"
#include <stdint.h>

typedef struct {
    char *file;      /* absolute path of the configuration */
    char *directory; /* the folder it lies in: the instance */
    char *domain, *name, *language, *zone;
    char *database, *log, *bell, *templates; /* absolute paths; log may be a word (base/log.h), templates may be empty */
    int64_t message_bytes, header_bytes, header_lines, boundary_lines, parse_memory, parse_seconds, hops;
    char *relay, *relay_protocol, *relay_host, *relay_tls, *relay_authorities, *relay_user, *relay_password, *relay_maildirs;
    int64_t relay_port, relay_seconds, relay_sessions, per_destination;
    int64_t retry_first, retry_longest, give_up, lease_seconds;
    int64_t digest_hour, digest_bytes;
    int64_t bounce_days, probe_days;
    char *lmtp_listen;
    int64_t lmtp_sessions, lmtp_seconds;
    int64_t held_days, answers_per_hour, answers_to_one, answers_larger;
    int64_t busy_seconds;
} Config;

typedef enum { SETTING_TEXT, SETTING_NUMBER, SETTING_CHOICE, SETTING_PATH, SETTING_ZONE, SETTING_DOMAIN } SettingKind;

typedef struct {
    const char *section, *key;
    SettingKind kind;
    size_t offset;        /* in Config */
    const char *fallback; /* what holds when the file says nothing; NULL: must be set */
    int64_t least, most;  /* numbers */
    const char *choices;  /* "a|b|c" */
    const char *help;     /* one sentence */
} Setting;

/* All settings, ended by one with section NULL. */
extern const Setting config_settings[];

/* NULL and *error on failure. Yours: config_free. */
Config *config_load(const char *file, GError **error);
void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)
