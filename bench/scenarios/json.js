const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const language = 'en-US,en;q=0.5';

const head = [
  'GET /json HTTP/1.1',
  'Host: localhost:8000',
  `User-Agent: ${agent}`,
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  `Accept-Language: ${language}`,
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Connection: keep-alive',
  'Cookie: session=6c1f0c5a4b7e4f0f9a3d; theme=dark; _id=GA1.1.1849283.1700000000',
  'Upgrade-Insecure-Requests: 1',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: none',
  'Sec-Fetch-User: ?1',
  'Priority: u=0, i',
];

/**
 * A browser's headers; the application reads two of them and answers JSON.
 * @type {import('./index.js').Scenario}
 */
export default {
  name: 'json',
  title: 'JSON, browser headers',
  kind: 'requests',
  transport: 'tcp',
  connections: 64,
  depth: 1,
  request: Buffer.from(`${head.join('\r\n')}\r\n\r\n`),
  body: Buffer.from(JSON.stringify({ message: 'hello, world', agent, language })),
};
