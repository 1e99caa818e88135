import type { App, Response } from '../../core/index.ts';
import type { Arbiter } from '../arbiter/arbiter.ts';
import { unreadyReason, type ArbiterStatus } from './arbiter-status.ts';

/** What the admin socket serves: nothing that changes anything. */
export function adminApp(arbiter: Arbiter, status: () => ArbiterStatus): App {
  const pages: Readonly<Record<string, () => Response | Promise<Response>>> = {
    '/metrics': async () => {
      // Only who is scraped loads the library.
      const { METRICS_CONTENT_TYPE, prometheusMetrics } = await import('./prometheus-metrics.ts');
      const headers = { 'content-type': METRICS_CONTENT_TYPE };
      return [200, 'OK', headers, await prometheusMetrics(status())];
    },
    '/healthz': () => text(200, 'OK', 'alive'),
    '/readyz': () => {
      const reason = unreadyReason(arbiter);
      return reason === null ? text(200, 'OK', 'ready') : text(503, 'Service Unavailable', reason);
    },
  };
  return (_session, { method, uri }) => {
    const page = pages[uri.replace(/\?.*$/s, '')];
    if (page === undefined) {
      return text(404, 'Not Found', `there are ${Object.keys(pages).join(', ')}`);
    }
    if (method === 'GET' || method === 'HEAD') return page();
    return [405, 'Method Not Allowed', { allow: 'GET, HEAD' }, null];
  };
}

function text(status: number, reason: string, words: string): Response {
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store' };
  return [status, reason, headers, `${words}\n`];
}
