/* help.h: the command table as text: help for people, completion for a shell, JSON for programs. */
#pragma once
#include "cli/command.h"

/* All commands; the verbs of one noun (false: there are none); one command with its options and example. On standard output. */
void help_all(void);
bool help_noun(const char *noun);
void help_command(const Command *command);
