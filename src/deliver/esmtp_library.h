/* esmtp_library.h: libESMTP, and what of OpenSSL it must be handed, opened at need (base/library.h). Behind this door only: relay_esmtp.c. */
#pragma once
/* OpenSSL and SASL first: libesmtp.h declares what takes their types only when it has seen them. */
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <auth-client.h>
#include <libesmtp.h>
#include "base/library.h"

#define ESMTP_FUNCTIONS(of) \
    of(SSL_CTX_ctrl) of(SSL_CTX_get0_param) of(SSL_CTX_get_ex_data) of(SSL_CTX_new) of(SSL_CTX_set_default_verify_paths) of(SSL_CTX_set_ex_data) \
    of(SSL_CTX_set_verify) of(SSL_get_SSL_CTX) of(SSL_get_ex_data_X509_STORE_CTX_idx) of(TLS_client_method) of(X509_STORE_CTX_get_error) \
    of(X509_STORE_CTX_get_ex_data) of(X509_VERIFY_PARAM_set1_host) of(X509_VERIFY_PARAM_set1_ip_asc) of(X509_verify_cert_error_string) \
    of(auth_client_init) of(auth_create_context) of(auth_set_interact_cb) of(auth_set_mechanism_flags) of(smtp_8bitmime_set_body) of(smtp_add_message) \
    of(smtp_add_recipient) of(smtp_auth_set_context) of(smtp_create_session) of(smtp_errno) of(smtp_message_transfer_status) \
    of(smtp_recipient_check_complete) of(smtp_recipient_status) of(smtp_reverse_path_status) of(smtp_set_eventcb) of(smtp_set_hostname) \
    of(smtp_set_messagecb) of(smtp_set_monitorcb) of(smtp_set_reverse_path) of(smtp_set_server) of(smtp_set_timeout) of(smtp_size_set_estimate) \
    of(smtp_start_session) of(smtp_starttls_enable) of(smtp_starttls_set_ctx) of(smtp_strerror)

typedef struct {
    ESMTP_FUNCTIONS(LIBRARY_POINTER)
} EsmtpFunctions;

extern EsmtpFunctions esmtp; /* to be called once it is open */
bool esmtp_library_open(GError **error);
