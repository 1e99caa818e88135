// Preloaded by the runner: puts gudeg's server side of node:http in the place of Node's, before a suite loads.
// SUITE_REPLACE says how much: `createServer` is what users do; `all` replaces the classes too.
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { IncomingMessage, Server, ServerResponse, createServer } from 'gudeg/node-http';

const replacements = {
  createServer: { createServer },
  all: { createServer, Server, IncomingMessage, ServerResponse },
}[process.env.SUITE_REPLACE];

Object.assign(http, replacements);
syncBuiltinESMExports();
