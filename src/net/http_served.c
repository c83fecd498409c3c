/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_served.h"

#include <openssl/ssl.h>
#include <stdlib.h>

struct http_served *http_served_new(const struct http_application *application)
{
    struct http_served *served = calloc(1, sizeof *served);
    if (served == NULL)
        return NULL;
    served->application = *application;
    atomic_init(&served->references, 1);
    if (application->tls != NULL)
        (void)SSL_CTX_up_ref(application->tls);
    return served;
}

struct http_served *http_served_hold(struct http_served *served)
{
    (void)atomic_fetch_add_explicit(&served->references, 1, memory_order_relaxed);
    return served;
}

void http_served_release(struct http_served *served)
{
    if (served == NULL ||
        atomic_fetch_sub_explicit(&served->references, 1, memory_order_acq_rel) > 1)
        return;
    if (served->application.release != NULL)
        served->application.release(served->application.it);
    SSL_CTX_free(served->application.tls);
    free(served);
}
