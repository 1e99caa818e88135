// Servers in a thread of their own, for a test whose calls block.
import { parentPort } from 'node:worker_threads';
import { TempServer, type App } from 'gudeg';
import { RawServer } from '../../support/raw-server.ts';
import { play, rows } from './hostile-streams.ts';

const app: App = async (_session, request, api) => {
  const { method, uri, headers, body } = request;
  switch (request.path[0] ?? '') {
    case 'echo':
      return [200, 'OK', {}, body];
    case 'large':
      return [200, 'OK', {}, Buffer.alloc(3_000_000, 7)];
    case 'chunks':
      return [
        200,
        'OK',
        {},
        new api.ChunkedBodyIter(
          [
            [['k', 'v'], 'abc'],
            [null, 'de'],
            [null, ''],
          ],
          { trailers: { x: 'y' } },
        ),
      ];
    case 'last':
      return [200, 'OK', { connection: 'close' }, 'bye'];
    default:
      return [
        200,
        'OK',
        {},
        JSON.stringify({
          method,
          uri,
          headers,
          content: body === null ? null : String(await body.read()),
        }),
      ];
  }
};

const tcp = await TempServer.start(app);
const unix = await TempServer.start(app, {}, Buffer.from('\0'));
const hostile = await RawServer.start((socket, head) => {
  const index = Number(/ \/(\d+) /.exec(head)?.[1]);
  const row = rows[index];
  if (row !== undefined) play(socket, row);
});
parentPort?.postMessage([tcp.address, unix.address, hostile.address]);
