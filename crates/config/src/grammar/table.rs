//! The table: every map of Dhcp4 and Dhcp6 with its keys.

use super::{Choice, Key, Kind, MapRule, Status, Style};

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, canonical: name, kind, status: Status::Current }
}

const fn alias(name: &'static str, canonical: &'static str, kind: Kind) -> Key {
    Key { name, canonical, kind, status: Status::Current }
}

const fn old(name: &'static str, kind: Kind) -> Key {
    Key { name, canonical: name, kind, status: Status::Deprecated }
}

const fn replaced(name: &'static str, canonical: &'static str, kind: Kind, warning: &'static str) -> Key {
    Key { name, canonical, kind, status: Status::Replaced(warning) }
}

const fn later(name: &'static str, kind: Kind) -> Key {
    Key { name, canonical: name, kind, status: Status::Later }
}

const fn integer(name: &'static str) -> Key {
    key(name, Kind::Integer)
}

const fn real(name: &'static str) -> Key {
    key(name, Kind::Real)
}

const fn boolean(name: &'static str) -> Key {
    key(name, Kind::Boolean)
}

const fn string(name: &'static str) -> Key {
    key(name, Kind::String)
}

const fn strings(name: &'static str) -> Key {
    key(name, Kind::Strings)
}

const fn exactly(words: &'static [&'static str]) -> Choice {
    Choice { words, expecting: words, exact: true, duplicate_map: None }
}

const fn any_case(words: &'static [&'static str], expecting: &'static [&'static str]) -> Choice {
    Choice { words, expecting, exact: false, duplicate_map: None }
}

// The document.

pub(super) static TOP4: MapRule = MapRule {
    name: "toplevel",
    style: Style::Top,
    groups: &[&[key("Dhcp4", Kind::Map(&DHCP4))]],
    required: &[],
    strays: &[],
};
pub(super) static TOP6: MapRule = MapRule {
    name: "toplevel",
    style: Style::Top,
    groups: &[&[key("Dhcp6", Kind::Map(&DHCP6))]],
    required: &[],
    strays: &[],
};

static DHCP4: MapRule = MapRule {
    name: "Dhcp4",
    style: Style::Strict,
    groups: &[
        LIFETIMES,
        TIMERS,
        GLOBAL,
        BOOT,
        OWNERSHIP4,
        NETWORK,
        DDNS,
        DDNS_CONFLICT,
        CONTEXT,
        &[
            key("subnet4", Kind::Maps(&SUBNET4)),
            key("shared-networks", Kind::Maps(&SHARED_NETWORK4)),
            key("interfaces-config", Kind::Map(&INTERFACES4)),
            key("host-reservation-identifiers", Kind::SomeWords(&IDENTIFIERS4)),
            key("client-classes", Kind::Maps(&CLIENT_CLASS4)),
            key("dhcp-ddns", Kind::Map(&DHCP_DDNS4)),
            boolean("echo-client-id"),
            boolean("stash-agent-options"),
            key("compatibility", Kind::Map(&COMPATIBILITY4)),
            key("reservations", Kind::Maps(&RESERVATION4)),
        ],
    ],
    required: &[],
    strays: &[],
};

static DHCP6: MapRule = MapRule {
    name: "Dhcp6",
    style: Style::Strict,
    groups: &[
        LIFETIMES,
        PREFERRED,
        TIMERS,
        GLOBAL,
        NETWORK,
        DDNS,
        DDNS_CONFLICT,
        CONTEXT,
        &[
            replaced(
                "data-directory",
                "data-directory",
                Kind::String,
                "data-directory is deprecated and will be ignored",
            ),
            key("subnet6", Kind::Maps(&SUBNET6)),
            key("shared-networks", Kind::Maps(&SHARED_NETWORK6)),
            key("interfaces-config", Kind::Map(&INTERFACES6)),
            key("mac-sources", Kind::SomeStrings(&MAC_SOURCES)),
            key("relay-supplied-options", Kind::Values),
            key("host-reservation-identifiers", Kind::SomeWords(&IDENTIFIERS6)),
            key("client-classes", Kind::Maps(&CLIENT_CLASS6)),
            key("server-id", Kind::Map(&SERVER_ID)),
            key("dhcp-ddns", Kind::Map(&DHCP_DDNS6)),
            string("pd-allocator"),
            later("allow-address-registration", Kind::Boolean),
            key("compatibility", Kind::Map(&COMPATIBILITY6)),
            key("reservations", Kind::Maps(&RESERVATION6)),
        ],
    ],
    required: &[],
    strays: &[],
};

