#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The other side of jwt_peer_test.c: verifies its tokens with PyJWT and signs some for it.

Reads {"tokens": [{"alg", "jwk" (or "secret"), "token"}]}, prints {"verified": [...], "made": [...]}.
Ends with 77 where PyJWT is not installed.
"""
import base64
import json
import sys

try:
    import jwt
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    sys.exit(77)

CLAIMS = {"iss": "https://issuer.example", "aud": "https://api.example", "sub": "Zoë",
          "exp": 4102444800, "roles": ["a", "b"]}
SECRET = "a secret of thirty-two bytes and more"


def b64(number, size):
    return base64.urlsafe_b64encode(number.to_bytes(size, "big")).rstrip(b"=").decode()


def public_jwk(alg, key):
    public = key.public_key()
    if alg.startswith("ES"):
        size = public.key_size // 8
        numbers = public.public_numbers()
        return {"kty": "EC", "crv": f"P-{public.key_size}", "x": b64(numbers.x, size), "y": b64(numbers.y, size)}
    if alg == "EdDSA":
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(int.from_bytes(raw, "big"), 32)}
    numbers = public.public_numbers()
    return {"kty": "RSA", "n": b64(numbers.n, public.key_size // 8), "e": b64(numbers.e, 3)}


def new_key(alg):
    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if alg == "ES384":
        return ec.generate_private_key(ec.SECP384R1())
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def verify(entry):
    key = entry["secret"] if "secret" in entry else jwt.PyJWK(entry["jwk"]).key
    claims = jwt.decode(entry["token"], key, algorithms=[entry["alg"]],
                        audience="https://api.example", issuer="https://issuer.example")
    return {"alg": entry["alg"], "sub": claims["sub"]}


def make(alg):
    if alg == "HS256":
        return {"alg": alg, "secret": SECRET, "token": jwt.encode(CLAIMS, SECRET, algorithm=alg)}
    key = new_key(alg)
    token = jwt.encode(CLAIMS, key, algorithm=alg, headers={"kid": "peer", "typ": "at+jwt"})
    return {"alg": alg, "jwk": dict(public_jwk(alg, key), kid="peer", alg=alg), "token": token}


given = json.load(sys.stdin)["tokens"]
print(json.dumps({"verified": [verify(entry) for entry in given], "made": [make(entry["alg"]) for entry in given]}))
