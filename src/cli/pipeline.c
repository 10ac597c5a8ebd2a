#include <unistd.h>
#include <gio/gio.h>
#include "cli/finding.h"

/* Postfix's own words (postconf -M) are read, not its files: it knows its folding and includes. Without null_sender= a
 * bounce comes as if from MAILER-DAEMON, and with several recipients in one run all but the first would be lost. */

static const char what[] = "pipe line";
static const char sample[] = "see etc/postfix/master.cf.sample";

/* What it answers; NULL with its complaint when it cannot. Yours. */
static char *ask_postconf(const char *program, const char *option, const char *name, GError **error) {
    g_autofree char *text = NULL, *complaint = NULL;
    const char *const words[] = {program, option, name, NULL};
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
    if (process == NULL || !g_subprocess_communicate_utf8(process, NULL, NULL, &text, &complaint, error)) return NULL;
    if (g_subprocess_get_successful(process)) return g_steal_pointer(&text);
    fault_set(error, FAULT_TEMPORARY, "%s", complaint);
    return NULL;
}

/* The words of a service that runs `diktyo receive` through pipe(8); NULL when this line is none. Yours. */
static char **pipe_words(const char *line) {
    g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
    bool pipe = false, program = false, receive = false;
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0') continue;
        g_autofree char *base = g_path_get_basename(g_str_has_prefix(*word, "argv=") ? *word + strlen("argv=") : *word);
        pipe = pipe || (kept->len == 7 && strcmp(*word, "pipe") == 0);
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

static void examine_service(Findings *findings, const char *program, char **words) {
    const char *null_sender = value_of(words, "null_sender="), *flags = value_of(words, "flags=");
    g_autofree char *limit_name = g_strdup_printf("%s_destination_recipient_limit", words[0]);
    g_autofree char *limit = ask_postconf(program, "-h", limit_name, NULL);
    bool good = true;
    if (null_sender == NULL || *null_sender != '\0') {
        good = false;
        finding(findings, FINDING_FAIL, what, sample,
                "%s: null_sender= is missing in master.cf: bounces look like mail from MAILER-DAEMON", words[0]);
    }
    if (flags == NULL || strchr(flags, 'D') == NULL) {
        good = false;
        finding(findings, FINDING_WARN, what, sample,
                "%s: flags= lacks D: no Delivered-To is written, a loop is noticed late", words[0]);
    }
    if (limit == NULL || strcmp(g_strstrip(limit), "1") != 0) {
        g_autofree char *cure = g_strdup_printf("postconf -e %s=1", limit_name);
        good = false;
        finding(findings, FINDING_FAIL, what, cure, "%s is %s, it must be 1", limit_name,
                limit != NULL && *limit != '\0' ? limit : "not set");
    }
    if (good) finding(findings, FINDING_OK, what, NULL, "service %s runs diktyo receive", words[0]);
}

void pipeline_examine(Findings *findings, const Config *config) {
    static const char *const programs[] = {"/usr/sbin/postconf", "/usr/local/sbin/postconf"};
    const char *program = NULL;
    for (size_t i = 0; program == NULL && i < G_N_ELEMENTS(programs); i++)
        if (access(programs[i], X_OK) == 0) program = programs[i];
    if (program == NULL) {
        finding(findings, FINDING_WARN, what, "if another mail server hands over the mail, see its sample in etc/",
                "no Postfix here: it could not be looked at");
        return;
    }
    g_autoptr(GError) reason = NULL;
    g_autofree char *text = ask_postconf(program, "-M", NULL, &reason);
    if (text == NULL) {
        finding(findings, FINDING_WARN, what, "run postconf -M by hand", "it could not be looked at: %s", reason->message);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    int found = 0;
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) words = pipe_words(*line);
        if (words == NULL) continue;
        found++;
        examine_service(findings, program, words);
    }
    if (found == 0)
        finding(
            findings, FINDING_WARN, what, sample,
            "no pipe service of Postfix runs diktyo receive; mail to @%s comes in by an alias or a Maildir, or not at all",
            config->domain);
}
