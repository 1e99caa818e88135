import type { DifferentialCase } from '../differential-case.ts';
import { abortCases } from './aborts.ts';
import { connectionCases } from './connections.ts';
import { continueCases, upgradeCases } from './continues.ts';
import { framingCases, trailerCases } from './framing.ts';
import { headCases } from './heads.ts';
import { misuseCases } from './misuse.ts';
import { parserErrorCases } from './parser-errors.ts';
import { requestBodyCases, requestCases } from './requests.ts';
import { closingCases, surroundingCases, timeoutCases } from './server-life.ts';

/** All cases, by what they are about. */
export const caseGroups: Readonly<Record<string, readonly DifferentialCase[]>> = {
  'a connection': connectionCases,
  'the framing of an answer': framingCases,
  trailers: trailerCases,
  'the head of an answer': headCases,
  'a request': requestCases,
  'the body of a request': requestBodyCases,
  'an expectation': continueCases,
  'a protocol change': upgradeCases,
  'an abort': abortCases,
  'a response as a stream': misuseCases,
  'a broken message': parserErrorCases,
  'the end of a server': closingCases,
  'a timeout': timeoutCases,
  'what surrounds a request': surroundingCases,
};
