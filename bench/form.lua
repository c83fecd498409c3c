-- SPDX-License-Identifier: Apache-2.0
-- Posts the same form again and again.
function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.body = args[1]
end
