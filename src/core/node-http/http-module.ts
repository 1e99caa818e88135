import http from 'node:http';
import { createServer } from './create-server.ts';
import { Server } from './server.ts';

/** The module `node:http` with this server. */
const httpModule: Omit<typeof http, 'createServer' | 'Server'> & {
  createServer: typeof createServer;
  Server: typeof Server;
} = { ...http, createServer, Server };

export default httpModule;
