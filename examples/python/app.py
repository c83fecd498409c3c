# SPDX-License-Identifier: Apache-2.0
"""A web application that signs its users in with OpenID Connect: python3 app.py --port 3001"""
import os
import secrets
import sys
from urllib.parse import urlencode

import uvicorn
from authlib.integrations.starlette_client import OAuth, OAuthError
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

ISSUER = os.environ.get("ISSUER", "http://localhost:8080")
PORT = int(sys.argv[sys.argv.index("--port") + 1]) if "--port" in sys.argv else 3001
HOME = f"http://127.0.0.1:{PORT}"

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=secrets.token_hex(32), session_cookie="app")
uauth = OAuth().register(
    "uauth",
    client_id="my-python-app",
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)


@app.get("/login")
async def login(request: Request):
    return await uauth.authorize_redirect(request, f"{HOME}/callback")


@app.get("/callback")
async def callback(request: Request):
    """Checks state, nonce, issuer, signature and times, and exchanges the code."""
    try:
        tokens = await uauth.authorize_access_token(request)
    except OAuthError as error:
        return PlainTextResponse(f"{error.error}: {error.description}\n", 400)
    request.session["user"] = {name: tokens["userinfo"].get(name) for name in ("sub", "name", "email")}
    request.session["id_token"] = tokens["id_token"]
    return RedirectResponse("/", 303)


@app.get("/logout")
async def logout(request: Request):
    """Here, and at uauth."""
    parameters = {"id_token_hint": request.session.get("id_token", ""), "client_id": uauth.client_id,
                  "post_logout_redirect_uri": f"{HOME}/"}
    request.session.clear()
    metadata = await uauth.load_server_metadata()
    return RedirectResponse(f"{metadata['end_session_endpoint']}?{urlencode(parameters)}", 303)


@app.get("/")
async def home(request: Request):
    user = request.session.get("user")
    said = f"Signed in as {user['name']} <{user['email']}>." if user else f"Nobody is signed in: {HOME}/login"
    return PlainTextResponse(said + "\n")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
