#include "model/choice.h"
#include "cli/commands.h"
#include "cli/order.h"
#include "cli/output.h"
#include "deliver/deliver.h"
#include "publish/schedule.h"
#include "store/choices.h"
#include "store/digests.h"
#include "store/people.h"
#include "store/posts.h"

/* How a person has his digest: what is not given stays as it is. What he does not want to hear of, and what cannot wait. */

const char digest_more[] = "See also diktyo digest set, diktyo digest show, diktyo digest again, diktyo digest urgent.\n";

static bool read_number(const Call *call, const char *option, int64_t least, int64_t most, int *value, GError **error) {
    int64_t number = *value;
    if (!call_option_number(call, option, least, most, &number, error)) return false;
    *value = (int)number;
    return true;
}

static int read_answer(const Call *call, const char *option) {
    const char *word = call_option(call, option);
    return word != NULL ? strcmp(word, "yes") == 0 : CHOICE_STAYS;
}

static bool read_largest(const Call *call, int64_t *bytes, GError **error) {
    enum { LEAST = CHOICE_BYTES_LEAST / 1000, MOST = CHOICE_BYTES_MOST / 1000 };
    int64_t size = CHOICE_STAYS;
    if (!call_option_number(call, "largest", 0, MOST, &size, error)) return false;
    if (size > 0 && size < LEAST) return fault_set(error, FAULT_USAGE, "--largest: at least %d, or 0 for the site's limit", LEAST);
    *bytes = size > 0 ? size * 1000 : size;
    return true;
}

static bool read_change(const Call *call, ChoiceChange *change, GError **error) {
    *change = (ChoiceChange){.format = order_choice(call, "format", digest_format_words, CHOICE_STAYS),
                             .cadence = order_choice(call, "cadence", cadence_words, CHOICE_STAYS),
                             .weekday = order_choice(call, "weekday", weekday_words, CHOICE_STAYS),
                             .hour = CHOICE_STAYS,
                             .separate = read_answer(call, "separate"),
                             .urgent = read_answer(call, "urgent"),
                             .zone = call_option(call, "zone")};
    if (change->weekday != CHOICE_STAYS) change->weekday++;
    g_autoptr(GTimeZone) zone = change->zone != NULL && *change->zone != '\0' ? g_time_zone_new_identifier(change->zone) : NULL;
    if (zone == NULL && change->zone != NULL && *change->zone != '\0')
        return fault_set(error, FAULT_USAGE, "--zone: there is no time zone “%s” (see /usr/share/zoneinfo)", change->zone);
    return read_number(call, "hour", -1, 23, &change->hour, error) && read_largest(call, &change->bytes, error);
}

/* The groups that he reads in the digest. */
static char *digest_groups(const Call *call, const Person *person, GError **error) {
    g_autoptr(GPtrArray) memberships = people_memberships(call->database, 0, person->id, error);
    if (memberships == NULL) return NULL;
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < memberships->len; i++) {
        const Membership *membership = memberships->pdata[i];
        if (membership->delivery == DELIVERY_DIGEST) g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", membership->group_name);
    }
    return g_string_free(g_steal_pointer(&names), FALSE);
}

/* The numbers of the first posts of the threads that he does not want to hear of. */
static char *muted_threads(const Call *call, const Person *person, GError **error) {
    g_autoptr(GPtrArray) posts = posts_muted(call->database, person->id, error);
    if (posts == NULL) return NULL;
    g_autoptr(GString) numbers = g_string_new(NULL);
    for (guint i = 0; i < posts->len; i++)
        g_string_append_printf(numbers, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "", ((const Post *)posts->pdata[i])->id);
    return g_string_free(g_steal_pointer(&numbers), FALSE);
}

static Table *choice_table(const Person *person, const DigestChoice *choice) {
    static const Column columns[] = {{"address", "address"}, {"format", "format"}, {"cadence", "how often"}, {"weekday", "on"}, {"hour", "hour", true},
                                     {"zone", "time zone"}, {"separate", "one for each group"}, {"largest_kb", "kilobytes at most", true},
                                     {"urgent", "urgent posts at once"}, {"groups", "groups"}, {"muted", "muted threads"}, {"next", "next, if anything gathers"}, {NULL}};
    Table *table = table_new(columns);
    table_text(table, person->email);
    table_text(table, digest_format_words[choice->format]);
    table_text(table, cadence_words[choice->cadence]);
    table_text(table, choice->cadence == CADENCE_WEEKLY ? weekday_words[choice->weekday - 1] : "");
    if (choice->hour >= 0) table_number(table, choice->hour);
    else table_text(table, NULL);
    table_text(table, *choice->zone != '\0' ? choice->zone : NULL);
    table_flag(table, choice->separate);
    if (choice->bytes > 0) table_number(table, choice->bytes / 1000);
    else table_text(table, NULL);
    table_flag(table, choice->urgent);
    return table;
}

