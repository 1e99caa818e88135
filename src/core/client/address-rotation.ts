import type { EngineTarget } from './client-address.ts';

/** So long an address that took no connection is tried behind the others. */
const SHUN_MS = 10_000;

/**
 * The order in which the addresses of a host name are tried: every connection begins with another one of
 * the preferred kind, so that they share the load, and those that failed lately come last.
 */
export class AddressRotation {
  #turn = 0;
  readonly #failedAt = new Map<string, number>();

  /** @param targets as the resolver prefers them */
  order(targets: readonly EngineTarget[]): readonly EngineTarget[] {
    if (targets.length < 2) return targets;
    const preferred = targets[0]?.kind;
    const first = targets.filter(({ kind }) => kind === preferred);
    const others = targets.filter(({ kind }) => kind !== preferred);
    const start = this.#turn++ % first.length;
    const all = [...first.slice(start), ...first.slice(0, start), ...others];
    return [
      ...all.filter((target) => !this.#isShunned(target)),
      ...all.filter((target) => this.#isShunned(target)),
    ];
  }

  failed({ host }: EngineTarget): void {
    this.#failedAt.set(String(host), performance.now());
  }

  succeeded({ host }: EngineTarget): void {
    this.#failedAt.delete(String(host));
  }

  #isShunned({ host }: EngineTarget): boolean {
    const at = this.#failedAt.get(String(host));
    return at !== undefined && performance.now() - at < SHUN_MS;
  }
}
