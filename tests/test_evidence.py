"""
For a failure like theirs, people get the cause that others found behind it, among the first three hints.

Each row is a root cause that public threads tell of. Where what betrays it can be seen in the failure, its hint is
the very first. Failures are real where loopback can make them; the others are the exceptions, or the lines of a log,
that the threads show.
"""

from __future__ import annotations

import http.client
import re

import pymongo.errors
import pytest
import redis.exceptions

from tests import evidence
from tests.evidence import Seen, cut, dial, dial_at, get, logged, raising, tried, unverified

CONTAINER = {"container": True}
POD = {"container": True, "kubernetes": True}
CI = {"ci": True}
DOCKER = ("docker.api.client:_retrieve_server_version", "docker.transport.unixconn:connect")
FRAMEWORK = "/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12/"
BY_PROXY = {"HTTP_PROXY": "http://{host}:{port}", "HTTPS_PROXY": "http://{host}:{port}"}
ELSEWHERE_PROXY = {"HTTP_PROXY": "http://proxy.example:3128", "HTTPS_PROXY": "http://proxy.example:3128"}


def docker(kind: str, said: str) -> str:
    """Write the tracebacks of a docker client that does not reach its daemon."""
    return evidence.chained(
        logged(f"{kind}: {said}", *DOCKER, "socket:connect"),
        logged(f"requests.exceptions.ConnectionError: ('Connection aborted.', {kind}({said!r}))", *DOCKER),
        logged(f"docker.errors.DockerException: Error while fetching server API version: ({said!r})", *DOCKER),
    )


def orm(kind: str, said: str) -> str:
    """Write the tracebacks of an ORM whose driver fails."""
    inner = logged(f"{kind}: {said}", "sqlalchemy.engine.base", "pymysql.connections")
    return evidence.chained(
        inner, logged(f"sqlalchemy.exc.OperationalError: ({kind}) {said}", "sqlalchemy.engine.base")
    )