static bool show(const Call *call, const Person *person, GError **error) {
    g_auto(DigestChoice) choice = {0};
    if (!choices_read(call->database, person->id, &choice, error)) return false;
    g_autoptr(DigestReader) reader = digests_reader(call->database, person->id, error);
    g_autofree char *groups = reader != NULL ? digest_groups(call, person, error) : NULL;
    g_autofree char *muted = groups != NULL ? muted_threads(call, person, error) : NULL;
    if (muted == NULL) return false;
    const Schedule schedule = {choice.cadence, choice.weekday, reader->choice.hour, reader->choice.zone};
    g_autoptr(Table) table = choice_table(person, &choice);
    table_text(table, groups);
    table_text(table, *muted != '\0' ? muted : NULL);
    if (*groups != '\0') table_time(table, schedule_next(&schedule, reader->last, call->now), reader->choice.zone);
    else table_text(table, NULL);
    table_print_record(table, call->json);
    if (*groups == '\0' && !call->json) printf("\nNo digest comes: in none of the groups is it the delivery (diktyo member set GROUP %s --delivery digest).\n", person->email);
    return true;
}

bool digest_show_command(Call *call, GError **error) {
    g_autoptr(Person) person = order_person(call, 0, NULL, error);
    return person != NULL && show(call, person, error);
}

bool digest_set_command(Call *call, GError **error) {
    ChoiceChange change;
    if (call->given->len == 0) return fault_set(error, FAULT_USAGE, "what shall change? See diktyo digest set --help");
    if (!read_change(call, &change, error)) return false;
    g_autoptr(Person) person = order_person(call, 0, NULL, error);
    if (person == NULL) return false;
    MemberChange who = {.email = person->email, .delivery = -1, .role = -1};
    g_auto(Outcome) outcome = {0};
    Intent intent = order_intent(call, INTENT_CHOICE);
    intent.member = &who;
    intent.choice = &change;
    return order_carry_out_one(call, &intent, &outcome, error) && show(call, person, error);
}

static bool read_post(const Call *call, int index, int64_t *post, GError **error) {
    gint64 number = 0;
    if (!g_ascii_string_to_signed(call->operands[index], 10, 1, G_MAXINT64, &number, NULL))
        return fault_set(error, FAULT_USAGE, "POST: “%s” is no number of a post; see diktyo archive list", call->operands[index]);
    *post = number;
    return true;
}

static bool mute(Call *call, IntentKind kind, GError **error) {
    Intent intent = order_intent(call, kind);
    g_auto(Outcome) outcome = {0};
    if (!read_post(call, 1, &intent.post, error)) return false;
    g_autoptr(Person) person = order_person(call, 0, NULL, error);
    if (person == NULL) return false;
    MemberChange who = {.email = person->email, .delivery = -1, .role = -1};
    intent.member = &who;
    if (!order_carry_out_one(call, &intent, &outcome, error)) return false;
    printf("%s gets %s thread of post %" G_GINT64_FORMAT ".\n", person->email, kind == INTENT_MUTE ? "no more of the" : "again the", intent.post);
    return true;
}

bool member_mute_command(Call *call, GError **error) { return mute(call, INTENT_MUTE, error); }

bool member_unmute_command(Call *call, GError **error) { return mute(call, INTENT_UNMUTE, error); }

bool digest_urgent_command(Call *call, GError **error) {
    Intent intent = order_intent(call, INTENT_URGENT);
    g_auto(Outcome) outcome = {0};
    if (!read_post(call, 0, &intent.post, error) || !order_carry_out_one(call, &intent, &outcome, error)) return false;
    if (outcome.applied.recipients > 0) deliver_ring(call->config);
    g_autofree char *readers = output_count(outcome.applied.recipients, "reader of digests gets", "readers of digests get");
    printf("Post %" G_GINT64_FORMAT " is urgent: %s it now.\n", intent.post, readers);
    return true;
}
