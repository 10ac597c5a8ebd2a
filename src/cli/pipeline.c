#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <gio/gio.h>
#include "cli/finding.h"

/* Postfix's own words (postconf, postmap) are read, not its files: it knows its folding, its includes and its tables. Without
 * null_sender= a bounce comes as if from MAILER-DAEMON, and with several recipients in one run all but the first would be
 * lost. No shell in between: what Postfix answers is handed on as it is. */

static const char what[] = "pipe line";
static const char sample[] = "see etc/postfix/master.cf.sample";
enum { FIELDS = 7, USUAL_BYTES = 25 << 20 }; /* master.cf: the command comes after seven fields */

typedef struct {
    Findings *findings;
    const Config *config;
    char *postconf, *postmap;
    GPtrArray *services; /* char **: the words of each that runs diktyo receive */
    bool unsure;         /* a table could not be asked */
} Look;

static void look_clear(Look *look) {
    g_free(look->postconf);
    g_free(look->postmap);
    g_ptr_array_unref(look->services);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* What it answers; NULL with its complaint (which may be empty) when it cannot. Yours. */
static char *ask(const char *program, const char *first, const char *second, const char *third, GError **error) {
    g_autofree char *text = NULL, *complaint = NULL;
    const char *const words[] = {program, first, second, third, NULL};
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
    if (process == NULL || !g_subprocess_communicate_utf8(process, NULL, NULL, &text, &complaint, error)) return NULL;
    if (g_subprocess_get_successful(process)) return g_strchomp(g_steal_pointer(&text));
    fault_set(error, FAULT_TEMPORARY, "%s", complaint);
    return NULL;
}

/* A setting of main.cf: as it is written, or with what its $names stand for; "" when there is none. Yours. */
static char *setting(const Look *look, const char *name, bool expanded) {
    char *text = ask(look->postconf, expanded ? "-hx" : "-h", name, NULL, NULL);
    return text != NULL ? text : g_strdup("");
}

/* The pieces of a list of Postfix: separated by blanks and commas, but not within braces. Yours. */
static char **list_pieces(const char *text) {
    g_autofree char *marked = g_strdup(text);
    int depth = 0;
    for (char *c = marked; *c != '\0'; c++) {
        depth += (*c == '{') - (*c == '}');
        if (depth <= 0 && strchr(", \t\r\n", *c) != NULL) *c = '\n';
    }
    g_auto(GStrv) pieces = g_strsplit(marked, "\n", -1);
    g_autoptr(GStrvBuilder) kept = g_strv_builder_new();
    for (char **piece = pieces; *piece != NULL; piece++)
        if (**piece != '\0') g_strv_builder_add(kept, *piece);
    return g_strv_builder_end(kept);
}

/* What a table says about a key; NULL: nothing. Yours. */
static char *look_up(Look *look, const char *table, const char *key) {
    g_autoptr(GError) reason = NULL;
    char *found = ask(look->postmap, "-q", key, table, &reason);
    look->unsure = look->unsure || (found == NULL && *reason->message != '\0');
    return found;
}

/* Whether a list of domains and tables has the groups' domain; with `parents` also as part of a larger one. */
static bool has_domain(Look *look, const char *list, bool parents) {
    const char *domain = look->config->domain;
    g_auto(GStrv) pieces = list_pieces(list);
    for (char **piece = pieces; *piece != NULL; piece++) {
        g_autofree char *ending = g_strconcat(".", *piece, NULL);
        if (g_ascii_strcasecmp(*piece, domain) == 0 || (parents && g_str_has_suffix(domain, ending))) return true;
        if (strchr(*piece, ':') != NULL) {
            g_autofree char *found = look_up(look, *piece, domain);
            if (found != NULL) return true;
        } else if (**piece == '/') look->unsure = true;
    }
    return false;
}

/* The words of a service that runs `diktyo receive` through pipe(8); NULL when this line is none. Yours. */
static char **pipe_words(const char *line) {
    g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
    bool pipe = false, program = false, receive = false;
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0') continue;
        g_autofree char *base = g_path_get_basename(g_str_has_prefix(*word, "argv=") ? *word + strlen("argv=") : *word);
        pipe = pipe || (kept->len == FIELDS && strcmp(*word, "pipe") == 0);
        program = program || strcmp(base, "diktyo") == 0;
        receive = receive || (program && strcmp(*word, "receive") == 0);
        g_ptr_array_add(kept, g_strdup(*word));
    }
    if (!pipe || !receive) return NULL;
    g_ptr_array_add(kept, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&kept), FALSE);
}

