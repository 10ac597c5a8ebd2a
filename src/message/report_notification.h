/* report_notification.h: deliveries as Amazon SES tells of them, in JSON, or in JSON within the JSON of its notification service. */
#pragma once
#include "message/report.h"

/* Adds the recipients that such a text names; one that is none adds nobody. */
void report_notification_read(const char *text, Report *report);
