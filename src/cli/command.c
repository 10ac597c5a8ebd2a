#include "cli/command.h"
#include <errno.h>
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/instance.h"
#include "cli/output.h"

/* Our own reading of options instead of GOption: one table serves parsing, help, completion and JSON; an unknown word is
 * answered with the nearest known one; operands of `receive` come through untouched, whatever bytes they are. */

#ifndef DIKTYO_VERSION
#define DIKTYO_VERSION "0.1"
#endif

typedef struct {
    const Option *option;
    const char *value;
} Given;

typedef struct {
    int count, next; /* argv and the place in it */
    char **words;
    Call *call;
    bool help, version;
} Reading;

static const struct {
    unsigned flags; /* for commands with one of these; 0: for all */
    Option option;
} common_options[] = {
    {NEEDS_INSTANCE | NEEDS_DATABASE,
     {"config", "FILE", "the configuration; else $DIKTYO_CONFIG, ./diktyo.conf, /etc/diktyo/diktyo.conf", NULL}},
    {TAKES_JSON, {"json", NULL, "print JSON", NULL}},
    {TAKES_NOW, {"now", "TIME", "act as if it were then: 2026-11-24T07:05:00+02:00, or seconds since 1970", NULL}},
    {0, {"help", NULL, "show this", NULL}},
};

const Option *command_common_option(unsigned flags, int index) {
    for (size_t i = 0; i < G_N_ELEMENTS(common_options); i++)
        if ((common_options[i].flags == 0 || (common_options[i].flags & flags) != 0) && index-- == 0)
            return &common_options[i].option;
    return NULL;
}

const char *call_option(const Call *call, const char *name) {
    for (guint i = call->given->len; i > 0; i--) {
        const Given *given = g_ptr_array_index(call->given, i - 1);
        if (strcmp(given->option->name, name) == 0) return given->value;
    }
    return NULL;
}

GPtrArray *call_option_each(const Call *call, const char *name) {
    GPtrArray *values = g_ptr_array_new();
    for (guint i = 0; i < call->given->len; i++) {
        const Given *given = g_ptr_array_index(call->given, i);
        if (strcmp(given->option->name, name) == 0) g_ptr_array_add(values, g_strdup(given->value));
    }
    g_ptr_array_set_free_func(values, g_free);
    return values;
}

