import { join } from 'node:path';
import { cwd } from 'node:process';

/** Files in PEM that the benchmark lays into the folder that every peer runs in: see runner/certificates.js. */
export const certFile = join(cwd(), 'cert.pem');
export const keyFile = join(cwd(), 'key.pem');
