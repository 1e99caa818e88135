/**
 * What stands between node:http's `(request, response)` and this package.
 *
 * @packageDocumentation
 */
export { answerHead, closeBody, type AnswerHead, type StreamedBody } from './answer-head.ts';
export { bodyStream } from './body-stream.ts';
export type { HostFields } from './host-headers.ts';
export { MountedApp, type MountedCall, type MountOptions } from './mounted-app.ts';
export { rgiListener, type RgiListenerOptions } from './rgi-listener.ts';
