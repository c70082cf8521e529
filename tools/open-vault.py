#!/usr/bin/env python3
"""Opens an encrypted vault without Chat Vault: python3 tools/open-vault.py FOLDER [--recovery] [--json]

Written from docs/vault-format.md alone, so it shows that the page is complete; a person can read a backup with it when no app is left.
FOLDER is the folder of the account, with `deltas`, `catalogs` and `keyring` in it. The passphrase, or with --recovery the recovery code, is
asked for, or read from standard input when that is no terminal. Prints the messages, with --json one JSON object a line.
Needs Python 3.9, `cryptography`, and for passphrases `argon2` (Debian: python3-cryptography, python3-argon2).
"""
import base64, getpass, gzip, hashlib, hmac, io, json, pathlib, re, struct, sys, unicodedata
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = bytes(12)
MAX_JSON = 16 << 20


def hkdf(key, salt, info, length):
    return HKDF(SHA256(), length, salt, info.encode()).derive(key)


def argon2id(secret, salt, kdf):
    assert 19 * 1024 <= kdf['memoryKiB'] <= 1024 * 1024 and 1 <= kdf['passes'] <= 10 and 1 <= kdf['lanes'] <= 4
    from argon2.low_level import Type, hash_secret_raw
    return hash_secret_raw(secret, salt, kdf['passes'], kdf['memoryKiB'], kdf['lanes'], 32, Type.ID)


def canonical(value):
    """RFC 8785 for what a keyring file holds: texts of ASCII, whole numbers, lists and objects."""
    return json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False)


def recovery_bytes(code):
    """13 groups of 4 characters of the secret and one that checks them."""
    alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    typed = re.sub(r'[\s-]', '', code.upper()).translate(str.maketrans('OIL', '011'))
    if len(typed) != 65 or any(c not in alphabet for c in typed):
        sys.exit('a recovery code has 13 groups of 5 characters')
    bits = ''
    for group in range(13):
        digits = [alphabet.index(c) for c in typed[group * 5:group * 5 + 5]]
        total = group
        for power, digit in zip((1, 2, 3, 4, 0), digits):
            for _ in range(power):
                digit = digit << 1 ^ (0x25 if digit & 16 else 0)
            total ^= digit
        if total != 0:
            sys.exit(f'group {group + 1} of the recovery code is mistyped')
        bits += ''.join(f'{digit:05b}' for digit in digits[:4])
    return int(bits[:256], 2).to_bytes(32, 'big')


def open_keyring(folder, kind, secret):
    """The vault keys, by key id, of all files that the secret opens. One that is damaged or was put there is left out."""
    keys = {}
    for path in sorted((folder / 'keyring').glob('*.json')):
        try:
            keys.update(open_keyring_file(path.read_bytes(), kind, secret))
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError, InvalidTag) as error:
            print(f'{path.name}: left out, damaged or of a newer version ({type(error).__name__})', file=sys.stderr)
    return keys or sys.exit(f'no keyring file opens with this {kind}')


def open_keyring_file(data, kind, secret):
    """The vault keys of a file, none when it is of another secret."""
    file = json.loads(data)
    digest = file.pop('digest')
    if hashlib.sha256(canonical(file).encode()).hexdigest() != digest or file['version'] != 1:
        raise ValueError
    if file['secret'] != kind:
        return {}
    commitment = bytes.fromhex(file.pop('commitment'))
    wrapped = base64.b64decode(file.pop('wrapped'), validate=True)
    salt = bytes.fromhex(file['salt'])
    key = argon2id(secret, salt, file['kdf']) if kind == 'passphrase' else secret
    derived = hkdf(key, salt, f'chat-vault/1/keyring/{kind}', 64)
    if not hmac.compare_digest(derived[32:], commitment):
        return {}
    content = AESGCM(derived[:32]).decrypt(NONCE, wrapped, canonical(file).encode())
    vault_keys = [content[at + 4:at + 36] for at in range(9, len(content), 36)]
    return {hkdf(vault_key, None, 'chat-vault/1/key-id', 16): vault_key for vault_key in vault_keys}