REFUSED = (
    Seen(
        cause="the server was not started",
        threads=("redis/redis-py#1474", "pinterest/snappass#6", "dpkp/kafka-python#781"),
        fault="refuse",
        fails=dial,
        says=r"^connection-refused: Start the server",
        first=True,
    ),
    Seen(
        cause="localhost is ::1, and the server listens on IPv4 only",
        threads=("pika/pika#1318", "eandersson/amqpstorm#7", "jarun/buku#810"),
        fault="refuse-localhost",
        fails=dial_at("::1"),
        says=r"Try 127\.0\.0\.1 instead",
        first=True,
    ),
    Seen(
        cause="the server was not ready yet",
        threads=("DocNow/docnow#1", "apache/airflow#4102", "urllib3/urllib3#1653"),
        fault="refuse",
        fails=dial,
        says=r"wait until it is up",
    ),
    Seen(
        cause="the server of a compose file was not ready yet",
        threads=("DocNow/docnow#1", "ansible/eda-server-prototype#36"),
        fails=raising(redis.exceptions.ConnectionError("Error 111 connecting to cache:6379. Connection refused.")),
        says=r"Wait until cache is ready",
        first=True,
        process=CONTAINER,
    ),
    Seen(
        cause="a proxy variable applies to localhost",
        threads=("mcp-use/mcp-use#26", "psf/requests#3558", "httpie/cli#79"),
        fault="refuse",
        fails=get(),
        says=r"NO_PROXY",
        first=True,
        variables=BY_PROXY,
    ),
    Seen(
        cause="localhost was dialled inside a container",
        threads=("biocommons/hgvs#610", "ufoscout/docker-compose-wait#44", "cookiecutter/cookiecutter-django#2767"),
        fault="refuse",
        fails=dial,
        says=r"localhost is the container itself",
        first=True,
        process=CONTAINER,
    ),
    Seen(
        cause="the server in the container listens on 127.0.0.1 only",
        threads=("ai4os/DEEPaaS#13", "mozilla-services/syncserver#104"),
        fails=raising(redis.exceptions.ConnectionError("Error 111 connecting to cache:6379. Connection refused.")),
        says=r"0\.0\.0\.0",
        process=CONTAINER,
    ),
    Seen(
        cause="the server in the container listens on 127.0.0.1 only, asked by the published port",
        threads=("moby/moby#27885", "microsoft/batch-processing-kit#15"),
        fault="reset-after-request",
        fails=evidence.get_with_http_client,
        says=r"container listens on 127\.0\.0\.1 only",
    ),
    Seen(
        cause="the client fell back to its default host",
        threads=("redis/redis-py#1466", "langgenius/dify#14810", "OpenLineage/OpenLineage#579"),
        fails=raising(redis.exceptions.ConnectionError("Error 111 connecting to localhost:6379. Connection refused.")),
        says=r"that setting is not applied",
        first=True,
    ),
    Seen(
        cause="the client fell back to its default host",
        threads=("puckel/docker-airflow#195", "langgenius/dify#14810"),
        fails=raising(redis.exceptions.ConnectionError("Error 111 connecting to localhost:6379. Connection refused.")),
        says=r"Set the host of Redis",
        first=True,
        process=CONTAINER,
    ),
    Seen(
        cause="the browser's driver has exited",
        threads=("urllib3/urllib3#1915", "SergeyPirogov/webdriver_manager#55"),
        fault="refuse",
        fails=evidence.inside("selenium.webdriver.remote.remote_connection", "execute", evidence.ask_the_driver),
        says=r"end of the browser driver",
        first=True,
    ),
    Seen(
        cause="the port is wrong",
        threads=("MagicStack/asyncpg#1342", "paramiko/paramiko#2427"),
        fails=tried(111, "10.0.0.5", 5433),
        says=r"listens on port 5433",
    ),
    Seen(
        cause="the port is wrong, on this machine",
        threads=("MagicStack/asyncpg#1342", "paramiko/paramiko#2427"),
        fault="refuse",
        fails=dial,
        says=r"correct the port",
        first=True,
    ),
    Seen(
        cause="the daemon behind the socket file does not run",
        threads=("docker/compose#7896", "tomasonjo/NeoGPT-Explorer#2"),
        fault="refuse-unix",
        fails=dial,
        says=r"Start the daemon",
        first=True,
    ),
    Seen(
        cause="the daemon has made no socket file",
        threads=("docker/compose#7896", "tomasonjo/NeoGPT-Explorer#2"),
        fault="no-socket-file",
        fails=dial,
        says=r"start it",
        first=True,
    ),
    Seen(
        cause="Docker does not run",
        threads=("docker/compose#7896", "tomasonjo/NeoGPT-Explorer#2"),
        fails=docker("FileNotFoundError", "[Errno 2] No such file or directory"),
        says=r"Start the daemon",
        first=True,
    ),
    Seen(
        cause="this user may not use the socket file",
        threads=("Spycsh/Bugs#22", "domdfcoding/pynist#24"),
        fails=docker("PermissionError", "[Errno 13] Permission denied"),
        says=r"group `docker`",
        first=True,
    ),
    Seen(
        cause="the sidecar of the mesh was not ready",
        threads=("istio/istio#11130", "istio/istio#41086"),
        fails=tried(111, "10.96.0.12", 5432),
        says=r"sidecar",
        process=POD,
    ),
    Seen(
        cause="the sidecar in the same pod was not ready",
        threads=("istio/istio#11130", "istio/istio#41086"),
        fault="refuse",
        fails=dial,
        says=r"sidecar",
        first=True,
        process=POD,
    ),
)

HIDDEN = (
    Seen(
        cause="the brokers advertise an address that is not reachable from here",
        threads=("dpkp/kafka-python#1713", "wurstmeister/kafka-docker#400", "provectus/kafka-ui#2021"),
        fails=logged("kafka.errors.NoBrokersAvailable: NoBrokersAvailable", "kafka.client_async"),
        says=r"advertised\.listeners",
        first=True,
    ),
    Seen(
        cause="the broker at the first address advertises another one",
        threads=("dpkp/kafka-python#2208", "confluentinc/cp-all-in-one#164"),
        fails=tried(111, "10.0.0.5", 9092),
        says=r"advertised\.listeners",
        first=True,
    ),
    Seen(
        cause="the region has no such service",
        threads=(
            "cartography-cncf/cartography#1842",
            "aws-samples/amazon-custom-entity-recognition-textract-comprehend#1",
        ),
        fault="name-not-found",
        fails=evidence.ask_aws("https://textract.eu-north-9.amazonaws.com/"),
        says=r"region",
        first=True,
    ),
    Seen(
        cause="a group hides the failure",
        threads=("modelcontextprotocol/python-sdk#2114", "modelcontextprotocol/python-sdk#915"),
        fault="refuse",
        fails=evidence.in_a_group(dial),
        says=r"^connection-refused: Start the server",
        first=True,
    ),
)

