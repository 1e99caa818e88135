// Files, with content types, conditional requests and ranges.
//
//   npx gudeg examples/03-files.js
//   curl http://127.0.0.1:8000/
//   curl -r 0-14 http://127.0.0.1:8000/style.css

import { FilesApp } from 'gudeg';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('public', import.meta.url));

export default new FilesApp(directory, { cacheControl: 'max-age=60' });