/// What both servers take at the top.
static GLOBAL: &[Key] = &[
    integer("decline-probation-period"),
    key("lease-database", Kind::Map(&LEASE_DATABASE)),
    old("hosts-database", Kind::Map(&HOSTS_DATABASE)),
    key("hosts-databases", Kind::Maps(&HOSTS_DATABASE)),
    key("option-def", Kind::Maps(&OPTION_DEF)),
    key("hooks-libraries", Kind::Maps(&HOOKS_LIBRARY)),
    key("expired-leases-processing", Kind::Map(&EXPIRED_LEASES)),
    integer("dhcp4o6-port"),
    key("control-sockets", Kind::Maps(&CONTROL_SOCKET)),
    // Gone after 3.0.
    old("control-socket", Kind::Map(&CONTROL_SOCKET)),
    key("dhcp-queue-control", Kind::Map(&QUEUE_CONTROL)),
    key("sanity-checks", Kind::Map(&SANITY_CHECKS)),
    key("config-control", Kind::Map(&CONFIG_CONTROL)),
    string("server-tag"),
    key("loggers", Kind::SomeMaps(&LOGGER)),
    integer("statistic-default-sample-count"),
    integer("statistic-default-sample-age"),
    key("multi-threading", Kind::Map(&MULTI_THREADING)),
    boolean("early-global-reservations-lookup"),
    boolean("ip-reservations-unique"),
    boolean("reservations-lookup-first"),
    integer("parked-packet-limit"),
];

// Groups of keys that several maps share.

static LIFETIMES: &[Key] = &[integer("valid-lifetime"), integer("min-valid-lifetime"), integer("max-valid-lifetime")];

static PREFERRED: &[Key] =
    &[integer("preferred-lifetime"), integer("min-preferred-lifetime"), integer("max-preferred-lifetime")];

static TIMERS: &[Key] = &[integer("renew-timer"), integer("rebind-timer")];

static BOOT: &[Key] = &[string("next-server"), string("server-hostname"), string("boot-file-name")];

static OWNERSHIP4: &[Key] = &[boolean("match-client-id"), boolean("authoritative"), integer("offer-lifetime")];

/// What may be set at every level down to the subnet.
static NETWORK: &[Key] = &[
    key("option-data", Kind::Maps(&OPTION_DATA)),
    boolean("reservations-global"),
    boolean("reservations-in-subnet"),
    boolean("reservations-out-of-pool"),
    boolean("calculate-tee-times"),
    real("t1-percent"),
    real("t2-percent"),
    real("cache-threshold"),
    integer("cache-max-age"),
    later("adaptive-lease-time-threshold", Kind::Real),
    boolean("store-extended-info"),
    string("allocator"),
];

static DDNS: &[Key] = &[
    string("hostname-char-set"),
    string("hostname-char-replacement"),
    boolean("ddns-send-updates"),
    boolean("ddns-override-no-update"),
    boolean("ddns-override-client-update"),
    key("ddns-replace-client-name", Kind::ReplaceName(&REPLACE_CLIENT_NAME)),
    string("ddns-generated-prefix"),
    string("ddns-qualifying-suffix"),
    boolean("ddns-update-on-renew"),
    key("ddns-conflict-resolution-mode", Kind::Word(&CONFLICT_RESOLUTION)),
    real("ddns-ttl-percent"),
    integer("ddns-ttl"),
    integer("ddns-ttl-min"),
    integer("ddns-ttl-max"),
];

static DDNS_CONFLICT: &[Key] = &[replaced(
    "ddns-use-conflict-resolution",
    "ddns-conflict-resolution-mode",
    Kind::Boolean,
    "ddns-use-conflict-resolution is deprecated. Substituting ddns-conflict-resolution-mode",
)];

static CONTEXT: &[Key] = &[key("user-context", Kind::UserContext), key("comment", Kind::Comment)];

/// Which clients a subnet, network or pool is for.
static GUARD: &[Key] = &[
    old("client-class", Kind::String),
    strings("client-classes"),
    old("require-client-classes", Kind::Strings),
    strings("evaluate-additional-classes"),
];