CONNECT_TIMEOUT = (
    Seen(
        cause="the security group or a route drops it",
        threads=("Miserlou/Zappa#2061", "jet-admin/jet-django#4", "rethinkdb/rethinkdb#6088"),
        fails=tried(110, "10.0.3.7", 5432),
        says=r"security group",
        first=True,
    ),
    Seen(
        cause="the security group of a managed service drops it",
        threads=("CalthorpeAnalytics/urbanfootprint#6", "jet-admin/jet-django#4"),
        fails=logged(
            "requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='logs.eu-west-1.es.amazonaws.com', "
            "port=443): Max retries exceeded with url: / (Caused by ConnectTimeoutError(<HTTPSConnection>, 'Connection "
            "to logs.eu-west-1.es.amazonaws.com timed out. (connect timeout=5)'))",
            "requests.adapters",
        ),
        says=r"security group",
        first=True,
    ),
    Seen(
        cause="IPv6 is broken, and tried first",
        threads=("home-assistant/core#102759", "aio-libs/aiohttp#7954", "tdryer/hangups#223"),
        fails=evidence.inside(
            "asyncio.base_events",
            "create_connection",
            raising(
                OSError(
                    "Multiple exceptions: [Errno 110] Connect call failed ('2606:4700::1111', 443, 0, 0), "
                    "[Errno 110] Connect call failed ('1.1.1.1', 443)"
                )
            ),
        ),
        says=r"`curl -4`",
        first=True,
    ),
    Seen(
        cause="IPv6 is broken",
        threads=("NousResearch/hermes-agent#37662", "azerty9971/xtend_tuya#779"),
        fails=tried(110, "2606:4700::1111", 443),
        says=r"`curl -4`",
        first=True,
    ),
    Seen(
        cause="a proxy variable is set",
        threads=("psf/requests#2720", "F5Networks/f5-ansible#1924"),
        fault="full-backlog",
        fails=get(host="api.example.org", timeout=evidence.PATIENCE),
        says=r"prox",
        first=True,
        variables=BY_PROXY,
    ),
    Seen(
        cause="the client goes past the proxy",
        threads=("psf/requests#2720", "F5Networks/f5-ansible#1924"),
        fails=tried(110, "93.184.215.14", 443),
        says=r"proxy",
        first=True,
        variables=ELSEWHERE_PROXY,
    ),
)

READ_TIMEOUT = (
    Seen(
        cause="the MTU is too large for a VPN or overlay: the handshake hangs",
        threads=("passteque/gluetun#1989", "moby/moby#13475", "openshift/origin#22599"),
        fails=logged(
            "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='registry.example.org', port=443): "
            "Read timed out. (read timeout=10)",
            "requests.adapters:send",
            "ssl:do_handshake",
        ),
        says=r"MTU",
        first=True,
    ),
    Seen(
        cause="the MTU is too large for a VPN or overlay: large answers hang",
        threads=("moby/moby#20178", "CentaurusInfra/mizar#182"),
        fails=raising(redis.exceptions.TimeoutError("Timeout reading from 10.8.0.3:7000")),
        says=r"MTU",
    ),
    Seen(
        cause="the server takes long for a big job",
        threads=("moshe/elasticsearch_loader#37", "docker/compose#2186", "ResearchHub/researchhub-backend#110"),
        fault="accept-silent",
        fails=get(timeout=evidence.PATIENCE),
        says=r"[Rr]aise",
    ),
    Seen(
        cause="the network failed for a moment",
        threads=("pypa/pip#12352", "conbench/conbench#815"),
        fails=logged(
            "pip._vendor.urllib3.exceptions.ReadTimeoutError: "
            "HTTPSConnectionPool(host='files.pythonhosted.org', port=443): Read timed out.",
            "pip._vendor.urllib3.response:read",
        ),
        says=r"comes and goes",
    ),
    Seen(
        cause="the daemon hangs",
        threads=("docker/compose#3927", "usc-isi-i2/dig-etl-engine#76"),
        fails=logged(
            "requests.exceptions.ReadTimeout: UnixHTTPConnectionPool(host='localhost', port=None): Read timed out. "
            "(read timeout=60)",
            *DOCKER,
            "requests.adapters",
        ),
        says=r"restart the daemon",
    ),
)


def unknown(host: str) -> evidence.Failure:
    """Look up a name that does not exist."""
    return dial_at(host, 443)


MALFORMED = tuple(
    Seen(
        cause=f"the URL is malformed: {host}",
        threads=("SEC-API-io/sec-api-python#8", "NagiosEnterprises/ncpa#612", "zengfu94/MicrosoftRewards#43"),
        fault="name-not-found",
        fails=unknown(host),
        says=rf'Correct the URL: "{re.escape(host)}" is no host name',
        first=True,
    )
    for host in (
        "archive.sec-api.iohttps",
        "https",
        "127.0.1.2.3",
        "<host>",
        "db.example http",
        "http:",
    )
)

