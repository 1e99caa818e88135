// Fetches every page of a site, following its links: plain loops, and `wait(fetch(...))`. As many pages at a time
// as the pool has places.
//
//   node examples/28-site-crawler.js http://127.0.0.1:8000/ [places]

import { GreenPool, spawn, wait } from 'gudeg/green';

const [, , start, places = '50'] = process.argv;
const pool = new GreenPool(Number(places));
const seen = new Set([start]);
let bytes = 0;

function visit(url) {
  const response = wait((signal) => fetch(url, { signal }));
  const text = wait(response.text());
  bytes += text.length;
  for (const [, link] of text.matchAll(/href="([^"]+)"/g)) {
    const next = new URL(link, url).href;
    if (seen.has(next) || !next.startsWith(start)) continue;
    seen.add(next);
    // Waits for a place, unless it is called by one who has one: then it goes on right here.
    pool.spawn(visit, next);
  }
}

await spawn(() => {
  pool.spawn(visit, start);
  pool.waitall();
});
console.log(`${seen.size} pages, ${bytes} bytes`);
