import { expect } from 'chai';

import { NodeProgram } from '../support/node-program.ts';

/** An example that listens on a free port, and where. */
async function start(name: string): Promise<{ program: NodeProgram; url: string }> {
  const program = NodeProgram.file(`examples/${name}`, ['0']);
  const [, url = ''] = await program.printed(/listening on (\S+\/)\n/);
  return { program, url };
}

const text = (url: string, init?: RequestInit): Promise<string> =>
  fetch(url, init).then((response) => response.text());

describe('the examples of gateway apps', () => {
  it('30-gateway.js reads lines, and sends pieces as they come', async () => {
    const { program, url } = await start('30-gateway.js');
    await using _ending = program;
    expect(await text(url)).to.equal('hello, 127.0.0.1\n');
    expect(await text(`${url}count`)).to.equal('1\n2\n3\n4\n5\n');
    expect(await text(`${url}lines`, { method: 'POST', body: 'a\nb\nc' })).to.equal('3 lines\n');
    expect((await fetch(`${url}other`)).status).to.equal(404);
  });

  it('31-gateway-middleware.js mounts middleware in a Router, and stops in order', async () => {
    const { program, url } = await start('31-gateway-middleware.js');
    await using _ending = program;
    expect(await text(url)).to.equal('an RGI app\n');
    const response = await fetch(`${url}wiki/Front%20page`);
    expect(await response.text()).to.equal('page /Front page of the wiki at /wiki\n');
    expect(response.headers.get('server-timing')).to.match(/^app;dur=/);
    const refused = await fetch(`${url}wiki/`, { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
    await refused.text();
    program.child.kill('SIGTERM');
    const { code, stderr } = await program.end;
    expect([code, stderr]).to.deep.equal([
      0,
      'GET GET /wiki/Front%20page HTTP/1.1 200\nDELETE DELETE /wiki/ HTTP/1.1 405\n',
    ]);
  });
});
