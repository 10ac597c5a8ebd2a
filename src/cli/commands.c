#include "cli/commands.h"
#include "model/choice.h"
#include "model/delivery.h"
#include "model/group.h"
#include "model/person.h"

/* The whole command line on one screen or two. A new command is a row here and a function in its noun's file; help,
 * completion, `diktyo commands --json` and the checks that compare them with the man page follow by themselves. */

static const char *const answer_words[] = {"no", "yes", NULL};
static const char *const language_words[] = {"el", "en", NULL};
static const char *const mta_words[] = {"postfix", "exim", "opensmtpd", "qmail", "alias", NULL};

static const Option init_options[] = {
    {"domain", "DOMAIN", "the mail domain of the groups (must be given)", NULL},
    {"name", "TEXT", "what the site is called in mails to people", NULL},
    {"language", "WORD", "the site's language: el or en", language_words},
    {"zone", "ZONE", "the site's time zone, as Europe/Athens", NULL},
    {NULL},
};

static const Option group_options[] = {
    {"title", "TEXT", "as people read it: Κοινωνική πολιτική", NULL},
    {"description", "TEXT", "what it is for, on one line", NULL},
    {"theme", "TEXT", "its theme in the catalogue", NULL},
    {"language", "WORD", "language of its notices: el or en", language_words},
    {"zone", "ZONE", "time zone of its digest hour", NULL},
    {"kind", "WORD", "discussion, announcement or closed; sets the usual rules of such a group", group_kind_words},
    {"posting", "WORD", "who may post: members, moderated, anyone or owners", group_posting_words},
    {"joining", "WORD", "who may join: confirm (whoever answers our question), approve (whom a moderator lets in) or invited",
     group_joining_words},
    {"members-visible", "WORD", "who may see its members: owners, members or anyone", group_visible_words},
    {"archive-visible", "WORD", "who may see its archive: owners, members or anyone", group_visible_words},
    {"attachment-types", "TYPES", "what may be attached: 'image/* application/pdf'; empty: everything", NULL},
    {"copies", "WORD", "personal: one for each member; bulk: one message for many, which finds dead addresses only once a week", group_copies_words},
    {"confirm-posts", "WORD", "yes: each post is confirmed by its author first", answer_words},
    {"alias", "NAME", "another name of it, also as an address; may be given again", NULL},
    {"no-alias", "NAME", "takes such a name away; may be given again", NULL},
    {"subject-tag", "TEXT", "put before the subject, as [it]; empty: nothing", NULL},
    {"digest-hour", "HOUR", "local hour of its digest, 0 to 23", NULL},
    {"message-bytes", "BYTES", "largest message; 0: the site's limit", NULL},
    {"owner", "ADDRESS", "an owner; may be given again", NULL},
    {NULL},
};

static const Option group_remove_options[] = {{"yes", NULL, "do it without asking", NULL}, {NULL}};

static const Option member_options[] = {
    {"name", "TEXT", "the person's name", NULL},
    {"organisation", "TEXT", "where the person works", NULL},
    {"function", "TEXT", "what the person does there", NULL},
    {"language", "WORD", "the person's language: el or en", language_words},
    {"delivery", "WORD", "each, digest or none", delivery_mode_words},
    {"role", "WORD", "member, moderator or owner", role_words},
    {NULL},
};

static const Option pause_options[] = {
    {"until", "DATE", "the first day with mail again, as 2026-12-24", NULL},
    {"resume", NULL, "end the pause now", NULL},
    {NULL},
};
static const Option erase_options[] = {
    {"posts", NULL, "take the person's name out of the archive too", NULL},
    {"yes", NULL, "do it: nothing brings it back", NULL},
    {NULL},
};
static const Option expire_options[] = {{"due", NULL, "do it", NULL}, {NULL}};
static const Option import_options[] = {{"apply", NULL, "do it; without it nothing changes", NULL}, {NULL}};
static const Option receive_options[] = {{"mta", "WORD", "who calls: postfix, exim, opensmtpd, qmail or alias", mta_words},
                                         {NULL}};
static const Option deliver_options[] = {
    {"once", NULL, "send what is due and end", NULL},
    {"retry", NULL, "with --once: try everything that waits now, whatever its next try", NULL},
    {NULL},
};

