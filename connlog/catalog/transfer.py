"""
Codes of the stage `transfer`: the connection stands, and sending or receiving on it fails.

Data only: imports nothing of connlog but the nouns.
"""

from __future__ import annotations

from connlog._model import Cause, Entry, Example, Hint, Message, Scenario

ENTRIES: tuple[Entry, ...] = (
    Entry(
        code="connection-reset",
        title="Connection reset by the peer",
        stage="transfer",
        phase="transfer",
        retry="if-idempotent",
        errnos=("ECONNRESET", "ENETRESET"),
        exceptions=("ConnectionResetError",),
        cause=(
            "The connection with {endpoint} stood, and a RST ended it at once: the peer, or something on the way, "
            "dropped it without a goodbye."
        ),
        hints=(
            Hint(
                when=("phase=tls", "loopback"),
                text=(
                    "Check that {endpoint} speaks TLS at all: a plain server that reads a TLS greeting may drop the "
                    "connection."
                ),
            ),
            Hint(
                when=("phase=tls", "public"),
                text=(
                    "Compare with another network (a phone, another region): a reset right after the TLS greeting is "
                    "how filters by name cut a connection."
                ),
            ),
            Hint(
                when=("server-side",),
                text=(
                    "Log it at debug level and go on: the client of this server went away, as browsers, scanners and "
                    "health checks do. Nothing here is broken."
                ),
            ),
            Hint(
                when=("phase=tls",),
                text=(
                    "Find out who drops the TLS greeting: `openssl s_client -connect {endpoint} -servername {host}`. "
                    "Servers do so for a version or name they don't like, firewalls for a name, plain ports for TLS."
                ),
            ),
            Hint(
                when=("library=redis",),
                text=(
                    "Set `health_check_interval=30` and `retry=Retry(ExponentialBackoff(), 3)`: an idle connection of "
                    "the pool was dropped by the server (`timeout` in redis.conf) or by a balancer in between."
                ),
            ),
            Hint(
                when=("library=sqlalchemy",),
                text=(
                    "Set `pool_pre_ping=True` and `pool_recycle` below the shortest idle limit on the way: the pool "
                    "handed out a connection that was already dead."
                ),
            ),
            Hint(
                when=("library=kombu",),
                text=(
                    "Set `broker_heartbeat`, or `broker_pool_limit=None` to do without the pool: a balancer or the "
                    "broker dropped an idle connection. The worker reconnects by itself; publishers must retry."
                ),
            ),
            Hint(
                when=("library=pika",),
                text=(
                    "Let pika serve its heartbeats: call `process_data_events()` from long work, or do the work in a "
                    "thread. Without them the broker drops the connection."
                ),
            ),
            Hint(
                when=("library=psycopg",),
                text=(
                    "Set `keepalives_idle=60` and check pooled connections before use "
                    "(`check=ConnectionPool.check_connection`): an idle one was dropped, or the server was restarted."
                ),
            ),
            Hint(
                when=("library=pymysql",),
                text=(
                    "Call `connection.ping(reconnect=True)` before use, or recycle below the server's `wait_timeout`: "
                    "the server drops idle connections."
                ),
            ),
            Hint(
                when=("library=botocore",),
                text=(
                    "Set `Config(tcp_keepalive=True, retries={{'mode': 'standard'}})`: NAT gateways forget connections "
                    "that are idle for some minutes."
                ),
            ),
            Hint(
                when=("library=paramiko",),
                text=(
                    "Open fewer sessions at once: sshd drops new ones beyond `MaxStartups` (10 by default). Reuse one "
                    "connection for several channels."
                ),
            ),
            Hint(
                when=("phase=send",),
                text=(
                    "Check the size of what is sent: a server that rejects a large body early closes without reading "
                    "the rest, and its answer (413, 401) is lost."
                ),
            ),
            Hint(
                when=("loopback",),
                text=(
                    "Read the log of the server on {endpoint}: it crashed, was killed (out of memory) or restarted "
                    "while it held this request. A published port whose container listens on 127.0.0.1 only resets too."
                ),
            ),
            Hint(
                when=("kubernetes",),
                text=(
                    "Look for a rollout or a killed pod at that time: `kubectl get events`, restarts and OOMKilled. A "
                    "preStop pause lets clients move on before the pod ends."
                ),
            ),
            Hint(
                when=("public",),
                text=(
                    "If it fails from the first request on, {host} drops this client: a rate limit, an anti-bot rule, "
                    "the User-Agent, a filter in this network. Try one request from another address."
                ),
            ),
            Hint(
                when=("dotted",),
                text=(
                    "If it fails from the first request on, {host} drops this client: a rate limit, an anti-bot rule, "
                    "the User-Agent, a filter in this network. Try one request from another address."
                ),
            ),
            Hint(
                text=(
                    "If the connection had been idle, a server, balancer or NAT on the way forgot it: keep the "
                    "client's idle limit below theirs, switch on TCP keep-alive, and retry once on a fresh connection "
                    "if the request is idempotent."
                ),
            ),
            Hint(
                text=(
                    "If it is the very first request, the server or a firewall drops this client: TLS to a plain port "
                    "or the reverse, a rate limit, an access list. The server's log at that time tells."
                ),
            ),
        ),
        about=(
            "A RST ends a TCP connection at once (RFC 9293, section 3.5.2): both queues are thrown away, and the next "
            "call on the socket fails with ECONNRESET. What was sent may have been carried out; what was received "
            "and not yet read may be lost.\n"
            "\n"
            "The kernel of the peer sends it when nobody owns the connection any more: the process died, it closed "
            "the socket with data still unread, it asked for it (SO_LINGER with time 0, socket(7)), or the machine "
            "was restarted and knows nothing of the connection. Balancers, NAT gateways and firewalls send it, too: "
            "they keep a table of connections, drop those idle for minutes, and answer the next packet with a RST. "
            "Filters forge one.\n"
            "\n"
            "A FIN is a goodbye and reads as end of file (closed-by-peer); a RST is a slammed door. On the server's "
            "side of the house it is daily business: clients leave whenever they like."
        ),
        wire=(
            Message("client", "server", "SYN"),
            Message("server", "client", "SYN-ACK"),
            Message("client", "server", "ACK, request"),
            Message("server", "server", "nobody owns the connection any more"),
            Message("server", "client", "RST"),
            Message("client", "client", "recv() fails: ECONNRESET"),
        ),
        causes=(
            Cause(
                text=(
                    "A pooled connection was idle for longer than the server, a load balancer, a firewall or NAT on "
                    "the way allows."
                ),
                sources=(
                    "redis/redis-py#1186",
                    "redis/redis-py#1140",
                    "celery/celery#3932",
                    "celery/celery#10325",
                    "GoogleChrome/chromium-dashboard#2259",
                    "allegro/vaas#472",
                ),
            ),
            Cause(
                text="A firewall, a WAF or censorship on the way drops this client or this name.",
                sources=("s0md3v/XSStrike#162", "ValdikSS/GoodbyeDPI#229", "SafeBreach-Labs/CloudMiner#4"),
            ),
            Cause(
                text="The server closes without reading the request's body, and its answer is lost.",
                sources=("benoitc/gunicorn#2953", "benoitc/gunicorn#3334"),
            ),
            Cause(
                text="The server is overloaded, or drops connections by its own choice.",
                sources=("ethereum/hive#143", "Jules-WinnfieldX/CyberDropDownloader#30", "mintapi/mintapi#101"),
            ),
            Cause(
                text="The server's process died: killed, crashed, restarted.",
                sources=("scalableminds/webknossos-libs#770",),
            ),
            Cause(
                text="The other end of a forwarded or proxied connection left: harmless.",
                sources=("kakaroto/SWProxy#139", "kr8s-org/kr8s#539"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Docker's proxy accepts on the published port before it knows whether the program in the container "
                    "listens there; if that one listens on 127.0.0.1 only, the client is reset."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "Rollouts, evictions and OOM kills end connections. Long-lived ones to a Service stay with their "
                    "pod, and end with it."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "Idle limits: AWS NLB 350 seconds, Azure 4 minutes, AWS NAT gateway 350 seconds, by default. The "
                    "packet after that gets a RST. Set keep-alive below."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "After a suspend or a change of network every open connection is dead; the first use of each says "
                    "so."
                ),
            ),
            Scenario(
                where="CI",
                text="Hosts that limit clients by address see all jobs behind one NAT as one client.",
            ),
        ),
        raises=Example(
            fault="reset-after-request",
            code="""\
import socket

with socket.create_connection((host, port), timeout=1) as connection:
    connection.sendall(b"GET / HTTP/1.1\\r\\nHost: example\\r\\n\\r\\n")
    connection.recv(1024)
""",
        ),
        fixed=Example(
            fault="reset-after-request",
            ends="result",
            code="""\
import http.client
import random
import time


def get(host, port, path, *, attempts=10, timeout=1.0, base=0.1, cap=1.0):
    for attempt in range(attempts):
        connection = http.client.HTTPConnection(host, port, timeout=timeout)  # a fresh one each time
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except ConnectionResetError:  # it may have been served: repeat only what is idempotent, like GET
            if attempt == attempts - 1:
                raise
        finally:
            connection.close()
        time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


result = get(host, port, "/")
""",
        ),
        see_also=("closed-by-peer", "broken-pipe", "connection-aborted", "tls-connection-closed"),
        since="0.1.0",
        sources=("RFC 9293", "RFC 9110", "tcp(7)", "socket(7)", "redis/redis-py#1186", "open-webui/open-terminal#148"),
    ),
    Entry(
        code="connection-aborted",
        title="Connection aborted on this side",
        stage="transfer",
        phase="transfer",
        retry="if-idempotent",
        errnos=("ECONNABORTED",),
        exceptions=("ConnectionAbortedError",),
        cause=(
            "Software on this machine ended the connection with {endpoint}: the operating system, an antivirus, a VPN "
            "or an agent, not the peer."
        ),
        hints=(
            Hint(
                when=("server-side", "platform=windows"),
                text=(
                    "Log it at debug level and go on: 10053 in a request handler means that the browser left before "
                    "the answer was written."
                ),
            ),
            Hint(
                when=("server-side",),
                text=(
                    "Log it at debug level and go on: the client of this server left before the answer was written. "
                    "Nothing here is broken."
                ),
            ),
            Hint(
                when=("platform=windows", "loopback"),
                text=(
                    "Look at the program on {endpoint} first: it crashed or closed while this side went on sending. "
                    "Then try with the antivirus's web protection switched off for this program."
                ),
            ),
            Hint(
                when=("platform=windows",),
                text=(
                    "Try with the antivirus's or firewall's TLS and web inspection switched off for this program: it "
                    "sits between program and network and cuts connections. If that helps, add an exception."
                ),
            ),
            Hint(
                when=("platform=linux",),
                text=(
                    "Look for what destroys sockets on this machine: `ss -K`, a VPN or network manager that takes the "
                    "address away, a CNI agent that removes a backend. `journalctl` at that second tells."
                ),
            ),
            Hint(
                when=("kubernetes",),
                text=(
                    "Look whether the backend was removed at that second (`kubectl get events`): agents that balance "
                    "in the kernel destroy the sockets of backends that are gone."
                ),
            ),
            Hint(
                text=(
                    "If it is Windows (10053), antivirus, firewall or VPN software cut the connection, or Windows gave "
                    "up after its own retransmissions: try without them, and on another network."
                ),
            ),
            Hint(
                text=(
                    "If it happens in a server's log, the client went away while the answer was written: harmless, "
                    "unless every request ends so."
                ),
            ),
            Hint(
                text=(
                    "If the network changed at that moment (VPN, Wi-Fi, suspend), the old connections are dead: open a "
                    "fresh one, and repeat what is idempotent."
                ),
            ),
        ),
        about=(
            "ECONNABORTED says that the end came from this side's own system. On Windows (10053) the stack gives it "
            "when data could not be delivered in time, when the peer is gone while this side writes, and when filter "
            "software, such as an antivirus, closes the connection.\n"
            "\n"
            "On Linux an established connection gets it, in practice, in one case: somebody with the right to do so "
            "destroys the socket (`ss -K`, SOCK_DESTROY in sock_diag(7)). Network managers, VPN clients and agents do "
            "that when an address or a backend goes away, so that programs notice at once and not after minutes of "
            "retransmissions. The peer gets a RST. accept(2) may report it as well, for a client that left while it "
            "waited in the queue.\n"
            "\n"
            "asyncio raises ConnectionAbortedError of its own, without errno, when a TLS handshake takes too long."
        ),
        wire=(
            Message("program", "kernel", "recv()"),
            Message("kernel", "kernel", "destroys the socket for an agent"),
            Message("kernel", "server", "RST"),
            Message("kernel", "program", "ECONNABORTED"),
            Message("program", "program", "raises ConnectionAbortedError"),
        ),
        causes=(
            Cause(
                text="An antivirus or a firewall on this machine cuts the connection.",
                sources=(
                    "microsoft/restler-fuzzer#539",
                    "illuminatedwax/pesterchum#10",
                    "IIC2233/Syllabus-2021-2#306",
                    "tracek/gee_asset_manager#57",
                ),
            ),
            Cause(
                text="In a server: the browser went away before the answer was written; harmless.",
                sources=("dgtlmoon/changedetection.io#2261", "django-helpdesk/django-helpdesk#1008"),
            ),
            Cause(
                text="The program at the other end crashed or closed while this one still used the connection.",
                sources=("IIC2233/syllabus-2020-1#1259",),
            ),
            Cause(text="A VPN client, a network manager or a cluster agent destroyed the sockets of a lost address."),
        ),
        scenarios=(
            Scenario(
                where="laptop",
                text=(
                    "On Windows: antivirus with web protection, VPN clients, a wake from sleep. The development "
                    "server logs it whenever a page is reloaded before it was complete."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "A network agent that balances in the kernel destroys sockets whose backend is gone. The fresh "
                    "connection goes to a living one."
                ),
            ),
            Scenario(
                where="container",
                text="Disconnecting a container from a network takes its address, and connections from it end.",
            ),
        ),
        raises=Example(
            fault="socket-destroyed",
            code="""\
import socket

with socket.create_connection((host, port), timeout=2) as connection:
    connection.sendall(b"GET / HTTP/1.1\\r\\nHost: example\\r\\n\\r\\n")
    connection.recv(1024)  # meanwhile somebody on this machine runs: ss -K dst HOST dport = PORT
""",
        ),
        fixed=Example(
            fault="socket-destroyed",
            ends="result",
            code="""\
import http.client
import random
import time


def get(host, port, path, *, attempts=10, timeout=1.0, base=0.1, cap=1.0):
    for attempt in range(attempts):
        connection = http.client.HTTPConnection(host, port, timeout=timeout)  # the old one is beyond help
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except (ConnectionAbortedError, ConnectionResetError):  # repeat only what is idempotent, like GET
            if attempt == attempts - 1:
                raise
        finally:
            connection.close()
        time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


result = get(host, port, "/")
""",
        ),
        see_also=("connection-reset", "broken-pipe", "closed-by-peer", "read-timeout"),
        since="0.1.0",
        sources=(
            "RFC 9110",
            "errno(3)",
            "accept(2)",
            "ss(8)",
            "sock_diag(7)",
            "microsoft/restler-fuzzer#539",
            "sshuttle/sshuttle#359",
        ),
    ),
    Entry(
        code="broken-pipe",
        title="Sent to a peer that has gone",
        stage="transfer",
        phase="send",
        retry="if-idempotent",
        errnos=("EPIPE", "EPROTOTYPE"),
        exceptions=("BrokenPipeError",),
        cause=(
            "Something was to be sent to {endpoint}, but the connection had already ended: the peer had closed it, or "
            "this side had shut its own sending end."
        ),
        hints=(
            Hint(
                when=("server-side",),
                text=(
                    "Log it at debug level and go on: the client closed the page or gave up before this server had "
                    "written its answer. If all do, the answer is too slow for them."
                ),
            ),
            Hint(
                when=("library=sqlalchemy",),
                text=(
                    "Set `pool_pre_ping=True` and `pool_recycle` below the server's idle limit (`wait_timeout` in "
                    "MySQL): the pool handed out a connection that the server had closed."
                ),
            ),
            Hint(
                when=("library=pymysql",),
                text=(
                    "Call `connection.ping(reconnect=True)` before use, or recycle below `wait_timeout`. If it happens "
                    "with large statements only, raise `max_allowed_packet` on the server."
                ),
            ),
            Hint(
                when=("library=peewee",),
                text=(
                    "Use `PooledMySQLDatabase(stale_timeout=...)` below the server's `wait_timeout`, and open the "
                    "connection per request: the server closes idle ones."
                ),
            ),
            Hint(
                when=("library=psycopg",),
                text=(
                    "Check pooled connections before use (`check=ConnectionPool.check_connection`): the server closed "
                    "this one, by an idle limit or a restart."
                ),
            ),
            Hint(
                when=("library=redis",),
                text=(
                    "Set `health_check_interval=30`: the server closed an idle connection (`timeout` in redis.conf), "
                    "or one whose output buffer or query was over its limit."
                ),
            ),
            Hint(
                when=("library=requests",),
                text=(
                    "Check the size of the upload against the server's limit (`client_max_body_size` in nginx): it "
                    "answers 413 and closes while the body is still being sent."
                ),
            ),
            Hint(
                when=("library=urllib3",),
                text=(
                    "Check the size of the upload against the server's limit (`client_max_body_size` in nginx): it "
                    "answers 413 and closes while the body is still being sent."
                ),
            ),
            Hint(
                when=("library=botocore",),
                text=(
                    "Let botocore retry (`retries={{'mode': 'standard'}}`), send large objects in parts, and check the "
                    "bucket's region: S3 closes an upload that it redirects or refuses."
                ),
            ),
            Hint(
                when=("unix",),
                text="Look whether the daemon behind {endpoint} was restarted: connections to its old socket are dead.",
            ),
            Hint(
                when=("loopback",),
                text=(
                    "Read the log of the server on {endpoint}: it closed the connection while this side was still "
                    "sending, or it crashed."
                ),
            ),
            Hint(
                text=(
                    "If it happens while a large body is sent, the server stopped reading: usually the body is over "
                    "its limit (413), or the login is missing (401). Send `Expect: 100-continue`, or less."
                ),
            ),
            Hint(
                text=(
                    "If the connection came from a pool or had been idle, the server closed it meanwhile: check "
                    "connections before use, and recycle them before the server's limit."
                ),
            ),
        ),
        about=(
            "The peer's FIN says that it sends no more. This side may still send, and the first send even succeeds: "
            "the bytes go into the kernel's buffer. If the peer has closed for good, its kernel answers them with a "
            "RST, and the send after that fails with EPIPE (send(2)). So the error comes one send late, and says "
            "nothing about how much arrived. A RST without a FIN before it shows as ECONNRESET instead.\n"
            "\n"
            "Python ignores SIGPIPE and raises BrokenPipeError; a program in C would just die. macOS sometimes "
            "says EPROTOTYPE (41) for the same, when the close happens during the send. A TCP socket that never was "
            "connected gives EPIPE on Linux, too.\n"
            "\n"
            "The same errno comes from pipes: a program whose own output is piped into one that has ended. That is no "
            "network failure; see stdout-closed."
        ),
        wire=(
            Message("client", "server", "data"),
            Message("server", "client", "FIN"),
            Message("client", "server", "more data: the send succeeds"),
            Message("server", "client", "RST"),
            Message("client", "client", "the send after that fails: EPIPE"),
        ),
        causes=(
            Cause(
                text="A pooled database connection was closed by the server after its idle limit.",
                sources=(
                    "sqlalchemy/sqlalchemy#5566",
                    "encode/apistar#403",
                    "coleifer/peewee#538",
                    "jkklee/pymysql-pool#1",
                    "moloch--/RootTheBox#293",
                ),
            ),
            Cause(
                text=(
                    "The upload is larger than the server's limit: it answers 413 and closes, and the client, still "
                    "sending, never reads the answer."
                ),
                sources=(
                    "psf/requests#2422",
                    "psf/requests#5296",
                    "singularityhub/sregistry#108",
                    "orhun/rustypaste#340",
                ),
            ),
            Cause(
                text="A statement is larger than MySQL's max_allowed_packet.",
                sources=("infiniflow/ragflow#1246",),
            ),
            Cause(
                text="An unstable network ends connections during long uploads.",
                sources=("contentful/contentful-management.py#62",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "The database container was recreated; the application's pool still holds connections to the old "
                    "one."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "The ingress limits bodies (1 MiB by default in ingress-nginx, `proxy-body-size`): uploads through "
                    "it break, uploads straight to the Service work."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "Limits on body size and on the time of a request end uploads half-way, and the balancer's answer "
                    "is lost in the reset."
                ),
            ),
            Scenario(
                where="laptop",
                text="A development server logs it when the browser reloads, or closes a video half-way: harmless.",
            ),
        ),
        raises=Example(
            fault="reads-nothing-then-close",
            code="""\
import socket

with socket.create_connection((host, port), timeout=2) as connection:
    while True:
        connection.sendall(b"x" * 65536)
""",
        ),
        fixed=Example(
            fault="reads-nothing-then-close",
            ends="error",
            code="""\
import socket


class UploadRefused(RuntimeError):
    pass


def upload(host, port, body, *, timeout=2.0):
    head = f"PUT /file HTTP/1.1\\r\\nHost: {host}\\r\\nContent-Length: {len(body)}\\r\\nConnection: close\\r\\n\\r\\n"
    with socket.create_connection((host, port), timeout=timeout) as connection:
        try:
            connection.sendall(head.encode() + body)
        except (BrokenPipeError, ConnectionResetError) as error:
            try:  # the server has closed; what it said before is often still there to be read
                said = connection.recv(1024).split(b"\\r\\n")[0].decode("ascii", "replace")
            except OSError:
                said = ""
            raise UploadRefused(f"{host}:{port} stopped reading: {said or 'it gave no reason'}") from error
        return connection.recv(1024)


result = upload(host, port, bytes(20_000_000))
""",
        ),
        see_also=("connection-reset", "closed-by-peer", "connection-aborted", "stdout-closed"),
        since="0.1.0",
        sources=("RFC 9293", "RFC 9110", "send(2)", "tcp(7)", "psf/requests#2422", "sqlalchemy/sqlalchemy#5566"),
    ),
    Entry(
        code="read-timeout",
        title="No answer in time",
        stage="transfer",
        phase="receive",
        retry="if-idempotent",
        cause=(
            "The connection with {endpoint} stands, but the answer did not come within the time-out: the server is "
            "slow or stuck, or its packets get lost on the way."
        ),
        hints=(
            Hint(
                when=("phase=tls", "loopback"),
                text=(
                    "Check that {endpoint} speaks TLS: a plain server waits for the rest of a request that never "
                    "comes, and the handshake hangs."
                ),
            ),
            Hint(
                when=("phase=tls", "container"),
                text=(
                    "Compare the MTU: `ip link` in the container and on the host. Over a VPN or overlay that in the "
                    "container must be smaller: else small packets pass, a certificate does not."
                ),
            ),
            Hint(
                when=("phase=tls",),
                text=(
                    "Lower the MTU for a try (`ip link set dev eth0 mtu 1280`): connecting works and the handshake "
                    "hangs when large packets are lost on a VPN or overlay. Else the port may not speak TLS."
                ),
            ),
            Hint(
                when=("phase=send",),
                text=(
                    "Look at the receiver: it stopped reading, so the buffers on both sides are full and the send "
                    "hangs. Large packets that get lost (MTU, VPN) look the same."
                ),
            ),
            Hint(
                when=("library=docker",),
                text=(
                    "Raise `DockerClient(timeout=...)` for slow commands (stop, pull, build); if all commands hang, "
                    "restart the daemon. For the old Compose the variable is COMPOSE_HTTP_TIMEOUT."
                ),
            ),
            Hint(
                when=("library=elasticsearch",),
                text=(
                    "Raise `request_timeout` for this call, or send smaller bulks: the cluster still works on it, and "
                    "a retry adds to the load."
                ),
            ),
            Hint(
                when=("library=botocore",),
                text=(
                    "Set `Config(read_timeout=...)` above the longest run (a Lambda may take 900 s), and no `retries` "
                    "for calls that must not run twice."
                ),
            ),
            Hint(
                when=("library=redis",),
                text=(
                    "Set `socket_timeout` above the time of blocking commands (BLPOP, XREAD BLOCK), and look for slow "
                    "ones with SLOWLOG. TLS spoken to a plain Redis ends so, too."
                ),
            ),
            Hint(
                when=("library=pymongo",),
                text=(
                    "Look for the slow query (`db.currentOp()`, the profiler); give it `maxTimeMS`, so that the server "
                    "stops as well, and raise `socketTimeoutMS` only if it is meant to be slow."
                ),
            ),
            Hint(
                when=("library=requests", "loopback"),
                text=(
                    "Look what the server on {endpoint} is doing (`py-spy dump --pid PID`): a single-threaded one that "
                    "calls itself, or sits in a debugger, never answers."
                ),
            ),
            Hint(
                when=("library=requests",),
                text=(
                    "Set the two limits apart, `timeout=(3, 60)`: the second is the time between two pieces of the "
                    "answer. Raise it for slow jobs; connecting may stay short."
                ),
            ),
            Hint(
                when=("library=httpx",),
                text=(
                    "Raise the read limit alone, `httpx.Timeout(5, read=60)`: 5 seconds is the default for everything."
                ),
            ),
            Hint(
                when=("library=aiohttp",),
                text=(
                    "Set `ClientTimeout(sock_connect=5, sock_read=60)`: the default is 300 seconds for all together, "
                    "which hides the step that is slow."
                ),
            ),
            Hint(
                when=("loopback",),
                text=(
                    "Look what the server on {endpoint} is doing (`py-spy dump --pid PID`): it accepted, or the kernel "
                    "did for it, and it is stuck, stopped in a debugger, or busy with another client."
                ),
            ),
            Hint(
                when=("private",),
                text=(
                    "If small answers come and large ones hang, lower the MTU: over a VPN or overlay, large packets "
                    "are lost when nobody may say `fragmentation needed`."
                ),
            ),
            Hint(
                text=(
                    "If the work takes long by nature, raise the read time-out of this call (not the connect "
                    "time-out), or make it a job that is asked for its result."
                ),
            ),
            Hint(
                text=(
                    "If it used to be fast, look at the server: load, locks, memory, a full queue of workers; its log "
                    "shows whether the request came. If it comes and goes, repeat it with backoff, where the request "
                    "is idempotent."
                ),
            ),
            Hint(
                text=(
                    "If the setting seems to have no effect, check its spelling and which client it belongs to: the "
                    "default still applies."
                ),
            ),
        ),
        about=(
            "Connecting worked, and the request went into the kernel's buffer. Then nothing came back for as long as "
            "the program was willing to wait. The clock is this side's own: no packet said that anything is wrong. "
            "In most clients it starts anew with every piece that arrives, so it limits a pause, not the whole.\n"
            "\n"
            "The server may be slow, stuck, or dead without a goodbye (power, network); its kernel may even have "
            "accepted the connection for a process that never will. Or the packets get lost: a path whose MTU is "
            "smaller than both ends believe lets the handshake and small requests pass and swallows every full-sized "
            "packet (RFC 2923, section 2.1).\n"
            "\n"
            "The request may be running still. A time-out on this side does not stop it, and a retry may start it a "
            "second time: repeat only what is idempotent (RFC 9110, section 9.2.2), and let the server know its "
            "deadline where the protocol can say it."
        ),
        wire=(
            Message("client", "server", "request"),
            Message("server", "client", "ACK"),
            Message("server", "server", "is busy, stuck or gone"),
            Message("client", "client", "waits until its time-out"),
            Message("client", "client", "recv() raises TimeoutError"),
        ),
        causes=(
            Cause(
                text=(
                    "The MTU is too large for a VPN or an overlay network: connecting works, then the TLS handshake or "
                    "large answers hang."
                ),
                sources=(
                    "passteque/gluetun#1989",
                    "moby/moby#13475",
                    "moby/moby#20178",
                    "openshift/origin#22599",
                    "jamgocoop/docker-pulsesecure-vpn#3",
                ),
            ),
            Cause(
                text="The server needs longer for a big job than the client's default allows.",
                sources=(
                    "moshe/elasticsearch_loader#37",
                    "preset-io/elasticsearch-dbapi#103",
                    "stevezau/media_preview_generator#22",
                    "ResearchHub/researchhub-backend#110",
                    "docker/compose#2186",
                ),
            ),
            Cause(
                text="The server is stuck, overloaded or out of memory; a restart helps.",
                sources=("docker/compose#3927", "usc-isi-i2/dig-etl-engine#76", "oppia/oppia#12108"),
            ),
            Cause(
                text="The network failed for a while.",
                sources=("pypa/pip#12352", "conbench/conbench#815", "docker/compose#4087"),
            ),
            Cause(
                text="The setting that should raise the time-out is misspelt, so the default still applies.",
                sources=("docker/compose#6341",),
            ),
            Cause(
                text="The port speaks another protocol, and both sides wait for the other one to begin.",
                sources=("celery/celery#5781",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Docker's bridge has an MTU of 1500, whatever the host's VPN or cloud network has. Set `mtu` in "
                    "daemon.json, or `com.docker.network.driver.mtu` for the network."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "The pod's CPU limit throttles the server: it answers, but late. An overlay whose MTU is not "
                    "smaller than the nodes' swallows large packets."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "The balancer has an idle limit of its own (AWS ALB 60 seconds, nginx 60 seconds by default): it "
                    "answers 504 or closes before the client's longer time-out ends."
                ),
            ),
            Scenario(
                where="laptop",
                text="It hangs on the VPN only, and with large pages only: the MTU of the tunnel.",
            ),
            Scenario(
                where="CI",
                text="Shared runners are slow and bursty: a limit that fits production is too short there.",
            ),
        ),
        raises=Example(
            fault="accept-silent",
            code="""\
import socket

with socket.create_connection((host, port), timeout=0.3) as connection:
    connection.sendall(b"GET / HTTP/1.1\\r\\nHost: example\\r\\n\\r\\n")
    connection.recv(1024)
""",
        ),
        fixed=Example(
            fault="accept-silent",
            ends="result",
            code="""\
import http.client
import random
import time


def get(host, port, path, *, attempts=6, connect=0.5, read=0.3, base=0.1, cap=1.0):
    for attempt in range(attempts):
        connection = http.client.HTTPConnection(host, port, timeout=connect)
        try:
            connection.connect()
            connection.sock.settimeout(read)  # short for connecting, longer for slow work: two limits, not one
            connection.request("GET", path)
            return connection.getresponse().read()
        except TimeoutError:  # the server may still be working on it: repeat only what is idempotent
            if attempt == attempts - 1:
                raise
        finally:
            connection.close()
        time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


result = get(host, port, "/")
""",
        ),
        see_also=("connect-timeout", "timeout", "closed-by-peer", "tls-not-spoken"),
        since="0.1.0",
        sources=("RFC 9110", "RFC 2923", "recv(2)", "socket(7)", "moby/moby#20178", "passteque/gluetun#1989"),
    ),
    Entry(
        code="closed-by-peer",
        title="Closed by the peer where an answer was due",
        stage="transfer",
        phase="receive",
        retry="if-idempotent",
        exceptions=(
            "EOFError",
            "http.client.RemoteDisconnected",
            "imaplib.IMAP4.abort",
            "smtplib.SMTPServerDisconnected",
        ),
        cause=(
            "The peer closed the connection cleanly where an answer was due: {endpoint}, or a proxy in between, ended "
            "it without a word."
        ),
        hints=(
            Hint(
                when=("scheme=http", "port=443"),
                text="Use https:// for {endpoint}: plain HTTP is sent to a port that speaks TLS, and it closes.",
            ),
            Hint(
                when=("server-side",),
                text="Log it at debug level and go on: the client of this server left before it had sent everything.",
            ),
            Hint(
                when=("library=smtplib",),
                text=(
                    "Check the login: providers close after wrong credentials, or want an app password. Then the port: "
                    "465 needs `SMTP_SSL`, 587 `starttls()`."
                ),
            ),
            Hint(
                when=("library=paramiko",),
                text=(
                    "Open fewer sessions at once: sshd closes new ones beyond `MaxStartups` (10 by default). Reuse one "
                    "connection for several channels."
                ),
            ),
            Hint(
                when=("library=pymysql",),
                text=(
                    "Call `connection.ping(reconnect=True)` before use, or recycle below the server's `wait_timeout`. "
                    "If it is in the middle of a query, look for one that was killed, or for `max_allowed_packet`."
                ),
            ),
            Hint(
                when=("library=psycopg",),
                text=(
                    "Read the server's log at that second: a restart, an idle limit (`idle_session_timeout`, "
                    "`idle_in_transaction_session_timeout`), an administrator or the OOM killer ended the session."
                ),
            ),
            Hint(
                when=("library=psycopg2",),
                text=(
                    "Read the server's log at that second: a restart, an idle limit (`idle_session_timeout`, "
                    "`idle_in_transaction_session_timeout`), an administrator or the OOM killer ended the session."
                ),
            ),
            Hint(
                when=("library=sqlalchemy",),
                text=(
                    "Set `pool_pre_ping=True` and `pool_recycle` below the server's idle limit: the pool handed out a "
                    "connection that the server had closed."
                ),
            ),
            Hint(
                when=("library=redis",),
                text=(
                    "Look at `timeout`, `maxclients` and `client-output-buffer-limit` of the server, and at its log: "
                    "it closes idle, surplus and slow clients. `health_check_interval=30` helps against the first."
                ),
            ),
            Hint(
                when=("library=pymongo",),
                text=(
                    "Check TLS: a server that demands it closes on a plain client (`tls=true` in the URI). Else look "
                    "for a restart, a failover or an access list."
                ),
            ),
            Hint(
                when=("library=aiohttp",),
                text=(
                    "Retry once on a fresh connection if the request is idempotent, and set the client's "
                    "`keepalive_timeout` below the server's: the server closed an idle connection just as it was used."
                ),
            ),
            Hint(
                when=("library=httpx",),
                text=(
                    "Set `Limits(keepalive_expiry=...)` below the server's keep-alive time, and retry once if the "
                    "request is idempotent: the server closed an idle connection just as it was used."
                ),
            ),
            Hint(
                when=("library=requests",),
                text=(
                    "Mount `HTTPAdapter(max_retries=Retry(3, backoff_factor=0.2))`: it repeats idempotent requests "
                    "when the server has closed an idle connection of the session. If it is an upload, its body may be "
                    "over the server's limit."
                ),
            ),
            Hint(
                when=("kubernetes",),
                text=(
                    "Look for a rollout, a failed liveness probe or OOMKilled at that second (`kubectl get events`): "
                    "the pod ended with the request in its hands."
                ),
            ),
            Hint(
                when=("loopback",),
                text=(
                    "Read the log of the server on {endpoint}: its worker ended (time-out, out of memory, "
                    "`max_requests`). A published port whose container listens on 127.0.0.1 only closes as well."
                ),
            ),
            Hint(
                when=("public",),
                text=(
                    "If it fails from the first request on, {host} turns this client away: send a common User-Agent, "
                    "fewer requests at once, and try from another address."
                ),
            ),
            Hint(
                when=("dotted",),
                text=(
                    "If it fails from the first request on, {host} turns this client away: send a common User-Agent, "
                    "fewer requests at once, and try from another address."
                ),
            ),
            Hint(
                text=(
                    "If the connection was kept alive, the server or a balancer closed it while it was idle, at the "
                    "moment it was used again: keep the client's idle limit shorter than theirs, and retry once on a "
                    "fresh connection if the request is idempotent."
                ),
            ),
            Hint(
                text=(
                    "If it was the first request on a fresh connection, the server ended while serving it, or turns "
                    "this client away: its log tells. Plain text sent to a TLS port ends so, too."
                ),
            ),
        ),
        about=(
            "A FIN arrived instead of an answer: recv() returned zero bytes. That is the polite end of a TCP "
            "connection, and the operating system reports no error; the library does, because by the rules of its "
            "protocol something was still to come.\n"
            "\n"
            "With kept-alive connections it is a race that HTTP cannot avoid (RFC 9112, section 9.3.1): the server "
            "decides to close an idle connection while the next request is on its way. The request was most likely "
            "not seen, but nobody can prove it; clients repeat idempotent ones by themselves, and raise for POST.\n"
            "\n"
            "A process that ends, in order or killed, lets its kernel send the FIN for it. The kernel sends a RST "
            "instead when unread data was left; so the same cause may show as connection-reset."
        ),
        wire=(
            Message("client", "server", "request"),
            Message("server", "server", "closes without an answer"),
            Message("server", "client", "FIN"),
            Message("client", "client", "recv() returns no bytes, no error"),
            Message("client", "client", "raises RemoteDisconnected"),
        ),
        causes=(
            Cause(
                text=(
                    "The server or a load balancer closed an idle kept-alive connection just as the client used it "
                    "again."
                ),
                sources=(
                    "aio-libs/aiohttp#2682",
                    "aio-libs/aiohttp#9138",
                    "psf/requests#3458",
                    "customerio/customerio-python#92",
                    "Kludex/uvicorn#194",
                ),
            ),
            Cause(
                text="The site turns the client away: a rate limit, an anti-bot rule, its User-Agent.",
                sources=(
                    "yihong0618/klingCreator#15",
                    "Hyperclaw79/HULK-v3#47",
                    "regosen/gallery_get#61",
                    "gunyu1019/chzzkpy#8",
                ),
            ),
            Cause(
                text="The server was restarted, its worker was recycled, or an administrator ended the session.",
                sources=("psycopg/psycopg2#215", "getsentry/snuba#855", "benoitc/gunicorn#3323"),
            ),
            Cause(
                text="The server's limit for idle sessions ended it.",
                sources=("aws-samples/dify-self-hosted-on-aws#5", "psycopg/psycopg2#1496"),
            ),
            Cause(
                text="SMTP: the credentials are wrong, or the provider wants an app password.",
                sources=("TideDra/zotero-arxiv-daily#63", "aahnik/bulk-email-sender#10"),
            ),
            Cause(
                text="SSH: more sessions at once than MaxStartups allows.",
                sources=("deepmodeling/dpdispatcher#244", "gardenlinux/gardenlinux#2552"),
            ),
            Cause(
                text="The program in the container listens on 127.0.0.1 only, so the published port leads nowhere.",
                sources=("moby/moby#27885", "ai4os/DEEPaaS#13"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Docker's proxy accepts on the published port for the container. If nobody listens inside, or only "
                    "on 127.0.0.1, the client is accepted and closed."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "A pod that gets SIGTERM closes its kept-alive connections while new requests still arrive. A "
                    "preStop pause, and a server that drains, avoid it."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "The server's keep-alive time must be longer than the balancer's idle limit (AWS ALB: 60 seconds); "
                    "else the balancer uses a connection that the server is closing, and answers 502."
                ),
            ),
            Scenario(
                where="laptop",
                text="A development server restarts itself at each saved file, and drops what it was serving.",
            ),
            Scenario(
                where="CI",
                text="The service's port is open before the service is ready behind it: wait for its health check.",
            ),
        ),
        raises=Example(
            fault="close-after-request",
            code="""\
import http.client

connection = http.client.HTTPConnection(host, port, timeout=1)
connection.request("GET", "/")
connection.getresponse()
""",
        ),
        fixed=Example(
            fault="close-after-request",
            ends="result",
            code="""\
import http.client
import random
import time


def get(host, port, path, *, attempts=10, timeout=1.0, base=0.1, cap=1.0):
    for attempt in range(attempts):
        connection = http.client.HTTPConnection(host, port, timeout=timeout)  # a fresh one each time
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except http.client.RemoteDisconnected:  # it may have been served: repeat only what is idempotent
            if attempt == attempts - 1:
                raise
        finally:
            connection.close()
        time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


result = get(host, port, "/")
""",
        ),
        see_also=("connection-reset", "incomplete-response", "broken-pipe", "tls-connection-closed"),
        since="0.1.0",
        sources=("RFC 9293", "RFC 9112", "RFC 9110", "recv(2)", "aio-libs/aiohttp#850", "psf/requests#3458"),
    ),
    Entry(
        code="incomplete-response",
        title="Answer cut short",
        stage="transfer",
        phase="receive",
        retry="if-idempotent",
        exceptions=(
            "asyncio.exceptions.IncompleteReadError",
            "http.client.IncompleteRead",
            "urllib.error.ContentTooShortError",
        ),
        cause=(
            "A part of the answer came, then the connection ended: {endpoint}, or a proxy in between, sent less than "
            "it had announced."
        ),
        hints=(
            Hint(
                when=("server-side",),
                text="Log it at debug level and go on: the client of this server left in the middle of its request.",
            ),
            Hint(
                when=("library=requests",),
                text=(
                    "Stream large downloads (`stream=True`), and go on where it broke with a Range header; `Retry` of "
                    "the session does not cover the body."
                ),
            ),
            Hint(
                when=("library=botocore",),
                text=(
                    "Repeat the read from where it broke (`Range=`), or use `download_file`, which does: retries of "
                    "botocore end where the body begins."
                ),
            ),
            Hint(
                when=("library=httpx",),
                text=(
                    "Repeat the request, or go on with a Range header: the server closed in the middle of the body, "
                    "and transport retries cover connecting only."
                ),
            ),
            Hint(
                when=("library=aiohttp",),
                text=(
                    "Repeat the request, or go on with a Range header: the payload ended early. If each one breaks at "
                    "the same byte, the server's Content-Length is wrong."
                ),
            ),
            Hint(
                when=("kubernetes",),
                text=(
                    "Look for a pod that ended at that second (`kubectl get events`, OOMKilled): the answer it was "
                    "writing ends there."
                ),
            ),
            Hint(
                when=("loopback",),
                text=(
                    "Read the log of the server on {endpoint}: an exception or a killed worker in the middle of the "
                    "answer leaves it short, and the status line has already gone out."
                ),
            ),
            Hint(
                when=("proxy",),
                text=(
                    "Try without the proxy (add {host} to NO_PROXY): proxies cut answers at their own limits of size "
                    "and time."
                ),
            ),
            Hint(
                text=(
                    "If it breaks at the same byte each time, the server announces the wrong length or its proxy "
                    "can't buffer the rest: look for a full disk or `Permission denied` on proxy_temp in nginx's "
                    "error log."
                ),
            ),
            Hint(
                text=(
                    "If it breaks after the same time, a limit ends it: the worker's time-out (gunicorn: 30 seconds), "
                    "the proxy's, the balancer's. Stream, or raise that limit."
                ),
            ),
            Hint(
                text=(
                    "If it breaks now and then, repeat the request if it is idempotent, or ask for the rest with a "
                    "Range header. Never use the part as if it were the whole."
                ),
            ),
        ),
        about=(
            "The head of an HTTP answer says how long the body is, by Content-Length or by chunks that end with one "
            "of size zero (RFC 9112, section 6). If the connection ends before that, the message is incomplete, and "
            "a client must not treat it as whole (section 8). Other protocols announce lengths likewise.\n"
            "\n"
            "The status is already 200: the server can't take it back when it fails half-way. So a crash, a full "
            "disk or a time-out after the first bytes has this one way to show. A FIN leads here; a RST in the same "
            "place shows as connection-reset, silence as read-timeout.\n"
            "\n"
            "Not every client looks: some return the short body as if it were good."
        ),
        wire=(
            Message("client", "server", "GET /report"),
            Message("server", "client", "200 OK, Content-Length: 1000"),
            Message("server", "client", "400 bytes of the body"),
            Message("server", "server", "fails half-way"),
            Message("server", "client", "FIN"),
            Message("client", "client", "IncompleteRead: 600 bytes are missing"),
        ),
        causes=(
            Cause(
                text="The server or its worker ended while it was writing: killed, out of memory, timed out, crashed.",
                sources=("psf/requests#3459", "benoitc/gunicorn#3323"),
            ),
            Cause(
                text=(
                    "A reverse proxy could not buffer the answer: its disk was full, or its temporary folder not "
                    "writable."
                ),
                sources=(
                    "parse-community/parse-dashboard#1715",
                    "linuxserver-archive/docker-letsencrypt#40",
                    "autopilotpattern/workshop#18",
                ),
            ),
            Cause(
                text="The server announces a length or a chunk that it does not keep to.",
                sources=("psf/requests#3459",),
            ),
            Cause(
                text="A slow or unstable network, or a device on the way, ends long transfers.",
                sources=("coursera-dl/edx-dl#259", "WikiTeam/wikiteam#76", "python/cpython#129264"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text="The server's container reached its memory limit while it built a large answer, and was killed.",
            ),
            Scenario(
                where="Kubernetes",
                text="The ingress buffers large answers in its own pod: a full emptyDir or node disk cuts them.",
            ),
            Scenario(
                where="cloud load balancer",
                text="The balancer or API gateway ends answers that take longer, or are larger, than it allows.",
            ),
            Scenario(
                where="CI",
                text="Downloads of large packages break on busy mirrors: cache them, and verify their hash.",
            ),
        ),
        raises=Example(
            fault="close-in-body",
            code="""\
import urllib.request

with urllib.request.urlopen(f"http://{host}:{port}/", timeout=1) as answer:
    answer.read()
""",
        ),
        fixed=Example(
            fault="close-in-body",
            ends="result",
            code="""\
import http.client
import random
import time
import urllib.request


def download(url, *, attempts=10, timeout=1.0, base=0.1, cap=1.0):
    for attempt in range(attempts):
        try:
            with urllib.request.urlopen(url, timeout=timeout) as answer:
                return answer.read()  # read() without a size checks the length; read(n) does not
        except http.client.IncompleteRead:  # error.partial holds what came: a part, never the whole
            if attempt == attempts - 1:
                raise
        time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


result = download(f"http://{host}:{port}/")
""",
        ),
        see_also=("closed-by-peer", "connection-reset", "read-timeout", "protocol-mismatch"),
        since="0.1.0",
        sources=("RFC 9112", "RFC 9110", "psf/requests#3459", "python/cpython#129264"),
    ),
    Entry(
        code="protocol-mismatch",
        title="The peer speaks another protocol",
        stage="transfer",
        phase="receive",
        retry="after-fix",
        exceptions=(
            "ftplib.error_proto",
            "http.client.BadStatusLine",
            "http.client.LineTooLong",
            "http.client.UnknownProtocol",
        ),
        cause=(
            "An answer came from {endpoint}, but not in the protocol that this client speaks: another kind of server "
            "listens there, or something in between answered."
        ),
        hints=(
            Hint(
                when=("scheme=http", "port=443"),
                text="Use https:// for {endpoint}: plain HTTP is sent to a port that speaks TLS.",
            ),
            Hint(
                when=("server-side",),
                text=(
                    "Look at the first bytes: `\\x16\\x03` is a TLS greeting, so a client uses https:// for this plain "
                    "port. Other bytes are scanners; log them at debug level."
                ),
            ),
            Hint(
                when=("library=pika",),
                text=(
                    "Check the port: AMQP is 5672, or 5671 with TLS; 15672 is the management page and speaks HTTP. "
                    "pika also says so when the broker closes during the handshake: look in the broker's log."
                ),
            ),
            Hint(
                when=("library=paramiko",),
                text=(
                    "Check what answers on the port (`nc {host} {port}` must show `SSH-2.0-`): a captive portal, a web "
                    "filter or another service answered instead."
                ),
            ),
            Hint(
                when=("library=grpc",),
                text=(
                    "Check that the port speaks HTTP/2 in the same way, with or without TLS: a plain HTTP/1.1 server, "
                    "or a proxy that knows only that, answered."
                ),
            ),
            Hint(
                when=("library=websockets",),
                text=(
                    "Check the path and the proxy: it must pass `Upgrade` and `Connection` on. An ordinary HTTP or TLS "
                    "answer came where the handshake's was due."
                ),
            ),
            Hint(
                when=("library=pymysql",),
                text="Check the port: MySQL's greeting is binary, and port 33060 speaks the X protocol instead.",
            ),
            Hint(
                when=("service=PostgreSQL",),
                text=(
                    "Check what listens on {endpoint}: `psql` must be answered there. A connection pooler, a tunnel to "
                    "another port or an HTTP server in its place gives such answers."
                ),
            ),
            Hint(
                when=("service=Redis",),
                text="Check TLS and the port: a Redis with `tls-port` answers plain clients in TLS bytes.",
            ),
            Hint(
                when=("library=smtplib",),
                text="Check the port: 25 and 587 begin in plain text (`SMTP`), 465 in TLS (`SMTP_SSL`).",
            ),
            Hint(
                when=("loopback",),
                text=(
                    "Look who listens there: `ss -ltnp 'sport = :{port}'` (Linux) or `lsof -nP -iTCP:{port} "
                    "-sTCP:LISTEN` (macOS). Another program may have taken the port of {endpoint}."
                ),
            ),
            Hint(
                when=("proxy",),
                text=(
                    "Check the proxy variables: the answer may be the proxy's. A SOCKS proxy needs socks5://, and an "
                    "HTTP one does not pass other protocols."
                ),
            ),
            Hint(
                text=(
                    "If you don't know what listens there, ask by hand: `curl -v {endpoint}` or `nc {host} {port}`. "
                    "TLS shows as `\\x15\\x03`, SSH as `SSH-2.0`, mail as `220`, MySQL with its version."
                ),
            ),
            Hint(
                text=(
                    "If it works elsewhere, something in this network answers in the server's place: a captive portal, "
                    "a web filter, a transparent proxy."
                ),
            ),
        ),
        about=(
            "TCP carries bytes and does not know what they mean. A port is a number, and any program may listen on "
            "it. When the first bytes of the answer do not fit, the client can only give up: http.client says "
            "BadStatusLine with what it read, others speak of an invalid greeting, banner or packet.\n"
            "\n"
            "Those bytes are the best hint there is. `\\x15\\x03` and `\\x16\\x03` are TLS records: plain text went to "
            "a TLS port, or the reverse. `HTTP/1.1 400` is a web server that did not understand. A JSON body without "
            "a status line is a server that does not speak HTTP properly.\n"
            "\n"
            "An empty status line is no protocol at all but a closed connection: see closed-by-peer."
        ),
        wire=(
            Message("client", "server", "GET / HTTP/1.1"),
            Message("server", "server", "speaks another protocol"),
            Message("server", "client", "SSH-2.0-OpenSSH"),
            Message("client", "client", "finds no status line in it"),
            Message("client", "client", "raises BadStatusLine"),
        ),
        causes=(
            Cause(
                text="TLS and plain text meet: a TLS client on a plain port, or the reverse.",
                sources=("aleph-im/pyaleph#434", "Chia-Network/pool-reference#186", "rembo10/headphones#2015"),
            ),
            Cause(
                text="The port belongs to another service, such as a management page.",
                sources=("celery/celery#5781",),
            ),
            Cause(
                text="Something in the network answers for the server: a captive portal, a security page.",
                sources=("paramiko/paramiko#980",),
            ),
            Cause(
                text="The server does not keep to its protocol: an answer without a status line.",
                sources=("tcalmant/jsonrpclib#27",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text="Two services publish swapped ports, or an old container still holds the port.",
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "The Service's targetPort points to another container port, or the port's name makes the mesh "
                    "treat it as HTTP when it is not."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "The PROXY protocol is switched on at one end only: the server reads `PROXY TCP4` as the first "
                    "line of a request."
                ),
            ),
            Scenario(
                where="laptop",
                text="A captive portal answers every connection with its own page until you have signed in.",
            ),
        ),
        raises=Example(
            fault="garbage-answer",
            code="""\
import http.client

connection = http.client.HTTPConnection(host, port, timeout=1)
connection.request("GET", "/")
connection.getresponse()
""",
        ),
        fixed=Example(
            fault="garbage-answer",
            ends="error",
            code="""\
import http.client


def get(host, port, path, *, timeout=1.0):
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


try:
    result = get(host, port, "/")
except http.client.RemoteDisconnected:
    raise  # a BadStatusLine by class, but nothing was said: see closed-by-peer
except http.client.BadStatusLine as error:  # a retry would get the same bytes
    raise SystemExit(f"{host}:{port} does not speak HTTP, its answer begins with {error.line[:20]!r}") from error
""",
        ),
        see_also=("tls-not-spoken", "closed-by-peer", "incomplete-response", "read-timeout"),
        since="0.1.0",
        sources=("RFC 9112", "RFC 8446", "aleph-im/pyaleph#434", "paramiko/paramiko#980", "tcalmant/jsonrpclib#27"),
    ),
    Entry(
        code="not-connected",
        title="Used a socket that is not connected",
        stage="transfer",
        phase="transfer",
        retry="after-fix",
        errnos=("ENOTCONN", "ESHUTDOWN"),
        cause=(
            "The program used a socket that has no connection: connecting to {endpoint} never succeeded, or the "
            "connection ended before this call. Nothing was sent by it."
        ),
        hints=(
            Hint(
                when=("errno=ESHUTDOWN",),
                text=(
                    "Look for an earlier `shutdown(SHUT_WR)` or `write_eof()`: this side said that it sends no more, "
                    "and then sends."
                ),
            ),
            Hint(
                when=("server-side",),
                text=(
                    "Log it at debug level and go on: the client left between accept() and this call. Read the peer's "
                    "address from what accept() returned."
                ),
            ),
            Hint(
                when=("library=pika",),
                text=(
                    "Open a new connection: this one has been closed, by the broker or by an earlier error. A "
                    "BlockingConnection belongs to one thread."
                ),
            ),
            Hint(
                when=("library=ssl",),
                text=(
                    "Connect before the handshake: `wrap_socket` on a socket without a connection works, and its "
                    "`do_handshake()` or first write then fails."
                ),
            ),
            Hint(
                when=("phase=receive",),
                text=(
                    "Check the connect() before this read: `connect_ex()` returns the error instead of raising it, and "
                    "a non-blocking connect is not done when it returns."
                ),
            ),
            Hint(
                when=("phase=send",),
                text=(
                    "Check the connect() before this send: `connect_ex()` returns the error instead of raising it, and "
                    "a non-blocking connect is not done when it returns."
                ),
            ),
            Hint(
                text=(
                    "If it comes from `shutdown()` or `getpeername()`, the peer was faster: the connection had "
                    "already ended. Around a shutdown that only cleans up, ignore it (`contextlib.suppress(OSError)`)."
                ),
            ),
            Hint(
                text=(
                    "If it comes from the first use, the connect failed and nobody looked: use "
                    "`socket.create_connection`, which raises, and look for the earlier error in the log."
                ),
            ),
        ),
        about=(
            "A stream socket must be connected before it is used. recv(), shutdown() and getpeername() on one that "
            "never was say ENOTCONN; send() says ENOTCONN on macOS and Windows, and EPIPE on Linux. After a connect "
            "that failed, recv() on Linux reads as end of file. The kernel decides all that alone: no packet leaves.\n"
            "\n"
            "Either the connection never came to be, because the result of connect_ex() or of a non-blocking connect "
            "was not looked at, or it was and is gone: after a RST the socket is back in the state CLOSED, and "
            "shutdown() or getpeername() on it fail. The second is a race that every server loses now and then.\n"
            "\n"
            "ESHUTDOWN says that this side itself had shut down sending; Linux says EPIPE there. The failure is a "
            "symptom: the one that counts came earlier."
        ),
        wire=(
            Message("program", "kernel", "socket()"),
            Message("kernel", "program", "a socket without a peer"),
            Message("program", "kernel", "recv()"),
            Message("kernel", "kernel", "knows no peer, sends nothing"),
            Message("kernel", "program", "ENOTCONN"),
            Message("program", "program", "raises OSError"),
        ),
        causes=(
            Cause(
                text="shutdown() is called while cleaning up, and the peer has already ended the connection.",
                sources=(
                    "FreeOpcUa/python-opcua#739",
                    "Thriftpy/thriftpy#143",
                    "internetarchive/warcprox#135",
                    "nuodb/nuodb-python#151",
                ),
            ),
            Cause(
                text="A server asks for the peer's address, and the client has already left.",
                sources=("shadowsocks/shadowsocks#504",),
            ),
            Cause(
                text="The network went away, and the client works on with its old socket instead of a new one.",
                sources=("progval/Limnoria#437",),
            ),
            Cause(text="The result of connect_ex() or of a non-blocking connect was not checked."),
        ),
        scenarios=(
            Scenario(
                where="container",
                text="The server is not up yet, the first connect failed silently, and the first read reports it.",
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "Health checks connect and reset at once: a server that then asks for the peer's address logs "
                    "this at every check."
                ),
            ),
            Scenario(
                where="laptop",
                text="After a suspend, the socket is dead, and the program's clean-up code stumbles over it.",
            ),
        ),
        raises=Example(
            fault="not-connected",
            code="""\
import socket

with socket.socket() as connection:
    connection.settimeout(1)
    connection.recv(1024)  # nobody has called connect()
""",
        ),
        fixed=Example(
            fault="not-connected",
            ends="result",
            code="""\
import contextlib
import socket


@contextlib.contextmanager
def connected(host, port, *, timeout=1.0):
    connection = socket.create_connection((host, port), timeout=timeout)  # raises: nothing to forget
    try:
        yield connection
    finally:
        with contextlib.suppress(OSError):  # the peer may have left already; then there is nothing to end
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()


with connected(host, port) as connection:
    connection.sendall(b"GET / HTTP/1.1\\r\\nHost: example\\r\\nConnection: close\\r\\n\\r\\n")
    result = connection.recv(1024)
""",
        ),
        see_also=("broken-pipe", "connection-reset", "connection-refused"),
        since="0.1.0",
        sources=("RFC 9293", "shutdown(2)", "recv(2)", "getpeername(2)", "FreeOpcUa/python-opcua#739"),
    ),
)
