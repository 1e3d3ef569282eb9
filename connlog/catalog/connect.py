"""
Codes of the stage `connect`: an address is known, a connection to it is to be made.

Data only: imports nothing of connlog but the nouns.
"""

from __future__ import annotations

from connlog._model import Cause, Entry, Example, Hint, Message, Scenario

ENTRIES: tuple[Entry, ...] = (
    Entry(
        code="connection-refused",
        title="Nothing listens there",
        stage="connect",
        phase="connect",
        retry="safe",
        errnos=("ECONNREFUSED",),
        exceptions=("ConnectionRefusedError",),
        cause=(
            "Nothing accepts connections on {endpoint}: the refusal came at once, so the machine is up, but no program "
            "listens there, or a firewall answers in its place."
        ),
        hints=(
            Hint(
                when=("proxy", "loopback", "scheme=http"),
                text=(
                    "Set NO_PROXY=localhost,127.0.0.1: a proxy variable applies to {host}, so the client dials the "
                    "proxy, and that one refuses, or can't reach this machine's own port."
                ),
            ),
            Hint(
                when=("proxy", "scheme=https"),
                text=(
                    "Check the proxy before the server: HTTPS_PROXY applies to {host}, so it is the proxy that "
                    "refuses. Correct it, or add {host} to NO_PROXY."
                ),
            ),
            Hint(
                when=("proxy", "scheme=http"),
                text=(
                    "Check the proxy before the server: HTTP_PROXY applies to {host}, so it is the proxy that refuses. "
                    "Correct it, or add {host} to NO_PROXY."
                ),
            ),
            Hint(
                when=("unix", "library=docker"),
                text=(
                    "Start the Docker daemon (`systemctl start docker`, or Docker Desktop): the socket file is left "
                    "over from an earlier run, and nobody serves it."
                ),
            ),
            Hint(
                when=("default-host", "container"),
                text=(
                    "Set the host of {service}: {endpoint} is what the client uses when it is given none, and in a "
                    "container that is the container itself. Use the service's name."
                ),
            ),
            Hint(
                when=("loopback", "kubernetes"),
                text=(
                    "Use the Service's name instead of {host}: in a pod, localhost reaches only the containers of the "
                    "same pod. If it is a sidecar, let this container start after it."
                ),
            ),
            Hint(
                when=("loopback", "container"),
                text=(
                    "Replace {host} by the name of the service: in a container, localhost is the container itself. A "
                    "program on the Docker host is `host.docker.internal`."
                ),
            ),
            Hint(
                when=("loopback", "wsl"),
                text=(
                    "If the server runs on Windows, dial the Windows host (the gateway of `ip route`) or set "
                    "`networkingMode=mirrored` in .wslconfig: under WSL 2, localhost is the Linux side."
                ),
            ),
            Hint(
                when=("ipv6", "loopback"),
                text=(
                    "Try 127.0.0.1 instead: this attempt went to ::1, and many servers listen on IPv4 only. Or let the "
                    "server listen on `::` as well."
                ),
            ),
            Hint(
                when=("loopback", "ci"),
                text=(
                    "Wait until the service is ready, then connect: give its container a health check, and map its "
                    "port. A job that runs in a container itself uses the service's name, not {host}."
                ),
            ),
            Hint(
                when=("loopback", "library=selenium"),
                text=(
                    "Look for the end of the browser driver: it listened on {endpoint} and has exited. After `quit()`, "
                    "or when driver and browser versions differ, no further command can work."
                ),
            ),
            Hint(
                when=("unix",),
                text=(
                    "Start the daemon behind {endpoint}: its socket file is there, but no process listens on it. `ss "
                    "-xl` (macOS: `lsof -U`) shows who listens; the file outlives a daemon that crashed."
                ),
            ),
            Hint(
                when=("service=Kafka", "!unix"),
                text=(
                    "Start the broker, or correct its `advertised.listeners`: after the first contact, the client "
                    "dials the address that the broker advertises. If that is {endpoint}, it must be reachable from "
                    "here."
                ),
            ),
            Hint(
                when=("default-host", "!container"),
                text=(
                    "Start the {service} server on this machine. If you configured another host, that setting is not "
                    "applied: {endpoint} is what clients use by default."
                ),
            ),
            Hint(
                when=("loopback", "!unix", "platform=linux"),
                text=(
                    "Start the server, wait until it is up, or correct the port: nothing on this machine listens on "
                    "{endpoint}. `ss -ltnp 'sport = :{port}'` shows who does, `ss -ltnp` who listens elsewhere."
                ),
            ),
            Hint(
                when=("loopback", "!unix", "platform=macos"),
                text=(
                    "Start the server, wait until it is up, or correct the port: nothing on this machine listens on "
                    "{endpoint}. `lsof -nP -iTCP:{port} -sTCP:LISTEN` shows who does, `lsof -nP -iTCP -sTCP:LISTEN` "
                    "who listens elsewhere."
                ),
            ),
            Hint(
                when=("loopback", "!unix", "platform=windows"),
                text=(
                    "Start the server, wait until it is up, or correct the port: nothing on this machine listens on "
                    "{endpoint}. `netstat -ano | findstr :{port}` shows who does, `netstat -ano` who listens elsewhere."
                ),
            ),
            Hint(
                when=("loopback", "!unix", "platform=unknown"),
                text=(
                    "Start the server, wait until it is up, or correct the port: nothing on that machine listens on "
                    "{endpoint}. `ss -ltnp 'sport = :{port}'` (Linux), `lsof -nP -iTCP:{port} -sTCP:LISTEN` (macOS) or "
                    "`netstat -ano | findstr :{port}` (Windows) shows who does."
                ),
            ),
            Hint(
                when=("localhost", "!dual-stack"),
                text=(
                    "If the server runs, try 127.0.0.1 and ::1 by number: localhost may mean either of them, and the "
                    "server may listen on the other one only."
                ),
            ),
            Hint(
                when=("loopback", "!container"),
                text=(
                    "If this program runs in a container, use the service's name or `host.docker.internal`: there, "
                    "localhost is the container itself."
                ),
            ),
            Hint(
                when=("single-label", "container"),
                text=(
                    "Wait until {host} is ready: its container runs, its program does not listen yet. Give it a health "
                    "check and `depends_on: condition: service_healthy`. If it never does, bind it to 0.0.0.0."
                ),
            ),
            Hint(
                when=("single-label", "kubernetes"),
                text=(
                    "Check that {host} has ready pods behind it (`kubectl get endpointslices`): a Service without any "
                    "refuses, and so does a wrong `targetPort`."
                ),
            ),
            Hint(
                when=("kubernetes", "!loopback"),
                text=(
                    "If the pod is part of a mesh, let this container start after its sidecar (Istio: "
                    "`holdApplicationUntilProxyStarts: true`): until the sidecar is ready, every connection is refused."
                ),
            ),
            Hint(
                when=("service=PostgreSQL", "!loopback"),
                text=(
                    "Check `listen_addresses` in postgresql.conf on {host}: the default is localhost only. Set '*' and "
                    "allow the client in pg_hba.conf."
                ),
            ),
            Hint(
                when=("service=MySQL", "!loopback"),
                text="Check `bind-address` in the configuration on {host}: packages often set 127.0.0.1.",
            ),
            Hint(
                when=("service=Redis", "!loopback"),
                text="Check `bind` in redis.conf on {host}: it is 127.0.0.1 unless changed, so others are refused.",
            ),
            Hint(
                when=("service=MongoDB", "!loopback"),
                text="Check `net.bindIp` in mongod.conf on {host}: it is 127.0.0.1 unless changed.",
            ),
            Hint(
                when=("!loopback", "!unix"),
                text=(
                    "On {host}, check that the server runs and listens on port {port}, and not on 127.0.0.1 only: `ss "
                    "-ltnp 'sport = :{port}'`. Compare the port with the one that the server prints at its start."
                ),
            ),
            Hint(
                text=(
                    "If the server has just been started, wait: retry with exponential backoff and jitter, bounded. "
                    "Nothing reached the server, so a retry is safe."
                ),
            ),
            Hint(
                text=(
                    "If the server listens and still refuses, look for a firewall that rejects (`nft list ruleset`), a "
                    "wrong port mapping, or a rate limit that bans this client."
                ),
            ),
        ),
        about=(
            "The client sends a SYN. No socket listens on that port of the peer, so its kernel answers with a reset "
            "(RST), and connect(2) fails with ECONNREFUSED within one round trip. A firewall rule that rejects with a "
            "reset, or with an ICMP port unreachable, looks exactly the same.\n\n"
            "So the name was resolved, the route works and a machine answered: this is about the program on it, the "
            "port or the address that the program is bound to. A server that is bound to 127.0.0.1 refuses everyone "
            "who comes from outside, also from outside its own container.\n\n"
            "A unix socket refuses when the file is there but nobody listens on it any more. For UDP the error comes "
            "late: the ICMP answer to one datagram is reported by the next call on the connected socket.\n\n"
            "The number is 111 on Linux, 61 on macOS, 10061 on Windows. Windows tries again by itself and takes about "
            "two seconds to refuse; it also refuses when the listener's backlog is full, where Linux stays silent."
        ),
        wire=(
            Message("client", "server", "SYN"),
            Message("server", "server", "no socket listens on this port"),
            Message("server", "client", "RST, ACK"),
            Message("client", "client", "connect() fails: ECONNREFUSED"),
        ),
        causes=(
            Cause(
                text="The server is not installed, not started, or has crashed.",
                sources=(
                    "pinterest/snappass#6",
                    "redis/redis-py#1474",
                    "dpkp/kafka-python#781",
                    "flyhigher139/OctBlog#2",
                    "MausamGaurav/DockerDjangoReactProject#4",
                ),
            ),
            Cause(
                text="localhost means ::1 here, and the server listens on IPv4 only.",
                sources=("pika/pika#1318", "eandersson/amqpstorm#7", "jarun/buku#810", "cherrypy/cherrypy#711"),
            ),
            Cause(
                text="The server is not ready yet: containers and services start in parallel.",
                sources=(
                    "DocNow/docnow#1",
                    "apache/airflow#4102",
                    "ansible/eda-server-prototype#36",
                    "urllib3/urllib3#1653",
                    "istio/istio#11130",
                ),
            ),
            Cause(
                text="A proxy from the environment is dialled, also for localhost.",
                sources=("mcp-use/mcp-use#26", "psf/requests#3558", "h2oai/h2o-3#3764", "httpie/cli#79"),
            ),
            Cause(
                text="localhost is used inside a container, where it is the container itself.",
                sources=(
                    "ufoscout/docker-compose-wait#44",
                    "cookiecutter/cookiecutter-django#2767",
                    "finalduty/csp-report-collector#8",
                ),
            ),
            Cause(
                text="The server inside a container listens on 127.0.0.1 only, so a published port leads nowhere.",
                sources=("moby/moby#27885", "ai4os/DEEPaaS#13", "mozilla-services/syncserver#104"),
            ),
            Cause(
                text="The configuration is not applied, and the client falls back to its default host and port.",
                sources=("redis/redis-py#1466", "langgenius/dify#14810", "puckel/docker-airflow#195"),
            ),
            Cause(
                text="A helper process such as a browser driver has exited.",
                sources=("urllib3/urllib3#1915", "SergeyPirogov/webdriver_manager#55"),
            ),
            Cause(
                text="Host or port are wrong.",
                sources=("paramiko/paramiko#2427", "MagicStack/asyncpg#1342", "Dinnerbone/mcstatus#48"),
            ),
            Cause(
                text="A local daemon is down and its unix socket is left over.",
                sources=("docker/compose#7896", "tomasonjo/NeoGPT-Explorer#2"),
            ),
            Cause(
                text="The site bans clients that come too often.",
                sources=("ecodomen/nsreg-watcher#240",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "localhost is the container itself. From container to container use the service's name and the "
                    "port inside the container, not the published one. The server must listen on 0.0.0.0, not on "
                    "127.0.0.1."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "A Service without ready endpoints refuses at once. Check the readiness probe, the selector and "
                    "`targetPort`. With a service mesh, the sidecar may come up after your container."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "Most load balancers accept first and find out later that no backend is healthy, so a refusal "
                    "usually means that there is no listener on that port at all."
                ),
            ),
            Scenario(
                where="laptop",
                text="The database or the dev server is simply not running, or it came up on the next free port.",
            ),
            Scenario(
                where="CI",
                text=(
                    "Service containers take some seconds to listen. Add a health check to the service, or wait for "
                    "the port with a bounded loop before the first test."
                ),
            ),
        ),
        raises=Example(
            fault="refuse",
            code="""\
import socket

socket.create_connection((host, port), timeout=1)
""",
        ),
        fixed=Example(
            fault="refuse",
            ends="result",
            code="""\
import random
import socket
import time


def connect(address, *, attempts=10, timeout=1.0, base=0.1, cap=1.0):
    for attempt in range(attempts):
        try:
            return socket.create_connection(address, timeout=timeout)
        except ConnectionRefusedError:  # nothing reached the server: safe to retry
            if attempt == attempts - 1:
                raise
            time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


with connect((host, port)) as connection:
    result = connection.getpeername()
""",
        ),
        see_also=("connect-timeout", "host-unreachable", "socket-file-missing", "proxy-failure"),
        since="0.1.0",
        sources=("RFC 9293", "RFC 1122", "connect(2)", "listen(2)", "unix(7)", "tcp(7)"),
    ),
    Entry(
        code="connect-timeout",
        title="Nobody answers the connection attempt",
        stage="connect",
        phase="connect",
        retry="safe",
        errnos=("ETIMEDOUT",),
        cause=(
            "No answer came from {endpoint} while connecting: the packets, or the answers to them, are dropped on the "
            "way. A server that is merely down would refuse instead."
        ),
        hints=(
            Hint(
                when=("host=169.254.169.254", "container"),
                text=(
                    "Raise the hop limit of the instance's metadata service to 2: its answers do not travel the extra "
                    "hop into a container. Or give the program its credentials another way."
                ),
            ),
            Hint(
                when=("host=169.254.169.254",),
                text=(
                    "Configure credentials and region explicitly: {host} is a cloud machine's metadata service, and it "
                    "does not answer here."
                ),
            ),
            Hint(
                when=("private", "kubernetes"),
                text=(
                    "Look for a NetworkPolicy that does not list this connection (`kubectl get networkpolicy -A`): it "
                    "drops in silence. Check the egress of this pod and the ingress of the target."
                ),
            ),
            Hint(
                when=("private", "ci"),
                text=(
                    "Run this step on a runner inside that network, or open a tunnel: a hosted runner can't reach the "
                    "private address {host}."
                ),
            ),
            Hint(
                when=("public", "proxy-set", "!proxy"),
                text=(
                    "Check whether {host} is reachable only by the proxy: proxies are configured here, but none "
                    "applies to it. Look at NO_PROXY, and at the variable for this scheme."
                ),
            ),
            Hint(
                when=("public", "proxy"),
                text=(
                    "Check that the client uses the proxy that is configured here: raw sockets and database drivers "
                    "never do, aiohttp only with `trust_env=True`. Without it, {host} may be out of reach."
                ),
            ),
            Hint(
                when=("service=MongoDB", "public"),
                text=(
                    "Add this machine's outgoing address to the IP access list of the cluster (Atlas: Network Access)."
                ),
            ),
            Hint(
                when=("loopback",),
                text=(
                    "Look at the server process: it listens on {endpoint} but accepts nothing, and its backlog is "
                    "full. It hangs or is overloaded; in `ss -ltn`, Recv-Q has reached Send-Q."
                ),
            ),
            Hint(
                when=("ipv6",),
                text=(
                    "Compare `curl -4` with `curl -6` to {host}: if only IPv4 works, IPv6 packets are lost on the way. "
                    "Repair the IPv6 route, prefer IPv4 (gai.conf), or use a client with Happy Eyeballs."
                ),
            ),
            Hint(
                when=("dual-stack",),
                text=(
                    "Compare `curl -4` with `curl -6` to {host}: several addresses were tried. When only one family "
                    "works, the other one is a black hole that eats the whole time-out."
                ),
            ),
            Hint(
                when=("library=botocore",),
                text=(
                    "Check the way out: a Lambda or instance in a private subnet needs a NAT gateway or a VPC endpoint "
                    "for {host}. Check also that the region offers this service."
                ),
            ),
            Hint(
                when=("host=*.amazonaws.com",),
                text=(
                    "Let the security group of {host} accept port {port} from this machine's address or group, and "
                    "check that its subnet has a route there: a security group drops what it does not list, without a "
                    "word."
                ),
            ),
            Hint(
                when=("private",),
                text=(
                    "Check in this order: security group or firewall of {host}, route and peering between the "
                    "networks, the VPN. {host} is a private address, reachable from inside only."
                ),
            ),
            Hint(
                when=("public",),
                text=(
                    "Check that this machine may go out to {endpoint} (firewall, NAT, proxy), and that its address is "
                    "on the server's allow list. A server may also drop those who call too often."
                ),
            ),
            Hint(
                when=("!loopback",),
                text=(
                    "Try `nc -vz {host} {port}` from this machine and from another one: if only this one hangs, look "
                    "at its firewall, security group, VPN and routes; if both do, at the server's."
                ),
            ),
            Hint(
                text=(
                    "If host and port come from configuration, compare them with what the server really listens on: "
                    "firewalls drop packets to ports that nobody opened."
                ),
            ),
            Hint(
                text=(
                    "If it happens now and then, keep the connect time-out short (1 to 3 seconds) and retry with "
                    "backoff and jitter: nothing reached the server. Raising the time-out does not help."
                ),
            ),
        ),
        about=(
            "The client sends a SYN and hears nothing: neither SYN-ACK, nor reset, nor ICMP error. The kernel repeats "
            "it, at growing intervals; with Linux's default of six repeats it gives up after about two minutes with "
            "ETIMEDOUT (tcp(7), tcp_syn_retries). A client with a time-out of its own gives up earlier, and then "
            "Python raises `TimeoutError` without any errno.\n\n"
            "Silence is nearly always a rule: security groups, network policies and most firewalls drop what they do "
            "not allow. A missing route back does the same, and so does an address at which no machine lives behind a "
            "router that sends no ICMP.\n\n"
            "With several addresses behind one name, a client that tries them one by one spends the full time-out on "
            "each. Happy Eyeballs (RFC 8305) starts the next attempt after a quarter of a second; "
            "`asyncio.open_connection(..., happy_eyeballs_delay=0.25)` does that, `socket.create_connection` does "
            "not.\n\n"
            "On Linux a listener whose backlog is full ignores further SYNs: an overloaded server looks like a "
            "firewall."
        ),
        wire=(
            Message("client", "server", "SYN", lost=True),
            Message("client", "client", "waits 1 s"),
            Message("client", "server", "SYN, repeated", lost=True),
            Message("client", "client", "waits and repeats, time and again"),
            Message("client", "client", "connect() raises TimeoutError"),
        ),
        causes=(
            Cause(
                text="A security group, a VPC route or a missing NAT gateway drops the packets.",
                sources=(
                    "Miserlou/Zappa#2061",
                    "jet-admin/jet-django#4",
                    "ministryofjustice/modernisation-platform#12286",
                    "SamVerschueren/aws-sns-publish#2",
                    "rethinkdb/rethinkdb#6088",
                ),
            ),
            Cause(
                text="IPv6 is broken on the way: the AAAA address is tried first, and the client is slow to fall back.",
                sources=(
                    "tdryer/hangups#223",
                    "home-assistant/core#102759",
                    "aio-libs/aiohttp#7954",
                    "NousResearch/hermes-agent#37662",
                ),
            ),
            Cause(
                text="The network is open only through a proxy, or the proxy's address is wrong.",
                sources=("psf/requests#2720", "F5Networks/f5-ansible#1924"),
            ),
            Cause(
                text="Container networks are wired wrongly, or the host in the configuration is not the container's.",
                sources=("dmaze/docker-rabbitmq-example#1", "pika/pika#635"),
            ),
            Cause(
                text="The server lets only listed addresses in.",
                sources=("yougov/mongo-connector#876",),
            ),
            Cause(
                text="The port is wrong, and a firewall drops what goes there.",
                sources=("celery/celery#5781",),
            ),
            Cause(
                text="The site blocks this address: VPN exit, or too many calls.",
                sources=("addisonlynch/iexfinance#145", "SergeyPirogov/webdriver_manager#55"),
            ),
            Cause(
                text="The cloud region does not offer this service.",
                sources=("jantman/awslimitchecker#481",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "A company network that uses 172.17.0.0/16 collides with Docker's default bridge: packets to it "
                    "stay on the host. Change `default-address-pools` in daemon.json."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "A NetworkPolicy drops what it does not list. Traffic that leaves the cluster also has to pass the "
                    "cloud's security groups, with the node's address or with the NAT gateway's."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "An internal load balancer answers only inside its network. Check its own security group, the "
                    "subnets of its zones, and that the client uses the right one of its two names."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "The VPN is down or does not route that network, or the office's address is not on the allow list."
                ),
            ),
            Scenario(
                where="CI",
                text=(
                    "Hosted runners come from changing public addresses: an allow list does not let them in. Use a "
                    "runner of your own, a tunnel or a fixed egress address."
                ),
            ),
        ),
        raises=Example(
            fault="full-backlog",
            code="""\
import socket

socket.create_connection((host, port), timeout=0.3)
""",
        ),
        fixed=Example(
            fault="full-backlog",
            ends="result",
            code="""\
import asyncio
import random


async def connect(host, port, *, attempts=10, timeout=0.5, base=0.1, cap=1.0):
    for attempt in range(attempts):
        try:
            async with asyncio.timeout(timeout):  # short, for one attempt only
                return await asyncio.open_connection(host, port, happy_eyeballs_delay=0.25)
        except TimeoutError:  # nothing reached the server: safe to retry
            if attempt == attempts - 1:
                raise
            await asyncio.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


async def main():
    reader, writer = await connect(host, port)
    peer = writer.get_extra_info("peername")
    writer.close()
    return peer


result = asyncio.run(main())
""",
        ),
        see_also=("connection-refused", "read-timeout", "host-unreachable", "timeout"),
        since="0.1.0",
        sources=("RFC 9293", "RFC 6298", "RFC 8305", "connect(2)", "listen(2)", "tcp(7)", "gai.conf(5)"),
    ),
    Entry(
        code="host-unreachable",
        title="No way to that host",
        stage="connect",
        phase="connect",
        retry="safe",
        errnos=("EHOSTUNREACH", "EHOSTDOWN"),
        cause=(
            "A router, a firewall or this machine itself reports that {host} can't be reached. Very often the host is "
            "up and its firewall rejects the connection in these words."
        ),
        hints=(
            Hint(
                when=("private", "!platform=linux", "!platform=windows"),
                text=(
                    "On a Mac, allow the terminal, editor or app that runs Python under Privacy & Security > "
                    "Local Network, then restart it. Without it macOS blocks {host} in exactly this way."
                ),
            ),
            Hint(
                when=("container", "private"),
                text=(
                    "Let the firewall of the Docker host accept traffic from its containers: firewalld rejects it "
                    "until the bridge is in the zone `docker` or `trusted` (`firewall-cmd --get-active-zones`)."
                ),
            ),
            Hint(
                when=("kubernetes", "private"),
                text=(
                    "Check whether {host} is the address of a pod that is gone: dial the Service's name, and let the "
                    "client resolve it again for each new connection."
                ),
            ),
            Hint(
                when=("ipv6", "public"),
                text=(
                    "Try IPv4 (`curl -4`): this attempt went to an IPv6 address, and there is no working IPv6 route. "
                    "Prefer IPv4 in gai.conf, or repair IPv6."
                ),
            ),
            Hint(
                when=("errno=EHOSTDOWN",),
                text=(
                    "Check that {host} is switched on and in this network segment: it does not answer when its "
                    "hardware address is asked for."
                ),
            ),
            Hint(
                when=("!platform=linux", "!platform=windows"),
                text=(
                    "On a Mac, and if the host is in the local network: allow the terminal or app under Privacy & "
                    "Security > Local Network. Without it macOS reports errno 65."
                ),
            ),
            Hint(
                when=("ipv6",),
                text=(
                    "Try IPv4: this attempt went to an IPv6 address. `ip -6 route` shows whether there is a route at "
                    "all."
                ),
            ),
            Hint(
                when=("private", "!platform=macos"),
                text=(
                    "Look at the firewall of {host} first: firewalld and many ready-made rules reject with an ICMP "
                    "error that reads `No route to host`. If `ping {host}` works, it is that."
                ),
            ),
            Hint(
                when=("public", "!platform=macos"),
                text=(
                    "Try `ping {host}`: if the host answers, its firewall rejects this port with an ICMP error "
                    "(firewalld does so by default). If not, see where `traceroute {host}` ends."
                ),
            ),
            Hint(
                when=("private",),
                text=(
                    "Check that {host} is up and in a network that this machine has: `ip route get {host}` and `ip "
                    "neigh show {host}`. FAILED there means that nobody answers at that address: wrong address, or VPN "
                    "down."
                ),
            ),
            Hint(
                text=(
                    "If `ping` reaches the host, look at its firewall, which rejects this port. If it does not, check "
                    "the address, that the host is up, and this machine's routes and VPN."
                ),
            ),
            Hint(
                text=(
                    "If it comes and goes, retry with backoff and jitter: nothing reached the server. A host that "
                    "restarts looks like this until it answers again."
                ),
            ),
        ),
        about=(
            "The connection attempt comes back with an ICMP destination unreachable: from a router that has no machine "
            "at that address, from a firewall that rejects (`icmp-host-prohibited`, the default of firewalld), or from "
            "this machine itself.\n\n"
            "In the local segment the kernel asks for the hardware address first (ARP for IPv4, neighbour discovery "
            "for IPv6). When nobody answers for about three seconds, connect(2) fails with EHOSTUNREACH and no packet "
            "has left for the server. macOS may say EHOSTDOWN instead.\n\n"
            "`No route to host` is therefore misleading: mostly there is a route. The number is 113 on Linux, 65 on "
            "macOS, 10065 on Windows. Since version 15, macOS uses the same number for programs that the user has not "
            "allowed into the local network; programs started by root or by ssh are exempt, which makes it look random."
        ),
        wire=(
            Message("client", "router", "SYN"),
            Message("router", "server", "ARP request", lost=True),
            Message("router", "router", "waits 3 s, nobody answers"),
            Message("router", "client", "ICMP: host unreachable"),
            Message("client", "client", "connect() fails: EHOSTUNREACH"),
        ),
        causes=(
            Cause(
                text="macOS denies the program access to the local network (errno 65).",
                sources=(
                    "damiafuentes/DJITelloPy#244",
                    "Eugeny/tabby#11559",
                    "docker/for-mac#7504",
                    "openai/codex#36891",
                ),
            ),
            Cause(
                text="A firewall rejects with an ICMP error; the host itself is up.",
                sources=(
                    "firewalld/firewalld#1452",
                    "moby/moby#32138",
                    "moby/moby#27817",
                    "qoomon/docker-host#14",
                    "cowrie/cowrie#2551",
                ),
            ),
            Cause(
                text="The client picks an IPv6 address, and there is no IPv6 route.",
                sources=("websocket-client/websocket-client#522", "Comcast/connvitals#10"),
            ),
            Cause(
                text="The machine has several interfaces, and the packets leave by the wrong one.",
                sources=("mclarkk/lifxlan#186", "doronz88/pymobiledevice3#658"),
            ),
            Cause(
                text="Security software of a company laptop blocks the program.",
                sources=("Draegerwerk/sdc11073#406",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "A container reaches other hosts but not its own one: the host's firewall rejects what comes from "
                    "the bridge. On Fedora and RHEL that is firewalld."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "The address belonged to a pod that is gone, or to a node whose network plug-in is not ready. "
                    "Clients that keep a resolved address for ever show this after each rollout."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "Rare: clouds drop in silence. It comes from a firewall inside the machine, such as Oracle's "
                    "images have."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "On a Mac, the local network permission of the terminal or editor. Elsewhere: another Wi-Fi than "
                    "yesterday, VPN down, device asleep."
                ),
            ),
        ),
        raises=Example(
            fault="unreachable-host",
            code="""\
import socket

socket.create_connection((host, port), timeout=1)
""",
        ),
        fixed=Example(
            fault="unreachable-host",
            ends="error",
            code="""\
import errno
import random
import socket
import time


def connect(host, port, *, attempts=3, timeout=1.0, base=0.1):
    for attempt in range(attempts):
        try:
            return socket.create_connection((host, port), timeout=timeout)
        except OSError as exc:
            if exc.errno not in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
                raise
            if attempt == attempts - 1:
                raise SystemExit(f"{host}:{port} is unreachable: host down, or its firewall rejects us") from exc
            time.sleep(random.uniform(0, base * 2**attempt))  # full jitter


connect(host, port)
""",
        ),
        see_also=("network-unreachable", "connect-timeout", "connection-refused", "connect-not-permitted"),
        since="0.1.0",
        sources=("RFC 1122", "RFC 4443", "connect(2)", "ip(7)", "icmp(7)", "arp(7)"),
    ),
    Entry(
        code="network-unreachable",
        title="No route from here",
        stage="connect",
        phase="connect",
        retry="safe",
        errnos=("ENETUNREACH", "ENETDOWN"),
        cause=(
            "This machine has no route to {host}: its network is down, or it has no address of that family (IPv6). "
            "Usually no packet has left."
        ),
        hints=(
            Hint(
                when=("ipv6", "ci"),
                text="Use IPv4: this attempt went to an IPv6 address, and most hosted CI runners have no IPv6.",
            ),
            Hint(
                when=("ipv6", "container"),
                text=(
                    "Use IPv4, or give the container IPv6: Docker's networks have none unless `ipv6: true` is set (and "
                    "`enable_ipv6` for a compose network)."
                ),
            ),
            Hint(
                when=("public", "container"),
                text=(
                    "Check the container's network: `--network none` and networks marked `internal: true` have no "
                    "route to the outside. `ip route` inside must show a default."
                ),
            ),
            Hint(
                when=("ipv6",),
                text=(
                    "Use IPv4: this attempt went to an IPv6 address, and this machine has no IPv6 route (`ip -6 "
                    "route`). Let the client try all addresses, or prefer IPv4 in gai.conf."
                ),
            ),
            Hint(
                when=("errno=ENETDOWN",),
                text="Bring the interface up: `ip link` shows the one that is DOWN.",
            ),
            Hint(
                when=("private",),
                text=(
                    "Connect the VPN, or add the route: {host} is a private address, and `ip route get {host}` finds "
                    "no way to it from here."
                ),
            ),
            Hint(
                when=("container",),
                text=(
                    "Look at `ip route` inside the container: without a default route it reaches its own network only."
                ),
            ),
            Hint(
                when=("ci",),
                text="Check whether this step may use the network: sandboxed builds have no route on purpose.",
            ),
            Hint(
                when=("ipv4",),
                text=(
                    "Check that this machine has an IPv4 route (`ip -4 route`): on an IPv6-only host, a program that "
                    "insists on IPv4 ends here."
                ),
            ),
            Hint(
                text=(
                    "Check the machine's own network: `ip route` must show a default route (`netstat -rn` on macOS, "
                    "`route print` on Windows). If it does not, Wi-Fi, cable, VPN or DHCP is the problem."
                ),
            ),
            Hint(
                text=(
                    "If the machine has just booted or woken up, wait and retry with backoff and jitter: nothing "
                    "reached the server. As a service, start after `network-online.target`."
                ),
            ),
        ),
        about=(
            "connect(2) looks into the routing table before it sends anything. Without a matching route it fails at "
            "once with ENETUNREACH. The same number can come from outside, when a router further on has no route and "
            "says so by ICMP.\n\n"
            "Most often only one family is missing. A name has an IPv6 address (AAAA) and an IPv4 address (A), the "
            "machine or container has no IPv6, and the program tries only the first address. getaddrinfo(3) leaves out "
            "families that are not configured only if it is asked to (AI_ADDRCONFIG), and a link-local address is "
            "enough for it to think that IPv6 is there.\n\n"
            "ENETDOWN says that the interface itself is down. The numbers are 101 and 100 on Linux, 51 and 50 on "
            "macOS, 10051 and 10050 on Windows."
        ),
        wire=(
            Message("program", "kernel", "connect() to 2001:db8::1"),
            Message("kernel", "kernel", "finds no route, sends nothing"),
            Message("kernel", "program", "ENETUNREACH"),
            Message("program", "program", "raises OSError"),
        ),
        causes=(
            Cause(
                text="The client picks an IPv6 address, and the machine has no IPv6 route.",
                sources=(
                    "websocket-client/websocket-client#522",
                    "lgc-NB2Dev/nonebot-plugin-picmcstat#29",
                    "bannedbook/fanqiang#270",
                    "kubernetes/kubernetes#107139",
                ),
            ),
            Cause(
                text="The machine was suspended, or its network was down for a moment.",
                sources=("martin-ueding/vigilant-crypto-snatch#23",),
            ),
            Cause(
                text="The host has IPv6 only, and the client is wired to IPv4.",
                sources=("rucio/rucio#2245",),
            ),
            Cause(
                text="IPv6 is switched on for the container's network, but its packets have no way out.",
                sources=("moby/moby#20559", "tailscale/tailscale#12151"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Docker gives containers IPv4 only, unless told otherwise. `--network none` and `internal: true` "
                    "leave no default route at all."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "The cluster has one family, the name has addresses of both: an IPv4-only pod can't use the AAAA "
                    "one."
                ),
            ),
            Scenario(
                where="laptop",
                text="Wi-Fi off, VPN down, or just awake: the route comes back some seconds later.",
            ),
            Scenario(
                where="CI",
                text="Hosted runners mostly have no IPv6; build sandboxes have no network.",
            ),
        ),
        raises=Example(
            fault="unreachable-network",
            code="""\
import socket

socket.create_connection((host, port), timeout=1)
""",
        ),
        fixed=Example(
            fault="unreachable-network",
            ends="error",
            code="""\
import random
import socket
import time


def connect(host, port, *, attempts=3, timeout=1.0, base=0.1):
    for attempt in range(attempts):
        try:
            # Tries every address of the name, IPv6 and IPv4, and keeps what went wrong with each.
            return socket.create_connection((host, port), timeout=timeout, all_errors=True)
        except ExceptionGroup as group:
            if attempt == attempts - 1:
                reasons = ", ".join(str(exc) for exc in group.exceptions)
                raise SystemExit(f"no route to {host}:{port} ({reasons}): is the network or the VPN up?") from group
            time.sleep(random.uniform(0, base * 2**attempt))  # full jitter


connect(host, port)
""",
        ),
        see_also=("host-unreachable", "connect-timeout", "address-not-available"),
        since="0.1.0",
        sources=("RFC 6724", "RFC 8305", "connect(2)", "ip(7)", "gai.conf(5)", "getaddrinfo(3)"),
    ),
    Entry(
        code="address-not-available",
        title="The local address can't be used",
        stage="connect",
        phase="connect",
        retry="after-fix",
        errnos=("EADDRNOTAVAIL",),
        cause=(
            "This machine has no local address for {endpoint}: the address to bind to is not its own, the family is "
            "switched off (::1 without IPv6), or all its local ports for that peer are in use."
        ),
        hints=(
            Hint(
                when=("phase=bind", "localhost"),
                text=(
                    "Bind to 127.0.0.1 or 0.0.0.0 instead of localhost: here localhost means ::1, and this system has "
                    "no IPv6."
                ),
            ),
            Hint(
                when=("phase=bind", "loopback", "ipv6"),
                text="Bind to 127.0.0.1 or 0.0.0.0: this system has no IPv6, so ::1 is not its address.",
            ),
            Hint(
                when=("phase=bind", "container"),
                text=(
                    "Bind to 0.0.0.0: a container does not own the addresses of its host. Publish the port to choose "
                    "the host's address (`-p ADDRESS:PORT:PORT`)."
                ),
            ),
            Hint(
                when=("phase=bind", "public"),
                text=(
                    "Bind to 0.0.0.0, or to the private address of the interface: a cloud machine's public address "
                    "lives on a NAT gateway outside it."
                ),
            ),
            Hint(
                when=("phase=connect", "localhost"),
                text=(
                    "Dial 127.0.0.1 instead of localhost: here localhost means ::1, and this system (often a "
                    "container) has no IPv6."
                ),
            ),
            Hint(
                when=("phase=connect", "loopback", "ipv6"),
                text="Dial 127.0.0.1: this system (often a container) has no IPv6, so ::1 is not its address.",
            ),
            Hint(
                when=("phase=connect", "ipv6"),
                text="Use IPv4: this machine has no IPv6 address from which it could reach {host}.",
            ),
            Hint(
                when=("phase=connect", "port=0"),
                text="Set the port: 0 is no port that anybody can dial.",
            ),
            Hint(
                when=("phase=bind",),
                text=(
                    "Bind to an address that this machine has (`ip address`), or to 0.0.0.0 for all of them. An "
                    "address that moves between machines needs `net.ipv4.ip_nonlocal_bind=1`."
                ),
            ),
            Hint(
                when=("phase=connect",),
                text=(
                    "Reuse connections (a pool, a session, keep-alive): the local ports towards this server are used "
                    "up, most of them in TIME_WAIT. Count them with `ss -tan state time-wait | wc -l`."
                ),
            ),
            Hint(
                text=(
                    "If this is a server that starts, give it an address of this machine, or 0.0.0.0. The error is not "
                    "about the port: a port in use reads `Address already in use`."
                ),
            ),
            Hint(
                text=(
                    "If this is a client with many short connections, reuse them; widening "
                    "`net.ipv4.ip_local_port_range` only gains time. After a pause of a minute the ports are free "
                    "again."
                ),
            ),
        ),
        about=(
            "bind(2) gives a socket its own address, and the kernel accepts only addresses that an interface of this "
            "machine has. An address of another machine, of the host around a container or of the NAT gateway before a "
            "cloud machine fails with EADDRNOTAVAIL, and so does ::1 where IPv6 is switched off.\n\n"
            "connect(2) without bind chooses address and port itself. There are about 28,000 ports "
            "(`net.ipv4.ip_local_port_range`), each usable once for the same peer and port. The side that closes first "
            "keeps its port in TIME_WAIT for one minute. A program that opens 500 connections a second to one server "
            "has none left after that minute.\n\n"
            "The number is 99 on Linux, 49 on macOS, 10049 on Windows. Port 0 as a destination also ends here on macOS "
            "and Windows."
        ),
        wire=(
            Message("program", "kernel", "bind() to 192.0.2.1"),
            Message("kernel", "kernel", "finds no interface with this address"),
            Message("kernel", "program", "EADDRNOTAVAIL"),
            Message("program", "program", "raises OSError"),
        ),
        causes=(
            Cause(
                text="Many short connections use up the local ports (TIME_WAIT).",
                sources=("jtpereyda/boofuzz#296", "benhoyt/graphyte#2", "paramiko/paramiko#1649", "mozilla/sumo#2179"),
            ),
            Cause(
                text="A server binds to localhost, which means ::1 on a host without IPv6.",
                sources=(
                    "instructlab/instructlab#667",
                    "vllm-project/vllm#1288",
                    "agiresearch/AIOS#503",
                    "docker-library/python#261",
                ),
            ),
            Cause(
                text="A server binds to an address that the machine does not own.",
                sources=("shadowsocks/shadowsocks#412", "morpheus65535/bazarr#774"),
            ),
            Cause(
                text="A container dials localhost, and the only answer for it is ::1.",
                sources=("hack4impact/flask-base#214", "kernelci/kernelci-core#305"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Inside, the only addresses are 127.0.0.1 and the container's own; the host's are not there. IPv6 "
                    "is usually off, so ::1 does not exist. Bind to 0.0.0.0."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "Bind to 0.0.0.0 or to the pod's own address (downward API, `status.podIP`), never to a Service's."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "A proxy in front of one backend has one peer, and so 28,000 ports for all its connections. Let it "
                    "keep them open."
                ),
            ),
            Scenario(
                where="laptop",
                text="The configured address belonged to yesterday's network.",
            ),
        ),
        raises=Example(
            fault="foreign-address",
            code="""\
import socket

socket.create_server((host, port))
""",
        ),
        fixed=Example(
            fault="foreign-address",
            ends="error",
            code="""\
import errno
import socket

try:
    server = socket.create_server((host, port))
except OSError as exc:
    if exc.errno != errno.EADDRNOTAVAIL:
        raise
    # Choosing another address by itself would open the service to the wrong network: stop and say so.
    raise SystemExit(f"LISTEN_HOST={host!r} is no address of this machine: see `ip address`") from exc
""",
        ),
        see_also=("address-in-use", "network-unreachable", "connection-refused"),
        since="0.1.0",
        sources=("RFC 9293", "RFC 6056", "bind(2)", "connect(2)", "ip(7)", "tcp(7)"),
    ),
    Entry(
        code="address-in-use",
        title="The port is taken",
        stage="connect",
        phase="bind",
        retry="after-fix",
        errnos=("EADDRINUSE",),
        cause=(
            "Another socket already holds {endpoint}: mostly an earlier instance of the same program that still runs, "
            "or another program on the same port."
        ),
        hints=(
            Hint(
                when=("platform=macos", "port=5000"),
                text=(
                    "Switch off AirPlay Receiver (System Settings > General > AirDrop & Handoff), or use another port: "
                    "macOS itself listens on 5000 and 7000."
                ),
            ),
            Hint(
                when=("platform=macos", "port=7000"),
                text=(
                    "Switch off AirPlay Receiver (System Settings > General > AirDrop & Handoff), or use another port: "
                    "macOS itself listens on 5000 and 7000."
                ),
            ),
            Hint(
                when=("unix", "phase=bind"),
                text=(
                    "Remove the socket file {endpoint} once you are sure that nobody serves it (`ss -xl`): it outlives "
                    "a process that died. Programs should unlink it before they bind."
                ),
            ),
            Hint(
                when=("phase=connect",),
                text=(
                    "Reuse connections: no local port is left for {endpoint}, or the program binds its client socket "
                    "to a fixed port. Leave that port 0."
                ),
            ),
            Hint(
                when=("ci",),
                text=(
                    "Let each test bind to port 0 and ask for the port it got (`getsockname()`): jobs in parallel, or "
                    "an earlier job that was not cleaned up, hold port {port}."
                ),
            ),
            Hint(
                when=("kubernetes",),
                text=(
                    "Check `hostNetwork` and `hostPort`: with them two pods share a node's ports. Containers of one "
                    "pod always share them, sidecars too."
                ),
            ),
            Hint(
                when=("container",),
                text=(
                    "Check that the start command does not start the server twice (entry point and reloader), and that "
                    "the container does not use the host's network, where {port} may be taken."
                ),
            ),
            Hint(
                when=("platform=windows",),
                text=(
                    "Find the process that holds it: `netstat -ano | findstr :{port}` names its process id. Stop it, "
                    "or choose another port."
                ),
            ),
            Hint(
                when=("platform=macos",),
                text=(
                    "Find the process that holds it: `lsof -nP -iTCP:{port} -sTCP:LISTEN`. Often it is this program's "
                    "last run, suspended with Ctrl-Z or left in the background. Stop it, or choose another port."
                ),
            ),
            Hint(
                when=("platform=linux",),
                text=(
                    "Find the process that holds it: `ss -ltnp 'sport = :{port}'` as root. Often it is this program's "
                    "last run, suspended with Ctrl-Z or left in the background. Stop it, or choose another port."
                ),
            ),
            Hint(
                when=("platform=unknown",),
                text=(
                    "If an earlier run may still be there, find the process and stop it: `ss -ltnp 'sport = :{port}'` "
                    "(Linux), `lsof -nP -iTCP:{port} -sTCP:LISTEN` (macOS), `netstat -ano | findstr :{port}` (Windows)."
                ),
            ),
            Hint(
                text=(
                    "If nobody listens there, it is TIME_WAIT after a restart: set SO_REUSEADDR before bind "
                    "(`socket.create_server` and asyncio do), or wait a minute."
                ),
            ),
            Hint(
                text=(
                    "If this is a development server, start it once: a reloader, two workers or an import that starts "
                    "the server bind the same port twice."
                ),
            ),
        ),
        about=(
            "bind(2) or listen(2) fails with EADDRINUSE when another socket holds the same address and port. 0.0.0.0 "
            "collides with every address of the machine, and on Linux `::` collides with 0.0.0.0 as well, unless "
            "IPV6_V6ONLY is set.\n\n"
            "After a server has closed connections, they stay in TIME_WAIT for a minute. Without SO_REUSEADDR that is "
            "enough to keep the port; with it, only a listening socket is. On Windows SO_REUSEADDR means something "
            "else: it lets a second program take the same port away, so Python's `create_server` does not set it "
            "there.\n\n"
            "A unix socket is a file: bind fails while the file exists, even when the process that made it is long "
            "gone. The number is 98 on Linux, 48 on macOS, 10048 on Windows."
        ),
        wire=(
            Message("holder", "kernel", "bind() to port 8000, listen()"),
            Message("kernel", "holder", "done"),
            Message("program", "kernel", "bind() to port 8000"),
            Message("kernel", "kernel", "finds the port held"),
            Message("kernel", "program", "EADDRINUSE"),
            Message("program", "program", "raises OSError"),
        ),
        causes=(
            Cause(
                text="An earlier instance of the same program still runs.",
                sources=(
                    "plotly/dash#45",
                    "gekware/minecraft-server-hibernation#8",
                    "cabernetwork/cabernet#79",
                    "SJTU-IPADS/OS-Course-Lab#99",
                ),
            ),
            Cause(
                text="Another program uses that port.",
                sources=("0ang3el/aem-hacker#28", "replicate/cog#1099", "chainloop-dev/chainloop#155"),
            ),
            Cause(
                text="The server restarts, its old connections are in TIME_WAIT, and SO_REUSEADDR is not set.",
                sources=("mlcommons/power-dev#61", "cherrypy/cherrypy#11", "cofactoryai/textbase#63"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Inside, ports are the container's own, so a conflict comes from the container itself. `port is "
                    "already allocated` from Docker is about the host's port."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text="All containers of a pod share one network: two of them can't listen on the same port.",
            ),
            Scenario(
                where="laptop",
                text="The last run sits in another terminal. On a Mac, AirPlay Receiver holds 5000 and 7000.",
            ),
            Scenario(
                where="CI",
                text="Tests that run in parallel with fixed ports collide; bind to port 0 and pass the result on.",
            ),
        ),
        raises=Example(
            fault="port-taken",
            code="""\
import socket

socket.create_server((host, port))
""",
        ),
        fixed=Example(
            fault="port-taken",
            ends="error",
            code="""\
import errno
import socket
import time


def listen(host, port, *, attempts=3, pause=0.2):
    for attempt in range(attempts):  # a predecessor that shuts down needs a moment
        try:
            return socket.create_server((host, port))
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:
                raise
            if attempt == attempts - 1:
                raise SystemExit(f"port {port} is taken: another instance? see `ss -ltnp 'sport = :{port}'`") from exc
            time.sleep(pause)


server = listen(host, port)
""",
        ),
        see_also=("address-not-available", "connect-not-permitted"),
        since="0.1.0",
        sources=("RFC 9293", "bind(2)", "listen(2)", "socket(7)", "tcp(7)", "unix(7)"),
    ),
    Entry(
        code="connect-not-permitted",
        title="The system forbids it",
        stage="connect",
        phase="connect",
        retry="after-fix",
        errnos=("EACCES", "EPERM"),
        cause=(
            "The operating system forbids this process to use {endpoint}: a rule of its security module or firewall, "
            "the rights of a socket file, or a port below 1024. No packet went out."
        ),
        hints=(
            Hint(
                when=("unix", "container"),
                text=(
                    "Give the container's user the group that owns {endpoint} on the host (`stat -c %g {endpoint}`, "
                    "then `--group-add`): the numbers count, not the names."
                ),
            ),
            Hint(
                when=("phase=bind", "platform=windows"),
                text=(
                    "Check whether the port is reserved: `netsh interface ipv4 show excludedportrange protocol=tcp`. "
                    "Hyper-V, WSL 2 and Docker reserve ranges at boot; choose another port, or restart `winnat`."
                ),
            ),
            Hint(
                when=("phase=bind", "container"),
                text=(
                    "Listen on a port from 1024 up, such as 8080, and publish it as the small one (`-p 80:8080`): the "
                    "container's user may not bind to small ports."
                ),
            ),
            Hint(
                when=("library=docker",),
                text=(
                    "Add this user to the group `docker` and log in again, or use rootless Docker. Whoever may use the "
                    "daemon's socket is root on this machine."
                ),
            ),
            Hint(
                when=("unix",),
                text=(
                    "Check who may write to {endpoint} and enter its directories (`namei -l {endpoint}`): connecting "
                    "needs write permission. Join the file's group, then log in again."
                ),
            ),
            Hint(
                when=("phase=bind",),
                text=(
                    "Listen on a port from 1024 up, or allow small ones: `setcap cap_net_bind_service=+ep` on the "
                    "program, `AmbientCapabilities=CAP_NET_BIND_SERVICE` in the unit, or a proxy in front."
                ),
            ),
            Hint(
                when=("platform=windows",),
                text=(
                    "Look at Windows Firewall and at the antivirus: error 10013 on a connection that goes out is a "
                    "rule against this program."
                ),
            ),
            Hint(
                when=("platform=linux", "server-side", "!unix"),
                text=(
                    "Check SELinux: a web server may not connect out by default. `ausearch -m avc -ts recent` shows "
                    "it; `setsebool -P httpd_can_network_connect on` allows it."
                ),
            ),
            Hint(
                when=("errno=EACCES",),
                text=(
                    "On Linux, look for a denial by SELinux or AppArmor: `ausearch -m avc -ts recent`, `journalctl -k "
                    "-g DENIED`. For code that runs in a web server: `setsebool -P httpd_can_network_connect on`."
                ),
            ),
            Hint(
                when=("errno=EPERM",),
                text=(
                    "Look for what filters this process: an OUTPUT rule of the firewall, eBPF policies of the cluster, "
                    "`IPAddressDeny=` in the systemd unit, the sandbox of an app on macOS."
                ),
            ),
            Hint(
                when=("phase=send",),
                text="Set SO_BROADCAST on the socket if the address is a broadcast one, or correct the netmask.",
            ),
            Hint(
                text=(
                    "If it is an outgoing connection, look for a rule on this machine: SELinux or AppArmor, `nft list "
                    "ruleset`, a `prohibit` route (`ip route`), an antivirus."
                ),
            ),
            Hint(
                text=(
                    "If it is a server that starts, use a port from 1024 up; if it is a unix socket, check the file's "
                    "owner and group. A retry does not help."
                ),
            ),
        ),
        about=(
            "The kernel refuses the system call before or while it sends anything. EACCES comes from SELinux, "
            "AppArmor, a `prohibit` route or an ICMP `administratively prohibited`, from a small port that is bound "
            "without privileges, and from datagrams to a broadcast address without SO_BROADCAST. EPERM comes from "
            "packet filters, eBPF programs and sandboxes.\n\n"
            "A unix socket is guarded by its file: connecting needs write permission on the file and search permission "
            "on all directories above it. A process keeps the groups with which it was started, so a new group counts "
            "only after a new login.\n\n"
            "Python maps both numbers to `PermissionError`, the class that files raise as well; only a socket call "
            "means this code. Windows says 10013 (WSAEACCES), also for ports that another component has reserved."
        ),
        wire=(
            Message("program", "kernel", "connect()"),
            Message("kernel", "kernel", "finds a rule that forbids it"),
            Message("kernel", "program", "EACCES or EPERM"),
            Message("program", "program", "raises PermissionError"),
        ),
        causes=(
            Cause(
                text="SELinux keeps a web server from connecting out.",
                sources=(
                    "GrahamDumpleton/mod_wsgi#501",
                    "GrahamDumpleton/mod_wsgi#638",
                    "INGInious/INGInious#344",
                    "voxpupuli/puppet-zabbix#477",
                    "bacchus-ng/bacchus#36",
                ),
            ),
            Cause(
                text="The user may not use the unix socket of a daemon such as Docker's.",
                sources=("Spycsh/Bugs#22", "domdfcoding/pynist#24"),
            ),
            Cause(
                text="On Windows, Hyper-V or WSL 2 has reserved the port.",
                sources=(
                    "XX-net/XX-Net#13552",
                    "davesc63/GeoPort#48",
                    "txthinking/brook#899",
                    "qbittorrent/qBittorrent#13019",
                ),
            ),
            Cause(
                text="A program without privileges binds to a port below 1024.",
                sources=("ip(7)",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "A mounted /var/run/docker.sock keeps the group number of the host. Small ports are allowed to "
                    "unprivileged users by Docker since 20.10, by other runtimes often not."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "With `runAsNonRoot` listen on 8080 and let the Service map 80 to it. Some network plug-ins "
                    "enforce policies by eBPF at connect(2), which shows as EPERM instead of a time-out."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "Windows: a reserved port range or the antivirus. Linux: not yet in the group `docker` since the "
                    "last login."
                ),
            ),
            Scenario(
                where="CI",
                text=(
                    "Rootless runners can't bind to small ports, and their Docker socket is somewhere else "
                    "(DOCKER_HOST)."
                ),
            ),
        ),
        raises=Example(
            fault="prohibited",
            code="""\
import socket

socket.create_connection((host, port), timeout=1)
""",
        ),
        fixed=Example(
            fault="prohibited",
            ends="error",
            code="""\
import socket

try:
    connection = socket.create_connection((host, port), timeout=1)
except PermissionError as exc:
    # A retry can't help: say at once who has to change what.
    raise SystemExit(f"this system forbids connections to {host}:{port} ({exc.strerror}): firewall, SELinux?") from exc
""",
        ),
        see_also=("host-unreachable", "socket-file-missing", "address-in-use"),
        since="0.1.0",
        sources=("connect(2)", "bind(2)", "send(2)", "unix(7)", "ip(7)", "capabilities(7)"),
    ),
    Entry(
        code="socket-file-missing",
        title="The socket file is not there",
        stage="connect",
        phase="connect",
        retry="safe",
        errnos=("ENOENT",),
        cause=(
            "The socket file to connect to ({endpoint}) does not exist: the daemon that makes it does not run, or it "
            "keeps its socket in another place."
        ),
        hints=(
            Hint(
                when=("library=docker", "container"),
                text=(
                    "Mount the daemon's socket into the container (`-v /var/run/docker.sock:/var/run/docker.sock`), or "
                    "set DOCKER_HOST to a daemon that is reachable by network."
                ),
            ),
            Hint(
                when=("library=docker", "platform=macos"),
                text=(
                    "Start Docker Desktop and set DOCKER_HOST=unix://$HOME/.docker/run/docker.sock: it makes "
                    "/var/run/docker.sock only if you allow it in its settings."
                ),
            ),
            Hint(
                when=("library=docker", "wsl"),
                text="Start Docker Desktop on Windows and switch on the WSL integration for this distribution.",
            ),
            Hint(
                when=("library=docker",),
                text=(
                    "Start the daemon (`systemctl start docker`). If it runs, `docker context ls` shows where its "
                    "socket is; set DOCKER_HOST to that: rootless Docker, Docker Desktop and Podman keep it elsewhere."
                ),
            ),
            Hint(
                when=("service=PostgreSQL",),
                text=(
                    "Start PostgreSQL, or set the host: without one, the client looks for a local socket file. `SHOW "
                    "unix_socket_directories` tells where the server keeps it; `host=localhost` goes by TCP."
                ),
            ),
            Hint(
                when=("library=psycopg",),
                text=(
                    "Start PostgreSQL, or set the host: without one, the client looks for a local socket file. `SHOW "
                    "unix_socket_directories` tells where the server keeps it; `host=localhost` goes by TCP."
                ),
            ),
            Hint(
                when=("library=psycopg2",),
                text=(
                    "Start PostgreSQL, or set the host: without one, the client looks for a local socket file. `SHOW "
                    "unix_socket_directories` tells where the server keeps it; `host=localhost` goes by TCP."
                ),
            ),
            Hint(
                when=("service=MySQL",),
                text=(
                    "Use 127.0.0.1 instead of localhost to go by TCP: for MySQL's C client, localhost means the socket "
                    "file. In a container, use the service's name."
                ),
            ),
            Hint(
                when=("container",),
                text=(
                    "Mount the directory of {endpoint} into this container: a socket file of the host, or of another "
                    "container, is not visible here."
                ),
            ),
            Hint(
                when=("kubernetes",),
                text="Share the directory of {endpoint} between the containers of the pod by an `emptyDir` volume.",
            ),
            Hint(
                text=(
                    "If the daemon should run here, start it and look where it listens: `ss -xl` lists all socket "
                    "files. Compare that path with the configured one."
                ),
            ),
            Hint(
                text=(
                    "If the daemon is just starting, wait for the file with a bounded, growing pause: nothing was "
                    "sent, so a retry is safe."
                ),
            ),
        ),
        about=(
            "A unix socket lives in the file system. The server's bind(2) creates the file; a client's connect(2) "
            "looks it up like any other path and fails with ENOENT when a part of the path is missing. When the file "
            "is there but nobody listens, it fails with ECONNREFUSED instead.\n\n"
            "Python raises `FileNotFoundError`, as for a file that can't be opened, and without a file name: that "
            "makes it hard to see that this is a connection failure. Libraries wrap it in words such as `Connection "
            "aborted` or `Error while fetching server API version`.\n\n"
            "Each container, and each systemd service with PrivateTmp, has a file system of its own: the same path "
            "names another file there."
        ),
        wire=(
            Message("program", "kernel", "connect() to /run/app.sock"),
            Message("kernel", "kernel", "finds no such file"),
            Message("kernel", "program", "ENOENT"),
            Message("program", "program", "raises FileNotFoundError"),
        ),
        causes=(
            Cause(
                text="The local daemon does not run.",
                sources=("docker/compose#7896", "tomasonjo/NeoGPT-Explorer#2", "odoo/odoo#108748"),
            ),
            Cause(
                text="The daemon keeps its socket elsewhere: Docker Desktop, rootless Docker, another distribution.",
                sources=(
                    "docker/docker-py#3059",
                    "agentsea/surfkit#8",
                    "valory-xyz/trader-quickstart#251",
                    "psycopg/psycopg2#538",
                ),
            ),
            Cause(
                text="The program runs in a container that does not have the host's socket file.",
                sources=("docker/docker-py#2683",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "The host's socket files are not there unless mounted. For databases, use TCP and the service's "
                    "name."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text="Most nodes have no Docker daemon any more, so /var/run/docker.sock is not there to be mounted.",
            ),
            Scenario(
                where="laptop",
                text="Docker Desktop is not started, or its socket is below the home directory.",
            ),
            Scenario(
                where="CI",
                text="The job's container lacks the socket: add the Docker-in-Docker service, or mount it.",
            ),
        ),
        raises=Example(
            fault="no-socket-file",
            code="""\
import socket

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(path)
""",
        ),
        fixed=Example(
            fault="no-socket-file",
            ends="result",
            code="""\
import random
import socket
import time


def connect(path, *, attempts=10, timeout=1.0, base=0.1, cap=1.0):
    for attempt in range(attempts):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        try:
            connection.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):  # the daemon is not up yet
            connection.close()
            if attempt == attempts - 1:
                raise
            time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter
        else:
            return connection


with connect(path) as connection:
    result = connection.getpeername()
""",
        ),
        see_also=("connection-refused", "connect-not-permitted"),
        since="0.1.0",
        sources=("connect(2)", "bind(2)", "unix(7)"),
    ),
    Entry(
        code="proxy-failure",
        title="The proxy can't be used",
        stage="connect",
        phase="connect",
        retry="safe",
        cause=(
            "The connection to {endpoint} failed at the proxy: it refuses, does not answer, or its name does not "
            "resolve. The target behind it was not reached, and may be fine."
        ),
        hints=(
            Hint(
                when=("loopback", "container"),
                text=(
                    "Correct the proxy's address: in a container, {host} is the container itself. Docker passes "
                    "`proxies` of ~/.docker/config.json on to each container; use host.docker.internal or a real name."
                ),
            ),
            Hint(
                when=("proxy-set", "kubernetes"),
                text=(
                    "Add .svc, .cluster.local and the cluster's address ranges to NO_PROXY: names inside the cluster "
                    "must not go to the proxy."
                ),
            ),
            Hint(
                when=("errno=ECONNREFUSED",),
                text=(
                    "Start the proxy, or correct its port: nothing listens on {endpoint}. A VPN client or debugging "
                    "proxy that was closed leaves such a setting behind; then unset it (`env | grep -i _proxy`), or "
                    "add the host to NO_PROXY."
                ),
            ),
            Hint(
                when=("errno=EAI_NONAME",),
                text=(
                    "Correct the proxy's name, {host}: it does not resolve. Write `http://NAME:PORT`, and "
                    "percent-encode special characters in its password."
                ),
            ),
            Hint(
                when=("errno=EAI_AGAIN",),
                text=(
                    "Check DNS for the proxy's name, {host}: no resolver answers. Outside the company it may not exist."
                ),
            ),
            Hint(
                when=("ssl-reason=WRONG_VERSION_NUMBER",),
                text=(
                    "Begin the proxy's URL with `http://`, also in HTTPS_PROXY: it names the protocol spoken to the "
                    "proxy, and most proxies speak plain HTTP."
                ),
            ),
            Hint(
                when=("!proxy-set", "platform=windows"),
                text=(
                    "Look at the system's proxy (Settings > Network & internet > Proxy): where no variable is set, the "
                    "client takes it from there. A closed VPN or debugging proxy often leaves it switched on."
                ),
            ),
            Hint(
                when=("!proxy-set", "platform=macos"),
                text=(
                    "Look at the system's proxy (`scutil --proxy`): where no variable is set, the client takes it from "
                    "there, or from the program's own settings."
                ),
            ),
            Hint(
                when=("proxy-set",),
                text=(
                    "Check that the proxy is wanted here: `env | grep -i _proxy` shows the variables, in both "
                    "spellings. Hosts that are reachable without it, localhost among them, belong in NO_PROXY."
                ),
            ),
            Hint(
                text=(
                    "If you do not need a proxy, remove the setting: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY in upper and "
                    "lower case, the system's own, or the program's. For one host, add it to NO_PROXY."
                ),
            ),
            Hint(
                text=(
                    "If you need it, try it alone: `curl -v -x http://PROXY:PORT https://example.org`. A 407 asks for "
                    "a login, a 403 or 503 is the proxy's own answer about the target."
                ),
            ),
        ),
        about=(
            "With a proxy the client connects to the proxy and asks it to go on: for `http:` by sending the whole URL, "
            "for `https:` by the method CONNECT, after which the proxy only passes bytes (RFC 9110, section 9.3.6). "
            "SOCKS proxies do the same for any protocol. Everything before that answer happens between client and "
            "proxy.\n\n"
            "So the address in the message is usually the target's, while the one that failed is the proxy's. "
            "Libraries tell it by a class of their own (`ProxyError`); the standard library does not, there a refused "
            "proxy is a plain `ConnectionRefusedError`.\n\n"
            "Where the setting comes from is often a surprise: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY in "
            "upper and lower case, the system's settings on Windows and macOS, ~/.docker/config.json, pip.conf, "
            ".npmrc. NO_PROXY is read differently by each library: wildcards, leading dots and address ranges work in "
            "some only."
        ),
        wire=(
            Message("client", "proxy", "SYN"),
            Message("proxy", "proxy", "no socket listens on this port"),
            Message("proxy", "client", "RST, ACK"),
            Message("server", "server", "is never asked"),
            Message("client", "client", "raises ProxyError"),
        ),
        causes=(
            Cause(
                text="Proxy variables or system settings are in force without anybody thinking of them.",
                sources=("mcp-use/mcp-use#26", "DataDog/dd-agent#1112", "ternjs/tern_for_vim#47", "psf/requests#2720"),
            ),
            Cause(
                text="The proxy's URL begins with https://, but the proxy speaks plain HTTP.",
                sources=("encode/httpx#951", "psf/requests#5843", "encode/httpx#1068", "nishiwen1214/ChatReviewer#22"),
            ),
            Cause(
                text="The proxy's own name does not resolve, or its address has a typo.",
                sources=("XX-net/XX-Net#8629", "psf/requests#2875", "psf/requests#5320"),
            ),
            Cause(
                text="The proxy, or the helper service in between, is down.",
                sources=("jas502n/CVE-2019-16759#1", "scrapy-plugins/scrapy-splash#113"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "The variables come from ~/.docker/config.json or from build arguments. A proxy at 127.0.0.1 on "
                    "the host is not there inside."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "NO_PROXY needs the Services' names, .svc, .cluster.local and the pods' and Services' address "
                    "ranges."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "Off the company's network its proxy does not exist; a closed VPN client leaves the setting behind."
                ),
            ),
            Scenario(
                where="CI",
                text=(
                    "Self-hosted runners inherit the proxy of their service; service containers need to be in NO_PROXY."
                ),
            ),
        ),
        raises=Example(
            fault="proxy-refuses",
            code="""\
import requests

proxy = f"http://{host}:{port}"
requests.get("http://shop.example/", proxies={"http": proxy}, timeout=1)
""",
        ),
        fixed=Example(
            fault="proxy-refuses",
            ends="result",
            code="""\
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

proxy = f"http://{host}:{port}"
# Only failures to connect are repeated, whatever the method: the proxy has passed nothing on.
retry = Retry(total=8, connect=8, read=0, backoff_factor=0.1, backoff_max=1, backoff_jitter=0.1)
with requests.Session() as session:
    session.trust_env = False  # the proxy below, and no other
    session.proxies = {"http": proxy}
    session.mount("http://", HTTPAdapter(max_retries=retry))
    result = session.get("http://shop.example/", timeout=1).status_code
""",
        ),
        see_also=("connection-refused", "tls-not-spoken", "dns-name-not-found"),
        since="0.1.0",
        sources=("RFC 9110", "RFC 9112", "RFC 1928"),
    ),
)