static const char *value_of(char **words, const char *name) {
    for (; *words != NULL; words++)
        if (g_str_has_prefix(*words, name)) return *words + strlen(name);
    return NULL;
}

static char *name_of_owner(void) {
    const struct passwd *entry = getpwuid(geteuid());
    return g_strdup(geteuid() != 0 && entry != NULL ? entry->pw_name : "list");
}

/* The command that makes this service what it should be, for whatever is wrong with it. Yours. */
static char *service_cure(char **words) {
    g_autofree char *owner = name_of_owner(), *self = g_file_read_link("/proc/self/exe", NULL);
    const char *flags = value_of(words, "flags="), *program = value_of(words, "argv=");
    bool runs = program != NULL && access(program, X_OK) == 0;
    g_autoptr(GString) command = g_string_new(NULL);
    g_string_printf(command, "%s/%s/command=pipe flags=%s%s user=%s null_sender=", words[0], words[1],
                    flags != NULL && strchr(flags, 'D') != NULL ? "" : "D", flags != NULL ? flags : "RXhu", owner);
    for (char **word = words + FIELDS + 1; *word != NULL; word++) {
        static const char *const replaced[] = {"flags=", "user=", "null_sender="};
        bool ours = false;
        for (size_t i = 0; i < G_N_ELEMENTS(replaced); i++) ours = ours || g_str_has_prefix(*word, replaced[i]);
        if (ours) continue;
        if (!runs && self != NULL && g_str_has_prefix(*word, "argv=")) g_string_append_printf(command, " argv=%s", self);
        else g_string_append_printf(command, " %s", *word);
    }
    g_autofree char *quoted = g_shell_quote(command->str);
    return g_strdup_printf("postconf -F %s && postfix reload", quoted);
}

static bool examine_user(const Look *look, char **words, const char *cure) {
    const char *value = value_of(words, "user=");
    g_autofree char *owner = name_of_owner(), *user = g_strndup(value != NULL ? value : "", value != NULL ? strcspn(value, ":") : 0);
    const struct passwd *entry = getpwnam(user);
    if (geteuid() == 0 || (entry != NULL && entry->pw_uid == geteuid())) return true;
    finding(look->findings, FINDING_FAIL, what, cure, "%s: user=%s, but the instance belongs to %s", words[0], user, owner);
    return false;
}

static bool examine_limit(const Look *look, char **words) {
    g_autofree char *name = g_strdup_printf("%s_destination_recipient_limit", words[0]), *limit = setting(look, name, true);
    g_autofree char *cure = g_strdup_printf("postconf -e %s=1 && postfix reload", name);
    if (strcmp(limit, "1") == 0) return true;
    finding(look->findings, FINDING_FAIL, what, cure, "%s is %s, it must be 1", name, *limit != '\0' ? limit : "not set");
    return false;
}

static void examine_service(const Look *look, char **words) {
    const char *null_sender = value_of(words, "null_sender="), *flags = value_of(words, "flags="), *program = value_of(words, "argv=");
    g_autofree char *cure = service_cure(words);
    bool good = true;
    if (program == NULL || access(program, X_OK) != 0) {
        good = false;
        finding(look->findings, FINDING_FAIL, what, cure, "%s: argv=%s cannot be run: %s", words[0],
                program != NULL ? program : "", program != NULL ? g_strerror(errno) : "it is missing");
    }
    if (!examine_user(look, words, cure)) good = false;
    if (null_sender == NULL || *null_sender != '\0') {
        good = false;
        finding(look->findings, FINDING_FAIL, what, cure,
                "%s: null_sender= is missing in master.cf: bounces look like mail from MAILER-DAEMON", words[0]);
    }
    if (flags == NULL || strchr(flags, 'D') == NULL) {
        good = false;
        finding(look->findings, FINDING_WARN, what, cure,
                "%s: flags= lacks D: no Delivered-To is written, a loop is noticed late", words[0]);
    }
    if (!examine_limit(look, words)) good = false;
    if (good) finding(look->findings, FINDING_OK, what, NULL, "service %s runs diktyo receive", words[0]);
}

static void examine_names(const Look *look) {
    for (guint i = 1; i < look->services->len; i++)
        for (guint j = 0; j < i; j++) {
            const char *name = *(char **)g_ptr_array_index(look->services, i);
            if (strcmp(name, *(char **)g_ptr_array_index(look->services, j)) != 0) continue;
            g_autofree char *cure = g_strdup_printf("grep -n '^%s' \"$(postconf -hx config_directory)/master.cf\"  # keep one of them, then: postfix reload", name);
            finding(look->findings, FINDING_FAIL, what, cure, "master.cf has service %s more than once; Postfix takes one of them", name);
            return;
        }
}

