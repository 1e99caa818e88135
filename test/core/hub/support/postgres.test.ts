import { createRequire } from 'node:module';
import { expect } from 'chai';
import {
  ConnectionPool,
  Event,
  GreenPool,
  spawn,
  Timeout,
  wait,
  waitCallback,
} from '../../../../src/core/hub/index.ts';
import {
  cooperative,
  type Libpq,
  LibpqConnection,
  makeLibpqGreen,
} from '../../../../src/core/hub/support/index.ts';
import { leavePending } from '../../../support/needs-program.ts';
import { Service } from '../../../support/services.ts';
import { errorOf } from '../in-green.ts';
import { needsDriver, requireDriver } from './drivers-folder.ts';

interface Row {
  readonly n: number;
}
interface Client {
  connect(): Promise<void>;
  query(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
  release(): void;
  end(): Promise<void>;
}
interface Pg {
  Client: new (options: object) => Client;
  Pool: new (options: object) => Omit<Client, 'connect'> & { connect(): Promise<Client> };
}

interface PgNative {
  connectSync(params: string): void;
  querySync(text: string, values?: unknown[]): Record<string, unknown>[];
  prepareSync(name: string, text: string, valueCount: number): void;
  executeSync(name: string, values: unknown[]): Record<string, unknown>[];
  query(text: string, done: (error: unknown, rows?: unknown) => void): void;
  on(event: 'notification', listener: (message: { extra: string }) => void): void;
  end(): void;
}

const require = createRequire(import.meta.url);

describe('PostgreSQL in green threads', function () {
  this.timeout(60_000);
  this.slow(2000);
  let service: Service | string = 'not started';
  let options: object = {};

  before(async function () {
    service = await Service.postgres();
    if (typeof service === 'string') leavePending(this, service);
    options = { host: service.folder, user: 'postgres', database: 'postgres', max: 10 };
  });

  after(async () => {
    if (service instanceof Service) await service[Symbol.asyncDispose]();
  });

  describe('cooperative(pg)', () => {
    const pg = require('pg') as Pg;

    it('a Client and a Pool block the green thread, and nothing else', async () => {
      const pool = new pg.Pool(options);
      const db = cooperative(pool, { deep: ['connect'] });
      try {
        await spawn(() => {
          // Each waits for a lock that only the next one gives back.
          const numbers = [...new GreenPool(10).starmap(query, [[1], [2], [3], [4]])];
          expect(numbers).to.deep.equal([1, 2, 3, 4]);
          const client = db.connect() as unknown as {
            query(text: string): { rows: Row[] };
            release(): void;
          };
          expect(client.query('select 5 as n').rows).to.deep.equal([{ n: 5 }]);
          client.release();
          expect(errorOf(() => db.query('select nonsense'))).to.have.property('code', '42703');
        });
        expect((await pool.query('select 6 as n')).rows).to.deep.equal([{ n: 6 }]);
      } finally {
        await pool.end();
      }

      function query(n: number): number | undefined {
        return db.query('select $1::int as n, pg_sleep(0.01)', [n]).rows[0]?.n;
      }
    });

    it('a ConnectionPool rolls back what a user left behind', async () => {
      const pool = new ConnectionPool<Client>({
        connect: async () => {
          const client = new pg.Client(options);
          await client.connect();
          return client;
        },
        cleanup: (client) => client.query('rollback'),
        close: (client) => client.end(),
        maxSize: 1,
      });
      await spawn(() => {
        pool.with((client) => {
          wait(client.query('begin'));
          wait(client.query('create table left_behind (n int)'));
        });
        const found = pool.with((client) =>
          wait(
            client.query("select count(*)::int as n from pg_class where relname = 'left_behind'"),
          ),
        );
        expect(found.rows).to.deep.equal([{ n: 0 }]);
        expect(pool.statistics().created).to.equal(1);
      });
      pool.close();
    });
  });

  describe('LibpqConnection', () => {
    let connection: LibpqConnection;

    const connected = async (): Promise<LibpqConnection> => {
      const Pq = requireDriver('libpq') as new () => Libpq;
      const made = new LibpqConnection(new Pq(), {
        parse: (text, typeId) => (typeId === 23 ? Number(text) : text),
      });
      await spawn(() => {
        made.connect(`host=${(service as Service).folder} user=postgres dbname=postgres`);
      });
      return made;
    };

    before(async function () {
      needsDriver(this, 'libpq');
      connection = await connected();
    });

    after(() => {
      (connection as LibpqConnection | undefined)?.close();
    });

    it('runs statements, with values and without, and tells what they gave', async () => {
      await spawn(() => {
        expect(
          connection.query('select $1::int + 1 as n, $2::text as t', [41, null]),
        ).to.deep.equal({
          rows: [{ n: 42, t: null }],
          command: 'SELECT 1',
          rowCount: 1,
        });
        expect(
          connection.query('create temp table cats (name text); insert into cats values (1), (2)'),
        ).to.deep.equal({ rows: [], command: 'INSERT 0 2', rowCount: 2 });
        const error = errorOf(() => connection.query('select nonsense'));
        expect(error).to.have.property('code', '42703');
        expect((error as Error).message).to.match(/column "nonsense" does not exist/);
        expect(connection.query('select 1 as n').rows).to.deep.equal([{ n: 1 }]);
      });
    });

    it('waits for the socket: others run meanwhile, and statements of several threads take turns', async () => {
      const other = await connected();
      await spawn(() => {
        connection.query('select pg_advisory_lock(7)');
        const blocked = spawn(() => other.query('select pg_advisory_lock(7)').command);
        const queued = spawn(() => other.query('select 2 as n').rows);
        expect(connection.query('select 1 as n').rows).to.deep.equal([{ n: 1 }]);
        expect(blocked.dead).to.be.false;
        connection.query('select pg_advisory_unlock(7)');
        expect(blocked.wait()).to.equal('SELECT 1');
        expect(queued.wait()).to.deep.equal([{ n: 2 }]);
      });
      other.close();
    });

    it('cancels a statement whose thread is timed out; large ones go both ways', async () => {
      await spawn(() => {
        const slow = (): unknown => connection.query('select pg_sleep(600)');
        expect(errorOf(() => new Timeout(0.05).run(slow))).to.be.instanceOf(Timeout);
        const text = 'x'.repeat(5_000_000);
        expect(connection.query('select $1::text as t', [text]).rows[0]).to.deep.equal({ t: text });
      });
    });

    it('refuses to copy, in both directions, and goes on', async () => {
      await spawn(() => {
        for (const copy of [
          'copy (select 1) to stdout',
          'copy (select generate_series(1, 50000)) to stdout',
        ]) {
          expect(errorOf(() => connection.query(copy))).to.match(/no COPY/);
        }
        connection.query('create temp table copied (n int)');
        expect(errorOf(() => connection.query('copy copied from stdin'))).to.match(/no COPY/);
        expect(connection.query('select count(*) as n from copied').rows).to.deep.equal([
          { n: '0' },
        ]);
      });
    });

    it('tells those who use a connection that the server has ended', async () => {
      const other = await connected();
      await spawn(() => {
        const [row] = other.query('select pg_backend_pid() as pid').rows;
        const sleeping = spawn(() => other.query('select pg_sleep(600)'));
        connection.query('select pg_terminate_backend($1)', [row?.['pid']]);
        expect(errorOf(() => sleeping.wait())).to.match(/terminating connection|server closed/);
        expect(errorOf(() => other.query('select 1'))).to.be.instanceOf(Error);
      });
      other.close();
    });
  });

  describe('makeLibpqGreen(), under pg-native as it is', () => {
    let undo: () => void;
    const clients: PgNative[] = [];

    const connected = (): PgNative => {
      const Client = requireDriver('pg-native') as new () => PgNative;
      const client = new Client();
      client.connectSync(`host=${(service as Service).folder} user=postgres dbname=postgres`);
      clients.push(client);
      return client;
    };

    before(function () {
      needsDriver(this, 'pg-native');
      const libpq = requireDriver('libpq') as new () => object;
      undo = makeLibpqGreen(libpq);
      expect(makeLibpqGreen(libpq)).to.equal(undo);
    });

    afterEach(() => {
      for (const client of clients.splice(0)) client.end();
    });

    after(() => {
      (undo as (() => void) | undefined)?.();
    });

    it('its synchronous calls park: connecting, queries, prepared statements', async () => {
      await spawn(() => {
        const [one, other] = [connected(), connected()];
        one.querySync('select pg_advisory_lock(8)');
        // Blocked until the one below gives the lock back: on the event loop that would be for ever.
        const blocked = spawn(() => other.querySync('select pg_advisory_lock($1)', [8]).length);
        one.prepareSync('add', 'select $1::int + $2::int as sum', 2);
        expect(one.executeSync('add', [40, 2])).to.deep.equal([{ sum: 42 }]);
        expect(blocked.dead).to.be.false;
        one.querySync('select pg_advisory_unlock(8)');
        expect(blocked.wait()).to.equal(1);
        expect(one.querySync("select 1 as n; select 'last' as t")).to.deep.equal([{ t: 'last' }]);
        expect(
          one.querySync('select $1::text as t', ['x'.repeat(3_000_000)])[0]?.['t'],
        ).to.have.length(3_000_000);
      });
    });

    it('statements of several green threads take turns, each with its own rows', async () => {
      await spawn(() => {
        const client = connected();
        const ask = (n: number): unknown => client.querySync('select $1::int as n', [n])[0]?.['n'];
        const numbers = Array.from({ length: 30 }, (_, i) => i);
        expect([
          ...new GreenPool(10).starmap(
            ask,
            numbers.map((n) => [n]),
          ),
        ]).to.deep.equal(numbers);
      });
    });

    it('has the errors of the original, and cancels what is timed out or killed', async () => {
      const failures = (client: PgNative): unknown[] =>
        [
          () => client.querySync('select nonsense'),
          () => client.querySync('selec $1', [1]),
          () => {
            client.prepareSync('wrong', 'select * from nowhere', 0);
          },
          () => client.executeSync('unknown', []),
        ].map((call) => [(errorOf(call) as Error).message, client.querySync('select 1 as n')]);
      const expected = failures(connected());
      expect(expected[0]).to.deep.include([{ n: 1 }]);
      await spawn(() => {
        const client = connected();
        expect(failures(client)).to.deep.equal(expected);
        const sleep = (): unknown => client.querySync('select pg_sleep(600)');
        expect(errorOf(() => new Timeout(0.05).run(sleep))).to.be.instanceOf(Timeout);
        expect(client.querySync('select 2 as n')).to.deep.equal([{ n: 2 }]);
        const Client = requireDriver('pg-native') as new () => PgNative;
        expect(
          errorOf(() => {
            new Client().connectSync('host=/nowhere');
          }),
        ).to.match(/nowhere/);
      });
    });

    it('a client that listens for notifications gets them, and its queries park all the same', async () => {
      await spawn(() => {
        const client = connected();
        const notified: string[] = [];
        const hasBoth = new Event();
        client.on('notification', ({ extra }) => {
          if (notified.push(extra) === 2) hasBoth.send();
        });
        client.querySync('listen news');
        client.querySync("notify news, 'first'");
        connected().querySync("notify news, 'second'");
        hasBoth.wait();
        expect(notified).to.deep.equal(['first', 'second']);
      });
    });

    it('its calls with callbacks, and pg on it, need nothing of it', async () => {
      const pg = (requireDriver('pg') as { native: Pg }).native;
      const client = cooperative(new pg.Client(options));
      await spawn(() => {
        const plain = connected();
        const query = (text: string): unknown =>
          waitCallback((done) => {
            plain.query(text, done);
          });
        expect(query('select 3 as n')).to.deep.equal([{ n: 3 }]);
        client.connect();
        expect(client.query('select $1::int as n', [4]).rows).to.deep.equal([{ n: 4 }]);
        expect(errorOf(() => client.query('select nonsense'))).to.have.property('code', '42703');
        client.end();
      });
    });

    it('is what it was on the event loop’s own stack, and once it is undone', async () => {
      const client = connected();
      expect(client.querySync('select 5 as n')).to.deep.equal([{ n: 5 }]);
      undo();
      const { prototype } = requireDriver('libpq') as { prototype: { exec: { name: string } } };
      const original = prototype.exec;
      undo = makeLibpqGreen(requireDriver('libpq') as new () => object);
      expect(prototype.exec).to.not.equal(original);
      expect(await spawn(() => client.querySync('select 6 as n'))).to.deep.equal([{ n: 6 }]);
    });
  });
});
