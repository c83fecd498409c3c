// SPDX-License-Identifier: Apache-2.0
// what clients asked and were answered, and whether one service that does one thing after another could have answered so
// (linearizability, by the search of Wing and Gong).  An operation: { invoked, returned, what, outcome, value }.  What was not
// answered ("unknown") may have happened at any time since, or never.

// What is good once: { what: 'use' }, "ok" or "refused".
export const SINGLE_USE = {
  init: 'fresh',
  step: (state, { outcome }) => {
    if (outcome === 'refused') return state === 'used' ? state : undefined;
    if (outcome === 'unknown') return 'used';
    return state === 'fresh' ? 'used' : undefined;
  },
};

// The same among clocks that disagree: it may be refused before its time, or after it.
export const MOST_ONCE = {
  init: 'fresh',
  step: (state, { outcome }) => {
    if (outcome === 'refused') return state;
    if (outcome === 'unknown') return 'used';
    return state === 'fresh' ? 'used' : undefined;
  },
};

// What ends: { what: 'end' } and { what: 'read' }, "ok" while it lives and "refused" afterwards.
export const REVOCABLE = {
  init: 'live',
  step: (state, { what, outcome }) => {
    if (what === 'end') return 'ended';
    if (outcome === 'unknown') return state;
    return (outcome === 'ok') === (state === 'live') ? state : undefined;
  },
};

export const ENDS = {
  init: 'live',
  step: (state, { what, outcome }) => {
    if (what === 'end') return 'ended';
    return outcome === 'ok' && state === 'ended' ? undefined : state;
  },
};

// What keeps the last value: { what: 'write', value } and { what: 'read', value }.
export const REGISTER = {
  init: null,
  step: (state, { what, outcome, value }) => {
    if (what === 'write') return value;
    return outcome === 'unknown' || state === value ? state : undefined;
  },
};

// Whether the operations on one thing have an order that the model allows, in which none comes before one that had returned
// before it began.
export function isLinearizable(operations, { init, step }) {
  const all = operations.map((each) => ({ ...each, returned: each.outcome === 'unknown' ? Infinity : each.returned }))
    .sort((x, y) => x.invoked - y.invoked);
  const definite = (each) => each.outcome !== 'unknown';
  const seen = new Set();

  function search(left, state) {
    for (;;) {
      const end = Math.min(...left.map((each) => each.returned));
      const next = left.filter((each) => each.invoked <= end);
      // What changes nothing goes first: any order that has it later has it now, too.
      const quiet = next.find((each) => definite(each) && step(state, each) === state);
      if (!quiet) break;
      left = left.filter((each) => each !== quiet);
    }
    if (!left.some(definite)) return true;
    const key = `${state} ${left.map((each) => all.indexOf(each)).join(',')}`;
    if (seen.has(key)) return false;
    seen.add(key);
    const end = Math.min(...left.map((each) => each.returned));
    return left.some((each) => {
      const after = each.invoked <= end ? step(state, each) : undefined;
      return after !== undefined && after !== state && search(left.filter((other) => other !== each), after);
    });
  }
  return search(all, init);
}

// Notes each operation as it is done.  `bound`: by how many milliseconds a read at another node may be behind.
export class History {
  things = new Map();

  constructor(now = () => performance.now()) { this.now = now; }

  thing(name, model) {
    this.things.set(name, { model, operations: [] });
    return name;
  }

  // `work` resolves to { outcome, value }; null: it said nothing about the thing.
  async note(name, what, work, { value, bound = 0 } = {}) {
    const operation = { what, value, invoked: this.now(), outcome: 'unknown' };
    const done = await work().catch(() => ({ outcome: 'unknown' }));
    if (done === null) return null;
    Object.assign(operation, done, { returned: this.now() });
    if (what === 'read' && operation.outcome === 'ok') operation.invoked -= bound;
    this.things.get(name).operations.push(operation);
    return operation;
  }

  get size() { return [...this.things.values()].reduce((sum, { operations }) => sum + operations.length, 0); }

  // How many operations ended so.
  count(outcome) { return [...this.things.values()].flatMap(({ operations }) => operations).filter((each) => each.outcome === outcome).length; }

  anomalies() {
    return [...this.things].filter(([, { model, operations }]) => !isLinearizable(operations, model))
      .map(([name, { operations }]) => `${name}: ${operations.map(({ what, outcome, value, invoked, returned }) =>
        `${what} ${value ?? ''} ${outcome} [${invoked.toFixed(0)}, ${returned?.toFixed(0)}]`).join('; ')}`);
  }
}
