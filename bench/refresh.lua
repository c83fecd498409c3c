-- SPDX-License-Identifier: Apache-2.0
-- Each token is used once; its successor goes back into the pool.
local pool = {}
function init(args)
  for line in io.lines(args[1]) do pool[#pool + 1] = line end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end
function request()
  local token = table.remove(pool, 1) or "none"
  return wrk.format(nil, nil, nil, '{"refresh_token":"' .. token .. '"}')
end
function response(status, headers, body)
  local token = body:match('"refresh_token":"([^"]+)"')
  if token then pool[#pool + 1] = token end
end
