import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce } from '../support/keep-alive-client.ts';
import { parseScrape, sumOf, type Sample } from '../support/scrape.ts';
import { pidApp, WorkerFolder } from '../support/worker-folder.ts';

const run = promisify(execFile);

/** Body and status of a page of an admin socket, by curl. */
async function page(url: string): Promise<[body: string, status: number]> {
  const { LD_PRELOAD: _preloaded, ...env } = process.env;
  const args = ['--silent', '--max-time', '20', '--write-out', '%{http_code}', url];
  const { stdout } = await run('curl', args, { env });
  return [stdout.slice(0, -3), Number(stdout.slice(-3))];
}

async function scrape(url: string): Promise<Sample[]> {
  const [body] = await page(`${url}metrics`);
  return parseScrape(body);
}

/** Scrapes until it is as it should be: workers tell what they did about once a second. */
async function scrapeUntil(
  url: string,
  isThere: (samples: Sample[]) => boolean,
): Promise<Sample[]> {
  for (;;) {
    const samples = await scrape(url);
    if (isThere(samples)) return samples;
    await delay(50);
  }
}

/** Where the admin socket is. */
async function adminOf(command: GudegCommand): Promise<string> {
  const [, url = ''] = await command.logged(/metrics and health on (\S+)/);
  return url;
}

describe('the admin socket', function () {
  this.timeout(180_000);

  it('counts requests, statuses, durations, restarts and exits by worker, and never backwards', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['-w', '2', '-b', '127.0.0.1:0', '--admin-bind', '127.0.0.1:0', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const target = { port: await command.port() };
    const admin = await adminOf(command);
    for (let i = 0; i < 5; i++) await getOnce(target);
    await getOnce(target, '/sleep/30');
    await getOnce(target, '/fail').catch(() => undefined);
    const total = 'gudeg_worker_requests_total';
    const before = await scrapeUntil(admin, (samples) => sumOf(samples, total) === 7);
    expect(sumOf(before, 'gudeg_worker_responses_total', { code: '200' })).to.equal(6);
    expect(sumOf(before, 'gudeg_worker_responses_total', { code: '500' })).to.equal(1);
    expect(sumOf(before, 'gudeg_worker_log_lines_total', { level: 'exception' })).to.equal(1);
    const duration = 'gudeg_worker_request_duration_seconds';
    expect(sumOf(before, `${duration}_count`)).to.equal(7);
    expect(sumOf(before, `${duration}_bucket`, { le: '+Inf' })).to.equal(7);
    expect(sumOf(before, `${duration}_bucket`, { le: '0.02' })).to.be.at.most(6);
    expect(sumOf(before, `${duration}_sum`)).to.be.within(0.03, 30);
    expect(sumOf(before, 'gudeg_workers', { state: 'ready' })).to.equal(2);
    expect(sumOf(before, 'gudeg_worker_ready')).to.equal(2);
    expect(sumOf(before, 'gudeg_worker_restarts_total')).to.equal(0);
    for (const name of [
      'gudeg_worker_resident_memory_bytes',
      'gudeg_worker_boot_seconds',
      'gudeg_worker_cpu_seconds_total',
      'process_resident_memory_bytes',
    ]) {
      expect(sumOf(before, name), name).to.be.greaterThan(0);
    }

    process.kill(Number(await getOnce(target)), 'SIGKILL');
    const after = await scrapeUntil(
      admin,
      (samples) =>
        sumOf(samples, 'gudeg_worker_restarts_total') === 1 &&
        sumOf(samples, 'gudeg_worker_ready') === 2,
    );
    expect(sumOf(after, 'gudeg_worker_exits_total', { reason: 'SIGKILL' })).to.equal(1);
    expect(sumOf(after, total)).to.be.at.least(7);

    command.kill('SIGHUP');
    await command.logged(/\] reloaded\n/);
    const reloaded = await scrapeUntil(
      admin,
      (samples) => sumOf(samples, 'gudeg_worker_exits_total', { reason: 'ended' }) === 2,
    );
    expect(sumOf(reloaded, 'gudeg_reloads_total', { outcome: 'done' })).to.equal(1);
    expect(sumOf(reloaded, total)).to.be.at.least(7);
    expect(new Set(reloaded.map(({ labels }) => labels['worker']))).to.deep.equal(
      new Set([undefined, '0', '1']),
    );
  });

  it('loses no count of a worker that ends in order', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['-b', '127.0.0.1:0', '--admin-bind', '127.0.0.1:0', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const target = { port: await command.port() };
    const admin = await adminOf(command);
    const slow = getOnce(target, '/sleep/300');
    for (let i = 0; i < 20; i++) await getOnce(target);
    command.kill('SIGHUP');
    await command.logged(/has ended/);
    expect(await slow).to.match(/^\d+$/);
    const samples = await scrapeUntil(admin, (all) => sumOf(all, 'gudeg_worker_ready') === 1);
    expect(sumOf(samples, 'gudeg_worker_requests_total')).to.equal(21);
    expect(sumOf(samples, 'gudeg_worker_request_duration_seconds_count')).to.equal(21);
    expect(sumOf(samples, 'gudeg_worker_responses_total', { code: '200' })).to.equal(21);
  });

  it('says that it lives, whether it is ready, and that it drains', async () => {
    using folder = new WorkerFolder({
      'app.mjs': `import { existsSync } from 'node:fs';
        while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
        ${pidApp}`,
    });
    const args = ['-b', '127.0.0.1:0', '--drain-delay', '60', '--admin-bind', '127.0.0.1:0'];
    await using command = new GudegCommand([...args, 'app.mjs'], { cwd: folder.path });
    const admin = await adminOf(command);
    expect(await page(`${admin}healthz`)).to.deep.equal(['alive\n', 200]);
    expect(await page(`${admin}readyz`)).to.deep.equal(['starting\n', 503]);
    folder.write('go', '');
    await command.port();
    expect(await page(`${admin}readyz`)).to.deep.equal(['ready\n', 200]);
    expect(await page(`${admin}elsewhere`)).to.deep.equal([
      'there are /metrics, /healthz, /readyz\n',
      404,
    ]);
    command.kill('SIGTERM');
    await command.logged(/stopping in 60 s/);
    expect(await page(`${admin}readyz`)).to.deep.equal(['draining\n', 503]);
    expect(await page(`${admin}healthz`)).to.deep.equal(['alive\n', 200]);
    command.kill('SIGINT');
    expect((await command.end).code).to.equal(0);
  });

  it('is not ready while fewer than readyWorkers serve', async () => {
    using folder = new WorkerFolder({
      'app.mjs': `import { existsSync } from 'node:fs';
        if (existsSync('wait')) await new Promise((resolve) => setTimeout(resolve, 60_000));
        ${pidApp}`,
    });
    const args = ['-b', '127.0.0.1:0', '-w', '2', '--ready-workers', '2'];
    await using command = new GudegCommand([...args, '--admin-bind', '127.0.0.1:0', 'app.mjs'], {
      cwd: folder.path,
    });
    const target = { port: await command.port() };
    const admin = await adminOf(command);
    expect(await page(`${admin}readyz`)).to.deep.equal(['ready\n', 200]);
    folder.write('wait', '');
    process.kill(Number(await getOnce(target)), 'SIGKILL');
    await command.logged(/was ended by SIGKILL/);
    expect(await page(`${admin}readyz`)).to.deep.equal(['1 of 2 workers serve\n', 503]);
  });

  it('goes to the successor at SIGUSR2', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['-b', '127.0.0.1:0', '--admin-bind', '127.0.0.1:0', '-p', 'app.pid', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const admin = await adminOf(command);
    await command.port();
    command.forget();
    command.kill('SIGUSR2');
    const [, successor] = await command.logged(/app\.mjs on \S+ \(pid (\d+)\)/);
    process.kill(command.pid, 'SIGTERM');
    await command.logged(/this arbiter takes its place/);
    expect(await page(`${admin}readyz`)).to.deep.equal(['ready\n', 200]);
    process.kill(Number(successor), 'SIGTERM');
    await command.end;
  });

  it('that cannot be opened stops the command with 1', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const args = ['-b', 'unix:app.sock', '--admin-bind', 'unix:/nowhere/x.sock', 'app.mjs'];
    await using command = new GudegCommand(args, { cwd: folder.path });
    const end = await command.end;
    expect(end.stderr).to.match(
      /cannot listen on unix:\/nowhere\/x\.sock \(adminBind\): the folder/,
    );
    expect(end.code).to.equal(1);
  });
});

