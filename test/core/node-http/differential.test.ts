import { createServer as nodeCreateServer } from 'node:http';

import { expect } from 'chai';
import { createServer } from 'gudeg/node-http';

import { caseGroups } from './differential/cases/index.ts';
import { deviations } from './differential/deviations.ts';
import { runCase } from './differential/run-case.ts';

const major = Number(process.versions.node.split('.')[0]);
const known = new Map(
  deviations
    .filter(({ majors }) => majors?.includes(major) ?? true)
    .map(({ title, ...deviation }) => [title, deviation]),
);

describe('gudeg/node-http leaves the transcript of node:http', () => {
  for (const [group, cases] of Object.entries(caseGroups)) {
    describe(group, () => {
      for (const example of cases) {
        const deviation = known.get(`${group}: ${example.title}`);
        if (deviation === undefined) {
          it(example.title, async () => {
            const wanted = await runCase(nodeCreateServer, example);
            expect(await runCase(createServer, example)).to.deep.equal(wanted);
          });
        } else {
          it(`${example.title} – not so: ${deviation.reason}`, async () => {
            const wanted = await runCase(nodeCreateServer, example);
            expect(await runCase(createServer, example)).to.not.deep.equal(wanted);
          });
        }
      }
    });
  }

  it('has cases for all its deviations', () => {
    const titles = Object.entries(caseGroups).flatMap(([group, cases]) =>
      cases.map(({ title }) => `${group}: ${title}`),
    );
    expect(new Set(titles).size).to.equal(titles.length);
    expect([...known.keys()].filter((title) => !titles.includes(title))).to.deep.equal([]);
  });
});
