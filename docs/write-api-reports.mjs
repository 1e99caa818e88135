// Writes docs/api/<door>.api.md, one report for each door of the package, from dist/:
// `npm run api`. With --check it writes nothing and fails where a report is out of date, so that a
// change of the public surface cannot go unseen.
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');
const manifestPath = join(root, 'package.json');
const { name, exports } = JSON.parse(readFileSync(manifestPath, 'utf8'));
const reportFolder = join(root, 'docs', 'api');
mkdirSync(reportFolder, { recursive: true });

/** Messages that say nothing about the public surface. */
const logLevelNone = { logLevel: 'none' };

function report(door, typesPath, tempFolder) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: resolve(root, typesPath),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2022',
            lib: ['es2023', 'esnext.disposable'],
            module: 'nodenext',
            moduleResolution: 'nodenext',
            types: ['node'],
            strict: true,
            skipLibCheck: true,
            allowImportingTsExtensions: true,
            noEmit: true,
          },
          include: [resolve(root, typesPath)],
        },
      },
      apiReport: {
        enabled: true,
        reportFolder,
        reportTempFolder: tempFolder,
        reportFileName: `${[name, ...door.split('/').slice(1)].join('-')}.api.md`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: {
          default: { logLevel: 'warning', addToApiReportFile: true },
          'ae-missing-release-tag': logLevelNone,
          'ae-undocumented': logLevelNone,
        },
        tsdocMessageReporting: { default: logLevelNone },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: manifestPath,
  });
  return Extractor.invoke(config, { localBuild: !isCheck, showVerboseMessages: false });
}

const tempFolder = mkdtempSync(join(tmpdir(), 'gudeg-api-'));
try {
  for (const [door, conditions] of Object.entries(exports)) {
    if (typeof conditions !== 'object') continue;
    const { apiReportChanged, errorCount } = report(door, conditions.types, tempFolder);
    if (errorCount > 0) process.exitCode = 1;
    if (isCheck && apiReportChanged) {
      process.stderr.write(`the report on '${door}' is out of date: npm run api\n`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(tempFolder, { recursive: true, force: true });
}
