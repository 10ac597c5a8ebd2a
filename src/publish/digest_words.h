/* digest_words.h: the words of a digest in one language, and what is counted in it. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum {
    DIGEST_WORD_CONTENTS,
    DIGEST_WORD_FROM,
    DIGEST_WORD_ATTACHMENTS,
    DIGEST_WORD_NO_SUBJECT,
    DIGEST_WORD_NO_TEXT,
    DIGEST_WORD_CUT,
    DIGEST_WORD_ANSWER,
    DIGEST_WORD_LEAVE,
    DIGEST_WORDS
} DigestWord;
