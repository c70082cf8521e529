/** Servers that settings are known for. */
export type WebDavServer = 'apache' | 'nginx' | 'lighttpd' | 'nextcloud' | 'rclone';

/** Settings of a server that make the driver work, to be copied and fitted (docs/guide/webdav.md has them too). */
export interface WebDavRecipe {
  readonly server: WebDavServer;
  /** What a person calls the server. */
  readonly name: string;
  /** A piece of its configuration; for pages of the origin that was asked for. */
  readonly text: string;
}

/** What each request of the driver needs of CORS: its method, and the headers beyond the safe ones. */
export const NEEDED_BY_PAGES: Readonly<Record<string, readonly string[]>> = {
  PROPFIND: ['Content-Type', 'Depth'],
  GET: ['Range'],
  PUT: ['If-None-Match'],
  DELETE: [],
  MKCOL: [],
};

const CORS_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Access-Control-Allow-Origin', '{origin}'],
  ['Access-Control-Allow-Methods', 'PROPFIND, GET, PUT, DELETE, MKCOL'],
  ['Access-Control-Allow-Headers', 'Authorization, Content-Type, Depth, If-None-Match, Range'],
  ['Access-Control-Expose-Headers', 'Content-Encoding, Content-Range, DAV, Retry-After, Server'],
  ['Access-Control-Max-Age', '7200'],
];

/** The recipes for that server, or of all servers when it is not known, for pages of that origin. */
export const recipesFor = (
  server: WebDavServer | undefined,
  origin: string,
): readonly WebDavRecipe[] =>
  RECIPES.filter((recipe) => server === undefined || recipe.server === server).map((recipe) => ({
    ...recipe,
    text: recipe.text.replaceAll('{origin}', origin),
  }));

/** Which server it is, as far as its headers and the address tell; a page sees most headers only when they are exposed. */
export const guessServer = (url: URL, headers: Iterable<Headers>): WebDavServer | undefined => {
  const told = [...headers]
    .flatMap((one) => ['DAV', 'Server', 'WWW-Authenticate'].map((name) => one.get(name) ?? ''))
    .join(' ');
  if (/\/remote\.php\/|\/public\.php\/dav\//.test(url.pathname) || /nextcloud/i.test(told)) {
    return 'nextcloud';
  }
  return (['rclone', 'apache', 'nginx', 'lighttpd'] as const).find((name) =>
    new RegExp(`\\b${name}`, 'i').test(told),
  );
};

const APACHE_HEADERS = CORS_HEADERS.map(
  ([name, value]) => `  Header always set ${name} "${value}"`,
).join('\n');

const NGINX_HEADERS = CORS_HEADERS.map(
  ([name, value]) => `  add_header ${name} "${value}" always;`,
).join('\n');

const LIGHTTPD_HEADERS = CORS_HEADERS.map(([name, value]) => `    "${name}" => "${value}"`).join(
  ',\n',
);

const NGINX_PREFLIGHT = `  # Browsers ask in advance, without a password.
  if ($request_method = OPTIONS) { return 204; }`;

const RECIPES: readonly WebDavRecipe[] = [
  {
    server: 'apache',
    name: 'Apache',
    text: `# Modules: dav dav_fs auth_basic authn_file alias headers
Alias /dav /srv/dav
<Location /dav>
  Dav On
  AuthType Basic
  AuthName "Chats"
  AuthUserFile /etc/apache2/dav.passwords
  # Browsers ask in advance, without a password.
  <LimitExcept OPTIONS>
    Require valid-user
  </LimitExcept>
${APACHE_HEADERS}
</Location>`,
  },
  {
    server: 'nginx',
    name: 'nginx',
    text: `# Debian: libnginx-mod-http-dav-ext. Without it, replace the line of PROPFIND by
# "autoindex on; autoindex_format json;" and set listing: 'autoindex-json' in the application.
location /dav/ {
  root /srv;
  dav_methods PUT DELETE MKCOL;
  dav_ext_methods PROPFIND;
  client_max_body_size 64m;
  auth_basic "Chats";
  auth_basic_user_file /etc/nginx/dav.passwords;
${NGINX_HEADERS}
${NGINX_PREFLIGHT}
}`,
  },
  {
    server: 'lighttpd',
    name: 'lighttpd',
    text: `# Debian: lighttpd-mod-webdav
server.modules += ( "mod_auth", "mod_authn_file", "mod_setenv", "mod_webdav" )
auth.backend = "htpasswd"
auth.backend.htpasswd.userfile = "/etc/lighttpd/dav.passwords"
$HTTP["url"] =~ "^/dav/" {
  server.document-root = "/srv"
  webdav.activate = "enable"
  setenv.add-response-header = (
${LIGHTTPD_HEADERS}
  )
  # Browsers ask in advance, without a password.
  $HTTP["request-method"] != "OPTIONS" {
    auth.require = ( "/dav/" => ( "method" => "basic", "realm" => "Chats", "require" => "valid-user" ) )
  }
}`,
  },
  {
    server: 'nextcloud',
    name: 'Nextcloud',
    text: `# Nextcloud answers preflights with 401 and has no setting for it, so its web server has to.
# Apache, in its <VirtualHost>; modules: headers rewrite
<Location /remote.php/dav>
${APACHE_HEADERS}
</Location>
RewriteEngine On
RewriteCond %{REQUEST_METHOD} =OPTIONS
RewriteRule ^/remote\\.php/dav - [R=204,L]

# Or nginx as a proxy in front of it:
location /remote.php/dav/ {
  proxy_pass http://127.0.0.1:8080;
  proxy_set_header Host $host;
  client_max_body_size 64m;
${NGINX_HEADERS}
${NGINX_PREFLIGHT}
}`,
  },
  {
    server: 'rclone',
    name: 'rclone',
    text: `# rclone serve webdav remote:chats --addr 127.0.0.1:8080 --baseurl dav --user NAME --pass PASSWORD
# and nginx as a proxy in front of it, as not every rclone allows all headers to pages:
location /dav/ {
  proxy_pass http://127.0.0.1:8080;
  proxy_set_header Host $host;
  client_max_body_size 64m;
  proxy_hide_header Access-Control-Allow-Origin;
  proxy_hide_header Access-Control-Allow-Methods;
  proxy_hide_header Access-Control-Allow-Headers;
${NGINX_HEADERS}
${NGINX_PREFLIGHT}
}`,
  },
];
