import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Event, GreenletExit, gyield, spawn } from '../../../../src/core/hub/index.ts';
import { SqliteDatabase } from '../../../../src/core/hub/support/index.ts';
import { errorOf } from '../in-green.ts';
import { sqliteFolder } from './drivers-folder.ts';

describe('SqliteDatabase', function () {
  this.timeout(30_000);
  this.slow(1000);
  let folder: string;
  const workingFolder = process.cwd();

  before(function () {
    process.chdir(sqliteFolder(this));
    folder = mkdtempSync(join(tmpdir(), 'gudeg-sqlite-'));
  });

  after(() => {
    process.chdir(workingFolder);
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

  it('iterate() gives rows one by one, and keeps its connection until the loop is left', async () => {
    using db = new SqliteDatabase(join(folder, 'iterate.db'), { threads: 2 });
    await spawn(() => {
      db.exec('create table numbers (n integer, data blob)');
      const insert = db.prepare('insert into numbers values (?, ?)');
      db.transaction(() => {
        for (let n = 0; n < 1000; n++) insert.run(n, Buffer.from([n % 256]));
      })();
      const select = db.prepare('select n, data from numbers order by n');
      const rows = [...select.iterate()] as { n: number; data: Buffer }[];
      expect(rows.map(({ n }) => n)).to.deep.equal(Array.from({ length: 1000 }, (_, n) => n));
      expect(rows[300]?.data).to.deep.equal(Buffer.from([44]));
      expect([
        ...db.prepare('select n from numbers where n > ?').pluck().iterate(997),
      ]).to.deep.equal([998, 999]);
      expect([...db.prepare('select 1 where 0').iterate()]).to.deep.equal([]);
      const seen: unknown[] = [];
      for (const row of select.iterate()) {
        const { n } = row as { n: number };
        // It reads on the same connection, and another statement of the same text too.
        seen.push(db.prepare('select n + 1 from numbers where n = ?').pluck().get(n));
        for (const inner of select.iterate()) {
          expect(inner).to.have.property('n', 0);
          break;
        }
        if (n === 0) expect(errorOf(() => insert.run(0, null))).to.match(/busy executing a query/);
        if (n === 3) break;
      }
      expect(seen).to.deep.equal([1, 2, 3, 4]);
      expect(insert.run(1000, null).changes).to.equal(1);
    });
  });

  it('iterate() throws where a row fails, after the rows before it', async () => {
    using db = new SqliteDatabase(':memory:');
    await spawn(() => {
      const fails = `select abs(case when value = 3 then -9223372036854775807 - 1 else value end) from json_each('[1,2,3]')`;
      const seen: unknown[] = [];
      const error = errorOf(() => {
        for (const n of db.prepare(fails).pluck().iterate()) seen.push(n);
      });
      expect(error).to.match(/integer overflow/);
      expect(seen).to.deep.equal([1, 2]);
      expect(db.prepare('select 1').pluck().get()).to.equal(1);
    });
  });

  it('takes a connection back from a thread that ends in the middle of its rows', async () => {
    using db = new SqliteDatabase(':memory:');
    const rows = await spawn(() => {
      db.exec('create table numbers (n integer); insert into numbers values (1), (2), (3)');
      const unfinished = db.prepare('select n from numbers').iterate();
      expect(unfinished.next().value).to.deep.equal({ n: 1 });
      const killed = spawn(() => {
        for (const row of db.prepare('select n from numbers').iterate()) gyield(row === undefined);
      });
      gyield();
      killed.kill();
      return unfinished;
    });
    await spawn(() => {
      expect(db.prepare('insert into numbers values (4)').run().changes).to.equal(1);
      expect(errorOf(() => rows.next())).to.have.property('code', 'GUDEG_ERR_HUB_STATE');
    });
  });

  it('function() and aggregate() make functions of SQL, on every connection', async () => {
    using db = new SqliteDatabase(join(folder, 'functions.db'), { threads: 3 });
    await spawn(() => {
      const value = (sql: string): unknown => db.prepare(sql).pluck().get();
      expect(db.function('double', { deterministic: true }, (n: number) => n * 2)).to.equal(db);
      db.function('joined', { varargs: true }, (...all: string[]) => all.join('-'));
      db.function('parts', function (path: string) {
        return (require as (name: string) => { basename(path: string): string })('path').basename(
          path,
        );
      });
      db.aggregate('product', {
        start: 1,
        step: (total: number, n: number) => total * n,
        inverse: (total: number, n: number) => total / n,
        result: (total: number) => total + 0.5,
      });
      db.aggregate('listed', {
        start: () => [],
        step(list: number[], n: number) {
          list.push(n);
        },
        result: (list: number[]) => JSON.stringify(list),
      });
      // Each holds its connection while it looks for others.
      const all = db.transaction((depth: number): unknown[] => {
        const mine = [value('select double(21)'), value("select joined('a', 'b', 'c')")];
        return depth === 0 ? mine : [...mine, ...spawn(() => all(depth - 1)).wait()];
      });
      expect(all(2)).to.deep.equal([42, 'a-b-c', 42, 'a-b-c', 42, 'a-b-c']);
      expect(value("select parts('/a/b.txt')")).to.equal('b.txt');
      expect(value("select product(value) from json_each('[2,3,4]')")).to.equal(24.5);
      expect(value("select listed(value) from json_each('[2,3]')")).to.equal('[2,3]');
      const window =
        'select product(value) over (order by value rows between 1 preceding and current row) ' +
        "from json_each('[2,3,4]')";
      expect(db.prepare(window).pluck().all()).to.deep.equal([2.5, 6.5, 12.5]);
      db.function('fails', () => {
        throw new RangeError('in SQL');
      });
      expect(errorOf(() => value('select fails()'))).to.include({
        name: 'RangeError',
        message: 'in SQL',
      });
      expect(errorOf(() => db.function('bad', Math.max))).to.be.instanceOf(TypeError);
      expect(errorOf(() => db.aggregate('bad', {} as never))).to.match(/step/);
    });
  });

  it('table() makes tables of generators, and modules of them, on every connection', async () => {
    using db = new SqliteDatabase(join(folder, 'tables.db'), { threads: 3 });
    await spawn(() => {
      const values = (sql: string): unknown[] => db.prepare(sql).pluck().all();
      const given = db.table('numbers', {
        columns: ['n'],
        parameters: ['count'],
        *rows(count: number) {
          for (let n = 1; n <= count; n++) yield { n };
        },
      });
      expect(given).to.equal(db);
      db.table('words', function (separator: string) {
        const { module, table } = this;
        return {
          columns: ['word', 'origin'],
          rows: function* (text: string) {
            for (const word of text.split(separator)) yield [word, `${module} ${table}`];
          },
        };
      });
      db.exec('create virtual table by_dash using words(-)');
      // Each holds its connection while it looks for others.
      const all = db.transaction((depth: number): unknown[] => {
        const mine = [
          values('select n from numbers(3)'),
          values("select origin || ' ' || word from by_dash('a-b')"),
        ];
        return depth === 0 ? mine : [...mine, ...spawn(() => all(depth - 1)).wait()];
      });
      const once = [
        [1, 2, 3],
        ['words by_dash a', 'words by_dash b'],
      ];
      expect(all(2)).to.deep.equal([...once, ...once, ...once]);
      db.table('fails', {
        columns: ['n'],
        *rows() {
          yield [1];
          throw new RangeError('in a table');
        },
      });
      expect(errorOf(() => values('select n from fails'))).to.include({
        name: 'RangeError',
        message: 'in a table',
      });
      expect(errorOf(() => db.table('bad', { columns: ['n'] } as never))).to.match(/"rows"/);
      expect(errorOf(() => db.table('bad', Math.max as never))).to.be.instanceOf(TypeError);
    });
  });

  it('unsafeMode() lets a loop over rows change the table, on every connection, until it is off', async () => {
    using db = new SqliteDatabase(join(folder, 'unsafe.db'), { threads: 2 });
    await spawn(() => {
      // More than are fetched at a time: the table is still being read when it is changed.
      const count = 40;
      db.exec(
        `create table numbers (n integer);
         with recursive one(n) as (select 1 union all select n + 1 from one where n < ${count})
         insert into numbers select n from one`,
      );
      const negate = db.prepare('update numbers set n = -n where n = ?');
      const read = db.prepare('select n from numbers').pluck();
      const negateAll = (): void => {
        for (const n of read.iterate()) negate.run(n);
      };
      const onBoth = db.transaction((depth: number): unknown[] => {
        const mine = errorOf(negateAll);
        return depth === 0 ? [mine] : [mine, ...spawn(() => onBoth(depth - 1)).wait()];
      });
      const isBusy = /busy executing a query/;
      expect(errorOf(negateAll)).to.match(isBusy);
      expect(db.unsafeMode()).to.equal(db);
      negateAll();
      expect(new Set(read.all().map((n) => (n as number) < 0))).to.deep.equal(new Set([true]));
      // The other connection is made while this one is held.
      db.transaction(() => spawn(negateAll).wait()).deferred();
      expect(new Set(read.all().map((n) => (n as number) < 0))).to.deep.equal(new Set([false]));
      db.unsafeMode(false);
      const errors = onBoth(1);
      expect(errors).to.have.length(2);
      for (const error of errors) expect(error).to.match(isBusy);
    });
  });

  it('backup() copies into a file while others write, and tells how far it is', async () => {
    using db = new SqliteDatabase(join(folder, 'source.db'), {
      setup: ['pragma journal_mode = wal'],
    });
    const copy = join(folder, 'copy.db');
    await spawn(() => {
      db.exec('create table texts (t text)');
      const insert = db.prepare('insert into texts values (?)');
      db.transaction(() => {
        for (let n = 0; n < 500; n++) insert.run('x'.repeat(4000));
      })();
      const seen: number[] = [];
      const copied = spawn(() =>
        db.backup(copy, { progress: ({ remainingPages }) => seen.push(remainingPages) }),
      );
      insert.run('meanwhile');
      expect(copied.wait()).to.include({ remainingPages: 0 });
      expect(seen).to.have.length.above(2);
      using other = new SqliteDatabase(copy, { readonly: true });
      expect(other.prepare('select count(*) from texts').pluck().get()).to.be.oneOf([500, 501]);
      expect([other.readonly, other.memory, other.open]).to.deep.equal([true, false, true]);
      expect(errorOf(() => other.exec('delete from texts'))).to.have.property(
        'code',
        'SQLITE_READONLY',
      );
      expect(errorOf(() => db.backup(join(folder, 'nowhere', 'copy.db')))).to.match(
        /does not exist/,
      );
      using memory = new SqliteDatabase(':memory:');
      memory.exec('create table t (n)');
      memory.backup(join(folder, 'memory.db'));
      expect(existsSync(join(folder, 'memory.db'))).to.be.true;
      expect(memory.serialize().subarray(0, 15).toString()).to.equal('SQLite format 3');
      expect(memory.close().open).to.be.false;
      expect(errorOf(() => memory.exec('select 1'))).to.have.property(
        'code',
        'GUDEG_ERR_HUB_SHUT_DOWN',
      );
    });
  });

  it('statements bind for good, and have one form of rows, as they have there', async () => {
    using db = new SqliteDatabase(':memory:');
    await spawn(() => {
      const bound = db.prepare('select ? as a, ? as b').bind(1, 'two');
      expect(bound.get()).to.deep.equal({ a: 1, b: 'two' });
      expect(errorOf(() => bound.get(1))).to.match(/already has bound parameters/);
      expect(errorOf(() => bound.bind(1))).to.match(/only be invoked once/);
      expect(bound.pluck().raw().get()).to.deep.equal([1, 'two']);
      expect(bound.pluck(false).get()).to.deep.equal([1, 'two']);
      expect(bound.raw(false).get()).to.deep.equal({ a: 1, b: 'two' });
      expect(bound.expand().get()).to.deep.equal({ $: { a: 1, b: 'two' } });
      db.defaultSafeIntegers();
      expect(db.prepare('select 1').pluck().get()).to.equal(1n);
      expect(db.prepare('select 1').pluck().safeIntegers(false).get()).to.equal(1);
      const transaction = db.transaction(() => db.inTransaction);
      expect([transaction(), transaction.default(), transaction.database === db]).to.deep.equal([
        true,
        true,
        true,
      ]);
    });
  });

  it('says so where better-sqlite3 is one for a later Node', () => {
    const later = join(folder, 'later');
    mkdirSync(join(later, 'node_modules', 'better-sqlite3', 'lib'), { recursive: true });
    const packageFile = { name: 'better-sqlite3', version: '99.0.0', engines: { node: '>=999' } };
    const at = join(later, 'node_modules', 'better-sqlite3');
    writeFileSync(
      join(at, 'package.json'),
      JSON.stringify({ ...packageFile, main: 'lib/index.js' }),
    );
    writeFileSync(join(at, 'lib', 'index.js'), '');
    const before = process.cwd();
    process.chdir(later);
    try {
      expect(() => new SqliteDatabase(':memory:'))
        .to.throw('better-sqlite3 99.0.0 needs Node 999')
        .with.property('code', 'GUDEG_ERR_HUB_PEER');
    } finally {
      process.chdir(before);
    }
  });
});
