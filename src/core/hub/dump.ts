import { GreenThread } from './green-thread.ts';
import { hub } from './hub.ts';
import { isOwnFrame } from './spawn-site.ts';

/** One green thread as `dump` sees it. */
export interface GreenThreadDump {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  /** The call it is parked in, such as `Queue.get()`. */
  readonly waitsIn: string | undefined;
  /** What it is parked on. */
  readonly waitsOn: unknown;
  /** Where it is, innermost call first. */
  readonly stack: readonly string[];
  /** Where it was spawned, nearest call first; empty when that was not recorded. */
  readonly spawnedAt: readonly string[];
}

const maxFrames = 20;

/** Every green thread that has not ended, oldest first: where it is, what it waits on, who spawned it. */
export function dump(): GreenThreadDump[] {
  const dumps: GreenThreadDump[] = [];
  for (const fiber of [...hub.fibers()].reverse()) {
    if (!(fiber instanceof GreenThread)) continue;
    dumps.push({
      id: fiber.id,
      name: fiber.name,
      state: fiber.state,
      waitsIn: fiber.waiter?.what,
      waitsOn: fiber.waiter?.subject,
      stack: stackOf(fiber),
      spawnedAt: fiber.spawnedAt,
    });
  }
  return dumps;
}

/** `dump()` as text. */
export function formatDump(dumps: readonly GreenThreadDump[] = dump()): string {
  const blocks = dumps.map(({ name, state, waitsIn, stack, spawnedAt }) =>
    [
      `${name}: ${state}${waitsIn === undefined ? '' : ` in ${waitsIn}`}`,
      ...stack.map((line) => `    ${line}`),
      ...(spawnedAt.length === 0 ? [] : ['  spawned', ...spawnedAt.map((line) => `    ${line}`)]),
    ].join('\n'),
  );
  return `${blocks.join('\n')}\n${dumps.length} green threads\n`;
}

function stackOf(thread: GreenThread): string[] {
  let text = '';
  const look = (): void => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = maxFrames + 10;
    text = new Error().stack ?? '';
    Error.stackTraceLimit = stackTraceLimit;
  };
  if (thread === (hub.current as unknown)) look();
  else hub.lookFrom(thread, look);
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => !isOwnFrame(line))
    .slice(0, maxFrames);
}
