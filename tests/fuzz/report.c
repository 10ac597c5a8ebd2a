/* Whatever a server writes into a report is read, keeps the promises of model/report.h, and can be classified. */
#include "decide/bounce.h"
#include "message/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The first byte chooses how the rest is wrapped: so the fuzzer need not find the shape of a report itself. */
static const char *const wrappings[] = {
    "From: MAILER-DAEMON@x.gr\nSubject: Undelivered Mail\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n",
    "From: MAILER-DAEMON@x.gr\nSubject: failure notice\nReturn-Path: <>\n\nThis message could not be delivered\n\n",
    "From: abuse@x.gr\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n",
    "From: no-reply@sns.amazonaws.com\nSubject: AWS Notification Message\n\n{\"notificationType\":\"Bounce\",",
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0 || length > 65536) return 0;
    g_autoptr(GByteArray) mail = g_byte_array_new();
    const char *wrapping = wrappings[*bytes % G_N_ELEMENTS(wrappings)];
    g_byte_array_append(mail, (const guint8 *)wrapping, (guint)strlen(wrapping));
    g_byte_array_append(mail, bytes + 1, (guint)length - 1);
    g_autoptr(GBytes) raw = g_bytes_new_static(mail->data, mail->len);
    g_autoptr(Letter) letter = letter_parse(raw, "X-Loop");
    g_autoptr(GVariant) variant = g_variant_ref_sink(letter_to_variant(letter));
    g_autoptr(Letter) back = letter_from_variant(variant);
    if (back == NULL) g_error("a report that was read is not taken back");
    for (guint i = 0; back->reported != NULL && i < back->reported->recipients->len; i++)
        if (bounce_classify(back->reported->recipients->pdata[i], NULL) >= BOUNCE_CLASSES) g_error("no class");
    return 0;
}
