import { GudegError } from '../../core/index.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Makes this process another user's.
 * @throws GUDEG_ERR_USER
 */
export function becomeUser({ user, group, initgroups }: Settings): void {
  const id = (name: string): string | number => (/^\d+$/.test(name) ? Number(name) : name);
  try {
    if (group !== null) process.setgid?.(id(group));
    if (user !== null && initgroups) initGroups(id(user), id(group ?? String(process.getgid?.())));
    // Groups of the arbiter's user, often root's, are not for this one.
    else if (user !== null || group !== null) process.setgroups?.([process.getgid?.() ?? 0]);
    if (user !== null) process.setuid?.(id(user));
  } catch (cause) {
    const who = [user, group].filter((each) => each !== null).join(':');
    throw new GudegError(
      'GUDEG_ERR_USER',
      `the worker cannot become ${who}: ${(cause as Error).message}; start the arbiter as root, or leave user and group unset`,
      { cause },
    );
  }
}

/** Node has it; its types don't. */
function initGroups(user: string | number, group: string | number): void {
  const { initgroups } = process as { initgroups?: (user: unknown, group: unknown) => void };
  initgroups?.(user, group);
}