DNS = (
    *MALFORMED,
    Seen(
        cause="DNS inside the container is broken",
        threads=("docker/for-mac#3634", "home-assistant/core#25678", "talebook/talebook#85"),
        fault="temporary-dns",
        fails=dial,
        says=r"/etc/resolv\.conf in the container",
        first=True,
        process=CONTAINER,
    ),
    Seen(
        cause="DNS inside the container is broken, and says that there is no such name",
        threads=("docker/for-win#13808", "xiamuceer-j/MuMuAINovel#42"),
        fault="name-not-found",
        fails=dial,
        says=r"/etc/resolv\.conf",
        process=CONTAINER,
    ),
    Seen(
        cause="a sandbox without network",
        threads=("langgenius/dify-sandbox#90", "pinterest/pymemcache#325", "jaraco/pip-run#65"),
        fault="temporary-dns",
        fails=dial,
        says=r"sandbox",
    ),
    Seen(
        cause="a build step without network",
        threads=("nucypher/nucypher#1230", "pinterest/pymemcache#325"),
        fault="temporary-dns",
        fails=dial,
        says=r"sandbox",
        first=True,
        process=CI,
    ),
    Seen(
        cause="the service of that name is down, or on another network",
        threads=("lawndoc/stack-back#76", "codexgigassys/daas#27", "docker/docs#5602"),
        fault="name-not-found",
        fails=dial_at("redis"),
        says=r"`docker compose ps`",
        first=True,
        process=CONTAINER,
    ),
    Seen(
        cause="the name of a service is used outside of its network",
        threads=("richardyc/Chrome-GPT#37", "dc740/django-coveragepy-github-action#6"),
        fault="name-not-found",
        fails=dial_at("redis"),
        says=r"compose",
        first=True,
    ),
    Seen(
        cause="the name of a service is used outside of its network, in a log",
        threads=("richardyc/Chrome-GPT#37", "Cloud-CV/Fabrik#530"),
        fails=logged("redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. Name or service not known."),
        says=r"compose",
        first=True,
    ),
    Seen(
        cause="the service of that name is down, and the resolver of the host is asked in vain",
        threads=("Cloud-CV/Fabrik#530", "lawndoc/stack-back#76"),
        fails=raising(
            redis.exceptions.ConnectionError("Error -3 connecting to redis:6379. Temporary failure in name resolution.")
        ),
        says=r"`docker compose ps`",
        first=True,
        process=CONTAINER,
    ),
    Seen(
        cause="ndots:5 and search domains",
        threads=("coredns/coredns#7212", "kubernetes/kubernetes#64924", "NixOS/nixpkgs#61023"),
        fault="name-not-found",
        fails=dial,
        says=r"ndots",
        first=True,
        process=POD,
    ),
    Seen(
        cause="the proxy's own name does not resolve",
        threads=("psf/requests#2875", "psf/requests#5320", "XX-net/XX-Net#8629"),
        fault="proxy-name-not-found",
        fails=get(host="api.example.org"),
        says=r"proxy's name, nothing\.invalid",
        first=True,
        variables=BY_PROXY,
    ),
)

UNREACHABLE = (
    Seen(
        cause="macOS has not been asked for the local network",
        threads=("docker/for-mac#7504", "damiafuentes/DJITelloPy#244", "openai/codex#36891"),
        fails=tried(65, "192.168.1.20", 22),
        says=r"Local Network",
        first=True,
        platform="macos",
    ),
    Seen(
        cause="macOS has not been asked for the local network, in a log",
        threads=("Eugeny/tabby#11559", "binaricat/Netcatty#796"),
        fails=logged("OSError: [Errno 65] Connect call failed ('192.168.1.20', 22)"),
        says=r"Local Network",
        first=True,
    ),
    Seen(
        cause="a firewall rejects with ICMP",
        threads=("firewalld/firewalld#1452", "cowrie/cowrie#2551", "moby/moby#32138"),
        fails=tried(113, "192.168.1.20", 22),
        says=r"firewall",
        first=True,
    ),
    Seen(
        cause="a firewall rejects with ICMP, in a log",
        threads=("firewalld/firewalld#1452", "qoomon/docker-host#14"),
        fails=logged("OSError: [Errno 113] No route to host"),
        says=r"firewall",
        first=True,
    ),
    Seen(
        cause="a firewall rejects with ICMP what comes from a container",
        threads=("moby/moby#27817", "qoomon/docker-host#14"),
        fails=tried(113, "172.17.0.1", 5432),
        says=r"firewall of the Docker host",
        first=True,
        process=CONTAINER,
    ),
    Seen(
        cause="a firewall rejects with ICMP, as it is seen on loopback",
        threads=("firewalld/firewalld#1452", "moby/moby#32138"),
        fault="unreachable-host",
        fails=dial,
        says=r"firewall",
        first=True,
    ),
    Seen(
        cause="there is no route for IPv6",
        threads=("websocket-client/websocket-client#522", "Comcast/connvitals#10"),
        fault="unreachable-network",
        fails=dial_at("2606:4700::1111"),
        says=r"Use IPv4",
        first=True,
    ),
)

