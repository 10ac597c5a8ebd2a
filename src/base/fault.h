/* fault.h: what can go wrong, and what the one who called us is told about it.
 *
 * Every function that can fail returns bool (or NULL) and fills a GError of this one domain.
 * A refused post is not a fault: it is a value in the Plan (model/plan.h). */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum {
    FAULT_TEMPORARY, /* try again later: lock, full disk, relay away */
    FAULT_PERMANENT, /* what was asked for cannot be: no such group, a bad address */
    FAULT_CONFIG,    /* the operator must mend something: configuration, permissions, templates */
    FAULT_USAGE,     /* the command line is wrong */
    FAULT_INTERNAL   /* a bug of ours */
} FaultKind;

#define FAULT fault_quark()
GQuark fault_quark(void);

/* Fills *error (which may be NULL) and returns false, so that failing is one line. */
bool fault_set(GError **error, FaultKind kind, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The exit code for a person at a terminal (sysexits(3) where one fits): PERMANENT 1, USAGE 64, INTERNAL 70,
 * TEMPORARY 75, CONFIG 78. Under an MTA everything surprising is 75: see intake/receive.h. */
int fault_exit_code(const GError *error);