static const Option digest_set_options[] = {
    {"format", "WORD", "html, text, mime (whole messages) or rfc1153", digest_format_words},
    {"cadence", "WORD", "daily, twice (a day) or weekly", cadence_words},
    {"weekday", "WORD", "the day of a weekly one: monday to sunday", weekday_words},
    {"hour", "HOUR", "local hour, 0 to 23; -1: as the first of the person's groups has it", NULL},
    {"zone", "ZONE", "time zone of that hour; empty: as the first of the person's groups has it", NULL},
    {"separate", "WORD", "yes: one digest for each group; no: one for all", answer_words},
    {"largest", "KB", "kilobytes of one mail, 20 to 20000: the rest comes in a second; 0: the site's limit", NULL},
    {"urgent", "WORD", "yes: an urgent post comes at once", answer_words},
    {NULL},
};

static const Option group_list_options[] = {{"postfix", NULL, "all addresses that there are, as a regexp map for Postfix (relay_recipient_maps)", NULL}, {NULL}};
static const Option digest_options[] = {
    {"due", NULL, "build the digests that are due", NULL},
    {"preview", "ADDRESS", "show the digest this person would get now", NULL},
    {"date", "DAY", "with --preview: the one that was sent on that day (2026-11-24)", NULL},
    {"raw", NULL, "with --preview: the mail as it would go out, or went out", NULL},
    {NULL},
};
static const Option digest_again_options[] = {{"date", "DAY", "the one of that day (2026-11-24), not the last", NULL}, {NULL}};

static const Option bounces_list_options[] = {{"all", NULL, "with those that concern none of our mails", NULL}, {NULL}};
static const Option held_list_options[] = {{"all", NULL, "with those already decided", NULL}, {NULL}};
static const Option raw_options[] = {{"raw", NULL, "exactly the bytes that came in", NULL}, {NULL}};
static const Option held_reject_options[] = {{"reason", "TEXT", "what the author is told", NULL}, {NULL}};
static const Option archive_list_options[] = {{"most", "NUMBER", "how many (50); 0: all", NULL}, {NULL}};
static const Option archive_show_options[] = {{"thread", NULL, "the whole thread it belongs to", NULL}, {NULL}};

static const Option explain_options[] = {
    {"sender", "ADDRESS", "envelope sender; else Return-Path or From; empty: the null sender", NULL},
    {"recipient", "ADDRESS", "envelope recipient; else Delivered-To, X-Original-To or To", NULL},
    {NULL},
};

static const Option outbox_list_options[] = {
    {"state", "WORD", "waiting (as without it), sending, sent, failed, gathering, gathered, covered, cancelled or withheld", delivery_state_words},
    {"most", "NUMBER", "how many (200); 0: all", NULL},
    {NULL},
};
static const Option outbox_retry_options[] = {
    {"destination", "DOMAIN", "everything that waits for this mail domain", NULL},
    {"post", "NUMBER", "every copy of this post that waits or has failed", NULL},
    {"failed", NULL, "everything that has failed within a day", NULL},
    {"all", NULL, "everything that waits", NULL},
    {NULL},
};
static const Option outbox_cancel_options[] = {
    {"post", "NUMBER", "every copy of this post that still waits", NULL},
    {"yes", NULL, "do it: who waits for it will not get it", NULL},
    {NULL},
};

enum { READS = NEEDS_DATABASE | TAKES_JSON, WRITES = NEEDS_DATABASE | TAKES_NOW };

