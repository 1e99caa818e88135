/** For `FieldReader.visit`: repeated fields are joined. */
export function addTrailer(trailers: Record<string, string>, name: string, value: string): void {
  const earlier = trailers[name];
  trailers[name] = earlier === undefined ? value : `${earlier}, ${value}`;
}
