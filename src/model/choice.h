/* choice.h: how a person wants his digest. Values; the text belongs to the struct. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* multipart/alternative of text and HTML; plain text (RFC 3676); whole messages (RFC 2046, 5.1.5); the old digest (RFC 1153). */
typedef enum { FORMAT_HTML, FORMAT_TEXT, FORMAT_MIME, FORMAT_RFC1153, FORMATS } DigestFormat;
typedef enum { CADENCE_DAILY, CADENCE_TWICE, CADENCE_WEEKLY, CADENCES } Cadence;

static const char *const digest_format_words[] = {"html", "text", "mime", "rfc1153", NULL};
static const char *const cadence_words[] = {"daily", "twice", "weekly", NULL};

static const char *const weekday_words[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL};

enum { CHOICE_BYTES_LEAST = 20000, CHOICE_BYTES_MOST = 20000000 };

typedef struct {
    DigestFormat format;
    Cadence cadence;
    int weekday;   /* of a weekly one: 1 Monday … 7 Sunday */
    int hour;      /* 0–23, local; of two a day the first, the other twelve hours later; -1: as the first of his groups has it */
    char *zone;    /* IANA name; "": likewise */
    bool separate; /* one for each group */
    int64_t bytes; /* of one mail at most: the rest follows in a second; 0: the site's limit */
    bool urgent;   /* what an owner marks as urgent comes at once */
} DigestChoice;

/* What of it shall be different: CHOICE_STAYS, or NULL for the zone, is as it was. `weekday` and `urgent` and the like as above. */
enum { CHOICE_STAYS = -2 };
typedef struct {
    int format, cadence, weekday, hour, separate, urgent;
    int64_t bytes;
    const char *zone; /* borrowed */
} ChoiceChange;
static const ChoiceChange choice_unchanged = {CHOICE_STAYS, CHOICE_STAYS, CHOICE_STAYS, CHOICE_STAYS, CHOICE_STAYS, CHOICE_STAYS, CHOICE_STAYS, NULL};

static inline void choice_clear(DigestChoice *choice) { g_clear_pointer(&choice->zone, g_free); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DigestChoice, choice_clear)
