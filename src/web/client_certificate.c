/* SPDX-License-Identifier: Apache-2.0 */
#include "web/client_certificate.h"

#include "base/config.h"

/* DP-11: whose proxy speaks HTTP has shown nothing to us; what is shown is the proxy's. */
static bool is_relayed(const struct req *r)
{
    return r->http->by_proxy &&
           (req_header(r, "x-forwarded-for") != NULL || req_header(r, "forwarded") != NULL);
}

RESULT client_certificates(struct req *r, struct certificates *out)
{
    const struct certificates none = { 0 };
    *out = is_relayed(r) ? none : r->http->shown;
    if (!r->http->by_proxy || !r->c->config->client_cert_header)
        return ok();
    *out = none;
    const char *own = req_header(r, "client-cert");
    return own == NULL ? ok()
                       : certificates_read_fields(r->c, r->c->arena, own,
                                                  req_header(r, "client-cert-chain"), out);
}

RESULT client_certificate_thumbprint(struct req *r, const char **out)
{
    struct certificates shown;
    TRY(client_certificates(r, &shown));
    *out = shown.n == 0 ? NULL : certificate_thumbprint(r->c->arena, shown.at[0]);
    return ok();
}
