import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { leavePending } from '../../../support/needs-program.ts';

const folder = fileURLToPath(
  new URL(
    `../../../../node_modules/.cache/drivers/abi${process.versions.modules}/`,
    import.meta.url,
  ),
);

/** Where `build-drivers.mjs` puts drivers that are built for the running version of Node. */
export function driversFolder(): string {
  return folder;
}

/** `require` for those drivers. */
export const requireDriver: NodeJS.Require = createRequire(`${folder}any.js`);

/** In a hook: leaves the tests of a suite pending where a driver has not been built. */
export function needsDriver(context: Mocha.Context, name: string): void {
  if (existsSync(`${folder}node_modules/${name}`)) return;
  leavePending(context, 'node test/core/hub/support/build-drivers.mjs builds what it needs');
}

/** The folder from which better-sqlite3 is found in a version for the running Node: 12 on Node 20. */
export function sqliteFolder(context: Mocha.Context): string {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.cwd();
  needsDriver(context, 'better-sqlite3');
  return folder;
}