static SUBNET: &[Key] = &[string("subnet"), string("interface"), integer("id"), key("relay", Kind::Map(&RELAY))];

static DATABASE: &[Key] = &[
    string("type"),
    string("user"),
    string("password"),
    later("password-file", Kind::String),
    string("host"),
    integer("port"),
    string("name"),
    boolean("persist"),
    integer("lfc-interval"),
    integer("connect-timeout"),
    integer("read-timeout"),
    integer("write-timeout"),
    integer("tcp-user-timeout"),
    integer("max-reconnect-tries"),
    integer("reconnect-wait-time"),
    key("on-fail", Kind::Word(&ON_FAIL)),
    boolean("retry-on-startup"),
    string("trust-anchor"),
    string("cert-file"),
    string("key-file"),
    later("ssl-mode", Kind::Word(&SSL_MODE)),
    string("cipher-list"),
];

// Networks and what is in them.

static SUBNET4: MapRule = MapRule {
    name: "subnet4",
    style: Style::Strict,
    groups: &[
        LIFETIMES,
        TIMERS,
        SUBNET,
        GUARD,
        NETWORK,
        BOOT,
        OWNERSHIP4,
        DDNS,
        DDNS_CONFLICT,
        CONTEXT,
        &[
            key("pools", Kind::Maps(&POOL)),
            key("reservations", Kind::Maps(&RESERVATION4)),
            string("4o6-interface"),
            string("4o6-interface-id"),
            string("4o6-subnet"),
        ],
    ],
    required: &["subnet"],
    strays: &[],
};

static SUBNET6: MapRule = MapRule {
    name: "subnet6",
    style: Style::Strict,
    groups: &[
        LIFETIMES,
        PREFERRED,
        TIMERS,
        SUBNET,
        GUARD,
        NETWORK,
        DDNS,
        DDNS_CONFLICT,
        CONTEXT,
        &[
            key("pools", Kind::Maps(&POOL)),
            key("pd-pools", Kind::Maps(&PD_POOL)),
            key("reservations", Kind::Maps(&RESERVATION6)),
            string("interface-id"),
            boolean("rapid-commit"),
            string("pd-allocator"),
        ],
    ],
    required: &["subnet"],
    strays: &[],
};

static SHARED_NETWORK4: MapRule = MapRule {
    name: "shared-networks",
    style: Style::Strict,
    groups: &[
        LIFETIMES,
        TIMERS,
        GUARD,
        NETWORK,
        BOOT,
        OWNERSHIP4,
        DDNS,
        DDNS_CONFLICT,
        CONTEXT,
        &[string("name"), key("subnet4", Kind::Maps(&SUBNET4)), string("interface"), key("relay", Kind::Map(&RELAY))],
    ],
    required: &[],
    strays: &[],
};

static SHARED_NETWORK6: MapRule = MapRule {
    name: "shared-networks",
    style: Style::Strict,
    groups: &[
        LIFETIMES,
        PREFERRED,
        TIMERS,
        GUARD,
        NETWORK,
        DDNS,
        DDNS_CONFLICT,
        CONTEXT,
        &[
            string("name"),
            key("subnet6", Kind::Maps(&SUBNET6)),
            string("interface"),
            string("interface-id"),
            boolean("rapid-commit"),
            string("pd-allocator"),
            key("relay", Kind::Map(&RELAY)),
        ],
    ],
    required: &[],
    strays: &[],
};

static POOL: MapRule = MapRule {
    name: "pools",
    style: Style::Strict,
    groups: &[
        GUARD,
        DDNS,
        CONTEXT,
        &[string("pool"), integer("pool-id"), key("option-data", Kind::Maps(&OPTION_DATA))],
    ],
    required: &["pool"],
    strays: &[],
};

static PD_POOL: MapRule = MapRule {
    name: "pd-pools",
    style: Style::Strict,
    groups: &[
        GUARD,
        CONTEXT,
        &[
            string("prefix"),
            integer("prefix-len"),
            integer("delegated-len"),
            integer("pool-id"),
            key("option-data", Kind::Maps(&OPTION_DATA)),
            string("excluded-prefix"),
            integer("excluded-prefix-len"),
        ],
    ],
    required: &["prefix", "prefix-len", "delegated-len"],
    strays: &[],
};