RESET = (
    Seen(
        cause="something on the way forgot an idle connection",
        threads=("redis/redis-py#1186", "celery/celery#3932", "GoogleChrome/chromium-dashboard#2259"),
        fails=raising(
            redis.exceptions.ConnectionError(
                "Error while reading from 10.0.0.3:6379 : (104, 'Connection reset by peer')"
            )
        ),
        says=r"idle connection of the pool",
        first=True,
    ),
    Seen(
        cause="the broker, or a balancer before it, dropped an idle connection",
        threads=("celery/celery#10325", "celery/django-celery#306"),
        fault="reset-after-request",
        fails=evidence.inside("kombu.connection", "drain_events", evidence.get_with_http_client),
        says=r"idle connection",
        first=True,
    ),
    Seen(
        cause="the server gave up an idle connection of a session",
        threads=("allegro/vaas#472", "redis/redis-py#1140"),
        fault="reset-on-reuse",
        fails=evidence.get_twice,
        says=r"idle",
    ),
    Seen(
        cause="a rule against robots, or a filter",
        threads=("s0md3v/XSStrike#162", "ValdikSS/GoodbyeDPI#229"),
        fails=cut("https://www.example.org/", ConnectionResetError(104, "Connection reset by peer")),
        says=r"www\.example\.org drops this client",
        first=True,
    ),
    Seen(
        cause="the server closes without reading the body",
        threads=("benoitc/gunicorn#2953", "benoitc/gunicorn#3334"),
        fault="reset-after-accept",
        fails=evidence.send,
        says=r"size of what is sent",
        first=True,
    ),
)

CLOSED = (
    Seen(
        cause="the server closed an idle connection just as it was used",
        threads=("aio-libs/aiohttp#2682", "aio-libs/aiohttp#9138", "Kludex/uvicorn#194"),
        fault="close-after-request",
        fails=evidence.get_with_aiohttp,
        says=r"idle connection",
        first=True,
    ),
    Seen(
        cause="the server closed an idle connection just as it was used",
        threads=("open-webui/open-terminal#148", "lsst-sqre/phalanx#5103"),
        fault="close-after-request",
        fails=evidence.get_with_httpx,
        says=r"idle connection",
        first=True,
    ),
    Seen(
        cause="the server closed an idle connection just as it was used",
        threads=("psf/requests#3458", "customerio/customerio-python#92"),
        fault="close-after-request",
        fails=get(),
        says=r"idle connection",
        first=True,
    ),
    Seen(
        cause="the server closed an idle connection just as it was used, with the standard library",
        threads=("psf/requests#3458", "Kludex/uvicorn#194"),
        fault="close-after-request",
        fails=evidence.get_with_http_client,
        says=r"while it was idle",
    ),
    Seen(
        cause="a limit of requests, or a rule against robots",
        threads=("yihong0618/klingCreator#15", "Hyperclaw79/HULK-v3#47"),
        fails=cut(
            "https://www.example.org/", http.client.RemoteDisconnected("Remote end closed connection without response")
        ),
        says=r"fewer requests",
    ),
    Seen(
        cause="the site does not like the User-Agent",
        threads=("regosen/gallery_get#61", "gunyu1019/chzzkpy#8"),
        fails=cut(
            "https://www.example.org/", http.client.RemoteDisconnected("Remote end closed connection without response")
        ),
        says=r"User-Agent",
    ),
    Seen(
        cause="the server ends idle sessions",
        threads=("psycopg/psycopg2#1496", "aws-samples/dify-self-hosted-on-aws#5"),
        fails=logged("psycopg2.OperationalError: server closed the connection unexpectedly", "psycopg2.extensions"),
        says=r"`idle_session_timeout`",
        first=True,
    ),
    Seen(
        cause="the mail provider closes after a wrong login",
        threads=("TideDra/zotero-arxiv-daily#63", "aahnik/bulk-email-sender#10"),
        fault="close-after-request",
        greeting=evidence.offer_login,
        fails=evidence.log_in_to_mail,
        says=r"Check the login",
        first=True,
    ),
    Seen(
        cause="too many SSH sessions at once",
        threads=("deepmodeling/dpdispatcher#244", "gardenlinux/gardenlinux#2552"),
        fails=logged(
            "paramiko.ssh_exception.SSHException: Error reading SSH protocol banner[Errno 104] Connection reset by "
            "peer",
            "paramiko.transport",
        ),
        says=r"`MaxStartups`",
        first=True,
    ),
    Seen(
        cause="too many SSH sessions at once",
        threads=("deepmodeling/dpdispatcher#244", "gardenlinux/gardenlinux#2552"),
        fails=logged("paramiko.ssh_exception.SSHException: Error reading SSH protocol banner", "paramiko.transport"),
        says=r"`MaxStartups`",
        first=True,
    ),
)

