/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_PROVIDER_CHANGE_H
#define UAUTH_FEDERATION_PROVIDER_CHANGE_H

/* What administrators do with providers. */

#include "federation/provider.h"
#include "store/providers.h"

/* What is to be; `secret` and `name` NULL: as it is. */
struct provider_wanted {
    const char *id, *kind, *name;
    bool disabled;
    struct provider_metadata metadata;
    const char *secret;        /* or a private key as JWK, by its method; never told again */
    const char *urls_named_by; /* as provider_named_by says, which decides; NULL: as it is */
    const char *actor_id;      /* NULL: a command on the machine */
};

struct provider_made {
    const struct provider_row *row;
    struct provider_metadata metadata;
};

/* Who has named its URLs. */
#define PROVIDER_NAMED_BY_MACHINE "machine"
#define PROVIDER_NAMED_BY_API     "api"
const char *provider_named_by(const struct provider_row *row);

/* NOT_FOUND. */
RESULT provider_read(struct ctx *c, const char *id, struct provider_made *out);

/*
 * URLs that an actor names are called as strangers' are (provider_origin), and no actor says that
 * the machine has named them, unless it has.
 * INVALID_FIELD for what is not acceptable; CONFLICT if there is one of this id, or it is that of
 * the settings; NOT_FOUND.
 */
RESULT provider_create(struct ctx *c, const struct provider_wanted *wanted,
                       struct provider_made *out);
RESULT provider_change(struct ctx *c, const struct provider_wanted *wanted,
                       struct provider_made *out);
RESULT provider_erase(struct ctx *c, const char *id, const char *actor_id);

#endif