static RELAY: MapRule =
    MapRule { name: "relay", style: Style::Single, groups: &[&[strings("ip-addresses")]], required: &[], strays: &[] };

static RESERVATION: &[Key] = &[
    string("duid"),
    string("hw-address"),
    string("flex-id"),
    string("hostname"),
    strings("client-classes"),
    key("option-data", Kind::Maps(&OPTION_DATA)),
];

static RESERVATION4: MapRule = MapRule {
    name: "reservations",
    style: Style::Optional,
    groups: &[RESERVATION, BOOT, CONTEXT, &[string("client-id"), string("circuit-id"), string("ip-address")]],
    required: &[],
    strays: &[],
};

static RESERVATION6: MapRule = MapRule {
    name: "reservations",
    style: Style::Optional,
    groups: &[RESERVATION, CONTEXT, &[strings("ip-addresses"), strings("prefixes"), strings("excluded-prefixes")]],
    required: &[],
    strays: &[],
};

// Classes and options.

static CLIENT_CLASS: &[Key] = &[
    string("name"),
    key("test", Kind::Expression),
    key("template-test", Kind::Expression),
    old("only-if-required", Kind::Boolean),
    boolean("only-in-additional-list"),
    key("option-data", Kind::Maps(&OPTION_DATA)),
];

static CLIENT_CLASS4: MapRule = MapRule {
    name: "client-classes",
    style: Style::Optional,
    groups: &[
        CLIENT_CLASS,
        BOOT,
        LIFETIMES,
        CONTEXT,
        &[key("option-def", Kind::Maps(&OPTION_DEF)), integer("offer-lifetime")],
    ],
    required: &["name"],
    strays: &["client-class"],
};

static CLIENT_CLASS6: MapRule = MapRule {
    name: "client-classes",
    style: Style::Optional,
    groups: &[CLIENT_CLASS, PREFERRED, LIFETIMES, CONTEXT],
    required: &["name"],
    strays: &["client-class"],
};

static OPTION_DEF: MapRule = MapRule {
    name: "option-def",
    style: Style::Optional,
    groups: &[
        CONTEXT,
        &[
            string("name"),
            integer("code"),
            string("type"),
            string("record-types"),
            string("space"),
            string("encapsulate"),
            boolean("array"),
        ],
    ],
    required: &["name", "code", "type"],
    strays: &[],
};

static OPTION_DATA: MapRule = MapRule {
    name: "option-data",
    style: Style::Optional,
    groups: &[
        CONTEXT,
        &[
            string("name"),
            string("data"),
            integer("code"),
            string("space"),
            boolean("csv-format"),
            boolean("always-send"),
            boolean("never-send"),
            strings("client-classes"),
        ],
    ],
    required: &[],
    strays: &[],
};

// Databases.

static LEASE_DATABASE: MapRule = MapRule {
    name: "lease-database",
    style: Style::Strict,
    groups: &[DATABASE, &[integer("max-row-errors")]],
    required: &["type"],
    strays: &[],
};

static HOSTS_DATABASE: MapRule = MapRule {
    name: "hosts-database",
    style: Style::Strict,
    groups: &[DATABASE, &[boolean("readonly")]],
    required: &["type"],
    strays: &[],
};

static CONFIG_DATABASE: MapRule =
    MapRule { name: "config-database", style: Style::Strict, groups: &[DATABASE], required: &["type"], strays: &[] };

static CONFIG_CONTROL: MapRule = MapRule {
    name: "config-control",
    style: Style::Closed,
    groups: &[&[key("config-databases", Kind::Maps(&CONFIG_DATABASE)), integer("config-fetch-wait-time")]],
    required: &[],
    strays: &[],
};

// The server itself.

static INTERFACES: &[Key] = &[
    strings("interfaces"),
    boolean("re-detect"),
    boolean("service-sockets-require-all"),
    integer("service-sockets-retry-wait-time"),
    integer("service-sockets-max-retries"),
];

static INTERFACES4: MapRule = MapRule {
    name: "interfaces-config",
    style: Style::Strict,
    groups: &[
        INTERFACES,
        CONTEXT,
        &[
            key("dhcp-socket-type", Kind::Word(&SOCKET_KIND)),
            key("outbound-interface", Kind::Word(&OUTBOUND_INTERFACE)),
        ],
    ],
    required: &[],
    strays: &[],
};

