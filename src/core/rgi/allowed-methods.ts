import { GudegError, describeValue, invalidArgType } from '../errors.ts';
import type { App } from './app.ts';
import { MethodFilter } from './method-filter.ts';

/**
 * A set of request methods, and a way to restrict an app to them (Degu's `AllowedMethods`). Methods
 * are case-sensitive (RFC 9110 section 9.1).
 *
 * @example
 * export default new AllowedMethods('GET', 'HEAD').filter(app);
 */
export class AllowedMethods {
  /** The methods, in the order given. */
  readonly methods: readonly string[];

  /** @throws GUDEG_ERR_INVALID_ARG_TYPE, GUDEG_ERR_INVALID_ARG_VALUE for what is no method */
  constructor(...methods: string[]) {
    for (const method of methods) {
      if (typeof method !== 'string') throw invalidArgType('methods', 'strings', method);
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Z]+$/.test(method)) {
        throw new GudegError(
          'GUDEG_ERR_INVALID_ARG_VALUE',
          `a method must be an upper-case token such as GET; got ${describeValue(method)}`,
        );
      }
    }
    this.methods = Object.freeze([...new Set(methods)]);
  }

  /** Whether the set holds the method. */
  isAllowed(method: string): boolean {
    return this.methods.includes(method);
  }

  /** The app, for these methods only. */
  filter(app: App): MethodFilter {
    return new MethodFilter(app, this);
  }

  /** `AllowedMethods('GET', 'HEAD')` */
  toString(): string {
    return `AllowedMethods(${this.methods.map((method) => `'${method}'`).join(', ')})`;
  }
}
