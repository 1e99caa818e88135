import * as http from 'node:http';

// What node:http exports besides its server: it passes through.

/** Keeps the connections of a client. Node's own. */
export const Agent: typeof http.Agent = http.Agent;
/** An instance. Node's own. */
export type Agent = http.Agent;
/** A request of a client. Node's own. */
export const ClientRequest: typeof http.ClientRequest = http.ClientRequest;
/** An instance. Node's own. */
export type ClientRequest = http.ClientRequest;
/** A request of a server, or a response of a client. Node's own. */
export const IncomingMessage: typeof http.IncomingMessage = http.IncomingMessage;
/** An instance. Node's own. */
export type IncomingMessage = http.IncomingMessage;
/** What `ServerResponse` and `ClientRequest` have in common. Node's own. */
export const OutgoingMessage: typeof http.OutgoingMessage = http.OutgoingMessage;
/** An instance. Node's own. */
export type OutgoingMessage = http.OutgoingMessage;
/** The response of a server. Node's own. */
export const ServerResponse: typeof http.ServerResponse = http.ServerResponse;
/** An instance. Node's own. */
export type ServerResponse = http.ServerResponse;
/** The methods that node:http knows. Node's own. */
export const METHODS: typeof http.METHODS = http.METHODS;
/** Reason phrases by status. Node's own. */
export const STATUS_CODES: typeof http.STATUS_CODES = http.STATUS_CODES;
/** The agent that clients use by default. Node's own. */
export const globalAgent: typeof http.globalAgent = http.globalAgent;
/** The largest head that node:http takes, in bytes. Node's own. */
export const maxHeaderSize: typeof http.maxHeaderSize = http.maxHeaderSize;
/** Sends a request. Node's own. */
export const request: typeof http.request = http.request;
/** Sends a GET request. Node's own. */
export const get: typeof http.get = http.get;
/** How many idle parsers node:http keeps. Node's own. */
export const setMaxIdleHTTPParsers: typeof http.setMaxIdleHTTPParsers = http.setMaxIdleHTTPParsers;
/** Throws where a field name is malformed. Node's own. */
export const validateHeaderName: typeof http.validateHeaderName = http.validateHeaderName;
/** Throws where a field value is malformed. Node's own. */
export const validateHeaderValue: typeof http.validateHeaderValue = http.validateHeaderValue;
/** Node's own type. */
export type AgentOptions = http.AgentOptions;
/** Node's own type. */
export type ClientRequestArgs = http.ClientRequestArgs;
/** Node's own type. */
export type IncomingHttpHeaders = http.IncomingHttpHeaders;
/** Node's own type. */
export type InformationEvent = http.InformationEvent;
/** Node's own type. */
export type OutgoingHttpHeader = http.OutgoingHttpHeader;
/** Node's own type. */
export type OutgoingHttpHeaders = http.OutgoingHttpHeaders;
/** Node's own type. */
export type RequestListener = http.RequestListener;
/** Node's own type. */
export type RequestOptions = http.RequestOptions;
/** Node's own type. */
export type ServerOptions = http.ServerOptions;
