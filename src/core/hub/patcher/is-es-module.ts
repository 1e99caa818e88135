import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** Whether Node takes a file for an ES module: by its extension, and for `.js` by the nearest package.json. */
export function isEsModule(path: string): boolean {
  const extension = extname(path);
  if (extension !== '.js') return extension === '.mjs';
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const text = readFileSync(join(folder, 'package.json'), 'utf8');
      return (JSON.parse(text) as { type?: string }).type === 'module';
    } catch (error) {
      const isLast = folder === dirname(folder);
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || isLast) return false;
    }
  }
}
