#include "publish/digest.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "deliver/deliver.h"
#include "message/address.h"
#include "message/parse.h"
#include "message/sandbox.h"

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

static bool preview(Call *call, const char *whom, GError **error) {
    g_autofree char *email = address_canonical(whom, error);
    g_autoptr(GPtrArray) mails = email != NULL ? digest_preview(call->database, email, call->now, error) : NULL;
    if (mails == NULL) return false;
    if (mails->len == 0) {
        fprintf(stderr, "diktyo: nothing is gathered for %s\n", email);
        call->exit_code = 1;
        return true;
    }
    g_clear_pointer(&call->database, database_close); /* the reading child has no business with it */
    for (guint i = 0; i < mails->len; i++) {
        GBytes *mail = mails->pdata[i];
        if (i > 0) putchar('\n');
        if (call_option(call, "raw") != NULL) fwrite(g_bytes_get_data(mail, NULL), 1, g_bytes_get_size(mail), stdout);
        else if (!print_readable(call, mail, email, error)) return false;
    }
    return true;
}

bool digest_command(Call *call, GError **error) {
    const char *whom = call_option(call, "preview");
    bool is_due = call_option(call, "due") != NULL;
    if (is_due == (whom != NULL)) return fault_set(error, FAULT_USAGE, "give either --due or --preview ADDRESS");
    return is_due ? due(call, error) : preview(call, whom, error);
}
