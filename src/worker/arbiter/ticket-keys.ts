import { randomBytes } from 'node:crypto';

/**
 * What the workers of this arbiter make session tickets of TLS with, in hexadecimal: a client may resume with
 * one worker what it began with another, and still after a reload.
 */
export const ticketKeys: string = randomBytes(32).toString('hex');
