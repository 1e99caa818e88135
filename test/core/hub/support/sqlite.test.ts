import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Event, GreenletExit, gyield, spawn } from '../../../../src/core/hub/index.ts';
import { SqliteDatabase } from '../../../../src/core/hub/support/index.ts';
import { leavePending } from '../../../support/needs-program.ts';
import { errorOf } from '../in-green.ts';

describe('SqliteDatabase', function () {
  this.timeout(30_000);
  this.slow(1000);
  let folder: string;

  before(function () {
    if (Number(process.versions.node.split('.')[0]) < 22) {
      leavePending(this, 'better-sqlite3 13 needs Node 22', true);
    }
    folder = mkdtempSync(join(tmpdir(), 'gudeg-sqlite-'));
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  it('has the calls of better-sqlite3, which park: rows, blobs, big integers, errors', async () => {
    using db = new SqliteDatabase(':memory:');
    await spawn(() => {
      db.exec('create table cats (id integer primary key, name text, data blob)');
      const insert = db.prepare('insert into cats (name, data) values (@name, @data)');
      expect([insert.reader, insert.readonly]).to.deep.equal([false, false]);
      expect(insert.run({ name: 'Joey', data: Buffer.from('bytes') })).to.deep.equal({
        changes: 1,
        lastInsertRowid: 1,
      });
      const select = db.prepare('select * from cats where id = ?');
      expect(select.get(1)).to.deep.equal({ id: 1, name: 'Joey', data: Buffer.from('bytes') });
      expect(select.get(2)).to.equal(undefined);
      expect(select.columns().map(({ name }) => name)).to.deep.equal(['id', 'name', 'data']);
      const all = db.prepare('select id, name from cats');
      expect(all.all()).to.deep.equal([{ id: 1, name: 'Joey' }]);
      expect(all.raw().all()).to.deep.equal([[1, 'Joey']]);
      expect(all.raw(false).pluck().safeIntegers().all()).to.deep.equal([1n]);
      expect(db.pragma('user_version', { simple: true })).to.equal(0);
      const error = errorOf(() => db.prepare('select nonsense'));
      expect(error).to.include({ name: 'SqliteError', code: 'SQLITE_ERROR' });
      expect((error as Error).message).to.match(/no such column: nonsense/);
    });
    expect(() => db.exec('')).to.throw('would block');
  });

  for (const threads of [1, 3]) {
    it(`keeps a transaction to the green thread that began it, on ${threads} connections`, async () => {
      const path = join(folder, `transactions-${threads}.db`);
      using db = new SqliteDatabase(path, { threads, setup: ['pragma journal_mode = wal'] });
      await spawn(() => {
        db.exec('create table numbers (n integer)');
        const insert = db.prepare('insert into numbers values (?)');
        const count = db.prepare('select count(*) from numbers').pluck();
        const seen: unknown[] = [];
        const middle = new Event();
        const go = new Event();
        const writer = spawn(
          db.transaction(() => {
            insert.run(1);
            middle.send();
            go.wait();
            insert.run(2);
            seen.push(['inside', db.inTransaction, count.get()]);
            return 'done';
          }),
        );
        middle.wait();
        expect(db.inTransaction).to.be.false;
        const reader = spawn(() => seen.push(['outside', count.get()]));
        if (threads > 1) reader.wait();
        else gyield();
        go.send();
        expect(writer.wait()).to.equal('done');
        reader.wait();
        expect(seen).to.deep.equal(
          threads > 1
            ? [
                ['outside', 0],
                ['inside', true, 2],
              ]
            : [
                ['inside', true, 2],
                ['outside', 2],
              ],
        );
      });
    });
  }

  it('rolls back what fails, by itself where it is a part, and what is killed', async () => {
    using db = new SqliteDatabase(join(folder, 'rollback.db'));
    await spawn(() => {
      db.exec('create table numbers (n integer)');
      const insert = db.prepare('insert into numbers values (?)');
      const numbers = (): unknown[] => db.prepare('select n from numbers order by n').pluck().all();
      const fail = db.transaction((n: number) => {
        insert.run(n);
        throw new Error('no');
      });
      expect(errorOf(() => fail(1))).to.have.property('message', 'no');
      expect(numbers()).to.deep.equal([]);
      db.transaction(() => {
        insert.run(2);
        expect(errorOf(() => fail.immediate(3))).to.have.property('message', 'no');
        db.transaction(() => insert.run(4))();
      }).exclusive();
      expect(numbers()).to.deep.equal([2, 4]);
      const victim = spawn(
        db.transaction(() => {
          insert.run(5);
          gyield(false);
        }),
      );
      gyield();
      while (victim.statistics().waitsIn !== 'gyield(false)') gyield();
      victim.kill(undefined, { block: true, sticky: true });
      expect(victim.exception).to.be.instanceOf(GreenletExit);
      expect(numbers()).to.deep.equal([2, 4]);
      expect(errorOf(db.transaction(() => Promise.resolve()))).to.be.instanceOf(TypeError);
      expect(errorOf(() => db.transaction(5 as never))).to.be.instanceOf(TypeError);
    });
  });

  it('leaves the loop free while it works, and opens no broken file', async () => {
    using db = new SqliteDatabase(':memory:');
    let turns = 0;
    let isOver = false;
    const turning = (async () => {
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve));
        turns++;
      }
    })();
    const sum = await spawn(() =>
      db
        .prepare(
          'with recursive c(n) as (select 1 union all select n + 1 from c where n < 300000) select sum(n) from c',
        )
        .pluck()
        .get(),
    );
    isOver = true;
    await turning;
    expect(sum).to.equal(45_000_150_000);
    expect(turns).to.be.above(10);
    using missing = new SqliteDatabase(join(folder, 'missing.db'), { fileMustExist: true });
    const error = await spawn(() => errorOf(() => missing.exec('select 1')));
    expect(error).to.have.property('code', 'SQLITE_CANTOPEN');
    expect(() => new SqliteDatabase(5 as never)).to.throw(TypeError, 'filename');
  });
});
