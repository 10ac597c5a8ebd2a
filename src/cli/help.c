#include "cli/help.h"
#include "cli/commands.h"
#include "cli/output.h"

/* Nothing here knows a command by name: what the table holds is what is shown. */

/* Two columns of text. Keys that nobody reads: these tables are for people only. */
static const Column option_columns[] = {{"", "", false}, {"", "", false}, {NULL}};

static char *usage_of(const Command *command) {
    GString *usage = g_string_new("diktyo ");
    g_string_append(usage, command->noun);
    if (command->verb != NULL) g_string_append_printf(usage, " %s", command->verb);
    if (*command->operands != '\0') g_string_append_printf(usage, " %s", command->operands);
    return g_string_free(usage, FALSE);
}

/* The options of a command, its own first, then the common ones; NULL after the last. */
static const Option *option_at(const Command *command, int index) {
    int own = 0;
    while (command->options != NULL && command->options[own].name != NULL) own++;
    return index < own ? &command->options[index] : command_common_option(command->flags, index - own);
}

static void add_command(Table *table, const Command *command) {
    g_autofree char *usage = usage_of(command);
    table_text(table, usage + strlen("diktyo "));
    table_text(table, command->help);
}

void help_all(void) {
    printf(
        "diktyo: group mail for municipalities.\nUsage: diktyo NOUN [VERB] [options]; each has --help with an example.\n\n");
    const char *noun = NULL;
    g_autoptr(Table) table = table_new(option_columns);
    table_indent(table, 2);
    for (const Command *row = commands_table; row->noun != NULL; row++) {
        if (noun != NULL && strcmp(noun, row->noun) != 0 && (row->verb != NULL || row[-1].verb != NULL)) {
            table_text(table, "");
            table_text(table, "");
        }
        noun = row->noun;
        add_command(table, row);
    }
    table_print(table, false, "");
    printf("\nThe instance is named by --config FILE, or DIKTYO_CONFIG, or is ./diktyo.conf, or /etc/diktyo/diktyo.conf.\n"
           "Exit codes: 0 done, 1 not possible, 64 mistyped, 70 our bug, 75 try again, 78 configuration.\n");
}

bool help_noun(const char *noun) {
    g_autoptr(Table) table = table_new(option_columns);
    bool found = false;
    table_indent(table, 2);
    for (const Command *row = commands_table; row->noun != NULL; row++) {
        if (strcmp(row->noun, noun) != 0) continue;
        found = true;
        add_command(table, row);
    }
    if (found) printf("Usage: diktyo %s VERB [options]\n\n", noun);
    table_print(table, false, "");
    return found;
}

void help_command(const Command *command) {
    g_autofree char *usage = usage_of(command);
    printf("Usage: %s [options]\n\nTo %s.\n\n", usage, command->help);
    g_autoptr(Table) table = table_new(option_columns);
    const Option *option;
    table_indent(table, 2);
    for (int i = 0; (option = option_at(command, i)) != NULL; i++) {
        g_autofree char *name = g_strdup_printf("--%s%s%s", option->name, option->argument != NULL ? " " : "",
                                                option->argument != NULL ? option->argument : "");
        table_text(table, name);
        table_text(table, option->help);
    }
    table_print(table, false, "");
    if (command->more != NULL) printf("\n%s", command->more);
    printf("\nExample:\n  %s\n", command->example);
}

static Tree *options_tree(const Command *command) {
    Tree *list = tree_list();
    const Option *option;
    for (int i = 0; (option = option_at(command, i)) != NULL; i++) {
        Tree *object = tree_object();
        tree_text(object, "name", option->name);
        tree_text(object, "argument", option->argument);
        tree_text(object, "help", option->help);
        tree_append(list, object);
    }
    return list;
}

bool commands_command(Call *call, GError **error) {
    (void)error;
    g_autoptr(Table) table = table_new(option_columns);
    Tree *list = tree_list();
    for (const Command *row = commands_table; row->noun != NULL; row++) {
        g_autofree char *usage = usage_of(row);
        Tree *object = tree_object();
        tree_text(object, "noun", row->noun);
        tree_text(object, "verb", row->verb);
        tree_text(object, "usage", usage);
        tree_text(object, "help", row->help);
        tree_text(object, "example", row->example);
        tree_put(object, "options", options_tree(row));
        tree_append(list, object);
        table_text(table, usage);
        table_text(table, row->help);
    }
    if (call->json) {
        tree_print(list);
        return true;
    }
    tree_free(list);
    table_print(table, false, "");
    return true;
}

static void complete_words(const char *noun) {
    if (noun == NULL) {
        const char *last = "";
        for (const Command *row = commands_table; row->noun != NULL; row++) {
            if (strcmp(row->noun, last) != 0) printf("%s ", row->noun);
            last = row->noun;
        }
        printf("--help --version");
        return;
    }
    for (const Command *row = commands_table; row->noun != NULL; row++)
        if (strcmp(row->noun, noun) == 0 && row->verb != NULL) printf("%s ", row->verb);
    for (const Command *row = commands_table; row->noun != NULL; row++)
        for (int i = 0; strcmp(row->noun, noun) == 0 && row->verb == NULL && row->options != NULL && row->options[i].name != NULL; i++)
            printf("--%s ", row->options[i].name);
}

/* One line of a case: `group:add) words=…`. A `-` stands for a noun without verb. */
static void complete_row(const Command *row) {
    const Option *option;
    printf("        %s:%s)\n            words=\"", row->noun, row->verb != NULL ? row->verb : "*");
    for (int i = 0; (option = option_at(row, i)) != NULL; i++) printf("%s--%s", i > 0 ? " " : "", option->name);
    printf("\"\n            case $before in\n");
    for (int i = 0; (option = option_at(row, i)) != NULL; i++) {
        if (option->argument == NULL) continue;
        printf("                --%s) words=\"", option->name);
        for (int j = 0; option->choices != NULL && option->choices[j] != NULL; j++)
            printf("%s%s", j > 0 ? " " : "", option->choices[j]);
        printf("\" ;;\n");
    }
    printf("            esac ;;\n");
}

/* The program's own words never need quoting in a shell: letters, dashes and blanks. */
bool completion_command(Call *call, GError **error) {
    if (strcmp(call->operands[0], "bash") != 0) return fault_set(error, FAULT_USAGE, "there is completion for bash only");
    printf("# bash completion for diktyo; made by: diktyo completion bash\n_diktyo() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"");
    complete_words(NULL);
    printf("\"\n    elif [ \"$COMP_CWORD\" -eq 2 ]; then\n        case $before in\n");
    const char *last = "";
    for (const Command *row = commands_table; row->noun != NULL; row++) {
        if (row->verb == NULL || strcmp(row->noun, last) == 0) continue;
        printf("            %s) words=\"", last = row->noun);
        complete_words(row->noun);
        printf("--help\" ;;\n");
    }
    printf("        esac\n    fi\n    [ -n \"$words\" ] || case ${COMP_WORDS[1]}:${COMP_WORDS[2]} in\n");
    for (const Command *row = commands_table; row->noun != NULL; row++) complete_row(row);
    printf("    esac\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n}\ncomplete -o default -F _diktyo "
           "diktyo\n");
    return true;
}
