/** A case whose transcript differs from node:http's on purpose. */
export interface Deviation {
  /** The group and the title of the case. */
  readonly title: string;
  readonly reason: string;
  /** Only on these major versions of Node; without it, on all. */
  readonly majors?: readonly number[];
}

/** Where gudeg/node-http does something else than node:http, and why. */
export const deviations: readonly Deviation[] = [
  {
    title: 'a connection: gives every request of a connection the same socket',
    reason:
      'a pipelined request comes after the answer to the one before it, so its response has its socket at once',
  },
  {
    title: 'a request: has a target with a fragment',
    reason: 'a target with a fragment breaks RFC 9112 section 3.2 and is answered with 400',
  },
  {
    title: 'the body of a request: destroys a request when iteration breaks off',
    reason:
      'a short body is read to its end in one go, so its `close` may come before the iteration goes on',
  },
  {
    title: 'an expectation: refuses a body in checkContinue',
    reason:
      'a request whose body is dropped behind an early answer ends; in node:http it emits nothing',
  },
  {
    title: 'an expectation: refuses line ends in early hints',
    reason: 'line ends in early hints are refused on every version, as in Node 24',
    majors: [20, 22],
  },
  {
    title: 'an abort: req.destroy',
    reason: 'a request that is destroyed before anybody read it does not emit `end` afterwards',
  },
  {
    title: 'an abort: res.destroy after end',
    reason: '`close` of the response comes before `end` of the request, not behind it',
  },
  {
    title: 'a response as a stream: shows the state of the stream at each stage',
    reason: 'writableLength does not count what was written in the same tick',
    majors: [20, 22, 24],
  },
  {
    title: 'a broken message: two hosts',
    reason: 'two host fields leave open who is meant; RFC 9112 section 3.2 asks for 400',
  },
  {
    title: 'what surrounds a request: keeps the context of a request apart',
    reason: 'what enterWith() sets does not show in the next request, as in Node 24',
    majors: [20, 22],
  },
  {
    title: 'what surrounds a request: keeps the context of storage.run in events',
    reason: '`end` keeps the context in which the listener was added to read',
  },
  {
    title: 'what surrounds a request: publishes the channels of node:http',
    reason: 'http.server.response.created is published on Node 20 too',
    majors: [20],
  },
];