bool call_option_number(const Call *call, const char *name, int64_t least, int64_t most, int64_t *value, GError **error) {
    const char *text = call_option(call, name);
    gint64 number;
    if (text == NULL) return true;
    if (!g_ascii_string_to_signed(text, 10, least, most, &number, NULL))
        return fault_set(error, FAULT_USAGE, "--%s: “%s” is not a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                         name, text, least, most);
    *value = number;
    return true;
}

/* Edits from one word to another (Levenshtein), for words of at most 31 bytes; more is never near. */
static int distance(const char *one, const char *other) {
    enum { LONGEST = 31 };
    size_t m = strlen(one), n = strlen(other);
    if (m > LONGEST || n > LONGEST) return LONGEST;
    int row[LONGEST + 1];
    for (size_t j = 0; j <= n; j++) row[j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        int corner = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            int changed = corner + (one[i - 1] != other[j - 1]);
            corner = row[j];
            row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}

/* `before` is what stands before such a word: dashes, or the noun of a verb. */
static bool unknown(const char *what, const char *before, const char *word, const GPtrArray *known, GError **error) {
    const char *nearest = NULL;
    int least = 1 + (int)MIN(strlen(word), 9) / 3;
    for (guint i = 0; i < known->len; i++) {
        int steps = distance(word, g_ptr_array_index(known, i));
        if (steps > least || (steps == least && nearest != NULL)) continue;
        nearest = g_ptr_array_index(known, i);
        least = steps;
    }
    g_autofree char *shown = g_utf8_make_valid(word, -1);
    if (nearest == NULL)
        return fault_set(error, FAULT_USAGE, "there is no %s “%s%s”; see diktyo --help", what, before, shown);
    return fault_set(error, FAULT_USAGE, "there is no %s “%s%s”; did you mean “%s%s”?", what, before, shown, before,
                     nearest);
}

static const Option *find_option(const Command *command, const char *name, size_t length, GError **error) {
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    g_autofree char *wanted = g_strndup(name, length);
    const Option *option;
    for (option = command->options; option != NULL && option->name != NULL; option++) {
        if (strcmp(option->name, wanted) == 0) return option;
        g_ptr_array_add(known, (gpointer)(uintptr_t)option->name);
    }
    for (int i = 0; (option = command_common_option(command->flags, i)) != NULL; i++) {
        if (strcmp(option->name, wanted) == 0) return option;
        g_ptr_array_add(known, (gpointer)(uintptr_t)option->name);
    }
    unknown("option", "--", wanted, known, error);
    return NULL;
}

/* What a person types is text on one line; bytes that are not would end in the database and in mails. */
static bool is_text(const char *value) {
    if (!g_utf8_validate(value, -1, NULL)) return false;
    for (const char *c = value; *c != '\0'; c += g_utf8_skip[*(const guchar *)c])
        if (g_unichar_iscntrl(g_utf8_get_char(c))) return false;
    return true;
}

static bool value_fits(const Option *option, const char *value, GError **error) {
    if (strcmp(option->name, "config") != 0 && !is_text(value))
        return fault_set(error, FAULT_USAGE, "--%s: must be UTF-8 text on one line", option->name);
    if (option->choices == NULL || g_strv_contains(option->choices, value)) return true;
    g_autofree char *choices = g_strjoinv(", ", (char **)(uintptr_t)option->choices);
    return fault_set(error, FAULT_USAGE, "--%s: “%s” is not one of %s", option->name, value, choices);
}

static bool read_time(const char *text, int64_t *now, GError **error) {
    gint64 seconds;
    if (g_ascii_string_to_signed(text, 10, 0, 253402300799, &seconds, NULL)) {
        *now = seconds;
        return true;
    }
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(text, utc);
    if (when == NULL)
        return fault_set(error, FAULT_USAGE,
                         "--now: “%s” is no time; write 2026-11-24T07:05:00+02:00 (or Z for UTC), or seconds since 1970",
                         text);
    *now = g_date_time_to_unix(when);
    return true;
}

static bool take_option(Reading *reading, const char *word, GError **error) {
    Call *call = reading->call;
    const char *name = word + 2, *equals = strchr(name, '=');
    const Option *option = find_option(call->command, name, equals != NULL ? (size_t)(equals - name) : strlen(name), error);
    if (option == NULL) return false;
    const char *value = "";
    if (option->argument == NULL) {
        if (equals != NULL) return fault_set(error, FAULT_USAGE, "--%s takes no value", option->name);
    } else if (equals != NULL) {
        value = equals + 1;
    } else {
        if (reading->next >= reading->count)
            return fault_set(error, FAULT_USAGE, "--%s needs a value (%s)", option->name, option->argument);
        value = reading->words[reading->next++];
    }
    if (!value_fits(option, value, error)) return false;
    if (strcmp(option->name, "help") == 0) reading->help = true;
    else if (strcmp(option->name, "json") == 0) call->json = true;
    else if (strcmp(option->name, "config") == 0) call->config_file = value;
    else if (strcmp(option->name, "now") == 0 && !read_time(value, &call->now, error)) return false;
    Given *given = g_new(Given, 1);
    *given = (Given){option, value};
    g_ptr_array_add(call->given, given);
    return true;
}

/* The row of `noun` (and `verb`); NULL with a fault that names the nearest one. */
static const Command *find_command(const char *noun, const char *verb, GError **error) {
    g_autoptr(GPtrArray) nouns = g_ptr_array_new(), verbs = g_ptr_array_new();
    for (const Command *row = commands_table; row->noun != NULL; row++) {
        g_ptr_array_add(nouns, (gpointer)(uintptr_t)row->noun);
        if (strcmp(row->noun, noun) != 0) continue;
        /* A noun with verbs may also be a command alone: its row is the last. */
        if (row->verb == NULL ? verb == NULL || verbs->len == 0 : verb != NULL && strcmp(row->verb, verb) == 0) return row;
        if (row->verb != NULL) g_ptr_array_add(verbs, (gpointer)(uintptr_t)row->verb);
    }
    if (verbs->len == 0) {
        unknown("command", "", noun, nouns, error);
        return NULL;
    }
    g_autofree char *before = g_strdup_printf("%s ", noun);
    if (verb != NULL) {
        unknown("command", before, verb, verbs, error);
        return NULL;
    }
    g_ptr_array_add(verbs, NULL);
    g_autofree char *choices = g_strjoinv(", ", (char **)verbs->pdata);
    fault_set(error, FAULT_USAGE, "%s what? One of: %s", noun, choices);
    return NULL;
}

/* Up to the command: only --help, --version and --config may stand before it. *done: there is nothing more to do. */
static bool read_command(Reading *reading, bool *done, GError **error) {
    while (reading->next < reading->count && reading->words[reading->next][0] == '-') {
        const char *word = reading->words[reading->next++];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) reading->help = true;
        else if (strcmp(word, "--version") == 0) reading->version = true;
        else if (g_str_has_prefix(word, "--config=")) reading->call->config_file = word + strlen("--config=");
        else if (strcmp(word, "--config") == 0 && reading->next < reading->count)
            reading->call->config_file = reading->words[reading->next++];
        else if (strcmp(word, "--config") == 0) return fault_set(error, FAULT_USAGE, "--config needs a value (FILE)");
        else return fault_set(error, FAULT_USAGE, "%s cannot stand before the command; see diktyo --help", word);
    }
    if (reading->version) {
        printf("diktyo %s\n", DIKTYO_VERSION);
        return *done = true;
    }
    const char *noun = reading->next < reading->count ? reading->words[reading->next++] : NULL;
    if (g_strcmp0(noun, "help") == 0) {
        reading->help = true;
        noun = reading->next < reading->count ? reading->words[reading->next++] : NULL;
    }
    if (noun == NULL && !reading->help) return fault_set(error, FAULT_USAGE, "what shall be done? See diktyo --help");
    if (noun == NULL) {
        help_all();
        return *done = true;
    }
    const char *verb = reading->next < reading->count ? reading->words[reading->next] : NULL;
    bool asks = reading->help || g_strcmp0(verb, "--help") == 0 || g_strcmp0(verb, "-h") == 0;
    if (verb != NULL && verb[0] == '-') verb = NULL;
    g_autoptr(GError) reason = NULL;
    reading->call->command = find_command(noun, verb, &reason);
    if (reading->call->command == NULL && asks && verb == NULL && g_error_matches(reason, FAULT, FAULT_USAGE) &&
        help_noun(noun))
        return *done = true;
    if (reading->call->command == NULL) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (reading->call->command->verb != NULL) reading->next++;
    return true;
}

static bool read_rest(Reading *reading, GError **error) {
    Call *call = reading->call;
    const Command *command = call->command;
    bool options = true;
    while (reading->next < reading->count) {
        char *word = reading->words[reading->next++];
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && strcmp(word, "-h") == 0) {
            reading->help = true;
        } else if (options && g_str_has_prefix(word, "--")) {
            if (!take_option(reading, word, error)) return false;
        } else if (options && word[0] == '-' && word[1] != '\0') {
            return fault_set(error, FAULT_USAGE,
                             "there is no option “%s”: options are whole words, as --help; after -- nothing is an option",
                             word);
        } else {
            if ((command->flags & TAKES_FILES) == 0 && !is_text(word))
                return fault_set(error, FAULT_USAGE, "an argument is not UTF-8 text on one line");
            call->operands[call->operand_count++] = word;
        }
    }
    if (reading->help) return true;
    bool fits = call->operand_count >= command->least && (command->most < 0 || call->operand_count <= command->most);
    if (fits) return true;
    return fault_set(error, FAULT_USAGE, "%s arguments; usage: diktyo %s%s%s %s",
                     call->operand_count < command->least ? "too few" : "too many", command->noun,
                     command->verb != NULL ? " " : "", command->verb != NULL ? command->verb : "", command->operands);
}

