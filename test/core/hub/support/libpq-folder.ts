import { fileURLToPath } from 'node:url';

/** Where `build-libpq.mjs` puts the package libpq, built for the running version of Node. */
export function libpqFolder(): string {
  const folder = `../../../../node_modules/.cache/libpq/abi${process.versions.modules}/node_modules/libpq/`;
  return fileURLToPath(new URL(folder, import.meta.url));
}
