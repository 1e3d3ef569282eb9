"""
What only the pages say: headings, notes, and what stands for the parts that an event fills in.

Data only: imports nothing of connlog.
"""

from __future__ import annotations

PLACEHOLDERS: dict[str, str] = {
    "endpoint": "host:port",
    "host": "host",
    "port": "port",
    "peer": "address",
    "service": "service",
}
"""What stands on a page for the part that an event fills in."""

FRONT = (
    "What can go wrong between a program and a server, in the order in which a connection comes about. "
    "Each failure has a page: what causes it, how to fix it, and whether trying again can help."
)
"""What the first of the generated pages says it is."""

DOCS_URL = "With this, the events that connlog writes lead to these pages:"
"""What stands above the call that gives connlog the address of the pages."""

LOOKS = "What it looks like"
"""Heading of the traceback and the event."""

CAUSES = "What causes it"
"""Heading of the causes, most frequent first."""

HINTS = "How to fix it"
"""Heading of the hints."""

EXAMPLES = "Code that raises it, and code that copes"
"""Heading of the code samples."""

WIRE = "What happens on the wire"
"""Heading of what is sent and of what the operating system does."""

DIAGRAM = "Sequence diagram: {sides}"
"""Names the diagram to those who don't see it."""

ARROW = " → "
"""Stands between the sender of a message and its receiver."""

COLON = ": "
"""Stands before what a message says."""

SCENARIOS = "Where it is met"
"""Heading of the environments."""

NUMBERS = "The number on each platform"
"""Heading of the errno numbers."""

WRAPPED = "Where libraries hide it"
"""Heading of the classes of libraries."""

SEE_ALSO = "See also"
"""Heading of the neighbours."""

SOURCES = "Sources"
"""Heading of the sources."""

CODE = "Code"
"""Stands before the code itself."""

FAILS = "Fails"
"""Stands before what was being done."""

RETRY = "Retry"
"""Stands before the retry verdict."""

KNOWN_BY = "Known by"
"""Stands before the errno names and classes that mean a code."""

NAME = "Name"
"""Heads the names of errnos."""

LIBRARY = "Library"
"""Heads the names of libraries."""

CLASS = "Class"
"""Heads the exception classes."""

MEANS_IT = "Means it"
"""Heads whether a class always means a code."""

FAILURE = "Failure"
"""Heads titles and codes."""

ERRNO = "errno"
"""Heads errno names."""

SERVER = "The server"
"""Heads what a server was made to do."""

SAYS = "connlog says"
"""Heads what connlog said of it."""

CLIENTS = "Clients"
"""Heads the clients."""

MEANING = "What it says"
"""Heads the meaning of event fields."""

TESTED = "Tested: {clients}."
"""Names the clients with their versions."""

EMPTY = "Where a client has no result for a fault, this is why:"
"""Stands above the reasons."""

UNTESTED = "These clients are not tested:"
"""Stands above the clients that no test can provoke, and why."""

FAILURES_TABLE = "connection failures"
"""Names the table of many codes to those who don't see it."""

NUMBERS_TABLE = "errno numbers of {code}"
"""Names the table of a code's errno numbers."""

WRAPPED_TABLE = "classes of libraries that mean {code}"
"""Names the table of a code's third-party classes."""

CLIENTS_TABLE = "clients and faults"
"""Names the table of tested clients."""

FIELDS_TABLE = "event fields"
"""Names the table of event fields."""

CAPTURED = (
    "The code below that raises it, run against the real fault, ends like this"
    " ({versions} on Linux; port and paths are replaced, the lines of `^^^^` left out):"
)
"""What stands above a captured traceback."""

EVENT = (
    "And this is the event that structlog writes of it, in a container, with connlog's processor in its chain."
    " In the log it is one line; here `exception`, which holds the traceback, and `hints` are shortened to `…`:"
)
"""What stands above a captured event."""

