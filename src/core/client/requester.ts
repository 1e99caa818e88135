import { Range } from '../http/index.ts';
import type { ClientResponse } from './client-response.ts';
import type { OutgoingHeaders, RequestBody } from './render-request.ts';

/** Beside what a request is: how it is made. */
export interface RequestOptions {
  /** Cuts the connection off; the request, or the reading of its response, rejects with the reason. */
  signal?: AbortSignal;
  /** Is called with each interim response: 100, 102, 103. */
  onInterim?: (response: ClientResponse) => void;
}

/** What makes requests of any kind, given that it makes them at all. */
export abstract class Requester {
  /**
   * Makes a request and gives its response when the head is there.
   * @param uri the request target, as it is sent
   * @param body bytes, text (UTF-8) or a body object, whose framing fields are added
   */
  abstract request(
    method: string,
    uri: string,
    headers?: OutgoingHeaders,
    body?: RequestBody,
    options?: RequestOptions,
  ): Promise<ClientResponse>;

  /** Makes a GET request. */
  get(uri: string, headers?: OutgoingHeaders, options?: RequestOptions): Promise<ClientResponse> {
    return this.request('GET', uri, headers, null, options);
  }

  /** Makes a HEAD request. */
  head(uri: string, headers?: OutgoingHeaders, options?: RequestOptions): Promise<ClientResponse> {
    return this.request('HEAD', uri, headers, null, options);
  }

  /** Makes a DELETE request. */
  delete(
    uri: string,
    headers?: OutgoingHeaders,
    options?: RequestOptions,
  ): Promise<ClientResponse> {
    return this.request('DELETE', uri, headers, null, options);
  }

  /** Makes a PUT request. */
  put(
    uri: string,
    headers: OutgoingHeaders,
    body: RequestBody,
    options?: RequestOptions,
  ): Promise<ClientResponse> {
    return this.request('PUT', uri, headers, body, options);
  }

  /** Makes a POST request. */
  post(
    uri: string,
    headers: OutgoingHeaders,
    body: RequestBody,
    options?: RequestOptions,
  ): Promise<ClientResponse> {
    return this.request('POST', uri, headers, body, options);
  }

  /** Makes a GET request for the bytes `start` up to, not including, `stop`. */
  getRange(
    uri: string,
    headers: OutgoingHeaders,
    start: number,
    stop: number,
    options?: RequestOptions,
  ): Promise<ClientResponse> {
    return this.request('GET', uri, { ...headers, range: new Range(start, stop) }, null, options);
  }
}
