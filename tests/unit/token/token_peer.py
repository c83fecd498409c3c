#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Verifies one of our access tokens with PyJWT, as a resource server does: by the JWK Set and the kid.

Reads {"jwks", "token", "issuer"}, prints the subject and the permissions.  Ends with 77 where PyJWT is not installed.
"""
import json
import sys

try:
    import jwt
    import cryptography  # noqa: F401  (PyJWT needs it for anything but HS256)
except ImportError:
    sys.exit(77)

given = json.load(sys.stdin)
header = jwt.get_unverified_header(given["token"])
keys = [key for key in given["jwks"]["keys"] if key["kid"] == header["kid"]]
assert len(keys) == 1 and header["typ"] == "at+jwt" and keys[0]["alg"] == header["alg"]
claims = jwt.decode(given["token"], jwt.PyJWK(keys[0]).key, algorithms=[keys[0]["alg"]],
                    audience=given["issuer"], issuer=given["issuer"],
                    options={"require": ["exp", "iat", "nbf", "sub", "jti", "client_id"], "verify_iat": False})
assert claims["type"] == "access"
print(claims["sub"], *claims["permissions"])
