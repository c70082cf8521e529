"""OpenStack Swift with its S3 API, all of it in one process: swift-node.py <work folder> <port>.

Account, container and object server and the proxy in front of them, each with one device in the work folder. Pages of listings are
short, so that listings have many.
"""

import logging
import sys
from os import makedirs, path

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402

root, port = sys.argv[1], int(sys.argv[2])


def write(name, text):
    with open(path.join(root, name), 'w') as file:
        file.write(text)


write('swift.conf', '[swift-hash]\nswift_hash_path_suffix = chat-vault\n')
utils.set_swift_dir(root)
utils.validate_hash_conf()

from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

KINDS = ('account', 'container', 'object')

COMMON = f"""
[DEFAULT]
swift_dir = {root}
devices = {root}/devices
mount_check = false
disable_fallocate = true
log_level = ERROR
log_address = {root}/no-log
"""

PROXY = """
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:9
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = eu-test-1
max_bucket_listing = 100
storage_domain = s3.test
[filter:tempauth]
use = egg:swift#tempauth
user_chat_vault = secret .admin
user_chat_guest = secret
"""


def listen(port):
    return eventlet.listen(('127.0.0.1', port))


def save_ring(kind, port):
    builder = RingBuilder(1, 1, 0)
    builder.add_dev({
        'id': 0, 'region': 1, 'zone': 1, 'weight': 1.0, 'device': 'disk', 'meta': '',
        'ip': '127.0.0.1', 'port': port,
        'replication_ip': '127.0.0.1', 'replication_port': port,
    })
    builder.rebalance()
    builder.get_ring().save(path.join(root, f'{kind}.ring.gz'))


def serve(listener, name):
    app = loadapp(path.join(root, f'{name}.conf'))
    wsgi.server(listener, app, log=logging.getLogger('quiet'), log_output=False, max_size=200)


makedirs(path.join(root, 'devices', 'disk'))
listeners = {kind: listen(0) for kind in KINDS}
for kind, listener in listeners.items():
    save_ring(kind, listener.getsockname()[1])
    write(f'{kind}.conf', f'{COMMON}\n[pipeline:main]\npipeline = app\n[app:app]\nuse = egg:swift#{kind}\n')
write('proxy.conf', COMMON + PROXY)
for kind, listener in listeners.items():
    eventlet.spawn(serve, listener, kind)
serve(listen(port), 'proxy')
