"""
Codes of the stage `tls`: the connection stands, and the two sides do not agree on how to make it secret.

Data only: imports nothing of connlog but the nouns.
"""

from __future__ import annotations

from connlog._model import Cause, Entry, Example, Hint, Message, Scenario

ENTRIES: tuple[Entry, ...] = (
    Entry(
        code="tls-certificate-untrusted",
        title="Certificate not trusted",
        stage="tls",
        phase="tls",
        retry="after-fix",
        exceptions=("ssl.SSLCertVerificationError",),
        ssl_reasons=("CERTIFICATE_VERIFY_FAILED",),
        cause=(
            "This program does not trust the certificate that {endpoint} shows: the chain leads to no authority in the "
            "trust store that is in use here. No request was sent."
        ),
        hints=(
            Hint(
                when=("verify=20", "python.org"),
                text=(
                    "Run `Install Certificates.command` from the Python folder in Applications: Python from python.org "
                    "brings no root certificates until then."
                ),
            ),
            Hint(
                when=("verify=20", "proxy"),
                text=(
                    "Add the proxy's authority: a proxy variable applies to {host}, and such a proxy often shows a "
                    "certificate of its own. Set SSL_CERT_FILE (and REQUESTS_CA_BUNDLE for requests) to a bundle with "
                    "the company's root."
                ),
            ),
            Hint(
                when=("verify=20", "no-roots"),
                text=(
                    "Install the root certificates (the package ca-certificates): OpenSSL finds none where it looks "
                    "for them. `python -c 'import ssl; print(ssl.get_default_verify_paths())'` says where; "
                    "SSL_CERT_FILE names another file."
                ),
            ),
            Hint(
                when=("verify=20", "container"),
                text=(
                    "Copy the company's root into the image and run `update-ca-certificates`: a container does not see "
                    "the host's trust store. A slim image may have no roots at all: install ca-certificates."
                ),
            ),
            Hint(
                when=("verify=19",),
                text=(
                    "Look who issued the certificate: `openssl s_client -connect {endpoint} -showcerts`. A company or "
                    "an antivirus there means that a proxy inspects TLS: add its root with SSL_CERT_FILE, "
                    "REQUESTS_CA_BUNDLE or the truststore package."
                ),
            ),
            Hint(
                when=("verify=18",),
                text=(
                    'Give the client this very certificate as its authority (`cafile=`, `verify="server.pem"`), or let '
                    "a real authority sign one: the server shows a certificate that it signed itself."
                ),
            ),
            Hint(
                when=("verify=20",),
                text=(
                    "Look who issued the certificate: `openssl s_client -connect {endpoint} -showcerts`. A company or "
                    "an antivirus there means that a proxy inspects TLS: add its root with SSL_CERT_FILE, "
                    "REQUESTS_CA_BUNDLE or the truststore package."
                ),
            ),
            Hint(
                when=("verify=20",),
                text=(
                    "Count the certificates in `openssl s_client -connect {endpoint} -showcerts`: only one means that "
                    "the server leaves out its intermediate. Install the full chain there; browsers fetch the missing "
                    "one, Python does not."
                ),
            ),
            Hint(
                when=("verify=21",),
                text=(
                    "Install the full chain on the server (`fullchain.pem`, not `cert.pem`): it sends its own "
                    "certificate alone, without the intermediate that signed it."
                ),
            ),
            Hint(
                when=("verify=20", "platform=unknown"),
                text=(
                    "On a Mac with Python from python.org, run `Install Certificates.command` from the Python folder "
                    "in Applications: there are no root certificates until then."
                ),
            ),
            Hint(
                when=("verify=85",),
                text=(
                    "Have the certificate issued anew with an Authority Key Identifier: Python 3.13 checks strictly "
                    "(VERIFY_X509_STRICT). Until then, clear that flag on this one context only."
                ),
            ),
            Hint(
                when=("verify=89",),
                text=(
                    "Have the company's root issued anew with critical basic constraints: Python 3.13 checks strictly "
                    "(VERIFY_X509_STRICT). Until then, clear that flag on this one context only."
                ),
            ),
            Hint(
                when=("verify=23",),
                text="Treat the server as compromised until its owner explains: the certificate has been revoked.",
            ),
            Hint(
                when=("verify=66",),
                text=(
                    "Have a certificate with a longer key installed (RSA 2048 or P-256): OpenSSL's security level here "
                    "refuses the short one."
                ),
            ),
            Hint(
                when=("library=requests",),
                text=(
                    'Set REQUESTS_CA_BUNDLE or `verify="/path/ca.pem"`: requests trusts certifi\'s bundle, not the '
                    "system's store, so a root that curl and the browser know is unknown to it."
                ),
            ),
            Hint(
                when=("library=httpx",),
                text=(
                    "Set SSL_CERT_FILE or pass `verify=ssl.create_default_context(cafile=...)`: httpx trusts certifi's "
                    "bundle, not the system's store."
                ),
            ),
            Hint(
                when=("library=botocore",),
                text="Set AWS_CA_BUNDLE to a bundle with the company's root: botocore brings a bundle of its own.",
            ),
            Hint(
                text=(
                    "If the browser accepts the site and Python does not, the server leaves out its intermediate "
                    "certificate, or the browser knows a company root that Python was not told of."
                ),
            ),
            Hint(
                text=(
                    "If certifi or the system's roots are years old, update them: `pip install -U certifi`, the "
                    "package ca-certificates. If verification is switched off instead, anybody on the way can read and "
                    "change the traffic."
                ),
            ),
        ),
        about=(
            "In the handshake the server sends its certificate and those that lead towards a root. The client builds a "
            "chain from them to a root in its own trust store, and checks every signature on the way (RFC 5280, "
            "section 6). If the chain does not end in a root it knows, the client sends a fatal alert, usually "
            "unknown_ca, and closes. Nothing of the request has left.\n"
            "\n"
            "OpenSSL says how the chain broke: 20, unable to get local issuer certificate, the next link was neither "
            "sent nor is it in the store; 21, the only certificate has no known issuer; 19, the chain is complete, and "
            "its root is unknown here; 18, the certificate signed itself.\n"
            "\n"
            "There is more than one trust store on a machine. The ssl module uses the one OpenSSL was built for "
            "(`ssl.get_default_verify_paths()`, changed by SSL_CERT_FILE and SSL_CERT_DIR), requests, httpx and "
            "botocore bring bundles of their own, browsers use theirs or the system's. That is why one program "
            "trusts what another one refuses."
        ),
        wire=(
            Message("client", "server", "ClientHello"),
            Message("server", "client", "ServerHello, Certificate"),
            Message("client", "client", "finds no root that it trusts"),
            Message("client", "server", "alert: unknown_ca"),
            Message("client", "client", "raises SSLCertVerificationError"),
        ),
        causes=(
            Cause(
                text=(
                    "A proxy of the company, or an antivirus, inspects TLS and signs with a root of its own that this "
                    "program does not trust."
                ),
                sources=(
                    "EnergieID/entsoe-py#247",
                    "britive/python-cli#213",
                    "astral-sh/uv#10724",
                    "smartsheet/smartsheet-python-sdk#94",
                    "tldr-pages/tldr-python-client#11",
                ),
            ),
            Cause(
                text="The server does not send its intermediate certificate; browsers hide that, Python does not.",
                sources=(
                    "psf/requests#2959",
                    "psf/requests#3212",
                    "certifi/python-certifi#72",
                    "mampfes/hacs_waste_collection_schedule#6606",
                    "curl/curl#2197",
                ),
            ),
            Cause(
                text=(
                    "Python from python.org runs on macOS, and its root certificates have never been installed with "
                    "`Install Certificates.command`."
                ),
                sources=("slackapi/bolt-python#571", "python-poetry/poetry#4338", "trailofbits/algo#1639"),
            ),
            Cause(
                text="The image or the distribution has no bundle of root certificates.",
                sources=("certbot/certbot#3446", "Homebrew/legacy-homebrew#50244"),
            ),
            Cause(
                text="A root or intermediate on the client's side has expired, and the server's certificate is fine.",
                sources=("shhivv/pyston#2", "agubelu/discord-bot-template#2"),
            ),
            Cause(
                text="The server uses a self-signed certificate, and the client was not given it.",
                sources=("zowe/zowe-client-python-sdk#349",),
            ),
            Cause(
                text="The company's root passes older checks and fails the stricter ones of Python 3.13.",
                sources=("python/cpython#133564", "python/cpython#138193"),
            ),
            Cause(
                text="The traffic should go through a proxy, and goes straight into a filter that answers instead.",
                sources=("thp/urlwatch#505", "themayankjha/JAKYM#22"),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "The company's root is installed on the host, and the container has a trust store of its own. Slim "
                    "and scratch images may have none at all."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "The API server and many internal services are signed by the cluster's own authority. In a pod its "
                    "certificate lies in /var/run/secrets/kubernetes.io/serviceaccount/ca.crt."
                ),
            ),
            Scenario(
                where="laptop",
                text=(
                    "The program works at home and fails in the office or on the VPN: there a proxy inspects TLS. On "
                    "macOS it fails right after Python was installed."
                ),
            ),
            Scenario(
                where="CI",
                text=(
                    "Self-hosted runners sit behind the company's proxy, hosted ones do not. Set SSL_CERT_FILE in the "
                    "job, not in the code."
                ),
            ),
        ),
        raises=Example(
            fault="tls-untrusted",
            code="""\
import socket
import ssl

context = ssl.create_default_context()
with socket.create_connection((host, port), timeout=1) as raw:
    context.wrap_socket(raw, server_hostname=host)
""",
        ),
        fixed=Example(
            fault="tls-untrusted",
            ends="error",
            code="""\
import socket
import ssl

context = ssl.create_default_context()
context.load_verify_locations(cafile=ca_file)  # trust the company's root as well; never switch the check off


def tls_version(host, port, *, timeout=1.0):
    with socket.create_connection((host, port), timeout=timeout) as raw:
        with context.wrap_socket(raw, server_hostname=host) as connection:
            return connection.version()


try:
    result = tls_version(host, port)
except ssl.SSLCertVerificationError as error:  # a retry would end the same way
    raise SystemExit(f"{host}:{port} is not trusted ({error.verify_message}): add its root to {ca_file}") from error
""",
        ),
        see_also=("tls-certificate-expired", "tls-hostname-mismatch", "tls-handshake-failed", "proxy-failure"),
        since="0.1.0",
        sources=(
            "RFC 5280",
            "RFC 8446",
            "openssl-verify(1)",
            "openssl-s_client(1)",
            "psf/requests#2959",
            "python/cpython#133564",
        ),
    ),
    Entry(
        code="tls-certificate-expired",
        title="Certificate outside its dates",
        stage="tls",
        phase="tls",
        retry="after-fix",
        verify_codes=(9, 10),
        cause=(
            "A certificate in the chain that {endpoint} shows is outside its dates, by the clock of this machine: it "
            "has expired, or is not valid yet. No request was sent."
        ),
        hints=(
            Hint(
                when=("verify=9", "wsl"),
                text="Set the clock: `sudo hwclock -s`. Under WSL it falls behind while the laptop sleeps.",
            ),
            Hint(
                when=("verify=9",),
                text=(
                    "Set the clock of this machine: `date -u` shows a time before the certificate begins. After a "
                    "suspend or a flat battery it is often years behind."
                ),
            ),
            Hint(
                when=("verify=10", "loopback"),
                text=(
                    "Make the development certificate anew (mkcert, trustme, openssl): the one that {endpoint} shows "
                    "has run out."
                ),
            ),
            Hint(
                when=("verify=10", "kubernetes"),
                text=(
                    "Look at the Certificate and its Secret (`kubectl get certificate -A`): if it was renewed, the pod "
                    "may still serve the old one until it restarts."
                ),
            ),
            Hint(
                when=("verify=10", "private"),
                text=(
                    "Renew the certificate on {endpoint}, then restart or reload the server: many keep the old file in "
                    "memory. Internal certificates have no one who watches them."
                ),
            ),
            Hint(
                when=("verify=10", "!loopback"),
                text=(
                    "Renew the certificate on {endpoint} and reload the server, or tell its owner: it has expired. "
                    "`openssl s_client -connect {endpoint} -servername {host} | openssl x509 -noout -dates -subject` "
                    "shows its dates."
                ),
            ),
            Hint(
                text=(
                    "If this is your server, renew its certificate (`certbot renew`, cert-manager, the cloud's "
                    "console), and reload the process: it serves the old file until then."
                ),
            ),
            Hint(
                text=(
                    "If the server's own dates are right, an old root or intermediate on this side has expired: update "
                    "certifi, ca-certificates and OpenSSL."
                ),
            ),
            Hint(
                text="If `date -u` here is wrong, set the clock (NTP): dates are judged by this machine's time.",
            ),
        ),
        about=(
            "Every certificate carries two dates, notBefore and notAfter (RFC 5280, section 4.1.2.5). The client "
            "compares them with its own clock while it checks the chain: for the server's certificate, each "
            "intermediate and the root. One that is outside is enough; the handshake ends with a fatal alert.\n"
            "\n"
            "Nothing changes on the network when this begins: the same server, the same client, the same code, a "
            "minute later. All clients with a right clock fail at once. If only some do, their trust stores are old "
            "(they build the chain over an expired root), their clocks are wrong, or one of several servers behind "
            "the name was not reloaded.\n"
            "\n"
            "A certificate that is renewed on disk is not yet one that is served: most servers read it at start."
        ),
        wire=(
            Message("client", "server", "ClientHello"),
            Message("server", "client", "ServerHello, Certificate"),
            Message("client", "client", "compares notAfter with its clock"),
            Message("client", "server", "alert: certificate_expired"),
            Message("client", "client", "raises SSLCertVerificationError"),
        ),
        causes=(
            Cause(
                text="The server's certificate has expired: the renewal failed, or the server was not reloaded.",
                sources=(
                    "Gozargah/Marzban#1947",
                    "sebr/bhyve-home-assistant#234",
                    "aisstream/issues#71",
                    "home-assistant/core#27832",
                ),
            ),
            Cause(
                text=(
                    "A root or intermediate in the client's trust store has expired, and the server's certificate is "
                    "fine."
                ),
                sources=("shhivv/pyston#2", "agubelu/discord-bot-template#2"),
            ),
            Cause(
                text="The clock of this machine is wrong.",
                sources=("python-poetry/install.python-poetry.org#118",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "An old image keeps the roots of the day it was built. Rebuild it, or update ca-certificates and "
                    "certifi in it. The clock is the host's."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "cert-manager renews the Secret, the file in the pod follows within minutes, and the process still "
                    "holds the old one. Certificates of the cluster itself run for one year by default with kubeadm."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "The balancer serves the certificate that was uploaded to it, not the one on the machines behind "
                    "it. An imported one is not renewed by the cloud."
                ),
            ),
            Scenario(
                where="laptop",
                text="After a suspend, or in a virtual machine that was paused, the clock is behind until NTP sets it.",
            ),
        ),
        raises=Example(
            fault="tls-expired",
            code="""\
import socket
import ssl

context = ssl.create_default_context(cafile=ca_file)
with socket.create_connection((host, port), timeout=1) as raw:
    context.wrap_socket(raw, server_hostname=host)
""",
        ),
        fixed=Example(
            fault="tls-expired",
            ends="error",
            code="""\
import socket
import ssl
import time

EXPIRED, NOT_YET_VALID = 10, 9  # X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID


def days_left(host, port, *, timeout=1.0):
    context = ssl.create_default_context(cafile=ca_file)
    with socket.create_connection((host, port), timeout=timeout) as raw:
        with context.wrap_socket(raw, server_hostname=host) as connection:
            ends = ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])
            return (ends - time.time()) / 86400


try:
    result = days_left(host, port)  # watch this number: warn at 20 days, not at 0
except ssl.SSLCertVerificationError as error:
    if error.verify_code not in {EXPIRED, NOT_YET_VALID}:
        raise
    raise SystemExit(f"{host}:{port}: {error.verify_message}: renew it there, or set the clock here") from error
""",
        ),
        see_also=("tls-certificate-untrusted", "tls-hostname-mismatch", "tls-handshake-failed"),
        since="0.1.0",
        sources=("RFC 5280", "RFC 8446", "openssl-verify(1)", "python-poetry/install.python-poetry.org#118"),
    ),
    Entry(
        code="tls-hostname-mismatch",
        title="Certificate made out for another name",
        stage="tls",
        phase="tls",
        retry="after-fix",
        verify_codes=(62, 64),
        cause=(
            "The certificate of {endpoint} is made out for other names: the one that was dialled is not among them, or "
            "another server answers. No request was sent."
        ),
        hints=(
            Hint(
                when=("verify=64", "loopback"),
                text=(
                    "Use the name in the certificate instead of {host}: add it to /etc/hosts, or pass it as "
                    "`server_hostname`. A development certificate can list 127.0.0.1 as an IP address."
                ),
            ),
            Hint(
                when=("verify=64", "!loopback"),
                text=(
                    "Use the server's name instead of the address {host}: the certificate does not list that address. "
                    "Through a tunnel or port-forward, dial the address and pass the name as `server_hostname`."
                ),
            ),
            Hint(
                when=("verify=62", "single-label"),
                text=(
                    "Use the full name instead of {host}: certificates list names with a dot. In a cluster that is "
                    "`service.namespace.svc`, or `service.namespace.svc.cluster.local`."
                ),
            ),
            Hint(
                when=("verify=62", "proxy"),
                text=(
                    "See who answers: a proxy variable applies to {host}, and the certificate may be the proxy's or "
                    "that of a block page."
                ),
            ),
            Hint(
                when=("verify=62", "localhost"),
                text=(
                    "Use the name in the certificate instead of localhost, or have localhost added to it: a tunnel to "
                    "a remote server still shows the remote name."
                ),
            ),
            Hint(
                when=("verify=62", "dotted"),
                text=(
                    "Compare {host} with the names in the certificate: `openssl s_client -connect {endpoint} "
                    "-servername {host} | openssl x509 -noout -ext subjectAltName`. Correct the URL, or have {host} "
                    "added."
                ),
            ),
            Hint(
                when=("service=PostgreSQL",),
                text=(
                    "Use the name in the server's certificate as host, and its address as `hostaddr`: "
                    "`sslmode=verify-full` compares the two."
                ),
            ),
            Hint(
                text=(
                    "If the certificate names something quite different, another server answers: stale DNS, a captive "
                    "portal, a default virtual host, or a wildcard that covers one level only (`*.example.com` is not "
                    "`a.b.example.com`)."
                ),
            ),
            Hint(
                text=(
                    "If you must dial an address, keep the check on and pass the expected name (`server_hostname=`, "
                    "`assert_hostname`): without it, any valid certificate of anybody passes."
                ),
            ),
        ),
        about=(
            "After the chain is found good, the client compares the name it was asked to reach with the names in the "
            "certificate's subjectAltName (RFC 9525). A host name is compared with DNS entries, an address only with "
            "IP entries; the common name is no longer looked at. A wildcard stands for one label, the leftmost.\n"
            "\n"
            "The client sends the name along in the ClientHello (SNI, RFC 6066, section 3), and a server with "
            "several certificates chooses by it. If it does not know the name, it shows its default certificate, "
            "which then does not fit. OpenSSL reports 62 for a name and 64 for an address."
        ),
        wire=(
            Message("client", "server", "ClientHello, SNI: shop.example"),
            Message("server", "client", "Certificate for www.example"),
            Message("client", "client", "finds shop.example in no name of it"),
            Message("client", "server", "alert: bad_certificate"),
            Message("client", "client", "raises SSLCertVerificationError"),
        ),
        causes=(
            Cause(
                text=(
                    "The URL has another name than the certificate: an alias, an address, a host without its domain."
                ),
                sources=(
                    "rocknsm/docket#18",
                    "urllib3/urllib3#820",
                    "OSidorenkov/zabbix-jira#7",
                    "python-poetry/poetry#7811",
                ),
            ),
            Cause(
                text=(
                    "Another server answers for the name: the default virtual host of a server that does not know the "
                    "name sent in SNI."
                ),
                sources=("httpie/cli#154", "moxie0/Convergence#127"),
            ),
            Cause(
                text="The certificate was issued before the service got this name, or covers one level less.",
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "Compose services call each other by short names, and the certificate lists the public name. Give "
                    "the service a network alias that is in the certificate."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "With `kubectl port-forward` the client dials localhost and the server shows its cluster name. An "
                    "ingress shows its fake default certificate while the Secret is missing."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "The balancer is dialled by its own generated name, and the certificate lists yours. Make a DNS "
                    "record for yours, and dial that."
                ),
            ),
            Scenario(
                where="laptop",
                text="A hotel's or a train's captive portal answers for every name until you have signed in.",
            ),
        ),
        raises=Example(
            fault="tls-wrong-host",
            code="""\
import socket
import ssl

context = ssl.create_default_context(cafile=ca_file)
with socket.create_connection((host, port), timeout=1) as raw:
    context.wrap_socket(raw, server_hostname=host)
""",
        ),
        fixed=Example(
            fault="tls-wrong-host",
            ends="error",
            code="""\
import socket
import ssl

HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH = 62, 64  # X509_V_ERR_...


def tls_version(address, port, *, name=None, timeout=1.0):
    context = ssl.create_default_context(cafile=ca_file)
    with socket.create_connection((address, port), timeout=timeout) as raw:
        # Dial the address if you must, but verify the name: server_hostname is what is compared.
        with context.wrap_socket(raw, server_hostname=name or address) as connection:
            return connection.version()


try:
    result = tls_version(host, port)
except ssl.SSLCertVerificationError as error:
    if error.verify_code not in {HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH}:
        raise
    raise SystemExit(f"{host}:{port} shows another name ({error.verify_message}): use one it lists") from error
""",
        ),
        see_also=("tls-certificate-untrusted", "tls-certificate-expired", "dns-name-not-found"),
        since="0.1.0",
        sources=("RFC 9525", "RFC 6066", "RFC 5280", "openssl-s_client(1)", "urllib3/urllib3#820"),
    ),
    Entry(
        code="tls-not-spoken",
        title="The port does not speak TLS",
        stage="tls",
        phase="tls",
        retry="after-fix",
        ssl_reasons=(
            "WRONG_VERSION_NUMBER",
            "UNKNOWN_PROTOCOL",
            "HTTP_REQUEST",
            "HTTPS_PROXY_REQUEST",
            "PACKET_LENGTH_TOO_LONG",
            "RECORD_LAYER_FAILURE",
        ),
        cause=(
            "TLS was spoken with {endpoint}, and what came back is not TLS: that port serves plain text or another "
            "protocol, or wants STARTTLS first."
        ),
        hints=(
            Hint(
                when=("ssl-reason=HTTP_REQUEST",),
                text=(
                    "Use https:// in the client's URL: a client sent a plain HTTP request to this server's TLS port. "
                    "Health checks and balancers are the usual ones."
                ),
            ),
            Hint(
                when=("ssl-reason=HTTPS_PROXY_REQUEST",),
                text=(
                    "Correct the client's proxy setting: it sent CONNECT, meant for a proxy, to this server's TLS port."
                ),
            ),
            Hint(
                when=("server-side",),
                text=(
                    "Ignore it if it is rare: a scanner or a health check speaks something else to this server's TLS "
                    "port. If it is regular, give that check https://."
                ),
            ),
            Hint(
                when=("scheme=https", "proxy"),
                text=(
                    "Write the proxy as http:// in HTTPS_PROXY: the scheme there says how to speak with the proxy, and "
                    "most proxies speak plain HTTP; the tunnel to {host} is TLS all the same."
                ),
            ),
            Hint(
                when=("scheme=https", "loopback"),
                text="Use http:// instead of https://: development servers on {endpoint} seldom speak TLS.",
            ),
            Hint(
                when=("scheme=https", "port=80"),
                text="Drop the port or use 443: port 80 is for http://, and the URL says https://.",
            ),
            Hint(
                when=("port=587",),
                text="Use `smtplib.SMTP` and `starttls()` on port 587; `SMTP_SSL` is for port 465.",
            ),
            Hint(
                when=("port=25",),
                text="Use `smtplib.SMTP`, and `starttls()` if offered, on port 25; `SMTP_SSL` is for port 465.",
            ),
            Hint(
                when=("service=PostgreSQL",),
                text=(
                    "Let the driver begin TLS itself (`sslmode=require`): PostgreSQL wants a request in plain text "
                    "first, so a TLS handshake from the first byte is not understood."
                ),
            ),
            Hint(
                when=("service=Redis",),
                text="Use redis:// instead of rediss://, or enable `tls-port` in the server: this port is plain.",
            ),
            Hint(
                when=("library=grpc",),
                text="Use `grpc.insecure_channel` for {endpoint}, or give the server credentials: it is plain.",
            ),
            Hint(
                when=("library=smtplib",),
                text="Use `smtplib.SMTP` and `starttls()`: `SMTP_SSL` needs a port that speaks TLS at once, 465.",
            ),
            Hint(
                when=("proxy",),
                text=(
                    "Check the proxy variables: if the proxy's address begins with https://, write http://; most "
                    "proxies speak plain HTTP."
                ),
            ),
            Hint(
                text=(
                    "If the server is meant to be plain, use http:// (or ssl off) or the port that speaks TLS. `curl "
                    "-v http://{endpoint}/` shows what it really says."
                ),
            ),
            Hint(
                text=(
                    "If a proxy is set (HTTPS_PROXY, `proxies=`, `proxy=`), give its address with http://: the scheme "
                    "is the one spoken with the proxy, not with the target."
                ),
            ),
        ),
        about=(
            "TLS travels in records: one byte of type, two of version, two of length (RFC 8446, section 5.1). The "
            "client sends its ClientHello and reads five bytes. If they are `HTTP/`, `SSH-2` or `220 m`, the version "
            "makes no sense, and OpenSSL says WRONG_VERSION_NUMBER, since OpenSSL 3.2 also RECORD_LAYER_FAILURE. It "
            "has nothing to do with TLS versions.\n"
            "\n"
            "A plain server takes the ClientHello for a broken request and answers 400, or says nothing and closes, or "
            "waits for a line end that never comes: then the same mistake shows as tls-connection-closed or "
            "read-timeout.\n"
            "\n"
            "A server that gets plain HTTP on its TLS port sees it the other way round: HTTP_REQUEST. Protocols with "
            "STARTTLS (SMTP, IMAP, LDAP, PostgreSQL, MySQL) begin in plain text on their usual port."
        ),
        wire=(
            Message("client", "server", "ClientHello"),
            Message("server", "server", "takes it for a broken request"),
            Message("server", "client", "HTTP/1.1 400 Bad Request"),
            Message("client", "client", "reads HTTP/ as the head of a record"),
            Message("client", "client", "SSLError: WRONG_VERSION_NUMBER"),
        ),
        causes=(
            Cause(
                text=(
                    "The proxy's address is written with https://, and the proxy speaks plain HTTP: since urllib3 1.26 "
                    "and in httpx that scheme is taken at its word."
                ),
                sources=(
                    "encode/httpx#951",
                    "psf/requests#5843",
                    "encode/httpx#1068",
                    "nishiwen1214/ChatReviewer#22",
                    "dsdanielpark/Bard-API#76",
                ),
            ),
            Cause(
                text="The URL says TLS and the port is plain: https:// for a development server, a wrong port.",
                sources=("grpc/grpc#25644", "encode/httpx#646", "Chia-Network/pool-reference#186"),
            ),
            Cause(text="The protocol wants STARTTLS, and the client began TLS at once."),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "TLS ends at the reverse proxy; between containers the service speaks plain HTTP. Inside the "
                    "network use http:// and the container's port."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "The ingress speaks TLS, the Service behind it does not. With a mesh in strict mode it is the "
                    "other way round for clients outside the mesh."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "The listener is TCP or HTTP on 443, without a certificate, or the target group speaks HTTPS to a "
                    "plain server."
                ),
            ),
            Scenario(
                where="laptop",
                text="`flask run`, `uvicorn` and `http.server` speak plain HTTP: https://localhost:8000 can't work.",
            ),
        ),
        raises=Example(
            fault="tls-plain-text",
            code="""\
import socket
import ssl

context = ssl.create_default_context()
with socket.create_connection((host, port), timeout=1) as raw:
    context.wrap_socket(raw, server_hostname=host)
""",
        ),
        fixed=Example(
            fault="tls-plain-text",
            ends="error",
            code="""\
import http.client
import ssl

NO_TLS = {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"}


def get(host, port, path, *, timeout=1.0):
    context = ssl.create_default_context(cafile=ca_file)
    connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


try:
    result = get(host, port, "/")
except ssl.SSLError as error:
    if error.reason not in NO_TLS:
        raise
    # Never fall back to plain text by yourself: that is what an attacker would want.
    raise SystemExit(f"{host}:{port} does not speak TLS: correct the port or the scheme in the URL") from error
""",
        ),
        see_also=("protocol-mismatch", "tls-connection-closed", "tls-handshake-failed", "proxy-failure"),
        since="0.1.0",
        sources=("RFC 8446", "RFC 3207", "encode/httpx#646", "psf/requests#5843", "urllib3/urllib3#3268"),
    ),
    Entry(
        code="tls-handshake-failed",
        title="TLS handshake failed",
        stage="tls",
        phase="tls",
        retry="after-fix",
        ssl_reasons=(
            "BAD_ECPOINT",
            "BAD_EXTENSION",
            "BAD_SIGNATURE",
            "DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
            "DH_KEY_TOO_SMALL",
            "DIGEST_CHECK_FAILED",
            "INAPPROPRIATE_FALLBACK",
            "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",
            "NO_APPLICATION_PROTOCOL",
            "NO_CIPHERS_AVAILABLE",
            "NO_PROTOCOLS_AVAILABLE",
            "NO_SHARED_CIPHER",
            "NO_SHARED_GROUPS",
            "NO_SHARED_SIGNATURE_ALGORITHMS",
            "NO_SUITABLE_GROUPS",
            "NO_SUITABLE_KEY_SHARE",
            "NO_SUITABLE_SIGNATURE_ALGORITHM",
            "PEER_DID_NOT_RETURN_A_CERTIFICATE",
            "SSLV3_ALERT_BAD_CERTIFICATE",
            "SSLV3_ALERT_BAD_RECORD_MAC",
            "SSLV3_ALERT_CERTIFICATE_EXPIRED",
            "SSLV3_ALERT_CERTIFICATE_REVOKED",
            "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
            "SSLV3_ALERT_DECOMPRESSION_FAILURE",
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
            "SSLV3_ALERT_ILLEGAL_PARAMETER",
            "SSLV3_ALERT_NO_CERTIFICATE",
            "SSLV3_ALERT_UNEXPECTED_MESSAGE",
            "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
            "TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "TLSV13_ALERT_MISSING_EXTENSION",
            "TLSV1_ALERT_ACCESS_DENIED",
            "TLSV1_ALERT_DECODE_ERROR",
            "TLSV1_ALERT_DECRYPTION_FAILED",
            "TLSV1_ALERT_DECRYPT_ERROR",
            "TLSV1_ALERT_EXPORT_RESTRICTION",
            "TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
            "TLSV1_ALERT_INSUFFICIENT_SECURITY",
            "TLSV1_ALERT_INTERNAL_ERROR",
            "TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
            "TLSV1_ALERT_NO_RENEGOTIATION",
            "TLSV1_ALERT_PROTOCOL_VERSION",
            "TLSV1_ALERT_RECORD_OVERFLOW",
            "TLSV1_ALERT_UNKNOWN_CA",
            "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY",
            "TLSV1_ALERT_USER_CANCELLED",
            "TLSV1_BAD_CERTIFICATE_HASH_VALUE",
            "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE",
            "TLSV1_CERTIFICATE_UNOBTAINABLE",
            "TLSV1_UNRECOGNIZED_NAME",
            "TLSV1_UNSUPPORTED_EXTENSION",
            "UNEXPECTED_MESSAGE",
            "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
            "UNSUPPORTED_ELLIPTIC_CURVE",
            "UNSUPPORTED_PROTOCOL",
            "VERSION_TOO_HIGH",
            "VERSION_TOO_LOW",
            "WRONG_CIPHER_RETURNED",
            "WRONG_CURVE",
            "WRONG_SIGNATURE_TYPE",
            "WRONG_SSL_VERSION",
        ),
        cause=(
            "This program and {endpoint} found no TLS they both accept: versions, ciphers or certificates do not fit, "
            "and one side ended the handshake."
        ),
        hints=(
            Hint(
                when=("ssl-reason=TLSV1_ALERT_INTERNAL_ERROR", "library=pymongo"),
                text=(
                    "Add this machine's public address to the access list of the Atlas project: Atlas answers a client "
                    "that is not listed with this alert, not with a refusal."
                ),
            ),
            Hint(
                when=("ssl-reason=SSLV3_ALERT_CERTIFICATE_UNKNOWN", "server-side"),
                text=(
                    "Give this server a certificate that its clients trust: a client (often a browser) refused it. A "
                    "self-signed one causes this on every visit."
                ),
            ),
            Hint(
                when=("ssl-reason=TLSV1_ALERT_UNKNOWN_CA", "server-side"),
                text=(
                    "Give the client this server's authority, or this server a certificate that clients trust: the "
                    "client refused the one it was shown."
                ),
            ),
            Hint(
                when=("ssl-reason=TLSV1_ALERT_UNKNOWN_CA",),
                text=(
                    "Send a client certificate that the server's authority has signed, with its intermediate: the "
                    "server does not know who signed the one it got."
                ),
            ),
            Hint(
                when=("ssl-reason=TLSV13_ALERT_CERTIFICATE_REQUIRED",),
                text=(
                    "Load a client certificate (`context.load_cert_chain`, `cert=`): the server wants mutual TLS. With "
                    "TLS 1.3 the refusal arrives with the first read, after the handshake."
                ),
            ),
            Hint(
                when=("ssl-reason=PEER_DID_NOT_RETURN_A_CERTIFICATE",),
                text="Give the client a certificate, or accept clients without one: this server asks for mutual TLS.",
            ),
            Hint(
                when=("ssl-reason=SSLV3_ALERT_BAD_CERTIFICATE",),
                text=(
                    "Check the client certificate: is one sent at all, with its chain, and does the key belong to it? "
                    "The server refused it, or missed it."
                ),
            ),
            Hint(
                when=("ssl-reason=SSLV3_ALERT_CERTIFICATE_EXPIRED",),
                text="Renew this side's own certificate: the peer says that the one it was shown has expired.",
            ),
            Hint(
                when=("ssl-reason=UNSUPPORTED_PROTOCOL",),
                text=(
                    "Have TLS 1.2 enabled on the server: it offers only older versions, which this OpenSSL refuses. "
                    "Until then, lower `context.minimum_version` for this one host."
                ),
            ),
            Hint(
                when=("ssl-reason=TLSV1_ALERT_PROTOCOL_VERSION",),
                text=(
                    "Compare the versions: the server refuses those that this client offers. Update Python and OpenSSL "
                    "here if they are old, else look for a `minimum_version` or `maximum_version` that is set."
                ),
            ),
            Hint(
                when=("ssl-reason=UNSAFE_LEGACY_RENEGOTIATION_DISABLED",),
                text=(
                    "Have the server, or the proxy in between, updated: it lacks secure renegotiation (RFC 5746), "
                    "which OpenSSL 3 demands. Until then set OP_LEGACY_SERVER_CONNECT on this one context."
                ),
            ),
            Hint(
                when=("ssl-reason=DH_KEY_TOO_SMALL",),
                text=(
                    "Have the server use larger DH parameters (2048 bits) or ECDHE. Until then exclude DH for this one "
                    'host: `context.set_ciphers("DEFAULT:!DH")`.'
                ),
            ),
            Hint(
                when=("ssl-reason=TLSV1_UNRECOGNIZED_NAME",),
                text=(
                    "Use a name that the server serves: it does not know {host}, sent in SNI. Behind a balancer, the "
                    "name must be configured there as well."
                ),
            ),
            Hint(
                when=("ssl-reason=DECRYPTION_FAILED_OR_BAD_RECORD_MAC",),
                text=(
                    "Open connections after the fork, not before: two processes (uwsgi, gunicorn preload, "
                    "multiprocessing) share one TLS connection and spoil each other's records."
                ),
            ),
            Hint(
                when=("ssl-reason=SSLV3_ALERT_BAD_RECORD_MAC",),
                text=(
                    "Open connections after the fork, and use each from one thread at a time: two users of one TLS "
                    "connection spoil each other's records."
                ),
            ),
            Hint(
                when=("ssl-reason=SSLV3_ALERT_HANDSHAKE_FAILURE",),
                text=(
                    "Find what the server offers: `openssl s_client -connect {endpoint} -servername {host}`, or `nmap "
                    "--script ssl-enum-ciphers`. Old ciphers only, no SNI, or a missing client certificate end so."
                ),
            ),
            Hint(
                when=("ssl-reason=TLSV1_ALERT_INTERNAL_ERROR",),
                text=(
                    "Ask why the server turns this client away: an access list by address (MongoDB Atlas) and a name "
                    "in SNI that it does not serve both end so."
                ),
            ),
            Hint(
                when=("ssl-reason=NO_SHARED_CIPHER", "server-side"),
                text="Widen this server's ciphers or let the client be updated: they have none in common.",
            ),
            Hint(
                when=("service=SQL Server",),
                text=(
                    "Enable TLS 1.2 on the server (SQL Server 2016 or a patched older one): OpenSSL 3 refuses the TLS "
                    "1.0 that older ones offer."
                ),
            ),
            Hint(
                text=(
                    "If it began with a new image, Python or OpenSSL 3, the server offers only old TLS: have it "
                    "updated. `openssl s_client -connect {endpoint}` shows what it agrees to."
                ),
            ),
            Hint(
                text=(
                    "If the server asks for client certificates, load one; if a proxy is in between, the alert may be "
                    "the proxy's: try once without it."
                ),
            ),
        ),
        about=(
            "In its first message the client lists the TLS versions, ciphers, groups and signature algorithms it "
            "accepts, and the name it wants (SNI). The server picks, or ends the handshake with a fatal alert (RFC "
            "8446, section 6.2): protocol_version, handshake_failure, unrecognized_name, internal_error. The "
            "client may end it likewise when the answer is below its own limits.\n"
            "\n"
            "Reasons that contain ALERT were sent by the peer: look there. The others were decided here: "
            "UNSUPPORTED_PROTOCOL, DH_KEY_TOO_SMALL and UNSAFE_LEGACY_RENEGOTIATION_DISABLED say that OpenSSL on this "
            "side refuses what the server chose. The names TLSV1 and SSLV3 in them are history, not versions in use.\n"
            "\n"
            "With TLS 1.3 the client is done before the server has looked at its certificate, so a refused or missing "
            "client certificate shows at the first read.\n"
            "\n"
            "The same handshake fails the same way each time: a retry does not help until one side is changed."
        ),
        wire=(
            Message("client", "server", "ClientHello: TLS 1.3 only"),
            Message("server", "server", "knows nothing above TLS 1.2"),
            Message("server", "client", "alert: protocol_version"),
            Message("client", "client", "SSLError: TLSV1_ALERT_PROTOCOL_VERSION"),
        ),
        causes=(
            Cause(
                text="The server offers only TLS 1.0 or 1.1, or weak keys, and OpenSSL 3 on the client refuses.",
                sources=(
                    "narbehaj/ssl-checker#22",
                    "SySS-Research/Seth#31",
                    "thp/urlwatch#378",
                    "encode/httpx#1373",
                ),
            ),
            Cause(
                text="MongoDB Atlas turns the client's address away, and says so with an internal_error alert.",
                sources=("vedfi/mondroid#54", "unilei/kerkerker#22", "run-llama/llama_index#9191"),
            ),
            Cause(
                text="The server or a middlebox lacks secure renegotiation, which OpenSSL 3 demands.",
                sources=("urllib3/urllib3#2653", "blacklanternsecurity/bbot#557"),
            ),
            Cause(
                text="The server wants a client certificate, and none (or one it does not trust) was sent.",
                sources=("encode/httpx#3441", "psf/requests#4630", "nabla-c0d3/sslyze#532"),
            ),
            Cause(
                text="Processes made by fork share one TLS connection.",
                sources=("nautobot/nautobot#127", "gc3pie/gc3pie#550", "agdsn/pycroft#450", "wooey/Wooey#31"),
            ),
            Cause(
                text="The network blocks the site, or the traffic must go through a proxy.",
                sources=("AI-Citizen/SolidGPT#54", "GanymedeNil/document.ai#4"),
            ),
            Cause(
                text="The server does not serve the name that was sent in SNI.",
                sources=("psf/requests#3699",),
            ),
        ),
        scenarios=(
            Scenario(
                where="container",
                text=(
                    "A newer base image brings OpenSSL 3 and a higher security level: what worked yesterday is refused "
                    "today, with no change in the code."
                ),
            ),
            Scenario(
                where="Kubernetes",
                text=(
                    "A mesh in strict mode wants its own client certificates: a pod without a sidecar is turned away."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text="The balancer's security policy sets the lowest TLS version; raising it locks old clients out.",
            ),
            Scenario(
                where="CI",
                text="The runner's address changes from job to job, so an access list by address turns it away.",
            ),
        ),
        raises=Example(
            fault="tls-alert",
            code="""\
import socket
import ssl

context = ssl.create_default_context()
with socket.create_connection((host, port), timeout=1) as raw:
    context.wrap_socket(raw, server_hostname=host)
""",
        ),
        fixed=Example(
            fault="tls-alert",
            ends="error",
            code="""\
import socket
import ssl


class TlsRefused(RuntimeError):
    pass


def connect(host, port, *, timeout=1.0):
    context = ssl.create_default_context(cafile=ca_file)
    raw = socket.create_connection((host, port), timeout=timeout)
    try:
        return context.wrap_socket(raw, server_hostname=host)
    except ssl.SSLCertVerificationError:
        raise  # another matter: see tls-certificate-untrusted
    except ssl.SSLError as error:  # the same two sides will disagree again: no retry
        lowest = context.minimum_version.name
        raise TlsRefused(f"{host}:{port}: {error.reason}; offered {lowest} and up, {ssl.OPENSSL_VERSION}") from error
    finally:
        raw.close()  # after success the TLS socket owns the descriptor, and this does nothing


with connect(host, port) as connection:
    result = connection.version()
""",
        ),
        see_also=("tls-certificate-untrusted", "tls-not-spoken", "tls-connection-closed"),
        since="0.1.0",
        sources=("RFC 8446", "RFC 5746", "RFC 6066", "openssl-s_client(1)", "urllib3/urllib3#2653"),
    ),
    Entry(
        code="tls-connection-closed",
        title="Closed without the end that TLS demands",
        stage="tls",
        phase="transfer",
        retry="if-idempotent",
        exceptions=("ssl.SSLEOFError", "ssl.SSLZeroReturnError"),
        ssl_reasons=(
            "APPLICATION_DATA_AFTER_CLOSE_NOTIFY",
            "PROTOCOL_IS_SHUTDOWN",
            "SHUTDOWN_WHILE_IN_INIT",
            "UNEXPECTED_EOF_WHILE_READING",
        ),
        cause=(
            "The connection to {endpoint} was closed in the middle of TLS: during the handshake, or later without the "
            "close_notify that ends it."
        ),
        hints=(
            Hint(
                when=("server-side",),
                text=(
                    "Treat it as a goodbye: a client closed without close_notify. Scanners, health checks on TCP and "
                    "browsers that leave do so all day."
                ),
            ),
            Hint(
                when=("proxy", "scheme=https"),
                text=(
                    "Look in the proxy's log first: a proxy variable applies to {host}, and a proxy that may not reach "
                    "the host closes so. Try once with {host} in NO_PROXY."
                ),
            ),
            Hint(
                when=("port=80",),
                text="Use port 443, or http://: port 80 does not speak TLS, and this server closes on it.",
            ),
            Hint(
                when=("library=psycopg2",),
                text=(
                    "Open connections after the fork (`lazy-apps` in uwsgi, `engine.dispose()` in the child): shared "
                    "TLS connections end with `EOF detected`. Else the server was restarted: read its log."
                ),
            ),
            Hint(
                when=("library=sqlalchemy",),
                text=(
                    "Set `pool_pre_ping=True` and `pool_recycle` below the server's idle limit, and call "
                    "`engine.dispose()` in each forked child."
                ),
            ),
            Hint(
                when=("kubernetes",),
                text=(
                    "Check the mesh: a sidecar closes the connection when mutual TLS is expected and plain TLS comes, "
                    "or when the target has no endpoint ready."
                ),
            ),
            Hint(
                when=("loopback",),
                text=(
                    "Read the server's log: whatever listens on {endpoint} closed on the TLS greeting. It may be "
                    "plain, or may have crashed."
                ),
            ),
            Hint(
                when=("public",),
                text=(
                    "Compare with another network (a phone, another region): firewalls that filter by name cut the "
                    "connection right after the ClientHello, where the name stands."
                ),
            ),
            Hint(
                text=(
                    "If it happens at once and every time, the server or a firewall drops this client in the "
                    "handshake: TLS version, cipher, SNI, address, or a plain port. `openssl s_client -connect "
                    "{endpoint} -servername {host}` shows how far it gets."
                ),
            ),
            Hint(
                text=(
                    "If it happens on connections that stood for a while, the server or a balancer closed an idle one, "
                    "or was restarted: keep clients' idle time shorter, and retry on a fresh connection if the request "
                    "is idempotent."
                ),
            ),
        ),
        about=(
            "A TLS connection ends with a message of its own, close_notify (RFC 8446, section 6.1), so that nobody on "
            "the way can cut the text and make it look complete. When TCP ends with a FIN and no close_notify came, "
            "OpenSSL reports an unexpected EOF; Python raises SSLEOFError.\n"
            "\n"
            "During the handshake that means: the peer read the ClientHello and went. Servers do so when they dislike "
            "the version, the cipher or the name and are not polite enough for an alert, plain servers when they don't "
            "understand it, and firewalls when they dislike the name. Nothing of the request was sent.\n"
            "\n"
            "Later it means that the process was killed, or that the server ends connections carelessly. Many did "
            "for years; OpenSSL 3 reports it where 1.1.1 was silent. The data before it may be cut short."
        ),
        wire=(
            Message("client", "server", "ClientHello"),
            Message("server", "server", "gives up without an alert"),
            Message("server", "client", "FIN"),
            Message("client", "client", "misses the close_notify"),
            Message("client", "client", "raises SSLEOFError"),
        ),
        causes=(
            Cause(
                text=(
                    "The server closes before its ServerHello: it wants another TLS version or cipher, or a firewall "
                    "cuts the connection."
                ),
                sources=("psf/requests#5813", "psf/requests#3006", "andresriancho/w3af#18532"),
            ),
            Cause(
                text="A site behind a filter by name or region: the connection ends right after the ClientHello.",
                sources=("ValdikSS/GoodbyeDPI#229", "AI-Citizen/SolidGPT#54"),
            ),
            Cause(
                text="Processes made by fork share one TLS connection, and one of them closes it for all.",
                sources=("nautobot/nautobot#127", "sqlalchemy/sqlalchemy#5955", "dpgaspar/Flask-AppBuilder#1570"),
            ),
            Cause(
                text="An idle connection was closed by the server, or the server was restarted.",
                sources=("psycopg/psycopg2#215", "psycopg/psycopg2#1496"),
            ),
            Cause(
                text="The client's own build of OpenSSL misbehaves with this server.",
                sources=("psycopg/psycopg2#1079",),
            ),
        ),
        scenarios=(
            Scenario(
                where="Kubernetes",
                text=(
                    "During a rollout the old pod closes while clients still hold connections to it. A preStop pause "
                    "lets the endpoints be removed first."
                ),
            ),
            Scenario(
                where="cloud load balancer",
                text=(
                    "A TCP balancer accepts and then closes when no target is healthy: the client sees an EOF in the "
                    "handshake, not a refusal."
                ),
            ),
            Scenario(
                where="laptop",
                text="The VPN or the company's firewall filters by name: it works on the phone's hotspot.",
            ),
            Scenario(
                where="CI",
                text="Many jobs at once run into a rate limit that closes new connections instead of answering 429.",
            ),
        ),
        raises=Example(
            fault="tls-eof-in-handshake",
            code="""\
import socket
import ssl

context = ssl.create_default_context()
with socket.create_connection((host, port), timeout=1) as raw:
    context.wrap_socket(raw, server_hostname=host)
""",
        ),
        fixed=Example(
            fault="tls-eof-in-handshake",
            ends="result",
            code="""\
import random
import socket
import ssl
import time


def connect(host, port, *, attempts=10, timeout=1.0, base=0.1, cap=1.0):
    context = ssl.create_default_context(cafile=ca_file)
    for attempt in range(attempts):
        raw = socket.create_connection((host, port), timeout=timeout)
        try:
            return context.wrap_socket(raw, server_hostname=host)
        except ssl.SSLEOFError:  # still in the handshake: no request was sent, so a retry is safe
            raw.close()
            if attempt == attempts - 1:
                raise
        except BaseException:
            raw.close()
            raise
        time.sleep(random.uniform(0, min(cap, base * 2**attempt)))  # full jitter


with connect(host, port) as connection:
    result = connection.version()
""",
        ),
        see_also=("tls-handshake-failed", "tls-not-spoken", "closed-by-peer", "connection-reset"),
        since="0.1.0",
        sources=("RFC 8446", "RFC 9110", "openssl-s_client(1)", "psf/requests#5813", "nautobot/nautobot#127"),
    ),
)
