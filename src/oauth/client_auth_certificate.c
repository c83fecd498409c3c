/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_auth_certificate.h"

#include "base/config.h"
#include "oauth/client_keys.h"

bool client_auth_has_authorities(const struct config *config)
{
    return config_takes_certificates(config) && *config->tls_client_ca != '\0';
}

RESULT client_auth_read_certificate(struct ctx *c, const struct certificates *shown,
                                    struct certificate *out)
{
    if (shown->n == 0)
        return because(c, CERTIFICATE, "a certificate", "none",
                       fail_say(c, INVALID_REQUEST, "Call with a certificate in TLS (RFC 8705).",
                                "no certificate was shown"));
    TRY(certificate_read(c, c->arena, shown->at[0], out));
    if (!certificate_is_valid_at(out, c->now))
        return because(c, CERTIFICATE, "one that is valid now", out->thumbprint,
                       fail_say(c, INVALID_REQUEST, "The certificate is not valid now.",
                                "the certificate %s of %s is not valid now", out->thumbprint,
                                out->subject));
    return ok();
}

/* The same, where it is what has to prove the client. */
static RESULT read_proof(struct ctx *c, const struct client *client,
                         const struct client_shown *shown, struct certificate *out)
{
    err read = client_auth_read_certificate(c, &shown->certificates, out);
    if (read.code != ERR_INVALID_REQUEST)
        return read;
    const char *why = c->fault.text;
    fault_clear(c);
    return because(c, CERTIFICATE, NULL, why,
                   fail(c, INVALID_CLIENT, "client %s: %s", client->id, why));
}

/* ---- names ---- */

struct registered_name {
    const char *member, *value;
    enum certificate_name kind;
};
enum { NAMES = 5 };

static void names_of(const struct client_metadata *m, struct registered_name out[static NAMES])
{
    const struct registered_name names[NAMES] = {
        { "tls_client_auth_subject_dn", m->tls_client_auth_subject_dn, CERTIFICATE_SUBJECT_DN },
        { "tls_client_auth_san_dns", m->tls_client_auth_san_dns, CERTIFICATE_SAN_DNS },
        { "tls_client_auth_san_uri", m->tls_client_auth_san_uri, CERTIFICATE_SAN_URI },
        { "tls_client_auth_san_ip", m->tls_client_auth_san_ip, CERTIFICATE_SAN_IP },
        { "tls_client_auth_san_email", m->tls_client_auth_san_email, CERTIFICATE_SAN_EMAIL },
    };
    for (size_t i = 0; i < NAMES; i++)
        out[i] = names[i];
}

RESULT client_auth_check_name(struct ctx *c, const struct client *client,
                              const struct client_shown *shown)
{
    struct certificate certificate;
    struct registered_name names[NAMES];
    bool named = false;
    TRY(read_proof(c, client, shown, &certificate));
    if (shown->authorities == NULL)
        return because(
            c, CERTIFICATE, "AUTH_TLS_CLIENT_CA", NULL,
            fail(c, INVALID_CLIENT, "client %s: no authority is believed here", client->id));
    const char *why = certificate_distrust(c->arena, &certificate, &shown->certificates,
                                           shown->authorities, c->now);
    if (why != NULL)
        return because(c, CERTIFICATE, NULL, why,
                       fail(c, INVALID_CLIENT,
                            "client %s: the certificate of %s is not believed: %s", client->id,
                            certificate.subject, why));
    names_of(&client->metadata, names);
    for (size_t i = 0; i < NAMES; i++)
        named =
            named || (names[i].value != NULL &&
                      certificate_has_name(c->arena, &certificate, names[i].kind, names[i].value));
    if (!named)
        return because(c, CERTIFICATE, "the registered name", certificate.subject,
                       fail(c, INVALID_CLIENT,
                            "client %s: the certificate of %s does not have the registered name",
                            client->id, certificate.subject));
    return ok();
}

/* ---- certificates that were registered ---- */

RESULT client_auth_check_registered(struct ctx *c, const struct client *client,
                                    const struct client_shown *shown)
{
    struct certificate certificate;
    bool registered = false;
    TRY(read_proof(c, client, shown, &certificate));
    TRY(client_has_certificate(c, client, &certificate, &registered));
    if (!registered)
        return because(c, CERTIFICATE, "a registered one", certificate.thumbprint,
                       fail(c, INVALID_CLIENT, "client %s has not registered the certificate %s",
                            client->id, certificate.thumbprint));
    return ok();
}

/* ---- registering ---- */

static RESULT refuse(struct ctx *c, const char *member, const char *say)
{
    return fail_field(c, INVALID_CLIENT_METADATA, member, say);
}

/* RFC 8705 2.1.2. */
static RESULT check_names(struct ctx *c, const struct client_metadata *m, bool wanted)
{
    struct registered_name names[NAMES];
    size_t given = 0;
    names_of(m, names);
    for (size_t i = 0; i < NAMES; i++) {
        if (names[i].value == NULL)
            continue;
        if (!wanted)
            return refuse(c, names[i].member, "This goes with tls_client_auth only.");
        if (++given > 1)
            return refuse(c, names[i].member, "The certificate is known by exactly one name.");
        if (!certificate_name_is_sound(c->arena, names[i].kind, names[i].value))
            return refuse(c, names[i].member, "No certificate can have this name.");
    }
    return !wanted || given == 1
               ? ok()
               : refuse(c, "tls_client_auth_subject_dn",
                        "tls_client_auth needs this, or one of tls_client_auth_san_dns, _uri, _ip "
                        "and _email.");
}

/* RFC 8705 2.2.2. */
static RESULT check_registered(struct ctx *c, const struct client_metadata *m)
{
    size_t n = 0;
    if (m->jwks_uri != NULL)
        return ok();
    err counted = certificates_registered(c, m->jwks, &n);
    if (counted.code == ERR_OK && n > 0)
        return ok();
    if (counted.code != ERR_OK && counted.code != ERR_INVALID_REQUEST)
        return counted;
    fault_clear(c);
    return refuse(
        c, "jwks",
        "self_signed_tls_client_auth needs the certificates of the client, each as x5c of "
        "its key.");
}

RESULT client_auth_check_metadata(struct ctx *c, const struct client_metadata *m)
{
    bool by_name = text_equal(m->token_endpoint_auth_method, "tls_client_auth");
    TRY(check_names(c, m, by_name));
    if (m->tls_client_certificate_bound_access_tokens && !config_takes_certificates(c->config))
        return refuse(c, "tls_client_certificate_bound_access_tokens",
                      "No certificates are taken here: see AUTH_TLS_CLIENT_CERTS.");
    if (!text_equal(m->token_endpoint_auth_method, "self_signed_tls_client_auth"))
        return ok();
    return check_registered(c, m);
}
