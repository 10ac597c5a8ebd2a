/* group.h: a group: one address, its members, its rules. Values; texts belong to the struct (groups_free in store/). */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Who may post. Each rule has its word in group_posting_words, used by the command line, the database and the man page. */
typedef enum {
    POSTING_MEMBERS,   /* members; others are held */
    POSTING_MODERATED, /* members, but everybody's first post is held */
    POSTING_ANYONE,    /* everybody; nobody is held for who he is */
    POSTING_OWNERS,    /* owners and moderators; others are held */
    POSTING_RULES
} Posting;

/* Who may join: whoever confirms, whoever a moderator then approves, or only who was invited. */
typedef enum { JOINING_CONFIRM, JOINING_APPROVE, JOINING_INVITED, JOINING_RULES } Joining;
/* One copy for each member, under an envelope sender of his own, or one message for many. */
typedef enum { COPIES_PERSONAL, COPIES_BULK, COPIES_RULES } Copies;
/* Who may see the members, or the archive. */
typedef enum { VISIBLE_OWNERS, VISIBLE_MEMBERS, VISIBLE_ANYONE, VISIBLE_RULES } Visible;

typedef enum { KIND_DISCUSSION, KIND_ANNOUNCEMENT, KIND_CLOSED, GROUP_KINDS } GroupKind;

static const char *const group_posting_words[] = {"members", "moderated", "anyone", "owners", NULL};
static const char *const group_joining_words[] = {"confirm", "approve", "invited", NULL};
static const char *const group_copies_words[] = {"personal", "bulk", NULL};
static const char *const group_visible_words[] = {"owners", "members", "anyone", NULL};
static const char *const group_kind_words[] = {"discussion", "announcement", "closed", NULL};

/* A name leaves room for `-bounces+KEY` in a local part of 64 octets. */
enum { GROUP_NAME_LONGEST = 28 };

typedef struct {
    int64_t id;
    char *name;        /* the local part: a-z 0-9 and single - or _ or . inside */
    char *title;       /* as people read it: Κοινωνική πολιτική */
    char *description; /* one line, may be empty */
    char *theme;       /* for the catalogue, may be empty */
    char *language;    /* el or en */
    char *zone;        /* IANA name */
    char *subject_tag; /* put before the Subject when not empty */
    GroupKind kind;
    Posting posting;
    Joining joining;
    Visible members_visible, archive_visible;
    char *attachment_types; /* media types that may be attached, separated by blanks; "": all */
    bool confirm_posts;     /* each post is first confirmed by its author: against forged senders */
    Copies copies;
    int64_t probed_at;     /* when a post last went out in personal copies */
    int digest_hour;       /* 0–23, local */
    int64_t message_bytes; /* 0: the site's limit */
    int64_t created_at;    /* seconds since 1970, as all times */
} Group;
