import { Client, Pool } from 'undici';

import { measure, orders } from './measure.js';

const { work, isUnix, place } = orders();
const origin = isUnix ? 'http://localhost' : `http://127.0.0.1:${place}`;
const options = isUnix ? { socketPath: place } : {};
const isPool = work === 'pool';
const client = isPool
  ? new Pool(origin, { ...options, connections: 64 })
  : new Client(origin, options);
await measure(
  async () => {
    const { body } = await client.request({ method: 'GET', path: '/' });
    if ((await body.arrayBuffer()).byteLength !== 12) throw new Error('a body of another length');
    return 1;
  },
  isPool ? 64 : 1,
);
await client.close();
