import { isAnyArrayBuffer } from 'node:util/types';
import zlib from 'node:zlib';
import { syncReplacements } from './callback-twins.ts';
import { type AnyFunction, greenTwin, type Replacement } from './green-twin.ts';

/** The `…Sync` functions of node:zlib. */
export function zlibReplacements(): Replacement[] {
  // What creates an archive or a stream gives its result to no callback.
  const computing = syncReplacements(zlib, 'zlib').filter(({ name }) => !name.startsWith('create'));
  return computing.map(({ owner, name, original, twin }) => {
    const green = name === 'zstdCompressSync' ? withSourceSize(twin) : twin;
    return {
      owner,
      name,
      original,
      // What is no data the two forms refuse in different words.
      twin: greenTwin(original, (data, ...rest) =>
        (isData(data) ? green : original)(data, ...rest),
      ),
    };
  });
}

function isData(data: unknown): boolean {
  return typeof data === 'string' || ArrayBuffer.isView(data) || isAnyArrayBuffer(data);
}

/** The original knows how much there is, and writes it into the frame's head. */
function withSourceSize(compress: AnyFunction): AnyFunction {
  return (data, options, ...rest) => {
    const pledgedSrcSize = Buffer.byteLength(data as string | Buffer);
    return compress(data, { pledgedSrcSize, ...(options as object | undefined) }, ...rest);
  };
}
