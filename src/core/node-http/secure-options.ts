import { createHash } from 'node:crypto';
import { constants } from 'node:crypto';
import type { ServerOptions } from 'node:https';
import * as tls from 'node:tls';
import { GudegError } from '../errors.ts';
import type { AdoptedRules } from '../tls/index.ts';
import type { HttpServerOptions } from './engine-backend.ts';

/** Options of `https.createServer`, and none that the engine could not honour. */
export type SecureServerOptions = ServerOptions & HttpServerOptions;

/** Options that have no meaning on the engine, and what to do instead. */
const unknown: Readonly<Record<string, string>> = {
  ALPNCallback: 'give ALPNProtocols',
  certificateCompression: 'leave it out',
  clientCertEngine: 'it is for clients; leave it out',
  enableTrace: 'listen to keylog, and look with Wireshark',
  pskCallback: 'clients show certificates: requestCert',
  pskIdentityHint: 'clients show certificates: requestCert',
};

/** Events of node's server that are never emitted here. */
const silentEvents: Readonly<Record<string, string>> = {
  newSession: 'sessions are resumed by tickets; share ticketKeys between servers',
  resumeSession: 'sessions are resumed by tickets; share ticketKeys between servers',
  OCSPRequest: 'give Server of gudeg its ocspResponse, or use node:https',
};

/** @throws GUDEG_ERR_INVALID_OPTION for what the engine can't do */
export function refuseUnknownTls(given: object): void {
  const options = given as Record<string, unknown>;
  for (const [name, cure] of Object.entries(unknown)) {
    // What switches off what there is not is no demand.
    if (options[name] === undefined || options[name] === null || options[name] === false) continue;
    throw refused(`the option ${name}`, cure);
  }
  const { dhparam } = options;
  if (dhparam !== undefined && dhparam !== 'auto') {
    throw refused('the option dhparam with groups of one’s own', "say 'auto', or nothing");
  }
}

/** @throws GUDEG_ERR_INVALID_OPTION for an event that would never come */
export function refuseSilentEvent(event: string | symbol): void {
  const cure = typeof event === 'string' ? silentEvents[event] : undefined;
  if (cure !== undefined) throw refused(`the event ${String(event)}`, cure);
}

function refused(what: string, cure: string): GudegError {
  return new GudegError(
    'GUDEG_ERR_INVALID_OPTION',
    `${what} is not supported on the engine; ${cure}`,
  );
}

/** What node's server keeps of its options, as far as it is read here. */
export interface TlsServerState {
  readonly ALPNProtocols?: Uint8Array;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly ca?: unknown;
  readonly crl?: unknown;
  readonly pfx?: unknown;
  readonly sigalgs?: string;
  readonly ecdhCurve?: string;
  readonly dhparam?: unknown;
  readonly secureOptions?: number;
  readonly sessionIdContext?: string;
}

/**
 * The rules of a server's contexts.
 * @param ticketKeys what node's server has for them
 * @param trust says whose certificates are trusted: sessions are resumed only where it is the same
 */
export function secureRules(
  state: TlsServerState,
  ticketKeys: Uint8Array,
  trust: string,
): Omit<AdoptedRules, 'asksForContext' | 'keepsKeyLog'> {
  const { requestCert, rejectUnauthorized, secureOptions = 0 } = state;
  const curves = state.ecdhCurve ?? tls.DEFAULT_ECDH_CURVE;
  return {
    clientAuth: !requestCert ? 0 : rejectUnauthorized ? 2 : 1,
    alpn: state.ALPNProtocols ?? Buffer.alloc(0),
    curves: curves === 'auto' ? '' : curves,
    signatureAlgorithms: state.sigalgs ?? '',
    hasDhGroups: state.dhparam === 'auto',
    ticketSecret: (secureOptions & constants.SSL_OP_NO_TICKET) === 0 ? ticketKeys : null,
    sessionIdContext: createHash('sha256')
      .update(JSON.stringify([state.sessionIdContext, requestCert, rejectUnauthorized]))
      .update(requestCert ? trust : '')
      .digest(),
  };
}

/** What clients' certificates are judged by, in a form to be compared. */
export function trustOf({ ca, crl, pfx }: TlsServerState): string {
  const bundles = Array.isArray(pfx) ? (pfx as unknown[]) : [pfx];
  const bytes = bundles.map((each) => (each as { buf?: unknown } | null | undefined)?.buf ?? each);
  return JSON.stringify([ca, crl, bytes].map(pemTexts));
}

/** What stands in an option such as `ca`, one text for each value. */
function pemTexts(value: unknown): string[] {
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  const given = values.filter((each) => each !== undefined && each !== null);
  return given.map((each) =>
    typeof each === 'string' ? each : Buffer.from(each as Uint8Array).toString('latin1'),
  );
}
