import { expect } from 'chai';
import { Client, ClientError, type Connection } from 'gudeg';
import { RawServer } from '../../support/raw-server.ts';
import { limitsFor, ok, play, rows } from './hostile-streams.ts';

/** What a request comes to, and what became of its connection. */
async function outcomeOf(connection: Connection, method: string): Promise<string> {
  let text = '';
  try {
    const { status, body } = await connection.request(method, '/');
    text = `${status}, then `;
    const read = body === null ? 'null' : (await body.read()).toString();
    text = `${status} ${read}`;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const cause = error.cause as { code?: string } | undefined;
    const parts = [error.code, cause?.code, error.retry].filter((part) => part !== undefined);
    text += parts.join(' ').replaceAll(/GUDEG_ERR_(CLIENT_)?/g, '');
  }
  return `${text}, ${connection.isIdle ? 'idle' : connection.closed ? 'closed' : 'busy'}`;
}

describe('a server that sends', function () {
  this.timeout(60_000);

  for (const row of rows) {
    const [title, , ending, outcome, method = 'GET'] = row;
    it(`${title} (${ending}): ${outcome}`, async () => {
      await using server = await RawServer.start((socket) => {
        play(socket, row);
      });
      const connection = await new Client(server.address, limitsFor(outcome)).connect();
      expect(await outcomeOf(connection, method)).to.equal(outcome);
      connection.close();
    });
  }

  it('the same bytes one by one comes to the same', async () => {
    const fed = rows.filter(([, bytes, ending]) => bytes.length < 100 && ending !== 'resets');
    for (const [title, bytes, ending, outcome, method = 'GET'] of fed) {
      if (outcome.includes('TIMEOUT')) continue;
      await using server = await RawServer.start((socket) => {
        const drip = (index: number): void => {
          if (index < bytes.length) {
            socket.write(Buffer.from(bytes.charAt(index), 'latin1'), () => {
              setImmediate(drip, index + 1);
            });
          } else if (ending === 'ends') socket.end();
        };
        drip(0);
      });
      const connection = await new Client(server.address, limitsFor(outcome)).connect();
      const seen = await outcomeOf(connection, method);
      // Bytes behind a response come when it is over: then they close an idle connection.
      expect(seen.replace(/idle|closed/, 'over'), title).to.equal(
        outcome.replace(/idle|closed/, 'over'),
      );
      connection.close();
    }
  });

  it('a response that nobody asked for loses its connection', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${ok}content-length: 1\r\n\r\na`, () => {
        setImmediate(() => socket.write(`${ok}content-length: 1\r\n\r\nb`));
      });
    });
    const connection = await new Client(server.address).connect();
    const { body } = await connection.get('/');
    expect(String(await body?.read())).to.equal('a');
    while (!connection.closed) await new Promise((resolve) => setImmediate(resolve));
    const error = await connection.get('/').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ClientError).and.to.include({ retry: 'always' });
  });
});
