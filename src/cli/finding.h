/* finding.h: what the doctor found: fine, doubtful or wrong, and what to do about it. */
#pragma once
#include "cli/command.h"
#include "cli/output.h"

typedef enum { FINDING_OK, FINDING_WARN, FINDING_FAIL } FindingLevel;

typedef struct {
    Table *shown, *told; /* for people, for programs */
    int counts[FINDING_FAIL + 1];
} Findings;

void findings_begin(Findings *findings);
void findings_clear(Findings *findings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Findings, findings_clear)

/* `cure` NULL for what is fine; `says` as for printf. */
void finding(Findings *findings, FindingLevel level, const char *what, const char *cure, const char *says, ...) G_GNUC_PRINTF(5, 6);
void findings_print(const Findings *findings, bool json);

/* Postfix's side: the pipe service that hands us mail (cli/pipeline.c). */
void pipeline_examine(Findings *findings, const Config *config);
