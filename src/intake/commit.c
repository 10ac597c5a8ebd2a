#include "intake/commit.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "base/log.h"
#include "deliver/deliver.h"
#include "flow/act.h"
#include "intake/receive.h"
#include "message/parse.h"
#include "store/clock.h"

/* The memory file: Head, the variant, the mail. Sealed, so that it cannot shrink under the writer that has mapped it. */
#define REQUEST_TYPE "(sasss" LETTER_TYPE ")" /* sender, recipients, rule, detail, letter */
enum { BATCH_MOST = 64, ANSWER_SECONDS = 300, REPLY_MOST = 480, ANSWER_MOST = 1 << 17, SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

typedef struct {
    uint64_t variant, raw;
} Head;

static const char *const try_again = "451 4.3.0 Try again later";

/* --- a session's side --- */

static bool write_pieces(int file, struct iovec *pieces, int count) {
    for (int i = 0; i < count; i++)
        for (size_t done = 0; done < pieces[i].iov_len;) {
            ssize_t wrote = write(file, (const char *)pieces[i].iov_base + done, pieces[i].iov_len - done);
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote <= 0) return false;
            done += (size_t)wrote;
        }
    return true;
}

static int sealed_request(const Intent *mail, const GPtrArray *recipients) {
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new(
        "(s@asss@" LETTER_TYPE ")", mail->sender, g_variant_new_strv((const char *const *)recipients->pdata, (gssize)recipients->len),
        mail->unreadable.rule != NULL ? mail->unreadable.rule : "", mail->unreadable.detail != NULL ? mail->unreadable.detail : "",
        letter_to_variant(mail->letter)));
    Head head = {g_variant_get_size(variant), g_bytes_get_size(mail->raw)};
    struct iovec pieces[] = {{&head, sizeof head},
                             {(void *)(uintptr_t)g_variant_get_data(variant), head.variant},
                             {(void *)(uintptr_t)g_bytes_get_data(mail->raw, NULL), head.raw}};
    int file = memfd_create("diktyo-mail", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file >= 0 && write_pieces(file, pieces, G_N_ELEMENTS(pieces)) && fcntl(file, F_ADD_SEALS, SEALS) == 0) return file;
    if (file >= 0) close(file);
    return -1;
}

typedef union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
} Ancillary;

