"""
Stage *other*: a failure whose stage can't be known, and the one that only looks like a network failure.

Data only. Imports nothing but the nouns.
"""

from __future__ import annotations

from connlog._model import Cause, Entry, Example, Hint, Message, Scenario

ENTRIES: tuple[Entry, ...] = (
    Entry(
        code="timeout",
        title="Timed out",
        stage="other",
        cause=(
            "The exchange with {endpoint} did not end within its time-out. The client does not tell whether it was "
            "still connecting or already waiting for the answer."
        ),
        hints=(
            Hint(
                text=(
                    "Wait for the channel first: `grpc.channel_ready_future(channel).result(timeout=...)` tells an "
                    "unreachable server from a slow call. GRPC_VERBOSITY=debug prints the reason."
                ),
                when=("library=grpc",),
            ),
            Hint(
                text=(
                    "Turn on the client's own log (`logging.getLogger('kafka')`): it holds the reason per broker. "
                    "Check that the advertised.listeners of the brokers are reachable from here."
                ),
                when=("library=kafka",),
            ),
            Hint(
                text=(
                    "Look in the log of the pool for the connection error that comes before: it says the same for an "
                    "exhausted pool and for a server that refuses."
                ),
                when=("library=psycopg_pool",),
            ),
            Hint(
                text=(
                    "Give each step its own limit, ClientTimeout(sock_connect=..., sock_read=...): a total time-out "
                    "hides the step that is slow."
                ),
                when=("library=aiohttp",),
            ),
            Hint(
                text=(
                    "Check that this port speaks the client's protocol: a client that waits for a greeting of another "
                    "protocol only sees silence (an HTTP management port instead of AMQP)."
                ),
                when=("library=kombu",),
            ),
            Hint(
                text=(
                    "Try the connection alone: `nc -vz {host} {port}`. If that hangs too, packets are dropped on the "
                    "way (firewall, security group, route); if it connects, the server is slow or silent."
                ),
            ),
            Hint(
                text=(
                    "Check that host and port are reachable from this machine, then set separate time-outs for "
                    "connecting and for reading: the next failure will name its stage."
                ),
            ),
        ),
        phase="transfer",
        retry="if-idempotent",
        exceptions=("TimeoutError",),
        about=(
            "A time-out is this program's own decision: nothing arrived before a clock ran out. Which packet was "
            "missing tells the cause. No answer to the SYN: packets are dropped or the host is off. A connection but "
            "no answer to the request: the server is slow, hangs, or waits for something else.\n"
            "\n"
            "Some clients put one deadline over name lookup, connecting, handshake and answer, and report only that "
            "it is over. The request may have reached the server and may have been carried out. Retry it only if it "
            "is idempotent (RFC 9110, section 9.2.2).\n"
            "\n"
            "When the stage is known, the code is connect-timeout or read-timeout instead."
        ),
        wire=(
            Message("client", "client", "starts one clock for all steps"),
            Message("client", "server", "SYN"),
            Message("server", "client", "SYN-ACK"),
            Message("client", "server", "ACK, request"),
            Message("server", "server", "does not answer"),
            Message("client", "client", "the clock runs out: TimeoutError"),
        ),
        causes=(
            Cause(
                text=(
                    "The port belongs to another protocol: the server waits for a request while the client waits for "
                    "a greeting."
                ),
                sources=("celery/celery#5781",),
            ),
            Cause(
                text=(
                    "The first address answers, but it sends the client to addresses that it can't reach "
                    "(advertised listeners)."
                ),
                sources=("dpkp/kafka-python#1713", "dpkp/kafka-python#868"),
            ),
            Cause(
                text="Packets are dropped on the way: security group, missing route, access list.",
                sources=("Miserlou/Zappa#2061", "yougov/mongo-connector#876"),
            ),
            Cause(
                text="The server needs longer for the job than the deadline allows.",
                sources=("moshe/elasticsearch_loader#37", "preset-io/elasticsearch-dbapi#103"),
            ),
            Cause(
                text=(
                    "The setting that should raise the time-out is misspelt, so that the default stays: "
                    "COMPOSE_HTTP_TIMEOUT, not HTTP_COMPOSE_TIMEOUT."
                ),
                sources=("docker/compose#6341",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text="The broker advertises `localhost` or its container's name; the client outside can't use either.",
            ),
            Scenario(
                where="Kubernetes",
                text="A network policy drops packets instead of refusing them: all that the client sees is silence.",
            ),
            Scenario(
                where="cloud load balancer",
                text="The balancer accepts the connection and has no healthy target: connected, then nothing.",
            ),
            Scenario(
                where="laptop",
                text="A VPN that is down leaves private addresses without a route that answers.",
            ),
            Scenario(
                where="CI",
                text="A loaded runner needs seconds for what takes milliseconds on a desk: deadlines of 1 s flicker.",
            ),
        ),
        raises=Example(
            fault="accept-silent",
            code=(
                "import grpc\n"
                "\n"
                'with grpc.insecure_channel(f"{host}:{port}") as channel:\n'
                '    call = channel.unary_unary("/shop.Orders/Count")\n'
                '    call(b"", timeout=0.3)  # one deadline for connecting and answering\n'
            ),
        ),
        fixed=Example(
            fault="accept-silent",
            code=(
                "import grpc\n"
                "\n"
                'with grpc.insecure_channel(f"{host}:{port}") as channel:\n'
                "    try:\n"
                "        grpc.channel_ready_future(channel).result(timeout=0.5)  # a deadline for connecting\n"
                "    except grpc.FutureTimeoutError as error:\n"
                '        raise SystemExit(f"no gRPC server answers on {host}:{port} within 0.5 s") from error\n'
                '    call = channel.unary_unary("/shop.Orders/Count")\n'
                '    call(b"", timeout=0.5)  # another one for the answer\n'
            ),
        ),
        see_also=("connect-timeout", "read-timeout", "pool-exhausted", "dns-temporary-failure"),
        since="0.1.0",
        sources=("RFC 9110", "RFC 9293", "connect(2)", "celery/celery#5781"),
    ),
    Entry(
        code="connection-error",
        title="Connection error without a reason",
        stage="other",
        cause=(
            "The connection to {endpoint} failed, and the exception keeps no reason: no errno, no inner exception, no "
            "words that tell one."
        ),
        hints=(
            Hint(
                when=("library=kafka",),
                text=(
                    "Turn on the client's own log (`logging.getLogger('kafka')`): the reason per broker is only there. "
                    "Most often the advertised.listeners of the brokers are not reachable from here."
                ),
            ),
            Hint(
                when=("library=aiokafka",),
                text="Turn on the client's own log (`logging.getLogger('aiokafka')`): the reason is only there.",
            ),
            Hint(
                when=("library=nats",),
                text="Pass `error_cb=` to nats.connect(): it is called with the reason of each attempt.",
            ),
            Hint(
                when=("library=grpc",),
                text=(
                    "Set GRPC_VERBOSITY=debug and GRPC_TRACE=tcp,connectivity_state for one run: the C core prints the "
                    "reason that the exception lost."
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
                when=("library=MySQLdb",),
                text=(
                    "Try `nc -vz {host} {port}`, which names the reason: with `connect_timeout` MariaDB's library says "
                    "115 of any. «Lost connection during query» may be a `read_timeout` that is too short."
                ),
            ),
            Hint(
                when=("library=pycurl",),
                text="Set CURLOPT_VERBOSE (curl_cffi: `debug=True`) for one run: libcurl prints the reason.",
            ),
            Hint(
                when=("library=botocore",),
                text=(
                    "Turn on botocore's log (`boto3.set_stream_logger('botocore')`), and check that the region offers "
                    "the service: an endpoint that does not exist fails the same way."
                ),
            ),
            Hint(
                text=(
                    "Try the same endpoint with a bare client, `nc -vz {host} {port}`: it names the errno that this "
                    "client hides."
                ),
            ),
            Hint(
                text=(
                    "Look at the client's own log at level DEBUG, and in your own code raise with `from error`, so "
                    "that the reason stays in the chain."
                ),
            ),
        ),
        phase="transfer",
        retry="unknown",
        exceptions=("ConnectionError",),
        about=(
            "ConnectionError is the base class of the four that name a reason: ConnectionRefusedError, "
            "ConnectionResetError, ConnectionAbortedError and BrokenPipeError. Raised itself, it says only that a "
            "connection is involved.\n"
            "\n"
            "It comes from code that tries several addresses and gives up, from C libraries that report one number "
            "for many failures, and from wrappers that catch the real exception and raise a new one outside the "
            "`except` block. The operating system did give an errno; somebody dropped it on the way.\n"
            "\n"
            "Nothing is known about what reached the server, so nothing is known about a retry either, unless it is "
            "known that connecting failed."
        ),
        wire=(
            Message("program", "library", "connect"),
            Message("library", "server", "SYN"),
            Message("server", "library", "RST, ACK"),
            Message("library", "library", "drops ECONNREFUSED"),
            Message("library", "program", "ConnectionError"),
            Message("program", "program", "sees no errno and no reason"),
        ),
        causes=(
            Cause(
                text=(
                    "The address that the server advertises, or the listener's port, is not the one that is reachable "
                    "from here; the wrapper reports only that no broker is available."
                ),
                sources=(
                    "dpkp/kafka-python#1713",
                    "dpkp/kafka-python#2208",
                    "wurstmeister/kafka-docker#400",
                    "provectus/kafka-ui#2021",
                ),
            ),
            Cause(
                text="The endpoint does not exist: the cloud region does not offer that service.",
                sources=(
                    "cartography-cncf/cartography#1842",
                    "aws-samples/amazon-custom-entity-recognition-textract-comprehend#1",
                ),
            ),
            Cause(
                text="The wrapper hides an ordinary reason (refused, DNS, TLS, too many open files).",
                sources=("boto/botocore#1238", "nccgroup/Scout2#196", "ATH-MaaS/Pixelle-MCP#14"),
            ),
            Cause(
                text="This machine's own network was down, after suspend for instance.",
                sources=("martin-ueding/vigilant-crypto-snatch#23",),
            ),
            Cause(
                text="The machine has several interfaces, and the broker's address belongs to the wrong one.",
                sources=("dpkp/kafka-python#1308",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "A broker in compose advertises one name inside and one outside. A client that gets the wrong one "
                    "bootstraps and then fails."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text="A client library retries while a service has no ready pod, and ends with its own summary.",
            ),
            Scenario(
                where="cloud",
                text="The name of an endpoint is built from the region; a region without the service has no such name.",
            ),
            Scenario(
                where="laptop",
                text="After suspend the client goes through all servers it knows and reports that none is available.",
            ),
        ),
        raises=Example(
            fault="refuse",
            code=(
                "import socket\n"
                "\n"
                "connection = None\n"
                "for replica in [(host, port), (host, port)]:\n"
                "    try:\n"
                "        connection = socket.create_connection(replica, timeout=0.5)\n"
                "        break\n"
                "    except OSError:\n"
                "        continue  # the reason is thrown away here\n"
                "if connection is None:\n"
                '    raise ConnectionError("no replica is available")\n'
            ),
        ),
        fixed=Example(
            fault="refuse",
            code=(
                "import random\n"
                "import socket\n"
                "import time\n"
                "\n"
                "\n"
                "def connect(replicas, attempts=6):\n"
                "    reasons = []\n"
                "    for attempt in range(attempts):\n"
                "        for replica in replicas:\n"
                "            try:\n"
                "                return socket.create_connection(replica, timeout=0.5)\n"
                "            except OSError as error:\n"
                "                reasons.append(error)  # every reason is kept\n"
                "        time.sleep(random.uniform(0.05, 0.1 * 2**attempt))\n"
                '    raise ExceptionGroup("no replica is available", reasons)\n'
                "\n"
                "\n"
                "with connect([(host, port), (host, port)]) as connection:\n"
                "    peer = connection.getpeername()\n"
            ),
            ends="result",
        ),
        see_also=("connection-refused", "connection-reset", "timeout", "dns-failure"),
        since="0.1.0",
        sources=("connect(2)", "errno(3)", "boto/botocore#1238"),
    ),
    Entry(
        code="stdout-closed",
        title="The reader of this program's output is gone",
        stage="other",
        cause=(
            "This program writes to its own standard output or standard error, and the process that read it has "
            "ended. No network connection is involved."
        ),
        hints=(
            Hint(
                text=(
                    "If the output goes to `head`, `less` or `grep -q`, nothing is wrong: the reader has seen enough. "
                    "Catch BrokenPipeError around the output and end quietly."
                ),
            ),
            Hint(
                text=(
                    "Else find out why the reader ended: the log collector, the supervisor or the next program of the "
                    "pipeline. A crash there shows in PIPESTATUS and in its own messages."
                ),
            ),
        ),
        phase="local",
        retry="after-fix",
        about=(
            "A pipe has a reading and a writing end. When the last reader closes its end, the kernel answers each "
            "further write with SIGPIPE. Python ignores that signal, so that the write fails with EPIPE and "
            "BrokenPipeError is raised.\n"
            "\n"
            "BrokenPipeError is a subclass of ConnectionError, and EPIPE is also what a closed socket gives. That is "
            "the only thing this failure has in common with a network. Output is buffered: it often shows only when "
            "the buffer is flushed, at the end of the program, as `Exception ignored ... BrokenPipeError` and exit "
            "status 120.\n"
            "\n"
            "A retry can't help: the reader will not come back on the same pipe."
        ),
        wire=(
            Message("program", "pipe", "write(): line 1"),
            Message("pipe", "reader", "line 1"),
            Message("reader", "reader", "has seen enough and ends"),
            Message("program", "pipe", "write(): line 2"),
            Message("pipe", "program", "SIGPIPE, EPIPE"),
            Message("program", "program", "raises BrokenPipeError"),
        ),
        causes=(
            Cause(
                text="The output is piped into a program that reads only the beginning (`head`).",
                sources=(
                    "python/cpython#90650",
                    "Backblaze/B2_Command_Line_Tool#1071",
                    "aws/aws-cli#1113",
                    "Kimahriman/hdfs-native#277",
                    "biocore/redbiom#7",
                ),
            ),
            Cause(
                text="The user leaves the pager before the end of the output.",
                sources=("ktrueda/parquet-tools#64",),
            ),
            Cause(
                text="The program further down the pipeline fails and ends before it has read everything.",
            ),
        ),
        scenarios=(
            Scenario(
                where="shell",
                text="`tool | head -1` ends with a traceback, but only if there is more output than a pipe holds.",
            ),
            Scenario(
                where="container",
                text="PYTHONUNBUFFERED=1 turns a rare failure at the end into one at every line.",
            ),
            Scenario(
                where="CI",
                text="With `set -o pipefail` a harmless `tool | grep -q word` fails the step, since the tool exits 1.",
            ),
            Scenario(
                where="service",
                text="A daemon started from a terminal or by a supervisor outlives it: its next line of output fails.",
            ),
        ),
        raises=Example(
            fault="closed-stdout",
            code=(
                "for number in range(100_000):  # more than the buffer and the pipe hold\n"
                '    print(f"line {number}", flush=True)\n'
            ),
        ),
        fixed=Example(
            fault="closed-stdout",
            code=(
                "import os\n"
                "import sys\n"
                "\n"
                "try:\n"
                "    for number in range(100_000):\n"
                '        print(f"line {number}")\n'
                "    sys.stdout.flush()\n"
                "except BrokenPipeError:  # the reader has seen enough: stop, and keep the last flush quiet\n"
                "    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())\n"
            ),
            ends="result",
        ),
        see_also=("broken-pipe",),
        since="0.1.0",
        sources=("pipe(7)", "signal(7)", "write(2)", "python/cpython#90650"),
    ),
)
