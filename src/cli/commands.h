/* commands.h: the table of all commands, and the functions its rows name (each lives in the file of its noun). */
#pragma once
#include "cli/command.h"

/* Grouped by noun, ended by one with noun NULL. */
extern const Command commands_table[];

/* What its --help says besides. */
extern const char member_import_more[], digest_more[];

bool init_command(Call *call, GError **error);
bool group_add_command(Call *call, GError **error);
bool group_list_command(Call *call, GError **error);
bool group_show_command(Call *call, GError **error);
bool group_set_command(Call *call, GError **error);
bool group_allow_command(Call *call, GError **error);
bool group_remove_command(Call *call, GError **error);
bool member_add_command(Call *call, GError **error);
bool member_list_command(Call *call, GError **error);
bool member_set_command(Call *call, GError **error);
bool member_remove_command(Call *call, GError **error);
bool member_show_command(Call *call, GError **error);
bool member_pause_command(Call *call, GError **error);
bool member_erase_command(Call *call, GError **error);
bool member_import_command(Call *call, GError **error);
bool address_list_command(Call *call, GError **error);
bool address_add_command(Call *call, GError **error);
bool address_remove_command(Call *call, GError **error);
bool address_primary_command(Call *call, GError **error);
bool receive_command(Call *call, GError **error);
bool outbox_list_command(Call *call, GError **error);
bool outbox_stats_command(Call *call, GError **error);
bool outbox_retry_command(Call *call, GError **error);
bool outbox_cancel_command(Call *call, GError **error);
bool bounces_list_command(Call *call, GError **error);
bool bounces_show_command(Call *call, GError **error);
bool bounces_clear_command(Call *call, GError **error);
bool lmtp_command(Call *call, GError **error);
bool deliver_command(Call *call, GError **error);
bool member_mute_command(Call *call, GError **error);
bool member_unmute_command(Call *call, GError **error);
bool digest_urgent_command(Call *call, GError **error);
bool digest_again_command(Call *call, GError **error);
bool digest_set_command(Call *call, GError **error);
bool digest_show_command(Call *call, GError **error);
bool digest_command(Call *call, GError **error);
bool expire_command(Call *call, GError **error);
bool held_list_command(Call *call, GError **error);
bool held_show_command(Call *call, GError **error);
bool held_accept_command(Call *call, GError **error);
bool held_reject_command(Call *call, GError **error);
bool held_discard_command(Call *call, GError **error);
bool archive_list_command(Call *call, GError **error);
bool archive_show_command(Call *call, GError **error);
bool archive_export_command(Call *call, GError **error);
bool trace_command(Call *call, GError **error);
bool explain_command(Call *call, GError **error);
bool doctor_command(Call *call, GError **error);
bool commands_command(Call *call, GError **error);
bool completion_command(Call *call, GError **error);
