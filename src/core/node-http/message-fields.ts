/** Where a request object keeps the engine's request. */
export const kEngineRequest: unique symbol = Symbol('gudeg.engineRequest');
/** Where it keeps its fields. */
export const kHead: unique symbol = Symbol('gudeg.head');
