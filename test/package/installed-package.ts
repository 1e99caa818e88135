import { execFile, type ExecFileOptions } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const start = promisify(execFile);

/** Runs a program; when it fails, the error tells what it printed. */
async function run(
  file: string,
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<ProgramResult> {
  try {
    const { stdout, stderr } = await start(file, args, options);
    return { stdout: String(stdout), stderr: String(stderr) };
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout ?? ''}`, { cause: error });
  }
}

/** The folder of the checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** What one run of a program left behind. */
export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** The package as a user has it: packed, then installed into an empty project. */
export class InstalledPackage implements AsyncDisposable {
  /** The packed file. */
  readonly tarball: string;
  /** The project that has the package among its dependencies. */
  readonly project: string;
  /** Paths of the files in the packed file. */
  readonly files: readonly string[];
  readonly #folder: string;

  private constructor(folder: string, tarball: string, project: string, files: readonly string[]) {
    this.#folder = folder;
    this.tarball = tarball;
    this.project = project;
    this.files = files;
  }

  /** Packs what is built (`npm run build`) and installs it; nothing is compiled here. */
  static async create(): Promise<InstalledPackage> {
    const folder = await mkdtemp(join(tmpdir(), 'gudeg-package-'));
    await run(process.execPath, [join(root, 'native', 'prebuilt.mjs')]);
    const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const packed = await run('npm', packing, { cwd: root, env: environment() });
    const [report] = JSON.parse(packed.stdout) as [
      { filename: string; files: readonly { path: string }[] },
    ];
    const tarball = join(folder, report.filename);
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{ "private": true }\n');
    const installing = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball];
    await run('npm', installing, { cwd: project, env: environment() });
    const files = report.files.map(({ path }) => path);
    return new InstalledPackage(folder, tarball, project, files);
  }

  /** Runs `source` as a file named `name` in the project, with the Node that runs the tests. */
  async runFile(name: string, source: string, env: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
    const path = join(this.project, name);
    await writeFile(path, source);
    return run(process.execPath, [path], {
      cwd: this.project,
      env: { ...environment(), ...env },
      timeout: 20_000,
    });
  }

  /** Runs a tool of the checkout, such as publint, and gives its output; rejects when it fails. */
  async runTool(tool: string, ...args: string[]): Promise<ProgramResult> {
    return run(process.execPath, [join(root, 'node_modules', tool), ...args], { cwd: root });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The environment of a user: no test settings, and `npm` of the Node that runs the tests. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, GUDEG_NATIVE_PATH: _path, ...rest } = process.env;
  return rest;
}
