import fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { comparedCalls, expectSame } from './differential.ts';

/** Every kind of thing that may be given for a path. */
const paths: Record<string, (folder: string) => unknown> = {
  'a file': (folder) => join(folder, 'file'),
  'nothing there': (folder) => join(folder, 'absent'),
  'a folder': (folder) => join(folder, 'dir'),
  'an empty folder': (folder) => join(folder, 'empty'),
  'a file taken for a folder': (folder) => join(folder, 'file', 'x'),
  'a link': (folder) => join(folder, 'link'),
  'a link to a folder': (folder) => join(folder, 'dirlink'),
  'a link to nothing': (folder) => join(folder, 'dangling'),
  'a Buffer': (folder) => Buffer.from(join(folder, 'file')),
  'a URL': (folder) => pathToFileURL(join(folder, 'file')),
  'a NUL in it': (folder) => join(folder, 'a\0b'),
  'a number': () => 5.5,
  nothing: () => undefined,
};

type Path = fs.PathLike;

/** The path with a hyphen at its end. */
function prefix(path: Path): Path {
  if (typeof path === 'string') return `${path}-`;
  if (Buffer.isBuffer(path)) return Buffer.concat([path, Buffer.from('-')]);
  return path instanceof URL ? new URL(`${path.href}-`) : path;
}

/** Every function that takes a path, with its options. */
const calls: Record<string, (path: Path, folder: string) => unknown> = {
  'accessSync(path)': (path) => fs.accessSync(path),
  'accessSync(path, W_OK)': (path) => fs.accessSync(path, fs.constants.W_OK),
  'appendFileSync(path, data)': (path) => fs.appendFileSync(path, Buffer.from('more')),
  'appendFileSync(path, data, mode)': (path) =>
    fs.appendFileSync(path, 'more', { mode: 0o600, encoding: 'latin1' }),
  'chmodSync(path, mode)': (path) => fs.chmodSync(path, 0o640),
  'chownSync(path, uid, gid)': (path) =>
    fs.chownSync(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0),
  'copyFileSync(path, copy)': (path, folder) => fs.copyFileSync(path, join(folder, 'copy')),
  'copyFileSync(path, file, EXCL)': (path, folder) =>
    fs.copyFileSync(path, join(folder, 'bytes'), fs.constants.COPYFILE_EXCL),
  'existsSync(path)': (path) => fs.existsSync(path),
  'lchownSync(path, uid, gid)': (path) =>
    fs.lchownSync(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0),
  'linkSync(path, link)': (path, folder) => fs.linkSync(path, join(folder, 'hard')),
  'lstatSync(path)': (path) => fs.lstatSync(path),
  'lstatSync(path, quiet)': (path) => fs.lstatSync(path, { throwIfNoEntry: false }),
  'lutimesSync(path)': (path) => fs.lutimesSync(path, 1, 2),
  'mkdirSync(path)': (path) => fs.mkdirSync(path),
  'mkdirSync(path, recursive)': (path) => fs.mkdirSync(path, { recursive: true }),
  'mkdtempSync(path)': (path) => fs.mkdtempSync(prefix(path) as string),
  'openSync(path) and closeSync': (path) => fs.closeSync(fs.openSync(path, 'r')),
  'openSync(path, wx, mode)': (path) => fs.closeSync(fs.openSync(path, 'wx', 0o600)),
  'opendirSync(path), readSync, closeSync': (path) => {
    const directory = fs.opendirSync(path);
    const names: string[] = [];
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      names.push(entry.name);
    }
    directory.closeSync();
    return names.sort();
  },
  'readFileSync(path)': (path) => fs.readFileSync(path),
  'readFileSync(path, utf8)': (path) => fs.readFileSync(path, 'utf8'),
  'readFileSync(path, options)': (path) => fs.readFileSync(path, { encoding: 'hex', flag: 'r+' }),
  'readdirSync(path)': (path) => fs.readdirSync(path).sort(),
  'readdirSync(path, withFileTypes)': (path) =>
    fs.readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)),
  'readdirSync(path, recursive)': (path) => fs.readdirSync(path, { recursive: true }).sort(),
  'readlinkSync(path)': (path) => fs.readlinkSync(path),
  'realpathSync(path)': (path) => fs.realpathSync(path),
  'realpathSync.native(path)': (path) => fs.realpathSync.native(path),
  'renameSync(path, name)': (path, folder) => fs.renameSync(path, join(folder, 'renamed')),
  'rmSync(path)': (path) => fs.rmSync(path),
  'rmSync(path, recursive)': (path) => fs.rmSync(path, { recursive: true }),
  'rmSync(path, recursive, force)': (path) => fs.rmSync(path, { recursive: true, force: true }),
  'rmdirSync(path)': (path) => fs.rmdirSync(path),
  'statSync(path)': (path) => fs.statSync(path),
  'statSync(path, bigint)': (path) => fs.statSync(path, { bigint: true }),
  'statSync(path, quiet)': (path) => fs.statSync(path, { throwIfNoEntry: false }),
  'statfsSync(path)': (path) => typeof fs.statfsSync(path).bsize,
  'symlinkSync(target, path)': (path) => fs.symlinkSync('target', path),
  'truncateSync(path, 3)': (path) => fs.truncateSync(path, 3),
  'unlinkSync(path)': (path) => fs.unlinkSync(path),
  'utimesSync(path)': (path) => fs.utimesSync(path, 1, new Date(2000)),
  'writeFileSync(path, text)': (path) => fs.writeFileSync(path, 'new text ü', 'latin1'),
  'writeFileSync(path, bytes, wx)': (path) =>
    fs.writeFileSync(path, new Uint8Array([1, 2, 3]), { flag: 'wx', mode: 0o600 }),
};

