# SPDX-License-Identifier: Apache-2.0
"""A cache file of MSAL for Python under the lock of its extensions: written, or used to get tokens without a network."""
import json
import os
import sys

try:
    import msal
    import msal_extensions
except ImportError:
    sys.exit(77)

action, path = sys.argv[1:]
CLIENT, TENANT = "00001111-aaaa-2222-bbbb-3333cccc4444", "11111111-2222-3333-4444-555555555555"
HOST = "login.microsoftonline.com"
AUTHORITY = f"https://{HOST}/{TENANT}"


class Answer:
    status_code, headers = 200, {}
    text = json.dumps({"issuer": f"{AUTHORITY}/v2.0", "authorization_endpoint": f"{AUTHORITY}/authorize", "token_endpoint": f"{AUTHORITY}/token"})

    def raise_for_status(self):
        pass


class Nobody:  # knows the metadata and calls nobody: what is not in the cache is not there
    def get(self, *_, **__):
        return Answer()

    def post(self, *_, **__):
        raise RuntimeError("no network")

    def close(self):
        pass


cache = msal_extensions.PersistedTokenCache(msal_extensions.FilePersistence(path))
if action == "write":
    claims = {"aud": CLIENT, "iss": f"{AUTHORITY}/v2.0", "sub": "s", "oid": "aaaa", "tid": TENANT, "exp": 4102444800, "iat": 1,
              "preferred_username": "alice@contoso.example"}
    cache.add({"client_id": CLIENT, "scope": ["User.Read", "openid", "profile"], "environment": HOST,
               "token_endpoint": f"{AUTHORITY}/oauth2/v2.0/token",
               "response": {"access_token": "at-of-msal", "refresh_token": "rt-of-msal", "expires_in": 4000, "refresh_in": 2000,
                            "token_type": "Bearer", "id_token_claims": claims, "id_token": "e30.e30.x",
                            "client_info": "eyJ1aWQiOiJhYWFhIiwidXRpZCI6IjExMTExMTExLTIyMjItMzMzMy00NDQ0LTU1NTU1NTU1NTU1NSJ9"}})
    os.chmod(path, 0o600)
else:
    app = msal.PublicClientApplication(CLIENT, authority=AUTHORITY, token_cache=cache, http_client=Nobody(), instance_discovery=False)
    accounts = app.get_accounts()
    silent = {a["username"]: (app.acquire_token_silent(["User.Read"], account=a) or {}).get("access_token") for a in accounts}
    print(json.dumps(silent, sort_keys=True))
