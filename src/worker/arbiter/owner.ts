import { execFileSync } from 'node:child_process';
import { GudegError } from '../../core/index.ts';

/**
 * The number of a user, by name or number.
 * @throws GUDEG_ERR_USER
 */
export function userId(user: string): number {
  return lookUp('user', user, 'id', ['-u', '--', user]);
}

/**
 * The number of a group, by name or number.
 * @throws GUDEG_ERR_USER
 */
export function groupId(group: string): number {
  return lookUp('group', group, 'getent', ['group', group]);
}

// Names may come from a directory service: only the system's own commands know all of them.
function lookUp(kind: string, name: string, command: string, args: string[]): number {
  if (/^\d+$/.test(name)) return Number(name);
  try {
    const found = execFileSync(command, args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    return Number(/^(?:[^:]*:[^:]*:)?(\d+)/.exec(found)?.[1] ?? NaN);
  } catch {
    throw new GudegError('GUDEG_ERR_USER', `there is no ${kind} ${name}`);
  }
}
