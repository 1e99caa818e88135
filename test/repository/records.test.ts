import { expect } from 'chai';

import * as clientRecords from '../../src/core/native/client-records.ts';
import * as records from '../../src/core/native/records.ts';
import { textOf } from './tree.ts';

const header = ['records.h', 'client_records.h']
  .map((name) => textOf(`native/connection/${name}`).replace(/\/\/.*$/gm, ''))
  .join('');

/** `{ HEAD_OFFSET: 2 }` for `kRequestHeadOffset = 2` of the C++ enumeration, without the prefix. */
function enumeration(name: string, prefix: string): Record<string, number> {
  const body = new RegExp(`enum (?:class )?${name}\\b[^{]*\\{([^}]*)\\}`).exec(header)?.[1] ?? '';
  const rows = [...body.matchAll(/\bk(\w+) = (\d+)(?: << (\d+))?/g)];
  return Object.fromEntries(
    rows.map(([, id = '', value = '', shift = '0']) => [
      id
        .replace(new RegExp(`^${prefix}`), '')
        .replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
        .toUpperCase(),
      Number(value) << Number(shift),
    ]),
  );
}

function integer(name: string): number {
  const [, value = '', shift = '0'] =
    new RegExp(`\\b${name} = (\\d+)(?: << (\\d+))?;`).exec(header) ?? [];
  return Number(value) << Number(shift);
}

/** Without the rows that tell how long a record is, which have a constant of their own. */
function without(rows: Record<string, number>, ...names: string[]): Record<string, number> {
  return Object.fromEntries(Object.entries(rows).filter(([name]) => !names.includes(name)));
}

describe('the records shared by C++ and JavaScript', () => {
  it('have the same layout on both sides', () => {
    expect(records.EventKind).to.deep.equal(enumeration('EventKind', ''));
    expect(records.RequestIndex).to.deep.equal(enumeration('RequestIndex', 'Request'));
    expect(records.MessageIndex).to.deep.equal(enumeration('MessageIndex', 'Message'));
    expect(records.MessageFlag).to.deep.equal(enumeration('MessageFlags', 'Message'));
    expect(records.RequestFlag).to.deep.equal(enumeration('RequestFlags', 'Flag'));
    expect(records.AnswerFlag).to.deep.equal(enumeration('AnswerFlags', 'Answer'));
    expect(records.BodyStatus).to.deep.equal(enumeration('BodyStatus', ''));
    expect(records.ControlIndex).to.deep.equal(
      without(enumeration('ControlIndex', 'Control'), 'INTS'),
    );
  });

  it('have the same lengths on both sides', () => {
    expect(records.EVENT_INTS).to.equal(integer('kEventInts'));
    expect(records.ANSWER_INTS).to.equal(enumeration('AnswerIndex', 'Answer')['INTS']);
    expect(records.TARGET_REFRESH).to.equal(integer('kTargetRefresh'));
  });

  it('have the same layout for clients on both sides', () => {
    expect(clientRecords.ClientEventKind).to.deep.equal(enumeration('ClientEventKind', ''));
    expect(clientRecords.ResponseFlag).to.deep.equal(enumeration('ResponseFlags', 'Response'));
  });

  it('name the reasons of a close in the same order', () => {
    const reasons = (name: string): string[] =>
      Object.entries(enumeration(name, ''))
        .sort(([, a], [, b]) => a - b)
        .map(([reason]) => reason.toLowerCase().replaceAll('_', '-'));
    expect([...records.CLOSE_REASONS]).to.deep.equal(reasons('CloseReason'));
    expect([...clientRecords.CLIENT_CLOSE_REASONS]).to.deep.equal(reasons('ClientCloseReason'));
  });
});
