/* report_parts.h: takes a message apart for message/report. Only behind the door of GMime. */
#pragma once
#include "message/gmime.h"
#include "message/report.h"

/* `decode` gives a leaf's text (message/parse). `to` is borrowed by the source. */
void report_parts_read(GMimeMessage *message, GPtrArray *to, const char *subject, char *(*decode)(GMimePart *part, bool html), ReportSource *source);
