/* reader.h: a mail to an address with a reader's own key: what is done for him at once, from whatever address he sent it. Pure. */
#pragma once
#include "base/config.h"
#include "model/plan.h"

/* The Message-ID of a digest, made from any that is unique: what answers it can be told by it. Yours. */
char *reader_digest_id(const char *message_id);
/* Whether somebody pressed Reply in a digest, and not by one of its links. */
bool reader_answers_digest(const Letter *letter, const char *domain);

/* Whether it is one: the address is of that kind, and its key is a member's. */
bool reader_is_meant(const Facts *facts);

/* Fills the plan. The key is the proof, since it stands in nothing but his own digests; but from another person who is known here it is a
 * question to the reader. */
void reader_decide(const Config *config, const Intent *intent, const Facts *facts, Plan *plan);
