#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signs a person in at a terminal (RFC 8628), and keeps the tokens in the file TOKENS:     login.sh
set -euo pipefail
issuer=${ISSUER:-http://localhost:8080} tokens=${TOKENS:-$HOME/.my-cli.json}
endpoint() { curl -sf "$issuer/.well-known/openid-configuration" | jq -r ".$1"; }
token_endpoint=$(endpoint token_endpoint)

begun=$(curl -sf "$(endpoint device_authorization_endpoint)" -d client_id=my-cli -d 'scope=openid email offline_access')
of() { jq -r ".$1 // empty" <<<"$begun"; }
echo "Open $(of verification_uri) and type $(of user_code)."
wait=$(of interval)
while sleep "$wait"; do
    answer=$(curl -s "$token_endpoint" -d client_id=my-cli -d "device_code=$(of device_code)" \
        -d grant_type=urn:ietf:params:oauth:grant-type:device_code)
    case $(jq -r '.error // empty' <<<"$answer") in
    authorization_pending) ;;
    slow_down) wait=$((wait + 5)) ;;
    '') break ;;
    *) jq -r '.error_description // .error' <<<"$answer" >&2 && exit 1 ;;
    esac
done
(umask 077 && printf '%s\n' "$answer" >"$tokens")
curl -sf "$(endpoint userinfo_endpoint)" -H "Authorization: Bearer $(jq -r .access_token "$tokens")" |
    jq -r '"Signed in as \(.email)."'
