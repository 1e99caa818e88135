import { expect } from 'chai';

import {
  AllowedMethods,
  MethodFilter,
  RequestLogger,
  api,
  mkreq,
  type App,
} from '../../../src/core/rgi/index.ts';
import { caught } from '../caught.ts';
import { sessionDouble } from './session-double.ts';

const hello: App = () => [200, 'OK', {}, 'hello'];

describe('AllowedMethods', () => {
  it('holds the methods it was made of', () => {
    const allowed = new AllowedMethods('GET', 'HEAD', 'GET', 'PROPFIND');
    expect(allowed.methods).to.deep.equal(['GET', 'HEAD', 'PROPFIND']);
    expect(allowed.isAllowed('HEAD')).to.equal(true);
    expect(allowed.isAllowed('head')).to.equal(false);
    expect(allowed.isAllowed('PUT')).to.equal(false);
    expect(String(new AllowedMethods('GET', 'HEAD'))).to.equal("AllowedMethods('GET', 'HEAD')");
  });

  for (const method of ['get', '', 'GET ', 'G(T', 'GET\r\n']) {
    it(`refuses ${JSON.stringify(method)}`, () => {
      caught('GUDEG_ERR_INVALID_ARG_VALUE', () => new AllowedMethods('GET', method));
    });
  }

  it('refuses what is no string, and to filter what is no app', () => {
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new AllowedMethods(5 as never));
    caught('GUDEG_ERR_INVALID_ARG_TYPE', () => new AllowedMethods('GET').filter({} as never));
  });
});

describe('MethodFilter', () => {
  const filter = new AllowedMethods('GET', 'HEAD').filter(hello);

  it('calls the app for an allowed method', () => {
    expect(filter).to.be.instanceOf(MethodFilter);
    expect(filter(sessionDouble(), mkreq('GET', '/'), api)).to.deep.equal([200, 'OK', {}, 'hello']);
  });

  it('answers 405 with the field allow to every other', () => {
    expect(filter(sessionDouble(), mkreq('POST', '/'), api)).to.deep.equal([
      405,
      'Method Not Allowed',
      { allow: 'GET, HEAD' },
      null,
    ]);
  });

  it('leaves connections to the app behind it', () => {
    expect(filter.onConnect).to.equal(undefined);
    const session = sessionDouble();
    const picky: App = (...args) => hello(...args);
    picky.onConnect = function (this: unknown, given) {
      expect(this).to.equal(picky);
      expect(given).to.equal(session);
      return false;
    };
    expect(new AllowedMethods('GET').filter(picky).onConnect?.(session)).to.equal(false);
    expect(new RequestLogger(picky).onConnect?.(session)).to.equal(false);
  });
});

describe('RequestLogger', () => {
  it('logs one line per answer and hands it on, for sync and async apps', async () => {
    const response = [404, 'Not Found', {}, null] as const;
    for (const app of [(): typeof response => response, () => Promise.resolve(response)]) {
      const lines: string[] = [];
      const logger = new RequestLogger(app, { log: (line) => lines.push(line) });
      const session = sessionDouble({ requests: 7 });
      expect(await logger(session, mkreq('PUT', '/a?b'), api)).to.equal(response);
      expect(lines).to.deep.equal(['[7] PUT /a?b --> 404 Not Found']);
    }
  });

  it('answers without a promise when the app does', () => {
    const logger = new RequestLogger(hello, { log: () => undefined });
    expect(logger(sessionDouble(), mkreq('GET', '/'), api)).to.be.an('array');
  });

  it('logs to the console unless told otherwise', () => {
    const lines: unknown[] = [];
    const { log } = console;
    console.log = (line: unknown) => lines.push(line);
    try {
      void new RequestLogger(hello)(sessionDouble(), mkreq('GET', '/'), api);
    } finally {
      console.log = log;
    }
    expect(lines).to.deep.equal(['[0] GET / --> 200 OK']);
  });

  it('logs nothing when the app fails, and hands the error on', async () => {
    const fault = new Error('no');
    const lines: string[] = [];
    const failing: App = () => {
      throw fault;
    };
    const options = { log: (line: string) => lines.push(line) };
    const throwing = new RequestLogger(failing, options);
    expect(() => throwing(sessionDouble(), mkreq('GET', '/'), api)).to.throw(fault);
    const rejecting = new RequestLogger(() => Promise.reject(fault), options);
    const answered = Promise.resolve(rejecting(sessionDouble(), mkreq('GET', '/'), api));
    expect(await answered.catch((error: unknown) => error)).to.equal(fault);
    expect(lines).to.deep.equal([]);
  });
});
