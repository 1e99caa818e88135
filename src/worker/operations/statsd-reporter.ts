import { createSocket, type Socket } from 'node:dgram';
import { loadEngine } from '../../core/native/index.ts';
import type { Settings } from '../settings/settings.ts';
import type { ArbiterStatus } from './arbiter-status.ts';
import { NO_TOTALS, sumLogs, sumTotals, type PlaceTotals } from './place-totals.ts';

const DEFAULT_PORT = 8125;
const INTERVAL_MS = 1000;

/** What fits into one packet of an Ethernet. */
const MAX_PACKET_BYTES = 1432;

/** Where to send packets. */
type Send = (packet: string) => void;

/**
 * Sends gunicorn's metrics to statsd, once a second: `gunicorn.requests`, `gunicorn.request.status.200`,
 * `gunicorn.request.duration`, `gunicorn.workers`, `gunicorn.log.error` and so on. Durations come from
 * the histogram: one line for each bucket, whose sampling rate says how many it stands for.
 */
export class StatsdReporter implements Disposable {
  readonly #status: () => ArbiterStatus;
  readonly #prefix: string;
  readonly #suffix: string;
  readonly #socket: Socket | null;
  readonly #send: Send;
  readonly #timer: NodeJS.Timeout;
  #before: PlaceTotals;

  constructor(
    host: string,
    settings: Pick<Settings, 'statsdPrefix' | 'dogstatsdTags'>,
    status: () => ArbiterStatus,
  ) {
    const { statsdPrefix, dogstatsdTags } = settings;
    this.#status = status;
    this.#prefix = statsdPrefix === '' ? '' : `${statsdPrefix.replace(/\.$/, '')}.`;
    this.#suffix = dogstatsdTags === '' ? '' : `|#${dogstatsdTags}`;
    const path = /^unix:(?:\/\/)?(.+)$/.exec(host)?.[1];
    this.#socket = path === undefined ? createSocket(isIpv6(host) ? 'udp6' : 'udp4') : null;
    // A server that is away, or a name that is unknown, is nobody's trouble.
    this.#socket?.on('error', () => undefined).unref();
    this.#send =
      path === undefined
        ? this.#udpSender(host)
        : (packet) => {
            loadEngine().sendDatagram(path, packet);
          };
    this.#before = totalsOf(status());
    this.#timer = setInterval(() => {
      this.report();
    }, INTERVAL_MS).unref();
  }

  #udpSender(host: string): Send {
    const [, name = '', port = ''] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(host) ?? [];
    return (packet) => {
      this.#socket?.send(packet, Number(port) || DEFAULT_PORT, name, () => undefined);
    };
  }

  /** Sends what has happened since the last time. */
  report(): void {
    const status = this.#status();
    const now = totalsOf(status);
    const before = this.#before;
    this.#before = now;
    const lines = [
      this.#line('gunicorn.workers', status.workersReady, 'g'),
      ...this.#requests(now, before),
      ...this.#durations(status.boundsSeconds, now, before),
      ...this.#counters('gunicorn.log', { ...now.logs }, { ...before.logs }),
    ];
    let packet = '';
    for (const line of lines) {
      if (packet !== '' && packet.length + line.length >= MAX_PACKET_BYTES) {
        this.#send(packet);
        packet = '';
      }
      packet += packet === '' ? line : `\n${line}`;
    }
    this.#send(packet);
  }

  #requests(now: PlaceTotals, before: PlaceTotals): string[] {
    const requests = answered(now) - answered(before);
    const statuses = this.#counters(
      'gunicorn.request.status',
      now.statuses ?? {},
      before.statuses ?? {},
    );
    return [...this.#counters('gunicorn', { requests }, {}), ...statuses];
  }

  #durations(bounds: readonly number[], now: PlaceTotals, before: PlaceTotals): string[] {
    return (now.durations ?? []).flatMap((count, bucket) => {
      const added = count - (before.durations?.[bucket] ?? 0);
      if (added <= 0) return [];
      const lower = bounds[bucket - 1] ?? 0;
      const upper = bounds[bucket] ?? lower;
      const ms = Number((((lower + upper) / 2) * 1000).toPrecision(3));
      const rate = added === 1 ? '' : `|@${Number((1 / added).toPrecision(6))}`;
      return [this.#line('gunicorn.request.duration', ms, `ms${rate}`)];
    });
  }

  #counters(
    name: string,
    now: Readonly<Record<string, number>>,
    before: Readonly<Record<string, number>>,
  ): string[] {
    return Object.entries(now).flatMap(([key, count]) => {
      const added = count - (before[key] ?? 0);
      return added > 0 ? [this.#line(`${name}.${key}`, added, 'c|@1.0')] : [];
    });
  }

  #line(name: string, value: number, kind: string): string {
    return `${this.#prefix}${name}:${value}|${kind}${this.#suffix}`;
  }

  /** Sends the rest. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.report();
    // What was sent may still wait for the name of the server.
    setTimeout(() => this.#socket?.close(), INTERVAL_MS).unref();
  }
}

function isIpv6(host: string): boolean {
  return host.startsWith('[');
}

function answered({ requests, running }: PlaceTotals): number {
  return requests - running;
}

/** All workers together, and what the arbiter has logged. */
function totalsOf({ places, logs }: ArbiterStatus): PlaceTotals {
  const all = places.map(({ totals }) => totals).reduce(sumTotals, NO_TOTALS);
  return { ...all, logs: sumLogs(all.logs, logs) };
}
