import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { monkeyPatch, restore, spawn } from '../../../../src/core/hub/index.ts';

/** One call of a patched function, in a folder of its own. */
export type Call = (folder: string) => unknown;

/** Calls that were compared so far. */
export let comparedCalls = 0;

/**
 * Makes the call as it has always been, and on a green thread with everything patched, each in a fresh
 * folder: the same result or error, and the same files afterwards.
 */
export async function expectSame(title: string, call: Call): Promise<void> {
  comparedCalls++;
  const [one, other] = [makeFolder(), makeFolder()];
  try {
    const plain = outcome(call, one);
    monkeyPatch();
    let green: unknown;
    try {
      green = await spawn(() => outcome(call, other));
    } finally {
      restore();
    }
    expect(green, title).to.deep.equal(plain);
    expect(tree(other), `${title}: files`).to.deep.equal(tree(one));
  } finally {
    for (const folder of [one, other]) fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder with a file, a bigger one, a folder, a link to each, and a link to nothing. */
function makeFolder(): string {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'gudeg-patch-'));
  fs.writeFileSync(join(folder, 'file'), 'some text, ünïcode\n');
  fs.writeFileSync(join(folder, 'bytes'), Buffer.alloc(70_000, 'abc'));
  fs.mkdirSync(join(folder, 'dir', 'inner'), { recursive: true });
  fs.writeFileSync(join(folder, 'dir', 'inner', 'leaf'), 'leaf');
  fs.symlinkSync('file', join(folder, 'link'));
  fs.symlinkSync('dir', join(folder, 'dirlink'));
  fs.symlinkSync('nowhere', join(folder, 'dangling'));
  fs.mkdirSync(join(folder, 'empty'));
  return folder;
}

function outcome(call: Call, folder: string): unknown {
  try {
    return { value: plain(call(folder), folder) };
  } catch (error) {
    return { error: plain(error, folder) };
  }
}

/** A value without what differs from run to run: the folder's name, times, numbers of processes. */
function plain(value: unknown, folder: string): unknown {
  const inner = (each: unknown): unknown => plain(each, folder);
  if (typeof value === 'string')
    return value.replaceAll(folder, '<folder>').replace(/-\w{6}(?='|$)/, '');
  if (Buffer.isBuffer(value)) return { buffer: inner(value.toString('latin1')) };
  if (value instanceof ArrayBuffer) return { arrayBuffer: Buffer.from(value).toString('hex') };
  if (value instanceof Error) {
    const { name, message, stack = '' } = value;
    const own = Object.assign({}, value) as unknown as Record<string, unknown>;
    // The error must tell who made the call.
    const isBlamed = /differential\.ts|patcher\/[\w-]+\.test\.ts/.test(stack);
    return {
      name,
      message: inner(message),
      isBlamed,
      ...Object.fromEntries(
        Object.entries(own).map(([key, each]) => [
          key,
          key === 'pid' ? 'pid' : each === value ? 'itself' : inner(each),
        ]),
      ),
    };
  }
  if (value instanceof fs.Stats || isBigStats(value)) {
    const { mode, nlink, size, uid, gid } = value as fs.Stats;
    return [typeof size, mode, nlink, size, uid, gid, value.isFile(), value.isDirectory()].map(
      String,
    );
  }
  if (value instanceof fs.Dirent) return [inner(value.name), value.isFile(), value.isDirectory()];
  if (Array.isArray(value)) return value.map(inner);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, key === 'pid' ? 'pid' : inner(each)]),
    );
  }
  return typeof value === 'bigint' ? `${value}n` : value;
}

function isBigStats(value: unknown): value is fs.BigIntStats {
  return typeof value === 'object' && value?.constructor.name === 'BigIntStats';
}

/** Everything in a folder: kinds, modes, texts, targets. */
function tree(folder: string): unknown {
  return (fs.readdirSync(folder, { recursive: true }) as string[]).sort().map((name) => {
    const path = join(folder, name);
    const stats = fs.lstatSync(path);
    const content = stats.isFile()
      ? fs.readFileSync(path, 'latin1')
      : stats.isSymbolicLink()
        ? fs.readlinkSync(path).replaceAll(folder, '<folder>')
        : '';
    return [name.replace(/-\w{6}$/, ''), stats.mode, content];
  });
}
