import { SyncConnection } from '../../dist/core/index.js';

import { measureBlocking, orders } from './measure.js';

const { isUnix, place } = orders();
const connection = new SyncConnection(isUnix ? place : ['127.0.0.1', Number(place)]);
measureBlocking(() => {
  const { body } = connection.get('/', {});
  if (body?.read().length !== 12) throw new Error('a body of another length came');
  return 1;
});
connection.close();
