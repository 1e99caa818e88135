import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';

type Legacy = DetailedPeerCertificate & { infoAccess?: unknown };

/** A certificate in the form of `socket.getPeerCertificate()`. */
export function legacyCertificate(certificate: X509Certificate): PeerCertificate {
  const legacy = certificate.toLegacyObject() as unknown as Legacy;
  const { infoAccess } = legacy;
  if (typeof infoAccess === 'string') Object.assign(legacy, { infoAccess: accessOf(infoAccess) });
  return legacy;
}

/**
 * The same with `issuerCertificate`, up to one that is signed by itself.
 * @param sent what the peer has sent beside it
 * @param issuerOf finds an issuer among those who are trusted
 */
export function detailedCertificate(
  certificate: X509Certificate,
  sent: readonly X509Certificate[],
  issuerOf: (certificate: X509Certificate) => X509Certificate | null,
): DetailedPeerCertificate {
  const first = legacyCertificate(certificate) as DetailedPeerCertificate;
  const seen = new Set([certificate.fingerprint512]);
  let [last, legacy] = [certificate, first];
  for (;;) {
    if (last.checkIssued(last)) {
      legacy.issuerCertificate = legacy;
      return first;
    }
    const issuer = sent.find((each) => last.checkIssued(each)) ?? issuerOf(last);
    if (issuer === null || seen.has(issuer.fingerprint512)) return first;
    seen.add(issuer.fingerprint512);
    const next = legacyCertificate(issuer) as DetailedPeerCertificate;
    legacy.issuerCertificate = next;
    [last, legacy] = [issuer, next];
  }
}

/** Lines `OCSP - URI:http://…` by what stands before the colon. */
function accessOf(text: string): Record<string, string[]> {
  const access = Object.create(null) as Record<string, string[]>;
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon >= 0) (access[line.slice(0, colon)] ??= []).push(line.slice(colon + 1));
  }
  return access;
}
