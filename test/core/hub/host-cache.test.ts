import { createSocket, type Socket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';
import { expect } from 'chai';
import {
  clearHostCache,
  resolveHost,
  resolveHostAsync,
  spawn,
} from '../../../src/core/hub/index.ts';

const typeA = 1;
const typeAaaa = 28;

interface Zone {
  readonly ttl: number;
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
}

/** A name server on this machine that knows the names it is given, and counts what it is asked. */
class NameServer {
  readonly asked: string[] = [];
  readonly #socket: Socket;
  readonly #zones: Record<string, Zone>;

  private constructor(socket: Socket, zones: Record<string, Zone>) {
    this.#socket = socket;
    this.#zones = zones;
    socket.on('message', (query, { port, address }) => {
      socket.send(this.#answer(query), port, address);
    });
  }

  static async start(zones: Record<string, Zone>): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket, zones);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  /** RFC 1035, section 4: the question comes back, with its records. */
  #answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (;;) {
      const length = query.readUInt8(at);
      if (length === 0) break;
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const name = labels.join('.').toLowerCase();
    this.asked.push(`${type === typeA ? 'A' : 'AAAA'} ${name}`);
    const zone = this.#zones[name];
    const known = type === typeA ? zone?.a : type === typeAaaa ? zone?.aaaa : undefined;
    const records = (known ?? []).map((address) => {
      const data =
        type === typeA
          ? Buffer.from(address.split('.').map(Number))
          : Buffer.from(address.replace(/:/g, ''), 'hex');
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0xc00c, 0); // the name of the question
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt32BE(zone?.ttl ?? 0, 6);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(zone === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    return Buffer.concat([header, query.subarray(12, at + 5), ...records]);
  }
}

describe('resolveHost()', () => {
  const before = dns.getServers();
  let server: NameServer;

  beforeEach(async () => {
    clearHostCache();
    server = await NameServer.start({
      'two.example': { ttl: 300, a: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] },
      'both.example': {
        ttl: 300,
        a: ['192.0.2.9'],
        aaaa: ['2001:0db8:0000:0000:0000:0000:0000:0001'],
      },
      'short.example': { ttl: 0, a: ['192.0.2.7'] },
      localhost: { ttl: 300, a: ['192.0.2.66'] },
    });
    dns.setServers([server.address]);
  });

  afterEach(() => {
    dns.setServers(before);
    server.close();
    clearHostCache();
  });

  it('gives addresses as they are, and asks nobody', async () => {
    expect(await resolveHostAsync('192.0.2.7')).to.deep.equal(['192.0.2.7']);
    expect(await resolveHostAsync('::1')).to.deep.equal(['::1']);
    expect(server.asked).to.deep.equal([]);
  });

  it('takes the hosts file before the name servers, whatever the case', async () => {
    expect(await resolveHostAsync('localhost')).to.include('127.0.0.1');
    expect(await spawn(() => resolveHost('LOCALHOST'))).to.include('127.0.0.1');
    expect(server.asked).to.deep.equal([]);
  });

  it('asks a name server once for both families, and begins each answer with another address', async () => {
    const first = await spawn(() => resolveHost('two.example'));
    const begins = new Set([first[0]]);
    for (let i = 0; i < 2; i++) {
      const again = await resolveHostAsync('Two.Example');
      expect(again).to.have.members(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
      begins.add(again[0]);
    }
    expect(begins.size).to.equal(3);
    expect(server.asked.sort()).to.deep.equal(['A two.example', 'AAAA two.example']);
  });

  it('gives IPv4 addresses first', async () => {
    expect(await resolveHostAsync('both.example')).to.deep.equal(['192.0.2.9', '2001:db8::1']);
  });

  it('keeps an answer as long as it says, and until clearHostCache()', async () => {
    await resolveHostAsync('short.example');
    await resolveHostAsync('short.example');
    expect(server.asked.filter((each) => each === 'A short.example')).to.have.lengthOf(2);
    await resolveHostAsync('two.example');
    clearHostCache();
    await resolveHostAsync('two.example');
    expect(server.asked.filter((each) => each === 'A two.example')).to.have.lengthOf(2);
  });

  it('asks the system’s resolver, and no server, with GUDEG_NO_GREENDNS', async () => {
    process.env['GUDEG_NO_GREENDNS'] = '1';
    try {
      expect(await resolveHostAsync('localhost')).to.not.be.empty;
      expect(server.asked).to.deep.equal([]);
    } finally {
      delete process.env['GUDEG_NO_GREENDNS'];
    }
  });

  it('throws the error of node:dns for a name that nobody knows', async () => {
    const error: unknown = await resolveHostAsync('absent.invalid').catch((each: unknown) => each);
    expect((error as { code: string }).code).to.match(/^(ENOTFOUND|EAI_AGAIN)$/);
    expect(server.asked).to.include('A absent.invalid');
  });

  it('ends with its signal', async () => {
    const controller = new AbortController();
    const waiting = resolveHostAsync('two.example', { signal: controller.signal });
    controller.abort(new Error('enough'));
    const error: unknown = await waiting.catch((each: unknown) => each);
    expect((error as Error).message).to.equal('enough');
  });
});
