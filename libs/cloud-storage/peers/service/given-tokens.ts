import { type FakeAuthority } from './fake-authority.js';

/** Tokens as an application gives them: the same until it is refused. `asked` tells with what each call came. */
export const givenTokens = (authority: FakeAuthority) => {
  const asked: (string | undefined)[] = [];
  let token = authority.issueAccessToken();
  return {
    asked,
    token: async (refused?: string): Promise<string> => {
      asked.push(refused);
      if (refused === token) token = authority.issueAccessToken();
      return token;
    },
  };
};
