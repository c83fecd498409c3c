// SPDX-License-Identifier: Apache-2.0
// A row of results as text.  A row: figure, value and unit; where there is one, limit with its name and the ratio to it,
// and a target {of: 'ratio' | 'value', most or least: number}.

const digits = (value) => (value >= 100 ? 0 : value >= 10 ? 1 : 2);
const amount = (value, unit) => `${value.toFixed(digits(Math.abs(value)))} ${unit}`.trim();

export function isMet({ value, ratio, target }) {
  const it = target.of === 'ratio' ? ratio : value;
  return (target.most === undefined || it <= target.most) && (target.least === undefined || it >= target.least);
}

export function show(row) {
  const { target } = row;
  const bounds = target && [
    target.least !== undefined && `>= ${target.least}`, target.most !== undefined && `<= ${target.most}`,
  ].filter(Boolean).join(', ');
  return {
    id: row.id, figure: row.z === undefined ? row.figure : `${row.figure}, z ${row.z.toFixed(1)}`, value: amount(row.value, row.unit),
    limit: row.limit === undefined ? '' : `${amount(row.limit, row.limitUnit ?? row.unit)} ${row.limitName ?? ''}`.trim(),
    ratio: row.ratio === undefined ? '' : row.ratio.toFixed(row.z === undefined ? 2 : 3),
    target: target ? `${bounds}${target.of === 'ratio' ? '' : ` ${row.unit}`}` : '',
    met: target ? (isMet(row) ? 'yes' : 'NO') : '',
  };
}

// As Markdown, so that docs/performance.md can hold it.
export function table(titles, lines) {
  const cells = [titles, ...lines.map((line) => titles.map((title) => String(line[title] ?? '')))];
  const widths = titles.map((_, i) => Math.max(3, ...cells.map((line) => line[i].length)));
  const text = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`);
  return [text[0], `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...text.slice(1)].join('\n');
}
