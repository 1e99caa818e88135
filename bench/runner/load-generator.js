import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { authorityFile } from './certificates.js';
import { startPinned } from './children.js';

const program = fileURLToPath(new URL('../build/load', import.meta.url));

/**
 * Writes what a scenario sends and expects to files for the load generator.
 *
 * @param {import('../scenarios/index.js').Scenario} scenario
 * @param {string} directory
 * @returns {Promise<string[]>} The options that describe the scenario.
 */
export async function scenarioOptions(scenario, directory) {
  const requestPath = join(directory, `${scenario.name}.request`);
  const bodyPath = join(directory, `${scenario.name}.body`);
  await writeFile(requestPath, scenario.request);
  await writeFile(bodyPath, scenario.body);
  const { connections, depth, messages } = scenario;
  const more = [];
  if (messages !== undefined) more.push('--websocket', messages);
  if (scenario.compressed !== undefined) {
    const messagePath = join(directory, `${scenario.name}.message`);
    await writeFile(messagePath, scenario.compressed);
    more.push('--message', messagePath);
  }
  const { tls, handshakes, downloadMebibytes, uploadMebibytes } = scenario;
  if (tls === true) more.push('--tls', authorityFile(directory));
  if (handshakes !== undefined) more.push('--handshakes', handshakes);
  if (downloadMebibytes !== undefined) more.push('--download', String(downloadMebibytes));
  if (uploadMebibytes !== undefined) more.push('--upload', String(uploadMebibytes));
  if (scenario.kind === 'fan-out') more.push('--fan-out');
  return [
    ...more,
    ...['--request', requestPath, '--body', bodyPath],
    ...['--connections', String(connections), '--depth', String(depth)],
  ];
}

/**
 * A load generator at work.
 *
 * @param {number} core
 * @param {string[]} options
 * @param {string} directory
 */
export function startLoad(core, options, directory) {
  const child = startPinned(core, [program, ...options], directory);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const exited = once(child, 'close');
  /** @type {Promise<any>} */
  const line = new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => {
      output += text;
      if (output.includes('\n')) resolve(JSON.parse(output));
    });
    exited.then(([code]) => reject(new Error(`The load generator ended with ${code}:\n${errors}`)));
  });
  return {
    /** The JSON line it prints: the result, or that all idle connections stand. */
    line,
    /** Ends an idle run; rejects when anything went wrong. */
    async end() {
      child.stdin.end();
      const [code] = await exited;
      if (code !== 0) throw new Error(`The load generator ended with ${code}:\n${errors}`);
    },
  };
}
