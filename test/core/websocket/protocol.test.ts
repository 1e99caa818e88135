import { expect } from 'chai';
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
import {
  closes,
  fragmentation,
  framing,
  lengths,
  pings,
  reserved,
  utf8,
  type ProtocolCase,
} from './protocol-cases.ts';

const maxMessageBytes = 16 * 1024 * 1024;

async function echo(ws: WebSocket): Promise<void> {
  for await (const message of ws) await ws.sendAsync(message);
}

/** Our side of a connection, and the raw one. */
interface Side {
  readonly name: string;
  /** Bytes of a piece that short cases are cut into. */
  readonly cut: number;
  peer(): Promise<FramePeer>;
}

/** The cases of RFC 6455 that the Autobahn suite has, by its numbering, strictly. */
const groups: readonly [title: string, cases: readonly ProtocolCase[]][] = [
  ['messages (1)', framing],
  ['pings and pongs (2)', pings],
  ['reserved bits and opcodes (3, 4)', reserved],
  ['fragments (5, 10)', fragmentation],
  ['UTF-8 (6)', utf8],
  ['closing (7)', closes],
  ['lengths', lengths],
];

describe('the WebSocket protocol', () => {
  let server: TempServer;

  before(async () => {
    const gateway = WebSocketGateway(echo, { maxMessageBytes });
    server = await TempServer.start(gateway);
  });

  after(async () => {
    await server.close();
  });

  const sides: readonly Side[] = [
    { name: 'a server', cut: 1, peer: () => FramePeer.toServer(server.address) },
    {
      name: 'a client',
      cut: 5,
      async peer() {
        const { port, peer } = await FramePeer.asServer();
        const client = new WebSocketClient(`ws://127.0.0.1:${port}/`, { maxMessageBytes });
        const [accepted, ws] = await Promise.all([peer, client.connectAsync()]);
        echo(ws).catch(() => undefined);
        return accepted;
      },
    },
  ];

  for (const side of sides) {
    for (const [title, cases] of groups) {
      it(`${side.name} is strict about ${title}: ${cases.length} cases, whole and cut`, async function () {
        this.timeout(60_000);
        await Promise.all(
          cases.flatMap((each, index) => {
            const size = each.frames.reduce((sum, { payload = '' }) => sum + payload.length, 0);
            const cuts = [0, size > 1000 ? 997 : side.cut];
            // A client is a new connection for each case: either whole or cut will do.
            return (side.cut === 1 ? cuts : cuts.slice(index % 2, (index % 2) + 1)).map(
              async (cut) => {
                await using peer = await side.peer();
                if (cut === 0) peer.send(...each.frames);
                else await peer.sendCut(cut, ...each.frames);
                const answers = await peer.transcript();
                expect(answers, `${each.title}, cut ${cut}`).to.deep.equal(each.answers);
              },
            );
          }),
        );
      });
    }

    it(`${side.name} fails invalid text with its first wrong byte (6.4)`, async () => {
      await using peer = await side.peer();
      const bytes = Buffer.from('cebae1bdb9cf83cebcceb5f4908080656469746564', 'hex');
      const frame = peer.encode({ opcode: TEXT, payload: bytes });
      // The rest of the frame never comes.
      peer.socket.write(frame.subarray(0, frame.length - 7));
      expect(await peer.transcript()).to.deep.equal(['close 1007']);
    });

    it(`${side.name} fails a frame masked the wrong way`, async () => {
      await using peer = await side.peer();
      peer.send({ opcode: TEXT, payload: 'a', masked: !peer.isClient });
      expect(await peer.transcript()).to.deep.equal(['close 1002']);
    });

    it(`${side.name} fails a length of 2^63 with its first byte, and a large one with its last`, async () => {
      const lengths: readonly [hex: string, code: number][] = [
        ['80', 1002],
        ['ffffffffffffffff', 1002],
        ['7fffffffffffffff', 1009],
        ['0000000001000001', 1009],
      ];
      for (const [hex, code] of lengths) {
        await using peer = await side.peer();
        const mask = peer.isClient ? '01020304' : '';
        const head = `82${peer.isClient ? 'ff' : '7f'}${hex}${hex.length === 16 ? mask : ''}`;
        peer.socket.write(Buffer.from(head, 'hex'));
        expect(await peer.transcript(), hex).to.deep.equal([`close ${code}`]);
      }
    });

    it(`${side.name} echoes large messages, whole, in fragments and in small segments (9)`, async function () {
      this.timeout(60_000);
      await using peer = await side.peer();
      for (const size of [65_536, 262_144, 1_048_576, 4_194_304]) {
        const bytes = Buffer.alloc(size, `${size} bytes of text, `);
        peer.send({ opcode: TEXT, payload: bytes });
        peer.send(...fragments(BINARY, bytes, size / 64));
        await peer.sendCut(32_768, { opcode: BINARY, payload: bytes });
        for (const opcode of [TEXT, BINARY, BINARY]) {
          const parts = [await peer.receive()];
          while (parts.at(-1)?.fin === false) parts.push(await peer.receive());
          expect(parts[0]?.opcode).to.equal(opcode);
          expect(Buffer.concat(parts.map((part) => part?.payload ?? bytes)).equals(bytes)).to.equal(
            true,
          );
        }
      }
      peer.send({ opcode: CLOSE, payload: closePayload(1000) });
      expect(await peer.transcript()).to.deep.equal(['close 1000']);
    });

    it(`${side.name} echoes a thousand messages in order (9)`, async () => {
      await using peer = await side.peer();
      const messages = Array.from({ length: 1000 }, (_, i) => `${i} `.repeat(i % 50));
      peer.send(...messages.map((payload) => ({ opcode: TEXT, payload })));
      peer.send({ opcode: CLOSE, payload: closePayload(1000) });
      const expected = [...messages.map((message) => `text ${message}`), 'close 1000'];
      expect(await peer.transcript()).to.deep.equal(expected);
    });
  }
});
