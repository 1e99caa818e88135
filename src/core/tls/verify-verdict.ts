import type { ErrorCode } from '../errors.ts';

/** X509_V_ERR_… of OpenSSL: what it means, and which code it has here. */
interface VerifyFault {
  readonly code: ErrorCode;
  readonly text: string;
}

const unknownCa = (text: string): VerifyFault => ({ code: 'GUDEG_ERR_TLS_UNKNOWN_CA', text });
const period = (text: string): VerifyFault => ({ code: 'GUDEG_ERR_TLS_CERTIFICATE_EXPIRED', text });
const name = (text: string): VerifyFault => ({ code: 'GUDEG_ERR_TLS_HOSTNAME', text });
const refused = (text: string): VerifyFault => ({
  code: 'GUDEG_ERR_TLS_CERTIFICATE_REJECTED',
  text,
});

const faults: Readonly<Record<number, VerifyFault>> = {
  2: unknownCa('a CA above it is missing'),
  7: refused('its signature is wrong'),
  9: period('it is not valid yet'),
  10: period('it is expired'),
  18: unknownCa('it is signed by itself'),
  19: unknownCa('the CA at the end of its chain is not a trusted one'),
  20: unknownCa('its CA is not a trusted one'),
  21: unknownCa('its CA is not a trusted one'),
  22: refused('its chain is too long'),
  23: refused('it was revoked'),
  24: refused('a certificate in its chain is not that of a CA'),
  26: refused('it is not meant for this use'),
  62: name('it is for other names'),
  64: name('it is not for this IP address'),
  66: refused('its key is too short'),
  67: refused('the key of a CA is too short'),
  68: refused('a CA signed it with a weak hash'),
};

const cures: Readonly<Record<string, Readonly<Record<'server' | 'client', string>>>> = {
  GUDEG_ERR_TLS_UNKNOWN_CA: {
    server: 'give it a certificate of a CA in this server’s caFile, or add its CA there',
    client: 'give the CA’s certificate as caFile, or have the server send the whole chain',
  },
  GUDEG_ERR_TLS_CERTIFICATE_EXPIRED: {
    server: 'renew it, and compare the clocks',
    client: 'have it renewed, and compare the clocks',
  },
  GUDEG_ERR_TLS_HOSTNAME: {
    server: 'give it another certificate',
    client: 'connect to a name in the certificate, or give that as sslHost',
  },
  GUDEG_ERR_TLS_CERTIFICATE_REJECTED: {
    server: 'give it another certificate',
    client: 'have the server get another certificate',
  },
};

/** What is wrong with a peer's certificate, and what to do. */
export function verifyVerdict(
  verifyResult: number,
  role: 'server' | 'client',
  who: string,
): { code: ErrorCode; message: string } {
  const { code, text } = faults[verifyResult] ?? refused(`OpenSSL's verify error ${verifyResult}`);
  const cure = cures[code]?.[role] ?? '';
  return { code, message: `the certificate of ${who} is refused: ${text}; ${cure}` };
}
