/* command.h: what a person can type. Every command is one row of the table in commands.c; parsing, help, completion and
 * the checks of the man page read that table and nothing else. */
#pragma once
#include "base/config.h"
#include "store/database.h"

typedef struct {
    const char *name;           /* without dashes; NULL ends a list */
    const char *argument;       /* what its value is called; NULL: a switch that has none */
    const char *help;           /* one phrase */
    const char *const *choices; /* the words its value may be; NULL: any */
} Option;

typedef enum {
    NEEDS_NOTHING = 0,       /* works on no instance: no --config */
    NEEDS_INSTANCE = 1 << 0, /* takes --config, opens the instance by itself */
    NEEDS_DATABASE = 1 << 1, /* finds call->config and call->database open */
    TAKES_JSON = 1 << 2,
    TAKES_NOW = 1 << 3,
    TAKES_FILES = 1 << 4, /* operands are paths or raw bytes: not checked to be text */
    UNDER_MTA = 1 << 5    /* a mistake of ours or the operator's must not bounce mail: exit 75 */
} CommandFlags;

typedef struct Call Call;

typedef struct {
    const char *noun, *verb; /* verb NULL: the noun alone is the command */
    const char *operands;    /* as usage shows them; may be empty */
    int least, most;         /* how many; most -1: any number */
    unsigned flags;
    const char *help, *example;
    const Option *options; /* its own ones; NULL: none */
    /* True when it ran; what it found wrong with what it was asked about is then call->exit_code. */
    bool (*run)(Call *call, GError **error);
    const char *more; /* lines that --help adds; NULL: none */
} Command;

/* One command line, read. The strings are argv's own. */
struct Call {
    const Command *command;
    const char *config_file; /* as given, or NULL */
    char **operands;
    int operand_count;
    GPtrArray *given; /* Given *, private to command.c */
    int64_t now;      /* --now, else the clock when the program started */
    bool json;
    int exit_code;
    Config *config;
    Database *database;
};

/* The last value given for an option; NULL: not given. A switch's value is "". Borrowed. */
const char *call_option(const Call *call, const char *name);
/* All values of an option that may be given again and again: const char *, the array is yours. */
GPtrArray *call_option_each(const Call *call, const char *name);
/* Reads an option's number; *value stays when it was not given. FAULT_USAGE when it is none from least to most. */
bool call_option_number(const Call *call, const char *name, int64_t least, int64_t most, int64_t *value, GError **error);

/* The options that every command of these flags takes beside its own, one by one: NULL when there are no more. */
const Option *command_common_option(unsigned flags, int index);

/* Runs the program. Returns its exit code. */
int command_main(int argc, char **argv);
