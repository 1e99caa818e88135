import { expect } from 'chai';
import { type BlockedLoop, sleep, spawn, watchLoop } from '../../../src/core/hub/index.ts';

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('watchLoop()', function () {
  this.timeout(20_000);

  it('191: names the function of a green thread that blocks the loop, and keeps silent about one that yields', async () => {
    const reports: BlockedLoop[] = [];
    let reported = (): void => undefined;
    const first = new Promise<void>((resolve) => (reported = resolve));
    const stop = await watchLoop({
      // Above what a busy machine makes of a short pause.
      maxBlockedMs: 400,
      print: false,
      onBlocked: (report) => {
        reports.push(report);
        reported();
      },
    });
    try {
      await spawn(() => {
        for (let i = 0; i < 20; i++) {
          busy(30);
          sleep(0.001);
        }
      });
      expect(reports).to.deep.equal([]);
      await spawn(function culprit() {
        busy(1200);
      });
      await first;
      expect(reports).to.have.lengthOf(1);
      expect(reports[0]?.blockedMs).to.be.at.least(400);
      expect(reports[0]?.stack.join('\n'))
        .to.match(/busy .*blocked-loop\.test\.ts:\d+/)
        .and.to.match(/culprit/);
    } finally {
      await stop();
    }
  });

  it('refuses a limit below what can be measured', async () => {
    const error: unknown = await watchLoop({ maxBlockedMs: 1 }).catch((each: unknown) => each);
    expect((error as { code: string }).code).to.equal('GUDEG_ERR_OUT_OF_RANGE');
  });
});
