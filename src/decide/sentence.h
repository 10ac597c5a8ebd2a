/* sentence.h: a line cut into its words, for comparing and for quoting. Pure. */
#pragma once
#include "decide/command.h"

enum { SENTENCE_WORDS_MOST = 60 };

typedef struct {
    char *word;      /* folded, without the signs around it; never empty */
    char *key;       /* greeklish_key when it is all Latin letters, else NULL */
    char *raw;       /* as it was written, with its signs */
    bool upper;      /* written in capitals */
    bool capital;    /* begins with one */
    bool comma, stop; /* signs after it: , or . ! */
} SentenceWord;

typedef struct {
    GArray *tokens; /* SentenceWord, at most SENTENCE_WORDS_MOST */
    bool question;  /* there is a ? or ; at the end of a word */
    bool cut;       /* there were more words */
} Sentence;

Sentence *sentence_new(void);
/* Adds the words of a line. */
void sentence_add(Sentence *sentence, const CommandLine *line);
void sentence_free(Sentence *sentence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sentence, sentence_free)

static inline const SentenceWord *sentence_token(const Sentence *sentence, size_t i) { return &g_array_index(sentence->tokens, SentenceWord, i); }
