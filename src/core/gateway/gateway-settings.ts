import type { StopServe } from '../hub/index.ts';
import type { AccessLog } from './access-log.ts';
import type { GatewayApp } from './gateway-app.ts';
import type { CompleteGatewayOptions } from './gateway-options.ts';

/** What all calls of one gateway have in common. */
export interface GatewaySettings extends CompleteGatewayOptions {
  readonly app: GatewayApp;
  readonly accessLog: AccessLog | null;
  /** Called when the app has thrown a StopServe; false where nobody serves in a way that can stop. */
  stopServe(stop: StopServe): boolean;
}
