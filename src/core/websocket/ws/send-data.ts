/** How binary messages are given to listeners. */
export type BinaryType = 'nodebuffer' | 'arraybuffer' | 'fragments' | 'blob';

/** A message as listeners get it; text is a Buffer too. */
export type RawData = Buffer | ArrayBuffer | Buffer[] | Blob;

/** What can be sent. */
export type SendData =
  | undefined
  | null
  | string
  | number
  | Buffer
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | Blob
  | readonly number[];

const NO_BYTES: Buffer = Buffer.alloc(0);

/** Bytes of what is sent; text as UTF-8. */
export function asBytes(data: SendData): Buffer {
  if (data === undefined || data === null) return NO_BYTES;
  if (Buffer.isBuffer(data)) return data;
  if (typeof data === 'string') return Buffer.from(data);
  if (typeof data === 'number') return Buffer.from(String(data));
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.from(data as ArrayBuffer);
}

/** A message in the form that was asked for; text is always a Buffer. */
export function convertMessage(data: Buffer, isBinary: boolean, type: BinaryType): RawData {
  if (!isBinary || type === 'nodebuffer') return data;
  if (type === 'fragments') return [data];
  if (type === 'blob') return new Blob([data]);
  const { buffer, byteOffset, byteLength } = data;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