RAISED: dict[bool, str] = {
    True: (
        "What each tested client raises, as the tests of connlog saw it: the class that you catch, then what is inside"
        " it from the outside in, and whether the errno is still there."
    ),
    False: (
        "What each tested client raises, as the tests of connlog saw it: the class that you catch, then what is inside"
        " it from the outside in."
    ),
}
"""What stands above the exceptions of clients, by whether there is an errno in any of them."""

CHAIN = "What you catch > what is inside it"
"""Heads the classes of an exception and of those inside of it."""

IN_MESSAGE = "only in its message"
"""What stands behind an errno that is no attribute."""

LOST = "lost"
"""What stands for an errno that other clients keep."""

VARIANTS = "{client} (also {variants})"
"""Names the variants of a client behind it."""

RAISED_TABLE = "exceptions of clients that mean {code}"
"""Names the table of what clients raise to those who don't see it."""

CLASSES = "Classes that mean it, by themselves or by their message:"
"""What stands above the classes of libraries."""

NO_RESULTS = "{file}: {why}; the tests write this file"
"""What is said of a file of results that can't be read."""

NO_JSON = "{file}, line {line}: no JSON: {why}"
"""What is said of a damaged file of results."""

OTHER_RESULTS = "{file}: not what the tests write: {why}"
"""What is said of a file that holds something else."""

UNKNOWN_CODES = "{file}: unknown code {codes}"
"""What is said of a file of results that names codes that there are none of."""

RAISES = "This raises it. `host` and `port` are the server's; the tests of connlog run it against the real fault."
"""What stands above the code that raises a failure."""

COPES: dict[str, str] = {
    "result": "This copes: it succeeds once the fault is gone, and gives up with a clear error if it stays.",
    "error": "This copes: trying again can't help here, so it ends at once with an error that says what to do.",
}
"""What stands above the code that copes, by how it ends."""

MEANS: dict[str, str] = {
    "always": "always",
    "usually": "unless its message says otherwise",
    "sometimes": "when its message says so",
}
"""When a class means a code."""

ALWAYS = "in any case"
"""What stands above the hints that have no condition."""

NOTHING = "nothing: no connection failure"
"""What stands for a code where connlog has no diagnosis."""

NONE = "none"
"""What stands in a cell of a table that has nothing to say."""

PARTS: dict[str, str] = {
    "handled": "`false` where nothing in the program caught it; left out otherwise.",
    "other_codes": "In a group: the codes of the other members.",
    "target": "Logical target, else the address dialled.",
    "target_ip": "The same, where it is an IP address.",
    "target_domain": "The same, where it is a name.",
    "target_port": "Its port.",
}
"""What the parts mean that a naming convention derives from a diagnosis."""

NO_ENDPOINT = "endpoint not known"
"""What stands below a code where connlog could not name the endpoint."""

SETTINGS: dict[str, str] = {
    "connlog_pages": 'Folder for the generated pages, one for each code: `"errors"`. `None`: no page is generated.',
    "connlog_runbook": "TOML file with the team's own hints, as a path from the folder of `conf.py`. `None`: no hints.",
    "connlog_export": "Whether `connlog.json`, the whole catalog for programs, is written beside the HTML.",
}
"""What each setting of ``conf.py`` is for."""

WANTED: dict[str, str] = {
    "connlog_pages": 'a folder such as "errors", or None',
    "connlog_runbook": 'a path such as "runbook.toml", or None',
    "connlog_export": "True or False",
}
"""What may be written for each setting."""

WRONG_TYPE = "this is of type {found}; write {wanted}"
"""What is said of a setting of a wrong type."""

NO_FOLDER = 'this is no folder below the source; write it with "/" between its parts, no dot and no "/" at the ends'
"""What is said of a folder that pages can't stand in."""

NO_FILE = "there is no file {file}; write a path from the folder of conf.py, or None"
"""What is said of a runbook that is not there."""

