import { invalidArgType } from '../errors.ts';

/** Refuses what cannot be called. @throws GUDEG_ERR_INVALID_ARG_TYPE */
export function checkApp(name: string, app: unknown): void {
  if (typeof app !== 'function') {
    throw invalidArgType(
      name,
      'an app, (session, request, api) => [status, reason, headers, body]',
      app,
    );
  }
  const { onConnect } = app as { onConnect?: unknown };
  if (onConnect !== undefined && onConnect !== null && typeof onConnect !== 'function') {
    throw invalidArgType(`${name}.onConnect`, 'a function, null or absent', onConnect);
  }
}
