import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { textOf } from '../repository/tree.ts';

/** What the list of native/transport/tls_library.h names. */
const listed = [...textOf('native/transport/tls_library.h').matchAll(/X\(([A-Za-z0-9_]+)\)/g)].map(
  ([, name]) => name,
);

/** The dynamic symbols of a program that `nm` shows, each as its letter and its name. */
function symbolsOf(file: string): [letter: string, name: string][] {
  const text = execFileSync('nm', ['-D', file], { encoding: 'latin1', maxBuffer: 1 << 28 });
  return [...text.matchAll(/ ([A-Za-z]) ([A-Za-z0-9_]+)(?:@.*)?$/gm)].map(
    ([, letter = '', name = '']) => [letter, name],
  );
}

describe('the OpenSSL that the addon finds in its Node', () => {
  it('is asked for by weak symbols alone, so that a Node without one loads the addon', function () {
    if (process.platform !== 'linux') this.skip();
    const addon = join(import.meta.dirname, '../../native/build/Release/http_engine.node');
    const strong = symbolsOf(addon).filter(
      ([letter, name]) =>
        letter === 'U' && /^(SSL|BIO|EVP|ERR|X509|PEM|OSSL|OPENSSL|HMAC|RAND|CRYPTO)_?/.test(name),
    );
    expect(strong).to.deep.equal([]);
  });

  it('has every function of the list', function () {
    // One that is linked to a library of the system has its functions there.
    const isShared = process.config.variables.node_shared_openssl;
    if (process.platform !== 'linux' || isShared) this.skip();
    const exported = new Set(symbolsOf(process.execPath).map(([, name]) => name));
    expect(listed.length).to.be.greaterThan(70);
    expect(listed.filter((name) => name === undefined || !exported.has(name))).to.deep.equal([]);
  });
});
