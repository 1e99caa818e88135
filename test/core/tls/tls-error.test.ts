import { expect } from 'chai';

import { ClientError, GudegError } from 'gudeg';

import { tlsError, type HandshakeFailure } from '../../../src/core/tls/index.ts';

const failure = (parts: Partial<HandshakeFailure>): HandshakeFailure => ({
  kind: 0,
  reasonText: '',
  verifyResult: 0,
  alertReceived: 0,
  ...parts,
});

describe('the error for a failed handshake', () => {
  for (const [parts, code, part] of [
    [{ kind: 1 }, 'HANDSHAKE_TIMEOUT', 'handshakeTimeoutMs'],
    [{ kind: 2 }, 'HANDSHAKE_CUT', 'closed inside the TLS handshake'],
    [{ reasonText: 'http request' }, 'PLAINTEXT', 'has to use https'],
    [{ reasonText: 'wrong version number' }, 'PLAINTEXT', 'plain text'],
    [{ reasonText: 'unsupported protocol' }, 'VERSION', 'TLS 1.2 or 1.3'],
    [{ reasonText: 'no shared cipher' }, 'NO_COMMON_CIPHER', 'no cipher suite'],
    [{ reasonText: 'no suitable key share' }, 'NO_COMMON_CIPHER', 'curve'],
    [{ reasonText: 'peer did not return a certificate' }, 'NO_CLIENT_CERTIFICATE', 'in caFile'],
    [{ reasonText: 'no application protocol' }, 'ALPN', 'http/1.1'],
    [{ reasonText: 'no renegotiation' }, 'RENEGOTIATION', 'open a new one'],
    [{ reasonText: 'certificate verify failed', verifyResult: 20 }, 'UNKNOWN_CA', 'add its CA'],
    [{ reasonText: 'certificate verify failed', verifyResult: 10 }, 'CERTIFICATE_EXPIRED', 'renew'],
    [{ reasonText: 'certificate verify failed', verifyResult: 26 }, 'CERTIFICATE_REJECTED', 'use'],
    [{ reasonText: 'certificate verify failed', verifyResult: 99 }, 'CERTIFICATE_REJECTED', '99'],
    [{ alertReceived: 48 }, 'CERTIFICATE_REJECTED', 'does not know its CA'],
    [{ alertReceived: 45 }, 'CERTIFICATE_REJECTED', 'certificate_expired'],
    [{ alertReceived: 70 }, 'VERSION', 'version of TLS'],
    [{ alertReceived: 80 }, 'ALERT', 'alert 80 internal_error'],
    [{ alertReceived: 7 }, 'ALERT', 'alert 7 unknown'],
    [{ reasonText: 'bad record type' }, 'PROTOCOL', 'bad record type'],
  ] as [Partial<HandshakeFailure>, string, string][]) {
    it(`on a server is GUDEG_ERR_TLS_${code} for ${JSON.stringify(parts)}`, () => {
      const error = tlsError(failure(parts), 'server', '10.0.0.1:5000');
      expect(error).to.be.instanceOf(GudegError).and.not.instanceOf(ClientError);
      expect(error.code).to.equal(`GUDEG_ERR_TLS_${code}`);
      expect(error.message).to.contain('client 10.0.0.1:5000').and.contain(part);
    });
  }

  for (const [parts, code, part] of [
    [{ kind: 1 }, 'HANDSHAKE_TIMEOUT', 'connectTimeoutMs'],
    [{ kind: 2 }, 'HANDSHAKE_CUT', 'does it speak TLS'],
    [{ reasonText: 'wrong version number' }, 'PLAINTEXT', 'Client without tls'],
    [{ verifyResult: 19 }, 'UNKNOWN_CA', 'as caFile'],
    [{ verifyResult: 18 }, 'UNKNOWN_CA', 'signed by itself'],
    [{ verifyResult: 62 }, 'HOSTNAME', 'sslHost'],
    [{ verifyResult: 64 }, 'HOSTNAME', 'IP address'],
    [{ verifyResult: 9 }, 'CERTIFICATE_EXPIRED', 'not valid yet'],
    [{ alertReceived: 116 }, 'NO_CLIENT_CERTIFICATE', 'give certFile and keyFile'],
    [{ alertReceived: 40 }, 'ALERT', 'give certFile and keyFile if it asks'],
    [{ alertReceived: 48 }, 'CERTIFICATE_REJECTED', 'in the server’s caFile'],
    [{ alertReceived: 120 }, 'ALPN', 'offer http/1.1'],
  ] as [Partial<HandshakeFailure>, string, string][]) {
    it(`on a client is GUDEG_ERR_TLS_${code} for ${JSON.stringify(parts)}, and may be retried`, () => {
      const error = tlsError(failure(parts), 'client', 'example.org:443');
      expect(error).to.be.instanceOf(ClientError);
      expect(error).to.have.property('retry', 'always');
      expect(error.code).to.equal(`GUDEG_ERR_TLS_${code}`);
      expect(error.message).to.contain('server example.org:443').and.contain(part);
    });
  }
});
