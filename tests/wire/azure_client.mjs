// SPDX-License-Identifier: Apache-2.0
// @azure/identity in a process of its own, since it reads its environment: prints what one credential gives.
//     azure_client.mjs NAME OPTIONS SCOPE[,SCOPE]
// Besides those of the credential: `args` of its constructor before them, `tenant` that is asked for, `hurried`, by which what
// it waits for longer than half a second is over at once.
import * as identity from '@azure/identity';

const [name, options, scope] = process.argv.slice(2);
const { args = [], tenant, hurried, ...rest } = JSON.parse(options);
const { setTimeout: wait } = globalThis;
if (hurried) globalThis.setTimeout = (work, ms, ...more) => wait(work, ms >= 500 && ms < 30000 ? 1 : ms, ...more);
const scopes = scope.split(',');
try {
  const token = await new identity[name](...args, rest).getToken(scopes.length > 1 ? scopes : scope, { tenantId: tenant });
  console.log(JSON.stringify({ token: token.token, expires: token.expiresOnTimestamp, refresh: token.refreshAfterTimestamp }));
} catch (error) {
  console.log(JSON.stringify({ error: error.name, message: error.message }));
}
process.exit(0);
