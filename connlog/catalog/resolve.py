"""
Codes of the stage `resolve`: a name is to become an address.

Data only: imports nothing of connlog but the nouns.
"""

from __future__ import annotations

from connlog._model import Cause, Entry, Example, Hint, Message, Scenario

ENTRIES: tuple[Entry, ...] = (
    Entry(
        code="dns-name-not-found",
        title="The name does not resolve",
        stage="resolve",
        phase="resolve",
        retry="after-fix",
        errnos=("EAI_NONAME", "EAI_NODATA"),
        cause=(
            "DNS has no address for {host}: the name does not exist, or the resolver of this machine does not know it. "
            "No packet went to the server itself."
        ),
        hints=(
            Hint(
                when=("malformed-host",),
                text=(
                    'Correct the URL: "{host}" is no host name. Look for a doubled scheme (https://https://…), a '
                    "placeholder that was never filled in, or a password with @ / : # that is not percent-encoded."
                ),
            ),
            Hint(
                when=("single-label", "kubernetes", "!malformed-host"),
                text=(
                    "Check that a Service {host} exists in this pod's own namespace (`kubectl get service {host}`). In "
                    "another namespace it is called {host}.NAMESPACE."
                ),
            ),
            Hint(
                when=("single-label", "container", "!malformed-host"),
                text=(
                    "Check that the container {host} is up and shares a network with this one: `docker compose ps`, "
                    "then `docker network inspect`. The name is the service's key in compose.yaml, and the default "
                    "`bridge` network knows no names at all."
                ),
            ),
            Hint(
                when=("single-label", "ci", "!malformed-host"),
                text=(
                    "Use localhost and the published port where the job runs on the runner itself: the name {host} of "
                    "a service container exists only for jobs that run in a container."
                ),
            ),
            Hint(
                when=("library=botocore", "dotted", "!malformed-host"),
                text=(
                    "Check region and service: {host} is made of both, and a region without that service has no such "
                    "name. A wrong `endpoint_url` or a typo in AWS_DEFAULT_REGION looks the same."
                ),
            ),
            Hint(
                when=("dotted", "kubernetes", "!malformed-host"),
                text=(
                    "Write the name with a dot at its end ({host}.) or set `dnsConfig` option `ndots: 1`: with ndots:5 "
                    "the search domains are tried first, and images with musl (Alpine) give up at one bad answer."
                ),
            ),
            Hint(
                when=("dotted", "container", "!malformed-host"),
                text=(
                    "Compare `getent hosts {host}` in the container and on its host. If only the container fails, look "
                    "at its /etc/resolv.conf: Docker copies the host's when the container starts. Set `dns` in "
                    "daemon.json, or restart the container after a VPN change."
                ),
            ),
            Hint(
                when=("dotted", "proxy", "!malformed-host"),
                text=(
                    "Check that the client uses the proxy: it looked up {host} itself, while a proxy variable applies "
                    "to that host. Behind such a proxy, outside names often resolve only on the proxy."
                ),
            ),
            Hint(
                when=("localhost",),
                text="Restore `127.0.0.1 localhost` in /etc/hosts: this system lost the entry.",
            ),
            Hint(
                when=("single-label", "!malformed-host"),
                text=(
                    "Check where {host} is known: a name without a dot is a compose or Kubernetes service, or an entry "
                    "of /etc/hosts. Outside that network, use localhost with the published port, or the full name."
                ),
            ),
            Hint(
                when=("dotted", "!malformed-host", "platform=linux"),
                text=(
                    "Compare what this machine and the world say: `getent hosts {host}` here, `dig {host}` elsewhere. "
                    "An internal name needs the VPN or the company's resolver."
                ),
            ),
            Hint(
                when=("dotted", "!malformed-host", "platform=macos"),
                text=(
                    "Compare what this machine and the world say: `dscacheutil -q host -a name {host}` here, `dig "
                    "{host}` elsewhere. An internal name needs the VPN or the company's resolver."
                ),
            ),
            Hint(
                when=("dotted", "!malformed-host", "platform=windows"),
                text=(
                    "Compare what this machine and the world say: `Resolve-DnsName {host}` here and elsewhere. An "
                    "internal name needs the VPN or the company's resolver."
                ),
            ),
            Hint(
                when=("dotted", "!malformed-host", "platform=unknown"),
                text=(
                    "Compare what that machine and the world say: `getent hosts {host}` (macOS: `dscacheutil -q host "
                    "-a name {host}`, Windows: `Resolve-DnsName {host}`) there, `dig {host}` elsewhere. An internal "
                    "name needs the VPN or the company's resolver."
                ),
            ),
            Hint(
                text=(
                    "If the name comes from configuration or the environment, print it with `repr()` right before the "
                    "call: typos, a trailing blank or newline and unfilled placeholders show at once."
                ),
            ),
            Hint(
                text=(
                    "If the name is right, check which resolver is asked (`resolvectl status`, /etc/resolv.conf): a "
                    "VPN, a container or a company network each brings its own, and each knows other names."
                ),
            ),
        ),
        about=(
            "The program hands a name to getaddrinfo(3). The C library reads /etc/nsswitch.conf and asks its sources "
            "in turn: usually /etc/hosts first, then the DNS servers of /etc/resolv.conf, with the search domains "
            "appended to short names.\n\n"
            "A name server that is sure that the name does not exist answers NXDOMAIN; one that knows the name but has "
            "no address for it answers with no data. Both are valid, final answers, and they may be cached for as long "
            "as the zone says (RFC 2308), so a record that was added a minute ago may stay invisible for a while.\n\n"
            "Python raises `socket.gaierror`, a subclass of `OSError` whose number comes from getaddrinfo and not from "
            "errno: -2 (EAI_NONAME) or -5 (EAI_NODATA) on Linux, 8 on macOS, 11001 or 11004 on Windows. No connection "
            "was tried, so nothing reached any server, and the same name fails again until somebody changes something."
        ),
        wire=(
            Message("client", "client", "finds no entry in /etc/hosts"),
            Message("client", "resolver", "query: A, AAAA"),
            Message("resolver", "name server", "query: A, AAAA"),
            Message("name server", "resolver", "NXDOMAIN"),
            Message("resolver", "client", "NXDOMAIN"),
            Message("client", "client", "getaddrinfo() fails: EAI_NONAME"),
        ),
        causes=(
            Cause(
                text=(
                    "The URL is malformed: a scheme or a second host is glued to the host, a placeholder is left, or a "
                    "special character in the password ends the host early."
                ),
                sources=(
                    "zengfu94/MicrosoftRewards#43",
                    "SEC-API-io/sec-api-python#8",
                    "Ekultek/Zeus-Scanner#59",
                    "NagiosEnterprises/ncpa#612",
                    "DarkflameUniverse/AccountManager#7",
                    "berry8838/Sakura_embyboss#52",
                ),
            ),
            Cause(
                text=(
                    "A compose service name is used where it is not known: the service is down, on another network, or "
                    "the program runs outside."
                ),
                sources=(
                    "lawndoc/stack-back#76",
                    "Cloud-CV/Fabrik#530",
                    "codexgigassys/daas#27",
                    "docker/docs#5602",
                    "richardyc/Chrome-GPT#37",
                ),
            ),
            Cause(
                text="Kubernetes tries the search domains first (ndots:5), and a resolver stops at the first failure.",
                sources=("coredns/coredns#7212", "kiwix/operations#773", "kubernetes/kubernetes#64924"),
            ),
            Cause(
                text="The cloud region does not offer that service, so its name was never created.",
                sources=(
                    "cartography-cncf/cartography#1842",
                    "aws-samples/amazon-custom-entity-recognition-textract-comprehend#1",
                ),
            ),
            Cause(
                text="Only the proxy can resolve outside names, and the program does not use the proxy.",
                sources=("mfuentesg/SyncSettings#123",),
            ),
            Cause(
                text="The company's network or a filtering resolver hides the name.",
                sources=("Integration-Automation/ReEdgeGPT#50", "MongoEngine/mongoengine#2191"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Docker's own resolver (127.0.0.11) knows the containers of the networks that this one is attached "
                    "to, by service name and container name. It knows them only while they run, and never on the "
                    "default `bridge` network."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "`db` means `db.NAMESPACE.svc.cluster.local` of the pod's own namespace. A Service in another "
                    "namespace needs `db.other`; a headless Service has no address while no pod is ready."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "The name of a deleted or re-created load balancer disappears from DNS. Point the program at your "
                    "own CNAME, and let that follow the load balancer."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "Internal names exist only while the VPN is up, and only for programs that ask the VPN's resolver. "
                    "`ping` may succeed by mDNS or /etc/hosts where another program fails."
                ),
            ),
            Scenario(
                where="CI",
                text=(
                    "Service containers have names only inside their network: a job that runs directly on the runner "
                    "reaches them by localhost and the mapped port."
                ),
            ),
        ),
        raises=Example(
            fault="name-not-found",
            code="""\
import socket

socket.create_connection((host, port), timeout=1)
""",
        ),
        fixed=Example(
            fault="name-not-found",
            ends="error",
            code="""\
import socket

try:
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
except socket.gaierror as exc:
    if exc.errno not in (socket.EAI_NONAME, socket.EAI_NODATA):
        raise
    # The answer is final: say which setting is wrong, and stop instead of retrying.
    raise SystemExit(f"SERVER_HOST={host!r} does not resolve ({exc.strerror}): check the setting") from exc
""",
        ),
        see_also=("dns-temporary-failure", "dns-failure", "proxy-failure"),
        since="0.1.0",
        sources=(
            "RFC 1034",
            "RFC 2308",
            "RFC 6761",
            "getaddrinfo(3)",
            "hosts(5)",
            "resolv.conf(5)",
            "nsswitch.conf(5)",
        ),
    ),
    Entry(
        code="dns-temporary-failure",
        title="The resolver does not answer",
        stage="resolve",
        phase="resolve",
        retry="safe",
        errnos=("EAI_AGAIN",),
        cause=(
            "No name server gave a usable answer for {host}: the resolver can't be reached, or it failed just now. "
            "Whether the name exists is still open."
        ),
        hints=(
            Hint(
                when=("malformed-host",),
                text=(
                    'Correct the URL first: "{host}" is no host name. Look for a doubled scheme, an unfilled '
                    "placeholder, or a password with @ / : # that is not percent-encoded."
                ),
            ),
            Hint(
                when=("single-label", "kubernetes", "!malformed-host"),
                text=(
                    "Check that a Service {host} exists in this namespace, then the cluster's DNS: `kubectl -n "
                    "kube-system get pods -l k8s-app=kube-dns`."
                ),
            ),
            Hint(
                when=("single-label", "container", "!malformed-host"),
                text=(
                    "Check that the container {host} is up and on the same network (`docker compose ps`): Docker "
                    "passes a name that it does not know on to the host's resolvers, and their silence shows as this "
                    "error."
                ),
            ),
            Hint(
                when=("kubernetes",),
                text=(
                    "Check the cluster's DNS (`kubectl -n kube-system get pods -l k8s-app=kube-dns`) and that no "
                    "NetworkPolicy blocks port 53, UDP and TCP. A pod that has just started may be ahead of its "
                    "network."
                ),
            ),
            Hint(
                when=("container",),
                text=(
                    "Look at /etc/resolv.conf in the container, and ask the servers it names. Docker copies it from "
                    "the host when the container starts; set `dns` in daemon.json, or restart after a VPN change."
                ),
            ),
            Hint(
                when=("ci",),
                text=(
                    "Check whether this step may use the network at all: build sandboxes (pip builds, Nix, Bazel, "
                    "`docker build --network none`) have no resolver. Download in an earlier step."
                ),
            ),
            Hint(
                when=("wsl",),
                text=(
                    "Check /etc/resolv.conf: WSL writes it, and a VPN on Windows makes that server unreachable. Set "
                    "`dnsTunneling=true` in .wslconfig, or `generateResolvConf=false` in wsl.conf and name your own."
                ),
            ),
            Hint(
                when=("proxy",),
                text=(
                    "Check that the client uses the proxy: a proxy variable applies to {host}, and a network that is "
                    "open only through a proxy often resolves no outside names."
                ),
            ),
            Hint(
                when=("single-label", "!malformed-host"),
                text=(
                    "Check that {host} is known here: a name without a dot is a compose or Kubernetes service. It must "
                    "be up, and on this program's network."
                ),
            ),
            Hint(
                text=(
                    "Ask the resolver by hand: `getent hosts {host}` (Windows: `nslookup {host}`), then `resolvectl "
                    "status` or `cat /etc/resolv.conf`. If no name at all resolves, the network, the VPN or the "
                    "resolver is down."
                ),
            ),
            Hint(
                text=(
                    "If it comes and goes, retry with exponential backoff and jitter: nothing reached the server. In a "
                    "container or sandbox that never resolves a name, repair its DNS instead."
                ),
            ),
        ),
        about=(
            "getaddrinfo(3) sends its query, usually by UDP, to the first server of /etc/resolv.conf, waits five "
            "seconds, goes on to the next one and then starts again. It gives up with EAI_AGAIN when no server "
            "answered, when port 53 is refused or unreachable, or when a server answered SERVFAIL: it could not find "
            "out.\n\n"
            "This is not `the name does not exist`. A broken upstream, failed DNSSEC validation, a network that is not "
            "up yet and a missing /etc/resolv.conf all end here.\n\n"
            "The lookup blocks for as long as the resolver takes. Most clients' time-outs do not cover it: with three "
            "silent servers, one call with `timeout=1` can hang for half a minute. The options `timeout:` and "
            "`attempts:` of resolv.conf bound it; in asyncio the lookup runs in a thread that can't be cancelled."
        ),
        wire=(
            Message("client", "resolver", "query: A, AAAA", lost=True),
            Message("client", "client", "waits 5 s"),
            Message("client", "resolver", "query: A, AAAA", lost=True),
            Message("client", "client", "waits 5 s"),
            Message("client", "client", "getaddrinfo() fails: EAI_AGAIN"),
        ),
        causes=(
            Cause(
                text="DNS inside the container is broken: its resolv.conf names a server that it can't reach.",
                sources=(
                    "talebook/talebook#85",
                    "home-assistant/core#25678",
                    "docker/for-mac#3634",
                    "docker/for-win#13808",
                    "amalrajan/learncpp-download#43",
                ),
            ),
            Cause(
                text="The program runs in a sandbox without network: a build, a test runner, a code sandbox.",
                sources=("langgenius/dify-sandbox#90", "jaraco/pip-run#65", "pinterest/pymemcache#325"),
            ),
            Cause(
                text=(
                    "The service behind a compose name is down or on another network, and the host's resolvers do not "
                    "answer for it."
                ),
                sources=(
                    "dc740/django-coveragepy-github-action#6",
                    "patrickloeber/python-docker-tutorial#7",
                    "lawndoc/stack-back#76",
                ),
            ),
            Cause(
                text="The cluster's DNS is overloaded or scaling, or the search domains multiply the queries.",
                sources=("kubernetes/kubernetes#76790", "kubernetes/kubernetes#64924", "NixOS/nixpkgs#61023"),
            ),
            Cause(
                text="The connection or the provider's resolver fails for a moment; a later attempt succeeds.",
                sources=(
                    "medialab/minet#636",
                    "psf/requests#5635",
                    "psf/requests#3677",
                    "developers192/DetailedLoLRPC#28",
                ),
            ),
            Cause(
                text="The lookup takes longer than anybody expects, as no request time-out covers it.",
                sources=("psf/requests#4531", "MongoEngine/mongoengine#2191"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "The container got the resolvers of the host as they were at its start. After a change of network "
                    "or VPN they are gone: restart the container or the daemon, or configure fixed servers."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "CoreDNS is a Service like any other: too few replicas, a full conntrack table or a NetworkPolicy "
                    "without port 53 make lookups time out now and then. NodeLocal DNSCache takes the load off."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "After waking up, Wi-Fi or VPN take some seconds; a captive portal blocks lookups until you log in."
                ),
            ),
            Scenario(
                where="CI",
                text=(
                    "Sandboxed builds have no network on purpose. On shared runners a lookup fails now and then; three "
                    "attempts with backoff keep the job green."
                ),
            ),
        ),
        raises=Example(
            fault="temporary-dns",
            code="""\
import socket

socket.create_connection((host, port), timeout=1)
""",
        ),
        fixed=Example(
            fault="temporary-dns",
            ends="result",
            code="""\
import random
import socket
import time


def resolve(host, port, *, attempts=10, base=0.1, cap=1.0):
    for attempt in range(attempts):
        try:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as exc:
            if exc.errno != socket.EAI_AGAIN or attempt == attempts - 1:
                raise
            time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


result = resolve(host, port)
""",
        ),
        see_also=("dns-name-not-found", "dns-failure", "network-unreachable"),
        since="0.1.0",
        sources=("RFC 1035", "RFC 9520", "getaddrinfo(3)", "resolv.conf(5)"),
    ),
    Entry(
        code="dns-failure",
        title="The lookup itself fails",
        stage="resolve",
        phase="resolve",
        retry="after-fix",
        errnos=(
            "EAI_FAIL",
            "EAI_SERVICE",
            "EAI_ADDRFAMILY",
            "EAI_FAMILY",
            "EAI_SOCKTYPE",
            "EAI_BADFLAGS",
            "EAI_MEMORY",
            "EAI_OVERFLOW",
            "EAI_SYSTEM",
        ),
        exceptions=("socket.gaierror", "socket.herror"),
        cause=(
            "The lookup of {endpoint} fails for good: the resolver rejects the query, or host, port and address family "
            "do not fit together. No connection was tried."
        ),
        hints=(
            Hint(
                when=("errno=EAI_SERVICE",),
                text=(
                    "Pass the port as a number: the port given is a word that /etc/services does not list, often an "
                    "unfilled placeholder, an empty variable or a string like `tcp://10.0.0.1:5432`."
                ),
            ),
            Hint(
                when=("errno=EAI_ADDRFAMILY", "ipv6"),
                text=(
                    "Let the family open (`socket.AF_UNSPEC`, or `socket.create_connection`): {host} is an IPv6 "
                    "address and this call asks for IPv4 only."
                ),
            ),
            Hint(
                when=("errno=EAI_ADDRFAMILY",),
                text=(
                    "Let the family open (`socket.AF_UNSPEC`, or `socket.create_connection`): {host} has no address of "
                    "the family that this call asks for."
                ),
            ),
            Hint(
                when=("errno=EAI_FAMILY",),
                text="Check the address family: this system does not support the one that the call asks for.",
            ),
            Hint(
                when=("malformed-host",),
                text=(
                    'Correct the host: "{host}" is none. Look for a glued scheme, brackets or a port left in the host, '
                    "an unfilled placeholder, a blank at its end."
                ),
            ),
            Hint(
                when=("errno=EAI_FAIL", "kubernetes"),
                text=(
                    "Read the logs of the cluster's DNS (`kubectl -n kube-system logs -l k8s-app=kube-dns`): a server "
                    "refuses the query, often for a zone that it may not forward."
                ),
            ),
            Hint(
                when=("errno=EAI_FAIL", "container"),
                text=(
                    "Ask the servers of the container's /etc/resolv.conf one by one (`nslookup NAME SERVER`): one of "
                    "them refuses to serve this network."
                ),
            ),
            Hint(
                when=("errno=EAI_FAIL",),
                text=(
                    "Ask the resolver by hand with `dig {host}`: REFUSED or FORMERR means that it does not serve this "
                    "machine, or that a firewall or router rewrites DNS. Use another one."
                ),
            ),
            Hint(
                when=("errno=EAI_MEMORY",),
                text="Check memory and open files of this process: the resolver could not allocate what it needs.",
            ),
            Hint(
                text=(
                    "If host or port come from configuration, print both with `repr()` right before the call: a port "
                    "that is a string, an empty value or a bracketed IPv6 address shows at once."
                ),
            ),
            Hint(
                text=(
                    "If the arguments are right, compare with another resolver: `dig NAME` against `dig NAME "
                    "@1.1.1.1`, and correct /etc/resolv.conf or the VPN."
                ),
            ),
        ),
        about=(
            "getaddrinfo(3) has more ways to fail than `not found` and `try again`. EAI_FAIL: a name server gave an "
            "answer that no other try will better; glibc shows most refusals (REFUSED, NOTIMP) as EAI_AGAIN instead. "
            "EAI_SERVICE: the port is neither a number nor a name in /etc/services. EAI_ADDRFAMILY and EAI_FAMILY: the "
            "host has no address of the family asked for, as with an IPv6 literal and `AF_INET`.\n\n"
            "These are final: the same call with the same arguments fails again. Several of them need no network at "
            "all, they are a mistake in the arguments that the C library finds before it asks anybody.\n\n"
            "EAI_SYSTEM means that a system call failed; Python then raises an `OSError` with that errno instead "
            "(often EMFILE: no descriptor left for the query)."
        ),
        wire=(
            Message("program", "libc", "getaddrinfo(), port db-port"),
            Message("libc", "libc", "finds no db-port in /etc/services"),
            Message("resolver", "resolver", "is not asked"),
            Message("libc", "program", "EAI_SERVICE"),
            Message("program", "program", "raises gaierror"),
        ),
        causes=(
            Cause(
                text="The port is a word or a placeholder instead of a number.",
                sources=("grpc/grpc#22779", "joyieldInc/predixy#104", "Xyphen-IT/netbox-ddns#35"),
            ),
            Cause(
                text="The program asks for IPv4 only and was given an IPv6 address, or the other way round.",
                sources=("fluent/fluent-logger-python#137", "bottlepy/bottle#525", "irrdnet/irrd#306"),
            ),
            Cause(
                text="A name server refuses the query or answers with an error of its own.",
                sources=("aussieaddons/plugin.video.afl-video#575",),
            ),
            Cause(
                text="IPv6 inside meets a provider that offers IPv4 only, and lookups of one family fail.",
                sources=("aio-libs/aiohttp#7030",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Docker's legacy links and Kubernetes set variables such as DB_PORT=tcp://10.0.0.1:5432. A program "
                    "that reads DB_PORT as its own setting passes that string as the port."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "A Service called `db` puts DB_PORT into the environment of every pod of the namespace. Rename the "
                    "setting, or set `enableServiceLinks: false`."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "A hotel or home router that rewrites DNS refuses some kinds of queries; a VPN or another resolver "
                    "helps."
                ),
            ),
            Scenario(
                where="CI",
                text=(
                    "A secret or variable that is not defined for this branch arrives as an empty string or as `$PORT`."
                ),
            ),
        ),
        raises=Example(
            fault="healthy",
            code="""\
import socket

setting = "db-port"  # a placeholder that nobody filled in
socket.create_connection((host, setting), timeout=1)
""",
        ),
        fixed=Example(
            fault="healthy",
            ends="error",
            code="""\
import socket

setting = "db-port"
if not setting.isdecimal() or not 0 < int(setting) < 65536:
    # Checked once at start-up, with the name of the setting: nobody has to read a resolver's number.
    raise SystemExit(f"SERVER_PORT must be a number from 1 to 65535, not {setting!r}")

with socket.create_connection((host, int(setting)), timeout=1) as connection:
    result = connection.getpeername()
""",
        ),
        see_also=("dns-name-not-found", "dns-temporary-failure", "too-many-open-files"),
        since="0.1.0",
        sources=("RFC 3493", "getaddrinfo(3)", "services(5)", "resolv.conf(5)"),
    ),
)
