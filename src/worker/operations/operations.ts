import { openListener } from '../../core/server/index.ts';
import type { Arbiter } from '../arbiter/arbiter.ts';
import { describeAddress, explainBindError } from '../arbiter/bound-listeners.ts';
import type { AdminInheritance } from '../arbiter/upgrade.ts';
import { parseBindAddress } from '../settings/bind-address.ts';
import { controlSocketPath } from '../settings/control-socket-path.ts';
import { adminApp } from './admin-app.ts';
import { arbiterStatus, type ArbiterStatus } from './arbiter-status.ts';
import { controlApp } from './control-app.ts';
import { CrewLedger } from './crew-ledger.ts';
import { ServiceSocket } from './service-socket.ts';
import { StatsdReporter } from './statsd-reporter.ts';

/**
 * How one watches and commands an arbiter: the admin socket, the control socket, statsd. Made only where the
 * settings ask for one of them.
 */
export class Operations {
  readonly #arbiter: Arbiter;
  readonly #ledger: CrewLedger;
  readonly #reloads: Record<string, number> = {};
  #inherited: AdminInheritance | null;
  /** While the predecessor lives, its control socket has the name. */
  #suffix: '' | '.2';
  #admin: ServiceSocket | null = null;
  #adminBind: string | null = null;
  #control: ServiceSocket | null = null;
  #controlPath: string | null = null;
  #statsd: StatsdReporter | null = null;
  #statsdSettings = '';

  /** @param inherited the admin socket of the predecessor */
  constructor(arbiter: Arbiter, inherited: AdminInheritance | null, isSuccessor: boolean) {
    this.#arbiter = arbiter;
    this.#inherited = inherited;
    this.#suffix = isSuccessor ? '.2' : '';
    this.#ledger = new CrewLedger(arbiter.crew);
    arbiter.on('reloaded', (outcome) => {
      const label = outcome.replace(' ', '_');
      this.#reloads[label] = (this.#reloads[label] ?? 0) + 1;
    });
  }

  /** For a successor. */
  get admin(): AdminInheritance | null {
    const { fd } = this.#admin ?? {};
    return fd === undefined || this.#adminBind === null ? null : { bind: this.#adminBind, fd };
  }

  status(): ArbiterStatus {
    return arbiterStatus(this.#arbiter, this.#ledger, this.#reloads);
  }

  /**
   * Opens and closes what the settings want now. What cannot be opened leaves the rest as it was.
   * @throws a system error that says what to do
   */
  async follow(): Promise<void> {
    const { adminBind } = this.#arbiter.settings;
    if (adminBind !== this.#adminBind) {
      const before = this.#admin;
      this.#admin = adminBind === null ? null : await this.#openAdmin(adminBind);
      this.#adminBind = adminBind;
      await before?.close();
    }
    const path = controlSocketPath(this.#arbiter.settings, this.#arbiter.folder);
    if (path !== this.#controlPath) {
      const before = this.#control;
      this.#control = path === null ? null : await this.#openControl(path);
      this.#controlPath = path;
      // A command that came through it waits for the end of this reload.
      void before?.close();
    }
    this.#followStatsd();
  }

  async #openAdmin(bind: string): Promise<ServiceSocket> {
    const inherited = this.#inherited?.bind === bind ? this.#inherited : null;
    this.#inherited = null;
    const address = inherited === null ? parseBindAddress(bind) : { fd: inherited.fd };
    try {
      const listener = await openListener(address);
      const app = adminApp(this.#arbiter, () => this.status());
      const socket = await ServiceSocket.open(listener, app);
      this.#arbiter.log.info(`metrics and health on ${describeAddress(socket.address)}`);
      return socket;
    } catch (error) {
      throw explainBindError(error as NodeJS.ErrnoException, `${bind} (adminBind)`);
    }
  }

  async #openControl(path: string): Promise<ServiceSocket> {
    const mode = parseInt(this.#arbiter.settings.controlSocketMode, 8);
    // Nobody else gets in between the file's birth and its permissions.
    const umask = process.umask(0o777 & ~mode);
    try {
      const listener = await openListener(path + this.#suffix);
      const socket = await ServiceSocket.open(
        listener,
        controlApp(this.#arbiter, () => this.status()),
      );
      socket.chmod(mode);
      this.#arbiter.log.debug(`control socket ${path}${this.#suffix}`);
      return socket;
    } catch (error) {
      throw explainBindError(error as NodeJS.ErrnoException, `${path} (controlSocket)`);
    } finally {
      process.umask(umask);
    }
  }

  #followStatsd(): void {
    const { statsdHost, statsdPrefix, dogstatsdTags } = this.#arbiter.settings;
    const wanted = JSON.stringify([statsdHost, statsdPrefix, dogstatsdTags]);
    if (wanted === this.#statsdSettings) return;
    this.#statsdSettings = wanted;
    this.#statsd?.[Symbol.dispose]();
    this.#statsd =
      statsdHost === null
        ? null
        : new StatsdReporter(statsdHost, { statsdPrefix, dogstatsdTags }, () => this.status());
  }

  /** The predecessor is gone: its names are free. */
  promote(): void {
    this.#suffix = '';
    if (this.#controlPath !== null) this.#control?.rename(this.#controlPath);
  }

  /** Leaves the admin socket to the successor, which answers from now on. */
  yieldAdmin(): void {
    void this.#admin?.close(true);
    this.#admin = null;
  }

  /** The end. */
  async close(): Promise<void> {
    this.#statsd?.[Symbol.dispose]();
    await Promise.all([this.#admin?.close(), this.#control?.close()]);
  }
}
