import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { execPath, versions } from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * The servers that are compared, in the order in which they take turns.
 *
 * @typedef {object} Peer
 * @property {string} name As used with `--only`.
 * @property {string} title For tables and the plot.
 * @property {string[]} command Starts the server; the address to listen on is appended.
 * @property {string[]} needs Files without which the peer is skipped.
 * @property {string} [nodeMajor] The only line of Node that its binary is for.
 * @property {readonly string[]} scenarios The names of those it can do.
 * @property {string} version Of what is measured; empty when that is this package.
 * @property {string[]} [serves] The command that makes a server of it, where it is a client too.
 */

const require = createRequire(import.meta.url);
const everything = ['hello', 'json', 'post', 'pipeline', 'one-tcp', 'one-unix', 'idle'];

/** @param {string} path Relative to the benchmark's folder. */
const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** @param {string} name Of an installed package; empty when it isn't. */
function versionOf(name) {
  try {
    return require(file(`node_modules/${name}/package.json`)).version;
  } catch {
    return '';
  }
}

/**
 * A server that is a script for this Node.
 *
 * @param {string} name
 * @param {string} title
 * @param {string} script
 * @param {Partial<Omit<Peer, 'name' | 'title' | 'command'>> & { packageName?: string }} more
 * @returns {Peer}
 */
function nodePeer(name, title, script, more = {}) {
  const { packageName, ...rest } = more;
  const fromPackage =
    packageName === undefined
      ? { needs: [], version: '' }
      : { needs: [file(`node_modules/${packageName}`)], version: versionOf(packageName) };
  return {
    name,
    title,
    command: [execPath, file(`peers/${script}`)],
    scenarios: everything,
    ...fromPackage,
    ...rest,
  };
}

const roundTrips = ['unix-same', 'unix-split', 'tcp-same', 'tcp-split'].map(
  (one) => `client-${one}`,
);
const oneEnd = ['client-one-unix', 'client-one-tcp'];
const bulk = ['download', 'upload'].flatMap((work) => [
  `client-${work}-unix`,
  `client-${work}-tcp`,
]);
const sockets = ['ws-echo-64', 'ws-echo-16k', 'ws-broadcast', 'ws-deflate', 'ws-idle'];
const tlsShort = ['tls-hello', 'tls-handshake', 'tls-resumed', 'tls-idle'];
const tlsBulk = ['tls-bulk-download', 'tls-bulk-upload'];

const nodeHttpDoor = file('../dist/core/node-http/index.js');
const bun = file('node_modules/@oven/bun-linux-x64/bin/bun');
const deno = file('node_modules/@deno/linux-x64-glibc/deno');

