import { once } from 'node:events';
import { WebSocket } from 'undici';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: object;
  readonly result?: object;
}

/** Somebody outside who debugs a process: the inspector's protocol over its WebSocket. */
export class InspectorClient implements Disposable {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: object) => void>();
  readonly #events = new Map<string, (params: object) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, method = '', params, result } = JSON.parse(String(data)) as Message;
      if (id === undefined) this.#events.get(method)?.(params ?? {});
      else this.#answers.get(id)?.(result ?? {});
    });
  }

  /** @param url what `--inspect` prints: `ws://127.0.0.1:...` */
  static async connect(url: string): Promise<InspectorClient> {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    return new InspectorClient(socket);
  }

  /** Calls a method: its result. */
  call<T = object>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => {
      this.#answers.set(id, (result) => {
        this.#answers.delete(id);
        resolve(result as T);
      });
    });
  }

  /** The next event of that name. */
  event<T = object>(method: string): Promise<T> {
    return new Promise((resolve) => {
      this.#events.set(method, (params) => {
        this.#events.delete(method);
        resolve(params as T);
      });
    });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
