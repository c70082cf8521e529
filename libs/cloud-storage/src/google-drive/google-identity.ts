/** The part of `google.accounts.oauth2` that signs in (Google Identity Services, token model). */
export interface GoogleOAuth2 {
  initTokenClient(config: {
    readonly client_id: string;
    readonly scope: string;
    readonly prompt: string;
    readonly login_hint?: string;
    readonly callback: (answer: {
      readonly access_token?: string;
      /** Those granted, separated by spaces. */
      readonly scope?: string;
      readonly error?: string;
    }) => void;
    readonly error_callback: (error: { readonly type: string }) => void;
  }): { requestAccessToken(): void };
}
