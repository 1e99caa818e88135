import hello from './hello.js';

const mebibytes = 256;
const largeBytes = mebibytes * 1024 * 1024;

/** TLS 1.3 with TLS_AES_128_GCM_SHA256 over X25519, a certificate on P-256. @type {import('./index.js').Scenario} */
export const tlsHello = {
  ...hello,
  name: 'tls-hello',
  title: 'hello over TLS 1.3, 64 connections',
  tls: true,
  baseline: 'tls-node-https',
};

/** A connection for each request, 16 at a time. @type {import('./index.js').Scenario} */
export const tlsHandshake = {
  ...tlsHello,
  name: 'tls-handshake',
  title: 'full handshakes, one hello each',
  handshakes: 'full',
  connections: 16,
};

/** Each connection resumes the session of the one before it. @type {import('./index.js').Scenario} */
export const tlsResumed = {
  ...tlsHandshake,
  name: 'tls-resumed',
  title: 'resumed handshakes, one hello each',
  handshakes: 'resumed',
};

/** @type {import('./index.js').Scenario} */
export const tlsBulkDownload = {
  ...tlsHello,
  name: 'tls-bulk-download',
  title: `download of ${mebibytes} MiB over TLS, per MiB`,
  connections: 1,
  request: Buffer.from('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  downloadMebibytes: mebibytes,
  baseline: 'tls-node',
};

/** @type {import('./index.js').Scenario} */
export const tlsBulkUpload = {
  ...tlsHello,
  name: 'tls-bulk-upload',
  title: `upload of ${mebibytes} MiB over TLS, per MiB`,
  connections: 1,
  request: Buffer.from(
    `POST /large HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${largeBytes}\r\n\r\n`,
  ),
  body: Buffer.from(String(largeBytes)),
  uploadMebibytes: mebibytes,
  baseline: 'tls-node',
};

/** @type {import('./index.js').Scenario} */
export const tlsIdle = {
  ...tlsHello,
  name: 'tls-idle',
  title: 'idle TLS connections',
  kind: 'idle',
  connections: 1000,
  maxRounds: 3,
};