BROKEN = (
    Seen(
        cause="the pool handed out a connection that the database had closed",
        threads=("sqlalchemy/sqlalchemy#5566", "encode/apistar#403", "mzsmakr/PGSS#16"),
        fails=orm(
            "pymysql.err.OperationalError",
            "(2006, \"MySQL server has gone away (BrokenPipeError(32, 'Broken pipe'))\")",
        ),
        says=r"`pool_pre_ping=True`",
        first=True,
    ),
    Seen(
        cause="the database had closed the connection",
        threads=("moloch--/RootTheBox#293", "jkklee/pymysql-pool#1"),
        fails=logged(
            "pymysql.err.OperationalError: (2006, \"MySQL server has gone away (BrokenPipeError(32, 'Broken pipe'))\")",
            "pymysql.connections",
        ),
        says=r"`wait_timeout`",
        first=True,
    ),
    Seen(
        cause="the database had closed the connection",
        threads=("coleifer/peewee#538", "infiniflow/ragflow#1246"),
        fails=logged(
            "pymysql.err.OperationalError: (2013, 'Lost connection to MySQL server during query')",
            "pymysql.connections",
        ),
        says=r"`wait_timeout`",
        first=True,
    ),
    Seen(
        cause="the upload is larger than the server's limit",
        threads=("psf/requests#2422", "singularityhub/sregistry#108", "orhun/rustypaste#340"),
        fails=cut("https://www.example.org/", BrokenPipeError(32, "Broken pipe")),
        says=r"size of the upload",
        first=True,
    ),
    Seen(
        cause="the upload is larger than the server's limit, and the client went on to read the answer",
        threads=("psf/requests#2422", "psf/requests#5296"),
        fault="reads-nothing-then-close",
        fails=evidence.post,
        says=r"body",
    ),
    Seen(
        cause="the upload is larger than the server's limit, with a bare socket",
        threads=("orhun/rustypaste#340", "psf/requests#5296"),
        fault="reads-nothing-then-close",
        fails=evidence.send,
        says=r"over its limit \(413\)",
    ),
)

ABORTED = (
    Seen(
        cause="an antivirus or a firewall cut the connection",
        threads=("microsoft/restler-fuzzer#539", "illuminatedwax/pesterchum#10", "IIC2233/Syllabus-2021-2#306"),
        fails=logged(
            "ConnectionAbortedError: [WinError 10053] An established connection was aborted by the software in your "
            "host machine"
        ),
        says=r"antivirus",
        first=True,
    ),
    Seen(
        cause="the client of this server went away",
        threads=("dgtlmoon/changedetection.io#2261", "django-helpdesk/django-helpdesk#1008"),
        fails=evidence.serve_someone_who_leaves,
        says=r"client .*(?:left|went away|gave up|closed)",
        first=True,
    ),
    Seen(
        cause="the browser went away, on Windows",
        threads=("dgtlmoon/changedetection.io#2261", "django-helpdesk/django-helpdesk#1008"),
        fails=logged(
            "ConnectionAbortedError: [WinError 10053] An established connection was aborted by the software in your "
            "host machine",
            "django.core.servers.basehttp:handle",
            "socketserver:write",
        ),
        says=r"browser left",
        first=True,
    ),
)

