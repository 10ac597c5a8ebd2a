#include "decide/grace.h"

/* What the clock causes is looked at every hour, or once a day: a longer gap, or a step back, is a clock that has jumped or a machine that was off, and
 * from here both look the same. Either way what ends too early cannot be taken back and what ends too late harms nobody. So a gap of any length gives
 * a week: as long as people have for a question, more than other servers keep mail for a machine that is off, and time for an operator to
 * see what the doctor says. Each further jump begins it anew; so a clock that is put right never waits for a time that lies a year ahead. */

enum { DAY = 86400, JUMP = 2 * DAY, GRACE = 7 * DAY };

int64_t grace_until(int64_t last, int64_t grace, int64_t now) {
    bool jumped = last != 0 && (now > last + JUMP || now < last - JUMP);
    return jumped ? now + GRACE : grace;
}
