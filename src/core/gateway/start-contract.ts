import { GudegError } from '../errors.ts';
import { demand } from './contract.ts';
import { responseHead } from './response-head.ts';

/** Checks what an app gives `startResponse`. @throws GUDEG_ERR_GATEWAY_CONTRACT */
export function checkStart(args: readonly unknown[]): void {
  demand(
    args.length === 2 || args.length === 3,
    'the number of arguments of startResponse',
    '2 or 3',
    args.length,
  );
  const [status, headers] = args;
  const { status: code, headers: fields } = checkedHead(status, headers);
  if (typeof status === 'string') {
    demand(/^\d{3} \S/.test(status), 'status', "a number, a space and a reason: '200 OK'", status);
  }
  for (const name in fields) {
    const where = `the header ${name}`;
    demand(name !== 'status', where, 'absent; it is the first argument', fields[name]);
    demand(!/[-_]$/.test(name), where, "named without '-' or '_' at the end", name);
  }
  const type = fields['content-type'];
  const mayHaveBody = code !== 204 && code !== 304;
  demand(
    !mayHaveBody || typeof type === 'string',
    'the header content-type',
    `given once with status ${code}`,
    type,
  );
  demand(
    mayHaveBody || type === undefined,
    'the header content-type',
    `absent with status ${code}, which has no body`,
    type,
  );
}

/** What the server would refuse too, as a break of the contract. */
function checkedHead(status: unknown, headers: unknown): ReturnType<typeof responseHead> {
  try {
    return responseHead(status, headers, false);
  } catch (cause) {
    throw new GudegError('GUDEG_ERR_GATEWAY_CONTRACT', (cause as Error).message, { cause });
  }
}
