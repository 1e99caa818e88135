import type { App } from './app.ts';
import { CallableApp } from './callable-app.ts';
import { checkApp } from './check-app.ts';

/**
 * Middleware that answers `405 Method Not Allowed`, with the `allow` field, unless the method is
 * in the set (Degu's `MethodFilter`; RFC 9110 section 15.5.6).
 */
export class MethodFilter extends CallableApp {
  /** @throws GUDEG_ERR_INVALID_ARG_TYPE when `app` is no app */
  constructor(
    app: App,
    allowedMethods: { readonly methods: readonly string[]; isAllowed(method: string): boolean },
  ) {
    checkApp('app', app);
    super((session, request, api) =>
      allowedMethods.isAllowed(request.method)
        ? app(session, request, api)
        : [405, 'Method Not Allowed', { allow: allowedMethods.methods.join(', ') }, null],
    );
    this.forwardOnConnect(app);
  }
}
