/* act.h: the spine: facts → decide → render → apply → commit, for every door. */
#pragma once
#include "flow/render.h"
#include "model/plan.h"
#include "store/apply.h"
#include "store/database.h"

typedef struct {
    AnswerKind answer;
    const char *word; /* the same for a mail of ours (templates, [replies]); static; may be NULL */
    char *status; /* one line for the one who handed it in: a refusal's "5.x.x text", or a sentence; may be NULL */
    Applied applied;
} Outcome;
void outcome_clear(Outcome *outcome);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

/* When it returns true the outcome is on disk. On failure nothing has changed. */
bool act(Database *database, const Intent *intent, Outcome *outcome, GError **error);

/* All of them or none, in one transaction. When one is refused it stops: *outcome is that one's, *refused its place (else `count`), and nothing
 * has changed. */
bool act_all(Database *database, Intent *const *intents, size_t count, Outcome *outcome, size_t *refused, GError **error);

/* Each for itself, in one commit: an intent that fails leaves nothing, has errors[i] set (yours; NULL before), and spoils none of the others. False,
 * with *error, when nothing at all was kept. */
bool act_each(Database *database, Intent *const *intents, size_t count, Outcome *outcomes, GError **errors, GError **error);

/* The same up to the rendering, without changing anything: for `diktyo explain`. */
typedef struct {
    Facts *facts;
    GPtrArray *readings; /* facts->route is one of them */
    Reading *reading;    /* what a mail to the robot was taken for; else NULL */
    Plan plan;
    Rendering rendering;
    GPtrArray *recipients; /* Membership *: the group's members, when it would be posted */
} Foresight;
void foresight_clear(Foresight *foresight);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Foresight, foresight_clear)
bool act_foresee(Database *database, const Intent *intent, Foresight *foresight, GError **error);
