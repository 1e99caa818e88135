import { parseArgs } from 'node:util';

import { peers } from '../peers/index.js';
import { scenarios } from '../scenarios/index.js';

export const usage = `Usage: npm run bench -- [options] [scenario...]
  --rounds N           rounds; the peers take turns in each [5]
  --seconds S          measuring time of one run [2]
  --warmup S           load before measuring [1]
  --only A,B           these peers: ${peers.map(({ name }) => name).join(' ')}
  --scenarios A,B      these scenarios (without any: all but tls-* and client-*): ${scenarios.map(({ name }) => name).join(' ')}
  --server-core N      core of the servers [0]
  --load-core N        core of the load generator [1]
  --name NAME          results go to bench/results/NAME.json and .svg [latest]
  --readme             put the tables into the README
  --help`;

/**
 * @typedef {object} Options
 * @property {number} rounds
 * @property {number} seconds
 * @property {number} warmup
 * @property {readonly import('../peers/index.js').Peer[]} peers
 * @property {readonly import('../scenarios/index.js').Scenario[]} scenarios
 * @property {number} serverCore
 * @property {number} loadCore
 * @property {string} name
 * @property {boolean} readme
 */

/**
 * @param {string} option
 * @param {string} text
 * @param {number} least
 */
function number(option, text, least) {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least)) {
    throw new Error(`--${option} is a number from ${least}, not '${text}'`);
  }
  return value;
}

/**
 * @template {{ name: string }} T
 * @param {string} option
 * @param {string | undefined} text
 * @param {readonly T[]} all
 * @returns {readonly T[]} In the order of `all`.
 */
function choice(option, text, all) {
  if (text === undefined) return all;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ');
    throw new Error(`--${option} doesn't know '${unknown}'; it knows ${known}`);
  }
  return all.filter(({ name }) => names.includes(name));
}

/**
 * @param {string | undefined} text Names after --scenarios.
 * @param {readonly string[]} words Names, or what names begin with: `ws` means `ws-echo-64` and the like.
 */
function chosenScenarios(text, words) {
  const meant = words.flatMap((word) => {
    const names = scenarios.map(({ name }) => name);
    const found = names.filter((name) => name === word || name.startsWith(`${word}-`));
    if (found.length === 0)
      throw new Error(`'${word}' is none of the scenarios ${names.join(', ')}`);
    return found;
  });
  const all = [...(text === undefined ? [] : [text]), ...meant].join(',');
  if (all === '') return scenarios.filter(({ kind, tls }) => kind !== 'client' && tls !== true);
  return choice('scenarios', all, scenarios);
}

/**
 * @param {string[]} args
 * @returns {Options | 'help'}
 */
export function parseOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      warmup: { type: 'string', default: '1' },
      only: { type: 'string' },
      scenarios: { type: 'string' },
      'server-core': { type: 'string', default: '0' },
      'load-core': { type: 'string', default: '1' },
      name: { type: 'string', default: 'latest' },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (!/^[\w-]+$/.test(values.name)) {
    throw new Error(`--name is made of letters, digits, - and _, not '${values.name}'`);
  }
  return {
    rounds: Math.floor(number('rounds', values.rounds, 1)),
    seconds: number('seconds', values.seconds, 0.1),
    warmup: number('warmup', values.warmup, 0),
    peers: choice('only', values.only, peers),
    scenarios: chosenScenarios(values.scenarios, positionals),
    serverCore: number('server-core', values['server-core'], 0),
    loadCore: number('load-core', values['load-core'], 0),
    name: values.name,
    readme: values.readme,
  };
}