static INTERFACES6: MapRule = MapRule {
    name: "interfaces-config",
    style: Style::Strict,
    groups: &[INTERFACES, CONTEXT],
    required: &[],
    strays: &[],
};

static HOOKS_LIBRARY: MapRule = MapRule {
    name: "hooks-libraries",
    style: Style::Strict,
    groups: &[&[string("library"), key("parameters", Kind::Free)]],
    required: &["library"],
    strays: &[],
};

static EXPIRED_LEASES: MapRule = MapRule {
    name: "expired-leases-processing",
    style: Style::Closed,
    groups: &[&[
        integer("reclaim-timer-wait-time"),
        integer("flush-reclaimed-timer-wait-time"),
        integer("hold-reclaimed-time"),
        integer("max-reclaim-leases"),
        integer("max-reclaim-time"),
        integer("unwarned-reclaim-cycles"),
    ]],
    required: &[],
    strays: &[],
};

static SERVER_ID: MapRule = MapRule {
    name: "server-id",
    style: Style::Strict,
    groups: &[
        CONTEXT,
        &[
            key("type", Kind::Word(&DUID_TYPE)),
            string("identifier"),
            integer("time"),
            integer("htype"),
            integer("enterprise-id"),
            boolean("persist"),
        ],
    ],
    required: &["type"],
    strays: &[],
};

static QUEUE_CONTROL: MapRule = MapRule {
    name: "dhcp-queue-control",
    style: Style::Open,
    groups: &[CONTEXT, &[boolean("enable-queue"), string("queue-type"), integer("capacity")]],
    required: &["enable-queue"],
    strays: &[],
};

static DHCP_DDNS: &[Key] = &[
    boolean("enable-updates"),
    string("server-ip"),
    integer("server-port"),
    string("sender-ip"),
    integer("sender-port"),
    integer("max-queue-size"),
    key("ncr-format", Kind::Word(&NCR_FORMAT)),
];

static DHCP_DDNS4: MapRule = MapRule {
    name: "dhcp-ddns",
    style: Style::Strict,
    groups: &[DHCP_DDNS, CONTEXT, &[key("ncr-protocol", Kind::Word(&NCR_PROTOCOL4))]],
    required: &["enable-updates"],
    strays: &[],
};

static DHCP_DDNS6: MapRule = MapRule {
    name: "dhcp-ddns",
    style: Style::Strict,
    groups: &[DHCP_DDNS, CONTEXT, &[key("ncr-protocol", Kind::Word(&NCR_PROTOCOL6))]],
    required: &["enable-updates"],
    strays: &[],
};

static SANITY_CHECKS: MapRule = MapRule {
    name: "sanity-checks",
    style: Style::Closed,
    groups: &[&[
        key(
            "lease-checks",
            Kind::Checks { keyword: "lease-checks", words: &["none", "warn", "fix", "fix-del", "del"] },
        ),
        key(
            "extended-info-checks",
            Kind::Checks { keyword: "extended-info-checks", words: &["none", "fix", "strict", "pedantic"] },
        ),
    ]],
    required: &[],
    strays: &[],
};

static MULTI_THREADING: MapRule = MapRule {
    name: "multi-threading",
    style: Style::Strict,
    groups: &[CONTEXT, &[boolean("enable-multi-threading"), integer("thread-pool-size"), integer("packet-queue-size")]],
    required: &["enable-multi-threading"],
    strays: &[],
};

static COMPATIBILITY4: MapRule = MapRule {
    name: "compatibility",
    style: Style::Strict,
    groups: &[&[
        boolean("lenient-option-parsing"),
        boolean("ignore-dhcp-server-identifier"),
        boolean("ignore-rai-link-selection"),
        boolean("exclude-first-last-24"),
    ]],
    required: &[],
    strays: &[],
};

static COMPATIBILITY6: MapRule = MapRule {
    name: "compatibility",
    style: Style::Strict,
    groups: &[&[boolean("lenient-option-parsing")]],
    required: &[],
    strays: &[],
};

