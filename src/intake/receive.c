#include "intake/receive.h"
#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include "base/log.h"
#include "deliver/deliver.h"
#include "flow/act.h"
#include "intake/envelope.h"
#include "intake/guard.h"
#include "message/parse.h"

/* The child that will read the message is started first, and inherits no handle; the database is opened, while it reads, when the whole message has come: a
 * slow sender holds no lock. MTAs give a pipe 1,000 s (Postfix) or an hour and bounce afterwards, so we give up
 * well before, with 75. */
enum { DEADLINE_SECONDS = 300, EXIT_TAKEN = 0, EXIT_NO_USER = 67, EXIT_TRY_AGAIN = 75, EXIT_REFUSED = 77 };

static void out_of_time(int signal_number) {
    (void)signal_number;
    _exit(EXIT_TRY_AGAIN);
}

static void set_deadline(void) {
    struct sigaction action = {.sa_handler = out_of_time};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigaction(SIGALRM, &action, NULL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    alarm(DEADLINE_SECONDS);
}

/* What is too large is read to its end all the same: an MTA that meets a closed pipe may take it for a crash. */
static GBytes *read_message(int descriptor, int64_t most, bool *too_large, GError **error) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    static uint8_t piece[65536];
    for (;;) {
        ssize_t got = read(descriptor, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            fault_set(error, FAULT_TEMPORARY, "cannot read the message: %s", g_strerror(errno));
            return NULL;
        }
        if (got == 0) return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
        if ((int64_t)bytes->len + got > most)
            *too_large = true;
        else
            g_byte_array_append(bytes, piece, (guint)got);
    }
}

bool receive_ask(const Config *config, SandboxReader *reader, GBytes *raw, const char **rule, char **detail, GError **error) {
    gsize length = 0;
    const uint8_t *bytes = g_bytes_get_data(raw, &length);
    GuardFinding finding = guard_check(config, bytes, length);
    *rule = finding.rule;
    *detail = NULL;
    if (finding.rule == NULL) return sandbox_hand(reader, raw, error);
    *detail = g_strdup_printf("%s: %" G_GINT64_FORMAT " (at most %" G_GINT64_FORMAT ")", finding.rule, finding.found, finding.limit);
    return true;
}

Letter *receive_told(SandboxReader *reader, const char **rule, char **detail, GError **error) {
    Letter *letter = *rule == NULL ? sandbox_await(reader, detail, error) : NULL;
    if (letter != NULL || *detail == NULL) return letter;
    if (*rule == NULL) *rule = "child";
    return letter_empty();
}

Letter *receive_understand(const Config *config, GBytes *raw, const char **rule, char **detail, GError **error) {
    g_autoptr(SandboxReader) reader = sandbox_start(config, error);
    return reader != NULL && receive_ask(config, reader, raw, rule, detail, error) ? receive_told(reader, rule, detail, error) : NULL;
}

/* One line on stdout is all that a sender will see of a refusal. */
static int refuse(int code, const char *status) {
    g_autofree char *line = g_strdup_printf("%s\n", status);
    ssize_t written = write(STDOUT_FILENO, line, strlen(line));
    (void)written;
    return code;
}

static int exit_code(const Outcome *outcome) {
    switch (outcome->answer) {
    case ANSWER_TAKEN:
    case ANSWER_NOTHING_TO_DO: return EXIT_TAKEN;
    case ANSWER_NO_SUCH_ADDRESS: return refuse(EXIT_NO_USER, outcome->status);
    case ANSWER_REFUSED: return refuse(EXIT_REFUSED, outcome->status);
    }
    return EXIT_TRY_AGAIN;
}

void receive_report(const Intent *intent, const Outcome *outcome) {
    g_autofree char *post = g_strdup_printf("%" G_GINT64_FORMAT, outcome->applied.post);
    g_autofree char *held = g_strdup_printf("%" G_GINT64_FORMAT, outcome->applied.held);
    bool taken = outcome->answer == ANSWER_TAKEN || outcome->answer == ANSWER_NOTHING_TO_DO;
    log_event(taken ? "received" : "refused", "recipient", intent->recipient, "sender", intent->sender, "message_id",
              intent->letter->message_id, "post", post, "held", held, "status", outcome->status, NULL);
}

/* Fills *code when the message's fate is settled; false when nothing is. */
static bool receive(const Config *config, const char *mta, int operand_count, char **operands, int64_t now, int *code, GError **error) {
    g_auto(Envelope) envelope = {0};
    g_auto(Outcome) outcome = {0};
    bool too_large = false;
    g_autofree char *detail = NULL;
    g_autoptr(GError) reason = NULL;
    if (!envelope_read(config, mta, operand_count, operands, &envelope, &reason)) {
        if (!g_error_matches(reason, FAULT, FAULT_PERMANENT)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
        *code = refuse(EXIT_NO_USER, "5.1.3 The recipient is not a valid address");
        return true;
    }
    g_autoptr(SandboxReader) reader = sandbox_start(config, error);
    g_autoptr(GBytes) raw = reader != NULL ? read_message(STDIN_FILENO, config->message_bytes, &too_large, error) : NULL;
    if (raw == NULL) return false;
    if (too_large) {
        log_event("refused", "recipient", envelope.recipient, "sender", envelope.sender, "why", "too-large", NULL);
        *code = refuse(EXIT_REFUSED, "5.3.4 The message is larger than this site takes");
        return true;
    }
    Intent intent = {.kind = INTENT_MAIL, .actor = "mail", .raw = raw, .sender = envelope.sender, .recipient = envelope.recipient};
    if (!receive_ask(config, reader, raw, &intent.unreadable.rule, &detail, error)) return false;
    g_autoptr(Database) database = database_open(config, error);
    if (database == NULL) return false;
    g_autoptr(Letter) letter = receive_told(reader, &intent.unreadable.rule, &detail, error);
    if (letter == NULL) return false;
    intent.letter = letter;
    intent.unreadable.detail = detail;
    intent.now = now != 0 ? now : time(NULL);
    if (!act(database, &intent, &outcome, error)) return false;
    *code = exit_code(&outcome);
    receive_report(&intent, &outcome);
    if (outcome.applied.outgoing != 0) deliver_ring(config);
    return true;
}

int receive_main(const Config *config, const char *mta, int operand_count, char **operands, int64_t now) {
    g_autoptr(GError) error = NULL;
    int code = EXIT_TRY_AGAIN;
    set_deadline();
    if (receive(config, mta, operand_count, operands, now, &code, &error)) return code;
    log_event("put-off", "why", error->message, NULL);
    fprintf(stderr, "diktyo: %s\n", error->message);
    return EXIT_TRY_AGAIN;
}
