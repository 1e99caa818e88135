/**
 * Green threads: functions that run on stacks of their own, and block without blocking the event loop.
 *
 * @packageDocumentation
 */
export { AsyncResult } from './async-result.ts';
export type { AsyncOptions } from './blocking-call.ts';
export { type BlockedLoop, watchLoop, type WatchLoopOptions } from './blocked-loop.ts';
export { CappedSemaphore } from './capped-semaphore.ts';
export { Channel } from './channel.ts';
export type { Clock } from './clock.ts';
export { Condition } from './condition.ts';
export { connect, connectAsync, type ConnectOptions, type SslConnectOptions } from './connect.ts';
export { DeadlockError } from './deadlock.ts';
export { BackdoorServer, type BackdoorOptions } from './debug/backdoor-server.ts';
export * as debug from './debug/index.ts';
export type { BlockingReport } from './detector/blocking-report.ts';
export { detectBlocking, type DetectBlockingOptions } from './detector/detect-blocking.ts';
export { dump, formatDump, type GreenThreadDump } from './dump.ts';
export { Event } from './event.ts';
export { GreenMap } from './green-map.ts';
export { GreenPile } from './green-pile.ts';
export { GreenPool, type PoolStatistics } from './green-pool.ts';
export type { GreenThreadStatistics } from './green-thread-statistics.ts';
export type { KillOptions } from './kill-options.ts';
export { GreenThread, type Link } from './green-thread.ts';
export { GreenSocket } from './green-socket.ts';
export { GreenSslSocket } from './green-ssl-socket.ts';
export { GreenletExit } from './greenlet-exit.ts';
export { Group } from './group.ts';
export { clearHostCache, resolveHost, resolveHostAsync } from './host-cache.ts';
export type { HubStatistics } from './hub-statistics.ts';
export { loadGreenThreads, onUnhandledError, statistics } from './hub-control.ts';
export { LifoQueue } from './lifo-queue.ts';
export { type ItemStore, LightQueue, type QueueStatistics } from './light-queue.ts';
export { GreenListener, listen, listenAsync, type ListenOptions } from './listen.ts';
export { local } from './local.ts';
export {
  importPatched,
  inject,
  isMonkeyPatched,
  monkeyPatch,
  original,
  patchFunction,
  type PatchName,
  type PatchOptions,
  restore,
  type Substitutes,
} from './patcher/index.ts';
export { ConnectionPool, type ConnectionPoolOptions } from './pools/connection-pool.ts';
export {
  Collision,
  type DagFunction,
  DAGPool,
  type DagPoolStatistics,
  PropagateError,
} from './pools/dag-pool.ts';
export { ResourcePool } from './pools/resource-pool.ts';
export type { ResourcePoolOptions, ResourcePoolStatistics } from './pools/resource-pool-options.ts';
export { type Compare, PriorityQueue } from './priority-queue.ts';
export { Empty, Full, ShutDown } from './queue-errors.ts';
export { Queue } from './queue.ts';
export { RLock } from './rlock.ts';
export { Scope, scope, ScopeError, type ScopeOptions } from './scope.ts';
export { BoundedSemaphore, Semaphore, type SemaphoreStatistics } from './semaphore.ts';
export { serve, type ServeOptions, StopServe } from './serve.ts';
export { sleepAsync } from './sleep-async.ts';
export type { GreenAddress } from './socket-address.ts';
export { recordSpawnSites } from './spawn-site.ts';
export {
  getcurrent,
  green,
  type GreenFunction,
  gyield,
  kill,
  sleep,
  spawn,
  spawnAfter,
  spawnAfterLocal,
  spawnN,
} from './spawn.ts';
export { ThreadEvent } from './thread-event.ts';
export { shield, Timeout, type TimeoutException, withTimeout } from './timeout.ts';
export { notifyOpened, trampoline, trampolineAsync, type TrampolineOptions } from './trampoline.ts';
export { VirtualClock } from './virtual-clock.ts';
export { type NodeCallback, waitCallback } from './wait-callback.ts';
export * as tpool from './tpool/index.ts';
export {
  iwait,
  iwaitAsync,
  joinall,
  joinallAsync,
  killall,
  wait,
  waitAsync,
  type WaitOptions,
} from './wait.ts';
export type { Waitable } from './waitable.ts';
export { withSignal } from './with-signal.ts';
export {
  wrapSsl,
  wrapSslAsync,
  type WrapSslClientOptions,
  type WrapSslOptions,
  type WrapSslServerOptions,
} from './wrap-ssl.ts';
