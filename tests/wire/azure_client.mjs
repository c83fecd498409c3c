// SPDX-License-Identifier: Apache-2.0
// @azure/identity in a process of its own, since it reads its environment: prints what one credential gives.
//     azure_client.mjs NAME OPTIONS SCOPE
import * as identity from '@azure/identity';

const [name, options, scope] = process.argv.slice(2);
const { args = [], ...rest } = JSON.parse(options);
try {
  const token = await new identity[name](...args, rest).getToken(scope);
  console.log(JSON.stringify({ token: token.token, expires: token.expiresOnTimestamp, refresh: token.refreshAfterTimestamp }));
} catch (error) {
  console.log(JSON.stringify({ error: error.name, message: error.message }));
}
process.exit(0);
