// Three hosts on one machine: `sudo node examples/56-chat-on-many-hosts/hosts.js`. Each is a network namespace
// with an address of its own; a fourth has HAProxy and Redis. Needs Linux, root, and the programs ip, haproxy
// and redis-server. Type `lose b` to cut a host off, `end` to end.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const HOSTS = { a: '10.77.0.11', b: '10.77.0.12', c: '10.77.0.13' };
const FRONT = '10.77.0.1';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const command = pathOf('../../dist/worker/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'gudeg-hosts-'));
const socket = join(folder, 'chat.sock');
/** The namespace of a host; the process id keeps two runs apart. */
const namespace = (host) => `gudeg-${host}-${process.pid}`;
const processes = new Map();

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const ip = (...args) =>
  execFileSync('ip', args, { stdio: 'inherit', env: { ...process.env, PATH } });
const inside = (host, ...args) => ip('-n', namespace(host), ...args);

/** Starts a program on a host; resolves when `isReady(what it has printed)`. */
async function start(host, name, args, env, isReady) {
  const child = spawn('ip', ['netns', 'exec', namespace(host), name, ...args], {
    env: { ...process.env, PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.set(child, host);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  while (!isReady(output)) {
    if (child.exitCode !== null) throw new Error(`${name} ended (${child.exitCode}): ${output}`);
    await delay(20);
  }
}

function connect() {
  ip('netns', 'add', namespace('front'));
  inside('front', 'link', 'set', 'lo', 'up');
  inside('front', 'link', 'add', 'switch', 'type', 'bridge');
  inside('front', 'link', 'set', 'switch', 'up');
  inside('front', 'address', 'add', `${FRONT}/24`, 'dev', 'switch');
  for (const [host, address] of Object.entries(HOSTS)) {
    ip('netns', 'add', namespace(host));
    const peer = ['peer', 'name', 'eth0', 'netns', namespace(host)];
    inside('front', 'link', 'add', `to-${host}`, 'type', 'veth', ...peer);
    inside('front', 'link', 'set', `to-${host}`, 'master', 'switch', 'up');
    inside(host, 'link', 'set', 'lo', 'up');
    inside(host, 'link', 'set', 'eth0', 'up');
    inside(host, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  }
}

async function startHost(host) {
  const args = [
    command,
    '-b',
    `${HOSTS[host]}:8000`,
    '-k',
    'websocket',
    '-w',
    '1',
    pathOf('app.js'),
  ];
  const env = { HOST_NAME: host, REDIS_URL: `redis://${FRONT}:6379` };
  await start(host, process.execPath, args, env, (output) => / on http:/.test(output));
}

/** As when the power fails: nothing says good-bye. */
function lose(host) {
  inside(host, 'link', 'set', 'eth0', 'down');
  for (const [child, where] of processes) {
    if (where === host) child.kill('SIGKILL');
  }
}

async function end() {
  const ended = [...processes.keys()].map((child) => {
    if (child.exitCode !== null || child.signalCode !== null) return null;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    return exit;
  });
  await Promise.all(ended);
  for (const host of ['front', ...Object.keys(HOSTS)]) {
    try {
      ip('netns', 'delete', namespace(host));
    } catch {
      // It was never made.
    }
  }
  rmSync(folder, { recursive: true });
}

try {
  connect();
  const redis = ['--bind', FRONT, '--protected-mode', 'no', '--save', '', '--dir', folder];
  await start('front', 'redis-server', redis, {}, (output) =>
    /Ready to accept connections/i.test(output),
  );
  await Promise.all(Object.keys(HOSTS).map(startHost));
  const config = ['-db', '-f', pathOf('haproxy.cfg')];
  const env = { CHAT_SOCKET: socket };
  await start('front', 'haproxy', config, env, () => existsSync(socket));
  console.log(
    `ws+unix:${socket}:/ (and ws://${FRONT}:8080/ in the namespace ${namespace('front')})`,
  );
  const lines = createInterface({ input: process.stdin });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => lines.close());
  for await (const line of lines) {
    const [what, host] = line.split(' ');
    if (what === 'end') break;
    if (what === 'lose' && host in HOSTS) {
      lose(host);
      console.log(`lost ${host}`);
    }
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await end();
}
