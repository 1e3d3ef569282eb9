"""
Stage *limits*: descriptors, buffers, a pool or the server's connection slots are used up.

Data only. Imports nothing but the nouns.
"""

from __future__ import annotations

from connlog._model import Cause, Entry, Example, Hint, Message, Scenario

ENTRIES: tuple[Entry, ...] = (
    Entry(
        code="too-many-open-files",
        title="Too many open files",
        stage="limits",
        cause=(
            "There is no file descriptor left for the socket to {endpoint}: every socket, file and pipe takes one, and "
            "the limit is reached. Nothing was sent."
        ),
        hints=(
            Hint(
                text=(
                    "The whole machine is out of file handles, not only this process: compare /proc/sys/fs/file-nr "
                    "with fs.file-max, and find the process that holds the most."
                ),
                when=("errno=ENFILE",),
            ),
            Hint(
                text=(
                    "New clients can't be accepted: count the established connections (`ss -tn state established`), "
                    "close idle ones, and cap how many the server takes at once."
                ),
                when=("server-side",),
            ),
            Hint(
                text=(
                    "Create one ClientSession for the life of the program, read or release every response, and bound "
                    "the concurrency with TCPConnector(limit=...)."
                ),
                when=("library=aiohttp",),
            ),
            Hint(
                text="Create one httpx client for the life of the program instead of one per call, and close it.",
                when=("library=httpx",),
            ),
            Hint(
                text="Create one requests Session per thread instead of one per call, and close streamed responses.",
                when=("library=requests",),
            ),
            Hint(
                text=(
                    "In a container the limit is the runtime's, not the host's: check `ulimit -n` inside it, and set "
                    "it with `--ulimit nofile=...` or compose's `ulimits`."
                ),
                when=("container",),
            ),
            Hint(
                text="macOS starts programs with a soft limit of 256: try `ulimit -n 4096` in the same shell.",
                when=("platform=macos",),
            ),
            Hint(
                text=(
                    "See what holds the descriptors before you raise the limit: `lsof -p PID`, or "
                    "`ls -l /proc/PID/fd`. Many sockets in CLOSE_WAIT mean that this program does not close them."
                ),
            ),
            Hint(
                text=(
                    "If that many connections are meant to be open, raise the limit: `ulimit -n`, or LimitNOFILE= in "
                    "the systemd unit."
                ),
            ),
        ),
        phase="local",
        retry="safe",
        errnos=("EMFILE", "ENFILE"),
        about=(
            "A socket is a file descriptor. `socket()`, `accept()` and even the opening of /etc/resolv.conf for a name "
            "lookup need a free one. EMFILE says that this process reached its own soft limit (RLIMIT_NOFILE, often "
            "1024); ENFILE says that the whole system reached fs.file-max.\n"
            "\n"
            "The call fails before a packet leaves the machine, so a retry is safe. It helps only if something closes "
            "descriptors meanwhile: after a burst it does, with a leak it never does.\n"
            "\n"
            "A leaked socket usually stands in CLOSE_WAIT: the peer has closed, this program has not. In a server, "
            "`accept()` fails while the kernel goes on completing handshakes, so clients connect and then hang. "
            "The same limit breaks everything else at the same moment: log files, imports, name lookups. A lookup that "
            "gets no descriptor may even report another errno: on Linux `getaddrinfo` raises a bare OSError with 16, 22"
            " or 24.\n"
            "\n"
            "Some C clients name no reason at all: psycopg says `connection is bad: no error details available`."
        ),
        wire=(
            Message("program", "kernel", "socket()"),
            Message("kernel", "kernel", "finds 1024 of 1024 descriptors in use"),
            Message("kernel", "program", "EMFILE"),
            Message("program", "program", "raises OSError"),
        ),
        causes=(
            Cause(
                text="Sockets leak: connections or responses are not closed and stay in CLOSE_WAIT or ESTABLISHED.",
                sources=(
                    "ArchiveTeam/ArchiveBot#259",
                    "lexiforest/curl_cffi#665",
                    "Kludex/uvicorn#1030",
                    "eavanvalkenburg/pysiaalarm#30",
                ),
            ),
            Cause(
                text="A client object, each with a pool of its own, is created per request or per event.",
                sources=(
                    "homeassistant-projects/pysensorpush#3",
                    "supabase/supabase-py#1075",
                    "aio-libs/aiohttp#764",
                ),
            ),
            Cause(
                text="The limit is lower than the number of connections that the program means to hold at once.",
                sources=("google-deepmind/rc-data#4", "aio-libs/aiohttp#2094"),
            ),
            Cause(
                text=(
                    "A library hides it: it reports that it could not connect, or resets come and go, while the reason "
                    "is errno 24."
                ),
                sources=("nccgroup/Scout2#196", "SeleniumHQ/selenium#5296"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "The limit comes from the container runtime. It may be 1024 where the host has a million, or the "
                    "other way round. Read it inside: `ulimit -n`."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "A pod spec can't set it: the node's runtime does. A leak shows as a pod that is fine for hours "
                    "and then fails every probe, since the probe needs a descriptor too."
                ),
            ),
            Scenario(
                where="systemd",
                text="`ulimit` in a shell says nothing about a service: `systemctl show -p LimitNOFILE UNIT` does.",
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "The balancer keeps idle connections to each instance open. With a long idle time-out they alone "
                    "can use up a limit of 1024."
                ),
            ),
            Scenario(
                where="laptop",
                text="macOS has a soft limit of 256. A test suite that opens a few hundred sockets reaches it.",
            ),
            Scenario(
                where="CI",
                text="Tests in parallel share one process's limit. Servers and event loops left open by a test add up.",
            ),
        ),
        raises=Example(
            fault="descriptors-exhausted",
            code=(
                "import socket\n"
                "\n"
                "connections = []\n"
                "while True:  # each connection is kept, none is ever closed\n"
                "    connections.append(socket.create_connection((host, port), timeout=1))\n"
            ),
        ),
        fixed=Example(
            fault="descriptors-exhausted",
            code=(
                "import errno\n"
                "import random\n"
                "import socket\n"
                "import time\n"
                "\n"
                "OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)\n"
                "\n"
                "\n"
                "def visit(host, port, attempts=6):\n"
                "    for attempt in range(attempts):\n"
                "        try:\n"
                "            with socket.create_connection((host, port), timeout=1) as connection:  # always closed\n"
                "                return connection.getpeername()\n"
                "        except OSError as error:\n"
                "            if error.errno not in OUT_OF_DESCRIPTORS or attempt == attempts - 1:\n"
                "                raise\n"
                "        time.sleep(random.uniform(0.05, 0.1 * 2**attempt))  # others close theirs meanwhile\n"
                "\n"
                "\n"
                "peers = [visit(host, port) for _ in range(20)]  # one descriptor at a time, not twenty\n"
            ),
            ends="result",
        ),
        see_also=("pool-exhausted", "no-buffer-space", "too-many-connections", "address-not-available"),
        since="0.1.0",
        sources=("getrlimit(2)", "socket(2)", "accept(2)", "proc_sys_fs(5)"),
    ),
    Entry(
        code="no-buffer-space",
        title="No buffer space for the socket",
        stage="limits",
        cause=(
            "The kernel has no room left for what was asked of this socket: a buffer, a queue or a table is full. "
            "On Linux it is most often the number of multicast groups that one socket may join."
        ),
        hints=(
            Hint(
                text=(
                    "If the failing call joins a multicast group (zeroconf, mDNS, discovery): a socket takes "
                    "net.ipv4.igmp_max_memberships groups (20 unless set). Raise it with sysctl, leave interfaces "
                    "out, or use several sockets."
                ),
                when=("platform=linux",),
            ),
            Hint(
                text=(
                    "On a host with many containers, look for `neighbor table overflow` in the kernel log (`dmesg`), "
                    "and raise net.ipv4.neigh.default.gc_thresh1 to gc_thresh3."
                ),
                when=("platform=linux",),
            ),
            Hint(
                text=(
                    "On Windows (10055) the ephemeral ports or the non-paged pool are used up: count sockets with "
                    "`netstat -ano`, and reuse connections."
                ),
                when=("platform=windows",),
            ),
            Hint(
                text=(
                    "macOS refuses socket buffers above kern.ipc.maxsockbuf: set SO_SNDBUF and SO_RCVBUF lower, or "
                    "send datagrams more slowly."
                ),
                when=("platform=macos",),
            ),
            Hint(
                text=(
                    "If the failing call sends: the interface's queue is full. Pause and send again, pace the sender, "
                    "and look at the drops (`ip -s link`)."
                ),
            ),
            Hint(text="Otherwise check what sockets take of the kernel's memory (`ss -s`, net.ipv4.tcp_mem)."),
        ),
        phase="local",
        retry="if-idempotent",
        errnos=("ENOBUFS", "ENOMEM"),
        about=(
            "ENOBUFS comes from this machine's kernel, never from the peer. Three different things give it on Linux: a "
            "socket joins more multicast groups than net.ipv4.igmp_max_memberships allows (`setsockopt`, "
            "IP_ADD_MEMBERSHIP), a packet or CAN socket meets a full interface queue, or the neighbour (ARP) table has "
            "no free row for a new peer. Linux drops plain UDP and TCP packets silently when the interface queue is "
            "full; macOS and the BSDs report it to the sender.\n"
            "\n"
            "On Windows WSAENOBUFS (10055) is a wider word: no ephemeral port is left for `connect`, or the kernel "
            "has no memory for the socket.\n"
            "\n"
            "ENOMEM of a network call means the same one step later: the kernel could not get memory for a socket. "
            "The call that failed sent nothing, but what the program sent before it may have arrived."
        ),
        wire=(
            Message("program", "kernel", "IP_ADD_MEMBERSHIP, for 20 groups"),
            Message("kernel", "program", "done, each time"),
            Message("program", "kernel", "IP_ADD_MEMBERSHIP, one more"),
            Message("kernel", "kernel", "igmp_max_memberships is 20"),
            Message("kernel", "program", "ENOBUFS"),
            Message("program", "program", "raises OSError"),
        ),
        causes=(
            Cause(
                text=(
                    "Discovery (mDNS, zeroconf) joins one multicast group per interface, and the host has more "
                    "interfaces than a socket may have memberships. Container bridges count."
                ),
                sources=(
                    "python-zeroconf/python-zeroconf#1510",
                    "scottsweb/ham#53",
                    "spotizerr-dev/spotizerr-auth#13",
                ),
            ),
            Cause(
                text="One socket subscribes to more than twenty multicast streams.",
                sources=("pali/igmpproxy#30", "troglobit/smcroute#46", "hhromic/libe131#6"),
            ),
            Cause(
                text=(
                    "A raw, packet or CAN sender is faster than the interface: its queue is full, or nobody "
                    "acknowledges on the bus."
                ),
                sources=("jwbensley/Etherate#40", "evilsocket/pwnagotchi#141", "farm-ng/tractor#91"),
            ),
            Cause(
                text="The neighbour table overflows on a host with hundreds of containers or sandboxes.",
                sources=("e2b-dev/infra#3508",),
            ),
            Cause(
                text="The program asks for socket buffers above the system's cap (macOS).",
                sources=("blechschmidt/massdns#17",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container host",
                text="Each compose network adds a bridge. The twenty-first membership of a discovery socket fails.",
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "The neighbour table belongs to the node, not to the pod: pods of one busy node fail together, "
                    "and `neighbor table overflow` is in the node's kernel log."
                ),
            ),
            Scenario(
                where="laptop",
                text="On macOS a UDP flood over Wi-Fi gets errno 55. A short pause and another try is the cure.",
            ),
            Scenario(
                where="Windows server",
                text="10055 after days of uptime: sockets leak, or ephemeral ports are used up by short connections.",
            ),
        ),
        raises=Example(
            fault="no-buffer-space",
            code=(
                "import socket\n"
                "\n"
                'interface = socket.inet_aton("127.0.0.1")\n'
                "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:\n"
                "    for number in range(1, 5000):  # all groups on one socket\n"
                '        group = socket.inet_aton(f"239.1.{number // 256}.{number % 256}")\n'
                "        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + interface)\n"
            ),
        ),
        fixed=Example(
            fault="no-buffer-space",
            code=(
                "import contextlib\n"
                "import socket\n"
                "\n"
                "GROUPS_PER_SOCKET = 20  # net.ipv4.igmp_max_memberships\n"
                'groups = [socket.inet_aton(f"239.1.1.{number}") for number in range(1, 101)]\n'
                'interface = socket.inet_aton("127.0.0.1")\n'
                "\n"
                "with contextlib.ExitStack() as stack:\n"
                "    receivers = []\n"
                "    for start in range(0, len(groups), GROUPS_PER_SOCKET):\n"
                "        receiver = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))\n"
                "        for group in groups[start : start + GROUPS_PER_SOCKET]:\n"
                "            receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + interface)\n"
                "        receivers.append(receiver)\n"
                '    print(f"{len(groups)} groups on {len(receivers)} sockets")\n'
            ),
            ends="result",
        ),
        see_also=("too-many-open-files", "address-not-available"),
        since="0.1.0",
        sources=("ip(7)", "send(2)", "socket(2)", "arp(7)", "RFC 1112"),
    ),
    Entry(
        code="pool-exhausted",
        title="No free connection in the pool",
        stage="limits",
        cause=(
            "Every connection of this program's own pool is in use, and none came back in time. "
            "The server was not asked: nothing is known about its health."
        ),
        hints=(
            Hint(
                text=(
                    "Give each session back: use `with Session(...)` or `session.close()`, and keep no transaction "
                    "open across slow work. `engine.pool.status()` shows who is checked out."
                ),
                when=("library=sqlalchemy",),
            ),
            Hint(
                text=(
                    "Read or close every response: `with client.stream(...)` gives the connection back, a response "
                    "left half read does not. Then set httpx.Limits(max_connections=...)."
                ),
                when=("library=httpx",),
            ),
            Hint(
                text=(
                    "Read or release every response (`async with session.get(...)`), then set "
                    "TCPConnector(limit=..., limit_per_host=...)."
                ),
                when=("library=aiohttp",),
            ),
            Hint(
                text=(
                    "Call `response.release_conn()` or read the body to its end for each request with "
                    "preload_content=False, or set `maxsize` to the number of threads."
                ),
                when=("library=urllib3",),
            ),
            Hint(
                text=(
                    "Use BlockingConnectionPool with a time-out so that callers wait for a turn, and close every "
                    "pub/sub object: each holds a connection."
                ),
                when=("library=redis",),
            ),
            Hint(
                text=(
                    "Find who keeps the connections: one that is taken and not given back on every path (errors too) "
                    "drains the pool. Take them in a `with` block."
                ),
            ),
            Hint(
                text=(
                    "If all are in honest use, bound the callers (a semaphore, fewer worker threads) or make the pool "
                    "as large as they are many, within what the server allows."
                ),
            ),
        ),
        phase="local",
        retry="safe",
        about=(
            "A pool hands out a fixed number of connections. When all are out, a caller waits for one, and after the "
            "pool's own time-out it gives up. No packet leaves the machine, so a retry is safe, but while the holders "
            "keep what they have it only joins the queue again.\n"
            "\n"
            "Two pictures look alike. In a leak the number of free connections falls and never rises; a restart helps "
            "for a while. Under overload it falls with the traffic and comes back: the work per connection is too slow "
            "or the callers are too many.\n"
            "\n"
            "A frequent third one is the nested checkout: a caller that holds one connection asks for a second one. "
            "With as many callers as connections all of them wait for each other until the time-out."
        ),
        wire=(
            Message("program", "pool", "borrow"),
            Message("pool", "program", "its last connection"),
            Message("program", "program", "keeps it"),
            Message("program", "pool", "borrow"),
            Message("pool", "pool", "waits: none comes back"),
            Message("program", "program", "sees the time-out of the pool"),
        ),
        causes=(
            Cause(
                text="Sessions or responses are not given back: not closed, or not read to their end.",
                sources=("TiddlySpace/tiddlyspace#177", "urllib3/urllib3#2557", "encode/httpx#720"),
            ),
            Cause(
                text="The pool is smaller than the number of threads, tasks or requests that use it at once.",
                sources=("MonkeyTedBaker/Monocle#84", "hydraplatform/hydra-base#102", "ckan/ckan#5863"),
            ),
            Cause(
                text="After time-outs and failures the client library itself loses connections of its pool.",
                sources=("urllib3/urllib3#644", "encode/httpcore#550"),
            ),
        ),
        scenarios=(
            Scenario(
                where="web application",
                text=(
                    "The default of SQLAlchemy is 5 connections and 10 more; a thread pool of 40 asks for more than "
                    "that as soon as one query is slow."
                ),
            ),
            Scenario(
                where="asyncio",
                text="A `gather` over thousands of requests waits in the pool's queue longer than the pool's time-out.",
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "Each replica has a pool of its own. Larger pools times more replicas meet the server's limit: "
                    "then it is too-many-connections."
                ),
            ),
            Scenario(
                where="CI",
                text="Tests that leave a session open in a fixture exhaust the pool after a fixed number of tests.",
            ),
        ),
        raises=Example(
            fault="pool",
            code=(
                "import urllib3\n"
                "\n"
                "pool = urllib3.HTTPConnectionPool(host, port, maxsize=1, block=True, timeout=1, retries=False)\n"
                'kept = pool.request("GET", "/", preload_content=False)  # never read, never released\n'
                'pool.request("GET", "/", pool_timeout=0.2)\n'
            ),
        ),
        fixed=Example(
            fault="pool",
            code=(
                "import urllib3\n"
                "\n"
                "statuses = []\n"
                "with urllib3.HTTPConnectionPool(host, port, maxsize=1, block=True, timeout=1) as pool:\n"
                "    for _ in range(3):\n"
                '        response = pool.request("GET", "/", preload_content=False, pool_timeout=0.2)\n'
                "        try:\n"
                "            statuses.append(response.status)\n"
                "            response.drain_conn()\n"
                "        finally:\n"
                "            response.release_conn()  # back into the pool on every path\n"
            ),
            ends="result",
        ),
        see_also=("too-many-connections", "too-many-open-files", "timeout"),
        since="0.1.0",
        sources=("urllib3/urllib3#2557", "encode/httpcore#550"),
    ),
    Entry(
        code="too-many-connections",
        title="The server has no connection slot left",
        stage="limits",
        cause=(
            "{endpoint} answered, and turned this client away: its limit of connections is reached. "
            "Network, name and port are right."
        ),
        hints=(
            Hint(
                text=(
                    "See who holds the slots: `SELECT usename, application_name, state, count(*) FROM "
                    "pg_stat_activity GROUP BY 1, 2, 3`. Many `idle` rows of one program are its pool."
                ),
                when=("service=PostgreSQL",),
            ),
            Hint(
                text=(
                    "See who holds the slots: `SELECT usename, application_name, state, count(*) FROM "
                    "pg_stat_activity GROUP BY 1, 2, 3`. Many `idle` rows of one program are its pool."
                ),
                when=("library=psycopg",),
            ),
            Hint(
                text=(
                    "See who holds the slots: `SELECT usename, application_name, state, count(*) FROM "
                    "pg_stat_activity GROUP BY 1, 2, 3`. Many `idle` rows of one program are its pool."
                ),
                when=("library=asyncpg",),
            ),
            Hint(
                text=(
                    "See who holds the slots: `SELECT usename, application_name, state, count(*) FROM "
                    "pg_stat_activity GROUP BY 1, 2, 3`. Many `idle` rows of one program are its pool."
                ),
                when=("library=psycopg2",),
            ),
            Hint(
                text=(
                    "Run `SHOW PROCESSLIST` and compare with max_connections; lower wait_timeout if most of them "
                    "sleep, and make the clients' pools smaller."
                ),
                when=("service=MySQL",),
            ),
            Hint(
                text=(
                    "Run `SHOW PROCESSLIST` and compare with max_connections; lower wait_timeout if most of them "
                    "sleep, and make the clients' pools smaller."
                ),
                when=("library=pymysql",),
            ),
            Hint(
                text=(
                    "Run `redis-cli client list` and compare with maxclients; an `idle` of hours is a leaked "
                    "connection. A server-side `timeout` drops such clients."
                ),
                when=("service=Redis",),
            ),
            Hint(
                text=(
                    "Run `redis-cli client list` and compare with maxclients; an `idle` of hours is a leaked "
                    "connection. A server-side `timeout` drops such clients."
                ),
                when=("library=redis",),
            ),
            Hint(
                text=(
                    "Multiply: pool size (with its overflow) times worker processes times replicas must stay below "
                    "the server's limit. If it can't, put a pooler such as PgBouncer in between."
                ),
            ),
            Hint(
                text=(
                    "If connections are opened per request or per task, reuse them and close them. Raise the "
                    "server's limit last: each connection costs it memory."
                ),
            ),
        ),
        phase="connect",
        retry="safe",
        about=(
            "The TCP connection is made and the server's protocol has begun; then the server says that it takes no "
            "more clients: PostgreSQL with SQLSTATE 53300 (`too many clients already`, `remaining connection slots "
            "are reserved`), MySQL with error 1040 or 1203, Redis with `max number of clients reached`. It closes the "
            "connection at once.\n"
            "\n"
            "The refusal comes before any command is read, so a retry is safe, and with backoff and jitter it works "
            "after a burst. A crowd of clients that retry at once keeps the server full.\n"
            "\n"
            "PostgreSQL keeps a few slots for superusers: somebody on call can still get in and look. A server behind "
            "a listen queue that overflows is another failure: it shows as a connect time-out."
        ),
        wire=(
            Message("client", "server", "SYN"),
            Message("server", "client", "SYN-ACK"),
            Message("client", "server", "ACK, start-up message"),
            Message("server", "server", "all its slots are taken"),
            Message("server", "client", "too many clients already"),
            Message("server", "client", "FIN"),
            Message("client", "client", "raises OperationalError"),
        ),
        causes=(
            Cause(
                text=(
                    "The pools add up: pool size times processes times replicas is more than the server's limit, "
                    "often first after scaling out or parallelising."
                ),
                sources=("mdn/mdn-http-observatory#386", "openego/eGon-data#799", "apache/texera#3525"),
            ),
            Cause(
                text="Connections are opened and not closed, and a restart of the client frees them.",
                sources=(
                    "TensorBlock/forge#21",
                    "apecloud/ApeRAG#584",
                    "django/djangosnippets.org#224",
                ),
            ),
            Cause(
                text="The server's limit is smaller than one pool: a small plan, or a default of a test server.",
                sources=("brianc/node-postgres#557", "redis/redis-rb#604"),
            ),
        ),
        scenarios=(
            Scenario(
                where="Kubernetes",
                text=(
                    "A rolling update runs old and new pods side by side and so needs twice the connections for a "
                    "while. The error appears with each deployment and goes away."
                ),
            ),
            Scenario(
                where="serverless",
                text="Each instance opens its own connection. A burst of instances fills the server: use a pooler.",
            ),
            Scenario(
                where="managed database",
                text="Small plans allow few connections, and the provider's own monitoring takes some of them.",
            ),
            Scenario(
                where="CI",
                text="Parallel test workers share one database server with its default limit (PostgreSQL: 100).",
            ),
        ),
        raises=Example(
            fault="server-full",
            code=(
                'import psycopg\n\npsycopg.connect(host=host, port=port, user="app", dbname="app", connect_timeout=2)\n'
            ),
        ),
        fixed=Example(
            fault="server-full",
            code=(
                "import random\n"
                "import time\n"
                "\n"
                "import psycopg\n"
                "\n"
                'WORDS = ("too many clients", "too many connections", "connection slots are reserved")\n'
                "\n"
                "for attempt in range(4):\n"
                "    try:\n"
                '        session = psycopg.connect(host=host, port=port, user="app", dbname="app", connect_timeout=2)\n'
                "        break\n"
                "    except psycopg.OperationalError as error:\n"
                "        if not any(words in str(error) for words in WORDS):\n"
                '            raise SystemExit(f"no session with {host}:{port}: {type(error).__name__}") from error\n'
                "    time.sleep(random.uniform(0, 0.1 * 2**attempt))  # full jitter: not all clients at once\n"
                "else:\n"
                '    raise SystemExit(f"{host}:{port} has no free connection slot after 4 attempts")\n'
            ),
        ),
        see_also=("pool-exhausted", "connection-refused", "connect-timeout", "closed-by-peer"),
        since="0.1.0",
        sources=("listen(2)", "brianc/node-postgres#557"),
    ),
)
