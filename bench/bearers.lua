-- SPDX-License-Identifier: Apache-2.0
-- Asks with one after another of the Authorization fields in a file.
local bearers, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do bearers[#bearers + 1] = line end
  wrk.method = args[2]
end
function request()
  at = at % #bearers + 1
  wrk.headers["Authorization"] = bearers[at]
  return wrk.format()
end