/* `domain` under itself, then under each part of it, then under anything: as Postfix asks its transport tables. Yours. */
static char *transport_of(Look *look, const char *maps) {
    g_auto(GStrv) tables = list_pieces(maps);
    for (const char *key = look->config->domain; key != NULL;
         key = *key == '*' ? NULL : strchr(key + 1, '.') != NULL ? strchr(key + 1, '.') : "*")
        for (char **table = tables; *table != NULL; table++) {
            char *found = look_up(look, *table, key);
            if (found != NULL && *found != '\0' && *found != ':') return found;
            g_free(found);
        }
    return NULL;
}

static bool is_service(const Look *look, const char *transport) {
    for (guint i = 0; i < look->services->len; i++) {
        const char *name = *(char **)g_ptr_array_index(look->services, i);
        if (strncmp(transport, name, strlen(name)) == 0 && strchr(":", transport[strlen(name)]) != NULL) return true;
    }
    return false;
}

/* Whether what follows the transport's name is where `diktyo lmtp` listens. Postfix writes a socket unix:PATH, a port with or without inet: and [ ]. */
static bool is_lmtp(const Look *look, const char *transport) {
    const char *listen = look->config->lmtp_listen, *place = strchr(transport, ':');
    if (place == NULL) return false;
    place++;
    if (*listen == '/') return g_str_has_prefix(place, "unix:") && strcmp(place + strlen("unix:"), listen) == 0;
    if (g_str_has_prefix(place, "inet:")) place += strlen("inet:");
    g_auto(GStrv) pieces = g_strsplit_set(place, "[]", -1);
    g_autofree char *bare = g_strjoinv("", pieces);
    return strcmp(bare, listen) == 0;
}

/* 0, or why nobody answers there. The kernel takes the connection: one that hangs is not waited for. */
static int knock(const char *listen) {
    bool path = *listen == '/';
    const char *colon = strrchr(listen, ':');
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in port = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (path && g_strlcpy(local.sun_path, listen, sizeof local.sun_path) >= sizeof local.sun_path) return ENAMETOOLONG;
    if (!path && colon == NULL) return EINVAL;
    if (!path) port.sin_port = htons((uint16_t)g_ascii_strtoull(colon + 1, NULL, 10));
    int asking = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (asking < 0) return errno;
    int failure = connect(asking, path ? (const struct sockaddr *)&local : (const struct sockaddr *)&port, path ? sizeof local : sizeof port) == 0 ? 0 : errno;
    close(asking);
    return failure;
}

static void examine_lmtp(const Look *look, bool good) {
    const char *domain = look->config->domain, *listen = look->config->lmtp_listen;
    int failure = knock(listen);
    if (failure == EACCES)
        finding(look->findings, FINDING_WARN, what, "run doctor as the user of the instance", "mail to @%s goes to %s, and it could not be asked who listens there: %s",
                domain, listen, g_strerror(failure));
    else if (failure != 0)
        finding(look->findings, FINDING_FAIL, what, "systemctl start diktyo-lmtp", "mail to @%s goes to %s, and nobody listens there: %s", domain, listen,
                g_strerror(failure));
    else if (good) finding(look->findings, FINDING_OK, what, NULL, "mail to @%s goes to %s, and diktyo lmtp answers there", domain, listen);
}

/* The transport of mail for the groups; "" when Postfix has none. Yours. */
static char *way_of(Look *look) {
    g_autofree char *maps = setting(look, "transport_maps", true), *virtual = setting(look, "virtual_mailbox_domains", true);
    char *transport = transport_of(look, maps);
    return transport != NULL ? transport : setting(look, has_domain(look, virtual, false) ? "virtual_transport" : "relay_transport", true);
}

/* The list of main.cf as it is, without and with a piece: what is pasted must not lose what others put there. Yours. */
static char *list_cure(const Look *look, const char *name, const char *first, const char *without) {
    g_autofree char *written = setting(look, name, false);
    g_auto(GStrv) pieces = list_pieces(written);
    g_autoptr(GString) text = g_string_new(name);
    g_string_append_printf(text, " = %s", first);
    for (char **piece = pieces; *piece != NULL; piece++)
        if (g_strcmp0(*piece, without) != 0 && !g_str_has_prefix(*piece, "${{"))
            g_string_append_printf(text, "%s%s", g_str_has_suffix(text->str, " ") ? "" : ", ", *piece);
    g_autofree char *quoted = g_shell_quote(text->str);
    return g_strdup_printf("postconf -e %s && postfix reload", quoted);
}