/** Calls on descriptors, and calls with arguments that are wrong in other ways. */
const others: Record<string, (folder: string) => unknown> = {
  'readSync in every form': (folder) => {
    const descriptor = fs.openSync(join(folder, 'file'), 'r');
    const buffer = Buffer.alloc(8, '.');
    const seen: unknown[] = [];
    try {
      seen.push(fs.readSync(descriptor, buffer), buffer.toString());
      seen.push(fs.readSync(descriptor, buffer, 2, 3, null), buffer.toString());
      seen.push((fs.readSync as (...all: unknown[]) => number)(descriptor, buffer, 1, 2));
      seen.push(fs.readSync(descriptor, buffer, { offset: 1, length: 2, position: 0 }));
      seen.push(buffer.toString(), fs.readSync(descriptor, buffer, 0, 8, 1000n));
      seen.push(fs.readvSync(descriptor, [Buffer.alloc(2), Buffer.alloc(3)], 0));
      seen.push(fs.fstatSync(descriptor));
    } finally {
      fs.closeSync(descriptor);
    }
    return seen;
  },
  'writeSync in every form': (folder) => {
    const descriptor = fs.openSync(join(folder, 'written'), 'w+');
    const seen: unknown[] = [];
    try {
      seen.push(fs.writeSync(descriptor, 'text'));
      seen.push(fs.writeSync(descriptor, 'tëxt', 1, 'latin1'));
      seen.push(fs.writeSync(descriptor, 'more', null, 'utf8'));
      seen.push(fs.writeSync(descriptor, Buffer.from('bytes')));
      seen.push(fs.writeSync(descriptor, Buffer.from('bytes'), 1, 2));
      seen.push(fs.writeSync(descriptor, Buffer.from('bytes'), 0, 5, 20));
      seen.push(fs.writeSync(descriptor, Buffer.from('bytes'), { offset: 2 } as never));
      seen.push(fs.writevSync(descriptor, [Buffer.from('a'), Buffer.from('b')]));
      fs.fsyncSync(descriptor);
      fs.fdatasyncSync(descriptor);
      fs.ftruncateSync(descriptor, 30);
      fs.fchmodSync(descriptor, 0o600);
      fs.futimesSync(descriptor, 1, 2);
    } finally {
      fs.closeSync(descriptor);
    }
    return seen;
  },
  'a descriptor that is closed': (folder) => {
    const descriptor = fs.openSync(join(folder, 'file'), 'r');
    fs.closeSync(descriptor);
    return fs.fstatSync(descriptor);
  },
  'reading a descriptor that is for writing': (folder) => {
    const descriptor = fs.openSync(join(folder, 'file'), 'a');
    try {
      return fs.readSync(descriptor, Buffer.alloc(3));
    } finally {
      fs.closeSync(descriptor);
    }
  },
  'readFileSync of a descriptor, twice': (folder) => {
    const descriptor = fs.openSync(join(folder, 'file'), 'r');
    try {
      return [fs.readFileSync(descriptor, 'utf8'), fs.readFileSync(descriptor, 'utf8')];
    } finally {
      fs.closeSync(descriptor);
    }
  },
  'a buffer that is too small': (folder) => {
    const descriptor = fs.openSync(join(folder, 'file'), 'r');
    try {
      return fs.readSync(descriptor, Buffer.alloc(3), 0, 9, 0);
    } finally {
      fs.closeSync(descriptor);
    }
  },
  'an encoding that does not exist': (folder) =>
    fs.readFileSync(join(folder, 'file'), 'utf-9' as BufferEncoding),
  'a flag that does not exist': (folder) => fs.openSync(join(folder, 'file'), 'rr'),
  'a mode that is none': (folder) => fs.chmodSync(join(folder, 'file'), '9z'),
  'data that is none': (folder) => fs.writeFileSync(join(folder, 'file'), 5 as unknown as string),
  'a descriptor out of range': () => fs.closeSync(-1),
  'a descriptor that is a text': () => fs.fsyncSync('1' as unknown as number),
  'rename onto a folder': (folder) => fs.renameSync(join(folder, 'file'), join(folder, 'dir')),
  'link onto a file': (folder) => fs.linkSync(join(folder, 'file'), join(folder, 'bytes')),
  'cpSync of a tree': (folder) =>
    fs.cpSync(join(folder, 'dir'), join(folder, 'copied'), { recursive: true }),
  'cpSync of a file': (folder) => fs.cpSync(join(folder, 'file'), join(folder, 'copied')),
};

describe('fs, patched', function () {
  this.timeout(60_000);
  this.slow(2000);

  for (const [call, run] of Object.entries(calls)) {
    it(`${call} is the same on a green thread, whatever the path`, async () => {
      for (const [kind, make] of Object.entries(paths)) {
        await expectSame(`${call} of ${kind}`, (folder) => run(make(folder) as Path, folder));
      }
    });
  }

  for (const [title, run] of Object.entries(others)) {
    it(`${title}: the same on a green thread`, () => expectSame(title, run));
  }

  it('was compared in more than 300 calls', () => {
    expect(comparedCalls).to.be.above(300);
  });
});
