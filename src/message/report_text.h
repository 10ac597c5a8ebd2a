/* report_text.h: a report without structure: recipients and reasons from what it tells people, by tables of phrases. */
#pragma once
#include "message/report.h"

/* Moves the returned message, where it stands in the same text, from `human` to `original`, and status fields there to `status`. */
void report_text_split(ReportSource *source);
/* Adds the recipients that the text names; those already there get its words where they have none. */
void report_text_read(const ReportSource *source, Report *report);
/* Adds those whom the returned message was for. */
void report_text_from_original(const ReportSource *source, Report *report, const char *action);
