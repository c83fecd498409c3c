/* SPDX-License-Identifier: Apache-2.0 */
#include "app/routes.h"

enum { MINUTE = 60, HOUR = 3600, SECRETS = 6, MAILS = 10, ASKED = 20, PROXIED = 100, UNITS = 10 };

#define BY(member) offsetof(struct config, member)

/* clang-format off */
static const struct limit_class classes[] = {
    /* name        per            setting                 window  times    what it bounds */
    { LIMIT_ALL,  PER_ADDRESS,   BY(address_per_minute), MINUTE, 1,       "Every request" },
    { "open",     PER_ADDRESS,   BY(address_per_minute), MINUTE, 1,       "What anybody may ask" },
    { "login",    PER_ADDRESS,   BY(login_per_minute),   MINUTE, 1,       "Sign-in attempts; a success costs nothing" },
    { "register", PER_ADDRESS,   BY(register_per_hour),  HOUR,   1,       "Registrations" },
    { "mail",     PER_ADDRESS,   BY(forgot_per_hour),    HOUR,   MAILS,   "Mails that anybody can cause" },
    { "secret",   PER_ADDRESS,   BY(login_per_minute),   MINUTE, SECRETS, "Uses of links, codes and refresh tokens" },
    { "authorize", PER_ADDRESS,  BY(login_per_minute),   MINUTE, ASKED,   "Requests of applications to sign somebody in" },
    { "clients",  PER_ADDRESS,   BY(client_registrations_per_hour), HOUR, 1, "Clients that register themselves" },
    { "calls",    PER_PRINCIPAL, BY(calls_per_minute),   MINUTE, 1,       "Calls of one principal" },
    { "import",   PER_PRINCIPAL, BY(calls_per_minute),   MINUTE, UNITS,   "Units of people that are taken over" },
    { "verify",   PER_PRINCIPAL, BY(calls_per_minute),   MINUTE, PROXIED, "Forward-auth: every request of a page asks" },
};
/* clang-format on */

const struct limit_class *limit_classes(size_t *n)
{
    *n = sizeof classes / sizeof classes[0];
    return classes;
}
