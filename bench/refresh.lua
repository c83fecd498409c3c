-- SPDX-License-Identifier: Apache-2.0
-- Each token is used once; its successor goes back into the pool.  The pool is a ring with more tokens than there
-- are connections, so that none is asked for before its predecessor's answer came.
local pool, first, last = {}, 1, 0
function init(args)
  for line in io.lines(args[1]) do last = last + 1; pool[last] = line end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end
function request()
  local token = pool[first] or "none"
  pool[first] = nil
  first = first + 1
  return wrk.format(nil, nil, nil, '{"refresh_token":"' .. token .. '"}')
end
function response(status, headers, body)
  local token = body:match('"refresh_token":"([^"]+)"')
  if token then last = last + 1; pool[last] = token end
end
