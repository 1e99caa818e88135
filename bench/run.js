/**
 * Compares the servers: see README.md in this folder. `npm run bench -- --help` lists the options.
 */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, platform, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';

import { obstacle } from './peers/index.js';
import { barChart } from './runner/bar-chart.js';
import { buildPrograms, installPeers } from './runner/build.js';
import { makeCertificates } from './runner/certificates.js';
import { describeMachine, machineSentence } from './runner/machine.js';
import { parseOptions, usage } from './runner/options.js';
import { publishable } from './runner/published.js';
import { summarize } from './runner/summary.js';
import { terminalTable } from './runner/terminal-table.js';
import { runTrial } from './runner/trial.js';

/** @typedef {import('./runner/options.js').Options} Options */
/** @typedef {import('./peers/index.js').Peer} Peer */
/** @typedef {import('./scenarios/index.js').Scenario} Scenario */

/**
 * The peers that can run here; a line says why another cannot.
 *
 * @param {readonly Peer[]} peers
 */
async function installed(peers) {
  const found = [];
  for (const peer of peers) {
    const reason = await obstacle(peer);
    if (reason === undefined) found.push(peer);
    else console.log(`Skipping ${peer.name}: ${reason}.`);
  }
  return found;
}

/** @param {string} text */
function showProgress(text) {
  if (stderr.isTTY) stderr.write(`\r\x1b[K${text}`);
}

/**
 * All rounds of a scenario. Peers take turns, so that whatever else the machine does meets all alike.
 *
 * @param {Scenario} scenario
 * @param {readonly Peer[]} peers
 * @param {Options} options
 * @param {string} directory
 */
async function runRounds(scenario, peers, options, directory) {
  const results = peers
    .filter((peer) => peer.scenarios.includes(scenario.name))
    .map((peer) => ({ peer, samples: /** @type {import('./runner/trial.js').Sample[]} */ ([]) }));
  const rounds = Math.min(options.rounds, scenario.maxRounds ?? Infinity);
  for (let round = 1; round <= rounds; round++) {
    for (const { peer, samples } of results) {
      showProgress(`${scenario.name}: round ${round} of ${rounds}, ${peer.name}`);
      samples.push(await runTrial(peer, scenario, options, directory));
    }
  }
  showProgress('');
  return results;
}

/**
 * @param {Options} options
 * @param {string} directory
 */
async function measure(options, directory) {
  const peers = await installed(options.peers);
  const measured = [];
  for (const scenario of options.scenarios) {
    const results = await runRounds(scenario, peers, options, directory);
    if (results.length === 0) continue;
    const summaries = summarize(scenario, results);
    console.log(terminalTable(scenario, summaries));
    measured.push({ scenario, results, summaries });
  }
  return { peers, measured };
}

/** @param {Options} options */
async function main(options) {
  if (platform !== 'linux') throw new Error('The benchmark needs Linux: epoll, /proc, taskset');
  await buildPrograms();
  await installPeers();
  const directory = await mkdtemp(join(tmpdir(), 'gudeg-bench-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  if (options.scenarios.some(({ tls }) => tls)) await makeCertificates(directory);
  const { peers, measured } = await measure(options, directory);
  const machine = describeMachine();
  const report = {
    machine,
    rounds: options.rounds,
    seconds: options.seconds,
    peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
    scenarios: measured.map(({ scenario, results, summaries }) => ({
      name: scenario.name,
      title: scenario.title,
      summaries,
      samples: Object.fromEntries(results.map(({ peer, samples }) => [peer.name, samples])),
    })),
  };
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `${options.name}.json`),
    `${JSON.stringify(report, undefined, 2)}\n`,
  );
  const caption = `${machineSentence(machine)}; medians of ${options.rounds} rounds`;
  await writeFile(join(folder, `${options.name}.svg`), barChart(measured, caption));
  console.log(`${caption}\nbench/results/${options.name}.json, bench/results/${options.name}.svg`);
  if (options.readme) {
    // Needs the package's own development tools, which no other part of the benchmark does.
    const { publish } = await import('./runner/publish.js');
    await publish(
      publishable(measured, peers, machineSentence(machine), options.rounds, new Date()),
    );
  }
}

try {
  const options = parseOptions(argv.slice(2));
  if (options === 'help') console.log(usage);
  else await main(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
