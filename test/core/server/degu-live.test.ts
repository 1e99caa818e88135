import { expect } from 'chai';
import { readFileSync } from 'node:fs';

import { ObservedServer } from '../../support/observed-server.ts';
import { RawClient } from '../../support/raw-client.ts';
import { socketPath } from '../../support/socket-path.ts';
import { deguLiveApp } from './degu-live-app.ts';

/** One exchange that was recorded from Degu 0.17. Characters are bytes, as Latin-1. */
interface LiveCase {
  readonly id: string;
  readonly send: readonly string[];
  readonly recv: string;
  readonly end: string;
}

const file =
  process.env['GUDEG_LIVE_VECTORS'] ?? new URL('../../vectors/degu-live.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as LiveCase[];

/** Where we do something else than the record, on purpose: nothing is sent, and the connection closes. */
const deviations: Record<string, string> = {
  '/both': 'content-length and transfer-encoding in one response let a request be smuggled',
};

const idleMs = 100;
/** A server that must not close by itself gets more time than any case takes. */
const patientMs = 8000;

interface Outcome {
  readonly received: string;
  /** From the last byte that came to the end. */
  readonly idleFor: number;
}

async function run(send: readonly string[], timeoutMs: number): Promise<Outcome> {
  await using server = await ObservedServer.start(
    deguLiveApp,
    { profile: 'degu', timeoutMs, maxRequests: 5 },
    socketPath(),
  );
  await using client = await RawClient.to(server.address);
  let last = performance.now();
  client.socket.on('data', () => {
    last = performance.now();
  });
  for (const piece of send) client.send(piece);
  const received = await client.rest();
  return { received, idleFor: performance.now() - last };
}

/** The records show the ids of the process that made them. */
function withOwnIds(recv: string): string {
  const { pid } = process;
  const ids = `(${[pid, process.getuid?.(), process.getgid?.()].join(', ')})`;
  return recv.replace(
    /content-length: (\d+)\r\n\r\n\('', (\([\d, ]+\))/g,
    (_all, length: string, recorded: string) =>
      `content-length: ${Number(length) + ids.length - recorded.length}\r\n\r\n('', ${ids}`,
  );
}

describe('the degu profile, live', () => {
  for (const { id, send, recv, end } of cases) {
    const request = JSON.stringify(send.join('')).slice(0, 60);
    const route = Object.keys(deviations).find((path) => send.join('').includes(` ${path} `));
    if (route !== undefined) {
      it(`${id} closes without a byte, unlike Degu: ${deviations[route] ?? ''}`, async () => {
        const { received, idleFor } = await run(send, patientMs);
        expect(received).to.equal('');
        expect(idleFor).to.be.below(patientMs / 2);
      });
      continue;
    }
    const isIdle = end.includes('idle timeout');
    it(`${id} ${request} is answered as Degu does, ${isIdle ? 'and waits for more' : 'and closes at once'}`, async () => {
      const { received, idleFor } = await run(send, isIdle ? idleMs : patientMs);
      expect(received).to.equal(withOwnIds(recv));
      if (isIdle) expect(idleFor).to.be.at.least(idleMs / 2);
      else expect(idleFor).to.be.below(patientMs / 2);
    });
  }

  for (const [path, why] of [
    ['crlfval', 'a line end in a field value'],
    ['crlfreason', 'a line end in the reason'],
    ['nonelength', 'a content-length without a body'],
    ['wronglength', 'a content-length that is not the length of the body'],
  ] as const) {
    it(`never sends ${why}`, async () => {
      const { received } = await run([`GET /${path} HTTP/1.1\r\n\r\n`], patientMs);
      expect(received).to.equal('');
    });
  }

  it('never sends more of a body than was announced', async () => {
    const { received } = await run(['GET /iterlong HTTP/1.1\r\n\r\n'], patientMs);
    expect(received).to.equal('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
  });
});