UNTRUSTED = (
    Seen(
        cause="a company's proxy inspects TLS",
        threads=("EnergieID/entsoe-py#247", "astral-sh/uv#10724", "britive/python-cli#213"),
        fails=unverified(20, "unable to get local issuer certificate"),
        says=r"inspects TLS",
    ),
    Seen(
        cause="a company's proxy inspects TLS",
        threads=("smicallef/spiderfoot#1823", "mapillary/mapillary_tools#698"),
        fails=unverified(20, "unable to get local issuer certificate"),
        says=r"proxy's authority",
        first=True,
        variables=ELSEWHERE_PROXY,
    ),
    Seen(
        cause="a company's proxy inspects TLS, and shows its root",
        threads=("nasirhjafri/libyear#22", "tldr-pages/tldr-python-client#11"),
        fails=unverified(19, "self-signed certificate in certificate chain"),
        says=r"inspects TLS",
        first=True,
    ),
    Seen(
        cause="Python from python.org has no root certificates yet",
        threads=("slackapi/bolt-python#571", "python-poetry/poetry#4338", "trailofbits/algo#1639"),
        fails=unverified(20, "unable to get local issuer certificate"),
        says=r"`Install Certificates\.command`",
        first=True,
        platform="macos",
        process={"python.org": True, "no-roots": True},
    ),
    Seen(
        cause="Python from python.org has no root certificates yet, in a log",
        threads=("mondul/HiyaCFW-Helper#13", "rhasspy/larynx#70"),
        fails=logged(
            "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get "
            "local issuer certificate (_ssl.c:1006)",
            "ssl:do_handshake",
            python=FRAMEWORK,
        ),
        says=r"`Install Certificates\.command`",
        first=True,
    ),
    Seen(
        cause="the server leaves out its intermediate certificate",
        threads=("psf/requests#2959", "certifi/python-certifi#72", "curl/curl#2197"),
        fails=unverified(21, "unable to verify the first certificate"),
        says=r"full chain",
        first=True,
    ),
    *(
        Seen(
            cause=f"the server leaves out its intermediate certificate {where}",
            threads=("psf/requests#3212", "etesync/etesync-dav#203", "mampfes/hacs_waste_collection_schedule#6606"),
            fails=unverified(20, "unable to get local issuer certificate"),
            says=r"leaves out its intermediate",
            **more,
        )
        for where, more in (
            ("", {}),
            ("(container)", {"process": CONTAINER}),
            ("(proxy)", {"variables": ELSEWHERE_PROXY}),
            ("(Mac)", {"platform": "macos"}),
        )
    ),
    Seen(
        cause="the server leaves out its intermediate certificate, in a log",
        threads=("psf/requests#3363", "mampfes/hacs_waste_collection_schedule#7386"),
        fails=logged(
            "requests.exceptions.SSLError: HTTPSConnectionPool(host='api.example.org', port=443): Max retries exceeded "
            "with url: / (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate "
            "verify failed: unable to get local issuer certificate (_ssl.c:1006)')))",
            "requests.adapters",
        ),
        says=r"leaves out its intermediate",
    ),
    Seen(
        cause="the distribution's root certificates are missing",
        threads=("certbot/certbot#3446", "Homebrew/legacy-homebrew#50244"),
        fails=unverified(20, "unable to get local issuer certificate"),
        says=r"ca-certificates",
        first=True,
        process={"no-roots": True},
    ),
    Seen(
        cause="the certificate has expired",
        threads=("Gozargah/Marzban#1947", "aisstream/issues#71", "home-assistant/core#27832"),
        fault="tls-expired",
        fails=evidence.shake_hands,
        says=r"has run out",
        first=True,
    ),
    Seen(
        cause="the certificate has expired",
        threads=("sebr/bhyve-home-assistant#234", "aisstream/issues#71"),
        fails=unverified(10, "certificate has expired"),
        says=r"owner",
        first=True,
    ),
    Seen(
        cause="an old root has expired on this side",
        threads=("shhivv/pyston#2", "agubelu/discord-bot-template#2"),
        fails=unverified(10, "certificate has expired"),
        says=r"old root",
    ),
    Seen(
        cause="the name in the URL is not in the certificate",
        threads=("urllib3/urllib3#820", "python-poetry/poetry#7811"),
        fails=unverified(62, "Hostname mismatch, certificate is not valid for 'api.example.org'."),
        says=r"Compare api\.example\.org with the names",
        first=True,
    ),
    Seen(
        cause="the address in the URL is not in the certificate",
        threads=("rocknsm/docket#18", "OSidorenkov/zabbix-jira#7"),
        fault="tls-wrong-host",
        fails=evidence.shake_hands,
        says=r"Use the (?:server's name|name in the certificate) instead",
        first=True,
    ),
)

