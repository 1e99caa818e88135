import type { Server } from 'node:net';
import type { ServerResponse } from 'node:http';
import { Tunnel, isSocketTunnel } from '../http/index.ts';
import { answerDirectly } from '../node-http/index.ts';
import {
  badResponse,
  checkResponseShape,
  type Response,
  type ResponseHeaders,
} from '../rgi/index.ts';
import { beforeServerCloses } from './before-server-closes.ts';
import { hostHeaders, type HostFields } from './host-headers.ts';
import { takeOverSocket } from './take-over-socket.ts';

/** An answer whose body is a `Tunnel`. */
export type TunnelResponse = Response & readonly [number, string, ResponseHeaders, Tunnel];

/** Whether an app has answered with a tunnel. */
export function isTunnel(response: unknown): response is TunnelResponse {
  return Array.isArray(response) && response[3] instanceof Tunnel;
}

/**
 * Switches protocols on the connection of a host's request: on the engine as without a host, on
 * node:http where the tunnel has a way for that. What the host has set goes with the 101.
 *
 * @param earlier the fields that the host has set
 * @param onFailure gets what the tunnel's handler throws
 * @throws GUDEG_ERR_APP_RESPONSE, and what the tunnel misses; nothing is sent then
 */
export function sendTunnel(
  target: ServerResponse,
  response: TunnelResponse,
  earlier: Readonly<HostFields>,
  onFailure: (error: unknown) => void,
): void {
  checkResponseShape(response);
  const [status, reason, headers, tunnel] = response;
  const fields = hostHeaders(headers, earlier);
  if (target.destroyed || target.headersSent) return;
  if (answerDirectly(target, [status, reason, fields as ResponseHeaders, tunnel], onFailure))
    return;
  if (!isSocketTunnel(tunnel)) {
    throw badResponse('no Tunnel but that of a WebSocket to a server that is node:http', tunnel);
  }
  tunnel.checkSocket();
  const { req } = target;
  const socket = takeOverSocket(target);
  const { server } = socket as unknown as { server?: Server };
  const release = server === undefined ? null : beforeServerCloses(server, () => tunnel.goAway());
  tunnel
    .openSocket(req, socket, fields)
    .catch(onFailure)
    .finally(() => release?.());
}