def open_envelope(keys, data, kind, partition=''):
    """The JSON of an envelope. Raises ValueError for anything that the holder of a key did not write there."""
    if len(data) < 89 or data[:5] != b'CVE1\x01' or struct.unpack('>I', data[85:89])[0] != len(data) - 89:
        raise ValueError('no whole envelope')
    if data[5:21] not in keys:
        raise ValueError('sealed with a key that is not in the keyring')
    derived = hkdf(keys[data[5:21]], data[21:53], f'chat-vault/1/{kind}', 64)
    if not hmac.compare_digest(derived[32:], data[53:85]):
        raise ValueError('not authentic')
    bound = data[:89] + bytes([1, len(kind)]) + kind.encode() + bytes([len(partition)]) + partition.encode()
    try:
        plain = AESGCM(derived[:32]).decrypt(NONCE, data[89:], bound)
    except InvalidTag:
        raise ValueError('not authentic') from None
    packed = plain[4:4 + struct.unpack('>I', plain[:4])[0]]
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        text = stream.read(MAX_JSON + 1)
    if len(text) > MAX_JSON:
        raise ValueError('too large')
    return json.loads(text)


def read_vaults(folder, keys):
    """Every chat vault that counts: segments of live vault files, and deltas that are not folded."""
    def attempt(path, read):
        try:
            return read(path.read_bytes())
        except (ValueError, OSError, KeyError) as error:
            print(f'{path.name}: left out, {error}', file=sys.stderr)

    def promised(data, digest):
        if not hashlib.sha256(data).hexdigest().startswith(digest):
            raise ValueError('not what was promised')
        return data

    for path in folder.rglob('*.json*'):
        if path.parent.name != 'keyring' and not path.name.endswith('.enc'):
            print(f'{path.name}: left out, not encrypted', file=sys.stderr)
    catalogs = [c for path in (folder / 'catalogs').glob('*.json.gz.enc')
                if (c := attempt(path, lambda data: open_envelope(keys, data, 'catalog')))]
    old = {name for c in catalogs for name in c['parents'] + c['ancestors']}
    current = [c for c in catalogs if c['catalogId'] not in old]
    folded = {name for c in current for name in c['folded']}
    replaced = {name for c in current for name in c['replaced']}
    live = {v['vaultId']: (month, v) for c in current for month, vs in c['partitions'].items() for v in vs}
    for vault_id, (month, vault) in live.items():
        if vault_id in replaced:
            continue
        manifest = attempt(folder / vault['manifestPath'],
                           lambda data: open_envelope(keys, promised(data, vault['manifestSha256']), 'manifest'))
        for part in manifest['segments'] if manifest else []:
            start, end = part['offset'], part['offset'] + part['length']
            yield attempt(folder / vault['path'], lambda data: open_envelope(
                keys, promised(data[start:end], part['sha256']), 'segment', month))
    for path in (folder / 'deltas').glob('*.json.gz.enc'):
        _, vault_id, digest = path.name.split('.')[0].split('_')
        if vault_id not in folded:
            yield attempt(path, lambda data: open_envelope(keys, promised(data, digest), 'delta'))


def merge(vaults):
    """The messages that are left: of each key the greatest version, without what was deleted or cleared."""
    best, clearings = {}, []
    for vault in filter(None, vaults):
        clearings += vault.get('cleared', [])
        for rank, field, name in ((0, 'messages', 'id'), (1, 'tombstones', 'messageId')):
            for record in vault.get(field, []):
                key = (record['conversationUrn'], record['sentTimestamp'], record[name])
                version = (record['stamp'], rank, canonical(record).encode('utf-16-be'), record)
                if key not in best or best[key][:3] < version[:3]:
                    best[key] = version
    for (urn, sent, _), (stamp, rank, _, record) in sorted(best.items()):
        cleared = any(c['conversationUrn'] == urn and sent <= c['upTo'] and stamp <= c['stamp'] for c in clearings)
        if rank == 0 and not cleared:
            yield record


def main(words):
    options = {word for word in words if word.startswith('--')}
    folders = [word for word in words if not word.startswith('--')]
    if len(folders) != 1 or options - {'--recovery', '--json'}:
        sys.exit(__doc__)
    kind = 'recovery' if '--recovery' in options else 'passphrase'
    typed = getpass.getpass(f'{kind}: ') if sys.stdin.isatty() else sys.stdin.readline().rstrip('\r\n')
    secret = recovery_bytes(typed) if kind == 'recovery' else unicodedata.normalize('NFKC', typed).encode()
    folder = pathlib.Path(folders[0])
    for message in merge(read_vaults(folder, open_keyring(folder, kind, secret))):
        text = message.get('payloadText', f"({len(message.get('payloadBytes', ''))} characters of base64)")
        line = json.dumps(message, ensure_ascii=False) if '--json' in options else \
            f"{message['sentTimestamp']}  {message['conversationUrn']}  {message['senderId']}: {text}"
        sys.stdout.buffer.write(f'{line}\n'.encode())


if __name__ == '__main__':
    main(sys.argv[1:])
