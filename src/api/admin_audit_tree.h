/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_AUDIT_TREE_H
#define UAUTH_API_ADMIN_AUDIT_TREE_H

/*
 * What auditors take away: heads of the audit that are signed, proofs by them (RFC 9162), and an
 * export that is checked without us (docs/guide/audit.md).  Heads and proofs tell of no event;
 * the export is of all tenants, and so for operators.
 */

#include "api/admin.h"
#include "crypto/merkle.h"
#include "store/audit_tree.h"

struct admin_audit_head {
    int64_t size, at;
    const char *root, *head;
};
SHAPE(admin_audit_head,
      FIELD(admin_audit_head, size, REQUIRED, 0, INT64_MAX, "How many records it is of"),
      FIELD(admin_audit_head, at, REQUIRED | TIME, 0, INT64_MAX, "When it was signed"),
      FIELD(admin_audit_head, root, REQUIRED, 43, 43, "The root of the tree, as base64url"),
      FIELD(admin_audit_head, head, REQUIRED, 1, 8192,
            "The same, signed: a JWT of type uauth-audit-head+jwt"));
struct admin_audit_head_list {
    struct items heads;
    struct bytes keys;
    const char *next;
};
SHAPE(admin_audit_head_list,
      FIELD_OF(admin_audit_head_list, heads, REQUIRED, 0, PAGE_MAX, &admin_audit_head_shape,
               "The heads, newest first"),
      FIELD(admin_audit_head_list, keys, REQUIRED, 2, 65536,
            "The public keys that have signed them, as a JWK Set"),
      FIELD(admin_audit_head_list, next, OPTIONAL, 1, CURSOR_MAX,
            "There are older ones, after this"));
RESULT get_admin_audit_heads(struct req *r);

/* How a head is shown. */
struct admin_audit_head admin_audit_head_of(const struct audit_head_row *row);

struct admin_audit_proof {
    int64_t index, size;
    const char *leaf, *root, *head;
    struct texts path;
};
SHAPE(admin_audit_proof,
      FIELD(admin_audit_proof, index, REQUIRED, 0, INT64_MAX,
            "The place of the event; of a proof of consistency, how many records there were"),
      FIELD(admin_audit_proof, size, REQUIRED, 0, INT64_MAX, "How many records there are"),
      FIELD(admin_audit_proof, leaf, OPTIONAL, 43, 43, "The hash of the event's leaf"),
      FIELD(admin_audit_proof, path, REQUIRED, 0, MERKLE_PATH_MAX, "The proof: hashes, base64url"),
      FIELD(admin_audit_proof, root, REQUIRED, 43, 43, "The root that it leads to"),
      FIELD(admin_audit_proof, head, REQUIRED, 1, 8192, "The same root, signed"));

/* As lines they are what `uauth audit verify --proof` takes (token/audit_export.h). */
#define ADMIN_AUDIT_PROOF_FORMAT                                                                   \
    "json, which is the default, or jsonl: as uauth audit verify takes it"

struct admin_audit_proof_query {
    const char *event, *format;
};
SHAPE(admin_audit_proof_query,
      FIELD(admin_audit_proof_query, event, REQUIRED, 36, 36, "Id of the event"),
      FIELD(admin_audit_proof_query, format, OPTIONAL, 4, 5, ADMIN_AUDIT_PROOF_FORMAT));
RESULT get_admin_audit_proof(struct req *r);

struct admin_audit_consistency_query {
    int64_t from;
    const char *format;
};
SHAPE(admin_audit_consistency_query,
      FIELD(admin_audit_consistency_query, from, REQUIRED, 0, INT64_MAX,
            "How many records an older head was of"),
      FIELD(admin_audit_consistency_query, format, OPTIONAL, 4, 5, ADMIN_AUDIT_PROOF_FORMAT));
RESULT get_admin_audit_consistency(struct req *r);

struct admin_audit_export_query {
    const char *format, *after;
    int64_t from, limit;
    bool open;
};
SHAPE(admin_audit_export_query,
      FIELD(admin_audit_export_query, format, OPTIONAL, 3, 5,
            "jsonl, which is the default, or cef"),
      FIELD(admin_audit_export_query, from, OPTIONAL, 0, INT64_MAX,
            "Leave so many records out: what was taken before"),
      FIELD(admin_audit_export_query, open, OPTIONAL, 0, 1,
            "Show what tells about people; it stays readable when they are erased"),
      FIELD(admin_audit_export_query, after, OPTIONAL, 1, CURSOR_MAX,
            "Go on: from the Link header of the page before, next"),
      FIELD(admin_audit_export_query, limit, OPTIONAL, 1, PAGE_MAX,
            "Records of a page; 50 if it is not given"));
RESULT get_admin_audit_export(struct req *r);

#endif
