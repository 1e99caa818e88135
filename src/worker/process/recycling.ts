import type { Beat, RecycleRule } from '../arbiter/messages.ts';
import type { Settings } from '../settings/settings.ts';

const MIB = 1024 * 1024;

/**
 * Says when a worker has done or holds so much that another one should take its place: which limit it
 * is, and in words; or null.
 */
export function recycleRule(
  { maxRequests, maxRequestsJitter, memoryLimit }: Settings,
  random: () => number = Math.random,
): (beat: Pick<Beat, 'requests' | 'rssBytes'>) => { rule: RecycleRule; reason: string } | null {
  const limit = maxRequests + Math.floor(random() * (maxRequestsJitter + 1));
  return ({ requests, rssBytes }) => {
    if (maxRequests > 0 && requests >= limit) {
      const reason = `it has served ${requests} of ${limit} requests`;
      return { rule: 'max_requests', reason };
    }
    if (memoryLimit > 0 && rssBytes > memoryLimit * MIB) {
      const size = Math.round(rssBytes / MIB);
      const reason = `it holds ${size} MiB, more than its memoryLimit of ${memoryLimit} MiB; look for a leak`;
      return { rule: 'memory_limit', reason };
    }
    return null;
  };
}
