import { cpus, release, type } from 'node:os';
import { versions } from 'node:process';

/** What the figures were measured on: nothing that names a host. */
export function describeMachine() {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown CPU',
    cores: all.length,
    kernel: `${type()} ${release().replace(/^(\d+\.\d+).*$/, '$1')}`,
    node: versions.node,
  };
}

/** @param {ReturnType<typeof describeMachine>} machine */
export function machineSentence({ cpu, cores, kernel, node }) {
  return `${cpu}, ${cores} cores, ${kernel}, Node ${node}`;
}
