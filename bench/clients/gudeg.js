import { BodyIter, Client } from '../../dist/core/index.js';

import { LARGE_BYTES, mebibytes, receive } from './large-body.js';
import { measure, orders } from './measure.js';

const { work, isUnix, place } = orders();
const client = new Client(isUnix ? place : ['127.0.0.1', Number(place)]);
const connection = await client.connect();

/** @type {Record<string, () => Promise<number>>} */
const works = {
  async get() {
    const { body } = await connection.get('/', {});
    if ((await body?.read())?.length !== 12) throw new Error('a body of another length came');
    return 1;
  },
  async chunks() {
    const { body } = await connection.get('/chunks', {});
    if ((await body?.read())?.length !== 12) throw new Error('a body of another length came');
    return 1;
  },
  async download() {
    const { body } = await connection.get('/large', {});
    const bytes = await receive(body);
    if (bytes !== LARGE_BYTES) throw new Error(`a body of ${bytes} bytes came`);
    return bytes >> 20;
  },
  async upload() {
    const { body } = await connection.post('/large', {}, new BodyIter(mebibytes(), LARGE_BYTES));
    if ((await body?.text()) !== String(LARGE_BYTES)) throw new Error('not all of it arrived');
    return LARGE_BYTES >> 20;
  },
};
await measure(/** @type {() => Promise<number>} */ (works[work]));
connection.close();