static bool run(Call *call, GError **error) {
    if ((call->command->flags & NEEDS_DATABASE) != 0 && !instance_open(call, error)) return false;
    if (!call->command->run(call, error)) return false;
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    return fault_set(error, FAULT_TEMPORARY, "cannot write the output: %s", g_strerror(errno));
}

static void call_clear(Call *call) {
    g_ptr_array_unref(call->given);
    g_free(call->operands);
    database_close(call->database);
    config_free(call->config);
}

int command_main(int argc, char **argv) {
    Call call = {
        .now = (int64_t)time(NULL), .given = g_ptr_array_new_with_free_func(g_free), .operands = g_new0(char *, argc + 1)};
    Reading reading = {.count = argc, .next = 1, .words = argv, .call = &call};
    g_autoptr(GError) error = NULL;
    bool done = false;
    bool ran = read_command(&reading, &done, &error) && (done || read_rest(&reading, &error));
    if (ran && !done && reading.help) help_command(call.command);
    else if (ran && !done) ran = run(&call, &error);
    int code = ran ? call.exit_code : fault_exit_code(error);
    if (!ran) {
        /* A mistyped line in a mail server's configuration must keep the mail in its queue, not bounce it. */
        bool under_mta = call.command != NULL ? (call.command->flags & UNDER_MTA) != 0
                                              : g_strv_contains((const char *const *)argv, "receive");
        if (under_mta) code = 75;
        fprintf(stderr, "diktyo: %s\n", error->message);
    }
    call_clear(&call);
    return code;
}
