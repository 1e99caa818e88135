/**
 * What clients do, one after the other on one connection unless it says otherwise. The client runs on the
 * core of the load generator, the server on its own, or both on one.
 *
 * @param {string} name
 * @param {string} title
 * @param {Partial<import('./index.js').Scenario> & { work: import('./index.js').Work }} more
 * @returns {import('./index.js').Scenario}
 */
function client(name, title, more) {
  return {
    name: `client-${name}`,
    title,
    kind: 'client',
    transport: 'unix',
    connections: 1,
    depth: 1,
    unit: 'round trip',
    floor: 'raw-client',
    baseline: 'undici-client',
    request: Buffer.alloc(0),
    body: Buffer.alloc(0),
    ...more,
  };
}

const ourServer = 'client-server';
const rawServer = 'raw-client';

/** A whole duo of ours against a whole duo of C's: 12 bytes are asked for, and come. */
const duo = { work: /** @type {const} */ ('get'), server: ourServer };

/** One and the same server, so that it is the clients that differ. */
const against = { server: rawServer };

/** @type {readonly import('./index.js').Scenario[]} */
export const clientScenarios = [
  client('unix-same', 'both ends, unix, one core', { ...duo, sharesCore: true }),
  client('unix-split', 'both ends, unix, two cores', duo),
  client('tcp-same', 'both ends, TCP, one core', { ...duo, transport: 'tcp', sharesCore: true }),
  client('tcp-split', 'both ends, TCP, two cores', { ...duo, transport: 'tcp' }),
  client('one-unix', 'one connection to a C server, unix', { ...against, work: 'get' }),
  client('one-tcp', 'one connection to a C server, TCP', {
    ...against,
    work: 'get',
    transport: 'tcp',
  }),
  client('pool', '64 requests at a time to a C server, TCP', {
    work: 'pool',
    transport: 'tcp',
    server: 'floor',
  }),
  client('chunks', 'a response of three chunks, TCP', {
    ...duo,
    work: 'chunks',
    transport: 'tcp',
  }),
  .../** @type {const} */ (['download', 'upload']).flatMap((work) => [
    client(`${work}-unix`, `${work} of 256 MiB in pieces of 1 MiB, unix`, {
      ...duo,
      work,
      unit: 'MiB',
    }),
    client(`${work}-tcp`, `${work} of 256 MiB in pieces of 1 MiB, TCP`, {
      ...duo,
      work,
      unit: 'MiB',
      transport: 'tcp',
    }),
  ]),
];
