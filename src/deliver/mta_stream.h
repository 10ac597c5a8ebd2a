/* mta_stream.h: one connection to a server: TCP or a unix socket, in clear text or under TLS (the only door to OpenSSL besides libESMTP's).
 * Nothing here waits: every call does what can be done now. */
#pragma once
#include "base/fault.h"
#include <stdint.h>

typedef struct MtaStream MtaStream;

/* Where a server may be; `name` is what its certificate must say. */
typedef struct {
    char *name;        /* a host's name or address; of a unix socket: its path */
    char *service;     /* port, or NULL for a unix socket */
} MtaPlace;

typedef enum { MTA_STREAM_DONE, MTA_STREAM_AGAIN, MTA_STREAM_BROKEN } MtaStreamState;

/* Looks up the name (this does wait, as long as the resolver does: once for each connection that is opened) and begins to connect. NULL: there
 * is no such place, *why says it (yours). */
MtaStream *mta_stream_open(const MtaPlace *place, char **why);
void mta_stream_close(MtaStream *stream);

/* Goes on connecting (to the name's next address, when one refuses); call it when the descriptor is writable, or with `late` when one address had time
 * enough. */
MtaStreamState mta_stream_connect(MtaStream *stream, bool late);

/* Goes on with the TLS handshake, at least version 1.2; the chain must lead to a trusted certificate (`authorities`: a file of them, or "" for the
 * system's) and the certificate name the place. Begins it at the first call. */
MtaStreamState mta_stream_encrypt(MtaStream *stream, const char *authorities);

/* *done octets were read; DONE only when that is more than none. The end of the stream is BROKEN. */
MtaStreamState mta_stream_read(MtaStream *stream, char *into, size_t size, size_t *done);

/* Puts `length` octets behind what is to be written. `own` is freed when they are (it holds them); NULL: they stay where they are until then. */
void mta_stream_put(MtaStream *stream, const char *text, size_t length, char *own);
/* Writes as much as goes, in as few calls as can be; *progress tells whether anything went. BROKEN forgets the rest: there may still be
 * something to read. */
MtaStreamState mta_stream_flush(MtaStream *stream, bool *progress);
bool mta_stream_has_to_write(const MtaStream *stream);
/* Before a wait: a server that holds its next answer back until this one is acknowledged shall not wait for the kernel's timer. */
void mta_stream_acknowledge(MtaStream *stream);

/* What to wait for, and whether there is something to read that no descriptor will tell of. */
int mta_stream_descriptor(const MtaStream *stream);
bool mta_stream_wants_write(const MtaStream *stream);
bool mta_stream_has_more(const MtaStream *stream);
bool mta_stream_is_encrypted(const MtaStream *stream);
/* What broke it, one line; borrowed. */
const char *mta_stream_why(const MtaStream *stream);