PROTOCOL = (
    Seen(
        cause="the server offers old TLS only",
        threads=("narbehaj/ssl-checker#22", "thp/urlwatch#378", "encode/httpx#1373"),
        fails=logged("ssl.SSLError: [SSL: UNSUPPORTED_PROTOCOL] unsupported protocol (_ssl.c:1129)"),
        says=r"only older versions",
        first=True,
    ),
    Seen(
        cause="the server offers old ciphers only",
        threads=("SySS-Research/Seth#31", "encode/httpx#1373"),
        fails=logged("ssl.SSLError: [SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure (_ssl.c:1129)"),
        says=r"[Oo]ld ciphers",
        first=True,
    ),
    Seen(
        cause="the proxy's URL begins with https://, and it speaks plain HTTP",
        threads=("encode/httpx#951", "psf/requests#5843", "encode/httpx#1068"),
        fault="tls-plain-text",
        fails=get("https", host="api.example.org"),
        says=r"`?http://",
        first=True,
        variables={"HTTPS_PROXY": "https://{host}:{port}"},
    ),
    Seen(
        cause="the proxy's URL begins with https://, and it speaks plain HTTP (httpx)",
        threads=("nishiwen1214/ChatReviewer#22", "circlestarzero/EX-chatGPT#44"),
        fault="tls-plain-text",
        fails=evidence.get_target_with_httpx,
        says=r"`?http://",
        first=True,
        variables={"HTTPS_PROXY": "https://{host}:{port}"},
    ),
    Seen(
        cause="this address is not on the access list of the cluster",
        threads=("vedfi/mondroid#54", "unilei/kerkerker#22", "run-llama/llama_index#9191"),
        fails=raising(
            pymongo.errors.ServerSelectionTimeoutError(
                "SSL handshake failed: shop-shard-00-00.ab1cd.mongodb.net:27017: [SSL: TLSV1_ALERT_INTERNAL_ERROR] "
                "tlsv1 alert internal error (_ssl.c:1006) (configured timeouts: socketTimeoutMS: 20000.0ms)"
            )
        ),
        says=r"access list",
        first=True,
    ),
    Seen(
        cause="TLS was spoken to a plain port",
        threads=("grpc/grpc#25644", "encode/httpx#646"),
        fault="tls-plain-text",
        fails=get("https"),
        says=r"http://",
        first=True,
    ),
    Seen(
        cause="the server, or what stands before it, lacks secure renegotiation",
        threads=("urllib3/urllib3#2653", "blacklanternsecurity/bbot#557"),
        fails=logged("ssl.SSLError: [SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED] unsafe legacy renegotiation disabled"),
        says=r"secure renegotiation",
        first=True,
    ),
)

LOCAL = (
    Seen(
        cause="SELinux forbids a web server's program to connect",
        threads=("GrahamDumpleton/mod_wsgi#501", "INGInious/INGInious#344", "Legrandin/PyAuthenNTLM2#29"),
        fault="prohibited",
        fails=dial,
        says=r"SELinux",
        first=True,
    ),
    Seen(
        cause="SELinux forbids a web server's program to connect, in a log",
        threads=("GrahamDumpleton/mod_wsgi#638", "voxpupuli/puppet-zabbix#477"),
        fails=logged(
            "PermissionError: [Errno 13] Permission denied", "redis.connection:connect", "socket:create_connection"
        ),
        says=r"SELinux",
        first=True,
    ),
    Seen(
        cause="the local ports are used up by many short connections",
        threads=("benhoyt/graphyte#2", "paramiko/paramiko#1649", "mozilla/sumo#2179"),
        fault="unreachable-network",
        fails=evidence.use_up_ports,
        says=r"Reuse connections",
        first=True,
    ),
    Seen(
        cause="localhost is ::1, on a machine without IPv6",
        threads=("instructlab/instructlab#667", "vllm-project/vllm#1288", "agiresearch/AIOS#503"),
        fails=evidence.inside(
            "asyncio.base_events",
            "create_server",
            raising(
                OSError(
                    99,
                    "error while attempting to bind on address ('::1', 8000, 0, 0): cannot assign requested address",
                )
            ),
        ),
        says=r"Bind to 127\.0\.0\.1 or 0\.0\.0\.0",
        first=True,
    ),
    Seen(
        cause="the machine does not have the address",
        threads=("shadowsocks/shadowsocks#412", "morpheus65535/bazarr#774"),
        fault="foreign-address",
        fails=evidence.bind,
        says=r"address that this machine has",
        first=True,
    ),
)

SEEN = (
    *REFUSED,
    *HIDDEN,
    *CONNECT_TIMEOUT,
    *READ_TIMEOUT,
    *DNS,
    *UNREACHABLE,
    *RESET,
    *CLOSED,
    *BROKEN,
    *ABORTED,
    *UNTRUSTED,
    *PROTOCOL,
    *LOCAL,
)


@pytest.mark.parametrize("position", range(len(SEEN)), ids=[seen.cause for seen in SEEN])
def test_people_get_the_cause_that_others_found(position: int) -> None:
    """The hint that names the root cause must be among the first three, and the first where a failure betrays it."""
    seen = SEEN[position]
    hints = evidence.hints_of(seen, __name__, position)
    shown = "\n".join(hints[: 1 if seen.first else 3])
    assert re.search(seen.says, shown, re.MULTILINE), "\n".join(hints)


def test_every_row_is_what_people_asked() -> None:
    """Each row names two threads at least, none of them twice."""
    for seen in SEEN:
        assert len(set(seen.threads)) == len(seen.threads) >= 2
        assert all(re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", thread) for thread in seen.threads)
