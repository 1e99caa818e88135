import type { Beat } from '../arbiter/messages.ts';
import type { Settings } from '../settings/settings.ts';

const MIB = 1024 * 1024;

/**
 * Says when a worker has done or holds so much that another one should take its place: the reason, or
 * null.
 */
export function recycleRule(
  { maxRequests, maxRequestsJitter, memoryLimit }: Settings,
  random: () => number = Math.random,
): (beat: Pick<Beat, 'requests' | 'rssBytes'>) => string | null {
  const limit = maxRequests + Math.floor(random() * (maxRequestsJitter + 1));
  return ({ requests, rssBytes }) => {
    if (maxRequests > 0 && requests >= limit)
      return `it has served ${requests} of ${limit} requests`;
    if (memoryLimit > 0 && rssBytes > memoryLimit * MIB) {
      const size = Math.round(rssBytes / MIB);
      return `it holds ${size} MiB, more than its memoryLimit of ${memoryLimit} MiB; look for a leak`;
    }
    return null;
  };
}
