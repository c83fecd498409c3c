// SPDX-License-Identifier: Apache-2.0
// What is between a node and a server that it needs: it forwards bytes, until it is told to stop, and closes nothing then.
import net from 'node:net';

export class Between {
  pairs = new Set();

  // To the port `to` of this machine; resolves to itself, at a port of its own.
  async start(to) {
    this.server = net.createServer((here) => {
      const pair = { here, there: net.connect(to, '127.0.0.1'), waits: [] };
      this.pairs.add(pair);
      this.lead(pair, here, pair.there);
      this.lead(pair, pair.there, here);
    });
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.port = this.server.address().port;
    return this;
  }

  lead(pair, from, to) {
    const go = (what) => (this.held || pair.lost ? pair.waits.push(what) : what());
    from.setNoDelay().on('error', () => {});
    from.on('data', (chunk) => go(() => to.write(chunk)));
    from.on('close', () => go(() => { to.destroy(); this.pairs.delete(pair); }));
  }

  // Nothing goes on, either way, of connections that are there and of new ones, and what is said waits.
  hold() { this.held = true; }

  // It goes on, with what has waited.
  forward() {
    this.held = false;
    for (const pair of this.pairs) if (!pair.lost) for (const what of pair.waits.splice(0)) what();
  }

  // The connections that are there are of nobody any longer, and nobody says so; new ones are forwarded.
  forget() { for (const pair of this.pairs) pair.lost = true; }

  async close() {
    for (const { here, there } of this.pairs) for (const socket of [here, there]) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }
}