static bool send_both(int queue, const int descriptors[2]) {
    Ancillary ancillary = {.bytes = {0}};
    struct iovec octet = {(void *)(uintptr_t)"m", 1};
    struct msghdr message = {.msg_iov = &octet, .msg_iovlen = 1, .msg_control = ancillary.bytes, .msg_controllen = sizeof ancillary.bytes};
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    *control = (struct cmsghdr){.cmsg_len = CMSG_LEN(2 * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(control), descriptors, 2 * sizeof(int));
    ssize_t sent;
    do sent = sendmsg(queue, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1;
}

int commit_ask(int queue, const Intent *mail, const GPtrArray *recipients, GError **error) {
    int ends[2], reason;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
        int request = sealed_request(mail, recipients);
        bool sent = request >= 0 && send_both(queue, (const int[]){request, ends[1]});
        reason = errno;
        close(ends[1]); /* the writer's copy is the last: when it dies, we wake */
        if (request >= 0) close(request);
        if (sent) return ends[0];
        close(ends[0]);
    } else
        reason = errno;
    fault_set(error, FAULT_TEMPORARY, "cannot ask the writer: %s", g_strerror(reason));
    return -1;
}

static ssize_t wait_for_answer(int answer, char *text) {
    int64_t end = g_get_monotonic_time() + ANSWER_SECONDS * G_USEC_PER_SEC, left;
    ssize_t got = -1;
    while (got < 0 && (left = (end - g_get_monotonic_time()) / 1000) > 0) {
        struct pollfd wait = {.fd = answer, .events = POLLIN};
        if (poll(&wait, 1, (int)left) > 0) got = recv(answer, text, ANSWER_MOST - 1, MSG_DONTWAIT);
        if (got < 0 && errno != EINTR && errno != EAGAIN) break;
    }
    return got;
}

GPtrArray *commit_await(int answer, guint count, GError **error) {
    g_autofree char *text = g_malloc(ANSWER_MOST);
    ssize_t got = wait_for_answer(answer, text);
    close(answer);
    text[MAX(got, 0)] = '\0';
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    if (got <= 0 || g_strv_length(lines) != count) {
        fault_set(error, FAULT_TEMPORARY, "the writer did not answer");
        return NULL;
    }
    GPtrArray *replies = g_ptr_array_new_with_free_func(g_free);
    for (char **line = lines; *line != NULL; line++) g_ptr_array_add(replies, g_strdup(*line));
    return replies;
}

/* --- the writer --- */

typedef struct {
    int answer;
    GVariant *variant;
    GBytes *raw;
    Letter *letter;
    GPtrArray *intents;
} Request;

static void request_free(gpointer data) {
    Request *request = data;
    if (request->answer >= 0) close(request->answer);
    if (request->variant != NULL) g_variant_unref(request->variant);
    if (request->raw != NULL) g_bytes_unref(request->raw);
    letter_free(request->letter);
    g_ptr_array_unref(request->intents);
    g_free(request);
}

static bool map_request(Request *request, int file) {
    int seals = fcntl(file, F_GET_SEALS);
    g_autoptr(GMappedFile) mapped = seals < 0 || (seals & SEALS) != SEALS ? NULL : g_mapped_file_new_from_fd(file, FALSE, NULL);
    if (mapped == NULL) return false;
    g_autoptr(GBytes) all = g_mapped_file_get_bytes(mapped);
    gsize size = 0;
    const char *bytes = g_bytes_get_data(all, &size);
    Head head;
    if (size < sizeof head) return false;
    memcpy(&head, bytes, sizeof head);
    size -= sizeof head;
    if (head.variant > size || head.raw != size - head.variant) return false;
    g_autoptr(GBytes) variant = g_bytes_new_from_bytes(all, sizeof head, head.variant);
    request->raw = g_bytes_new_from_bytes(all, sizeof head + head.variant, head.raw);
    request->variant = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(REQUEST_TYPE), variant, FALSE));
    if (!g_variant_is_normal_form(request->variant)) return false;
    g_autoptr(GVariant) letter = g_variant_get_child_value(request->variant, 4);
    request->letter = letter_from_variant(letter);
    return request->letter != NULL;
}

static void make_intents(Request *request, int64_t now) {
    const char *sender, *rule, *detail;
    g_variant_get_child(request->variant, 0, "&s", &sender);
    g_variant_get_child(request->variant, 2, "&s", &rule);
    g_variant_get_child(request->variant, 3, "&s", &detail);
    g_autoptr(GVariant) recipients = g_variant_get_child_value(request->variant, 1);
    for (gsize i = 0; i < g_variant_n_children(recipients); i++) {
        const char *recipient;
        g_variant_get_child(recipients, i, "&s", &recipient);
        Intent *intent = g_new0(Intent, 1);
        *intent = (Intent){.kind = INTENT_MAIL, .actor = "mail", .now = now, .raw = request->raw, .letter = request->letter,
                           .sender = (char *)(uintptr_t)sender, .recipient = (char *)(uintptr_t)recipient,
                           .unreadable = {*rule != '\0' ? rule : NULL, *rule != '\0' ? (char *)(uintptr_t)detail : NULL}};
        g_ptr_array_add(request->intents, intent);
    }
}

/* 1 a request (one that makes no sense is dropped: its session sees the answer's socket close), 0 none waits, -1 nobody is left. */
static int take(int queue, int64_t now, GPtrArray *batch) {
    Ancillary ancillary = {.bytes = {0}};
    char octet;
    struct iovec into = {&octet, 1};
    struct msghdr message = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = ancillary.bytes, .msg_controllen = sizeof ancillary.bytes};
    ssize_t got = recvmsg(queue, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got == 0) return -1;
    if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    int descriptors[2];
    const struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    if (control == NULL || control->cmsg_type != SCM_RIGHTS || control->cmsg_len != CMSG_LEN(sizeof descriptors)) return 1;
    memcpy(descriptors, CMSG_DATA(control), sizeof descriptors);
    Request *request = g_new0(Request, 1);
    request->answer = descriptors[1];
    request->intents = g_ptr_array_new_with_free_func(g_free);
    if (map_request(request, descriptors[0])) {
        make_intents(request, now != 0 ? now : time(NULL));
        g_ptr_array_add(batch, request);
    } else
        request_free(request);
    close(descriptors[0]);
    return 1;
}

