/* greeklish.h: Greek in Latin letters, in whatever spelling, has the key of the Greek that is meant. Pure. */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* What a folded word sounds like, roughly: υγεία, ygeia, igia, ugeia → "igia". Coarse on purpose: who compares keys takes two hits as none. Yours. */
char *greeklish_key(const char *folded);
