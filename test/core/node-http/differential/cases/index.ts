import type { DifferentialCase } from '../differential-case.ts';
import { abortCases } from './aborts.ts';
import { closingCases } from './closing.ts';
import { connectionCases } from './connections.ts';
import { expectationCases } from './expectations.ts';
import { framingCases } from './framing.ts';
import { headCases } from './heads.ts';
import { misuseCases } from './misuse.ts';
import { parserErrorCases } from './parser-errors.ts';
import { requestBodyCases } from './request-bodies.ts';
import { requestCases } from './requests.ts';
import { surroundingCases } from './surroundings.ts';
import { timeoutCases } from './timeouts.ts';
import { trailerCases } from './trailers.ts';
import { upgradeCases } from './upgrades.ts';

/** All cases, by what they are about. */
export const caseGroups: Readonly<Record<string, readonly DifferentialCase[]>> = {
  'a connection': connectionCases,
  'the framing of an answer': framingCases,
  trailers: trailerCases,
  'the head of an answer': headCases,
  'a request': requestCases,
  'the body of a request': requestBodyCases,
  'an expectation': expectationCases,
  'a protocol change': upgradeCases,
  'an abort': abortCases,
  'a response as a stream': misuseCases,
  'a broken message': parserErrorCases,
  'the end of a server': closingCases,
  'a timeout': timeoutCases,
  'what surrounds a request': surroundingCases,
};
