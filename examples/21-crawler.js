// A crawler: many pages, ten at a time, results in the order of the addresses.
//
//   node examples/21-crawler.js http://127.0.0.1:8000/ http://127.0.0.1:8000/style.css

import { GreenPool, spawn, wait, withTimeout } from 'gudeg/green';

function fetchPage(url) {
  return withTimeout(5, () => {
    // The signal ends the request when the timeout does.
    const response = wait((signal) => fetch(url, { signal }));
    return { url, status: response.status, length: wait(response.text()).length };
  });
}

await spawn(() => {
  const pages = new GreenPool(10).starmap(
    fetchPage,
    process.argv.slice(2).map((url) => [url]),
  );
  for (const { url, status, length } of pages) console.log(`${status} ${length} ${url}`);
});