static LOGGER: MapRule = MapRule {
    name: "loggers",
    style: Style::Strict,
    groups: &[
        CONTEXT,
        &[
            string("name"),
            key("output-options", Kind::SomeMaps(&LOGGER_OUTPUT)),
            alias("output_options", "output-options", Kind::SomeMaps(&LOGGER_OUTPUT)),
            integer("debuglevel"),
            string("severity"),
        ],
    ],
    required: &[],
    strays: &[],
};

static LOGGER_OUTPUT: MapRule = MapRule {
    name: "output-options",
    style: Style::Closed,
    groups: &[&[
        string("output"),
        boolean("flush"),
        integer("maxsize"),
        integer("maxver"),
        key("pattern", Kind::Expression),
    ]],
    required: &[],
    strays: &[],
};

// The control channel.

static CONTROL_SOCKET: MapRule = MapRule {
    name: "control-socket",
    style: Style::Strict,
    groups: &[
        CONTEXT,
        &[
            key("socket-type", Kind::Word(&SOCKET_TYPE)),
            string("socket-name"),
            // Kea: the two names are one key.
            alias("socket-address", "socket-name", Kind::String),
            integer("socket-port"),
            key("authentication", Kind::Map(&AUTHENTICATION)),
            string("trust-anchor"),
            string("cert-file"),
            string("key-file"),
            boolean("cert-required"),
            key("http-headers", Kind::Maps(&HTTP_HEADER)),
        ],
    ],
    required: &[],
    strays: &[],
};

static AUTHENTICATION: MapRule = MapRule {
    name: "authentication",
    style: Style::Strict,
    groups: &[
        CONTEXT,
        &[
            key("type", Kind::Word(&AUTHENTICATION_TYPE)),
            string("realm"),
            string("directory"),
            key("clients", Kind::Maps(&CLIENT)),
        ],
    ],
    required: &["type"],
    strays: &[],
};

static CLIENT: MapRule = MapRule {
    name: "clients",
    style: Style::Strict,
    groups: &[CONTEXT, &[string("user"), string("user-file"), string("password"), string("password-file")]],
    required: &[],
    strays: &[],
};

static HTTP_HEADER: MapRule = MapRule {
    name: "http-headers",
    style: Style::Strict,
    groups: &[CONTEXT, &[string("name"), string("value")]],
    required: &[],
    strays: &[],
};

// Words.

static DUID_TYPE: Choice = exactly(&["LLT", "EN", "LL"]);
static SOCKET_TYPE: Choice = exactly(&["unix", "http", "https"]);
static AUTHENTICATION_TYPE: Choice = exactly(&["basic"]);
static SOCKET_KIND: Choice = exactly(&["raw", "udp"]);
static OUTBOUND_INTERFACE: Choice = exactly(&["same-as-inbound", "use-routing"]);
static ON_FAIL: Choice = exactly(&["stop-retry-exit", "serve-retry-exit", "serve-retry-continue"]);
static SSL_MODE: Choice = exactly(&["disable", "prefer", "require", "verify-ca", "verify-full"]);
static NCR_PROTOCOL4: Choice = any_case(&["UDP", "TCP"], &["udp", "tcp"]);
static NCR_PROTOCOL6: Choice = any_case(&["UDP", "TCP"], &["UDP", "TCP"]);
static NCR_FORMAT: Choice = any_case(&["JSON"], &["JSON"]);
static IDENTIFIERS4: Choice = exactly(&["duid", "hw-address", "circuit-id", "client-id", "flex-id"]);
static IDENTIFIERS6: Choice = exactly(&["duid", "hw-address", "flex-id"]);
static MAC_SOURCES: Choice =
    Choice { words: &["duid"], expecting: &["duid", "constant string"], exact: true, duplicate_map: None };
static REPLACE_CLIENT_NAME: Choice = Choice {
    words: &["when-present", "never", "always", "when-not-present"],
    // The boolean that Kea refuses with a text of its own makes them five, too many to list.
    expecting: &["when-present", "never", "always", "when-not-present", "boolean"],
    exact: false,
    duplicate_map: Some("replace-client-name"),
};
static CONFLICT_RESOLUTION: Choice = Choice {
    words: &["check-with-dhcid", "no-check-with-dhcid", "check-exists-with-dhcid", "no-check-without-dhcid"],
    expecting: &["check-with-dhcid", "no-check-with-dhcid", "check-exists-with-dhcid", "no-check-without-dhcid"],
    exact: false,
    duplicate_map: None,
};