static char *reply_of(const Outcome *outcome) {
    if (outcome->answer == ANSWER_TAKEN || outcome->answer == ANSWER_NOTHING_TO_DO) return g_strdup("250 2.0.0 Taken");
    const char *status = outcome->status != NULL ? outcome->status : "5.0.0 Refused";
    g_autofree char *line = g_strdup_printf("%s %.*s", g_str_has_prefix(status, "5.3.4") ? "552" : "550", REPLY_MOST, status);
    return g_utf8_make_valid(g_strdelimit(line, "\r\n", ' '), -1);
}

static void answer(const Request *request, const Outcome *outcomes, GError *const *errors) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < request->intents->len; i++) {
        bool failed = outcomes == NULL || errors[i] != NULL;
        g_autofree char *reply = failed ? g_strdup(try_again) : reply_of(&outcomes[i]);
        g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", reply);
        if (!failed) receive_report(request->intents->pdata[i], &outcomes[i]);
        else if (outcomes != NULL) log_event("put-off", "why", errors[i]->message, NULL);
    }
    while (send(request->answer, text->str, text->len, MSG_NOSIGNAL) < 0 && errno == EINTR) continue;
}

static void settle(Database *database, const GPtrArray *batch) {
    g_autoptr(GPtrArray) intents = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    bool outgoing = false;
    for (guint i = 0; i < batch->len; i++) {
        const Request *request = batch->pdata[i];
        for (guint k = 0; k < request->intents->len; k++) g_ptr_array_add(intents, request->intents->pdata[k]);
    }
    g_autofree Outcome *outcomes = g_new0(Outcome, intents->len);
    g_autofree GError **errors = g_new0(GError *, intents->len);
    bool kept = act_each(database, (Intent *const *)intents->pdata, intents->len, outcomes, errors, &error);
    if (!kept) log_event("put-off", "why", error->message, NULL);
    for (guint i = 0, at = 0; i < batch->len; at += ((const Request *)batch->pdata[i])->intents->len, i++)
        answer(batch->pdata[i], kept ? outcomes + at : NULL, errors + at);
    for (guint i = 0; i < intents->len; i++) {
        outgoing = outgoing || (kept && outcomes[i].applied.outgoing != 0);
        outcome_clear(&outcomes[i]);
        g_clear_error(&errors[i]);
    }
    if (outgoing) deliver_ring(database_config(database));
}

/* Something is written at once: that a disk is full or read-only is then in the log when the service starts, and the first mail finds a journal. */
static Database *open_warm(const Config *config, GError **error) {
    g_autoptr(Database) database = database_open(config, error);
    if (database == NULL || !database_warm(database, error)) return NULL;
    g_autoptr(GError) unwritable = NULL;
    if (!clock_write(database, "lmtp started", time(NULL), &unwritable)) log_event("lmtp-cannot-write", "why", unwritable->message, NULL);
    return g_steal_pointer(&database);
}

/* A database that cannot be opened now is tried again with the next mail, which is put off until it can. */
void commit_serve(int queue, const Config *config, int64_t now) {
    g_autoptr(Database) database = open_warm(config, NULL);
    int more = 0;
    while (more >= 0) {
        struct pollfd wait = {.fd = queue, .events = POLLIN};
        g_autoptr(GPtrArray) batch = g_ptr_array_new_with_free_func(request_free);
        if (poll(&wait, 1, -1) < 0) continue;
        while (batch->len < BATCH_MOST && (more = take(queue, now, batch)) > 0) continue;
        if (batch->len == 0) continue;
        g_autoptr(GError) error = NULL;
        if (database == NULL) database = open_warm(config, &error);
        if (database != NULL)
            settle(database, batch);
        else {
            log_event("put-off", "why", error->message, NULL);
            for (guint i = 0; i < batch->len; i++) answer(batch->pdata[i], NULL, NULL);
        }
    }
}