UNREADABLE = "{file} can't be read: {why}"
"""What is said of a runbook that the system does not hand out."""

FAILURES = "Connection failures"
"""Names the domain and its index."""

FAILURES_SHORT = "failures"
"""Names the index where there is little room."""

OBJECTS: dict[str, str] = {"code": "connection failure", "errno": "errno", "exception": "exception class"}
"""What search results call what they found."""

GROUPS: dict[str, str] = {
    "resolve": "Address",
    "connect": "Connecting",
    "tls": "TLS",
    "transfer": "Transfer",
    "limits": "Limits",
    "other": "Other",
    "errno": "errno",
    "exception": "Classes",
}
"""Headings of the index: one word each, since an anchor is made of it."""

UNKNOWN = "connlog: unknown %s %r (%s)"
"""What is said of a name that is none: what it was taken for, the name, and advice."""

NEAREST = "nearest: {names}"
"""Advice for a name that is none."""

NO_NEAREST = "'connlog catalog' lists them all"
"""Advice where no name is near."""

UNDESCRIBED: dict[str, str] = {
    "code": (
        "connlog: no page describes %r; set connlog_pages in conf.py, add '.. connlog:catalog::' to a page, or link to"
        " another project by intersphinx"
    ),
    "errno": (
        "connlog: no page describes %r; set connlog_pages in conf.py, add '.. connlog:errnos::' to a page, or link to"
        " another project by intersphinx"
    ),
    "exception": (
        "connlog: no page describes %r; set connlog_pages in conf.py, add '.. connlog:wrappers::' to a page, or link to"
        " another project by intersphinx"
    ),
}
"""What is said of a link to something that is known and stands nowhere in the project."""

DUPLICATE = (
    "connlog: code %r is described twice, here and in %s, line %d; links go there. Add :no-index: to one of them"
)
"""What is said of a code that two places describe."""

NUMBER_OF = "{errno} on {platforms}"
"""Says in the general index what a number stands for."""

ERRNOS_TABLE = "errno names and numbers"
"""Names the table of all errnos to those who don't see it."""

TESTED_WITH = "tested with {version}"
"""Stands behind the name of a library."""

NEVER = "no connection failure"
"""Stands behind a class that is no connection failure."""

AS_SAID = "when its message says so:"
"""Stands before the codes that a class means as its message says."""

WHATEVER = "any failure that it names"
"""Ends the codes that a class means as its message says, where it may quote the system's own words."""

DISTRIBUTIONS: dict[str, str] = {
    "MySQLdb": "mysqlclient",
    "cassandra": "cassandra-driver",
    "cimpl": "confluent-kafka",
    "clickhouse_driver": "clickhouse-driver",
    "dns": "dnspython",
    "grpc": "grpcio",
    "kafka": "kafka-python",
    "mysql": "mysql-connector-python",
    "nats": "nats-py",
    "psycopg_pool": "psycopg-pool",
    "pymysql": "PyMySQL",
    "stomp": "stomp.py",
    "sqlalchemy": "SQLAlchemy",
}
"""Names under which libraries are installed, where these are not those of their packages."""

CHOICE = "Write {wanted}; the default is `{default}`."
"""Stands below a setting: what may be written, and what holds where nothing is."""

RUNBOOK = "From this project's own runbook"
"""Heads the team's own hints."""

CATALOGUED = "From connlog:"
"""Stands above connlog's hints where the team's own come before them."""

NONE_CHOSEN = "connlog:catalog: no code is left, for none of {codes} is of that stage; drop :stage: or :codes:"
"""What is said of a directive whose options contradict each other."""

UNFILLED = "connlog: the translation of %r has braces that name no part (%r); double those that are meant as such"
"""What is said of a translation of a text of the catalog that can't be shown."""

NOTHING_NAMED = "nothing is named; write at least one word"
"""What is said of an option that has signs and no words."""
