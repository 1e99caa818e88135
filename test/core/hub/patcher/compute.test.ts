import crypto from 'node:crypto';
import zlib from 'node:zlib';
import { expect } from 'chai';
import { expectSame } from './differential.ts';

const text = Buffer.from('what is to be made smaller, what is to be made smaller, '.repeat(8));
const broken = Buffer.from('this is no compressed data');

const compressors = ['gzip', 'deflate', 'deflateRaw', 'brotliCompress', 'zstdCompress'];
const inverse: Record<string, string> = {
  gzip: 'gunzip',
  deflate: 'inflate',
  deflateRaw: 'inflateRaw',
  brotliCompress: 'brotliDecompress',
  zstdCompress: 'zstdDecompress',
};

type Codec = (data: unknown, options?: object) => Buffer;
const codec = (name: string): Codec =>
  (zlib as unknown as Record<string, Codec>)[`${name}Sync`] as Codec;

const calls: Record<string, () => unknown> = {};
for (const name of compressors.filter((each) => typeof codec(each) === 'function')) {
  const back = inverse[name] as string;
  Object.assign(calls, {
    [`zlib.${name}Sync of bytes, and back`]: () => {
      const packed = codec(name)(text);
      return [packed, codec(back)(packed)];
    },
    [`zlib.${name}Sync of a string`]: () => codec(name)('text'),
    [`zlib.${name}Sync of an ArrayBuffer`]: () => codec(name)(new Uint8Array([1, 2, 3]).buffer),
    [`zlib.${name}Sync of nothing`]: () => codec(name)(Buffer.alloc(0)),
    [`zlib.${name}Sync of a number`]: () => codec(name)(5),
    [`zlib.${name}Sync with a chunk size that is none`]: () => codec(name)(text, { chunkSize: 1 }),
    [`zlib.${back}Sync of what it cannot read`]: () => codec(back)(broken),
    [`zlib.${back}Sync of half`]: () => {
      const packed = codec(name)(text);
      return codec(back)(packed.subarray(0, packed.length >> 1));
    },
    [`zlib.${back}Sync of more than is allowed`]: () =>
      codec(back)(codec(name)(text), { maxOutputLength: 100 }),
  });
}
Object.assign(calls, {
  'zlib.gzipSync with options': () => zlib.gzipSync(text, { level: 1, memLevel: 1, strategy: 2 }),
  'zlib.gzipSync with a level that is none': () => zlib.gzipSync(text, { level: 99 }),
  'zlib.unzipSync': () => zlib.unzipSync(zlib.deflateSync(text)),
  'zlib.inflateSync with a dictionary': () =>
    zlib.inflateSync(zlib.deflateSync(text, { dictionary: Buffer.from('smaller') }), {
      dictionary: Buffer.from('smaller'),
    }),
  'zlib.inflateSync without the dictionary': () =>
    zlib.inflateSync(zlib.deflateSync(text, { dictionary: Buffer.from('smaller') })),
  'zlib.gzipSync with info': () => Object.keys(zlib.gzipSync(text, { info: true })),
  'crypto.pbkdf2Sync': () => crypto.pbkdf2Sync('password', 'salt', 100, 24, 'sha256'),
  'crypto.pbkdf2Sync with a digest that does not exist': () =>
    crypto.pbkdf2Sync('password', 'salt', 100, 24, 'sha0'),
  'crypto.pbkdf2Sync with no iterations': () => crypto.pbkdf2Sync('p', 's', 0, 24, 'sha256'),
  'crypto.scryptSync': () => crypto.scryptSync('password', 'salt', 24),
  'crypto.scryptSync with options': () => crypto.scryptSync('password', 'salt', 24, { N: 256 }),
  'crypto.scryptSync with too much memory': () =>
    crypto.scryptSync('password', 'salt', 24, { N: 1 << 20, maxmem: 1000 }),
  'crypto.scryptSync with an N that is none': () => crypto.scryptSync('p', 's', 24, { N: 3 }),
  'crypto.scryptSync with a password that is none': () => crypto.scryptSync(5 as never, 's', 24),
  'crypto.hkdfSync': () => crypto.hkdfSync('sha512', 'key', 'salt', 'info', 32),
  'crypto.hkdfSync that is too long': () => crypto.hkdfSync('sha512', 'key', 'salt', 'i', 1 << 20),
  'crypto.generateKeySync': () => crypto.generateKeySync('hmac', { length: 64 }).symmetricKeySize,
  'crypto.generateKeySync of a type that does not exist': () =>
    crypto.generateKeySync('nope' as 'hmac', { length: 64 }),
  'crypto.generateKeyPairSync': () => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
    return [publicKey.type, privateKey.type, publicKey.asymmetricKeyType];
  },
  'crypto.generateKeyPairSync, encoded': () => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', {
      modulusLength: 512,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    return [publicKey.split('\n')[0], privateKey.split('\n')[0]];
  },
  'crypto.generateKeyPairSync of a curve that does not exist': () =>
    crypto.generateKeyPairSync('ec', { namedCurve: 'nope' }),
  'crypto.generatePrimeSync': () => crypto.generatePrimeSync(16).byteLength,
  'crypto.generatePrimeSync as a bigint': () =>
    typeof crypto.generatePrimeSync(32, { bigint: true, safe: true }),
  'crypto.checkPrimeSync of a prime': () => crypto.checkPrimeSync(104_729n),
  'crypto.checkPrimeSync of another number': () => crypto.checkPrimeSync(104_730n),
  'crypto.checkPrimeSync of a text': () => crypto.checkPrimeSync('7' as never),
  'crypto.randomFillSync': () => {
    const buffer = Buffer.alloc(8);
    return [crypto.randomFillSync(buffer, 4, 4) === buffer, buffer.subarray(0, 4)];
  },
  'crypto.randomFillSync beyond the end': () => crypto.randomFillSync(Buffer.alloc(8), 6, 4),
  'Atomics.wait for another value': () =>
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1),
  'Atomics.wait until its time is up': () =>
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5),
  'Atomics.wait for no time': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0),
  'Atomics.wait with big integers': () =>
    Atomics.wait(new BigInt64Array(new SharedArrayBuffer(8)), 0, 0n, 5),
  'Atomics.wait on memory that is not shared': () => Atomics.wait(new Int32Array(1), 0, 0, 5),
  'Atomics.wait beyond the end': () =>
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 9, 0, 5),
});

describe('zlib, crypto and Atomics, patched', function () {
  this.timeout(30_000);

  for (const [title, call] of Object.entries(calls)) {
    it(`${title}: the same on a green thread`, () => expectSame(title, call));
  }

  it('has a case for every function that is patched', () => {
    for (const [name, module] of Object.entries({ zlib, crypto })) {
      for (const fn of Object.keys(module).filter((each) => each.endsWith('Sync'))) {
        const callback = (module as unknown as Record<string, unknown>)[fn.slice(0, -4)];
        // What has no twin with a callback is left alone; argon2 is in Node 24.7 and later only.
        if (typeof callback !== 'function' || fn === 'argon2Sync') continue;
        if (fn.startsWith('create')) continue;
        expect(
          Object.keys(calls).some((title) => title.startsWith(`${name}.${fn}`)),
          fn,
        ).to.be.true;
      }
    }
  });
});
