#include "decide/urgency.h"

/* Everybody's own matter is urgent to him: the words of members who do not run the group are not looked at. */

bool urgency_in_subject(const char *folded_subject) {
    static const char *const words[] = {"επειγον", "επειγουσα", "urgent", "epeigon", NULL};
    const char *from = folded_subject + strspn(folded_subject, " [(*!");
    for (const char *const *word = words; *word != NULL; word++) {
        if (!g_str_has_prefix(from, *word)) continue;
        gunichar behind = g_utf8_get_char(from + strlen(*word));
        if (!g_unichar_isalnum(behind)) return true;
    }
    return false;
}

bool urgency_holds(const Intent *intent, const Facts *facts) {
    bool runs_it = facts->membership != NULL && facts->membership->role != ROLE_MEMBER;
    return runs_it && (intent->important || (intent->folded_subject != NULL && urgency_in_subject(intent->folded_subject)));
}
