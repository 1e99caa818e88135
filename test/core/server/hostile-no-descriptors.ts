// Run as a process of its own that may open few descriptors: says where it serves, and the codes of
// its `overload` events.
import { TempServer } from 'gudeg';

const server = await TempServer.start(() => [200, 'OK', {}, 'hello']);
server.on('overload', (error: NodeJS.ErrnoException) => {
  console.log(error.code);
});
console.log((server.address as [string, number])[1]);
