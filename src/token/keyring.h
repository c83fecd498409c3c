/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_KEYRING_H
#define UAUTH_TOKEN_KEYRING_H

/*
 * The signing keys of tokens, and the only code that touches a private one of them (claim I13).
 *
 * A key is `next` (published, does not sign yet), `current` (signs), or `retired` (published until
 * the last token it signed has expired), and is then removed.  The table is in the database,
 * private halves sealed under the master key; a keyring holds an immutable snapshot that
 * keyring_refresh swaps, so that every node learns a new key before any node signs with it. Signers
 * hold the snapshot they began with.  All functions may be called by any number of threads.
 *
 * Each algorithm of AUTH_JWT_MORE_ALGORITHMS has keys of its own beside those of the main one, with
 * the same states and times: for clients that register it.  The first key of one that is added to
 * the setting is published before it signs, too; until then its clients are told to come again.
 *
 * When AUTH_JWT_ALGORITHM changes, the new algorithm begins with a `next` key, and the old one's
 * current key signs until that has been published long enough; it is then published still, and
 * retired when its own rotation is a day overdue (so that nodes of both settings get along).
 *
 * With AUTH_JWT_PRIVATE_KEY_PATH the file's key is `current`, its earlier ones retire, and it does
 * not rotate by itself: whoever changes the file and sends SIGHUP decides.  The keys of further
 * algorithms stay in the table, and rotate.
 *
 * With AUTH_JWT_KEY_VAULT_KEY the newest version of a key in an Azure Key Vault is `current`: its
 * public half is in the table, and each token is signed there (token/key_remote.h).  A version that
 * is made in the vault is `next` first; one that was disabled there is replaced at once, and what
 * it has signed is refused.  Further algorithms are as above.
 */

#include "crypto/key.h"

struct keyring;

enum {
    /* A new key is published this long before it signs, also if key_publish_seconds is less: every
     * node has called keyring_refresh by then. */
    KEYRING_LEARN_SECONDS = 10,
    /* A retired key stays this long beyond the life of an access token: for nodes that have not
     * heard yet, and for clocks. */
    KEYRING_LINGER_SECONDS = 120
};

enum key_state { KEY_NEXT, KEY_CURRENT, KEY_RETIRED };

/* What may be told of a key. */
struct key_info {
    const char *kid;
    const char *alg;
    enum key_state state;
    int64_t created_at;
    int64_t activates_at; /* next: when it becomes current; others: when it did */
    int64_t retires_at;   /* when the next rotation is due, or was */
    int64_t expires_at;   /* retired: when it is no longer published; else 0 */
};
struct key_infos {
    const struct key_info *at;
    size_t n;
};

/*
 * Makes a keyring in `a`, from the database of `c`: of the service's own keys, or of those of a
 * tenant (token/issuer.h), which are always in the table.  Makes the first key if there is none.
 * Fails when a stored key cannot be opened (UNAVAILABLE: wrong master key) or the key file is not
 * acceptable (INVALID_REQUEST, CR-05): the text says what to do.  Outside db_atomically, as all
 * functions here that change keys.
 */
RESULT keyring_open(struct ctx *c, struct arena *a, const char *tenant_id, struct keyring **out);
void keyring_close(struct keyring *k);

/*
 * Brings keys to the state that c->now asks for (makes the next key, promotes it, retires, removes)
 * and reads the table anew.  Safe on all nodes at once: each step is one conditional statement.
 * Called every few seconds, well within KEYRING_LEARN_SECONDS; costs one read where nothing has
 * changed.  If it fails, the keyring is as it was.
 */
RESULT keyring_refresh(struct ctx *c, struct keyring *k);

/*
 * As keyring_open, for a keyring that is open: takes up the algorithm and the key file that
 * c->config names, and reads the file anew.  For SIGHUP.  If it fails, the keyring is as it was.
 */
RESULT keyring_reload(struct ctx *c, struct keyring *k);

/*
 * Starts a rotation of all algorithms now, with its audit events: a next key is published and
 * becomes current after the configured time, or at once if `emergency`; an emergency also takes
 * every key that has signed out of the set, so that all they signed is refused: here at once, on
 * other nodes at their next keyring_refresh.  CONFLICT when the key is in a file.
 */
RESULT keyring_rotate(struct ctx *c, struct keyring *k, bool emergency);

/* The public keys as a JWK Set (RFC 7517 5) and its strong ETag, valid until the arena of `c` ends.
 * Made once for each state of the table. */
RESULT keyring_jwks(struct ctx *c, const struct keyring *k, struct bytes *json, const char **etag);

/* Signs `payload` (a JSON object) as a compact JWT of `typ` with the current key.  UNAVAILABLE if
 * another node has replaced this one's key file long ago, or the key vault does not sign. */
RESULT keyring_sign(struct ctx *c, const struct keyring *k, const char *typ, const char *payload,
                    const char **token);

/*
 * Whether tokens can be signed now: asked before something is used up for one (a refresh token, a
 * code).  UNAVAILABLE with retry_after while the key vault does not sign; else nobody is called.
 */
RESULT keyring_ready(struct ctx *c, const struct keyring *k);

/* How the key vault does; false: there is none. */
struct keyring_vault {
    bool signs;                            /* it did when it was last asked */
    int64_t signatures, failures, waiting; /* since the start; at present */
};
bool keyring_vault(struct ctx *c, const struct keyring *k, struct keyring_vault *out);

/* How a token is signed: its type, and the algorithm that whoever it is for has registered. */
struct keyring_use {
    const char *typ;
    const char *alg; /* a name; NULL: the main one */
};

/* The same with the current key of use->alg.  UNAVAILABLE if none signs with it. */
RESULT keyring_sign_as(struct ctx *c, const struct keyring *k, const struct keyring_use *use,
                       const char *payload, const char **token);

/*
 * The same for a payload that `make` writes once it is known which algorithm signs: where a claim
 * depends on it (at_hash of an ID token).
 */
struct keyring_payload {
    const char *text; /* or, if NULL, what `make` writes */
    RESULT (*make)(struct ctx *c, const char *alg, const void *arg, const char **payload);
    const void *arg;
};
RESULT keyring_sign_made(struct ctx *c, const struct keyring *k, const struct keyring_use *use,
                         const struct keyring_payload *payload, const char **token);

/* The algorithms (enum jws_alg) that a client may register: of the settings; and those of them that
 * sign now, for discovery. */
unsigned keyring_algs_configured(const struct config *config);
unsigned keyring_algs(struct ctx *c, const struct keyring *k);

/* The one of AUTH_JWT_ALGORITHM. */
enum jws_alg keyring_alg_configured(const struct config *config);

/* The keys and the plan, newest first; valid until the arena of `c` ends. */
RESULT keyring_list(struct ctx *c, const struct keyring *k, struct key_infos *out);

/* The published keys for the verifier; valid until the arena of `c` ends. */
const struct key_set *keyring_public(struct ctx *c, const struct keyring *k);

#endif