describe('statsd', function () {
  this.timeout(180_000);

  it('gets gunicorn’s metrics, with prefix and tags', async () => {
    using folder = new WorkerFolder({ 'app.mjs': pidApp });
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    let text = '';
    socket.on('message', (packet) => (text += `${packet.toString()}\n`));
    const args = [
      '-b',
      '127.0.0.1:0',
      '--statsd-host',
      `127.0.0.1:${port}`,
      '--statsd-prefix',
      'svc',
    ];
    await using command = new GudegCommand([...args, '--dogstatsd-tags', 'a:b,c', 'app.mjs'], {
      cwd: folder.path,
    });
    const target = { port: await command.port() };
    for (let i = 0; i < 4; i++) await getOnce(target);
    await getOnce(target, '/fail').catch(() => undefined);
    const count = (name: string): number =>
      [
        ...text.matchAll(
          new RegExp(`^svc\\.gunicorn\\.${name}:(\\d+)\\|c\\|@1\\.0\\|#a:b,c$`, 'gm'),
        ),
      ]
        .map(([, number]) => Number(number))
        .reduce((sum, each) => sum + each, 0);
    const durations = (): number =>
      [...text.matchAll(/^svc\.gunicorn\.request\.duration:[\d.]+\|ms(?:\|@([\d.]+))?\|#a:b,c$/gm)]
        .map(([, rate]) => Math.round(1 / Number(rate ?? 1)))
        .reduce((sum, each) => sum + each, 0);
    while (count('requests') < 5 || durations() < 5) await once(socket, 'message');
    expect(count('requests')).to.equal(5);
    expect(durations()).to.equal(5);
    expect(count('request\\.status\\.200')).to.equal(4);
    expect(count('request\\.status\\.500')).to.equal(1);
    expect(count('log\\.exception')).to.equal(1);
    expect(text).to.match(/^svc\.gunicorn\.workers:1\|g\|#a:b,c$/m);
    socket.close();
  });
});
