/* choices.h: what people have chosen for their digests, and the threads that they have muted. */
#pragma once
#include "model/choice.h"
#include "store/database.h"

bool choices_read(Database *database, int64_t person, DigestChoice *choice, GError **error);
bool choices_write(Database *database, int64_t person, const DigestChoice *choice, GError **error);

/* Writes `choice` with that change made in it. */
bool choices_change(Database *database, int64_t person, DigestChoice *choice, const ChoiceChange *change, GError **error);

/* What is gathered for him shall come with the next run, before its hour. */
bool choices_ask_digest(Database *database, int64_t person, int64_t now, GError **error);

/* A muted thread gathers nothing more for him, and no post of it comes to him; what is in a digest already stays there. What gathers of it is
 * cancelled. Twice is the same as once. */
bool choices_mute(Database *database, int64_t person, int64_t thread, int64_t now, GError **error);
bool choices_unmute(Database *database, int64_t person, int64_t thread, GError **error);
/* Whoever writes in a thread wants to hear it: the mute of the thread of his own post ends. */
bool choices_heard(Database *database, int64_t person, int64_t post, GError **error);
