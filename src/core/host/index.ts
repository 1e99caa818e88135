/** RGI apps as guests in a server that speaks node:http's `(request, response)`. */
export { answerHead, type AnswerHead } from './answer-head.ts';
export { bodyStream } from './body-stream.ts';
export type { HostFields } from './host-headers.ts';
export { MountedApp, type MountedCall, type MountOptions } from './mounted-app.ts';
export { isTunnel } from './send-tunnel.ts';
