/* parse.h: raw bytes → Letter with GMime. To be called only in the child that message/sandbox starts. */
#pragma once
#include "model/letter.h"

/* Never fails: what is missing is NULL or empty. `loop_field` is the name of our loop mark field. Yours: letter_free. */
Letter *letter_parse(GBytes *raw, const char *loop_field);

#define LETTER_TYPE "(msssmsasasxsba(ssx)ubbasxbusmsa(ssssss))" /* of its GVariant */
/* To carry it between processes. letter_from_variant checks types, UTF-8 and bounds, and returns NULL when they do not hold. */
GVariant *letter_to_variant(const Letter *letter);
Letter *letter_from_variant(GVariant *variant);

Letter *letter_new(void);
/* One with nothing in it, for a mail that could not be read: its texts are "". */
Letter *letter_empty(void);
void letter_free(Letter *letter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Letter, letter_free)
