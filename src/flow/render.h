/* render.h: the bytes that a plan needs, made once, whatever the number of recipients. */
#pragma once
#include "model/plan.h"
#include "store/apply.h"

/* What a mail is stored under and as: content, trace, hash, message_id, parsed, attachments. No database is asked. */
void render_identity(const Config *config, const Intent *intent, Rendering *rendering);

/* What the effects of the plan need. The intent has its letter and raw bytes (also for a held entry that is accepted). Lists in answers are read
 * from the database, inside the transaction. A question gets its new token here. */
bool render_plan(Database *database, const Intent *intent, const Facts *facts, const Plan *plan, Rendering *rendering, GError **error);

void rendering_drop_mails(Rendering *rendering);
void rendering_clear(Rendering *rendering);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rendering, rendering_clear)
