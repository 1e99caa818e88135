import { createHash, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { plainEnvironment } from './plain-environment.ts';

/** The little that is needed of playwright-core, whose own types want those of a browser. */
export interface BrowserPage {
  goto(url: string): Promise<{ status(): number } | null>;
  textContent(selector: string): Promise<string | null>;
  fill(selector: string, text: string): Promise<void>;
  press(selector: string, key: string): Promise<void>;
  waitForSelector(selector: string): Promise<unknown>;
}

/** A browser without a window. */
export interface Browser {
  newPage(): Promise<BrowserPage>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: {
    launch(options: {
      executablePath: string;
      args: string[];
      env: Record<string, string>;
    }): Promise<Browser>;
  };
}

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path));

/** Whether a browser is installed. */
export const hasChromium: boolean = executablePath !== undefined;

/**
 * Starts Chromium.
 * @param options a certificate in PEM that it trusts, whoever signed it
 */
export function launchChromium(options: { trustedCertificate?: Buffer } = {}): Promise<Browser> {
  if (executablePath === undefined) throw new Error('no Chromium is installed in /usr/bin');
  const { chromium } = createRequire(import.meta.url)('playwright-core') as Playwright;
  const { trustedCertificate } = options;
  const args = ['--no-sandbox'];
  if (trustedCertificate !== undefined) {
    const key = new X509Certificate(trustedCertificate).publicKey;
    const digest = createHash('sha256').update(key.export({ type: 'spki', format: 'der' }));
    args.push(`--ignore-certificate-errors-spki-list=${digest.digest('base64')}`);
  }
  return chromium.launch({ executablePath, args, env: plainEnvironment() });
}
