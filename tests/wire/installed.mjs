// SPDX-License-Identifier: Apache-2.0
// Programs and modules that tests run beside uauth.  script/bootstrap installs them (script/packages.txt), so that where it
// has run, as script/test has it do, one that is not there is a failure and not a test that is left out.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// False, or why a test has to be skipped; throws where nothing that bootstrap installs may be missing.
export function missing(there, what) {
  if (there) return false;
  if (process.env.UAUTH_BOOTSTRAPPED) throw new Error(`${what}, which script/bootstrap installs`);
  return what;
}

export const noFile = (path, what) => missing(existsSync(path), `${what} is not installed`);

export const noPython = (...modules) => missing(spawnSync('/usr/bin/python3', ['-c', `import ${modules.join(', ')}`]).status === 0,
  `Debian's python3 has no ${modules.join(', ')}`);
