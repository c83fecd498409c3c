# SPDX-License-Identifier: Apache-2.0
"""Authlib as the client of a provider: authlib_client.py ISSUER CLIENT_ID METHOD REDIRECT_URI, the secret, or the key as PEM, in
CLIENT_SECRET.

Prints where the browser has to go, reads where it was sent, and prints as JSON what came of it."""
import json
import os
import sys

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from authlib.oidc.core import CodeIDToken

issuer, client_id, method, redirect_uri = sys.argv[1:]
server = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
keys = JsonWebKey.import_key_set(httpx.get(server["jwks_uri"]).json())
client = OAuth2Client(
    client_id, os.environ.get("CLIENT_SECRET"), token_endpoint_auth_method=method, revocation_endpoint_auth_method=method,
    redirect_uri=redirect_uri, scope="openid profile email offline_access", code_challenge_method="S256", token_endpoint=server["token_endpoint"])
# The audience of an assertion is the issuer.
for way in (ClientSecretJWT, PrivateKeyJWT):
    client.register_client_auth_method(way(issuer))


def claims_of(id_token, nonce):
    options = {"iss": {"value": issuer}, "aud": {"value": client_id}, "nonce": {"value": nonce}}
    claims = jwt.decode(id_token, keys, claims_cls=CodeIDToken, claims_options=options, claims_params={"nonce": nonce})
    claims.validate()
    return claims


def refused(what):
    try:
        what()
    except AuthlibBaseError as error:
        return error.error
    except httpx.HTTPStatusError as error:
        return error.response.status_code
    return None


def userinfo():
    answer = client.get(server["userinfo_endpoint"])
    answer.raise_for_status()
    return answer.json()


verifier, nonce = generate_token(48), generate_token(20)
url, state = client.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
print(url, flush=True)
back = sys.stdin.readline().strip()

told = {}
told["other state"] = refused(lambda: client.fetch_token(
    authorization_response=back.replace(state, "other"), state=state, code_verifier=verifier))
token = client.fetch_token(authorization_response=back, state=state, code_verifier=verifier)
told["name"] = claims_of(token["id_token"], nonce)["name"]
told["other nonce"] = refused(lambda: claims_of(token["id_token"], "other"))
told["userinfo"] = userinfo()
first = token["refresh_token"]
token = client.refresh_token(server["token_endpoint"], refresh_token=first)
told["refreshed"] = token["refresh_token"] != first
told["userinfo again"] = userinfo()["sub"] == told["userinfo"]["sub"]
if method != "none":
    told["introspected"] = client.introspect_token(
        server["introspection_endpoint"], token=token["refresh_token"], token_type_hint="refresh_token").json()
client.revoke_token(server["revocation_endpoint"], token=token["refresh_token"], token_type_hint="refresh_token").raise_for_status()
told["after revocation"] = refused(lambda: client.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"]))
told["userinfo after revocation"] = refused(userinfo)
print(json.dumps(told), flush=True)
