import { readFileSync } from 'node:fs';

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Every door of the package is a module of the reference; nothing public may lack a word. */
export default {
  name: 'gudeg',
  entryPoints: Object.values(exports).flatMap(({ source }) => source ?? []),
  tsconfig: 'tsconfig.build.json',
  out: 'docs/reference',
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  validation: { notDocumented: true, notExported: false, invalidLink: true },
  requiredToBeDocumented: [
    'Class',
    'Interface',
    'Function',
    'Variable',
    'TypeAlias',
    'Method',
    'Accessor',
  ],
  treatValidationWarningsAsErrors: true,
  // Node's own comments link to what the reference doesn't hold.
  externalSymbolLinkMappings: { '@types/node': { '"tls".connect': '#' } },
  githubPages: false,
};