/* Which kind of domain it is for Postfix, and through which transport its mail goes. */
static void examine_way(Look *look, const char *transport) {
    const char *domain = look->config->domain;
    g_autofree char *local = setting(look, "mydestination", true), *relayed = setting(look, "relay_domains", true),
                    *virtual = setting(look, "virtual_mailbox_domains", true);
    bool good = true;
    if (has_domain(look, local, false)) {
        g_autofree char *cure = list_cure(look, "mydestination", "", domain);
        good = false;
        finding(look->findings, FINDING_FAIL, what, cure, "%s is in mydestination: Postfix looks for users of this machine", domain);
    }
    bool is_virtual = has_domain(look, virtual, false), is_relayed = has_domain(look, relayed, true);
    if (!is_virtual && !is_relayed) {
        g_autofree char *cure = list_cure(look, "relay_domains", domain, NULL);
        good = false;
        finding(look->findings, look->unsure ? FINDING_WARN : FINDING_FAIL, what, cure,
                "%s is not seen in relay_domains: Postfix refuses its mail from elsewhere", domain);
    }
    if (is_lmtp(look, transport)) {
        examine_lmtp(look, good);
        return;
    }
    if (!is_service(look, transport)) {
        const char *service = *(char **)g_ptr_array_index(look->services, 0);
        g_autofree char *entry = g_strdup_printf("inline:{ %s=%s: }", domain, service), *cure = list_cure(look, "transport_maps", entry, NULL);
        good = false;
        finding(look->findings, look->unsure ? FINDING_WARN : FINDING_FAIL, what, cure,
                "mail to @%s goes to transport %s, not to service %s", domain, transport, service);
    }
    if (good) finding(look->findings, FINDING_OK, what, NULL, "mail to @%s goes to it", domain);
}

static void examine_size(const Look *look) {
    g_autofree char *text = setting(look, "message_size_limit", true);
    int64_t limit = g_ascii_strtoll(text, NULL, 10), ours = look->config->message_bytes;
    if (*text == '\0' || (limit > 0 && limit <= ours)) return;
    g_autofree char *cure = g_strdup_printf("postconf -e message_size_limit=%" G_GINT64_FORMAT " && postfix reload", MIN(ours, USUAL_BYTES));
    finding(look->findings, FINDING_WARN, what, cure,
            "message_size_limit is %s, [limits] message_bytes %" G_GINT64_FORMAT
            ": what is between is taken and then bounced",
            limit == 0 ? "0 (none)" : text, ours);
}

void pipeline_examine(Findings *findings, const Config *config) {
    static const char *const folders[] = {"/usr/sbin", "/usr/local/sbin"};
    g_auto(Look) look = {.findings = findings, .config = config, .services = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev)};
    for (size_t i = 0; look.postconf == NULL && i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *program = g_build_filename(folders[i], "postconf", NULL);
        if (access(program, X_OK) != 0) continue;
        look.postconf = g_steal_pointer(&program);
        look.postmap = g_build_filename(folders[i], "postmap", NULL);
    }
    if (look.postconf == NULL) {
        finding(findings, FINDING_WARN, what, "if another mail server hands over the mail, see its sample in etc/",
                "no Postfix here: it could not be looked at");
        return;
    }
    g_autoptr(GError) reason = NULL;
    g_autofree char *text = ask(look.postconf, "-M", NULL, NULL, &reason);
    if (text == NULL) {
        finding(findings, FINDING_WARN, what, "run postconf -M by hand", "it could not be looked at: %s", reason->message);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char **words = pipe_words(*line);
        if (words != NULL) g_ptr_array_add(look.services, words);
    }
    g_autofree char *transport = way_of(&look);
    if (look.services->len == 0 && !is_lmtp(&look, transport)) {
        finding(findings, FINDING_WARN, what, sample,
                "no pipe service of Postfix runs diktyo receive; mail to @%s comes in by an alias or a Maildir, or not at all",
                config->domain);
        return;
    }
    examine_names(&look);
    for (guint i = 0; i < look.services->len; i++) examine_service(&look, g_ptr_array_index(look.services, i));
    examine_way(&look, transport);
    examine_size(&look);
}
