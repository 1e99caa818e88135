import { expect } from 'chai';

import { GudegError, type CodedError, type ErrorCode } from '../../src/core/errors.ts';

/** The error that `run` throws; the test fails when it throws none, or one without this code. */
export function caught(code: ErrorCode, run: () => unknown): CodedError {
  try {
    run();
  } catch (error) {
    return withCode(code, error);
  }
  throw new Error(`nothing was thrown; ${code} was expected`);
}

/** The error that a promise rejects with; the test fails when it fulfills, or has another code. */
export async function rejected(
  code: ErrorCode,
  promise: PromiseLike<unknown>,
): Promise<CodedError> {
  try {
    await promise;
  } catch (error) {
    return withCode(code, error);
  }
  throw new Error(`nothing was rejected; ${code} was expected`);
}

function withCode(code: ErrorCode, error: unknown): CodedError {
  expect(error).to.be.instanceOf(GudegError);
  const coded = error as CodedError;
  expect(coded.code, coded.message).to.equal(code);
  return coded;
}
