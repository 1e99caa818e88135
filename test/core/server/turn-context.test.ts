import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { TempServer, type App } from 'gudeg';

import { RawClient } from '../../support/raw-client.ts';

const get = (uri: string): string => `GET ${uri} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** What the app answers to three requests that arrive together. */
async function answersTogether(app: App): Promise<string[]> {
  await using server = await TempServer.start(app);
  await using client = await RawClient.to(server.address);
  client.send(get('/1') + get('/2') + get('/3'));
  const answers: string[] = [];
  for (let i = 0; i < 3; i++) answers.push((await client.response()).body);
  return answers;
}

describe('the async context of a request', () => {
  it('does not show what the request before it entered with enterWith()', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen = await answersTogether((_session, request) => {
      const before = storage.getStore();
      storage.enterWith(request.uri);
      return [200, 'OK', {}, `${before} ${storage.getStore()}`];
    });
    expect(seen).to.deep.equal(['undefined /1', 'undefined /2', 'undefined /3']);
  });

  it('is kept across what an async app waits for', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen = await answersTogether(async (_session, request) => {
      storage.enterWith(request.uri);
      await new Promise(setImmediate);
      return [200, 'OK', {}, String(storage.getStore())];
    });
    expect(seen).to.deep.equal(['/1', '/2', '/3']);
  });

  it('ends with run()', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen = await answersTogether((_session, request) => {
      const before = storage.getStore();
      return storage.run(request.uri, () => [200, 'OK', {}, `${before} ${storage.getStore()}`]);
    });
    expect(seen).to.deep.equal(['undefined /1', 'undefined /2', 'undefined /3']);
  });
});
