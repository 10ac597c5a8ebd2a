/* mta_places.h: the servers that the configuration names, in the order in which they are tried. */
#pragma once
#include "deliver/mta_stream.h"
#include "base/config.h"

/* [relay] host: one or several, separated by blanks or commas, each NAME, NAME:PORT, [IPV6]:PORT, IPV6 or unix:PATH; a port that is not given is
 * [relay] port. GPtrArray of MtaPlace *, yours; NULL and FAULT_CONFIG when there is none, or one cannot be read. */
GPtrArray *mta_places_new(const Config *config, GError **error);
