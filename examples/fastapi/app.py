# SPDX-License-Identifier: Apache-2.0
"""A FastAPI service that accepts tokens of uauth with PyJWT, in the shape most FastAPI tutorials use.

    UAUTH_ISSUER=http://localhost:8080 uvicorn app:app --port 8001

Two things differ from the usual snippet: `audience=` is always given, and the exception is
`jwt.InvalidTokenError` (PyJWT has no JWTError).  Dependencies are default values, which every FastAPI
takes; from 0.95 on `Annotated[dict, Depends(get_claims)]` says the same.
"""
import os

import jwt
from fastapi import Depends, FastAPI, HTTPException, Security, status
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

ISSUER = os.environ.get("UAUTH_ISSUER", "http://localhost:8080")
AUDIENCE = os.environ.get("UAUTH_AUDIENCE", ISSUER)

oauth2_scheme = OAuth2PasswordBearer(tokenUrl=f"{ISSUER}/auth/token")
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json", cache_keys=True, lifespan=300)
app = FastAPI()


def get_claims(token: str = Depends(oauth2_scheme)) -> dict:
    try:
        key = keys.get_signing_key_from_jwt(token).key
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "jti"]},
        )
    except (jwt.InvalidTokenError, jwt.PyJWKClientError):
        raise HTTPException(
            status_code=status.HTTP_401_UNAUTHORIZED,
            detail="Could not validate credentials",
            headers={"WWW-Authenticate": "Bearer"},
        )
    # A token of another kind (an ID token, say) is not an access token.
    if claims.get("type") != "access" or jwt.get_unverified_header(token).get("typ") != "at+jwt":
        raise HTTPException(status_code=status.HTTP_401_UNAUTHORIZED, detail="Not an access token")
    return claims


def require_scopes(security_scopes: SecurityScopes, claims: dict = Depends(get_claims)) -> dict:
    for scope in security_scopes.scopes:
        if scope not in claims.get("scopes", []):
            raise HTTPException(
                status_code=status.HTTP_403_FORBIDDEN,
                detail="Not enough permissions",
                headers={"WWW-Authenticate": f'Bearer scope="{security_scopes.scope_str}"'},
            )
    return claims


@app.get("/whoami")
def whoami(claims: dict = Depends(get_claims)) -> dict:
    return {"sub": claims["sub"], "roles": claims["roles"], "scopes": claims["scopes"]}


@app.get("/users")
def users(claims: dict = Security(require_scopes, scopes=["users:read"])) -> dict:
    return {"asked_by": claims["sub"]}


@app.delete("/users")
def delete_users(claims: dict = Security(require_scopes, scopes=["users:delete"])) -> dict:
    return {"asked_by": claims["sub"]}
