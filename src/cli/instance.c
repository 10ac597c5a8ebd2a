#include "cli/instance.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "message/template.h"

/* An operator types commands as root; the mail server runs us as the instance's user. If root wrote into the database, its
 * side files could become root's and the next mail would find them closed. So root steps down, and cannot step up again.
 * The owner is he who owns the folder of the database: the configuration may well lie in /etc and be root's. */

char *instance_file(const char *given, GError **error) {
    static const char *const places[] = {"diktyo.conf", "/etc/diktyo/diktyo.conf"};
    if (given == NULL) given = g_getenv("DIKTYO_CONFIG");
    if (given != NULL && *given != '\0') return g_canonicalize_filename(given, NULL);
    if (access(places[0], F_OK) == 0) return g_canonicalize_filename(places[0], NULL);
    /* The usual place may hold a link that only points at the instance: relative paths start where the file really is. */
    char *real = realpath(places[1], NULL);
    if (real != NULL) return real;
    if (errno == EACCES) {
        g_autofree char *target = g_file_read_link(places[1], NULL);
        return g_canonicalize_filename(target != NULL ? target : places[1], "/etc/diktyo");
    }
    fault_set(error, FAULT_CONFIG,
              "no configuration: give --config FILE, or set DIKTYO_CONFIG, or stand in the folder of a diktyo.conf "
              "(/etc/diktyo/diktyo.conf is looked for last)");
    return NULL;
}

static char *name_of(uid_t owner) {
    const struct passwd *entry = getpwuid(owner);
    return entry != NULL ? g_strdup(entry->pw_name) : g_strdup_printf("#%u", (unsigned)owner);
}

bool instance_owner(const char *folder, uid_t *owner, char **name, GError **error) {
    struct stat found;
    if (stat(folder, &found) != 0) return fault_set(error, FAULT_CONFIG, "%s: %s", folder, g_strerror(errno));
    if (!S_ISDIR(found.st_mode)) return fault_set(error, FAULT_CONFIG, "%s is not a folder", folder);
    *owner = found.st_uid;
    if (name != NULL) *name = name_of(found.st_uid);
    return true;
}

static bool step_down(uid_t owner, GError **error) {
    const struct passwd *entry = getpwuid(owner);
    if (entry == NULL)
        return fault_set(error, FAULT_CONFIG, "the instance belongs to user #%u, who is not in the password file",
                         (unsigned)owner);
    gid_t group = entry->pw_gid;
    if (initgroups(entry->pw_name, group) != 0 || setgid(group) != 0 || setuid(owner) != 0)
        return fault_set(error, FAULT_CONFIG, "cannot become %s: %s", entry->pw_name, g_strerror(errno));
    if (getuid() != owner || geteuid() != owner || getgid() != group || getegid() != group || setuid(0) == 0)
        return fault_set(error, FAULT_INTERNAL, "becoming %s did not hold", entry->pw_name);
    return true;
}

bool instance_become_owner(const char *folder, GError **error) {
    uid_t owner;
    g_autofree char *name = NULL;
    if (!instance_owner(folder, &owner, &name, error)) return false;
    if (owner == geteuid()) return true;
    if (geteuid() == 0) return step_down(owner, error);
    if (owner == 0)
        return fault_set(error, FAULT_CONFIG,
                         "%s belongs to root, and no mail server runs a program as root; as root: chown -R list:list %s", folder,
                         folder);
    return fault_set(error, FAULT_CONFIG, "%s belongs to %s: run it as that user (sudo -u %s diktyo …)", folder, name, name);
}

/* A closed folder is the usual sight for somebody who forgot sudo; “permission denied” alone would not tell him. */
static bool may_read(const char *file, GError **error) {
    if (access(file, R_OK) == 0) return true;
    int reason = errno;
    g_autofree char *folder = g_path_get_dirname(file);
    g_autofree char *name = NULL;
    uid_t owner;
    if (reason == EACCES && instance_owner(folder, &owner, NULL, NULL) && owner == 0 && owner != geteuid())
        return fault_set(error, FAULT_CONFIG,
                         "cannot read %s: its folder belongs to root; run it as root, or give the instance to its user: chown -R "
                         "list:list %s",
                         file, folder);
    if (reason == EACCES && instance_owner(folder, &owner, &name, NULL) && owner != geteuid())
        return fault_set(error, FAULT_CONFIG, "cannot read %s: its folder belongs to %s (sudo -u %s diktyo …)", file, name,
                         name);
    return fault_set(error, FAULT_CONFIG, "cannot read the configuration %s: %s", file, g_strerror(reason));
}

/* Root obeys only a configuration that is root's or the instance owner's: in a stranger's folder a ./diktyo.conf may lie in wait. */
static bool is_trusted(const char *file, const char *folder, GError **error) {
    struct stat found;
    uid_t owner;
    if (geteuid() != 0) return true;
    if (!instance_owner(folder, &owner, NULL, error)) return false;
    if (stat(file, &found) != 0) return fault_set(error, FAULT_CONFIG, "%s: %s", file, g_strerror(errno));
    if (found.st_uid != 0 && found.st_uid != owner)
        return fault_set(error, FAULT_CONFIG, "%s belongs neither to root nor to the owner of %s", file, folder);
    return true;
}

bool instance_enter(Call *call, GError **error) {
    g_autofree char *file = instance_file(call->config_file, error);
    if (file == NULL || !may_read(file, error)) return false;
    call->config = config_load(file, error);
    if (call->config == NULL) return false;
    g_autofree char *folder = g_path_get_dirname(call->config->database);
    return is_trusted(file, folder, error) && instance_become_owner(folder, error) && log_open(call->config->log, error) &&
           (*call->config->templates == '\0' || template_check(call->config->templates, error));
}

bool instance_open(Call *call, GError **error) {
    if (!instance_enter(call, error)) return false;
    call->database = database_open(call->config, error);
    return call->database != NULL;
}

GBytes *instance_read_file(const char *path, size_t most, GError **error) {
    int file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    uint8_t piece[65536];
    ssize_t got = file < 0 ? -1 : 0;
    while (file >= 0 && (got = read(file, piece, sizeof piece)) != 0) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 || bytes->len + (size_t)got > most) break;
        g_byte_array_append(bytes, piece, (guint)got);
    }
    int reason = errno;
    if (file > STDERR_FILENO) close(file);
    if (got == 0) return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    fault_set(error, FAULT_PERMANENT, "cannot read %s: %s", path, got < 0 ? g_strerror(reason) : "it is too large");
    return NULL;
}
