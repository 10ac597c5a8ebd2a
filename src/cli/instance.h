/* instance.h: finding an instance's configuration and becoming the user it belongs to, so that root's commands leave no
 * file that the mail server's user cannot read. */
#pragma once
#include "cli/command.h"

/* The configuration file: the given one, else $DIKTYO_CONFIG, else ./diktyo.conf, else /etc/diktyo/diktyo.conf. Absolute. Yours. */
char *instance_file(const char *given, GError **error);

/* Who owns a folder: its uid, and a name to show (yours). FAULT_CONFIG when it is not there. */
bool instance_owner(const char *folder, uid_t *owner, char **name, GError **error);

/* Root becomes the folder's owner for good; the owner stays; anybody else is FAULT_CONFIG. */
bool instance_become_owner(const char *folder, GError **error);

/* Reads the configuration into call->config, becomes the owner of the database's folder, opens the log, checks the templates.
 * Files named by the caller are to be opened before it. */
bool instance_enter(Call *call, GError **error);

/* instance_enter, and the database into call->database. */
bool instance_open(Call *call, GError **error);

/* A whole file, or standard input for `-`; at most `most` bytes. Yours. */
GBytes *instance_read_file(const char *path, size_t most, GError **error);
