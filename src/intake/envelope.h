/* envelope.h: where each MTA tells the envelope of what it pipes to us. */
#pragma once
#include "base/config.h"

typedef struct {
    char *sender;    /* canonical where it can be; "" for the null sender; never written to */
    char *recipient; /* canonical */
} Envelope;

/* The words for --mta, ended by NULL. */
extern const char *const envelope_mtas[];

/* From operands (SENDER RECIPIENT [ORIGINAL_RECIPIENT]) when there are any, else from the environment as `mta` sets it. The original recipient
 * holds when the recipient is not of our domain. FAULT_USAGE when there is no
 * recipient; FAULT_PERMANENT when it is no address. */
bool envelope_read(const Config *config, const char *mta, int operand_count, char **operands, Envelope *envelope, GError **error);
void envelope_clear(Envelope *envelope);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Envelope, envelope_clear)
