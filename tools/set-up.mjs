/**
 * Makes a fresh clone ready. Runs on plain Node >= 20 with nothing installed, and does only what is missing:
 * the npm packages, the Node version that the tools need (it is one of those packages), a Chromium for the tests, and on
 * Debian as root PostgreSQL, the WebDAV and S3 servers and the Python packages that the tests talk to. `node tools/set-up.mjs` does it all by hand.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

export const workspace = join(import.meta.dirname, '..');
const binaries = join(workspace, 'node_modules/.bin');

/** What a command of ours may need besides the npm packages. */
/** @typedef {{ readonly browser?: boolean, readonly servers?: boolean }} Needs */

/**
 * Sets up what `needs` names and gives the environment for everything that runs afterwards: the right Node first on
 * `PATH`, and `CHROMIUM_PATH`.
 * @param {Needs} needs
 * @returns {NodeJS.ProcessEnv}
 * @throws Error that says what a person has to install.
 */
export function setUp(needs = {}) {
  installPackages();
  const path = `${binaries}${delimiter}${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, PATH: path, NX_TUI: 'false', NX_NO_CLOUD: 'true' };
  requireNode(env);
  if (needs.servers) installServers();
  return needs.browser ? { ...env, CHROMIUM_PATH: findChromium(env) } : env;
}

/** The Node that runs our tools, once the packages are installed. */
export function nodeBinary() {
  const ours = join(binaries, process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(ours) ? ours : process.execPath;
}

function installPackages() {
  const marker = join(workspace, 'node_modules/.installed-lockfile');
  const lockfile = readFileSync(join(workspace, 'package-lock.json'));
  const wanted = createHash('sha256').update(lockfile).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  say('installing the npm packages (about a minute)');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'the npm packages');
  writeFileSync(marker, wanted);
}

/** @param {NodeJS.ProcessEnv} env */
function requireNode(env) {
  const { stdout } = spawnSync(nodeBinary(), ['--version'], { env, encoding: 'utf8' });
  const [major = 0, minor = 0] = stdout.slice(1).split('.').map(Number);
  if (major >= 26 || (major === 24 && minor >= 15)) return;
  throw new Error(
    `The tools need Node 24.15 or newer, and there is no packaged one for ${process.platform}-${process.arch}. ` +
      `Install it from nodejs.org and try again (this is ${stdout.trim()}).`,
  );
}

const CHROMIUM_NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
function findChromium(env) {
  const given = process.env['CHROMIUM_PATH'];
  if (given) {
    if (isExecutable(given)) return given;
    throw new Error(`CHROMIUM_PATH=${given} is not a program that can be started.`);
  }
  const present = findProgram(CHROMIUM_NAMES);
  if (present) return present;
  if (isDebianRoot() && installDebian(['chromium'])) {
    const installed = findProgram(CHROMIUM_NAMES);
    if (installed) return installed;
  }
  return downloadChromium(env);
}

/**
 * Playwright's own build, for machines without a Chromium and without Debian's package.
 * @param {NodeJS.ProcessEnv} env
 */
function downloadChromium(env) {
  const playwright = createRequire(join(workspace, 'package.json'))('playwright');
  const target = playwright.chromium.executablePath();
  if (!existsSync(target)) {
    say('downloading Chromium');
    const cli = join(workspace, 'node_modules/playwright/cli.js');
    const options = { env, cwd: workspace, stdio: /** @type {const} */ ('inherit') };
    spawnSync(nodeBinary(), [cli, 'install', 'chromium'], options);
  }
  if (existsSync(target)) return target;
  throw new Error('No Chromium found. Install one and set CHROMIUM_PATH to its program.');
}

const WEBDAV_SERVERS = [
  { file: '/usr/sbin/apache2', debian: 'apache2' },
  { file: '/usr/sbin/nginx', debian: 'nginx' },
  {
    file: '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so',
    debian: 'libnginx-mod-http-dav-ext',
  },
  { file: '/usr/bin/rclone', debian: 'rclone' },
  { file: '/usr/sbin/lighttpd', debian: 'lighttpd' },
  { file: '/usr/lib/lighttpd/mod_webdav.so', debian: 'lighttpd-mod-webdav' },
];

const S3_SERVERS = [
  {
    file: '/usr/lib/python3/dist-packages/swift/common/middleware/s3api/s3api.py',
    debian: 'python3-swift',
  },
];

const ARCHIVERS = [
  { file: '/usr/bin/zip', debian: 'zip' },
  { file: '/usr/bin/unzip', debian: 'unzip' },
];

/** The tests of the sync server start it themselves. */
const DATABASES = existsSync('/usr/local/bin/postgres')
  ? []
  : [{ file: '/usr/lib/postgresql', debian: 'postgresql' }];

/** What `tools/open-vault.py` needs. */
const PYTHON_PACKAGES = [
  {
    file: '/usr/lib/python3/dist-packages/cryptography/__init__.py',
    debian: 'python3-cryptography',
  },
  { file: '/usr/lib/python3/dist-packages/argon2/__init__.py', debian: 'python3-argon2' },
];

/** Tests against a server that is not there say so and pass, those of the sync server fail; so nothing here is fatal. */
function installServers() {
  const missing = [...WEBDAV_SERVERS, ...S3_SERVERS, ...ARCHIVERS, ...PYTHON_PACKAGES, ...DATABASES]
    .filter(({ file }) => !existsSync(file))
    .map(({ debian }) => debian);
  if (missing.length === 0) return;
  if (isDebianRoot() && installDebian(missing)) return;
  say(
    `tests against these programs are left out, as they are not installed: ${missing.join(', ')}`,
  );
}

const isDebianRoot = () =>
  process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');

/**
 * Whether the packages are installed now. Services are kept from starting by themselves.
 * @param {readonly string[]} packages
 */
function installDebian(packages) {
  say(`installing ${packages.join(', ')} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (/** @type {readonly string[]} */ ...words) => {
    const { status, stdout, stderr } = spawnSync('apt-get', words, { env, encoding: 'utf8' });
    if (status !== 0) console.error(`${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n'));
    return status === 0;
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  return apt('update', '-qq') && install();
}

/**
 * The first of these programs, looked up on `PATH` unless it is a whole path.
 * @param {readonly string[]} names
 */
function findProgram(names) {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names
    .flatMap((name) =>
      name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name)),
    )
    .find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there or not a program: both mean to look further.
    return false;
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} words
 * @param {string} what
 */
function run(command, words, what) {
  const options = { cwd: workspace, stdio: /** @type {const} */ ('inherit') };
  const { status } = spawnSync(command, words, { ...options, shell: process.platform === 'win32' });
  if (status !== 0) {
    throw new Error(`Could not install ${what}: "${command} ${words[0]}" failed, see above.`);
  }
}

/** @param {string} text */
function say(text) {
  console.log(`set-up: ${text}`);
}

if (process.argv[1] === import.meta.filename) {
  try {
    const env = setUp({ browser: true, servers: true });
    say(`ready: ${nodeBinary()}, ${env['CHROMIUM_PATH']}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
