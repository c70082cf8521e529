/** Where the redirect page of the tests is. */
export const REDIRECT_PATH = '/signed-in';

interface DevServer {
  readonly middlewares: {
    use(
      path: string,
      handle: (
        request: unknown,
        response: { setHeader(name: string, value: string): void; end(body: string): void },
      ) => void,
    ): void;
  };
}

const PAGE = `<!doctype html><title>Signed in</title><script type="module">
  import { completeSignIn } from '/src/oauth/index.ts';
  localStorage.setItem('redirect page has an opener', String(opener !== null));
  document.title = (await completeSignIn()) ? 'taken' : 'not taken';
</script>`;

/** Lets the server of the browser tests show a page that takes the answer of a sign-in, as an app would have one. */
export const redirectPage = () => ({
  name: 'redirect-page',
  // What this gave would be called later, so it gives nothing.
  configureServer: ({ middlewares }: DevServer): void => {
    middlewares.use(REDIRECT_PATH, (_, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(PAGE);
    });
  },
});
