import { expect } from 'chai';

import { bodyScenarios } from './scenarios/bodies.ts';
import { headScenarios } from './scenarios/heads.ts';
import { lifeScenarios } from './scenarios/life.ts';
import { responseScenarios } from './scenarios/responses.ts';
import { playBoth } from './transcript.ts';

const groups = {
  heads: headScenarios,
  bodies: bodyScenarios,
  responses: responseScenarios,
  'the life of a connection': lifeScenarios,
};

describe('gudeg/node-http does what node:http does with', () => {
  for (const [group, scenarios] of Object.entries(groups)) {
    describe(group, () => {
      for (const scenario of scenarios) {
        it(scenario.title, async () => {
          const [node, ours] = await playBoth(scenario);
          expect(ours).to.deep.equal(node);
          expect(node.notes.length + node.wire.length).to.be.greaterThan(0);
        });
      }
    });
  }
});
