/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_KEY_SNAPSHOT_H
#define UAUTH_TOKEN_KEY_SNAPSHOT_H

/*
 * The keys as the table held them at one reading, parsed once and never changed.  It lives as long
 * as somebody holds it.  For token/keyring.c alone (claim I13).
 */

#include "crypto/key.h"
#include "store/keys.h"
#include "token/key_remote.h"
#include "token/keyring.h"

/* A private key from a file, which outlives the snapshots that it signs for. */
struct key_file {
    struct arena *arena; /* in which all of it lives, itself included */
    _Atomic size_t holders;
    const char *path;
    const struct key *key;
};

/* What the service signs with. */
struct key_source {
    const char *tenant_id; /* whose keys of the table; NULL: the service's own.  Outlives it */
    enum jws_alg alg;
    unsigned more;         /* enum jws_alg: beside it, where somebody asks for one; of the table */
    struct key_file *file; /* NULL: the keys of the table */
    struct key_remote *remote; /* a key vault's, which signs instead of them; or NULL */
    unsigned generation;       /* of what is known of that */
};

/*
 * Reads the source that c->config asks for; its file or key vault has one holder more.  `before`:
 * the one of now, or NULL.  INVALID_REQUEST if the file is not acceptable, or as key_remote_poll.
 * Where the vault is away and has been asked before, or the table has a key of it, this goes on
 * with what is known.
 */
RESULT key_source_read(struct ctx *c, const struct key_source *before, struct key_source *out);

/* The same for the keys of a tenant: those of the table, whatever the service signs with. */
struct key_source key_source_of_tenant(const struct config *config, const char *tenant_id);

/* Gives its file and vault up. */
void key_source_release(const struct key_source *source);

struct key_snapshot {
    struct arena *arena; /* in which all of it lives, itself included */
    _Atomic size_t holders;
    const char *rows; /* the table as one text, to see whether it has changed */
    struct key_source source;
    struct key_set public;    /* the published keys: only their public halves */
    const struct key *signer; /* the current key; NULL: this node has none that is published */
    struct key_set signers;   /* the current keys of the table, of whichever algorithm */
    unsigned algs;            /* enum jws_alg: of those that the source names and that can sign */
    struct key_infos infos;
    struct bytes jwks;
    const char *etag;
};

/* The state of the table as one text. */
const char *key_rows_text(struct arena *a, const struct key_rows *rows);

/*
 * Makes the snapshot of `rows`, with one holder, for a service that signs as `source` says; it
 * holds the file of `source`.  UNAVAILABLE if a private half cannot be opened.
 */
RESULT key_snapshot_make(struct ctx *c, const struct key_rows *rows,
                         const struct key_source *source, struct key_snapshot **out);

/* The key that signs with `alg` (0: with the main algorithm), or NULL. */
const struct key *key_snapshot_signer(const struct key_snapshot *snapshot, enum jws_alg alg);

/* Gives up one hold; the last one ends it. */
void key_snapshot_release(struct key_snapshot *snapshot);

/* The private half of `key`, sealed for its row, among the keys of a tenant or the service's own.
 */
RESULT key_seal(struct ctx *c, const char *tenant_id, const struct key *key, const char **sealed);

#endif
