import { expect } from 'chai';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

import { GudegCommand } from '../support/gudeg-command.ts';
import { getOnce, KeepAliveClient } from '../support/keep-alive-client.ts';
import { findProgram, needsPrograms } from '../support/needs-program.ts';
import { WorkerFolder } from '../support/worker-folder.ts';

const folder = fileURLToPath(new URL('../../examples/deploy/', import.meta.url));
const read = (name: string): string => readFileSync(`${folder}${name}`, 'utf8');

/** What a program of the system says of a file, and whether it is content. */
function check(program: string, args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(findProgram(program) ?? program, args, {
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

/** Ports that nobody uses. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** A configuration with other ports, as the ones in it may be taken. */
async function withFreePorts(
  text: string,
): Promise<[text: string, portOf: (port: number) => number]> {
  const known = [...new Set(text.match(/(?<=127\.0\.0\.1:)\d+/g))];
  const free = await freePorts(known.length);
  const portOf = (port: number): number => free[known.indexOf(String(port))] ?? 0;
  return [text.replace(/(?<=127\.0\.0\.1:)\d+/g, (port) => String(portOf(Number(port)))), portOf];
}

/** A proxy in the foreground, on a configuration in a folder of its own. */
class Proxy implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(findProgram(program) ?? program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => (this.#output += data.toString()));
    }
  }

  /** What comes of a GET, as soon as a worker behind the proxy answers. */
  async get(port: number): Promise<string> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`the proxy is gone: ${this.#output}`);
      const body = await getOnce({ port }).catch(() => null);
      if (body !== null) return body;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}

/** The app of the example on a port. */
function serve(port: number, ...args: readonly string[]): GudegCommand {
  const env = { WEB_CONCURRENCY: '1' };
  const all = ['-c', `${folder}gudeg.config.js`, '-b', `127.0.0.1:${port}`, ...args];
  return new GudegCommand(all, { env });
}

describe('the files of examples/deploy', function () {
  this.timeout(90_000);

  it('gudeg.config.js is right', async () => {
    await using command = new GudegCommand(['-c', `${folder}gudeg.config.js`, '--check-config']);
    const { code, stdout } = await command.end;
    expect(stdout).to.match(/the configuration and .*app\.js are right/);
    expect(code).to.equal(0);
  });

  it('kubernetes.yaml has what is needed to lose no request', () => {
    const documents = parseAllDocuments(read('kubernetes.yaml'));
    for (const document of documents)
      expect([document.errors, document.warnings]).to.deep.equal([[], []]);
    const [deployment, service, budget] = documents.map((document) => document.toJS() as Manifest);
    expect(deployment).to.include({ apiVersion: 'apps/v1', kind: 'Deployment' });
    expect(service).to.include({ apiVersion: 'v1', kind: 'Service' });
    expect(budget).to.include({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' });
    const { selector, strategy, template } = deployment?.spec as DeploymentSpec;
    expect(template.metadata.labels).to.deep.equal(selector.matchLabels);
    expect(service?.spec['selector']).to.deep.equal(selector.matchLabels);
    expect(budget?.spec['selector']).to.deep.equal(selector);
    expect(strategy.rollingUpdate.maxUnavailable).to.equal(0);
    const [container] = template.spec.containers;
    expect(container).to.include.keys('startupProbe', 'readinessProbe', 'livenessProbe');
    const { args = [] } = container ?? {};
    const drainDelay = Number(args[args.indexOf('--drain-delay') + 1]);
    const gracefulTimeout = 30;
    const drainIdle = 1;
    expect(read('gudeg.config.js')).to.contain(`gracefulTimeout: ${gracefulTimeout},`);
    expect(template.spec.terminationGracePeriodSeconds).to.be.greaterThan(
      drainDelay + gracefulTimeout + drainIdle,
    );
  });

  it('kubernetes.yaml asks what the command answers', async () => {
    const [deployment] = parseAllDocuments(read('kubernetes.yaml'));
    const { template } = (deployment?.toJS() as Manifest).spec as DeploymentSpec;
    const [container] = template.spec.containers;
    const [port = 0, adminPort = 0] = await freePorts(2);
    const args = container?.args?.map((arg) =>
      arg === 'gudeg.config.js'
        ? folder + arg
        : arg.replace('0.0.0.0:9000', `127.0.0.1:${adminPort}`),
    );
    await using command = new GudegCommand(['-b', `127.0.0.1:${port}`, ...(args ?? [])]);
    await command.logged(/"address":/);
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
      const { httpGet } = container?.[probe] as Probe;
      expect(httpGet.port).to.equal('admin');
      await getOnce({ port: adminPort }, httpGet.path);
    }
  });

  it('Dockerfile makes the arbiter process 1, without a shell or an init between', () => {
    const lines = read('Dockerfile').split('\n');
    const entry = lines.find((line) => line.startsWith('ENTRYPOINT ')) ?? '';
    const words = JSON.parse(entry.slice('ENTRYPOINT '.length)) as string[];
    expect(words[0]).to.equal('node_modules/.bin/gudeg');
    expect(lines).to.include.members(['USER node', 'STOPSIGNAL SIGTERM']);
  });

  describe('for systemd', () => {
    before(needsPrograms('systemd-analyze'));

    it('are units that it understands', () => {
      using units = new WorkerFolder();
      const program = read('gudeg.service').replace(/(?<=ExecStart=)\S+/, '/bin/true');
      units.write('gudeg.service', program);
      units.write('gudeg.socket', read('gudeg.socket'));
      const files = [units.join('gudeg.service'), units.join('gudeg.socket')];
      const { status, said } = check('systemd-analyze', ['verify', ...files]);
      expect(said.split('\n').filter((line) => line.includes(units.path))).to.deep.equal([]);
      expect(status, said).to.equal(0);
    });
  });

  describe('for HAProxy', () => {
    before(needsPrograms('haproxy'));

    it('are a configuration that it understands', () => {
      const { status, said } = check('haproxy', ['-c', '-f', `${folder}haproxy.cfg`]);
      expect(status, said).to.equal(0);
      expect(said).not.to.match(/WARNING/);
    });

    it('tell the workers who the client is, by fields and by the PROXY protocol', async () => {
      const [text, portOf] = await withFreePorts(read('haproxy.cfg'));
      using config = new WorkerFolder({ 'haproxy.cfg': text });
      await using a = serve(portOf(8001));
      await using c = serve(portOf(8003), '--proxy-protocol', 'auto');
      await Promise.all([a, c].map((command) => command.logged(/"address":/)));
      await using haproxy = new Proxy('haproxy', ['-db', '-f', config.join('haproxy.cfg')]);
      expect(await haproxy.get(portOf(8080))).to.match(
        / peer=127\.0\.0\.1 forwarded=127\.0\.0\.1\n$/,
      );
      expect(await haproxy.get(portOf(8081))).to.match(/ peer=127\.0\.0\.1 forwarded=\n$/);
      // Without the header the worker serves nobody.
      const direct = await getOnce({ port: portOf(8003) }).catch(() => 'refused');
      expect(direct).to.equal('refused');
    });

    it('lose no request when a host goes away, or comes', async () => {
      const [text, portOf] = await withFreePorts(read('haproxy.cfg'));
      using config = new WorkerFolder({ 'haproxy.cfg': text });
      await using a = serve(portOf(8001));
      await using b = serve(portOf(8002));
      await Promise.all([a, b].map((command) => command.logged(/"address":/)));
      await using haproxy = new Proxy('haproxy', ['-db', '-f', config.join('haproxy.cfg')]);
      const port = portOf(8080);
      await haproxy.get(port);
      let isOver = false;
      const answers = Array.from({ length: 4 }, async () => {
        using client = new KeepAliveClient({ port });
        let served = 0;
        while (!isOver) {
          await client.get();
          served++;
        }
        return served;
      });
      a.kill('SIGTERM');
      await a.end;
      await using again = serve(portOf(8001));
      await again.logged(/"address":/);
      b.kill('SIGTERM');
      await b.end;
      isOver = true;
      for (const served of await Promise.all(answers)) expect(served).to.be.greaterThan(0);
    });
  });

  describe('for nginx', () => {
    before(needsPrograms('nginx'));

    const globals = (base: string): string => `daemon off; error_log stderr; pid ${base}/pid;`;

    it('are a configuration that it understands', () => {
      using base = new WorkerFolder();
      const args = ['-t', '-p', base.path, '-g', globals(base.path), '-c', `${folder}nginx.conf`];
      const { status, said } = check('nginx', args);
      expect(status, said).to.equal(0);
    });

    it('tell the workers who the client is', async () => {
      const [text, portOf] = await withFreePorts(read('nginx.conf'));
      const inFolder =
        'http {\n  access_log off;\n  client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;';
      using config = new WorkerFolder({ 'nginx.conf': text.replace('http {', inFolder) });
      await using a = serve(portOf(8001));
      await a.logged(/"address":/);
      const args = ['-p', config.path, '-g', globals(config.path), '-c', config.join('nginx.conf')];
      await using nginx = new Proxy('nginx', args);
      expect(await nginx.get(portOf(8080))).to.match(
        / peer=127\.0\.0\.1 forwarded=127\.0\.0\.1\n$/,
      );
    });
  });
});

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Record<string, unknown>;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly args?: readonly string[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface DeploymentSpec extends Record<string, unknown> {
  readonly selector: { readonly matchLabels: object };
  readonly strategy: { readonly rollingUpdate: { readonly maxUnavailable: number } };
  readonly template: {
    readonly metadata: { readonly labels: object };
    readonly spec: {
      readonly terminationGracePeriodSeconds: number;
      readonly containers: readonly Container[];
    };
  };
}
