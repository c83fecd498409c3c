// SPDX-License-Identifier: Apache-2.0
// Reading a document whose fenced blocks are marked, and comparing what commands print with what it shows.
//
//   ```bash run      run, one after the other, in one shell in a folder that looks like a clone after script/build
//   ```bash serve    left running, as in a terminal of its own: script/server, or a program with --port N
//   ```text shows    what the block before it prints: each line, `…` for any text, a line of `…` alone for any lines,
//                    two spaces or more for as many as a table needs
//   ```json shows    the same as JSON: the same members and values; `…` stands for any value, a text with `…` in it for any
//                    text, and a time in seconds for any time
//
// Other blocks are only read by people.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MARKS = new Set(['run', 'serve', 'shows']);
const RUN_MS = 60000;
const TIMES_FROM = 1e9;

// The blocks that are marked: kind, language, text, and the line of the document where they begin.
export function blocksOf(text) {
  const blocks = [];
  let open = null;
  for (const [i, line] of text.split('\n').entries()) {
    const fence = /^```(\S*) ?(.*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      if (open.kind) blocks.push({ ...open, text: open.lines.join('\n') });
      open = null;
    } else {
      assert.ok(!fence[2] || MARKS.has(fence[2]), `line ${i + 1}: ${fence[2]} is no mark`);
      open = { language: fence[1], kind: fence[2], line: i + 1, lines: [] };
    }
  }
  assert.equal(open, null, 'a block has no end');
  return blocks;
}

const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function assertLines(printed, shown) {
  const lines = shown.split('\n').map((line) => (line === '…' ? '(?:.*\\n)*?' : `${literally(line).replaceAll('…', '.+').replaceAll(/ {2,}/g, ' {2,}')}\\n`));
  const text = printed.replaceAll('\r', '').replace(/\n*$/, '\n');
  assert.ok(new RegExp(`^${lines.join('')}$`).test(text), `it prints\n\n${text}\nwhere this is shown:\n\n${shown}\n`);
}

function assertSame(printed, shown, path) {
  if (shown === '…') return assert.notEqual(printed, undefined, path);
  if (typeof shown === 'string' && shown.includes('…')) return assert.equal(typeof printed, 'string', `${path} is no text`);
  if (typeof shown === 'number' && shown >= TIMES_FROM) return assert.ok(printed >= TIMES_FROM, `${path} is no time`);
  if (typeof shown !== 'object' || shown === null) return assert.strictEqual(printed, shown, path);
  assert.ok(typeof printed === 'object' && printed !== null, `${path} has no members`);
  assert.deepEqual(Object.keys(printed).sort(), Object.keys(shown).sort(), `the members of ${path}`);
  for (const name of Object.keys(shown)) assertSame(printed[name], shown[name], `${path}.${name}`);
}

// What was printed is what the block shows.
export function assertShows(block, printed) {
  if (block.language !== 'json') return assertLines(printed, block.text);
  let value;
  try {
    value = JSON.parse(printed);
  } catch {
    assert.fail(`it prints no JSON:\n${printed}`);
  }
  return assertSame(value, JSON.parse(block.text), '$');
}

// One bash in `folder` that runs texts one after the other and keeps its variables.
export class Shell {
  constructor(folder, env) {
    this.folder = folder;
    this.child = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.child.stdout.setEncoding('utf8');
  }

  // Runs `text`; resolves to what it printed and its exit code.
  async run(text) {
    const input = join(this.folder, '.block.sh'), output = join(this.folder, '.block.out');
    writeFileSync(input, `${text}\n`);
    const ended = new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`it has no end:\n${text}`)), RUN_MS);
      this.child.stdout.once('data', (line) => { clearTimeout(late); done(Number(/ended (\d+)/.exec(line)[1])); });
      this.child.once('close', () => { clearTimeout(late); failed(new Error(`the shell ended:\n${text}`)); });
    });
    this.child.stdin.write(`. ${input} > ${output} 2>&1 < /dev/null; echo ended $?\n`);
    const code = await ended;
    this.child.removeAllListeners('close');
    return { code, printed: readFileSync(output, 'utf8') };
  }

  end() { this.child.stdin.end(); }
}
