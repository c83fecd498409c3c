// SPDX-License-Identifier: Apache-2.0
// Which template of the binary (src/web/pages) a document was made of: the one of which the most stands in it,
// in the fewest pieces.
import { readFileSync } from 'node:fs';
import { binary } from '../wire/server.mjs';

const SOURCE = new URL('../../src/web/pages/', import.meta.url);
const TAG = /\{\{([#^/>@]?)[a-z0-9_]+\}\}/g;
const DEEPER = { '#': 1, '^': 1, '/': -1 };

// The names of those that travel in the binary.
const inside = new Set([...readFileSync(binary, 'latin1').matchAll(/\bpages\/([a-z0-9_]+)\.html/g)].map(([, name]) => name));

// The pieces that stand in every document of a template: what is outside of sections, between its tags.
function pieces(text) {
  const all = [];
  let depth = 0, at = 0;
  for (const tag of text.matchAll(TAG)) {
    if (depth === 0) all.push(text.slice(at, tag.index));
    at = tag.index + tag[0].length;
    depth += DEEPER[tag[1]] ?? 0;
  }
  return [...all, text.slice(at)];
}

const templates = [...inside].filter((name) => name !== 'frame').map((name) => {
  const all = pieces(`<main id="main">\n${readFileSync(new URL(`${name}.html`, SOURCE), 'utf8')}</main>`);
  return { name, pieces: all, certain: all.join('').length };
}).sort((one, other) => other.certain - one.certain || one.pieces.length - other.pieces.length);

function standsIn(html, pieces) {
  let at = 0;
  return pieces.every((piece) => {
    const found = html.indexOf(piece, at);
    at = found + piece.length;
    return found >= 0;
  });
}

export const templateNames = templates.map(({ name }) => name).sort();

// `html` as it was sent; undefined: none of them.
export const templateOf = (html) => templates.find((template) => standsIn(html, template.pieces))?.name;
