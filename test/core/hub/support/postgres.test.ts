import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { ConnectionPool, GreenPool, spawn, Timeout, wait } from '../../../../src/core/hub/index.ts';
import {
  cooperative,
  type Libpq,
  LibpqConnection,
} from '../../../../src/core/hub/support/index.ts';
import { leavePending } from '../../../support/needs-program.ts';
import { Service } from '../../../support/services.ts';
import { errorOf } from '../in-green.ts';
import { libpqFolder } from './libpq-folder.ts';

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
    const folder = libpqFolder();
    let connection: LibpqConnection;

    const connected = async (): Promise<LibpqConnection> => {
      const Pq = require(folder) as new () => Libpq;
      const made = new LibpqConnection(new Pq(), {
        parse: (text, typeId) => (typeId === 23 ? Number(text) : text),
      });
      await spawn(() => {
        made.connect(`host=${(service as Service).folder} user=postgres dbname=postgres`);
      });
      return made;
    };

    before(async function () {
      if (!existsSync(folder)) {
        leavePending(this, 'node test/core/hub/support/build-libpq.mjs builds what it needs');
      }
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
  });
});
