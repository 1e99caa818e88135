// Which layer may import which. Nothing else states this rule; ARCHITECTURE.md draws it.
// A layer is a folder or a file under src/; it may always import itself.
const MAY_IMPORT = {
  'core/errors.ts': [],
  'core/native': ['core/errors.ts'],
  'core/http': ['core/native', 'core/errors.ts'],
  'core/rgi': ['core/http', 'core/tls', 'core/errors.ts'],
  'core/tls': ['core/native', 'core/errors.ts'],
  'core/pki': ['core/errors.ts'],
  'core/server': ['core/rgi', 'core/http', 'core/tls', 'core/native', 'core/errors.ts'],
  'core/client': ['core/rgi', 'core/http', 'core/tls', 'core/native', 'core/errors.ts'],
  'core/hub': ['core/native', 'core/errors.ts'],
  'core/gateway': [
    'core/rgi',
    'core/server',
    'core/hub',
    'core/http',
    'core/tls',
    'core/errors.ts',
  ],
  'core/websocket': [
    'core/rgi',
    'core/server',
    'core/node-http',
    'core/hub',
    'core/http',
    'core/tls',
    'core/native',
    'core/errors.ts',
  ],
  'core/node-http': [
    'core/rgi',
    'core/server',
    'core/http',
    'core/tls',
    'core/native',
    'core/errors.ts',
  ],
  'core/host': ['core/node-http', 'core/server', 'core/rgi', 'core/http', 'core/errors.ts'],
  'core/index.ts': [
    'core/rgi',
    'core/server',
    'core/client',
    'core/tls',
    'core/pki',
    'core/http',
    'core/errors.ts',
  ],
  'adapters/fastify': ['core'],
  'adapters/express': ['core'],
  worker: ['core'],
};

const anchored = (layer) =>
  `^src/${layer.replaceAll('.', '\\.')}${layer.endsWith('.ts') ? '$' : '/'}`;

const layers = Object.entries(MAY_IMPORT).map(([layer, allowed]) => ({
  name: `layer: ${layer}`,
  comment: `src/${layer} may import only ${allowed.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: anchored(layer) },
  to: { path: '^src/', pathNot: [anchored(layer), ...allowed.map(anchored)] },
}));

const doors = Object.keys(MAY_IMPORT)
  .filter((layer) => !layer.endsWith('.ts'))
  .map((layer) => ({
    name: `door: ${layer}`,
    comment: `from outside, src/${layer} is entered through its index.ts only`,
    severity: 'error',
    from: { path: '^src/', pathNot: anchored(layer) },
    to: { path: anchored(layer), pathNot: `^src/${layer}/index\\.ts$` },
  }));

module.exports = {
  forbidden: [
    ...layers,
    ...doors,
    {
      name: 'every file belongs to a layer',
      comment: 'add the layer to MAY_IMPORT, with a reason, or move the file into one',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(MAY_IMPORT).map(anchored) },
      to: {},
    },
    {
      name: 'no cycles',
      comment:
        'two files that need each other are one concept, or miss a third; naming a type is no need',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'only shipped dependencies',
      comment: 'code under src/ runs on the user’s machine, where devDependencies are absent',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'imports resolve',
      comment: 'the imported file or package is not there',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.node$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['source', 'types', 'import', 'node', 'default'] },
  },
};
