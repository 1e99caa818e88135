import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Receives datagrams; node has no unix datagram sockets. */
const receiver = `
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
while True:
    print(json.dumps(s.recv(65536).decode()), flush=True)
`;

/** Stands in for the socket on which systemd hears from services (sd_notify(3)). */
export class NotifySocket implements AsyncDisposable {
  /** What has come, in its order: the states of each message. */
  readonly messages: string[][] = [];
  readonly #child: ChildProcess;
  #wake: (() => void)[] = [];

  private constructor(path: string) {
    this.#child = spawn('python3', ['-c', receiver, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  static async open(path: string): Promise<NotifySocket> {
    const socket = new NotifySocket(path);
    if (socket.#child.stdout === null) throw new Error('no output');
    const lines = createInterface({ input: socket.#child.stdout });
    const isReady = once(lines, 'line');
    await isReady;
    lines.on('line', (line) => {
      socket.messages.push((JSON.parse(line) as string).split('\n'));
      for (const wake of socket.#wake.splice(0)) wake();
    });
    return socket;
  }

  /** The first message that has a state which `pattern` matches, taken out with all before it. */
  async told(pattern: RegExp): Promise<string[]> {
    for (;;) {
      const at = this.messages.findIndex((states) => states.some((state) => pattern.test(state)));
      const found = this.messages[at];
      if (found !== undefined) {
        this.messages.splice(0, at + 1);
        return found;
      }
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}
