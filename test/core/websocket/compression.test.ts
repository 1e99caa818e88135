import { expect } from 'chai';
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  type InflateRaw,
} from 'node:zlib';
import { TempServer } from 'gudeg';
import { WebSocketClient, WebSocketGateway, type WebSocket } from 'gudeg/websocket';

import {
  BINARY,
  CLOSE,
  FramePeer,
  TEXT,
  closePayload,
  fragments,
} from '../../support/frame-peer.ts';

const RSV1 = 4;

/** What is offered and answered, and what it means for both directions. */
interface Family {
  readonly title: string;
  readonly offer: string;
  readonly answer: string;
  readonly keepsContext: boolean;
  readonly windowBits: number;
}

const noContext = 'server_no_context_takeover; client_no_context_takeover';
const bits = (count: number): string =>
  `server_max_window_bits=${count}; client_max_window_bits=${count}`;
const family = (
  title: string,
  parameters: string,
  keepsContext: boolean,
  windowBits: number,
): Family => {
  const whole = ['permessage-deflate', parameters].filter((part) => part !== '').join('; ');
  // A window of the largest size needs no mention.
  const answer = whole.replace(/; \w+_max_window_bits=15/g, '');
  return { title, offer: whole, answer, keepsContext, windowBits };
};

/** The parameter sets of the Autobahn suite's families 12 and 13. */
const families: readonly Family[] = [
  family('no parameters (12, 13.1)', '', true, 15),
  family('no context takeover (13.2)', noContext, false, 15),
  family('windows of 2^9 (13.3)', bits(9), true, 9),
  family('windows of 2^15 (13.4)', bits(15), true, 15),
  family('windows of 2^9, no context takeover (13.5)', `${noContext}; ${bits(9)}`, false, 9),
  family('windows of 2^15, no context takeover (13.6)', `${noContext}; ${bits(15)}`, false, 15),
  {
    ...family('several offers, of which the second can be met (13.7)', noContext, false, 15),
    offer: `permessage-deflate; server_max_window_bits=8, permessage-deflate; ${noContext}, permessage-deflate`,
  },
];

const sizes = [0, 1, 16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

/** Text and bytes of every size, some alike, some not. */
const messages: readonly (readonly [opcode: number, bytes: Buffer])[] = sizes.flatMap((size) => [
  [TEXT, Buffer.alloc(size, '{"name":"person","tags":["alpha","beta"]},')] as const,
  [
    BINARY,
    Buffer.from(Array.from({ length: size }, (_, i) => (i * i * 31 + (i >> 5)) & 255)),
  ] as const,
  [TEXT, Buffer.alloc(size, '{"name":"person","tags":["alpha","beta"]},')] as const,
]);

/** Deflates and inflates with node's zlib, as a peer with these parameters does. */
class ZlibPeer {
  readonly #deflate: DeflateRaw;
  readonly #inflate: InflateRaw;
  readonly #keepsContext: boolean;

  constructor({ keepsContext, windowBits }: Family) {
    this.#deflate = createDeflateRaw({ windowBits });
    this.#inflate = createInflateRaw({ windowBits });
    this.#keepsContext = keepsContext;
  }

  async deflate(bytes: Buffer): Promise<Buffer> {
    const deflated = await this.#pass(this.#deflate, bytes);
    return deflated.length < 5 ? Buffer.from([0]) : deflated.subarray(0, -4);
  }

  inflate(bytes: Buffer): Promise<Buffer> {
    return this.#pass(this.#inflate, Buffer.concat([bytes, Buffer.from([0, 0, 255, 255])]));
  }

  async #pass(stream: DeflateRaw | InflateRaw, bytes: Buffer): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const collect = (piece: Buffer): void => {
      pieces.push(piece);
    };
    stream.on('data', collect);
    await new Promise<void>((resolve, reject) => {
      stream.once('error', reject);
      stream.write(bytes);
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.off('error', reject);
        resolve();
      });
    });
    stream.off('data', collect);
    if (!this.#keepsContext) stream.reset();
    return Buffer.concat(pieces);
  }
}

const deflate = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  thresholdBytes: 0,
};

async function echo(ws: WebSocket): Promise<void> {
  for await (const message of ws) await ws.sendAsync(message);
}

/** Sends all messages compressed, whole and in fragments, and reads what comes back. */
async function converse(peer: FramePeer, parameters: Family): Promise<void> {
  const zlib = new ZlibPeer(parameters);
  for (const [index, [opcode, bytes]] of messages.entries()) {
    const payload = await zlib.deflate(bytes);
    const frames = index % 2 === 0 ? [{ opcode, payload }] : fragments(opcode, payload, 1000);
    peer.send(...frames.map((frame, at) => (at === 0 ? { ...frame, rsv: RSV1 } : frame)));
    const answer = await peer.receive();
    expect([answer?.opcode, answer?.rsv, answer?.fin]).to.deep.equal([opcode, RSV1, true]);
    const inflated = await zlib.inflate(answer?.payload ?? Buffer.alloc(0));
    expect(inflated.equals(bytes), `message ${index}`).to.equal(true);
  }
  // What is not compressed may come in between.
  peer.send({ opcode: TEXT, payload: 'plain' });
  const plain = await peer.receive();
  expect((await zlib.inflate(plain?.payload ?? Buffer.alloc(0))).toString()).to.equal('plain');
  peer.send({ opcode: CLOSE, payload: closePayload(1000) });
  expect(await peer.transcript()).to.deep.equal(['close 1000']);
}

describe('permessage-deflate', function () {
  this.timeout(60_000);

  for (const parameters of families) {
    const { title, offer, answer } = parameters;

    it(`a server keeps what was agreed: ${title}`, async () => {
      await using server = await TempServer.start(WebSocketGateway(echo, { deflate }));
      const more = `Sec-WebSocket-Extensions: ${offer}\r\n`;
      await using peer = await FramePeer.toServer(server.address, more);
      const field = /sec-websocket-extensions: *(.*)\r\n/i.exec(peer.head)?.[1];
      expect(field).to.equal(answer);
      await converse(peer, parameters);
    });

    it(`a client keeps what was agreed: ${title}`, async () => {
      const { port, peer: accepting } = await FramePeer.asServer(
        `Sec-WebSocket-Extensions: ${answer}\r\n`,
      );
      const client = new WebSocketClient(`ws://127.0.0.1:${port}/`, { deflate });
      const [peer, ws] = await Promise.all([accepting, client.connectAsync()]);
      expect(ws.isCompressed).to.equal(true);
      const echoing = echo(ws);
      await converse(peer, parameters);
      await echoing;
    });
  }

  for (const parameters of [
    'server_max_window_bits=7',
    'server_max_window_bits=16',
    'server_max_window_bits',
    'client_max_window_bits=09',
    'server_no_context_takeover=1',
    'client_no_context_takeover; client_no_context_takeover',
    'unheard_of',
  ]) {
    it(`a server declines an offer with ${parameters}`, async () => {
      await using server = await TempServer.start(WebSocketGateway(echo, { deflate }));
      const more = `Sec-WebSocket-Extensions: permessage-deflate; ${parameters}\r\n`;
      await using peer = await FramePeer.toServer(server.address, more);
      expect(peer.head).not.to.match(/sec-websocket-extensions/i);
      peer.send({ opcode: TEXT, payload: 'a', rsv: RSV1 });
      expect(await peer.transcript()).to.deep.equal(['close 1002']);
    });
  }
});
