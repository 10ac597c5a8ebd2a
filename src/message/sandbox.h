/* sandbox.h: reads a hostile message in a child process under limits of CPU, memory and time, so that nothing a stranger
 * sends can jam, crash or fool the process that accepts mail. Start it before the database is opened. */
#pragma once
#include "base/config.h"
#include "model/letter.h"

/* A child that reads one message, and no second. It can be started ahead, and its work goes on beside ours. */
typedef struct SandboxReader SandboxReader;

/* For a process that has many messages read: loads the usual converters of charsets, and reads a mail of ours, so that no child has to bind and
 * initialise the libraries again. */
void sandbox_prepare(void);

/* Forks; the child waits for its message. Yours. NULL, FAULT_TEMPORARY, when none could be started: try again later. SIGCHLD has its standard action
 * from then on. */
SandboxReader *sandbox_start(const Config *config, GError **error);

/* Gives it the message, and does not wait. FAULT_TEMPORARY when it cannot be given: nothing was read. */
bool sandbox_hand(SandboxReader *reader, GBytes *raw, GError **error);

/* What it understood. Yours. NULL with *detail set (yours) when the child died, ran out of time or memory, or answered nonsense: the message is to be
 * held as unreadable. NULL with *error, FAULT_TEMPORARY, when it ended before it had taken the message, which can then not be the reason. */
Letter *sandbox_await(SandboxReader *reader, char **detail, GError **error);

/* Leaves no child and no descriptor behind. */
void sandbox_free(SandboxReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SandboxReader, sandbox_free)

/* All of it, for one message. NULL with either *detail or *error set. */
Letter *sandbox_read(const Config *config, GBytes *raw, char **detail, GError **error);