/** @type {readonly Peer[]} */
export const peers = [
  {
    name: 'floor',
    title: 'floor (C, epoll)',
    command: [file('build/floor')],
    needs: [],
    scenarios: everything,
    version: '',
  },
  nodePeer('gudeg', 'gudeg', 'gudeg.js', { needs: [file('../dist/core/index.js')] }),
  nodePeer('gudeg-in-fastify', 'gudeg app in Fastify', 'gudeg-in-fastify.js', {
    packageName: 'fastify',
  }),
  nodePeer('gudeg-in-express', 'gudeg app in Express', 'gudeg-in-express.js', {
    packageName: 'express',
  }),
  nodePeer('gudeg-gateway', 'gudeg, gateway app', 'gudeg-gateway.js', {
    needs: [file('../dist/core/gateway/index.js')],
  }),
  nodePeer('uwebsockets', 'uWebSockets.js', 'uwebsockets.js', {
    packageName: 'uWebSockets.js',
    nodeMajor: '20',
  }),
  nodePeer('node-http', 'node:http', 'node-http.js', { version: versions.node }),
  nodePeer('gudeg-node-http', 'gudeg/node-http', 'gudeg-node-http.js', { needs: [nodeHttpDoor] }),
  nodePeer('fastify', 'Fastify', 'fastify.js', { packageName: 'fastify' }),
  nodePeer('gudeg-fastify', 'Fastify on gudeg', 'gudeg-fastify.js', {
    needs: [nodeHttpDoor, file('node_modules/fastify')],
  }),
  nodePeer('fastify-uws', '@geut/fastify-uws', 'fastify-uws.js', {
    packageName: '@geut/fastify-uws',
    nodeMajor: '20',
  }),
  nodePeer('express', 'Express', 'express.js', { packageName: 'express' }),
  nodePeer('gudeg-express', 'Express on gudeg', 'gudeg-express.js', {
    needs: [nodeHttpDoor, file('node_modules/express')],
  }),
  nodePeer('ultimate-express', 'ultimate-express', 'ultimate-express.js', {
    packageName: 'ultimate-express',
    nodeMajor: '20',
    // It listens on ports only.
    scenarios: everything.filter((name) => name !== 'one-unix'),
  }),
  nodePeer('hyper-express', 'hyper-express', 'hyper-express.js', {
    packageName: 'hyper-express',
    nodeMajor: '20',
  }),
  {
    name: 'bun',
    title: 'Bun.serve',
    command: [bun, file('peers/bun.js')],
    needs: [bun],
    scenarios: everything,
    version: versionOf('@oven/bun-linux-x64'),
  },
  {
    name: 'deno',
    title: 'Deno.serve',
    command: [deno, 'run', '--allow-all', '--no-lock', '--no-config', file('peers/deno.js')],
    needs: [deno],
    scenarios: everything,
    version: versionOf('@deno/linux-x64-glibc'),
  },
  {
    name: 'ws-floor',
    title: 'floor (C, epoll)',
    command: [file('build/websocket-floor')],
    needs: [],
    scenarios: ['ws-broadcast'],
    version: '',
  },
  nodePeer('ws-gudeg', 'gudeg', 'websocket/gudeg.js', {
    needs: [file('../dist/core/websocket/index.js')],
    scenarios: sockets,
  }),
  nodePeer('ws-ws', 'ws', 'websocket/ws.js', { packageName: 'ws', scenarios: sockets }),
  nodePeer('ws-uwebsockets', 'uWebSockets.js', 'websocket/uwebsockets.js', {
    packageName: 'uWebSockets.js',
    nodeMajor: '20',
    scenarios: sockets,
  }),
  {
    name: 'ws-bun',
    title: 'Bun.serve',
    command: [bun, file('peers/websocket/bun.js')],
    needs: [bun],
    scenarios: sockets,
    version: versionOf('@oven/bun-linux-x64'),
  },
  {
    name: 'ws-deno',
    title: 'Deno.serve',
    command: [
      ...[deno, 'run', '--allow-all', '--no-lock', '--no-config'],
      file('peers/websocket/deno.js'),
    ],
    needs: [deno],
    // It compresses nothing.
    scenarios: sockets.filter((name) => name !== 'ws-deflate'),
    version: versionOf('@deno/linux-x64-glibc'),
  },
  nodePeer('tls-gudeg', 'gudeg', 'tls/gudeg.js', {
    needs: [file('../dist/core/index.js')],
    scenarios: [...tlsShort, ...tlsBulk],
  }),
  nodePeer('tls-gudeg-node-http', 'gudeg/node-http', 'tls/gudeg-node-http.js', {
    needs: [file('../dist/core/node-http/index.js')],
    scenarios: [...tlsShort, ...tlsBulk],
  }),
  nodePeer('tls-node-https', 'node:https', 'tls/node-https.js', {
    scenarios: [...tlsShort, ...tlsBulk],
    version: versions.node,
  }),
  nodePeer('tls-node', 'node:tls', 'tls/node-tls.js', {
    scenarios: tlsBulk,
    version: versions.node,
  }),
  nodePeer('tls-uwebsockets', 'uWebSockets.js', 'tls/uwebsockets.js', {
    packageName: 'uWebSockets.js',
    nodeMajor: '20',
    scenarios: [...tlsShort, ...tlsBulk],
  }),
  nodePeer('tls-hyper-express', 'hyper-express', 'tls/hyper-express.js', {
    packageName: 'hyper-express',
    nodeMajor: '20',
    scenarios: tlsShort,
  }),
  {
    name: 'tls-bun',
    title: 'Bun.serve',
    command: [bun, file('peers/tls/bun.js')],
    needs: [bun],
    // Its streams are chunked, so that it has no download to compare.
    scenarios: [...tlsShort, 'tls-bulk-upload'],
    version: versionOf('@oven/bun-linux-x64'),
  },
  {
    name: 'raw-client',
    title: 'floor (C, blocking)',
    command: [file('build/raw')],
    serves: [file('build/raw'), 'serve'],
    needs: [],
    scenarios: [...roundTrips, ...oneEnd, ...bulk, 'client-chunks'],
    version: '',
  },
  nodePeer('sync-client', 'SyncConnection', '../clients/gudeg-sync.js', {
    needs: [file('../dist/core/index.js')],
    scenarios: [...roundTrips, ...oneEnd],
  }),
  nodePeer('client', 'Connection', '../clients/gudeg.js', {
    needs: [file('../dist/core/index.js')],
    scenarios: [...roundTrips, ...oneEnd, ...bulk, 'client-chunks'],
  }),
  nodePeer('pool-client', 'Pool', '../clients/gudeg-pool.js', {
    needs: [file('../dist/core/index.js')],
    scenarios: ['client-pool'],
  }),
  nodePeer('undici-client', 'undici', '../clients/undici.js', {
    packageName: 'undici',
    scenarios: [...roundTrips, ...oneEnd, 'client-pool'],
  }),
  nodePeer('client-server', 'server of the clients', '../clients/server.js', { scenarios: [] }),
];

/**
 * Why a peer cannot run here; undefined when it can.
 *
 * @param {Peer} peer
 * @returns {Promise<string | undefined>}
 */
export async function obstacle(peer) {
  if (peer.nodeMajor !== undefined && peer.nodeMajor !== versions.node.split('.')[0]) {
    return `its binary is for Node ${peer.nodeMajor}`;
  }
  for (const path of peer.needs) {
    try {
      await access(path);
    } catch {
      return `${path} is not there`;
    }
  }
  return undefined;
}
