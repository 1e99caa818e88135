import { Pool } from '../../dist/core/index.js';

import { measure, orders } from './measure.js';

const { isUnix, place } = orders();
const pool = new Pool(isUnix ? place : ['127.0.0.1', Number(place)], { maxConnections: 64 });
await measure(async () => {
  const { body } = await pool.get('/', {});
  if ((await body?.read())?.length !== 12) throw new Error('a body of another length came');
  return 1;
}, 64);
await pool.close();
