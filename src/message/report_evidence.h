/* report_evidence.h: whether a message is a report, and of what kind, by what its header and its text say: tables of phrases. */
#pragma once
#include "message/report.h"

/* Whether one of the phrases stands in a folded text. */
bool report_says(const char *folded, const char *const *table);
/* The beginning of a text, folded; yours. */
char *report_beginning(const char *text);
/* Whether the message is evidently a server's report. */
bool report_is_evident(const ReportSource *source);
/* Whether the text says that delivery goes on. */
bool report_is_delay(const ReportSource *source);
/* An answer that a machine gave for an absent person. */
bool report_is_auto_reply(const ReportSource *source);
