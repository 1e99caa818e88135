import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import { join, sep } from 'node:path';

/** An open file or directory. Whoever has it closes it. */
export interface OpenedFile {
  readonly fd: number;
  readonly stats: Stats;
}

/** Where the search may lead. */
export interface OpenPolicy {
  readonly allowsDotfiles: boolean;
  /** Whether symbolic links may lead out of the root. */
  readonly allowsEscape: boolean;
}

/** A FIFO without a writer must not make `open` wait. */
const FLAGS = constants.O_RDONLY | ((constants as { O_NONBLOCK?: number }).O_NONBLOCK ?? 0);

/** What `open` says when there is no such file, or nothing that could be one. */
const MISSING = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO', 'EISDIR']);

/**
 * Opens what `names` lead to below `root`, or gives the status that says why not. Symbolic links
 * are followed, and then the file that is really open is asked where it lies: nobody can change
 * that between the check and the use.
 *
 * @param root absolute, without symbolic links
 */
export function openInside(
  root: string,
  names: readonly string[],
  policy: OpenPolicy,
): OpenedFile | 403 | 404 {
  const path = join(root, ...names);
  let fd: number;
  try {
    fd = openSync(path, FLAGS);
  } catch (error) {
    return statusOf(error as NodeJS.ErrnoException);
  }
  try {
    const stats = fstatSync(fd);
    if ((stats.isFile() || stats.isDirectory()) && liesInside(root, path, fd, stats, policy)) {
      return { fd, stats };
    }
  } catch (error) {
    closeSync(fd);
    return statusOf(error as NodeJS.ErrnoException);
  }
  closeSync(fd);
  return 404;
}

function liesInside(
  root: string,
  path: string,
  fd: number,
  stats: Stats,
  policy: OpenPolicy,
): boolean {
  if (policy.allowsEscape) return true;
  const realPath = realPathOf(path, fd, stats);
  if (realPath === root) return true;
  const prefix = root.endsWith(sep) ? root : root + sep;
  if (!realPath?.startsWith(prefix)) return false;
  return policy.allowsDotfiles || !realPath.slice(prefix.length).split(sep).some(isDotfile);
}

/** Where the open file lies; null when that cannot be told for certain. */
function realPathOf(path: string, fd: number, stats: Stats): string | null {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // No /proc here, as in some containers.
    }
  }
  const realPath = realpathSync(path);
  const there = statSync(realPath);
  return there.dev === stats.dev && there.ino === stats.ino ? realPath : null;
}

function isDotfile(name: string): boolean {
  return name.startsWith('.');
}

function statusOf(error: NodeJS.ErrnoException): 403 | 404 {
  if (MISSING.has(error.code ?? '')) return 404;
  if (error.code === 'EACCES' || error.code === 'EPERM') return 403;
  // Too many open files, a broken disk: not the client's affair.
  throw error;
}