const Command commands_table[] = {
    {"init", NULL, "DIR --domain DOMAIN", 1, 1, TAKES_FILES, "make a new instance in one folder",
     "diktyo init /var/lib/diktyo --domain groups.example.gr --name 'Ένωση Δήμων'", init_options, init_command},

    {"group", "add", "NAME --title TEXT", 1, 1, WRITES, "make a group",
     "diktyo group add environment --title Περιβάλλον --owner maria@dimos.example.gr", group_options, group_add_command},
    {"group", "list", "", 0, 0, READS, "list all groups", "diktyo group list", group_list_options, group_list_command},
    {"group", "show", "GROUP", 1, 1, READS, "show one group, its addresses and its rules", "diktyo group show environment",
     NULL, group_show_command},
    {"group", "set", "GROUP", 1, 1, WRITES, "change a group",
     "diktyo group set environment --posting moderated --digest-hour 8", group_options, group_set_command},
    {"group", "allow", "GROUP ADDRESS", 2, 2, WRITES, "let an address write to a group without being a member",
     "diktyo group allow environment press@paper.example.gr", NULL, group_allow_command},
    {"group", "remove", "GROUP", 1, 1, WRITES, "close a group: its address is refused from now on, its archive stays",
     "diktyo group remove environment --yes", group_remove_options, group_remove_command},

    {"member", "add", "GROUP ADDRESS", 2, 2, WRITES, "make a person a member",
     "diktyo member add environment nikos@dimos.example.gr --name 'Νίκος Παππάς' --delivery digest", member_options,
     member_add_command},
    {"member", "list", "[GROUP]", 0, 1, READS, "list the members of a group, or of all", "diktyo member list environment",
     NULL, member_list_command},
    {"member", "set", "GROUP ADDRESS", 2, 2, WRITES, "change a membership or the person",
     "diktyo member set environment nikos@dimos.example.gr --role moderator", member_options, member_set_command},
    {"member", "remove", "GROUP ADDRESS", 2, 2, WRITES, "end a membership",
     "diktyo member remove environment nikos@dimos.example.gr", NULL, member_remove_command},
    {"member", "show", "ADDRESS", 1, 1, READS | TAKES_NOW, "show a person: addresses, groups, and everything that was done",
     "diktyo member show nikos@dimos.example.gr", NULL, member_show_command},
    {"member", "pause", "ADDRESS", 1, 1, WRITES, "stop the mail of all groups to a person for a while",
     "diktyo member pause nikos@dimos.example.gr --until 2026-12-24", pause_options, member_pause_command},
    {"member", "mute", "ADDRESS POST", 2, 2, WRITES, "spare a member the thread of a post",
     "diktyo member mute nikos@dimos.example.gr 12", NULL, member_mute_command},
    {"member", "unmute", "ADDRESS POST", 2, 2, WRITES, "let a member have a muted thread again",
     "diktyo member unmute nikos@dimos.example.gr 12", NULL, member_unmute_command},
    {"member", "erase", "ADDRESS", 1, 1, WRITES, "forget a person, so that no import brings him back",
     "diktyo member erase nikos@dimos.example.gr --yes", erase_options, member_erase_command},
    {"member", "import", "FILE", 1, 1, NEEDS_INSTANCE | TAKES_FILES | TAKES_NOW,
     "read a CSV table of name, address, organisation, groups; tells what it would do",
     "diktyo member import staff.csv --apply", import_options, member_import_command, member_import_more},

    {"address", "list", "ADDRESS", 1, 1, READS, "list all addresses of a person", "diktyo address list nikos@dimos.example.gr",
     NULL, address_list_command},
    {"address", "add", "ADDRESS NEW", 2, 2, WRITES, "give a person another address: posts from it count as his",
     "diktyo address add nikos@dimos.example.gr n.pappas@dimos.example.gr", NULL, address_add_command},
    {"address", "remove", "ADDRESS", 1, 1, WRITES, "take an address away from its person",
     "diktyo address remove n.pappas@dimos.example.gr", NULL, address_remove_command},
    {"address", "primary", "ADDRESS", 1, 1, WRITES, "send a person's mail to this one of his addresses",
     "diktyo address primary n.pappas@dimos.example.gr", NULL, address_primary_command},

    {"receive", NULL, "[--] SENDER RECIPIENT [ORIGINAL_RECIPIENT]", 0, 3,
     NEEDS_INSTANCE | TAKES_FILES | TAKES_NOW | UNDER_MTA, "take one mail from standard input; what a mail server runs",
     "diktyo receive -- nikos@dimos.example.gr environment@groups.example.gr", receive_options, receive_command},
    {"lmtp", NULL, "", 0, 0, NEEDS_INSTANCE | TAKES_NOW, "take mail by LMTP until told to stop: the fast way in, beside receive",
     "diktyo lmtp", NULL, lmtp_command},
    {"deliver", NULL, "", 0, 0, WRITES, "send what waits in the outbox; without --once: until told to stop",
     "diktyo deliver --once", deliver_options, deliver_command},
    {"outbox", "list", "[GROUP|ADDRESS|DOMAIN]", 0, 1, READS, "list what waits to be sent, and why", "diktyo outbox list dimos.example.gr",
     outbox_list_options, outbox_list_command},
    {"outbox", "stats", "", 0, 0, READS | TAKES_NOW, "count deliveries by state, what was sent in the last hour and what waits for each destination; tell whether the relay is away",
     "diktyo outbox stats",
     NULL, outbox_stats_command},
    {"outbox", "retry", "[NUMBER...]", 0, -1, WRITES, "try deliveries now that wait for their next try, and once more what has failed",
     "diktyo outbox retry --destination dimos.example.gr", outbox_retry_options, outbox_retry_command},
    {"outbox", "cancel", "[NUMBER...]", 0, -1, WRITES, "take back deliveries that still wait", "diktyo outbox cancel --post 12 --yes",
     outbox_cancel_options, outbox_cancel_command},
    {"digest", "set", "ADDRESS", 1, 1, WRITES, "choose how a person has the digest",
     "diktyo digest set maria@dimos.example.gr --cadence weekly --weekday monday --hour 8", digest_set_options, digest_set_command},
    {"digest", "show", "ADDRESS", 1, 1, READS, "show how a person has the digest", "diktyo digest show maria@dimos.example.gr", NULL,
     digest_show_command},
    {"digest", "urgent", "POST", 1, 1, WRITES, "send a post at once to those who read digests and want urgent posts at once",
     "diktyo digest urgent 12", NULL, digest_urgent_command},
    {"digest", "again", "ADDRESS", 1, 1, WRITES, "send a person's last digest once more, exactly as it was", "diktyo digest again maria@dimos.example.gr --date 2026-11-24",
     digest_again_options, digest_again_command},
    {"digest", NULL, "", 0, 0, WRITES, "build the digests that are due, or look at one",
     "diktyo digest --preview maria@dimos.example.gr", digest_options, digest_command, digest_more},

    {"expire", NULL, "--due", 0, 0, WRITES, "do what the clock asks for: close old held mail, remind moderators, judge what came back, tell authors of failures",
     "diktyo expire --due", expire_options, expire_command},

    {"held", "list", "[GROUP]", 0, 1, READS, "list what waits for a moderator", "diktyo held list environment",
     held_list_options, held_list_command},
    {"held", "show", "NUMBER", 1, 1, READS, "show one held mail", "diktyo held show 7", raw_options, held_show_command},
    {"held", "accept", "NUMBER...", 1, -1, WRITES, "let held mail into its group", "diktyo held accept 7 9", NULL,
     held_accept_command},
    {"held", "reject", "NUMBER...", 1, -1, WRITES, "refuse held mail and tell its author",
     "diktyo held reject 7 --reason 'Είναι θέμα της ομάδας Υγεία.'", held_reject_options, held_reject_command},
    {"held", "discard", "NUMBER...", 1, -1, WRITES, "drop held mail without a word", "diktyo held discard 8", NULL,
     held_discard_command},

    {"bounces", "list", "[GROUP]", 0, 1, READS, "list what came back, how it was read, and whose fault it is", "diktyo bounces list environment",
     bounces_list_options, bounces_list_command},
    {"bounces", "show", "NUMBER", 1, 1, READS, "show one report", "diktyo bounces show 7", raw_options, bounces_show_command},
    {"bounces", "clear", "ADDRESS", 1, 1, WRITES, "send mail to an address again that was suspended because mail came back",
     "diktyo bounces clear maria@dimos.example.gr", NULL, bounces_clear_command},

    {"archive", "list", "[GROUP]", 0, 1, READS, "list posts, newest first", "diktyo archive list environment --most 20",
     archive_list_options, archive_list_command},
    {"archive", "show", "POST|MESSAGE-ID", 1, 1, READS, "show a post, or its whole thread",
     "diktyo archive show 12 --thread", archive_show_options, archive_show_command},
    {"archive", "export", "GROUP | POST --raw", 1, 1, NEEDS_DATABASE, "write a group as mbox, or one post as it came in",
     "diktyo archive export environment > environment.mbox", raw_options, archive_export_command},

    {"trace", NULL, "POST|MESSAGE-ID", 1, 1, READS, "tell what became of a post for every recipient", "diktyo trace 12",
     NULL, trace_command},
    {"explain", NULL, "FILE.eml", 1, 1, NEEDS_INSTANCE | TAKES_FILES | TAKES_JSON | TAKES_NOW,
     "tell what would happen to a mail; sends and stores nothing",
     "diktyo explain letter.eml --recipient environment@groups.example.gr", explain_options, explain_command},
    {"doctor", NULL, "", 0, 0, NEEDS_INSTANCE | TAKES_JSON | TAKES_NOW, "look for what is wrong, and name the cure",
     "diktyo doctor", NULL, doctor_command},

    {"commands", NULL, "", 0, 0, TAKES_JSON, "list all commands, for other programs", "diktyo commands --json", NULL,
     commands_command},
    {"completion", NULL, "bash", 1, 1, NEEDS_NOTHING, "print completion for a shell",
     "diktyo completion bash > /etc/bash_completion.d/diktyo", NULL, completion_command},
    {NULL},
};
