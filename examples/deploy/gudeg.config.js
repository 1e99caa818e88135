// Settings for production; docs/settings.md has all of them.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'gudeg/worker';

export default defineConfig({
  app: fileURLToPath(new URL('app.js', import.meta.url)),
  // One for each core; WEB_CONCURRENCY says how many where nothing else does.
  workers: Number(process.env.WEB_CONCURRENCY ?? 2),
  // Logs for machines, on the standard streams, which systemd and containers collect.
  logFormat: 'json',
  // A worker that leaks is replaced before the kernel kills it.
  memoryLimit: 512,
  maxRequests: 100_000,
  maxRequestsJitter: 10_000,
  gracefulTimeout: 30,
});
