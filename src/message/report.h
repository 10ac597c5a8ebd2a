/* report.h: what a message says of deliveries (RFC 3464, 3834, 5965, 6533, and the many servers that keep to none of them). Only in the child. */
#pragma once
#include "model/report.h"

/* A message taken apart, as far as a report can be in it. Texts are valid UTF-8 and may be empty. */
typedef struct {
    char *from, *subject, *return_path, *failed; /* From as written, Subject decoded, Return-Path, X-Failed-Recipients; NULL: no such field */
    GPtrArray *to;           /* char *: its own recipients, canonical; borrowed */
    bool replied, generated; /* Auto-Submitted and its elder relatives */
    bool suppresses;         /* X-Auto-Response-Suppress, X-Autoreply … stand in the header */
    bool unsubscribes;       /* X-Apple-Unsubscribe */
    bool of_list;            /* a list manager says that it wrote this itself: X-MLServer (fml), X-List-Administrivia (Mailman) */
    bool is_report;          /* multipart/report, or a part of type message/delivery-status */
    bool is_receipt;         /* disposition-notification: RFC 8098 */
    GString *status;         /* the message/delivery-status parts */
    GString *human;          /* what people are to read */
    GString *original;       /* header and begin of the returned message */
    GString *feedback;       /* RFC 5965 */
} ReportSource;

void report_source_init(ReportSource *source);
void report_source_clear(ReportSource *source);

/* NULL when it is an ordinary message. Yours: report_free. */
Report *report_read(ReportSource *source);
void report_free(Report *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Report, report_free)

Report *report_new(ReportKind kind, const char *form);
ReportRecipient *report_add(Report *report); /* NULL when there are too many */
bool report_knows(const Report *report, const char *address);
/* Puts a value in the place of an old one, which it frees. */
void report_set(char **slot, char *value);

/* "5.1.1" in a text, RFC 3463; "" when there is none. Yours. And "550". */
char *report_status_in(const char *text);
char *report_reply_in(const char *text);
