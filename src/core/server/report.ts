import type { EngineRequest } from './engine-request.ts';
import type { EngineSession } from './engine-session.ts';

/** Gets what failed behind the head of an answer. */
export type Report = (error: unknown, session: EngineSession, request: EngineRequest) => void;
