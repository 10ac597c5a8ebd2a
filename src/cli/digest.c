#include "publish/digest.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "deliver/deliver.h"
#include "message/address.h"
#include "message/parse.h"
#include "message/sandbox.h"
#include "store/people.h"
#include "store/repeats.h"

/* A preview is the very mail that would go out, read back through the same reader as everybody's mail: what it shows is
 * what a member's program would show. */

static bool due(Call *call, GError **error) {
    DigestCounts counts = {0};
    if (!digest_due(call->database, call->now, &counts, error)) return false;
    if (counts.digests > 0) deliver_ring(call->config);
    printf("digests %" G_GINT64_FORMAT ", posts %" G_GINT64_FORMAT "\n", counts.digests, counts.posts);
    return true;
}

static bool print_readable(Call *call, GBytes *mail, const char *email, GError **error) {
    g_autofree char *detail = NULL;
    g_autoptr(Letter) letter = sandbox_read(call->config, mail, &detail, error);
    if (letter == NULL && detail == NULL) return false;
    if (letter == NULL) return fault_set(error, FAULT_INTERNAL, "our own digest cannot be read: %s", detail);
    static const Column columns[] = {{"from", "From:"}, {"to", "To:"}, {"subject", "Subject:"}, {"date", "Date:"}, {NULL}};
    g_autoptr(Table) table = table_new(columns);
    g_autofree char *from = output_person(letter->author_name, letter->author_address);
    table_text(table, from);
    table_text(table, email);
    table_text(table, letter->subject);
    table_time(table, letter->date, call->config->zone);
    table_print_record(table, false);
    putchar('\n');
    output_text(letter->text, "");
    return true;
}

static Person *find_person(Call *call, const char *whom, GError **error) {
    g_autoptr(GError) reason = NULL;
    g_autofree char *email = address_canonical(whom, error);
    Person *person = email != NULL ? people_find(call->database, email, &reason) : NULL;
    if (reason != NULL) g_propagate_error(error, g_steal_pointer(&reason));
    else if (person == NULL && email != NULL) fault_set(error, FAULT_PERMANENT, "nobody here has the address %s", email);
    return person;
}

static bool is_day(const char *day) {
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == 'd' ? !g_ascii_isdigit(day[i]) : day[i] != form[i]) return false;
    return true;
}

/* When the digest was made that is meant, by --date or the last; 0 and exit code 1: there is none. */
static bool find_sent(Call *call, const Person *person, int64_t *made_at, GError **error) {
    const char *day = call_option(call, "date");
    if (day != NULL && !is_day(day)) return fault_set(error, FAULT_USAGE, "--date: “%s” is no day such as 2026-11-24", day);
    if (!repeats_find(call->database, person->id, day != NULL ? day : "", call->now, made_at, error)) return false;
    if (*made_at != 0) return true;
    fprintf(stderr, "diktyo: %s was sent no digest%s%s\n", person->email, day != NULL ? " on " : "", day != NULL ? day : "");
    call->exit_code = 1;
    return true;
}

static GPtrArray *mails_to_show(Call *call, const Person *person, GError **error) {
    int64_t made_at = 0;
    if (call_option(call, "date") == NULL) return digest_preview(call->database, person->email, call->now, error);
    if (!find_sent(call, person, &made_at, error)) return NULL;
    return made_at != 0 ? repeats_mails(call->database, person->id, made_at, error) : g_ptr_array_new();
}

static bool preview(Call *call, const char *whom, GError **error) {
    g_autoptr(Person) person = find_person(call, whom, error);
    g_autoptr(GPtrArray) mails = person != NULL ? mails_to_show(call, person, error) : NULL;
    if (mails == NULL) return false;
    if (mails->len == 0 && call->exit_code == 0) {
        fprintf(stderr, "diktyo: nothing is gathered for %s\n", person->email);
        call->exit_code = 1;
    }
    g_clear_pointer(&call->database, database_close); /* the reading child has no business with it */
    for (guint i = 0; i < mails->len; i++) {
        GBytes *mail = mails->pdata[i];
        if (i > 0) putchar('\n');
        if (call_option(call, "raw") != NULL) fwrite(g_bytes_get_data(mail, NULL), 1, g_bytes_get_size(mail), stdout);
        else if (!print_readable(call, mail, person->email, error)) return false;
    }
    return true;
}

bool digest_again_command(Call *call, GError **error) {
    g_autoptr(Person) person = find_person(call, call->operands[0], error);
    int64_t made_at = 0, mails = 0;
    if (person == NULL || !find_sent(call, person, &made_at, error)) return false;
    if (made_at == 0) return true;
    g_autoptr(Transaction) transaction = transaction_begin(call->database, error);
    if (transaction == NULL || !repeats_add(call->database, person->id, made_at, call->now, &mails, error) || !transaction_commit(transaction, error)) return false;
    if (mails == 0) return fault_set(error, FAULT_PERMANENT, "nothing is sent to %s: mail to it comes back (diktyo bounces clear %s)", person->email, person->email);
    deliver_ring(call->config);
    printf("mails %" G_GINT64_FORMAT "\n", mails);
    return true;
}

bool digest_command(Call *call, GError **error) {
    const char *whom = call_option(call, "preview");
    bool is_due = call_option(call, "due") != NULL;
    if (is_due && call_option(call, "date") != NULL) return fault_set(error, FAULT_USAGE, "--date goes with --preview");
    if (is_due == (whom != NULL)) return fault_set(error, FAULT_USAGE, "give either --due or --preview ADDRESS");
    return is_due ? due(call, error) : preview(call, whom, error);
}
