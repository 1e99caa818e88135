import { expect } from 'chai';

import {
  GudegError,
  GudegRangeError,
  GudegTypeError,
  HttpProtocolError,
  invalidArgType,
  outOfRange,
} from '../../src/core/errors.ts';

describe('errors', () => {
  it('carry a code, a message, a cause and the name of their class', () => {
    const cause = new Error('why');
    const error = new GudegError('GUDEG_ERR_BODY_STATE', 'what happened', { cause });
    expect(error).to.be.instanceOf(Error);
    expect(error).to.include({ code: 'GUDEG_ERR_BODY_STATE', message: 'what happened', cause });
    expect(error.name).to.equal('GudegError');
    expect(error.stack).to.match(/^GudegError: what happened\n/);
    expect(Object.keys(error)).to.deep.equal(['code']);
  });

  it('tell the status that answers them, where one does', () => {
    expect(new GudegRangeError('GUDEG_ERR_BODY_TOO_LARGE', '').status).to.equal(413);
    expect(new GudegError('GUDEG_ERR_BODY_STATE', '').status).to.equal(undefined);
  });

  it('are instances of GudegError, whatever else they are', () => {
    const typeError = new GudegTypeError('GUDEG_ERR_INVALID_ARG_TYPE', '');
    const rangeError = new GudegRangeError('GUDEG_ERR_OUT_OF_RANGE', '');
    expect(typeError).to.be.instanceOf(TypeError);
    expect(typeError).to.be.instanceOf(GudegTypeError);
    expect(typeError).to.be.instanceOf(GudegError);
    expect(rangeError).to.be.instanceOf(RangeError);
    expect(rangeError).to.be.instanceOf(GudegError);
    expect(rangeError).not.to.be.instanceOf(GudegTypeError);
    expect(rangeError).not.to.be.instanceOf(HttpProtocolError);
    expect(new Error('another')).not.to.be.instanceOf(GudegError);
    expect(null).not.to.be.instanceOf(GudegError);
  });

  it('are recognised when another copy of the package made them', async () => {
    const copyUrl = `../../src/core/errors.ts?copy`;
    const copy = (await import(copyUrl)) as typeof import('../../src/core/errors.ts');
    expect(copy.GudegError).not.to.equal(GudegError);
    const foreign = new copy.HttpProtocolError('GUDEG_ERR_HTTP_BAD_HOST');
    expect(foreign).to.be.instanceOf(GudegError);
    expect(foreign).to.be.instanceOf(HttpProtocolError);
    expect(foreign).not.to.be.instanceOf(GudegTypeError);
  });

  it('can be derived from, and the derived class holds its own instances only', () => {
    class Derived extends GudegError {}
    expect(new Derived('GUDEG_ERR_BODY_STATE', '')).to.be.instanceOf(Derived);
    expect(new Derived('GUDEG_ERR_BODY_STATE', '')).to.be.instanceOf(GudegError);
    expect(new GudegError('GUDEG_ERR_BODY_STATE', '')).not.to.be.instanceOf(Derived);
  });

  it('for an engine fault take text and status from the table, and append the detail', () => {
    const error = HttpProtocolError.fromFault('BadRequestLine', '"GET"');
    expect(error).to.be.instanceOf(GudegError);
    expect(error.code).to.equal('GUDEG_ERR_HTTP_BAD_REQUEST_LINE');
    expect(error.status).to.equal(400);
    expect(error.message).to.equal('the request line is malformed: "GET"');
    expect(error.name).to.equal('HttpProtocolError');
    expect(HttpProtocolError.fromFault('TransferEncodingInHttp10').code).to.equal(
      'GUDEG_ERR_HTTP_TRANSFER_ENCODING_IN_HTTP10',
    );
    expect(HttpProtocolError.fromFault('HeadTooLarge').status).to.equal(431);
  });

  it('for arguments name the argument, what it must be, and what it is, on one short line', () => {
    expect(invalidArgType('size', 'a number', '12').message).to.equal(
      "size must be a number; got '12'",
    );
    const { message } = outOfRange('size', 'small', { list: 'x'.repeat(500), inner: { deep: 1 } });
    expect(message).to.match(/^size must be small; got \{ list: 'x{80}'\.\.\. 420 more characters/);
    expect(message).not.to.include('\n');
  });
});
