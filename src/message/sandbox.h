/* sandbox.h: reads a hostile message in a child process under limits of CPU, memory and time, so that nothing a stranger
 * sends can jam, crash or fool the process that accepts mail. Call it before the database is opened. */
#pragma once
#include "base/config.h"
#include "model/letter.h"

/* For a process that has many messages read: loads the converters of charsets, and reads a mail of ours, so that no child has to bind and
 * initialise the libraries again. */
void sandbox_prepare(void);

/* Forks, parses, waits. On success the Letter is yours. NULL with *detail set (yours) when the child died, ran out of
 * time or memory, or answered nonsense: the message is to be held as unreadable. NULL with *error set (FAULT_TEMPORARY) when
 * no child could be started: try again later. Leaves no child and no descriptor behind. */
Letter *sandbox_read(const Config *config, GBytes *raw, char **detail, GError **error);
