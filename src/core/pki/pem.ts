/** What a PEM block holds (RFC 7468). */
export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST';

/** DER as PEM, in lines of 64 characters. */
export function toPem(label: PemLabel, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The DER of the first block with this label; null without one. */
export function fromPem(label: PemLabel, pem: string): Buffer | null {
  const block = new RegExp(`-----BEGIN ${label}-----([\\sA-Za-z0-9+/=]+)-----END ${label}-----`);
  const [, base64] = block.exec(pem) ?? [];
  return base64 === undefined ? null : Buffer.from(base64, 'base64');
}
