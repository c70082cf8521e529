/** `fetch` that finds every public https address at the imitation that listens there instead. */
export const fetchAt =
  (origin: string): typeof globalThis.fetch =>
  (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.protocol !== 'https:') throw new TypeError(`${url.href} is not for the imitation`);
    return globalThis.fetch(`${origin}/${url.host}${url.pathname}${url.search}`, init);
  };
