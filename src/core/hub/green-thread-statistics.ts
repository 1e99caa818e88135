/** What one green thread is doing. */
export interface GreenThreadStatistics {
  readonly name: string;
  readonly state: 'created' | 'ready' | 'running' | 'parked' | 'finished';
  /** The call it is parked in; undefined when it is not parked. */
  readonly waitsIn: string | undefined;
  /** Green threads and promises that wait for it. */
  readonly waiters: number;
  readonly links: number;
}
