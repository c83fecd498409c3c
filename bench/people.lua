-- SPDX-License-Identifier: Apache-2.0
-- Signs in one after another of those in a file.
local people, at, password = {}, 0, ""
function init(args)
  for line in io.lines(args[1]) do people[#people + 1] = line end
  password = args[2]
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end
function request()
  at = at % #people + 1
  return wrk.format(nil, nil, nil, '{"email":"' .. people[at] .. '","password":"' .. password .. '"}')
end
