import { GreenThread } from '../green-thread.ts';
import { hub } from '../hub.ts';

/** What waits for a time: a line for each green thread that does, soonest first, then how many others there are. */
export function formatHubTimers(): string {
  const now = hub.timers.clock.now();
  const waits: { text: string; leftMs: number }[] = [];
  for (const fiber of hub.fibers()) {
    const { waiter } = fiber;
    const deadline = waiter?.deadline;
    if (!(fiber instanceof GreenThread) || waiter === undefined || !deadline?.isArmed) continue;
    waits.push({ text: `${fiber.name} in ${waiter.what}`, leftMs: deadline.atMs - now });
  }
  const lines = waits
    .sort((a, b) => a.leftMs - b.leftMs)
    .map(({ text, leftMs }) => `${(leftMs / 1000).toFixed(3)} s: ${text}\n`);
  return `${lines.join('')}${hub.timers.length - lines.length} other timers\n`;
}
