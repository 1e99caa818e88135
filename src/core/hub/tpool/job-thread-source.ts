/**
 * What a thread of a pool runs. It is a text because a worker's file would have another name in the
 * source than in the build.
 *
 * A message is `{ make, args }`, which makes the object that later messages mean, `{ run, args }`, or
 * `{ name, args }`, a method or attribute of that object. A function comes as its text, or as the address of
 * a module and the name of an export. Each message is answered by one, in order.
 */
export const jobThreadSource = `
const { inspect, types } = require('node:util');
const { parentPort } = require('node:worker_threads');
// What esbuild puts around the functions of a text that it compiled.
globalThis.__name ??= (fn) => fn;
globalThis.require ??= require;
let subject;
const functionOf = async ({ text, url, exportName }) => {
  if (text !== undefined) return (0, eval)('(' + text + ')');
  const found = (await import(url))[exportName];
  if (typeof found !== 'function') throw new TypeError(url + " has no function '" + exportName + "'");
  return found;
};
const membersOf = (object) => {
  const methods = new Set();
  for (let each = object; each !== null && each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    for (const name of Object.getOwnPropertyNames(each)) {
      const { value } = Object.getOwnPropertyDescriptor(each, name);
      if (typeof value === 'function' && name !== 'constructor') methods.add(name);
    }
  }
  return [...methods];
};
const answer = async ({ make, run, name, args }) => {
  if (make !== undefined) {
    const fn = await functionOf(make);
    subject = /^class\\b/.test(Function.prototype.toString.call(fn)) ? new fn(...args) : await fn(...args);
    return membersOf(subject);
  }
  if (run !== undefined) return (await functionOf(run))(...args);
  const member = subject[name];
  return typeof member === 'function' ? member.apply(subject, args) : member;
};
const refuse = (error) => {
  // A clone of a DOMException, or of what only inherits from Error, is empty or strange, and that of an error loses
  // what was added to it.
  const isError = types.isNativeError(error) || error instanceof Error;
  const isDom = error instanceof DOMException;
  const isWhole = types.isNativeError(error) && !isDom;
  const cloned = isWhole || !isError ? error : Object.assign(new Error(error.message), { stack: error.stack });
  const more = isError && !isDom ? { ...error } : {};
  if (isError && (!isWhole || globalThis[error.name] !== error.constructor)) more.name = error.name;
  try {
    parentPort.postMessage({ error: cloned, more });
  } catch {
    parentPort.postMessage({ error: new Error(isError ? error.message : inspect(error)), more: {} });
  }
};
let last = Promise.resolve();
parentPort.on('message', (message) => {
  last = last
    .then(() => answer(message))
    .then((value) => parentPort.postMessage({ value }))
    .catch(refuse);
});
`;
