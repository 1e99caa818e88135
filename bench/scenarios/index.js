/**
 * What is measured. A scenario is a module of this folder; a peer names the ones it can do.
 *
 * @typedef {object} Scenario
 * @property {string} name As used with `--scenarios`, and by the peers.
 * @property {string} title For tables and the plot.
 * @property {'requests' | 'fan-out' | 'idle' | 'client'} kind How it is measured; a client's peers are clients.
 * @property {'tcp' | 'unix'} transport What the server listens on.
 * @property {number} connections How many the load generator opens.
 * @property {number} depth Requests sent together on a connection before their responses are awaited.
 * @property {number} [maxRounds] Enough for what hardly varies and takes long.
 * @property {number} [warmupFactor] How many times the usual warm-up it needs.
 * @property {Buffer} request The bytes of one request.
 * @property {Buffer} body The body that every response must have.
 * @property {'text' | 'binary'} [messages] It is about WebSocket: the request is the handshake, the body
 *   the message that is sent and must come back.
 * @property {Buffer} [compressed] The message as permessage-deflate sends it; answers must be compressed too.
 * @property {boolean} [tls] It goes over TLS, for peers that have a certificate.
 * @property {'full' | 'resumed'} [handshakes] Each request has a connection of its own.
 * @property {number} [downloadMebibytes] How much answers the request; what is counted are MiB.
 * @property {number} [uploadMebibytes] How much follows the request.
 * @property {string} [baseline] The peer that the others are compared with. Default node-http.
 * @property {string} [floor] The peer that is the floor. Default floor.
 * @property {Work} [work] What a client does.
 * @property {string} [unit] What its rate counts.
 * @property {string} [server] The peer that clients other than the floor ask.
 * @property {boolean} [sharesCore] Client and server run on one core.
 *
 * @typedef {'get' | 'pool' | 'chunks' | 'download' | 'upload'} Work
 */
import { clientScenarios } from './client.js';
import hello from './hello.js';
import idle from './idle.js';
import json from './json.js';
import oneTcp from './one-tcp.js';
import oneUnix from './one-unix.js';
import pipeline from './pipeline.js';
import post from './post.js';
import {
  tlsBulkDownload,
  tlsBulkUpload,
  tlsHandshake,
  tlsHello,
  tlsIdle,
  tlsResumed,
} from './tls.js';
import { wsBroadcast, wsDeflate, wsEcho16k, wsEcho64, wsIdle } from './websocket.js';

/** @type {readonly Scenario[]} */
export const scenarios = [
  hello,
  json,
  post,
  pipeline,
  oneTcp,
  oneUnix,
  idle,
  wsEcho64,
  wsEcho16k,
  wsBroadcast,
  wsDeflate,
  wsIdle,
  tlsHello,
  tlsHandshake,
  tlsResumed,
  tlsBulkDownload,
  tlsBulkUpload,
  tlsIdle,
  ...clientScenarios,
];
