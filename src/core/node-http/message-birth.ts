import { IncomingMessage, ServerResponse, type ServerOptions } from 'node:http';
import { RequestFlag } from '../native/index.ts';
import type { EngineRequest } from '../server/index.ts';
import { checkedEarlyHints } from './early-hints.ts';
import type { HttpSocket } from './http-socket.ts';
import { readIncomingBody } from './incoming-body.ts';
import { IncomingHead } from './incoming-head.ts';
import { kEngineRequest, kHead } from './message-fields.ts';
import type { NodeRequest, NodeResponse } from './node-internals.ts';

/** In EngineRequest.bits flags stand above the framing. */
const HTTP10 = RequestFlag.HTTP10 << 4;

type ResponseOptions = Pick<ServerOptions, 'highWaterMark' | 'rejectNonStandardBodyWrites'>;
type IncomingBirth = new (
  socket: HttpSocket,
  request: EngineRequest,
  maxHeaders: number,
) => NodeRequest;
type OutgoingBirth = new (request: NodeRequest, options: ResponseOptions) => NodeResponse;

interface Born extends NodeRequest {
  [kEngineRequest]: EngineRequest | undefined;
  [kHead]: IncomingHead | undefined;
}

const lazyRawHeaders: PropertyDescriptor & ThisType<Born> = {
  configurable: true,
  enumerable: true,
  get(): string[] {
    const raw = (this[kHead] as IncomingHead).rawHeaders(this);
    if (raw.length > 0) this.rawHeaders = raw;
    return raw;
  },
  set(value: string[]): void {
    // Node's constructor sets an empty array before the head is there.
    if (this[kHead] === undefined) return;
    Object.defineProperty(this, 'rawHeaders', {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  },
};

/**
 * Makes request and response objects that are node's own, with the prototypes that an application
 * wants them to have.
 *
 * Express gives each request and response another prototype, and an object whose prototype was changed
 * is slow from then on. So the prototypes that are found on the last objects are those that the next
 * ones are born with, and the change changes nothing. All that is ours about an object is its own
 * property, so that it doesn't matter which prototype it has.
 */
export class MessageBirth {
  readonly #incoming = new Map<object, IncomingBirth>();
  readonly #outgoing = new Map<object, OutgoingBirth>();
  readonly #responseOptions: ResponseOptions;
  #incomingPrototype: object;
  #outgoingPrototype: object;
  #Incoming: IncomingBirth;
  #Outgoing: OutgoingBirth;

  constructor(options: ServerOptions) {
    const incoming = options.IncomingMessage ?? IncomingMessage;
    const outgoing = options.ServerResponse ?? ServerResponse;
    this.#incomingPrototype = incoming.prototype;
    this.#outgoingPrototype = outgoing.prototype;
    this.#Incoming = incomingBorn(this.#incomingPrototype, incoming);
    this.#Outgoing = outgoingBorn(this.#outgoingPrototype, outgoing);
    this.#incoming.set(this.#incomingPrototype, this.#Incoming);
    this.#outgoing.set(this.#outgoingPrototype, this.#Outgoing);
    const { highWaterMark, rejectNonStandardBodyWrites } = options;
    this.#responseOptions = {
      ...(highWaterMark === undefined ? {} : { highWaterMark }),
      ...(rejectNonStandardBodyWrites === undefined ? {} : { rejectNonStandardBodyWrites }),
    };
  }

  request(socket: HttpSocket, request: EngineRequest, maxHeaders: number): NodeRequest {
    return new this.#Incoming(socket, request, maxHeaders);
  }

  response(request: NodeRequest): NodeResponse {
    return new this.#Outgoing(request, this.#responseOptions);
  }

  /** Looks at what the application did to the prototypes of its objects. */
  learn(request: NodeRequest, response: NodeResponse): void {
    const incoming = Object.getPrototypeOf(request) as object;
    if (incoming !== this.#incomingPrototype) {
      this.#Incoming = born(this.#incoming, incoming, incomingBorn);
      this.#incomingPrototype = incoming;
    }
    const outgoing = Object.getPrototypeOf(response) as object;
    if (outgoing !== this.#outgoingPrototype) {
      this.#Outgoing = born(this.#outgoing, outgoing, outgoingBorn);
      this.#outgoingPrototype = outgoing;
    }
  }
}

/** More prototypes than an application has: somebody makes one for each request. */
const MAX_PROTOTYPES = 64;

function born<Birth>(
  births: Map<object, Birth>,
  prototype: object,
  make: (prototype: object) => Birth,
): Birth {
  let birth = births.get(prototype);
  if (birth === undefined) {
    if (births.size >= MAX_PROTOTYPES) births.clear();
    births.set(prototype, (birth = make(prototype)));
  }
  return birth;
}

const isClass = (constructor: unknown): boolean =>
  Function.prototype.toString.call(constructor).startsWith('class');

function incomingBorn(prototype: object, base: unknown = IncomingMessage): IncomingBirth {
  const construct = base as (this: object, socket: HttpSocket) => void;
  // One constructor for each prototype: the objects of each have a shape of their own.
  function Incoming(this: Born, socket: HttpSocket, request: EngineRequest, max: number): void {
    Object.defineProperty(this, 'rawHeaders', lazyRawHeaders);
    construct.call(this, socket);
    adopt(this, request, max);
  }
  // What is declared as a class can't be called; its objects come out a little slower.
  function IncomingOfClass(socket: HttpSocket, request: EngineRequest, max: number): Born {
    const message = Reflect.construct(construct, [socket], Incoming) as Born;
    Object.defineProperty(message, 'rawHeaders', lazyRawHeaders);
    adopt(message, request, max);
    return message;
  }
  Incoming.prototype = prototype;
  reserveFields(Incoming, base);
  return (isClass(base) ? IncomingOfClass : Incoming) as unknown as IncomingBirth;
}

/**
 * V8 gives an object as many fields as the constructors ask for that it finds along the chain. Without
 * those of node, objects would grow too many others and become dictionaries: 3 µs for each request.
 */
function reserveFields(constructor: object, base: unknown): void {
  Object.setPrototypeOf(constructor, base as object);
}

function adopt(message: Born, request: EngineRequest, maxHeaders: number): void {
  message[kEngineRequest] = request;
  message[kHead] = new IncomingHead(request, maxHeaders > 0 ? maxHeaders : Infinity);
  message._read = readIncomingBody;
  const isOld = (request.bits & HTTP10) !== 0;
  message.httpVersionMajor = 1;
  message.httpVersionMinor = isOld ? 0 : 1;
  message.httpVersion = isOld ? '1.0' : '1.1';
  message.url = request.uri;
  message.method = request.method;
  message.upgrade = false;
}

function outgoingBorn(prototype: object, base: unknown = ServerResponse): OutgoingBirth {
  const construct = base as (this: object, request: NodeRequest, options: ResponseOptions) => void;
  function Outgoing(this: NodeResponse, request: NodeRequest, options: ResponseOptions): void {
    construct.call(this, request, options);
    if (checkedEarlyHints !== null) this.writeEarlyHints = checkedEarlyHints;
  }
  function OutgoingOfClass(request: NodeRequest, options: ResponseOptions): NodeResponse {
    const response = Reflect.construct(construct, [request, options], Outgoing) as NodeResponse;
    if (checkedEarlyHints !== null) response.writeEarlyHints = checkedEarlyHints;
    return response;
  }
  Outgoing.prototype = prototype;
  reserveFields(Outgoing, base);
  return (isClass(base) ? OutgoingOfClass : Outgoing) as unknown as OutgoingBirth;
}
