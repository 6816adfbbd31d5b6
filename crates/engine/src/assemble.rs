//! Which options does the client get, and whose value of each?
//!
//! Precedence, first that has the option: host, pool (in the order of leases), subnet, shared network, classes in the order of
//! assignment, server. `never-send` anywhere silences an option; `always-send` anywhere asks for it.

use std::borrow::Cow;
use std::fmt;

use model::{ClassName, ConfiguredOption, Family, Host, OptionSet, Pool, SubnetId};
use wire::option::definition::{DHCP4, DHCP6};
use wire::read::Reader;
use wire::write::Writer;
use wire::{v4, v6};

use crate::course::Course;
use crate::event::{Event, Step};

/// The options of a reply, in the order added.
#[derive(Debug, Default)]
pub(crate) struct Options<'a>(Vec<(u16, Value<'a>)>);

/// The value of an option.
#[derive(Debug)]
enum Value<'a> {
    Lent(&'a [u8]),
    Made(Vec<u8>),
    /// A number or an IPv4 address, as most values are that the server makes.
    Four([u8; 4]),
}

impl Value<'_> {
    fn octets(&self) -> &[u8] {
        match self {
            Self::Lent(octets) => octets,
            Self::Made(octets) => octets,
            Self::Four(octets) => octets,
        }
    }

    fn octets_mut(&mut self) -> &mut [u8] {
        if let Self::Lent(octets) = self {
            *self = Self::Made(octets.to_vec());
        }
        match self {
            Self::Lent(_) => &mut [],
            Self::Made(octets) => octets,
            Self::Four(octets) => octets,
        }
    }
}

/// Options that most replies have room for.
const USUAL: usize = 16;

impl<'a> Options<'a> {
    /// Begins with none.
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(USUAL))
    }

    /// Adds an option.
    pub(crate) fn add(&mut self, code: u16, value: impl Into<Cow<'a, [u8]>>) {
        let value = match value.into() {
            Cow::Borrowed(octets) => Value::Lent(octets),
            Cow::Owned(octets) => Value::Made(octets),
        };
        self.0.push((code, value));
    }

    /// Adds an option of four octets.
    pub(crate) fn add_four(&mut self, code: u16, value: [u8; 4]) {
        self.0.push((code, Value::Four(value)));
    }

    /// Says whether an option is there.
    pub(crate) fn has(&self, code: u16) -> bool {
        self.0.iter().any(|(there, _)| *there == code)
    }

    /// Takes all options of a code away.
    pub(crate) fn remove(&mut self, code: u16) {
        self.remove_where(|there, _| there == code);
    }

    /// Takes options away by their codes and values.
    pub(crate) fn remove_where(&mut self, goes: impl Fn(u16, &[u8]) -> bool) {
        self.0.retain(|(code, value)| !goes(*code, value.octets()));
    }

    /// Changes the values of all options of a code.
    pub(crate) fn change(&mut self, code: u16, change: impl Fn(&mut [u8])) {
        for (_, value) in self.0.iter_mut().filter(|(there, _)| *there == code) {
            change(value.octets_mut());
        }
    }

    /// Walks the options.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &[u8])> {
        self.0.iter().map(|(code, value)| (*code, value.octets()))
    }

    /// Brings the options into ascending order of their codes; those of one code stay in the order added.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by_key(|(code, _)| *code);
    }
}

/// What a client asks for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Codes of options.
    pub(crate) codes: Vec<u16>,
    /// The vendors it names, each with the codes of their options it asks for.
    pub(crate) vendors: Vec<(u32, Vec<u16>)>,
}

/// What is peculiar to the options of a family.
struct Dialect {
    space: &'static str,
    /// Options the server makes itself; configured values of them are ignored.
    computed: &'static [u16],
    /// Options everybody gets that they are configured for.
    basic: &'static [u16],
    /// An option of which each one holds one sub-option.
    divided: Option<u16>,
    vendor_class: u16,
    vendor_options: u16,
}

/// Cuts sub-options apart, each with its code and length.
fn pieces(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = value;
    std::iter::from_fn(move || {
        let length = rest.get(2..4).and_then(|length| <[u8; 2]>::try_from(length).ok())?;
        let (piece, after) = rest.split_at_checked(usize::from(u16::from_be_bytes(length)).checked_add(4)?)?;
        rest = after;
        Some(piece)
    })
}

static V4: Dialect = Dialect {
    space: DHCP4,
    computed: &[v4::code::MESSAGE_TYPE],
    basic: &[v4::code::ROUTERS, v4::code::DOMAIN_NAME_SERVERS, v4::code::DOMAIN_NAME, v4::code::SERVER_ID],
    divided: None,
    vendor_class: v4::code::VIVCO,
    vendor_options: v4::code::VIVSO,
};

static V6: Dialect = Dialect {
    space: DHCP6,
    // Kea: whatever else the reply has not got by itself is sent as configured.
    computed: &[v6::code::CLIENT_ID, v6::code::SERVER_ID],
    basic: &[],
    // RFC 5908 §4: a client reads one source of time from each; Kea: without any there is no option.
    divided: Some(v6::code::NTP_SERVER),
    vendor_class: v6::code::VENDOR_CLASS,
    vendor_options: v6::code::VENDOR_OPTS,
};

const fn dialect(family: Family) -> &'static Dialect {
    match family {
        Family::V4 => &V4,
        Family::V6 => &V6,
    }
}

/// CableLabs, whose clients say which of its options they want.
pub(crate) const CABLELABS: u32 = 4491;

/// Adds all options a client gets to its reply.
pub(crate) fn options<'a>(course: &mut Course<'a>, asked: Asked, reply: &mut Options<'a>) {
    let dialect = dialect(course.model.family);
    let scopes = scopes(course);
    if scopes.is_empty() {
        return;
    }
    // Kea: whom an entry is for says who gets its value, not whether it is always or never sent.
    let always = scopes.iter().flat_map(|scope| scope.options.space(dialect.space));
    let always = always.filter(|option| option.always_send).map(|option| option.code);
    let mut wanted: Vec<u16> = asked.codes.iter().copied().chain(always).chain(dialect.basic.iter().copied()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    for code in wanted {
        if code == dialect.vendor_options || dialect.computed.contains(&code) || reply.has(code) {
            continue;
        }
        values(&scopes, course, code, |option| {
            if dialect.divided == Some(code) {
                pieces(&option.value).for_each(|piece| reply.add(code, piece));
            } else {
                reply.add(code, &*option.value);
            }
        });
        if dialect.basic.contains(&code) && !reply.has(code) {
            // Kea: what everybody gets is sent even where it is configured never to be.
            let mut all = scopes.iter().flat_map(|scope| scope.options.all(dialect.space, code, &course.classes));
            all.next().into_iter().for_each(|option| reply.add(code, &*option.value));
        }
        trace(course, &scopes, code, reply.has(code));
    }
    vendor(course, &scopes, asked, reply);
}

/// Options with where they were configured.
pub(crate) struct Scope<'a> {
    origin: Origin<'a>,
    pub(crate) options: &'a OptionSet,
}

/// Where options are configured.
enum Origin<'a> {
    Host,
    Pool(&'a Pool),
    Subnet(SubnetId),
    Network(&'a str),
    Class(&'a ClassName),
    Global,
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("the reservation"),
            Self::Pool(pool) => write!(f, "pool {}-{}", pool.range.first_address(), pool.range.last_address()),
            Self::Subnet(id) => write!(f, "subnet {id}"),
            Self::Network(name) => write!(f, "shared network {name}"),
            Self::Class(name) => write!(f, "class {name}"),
            Self::Global => f.write_str("the global options"),
        }
    }
}

/// Tells where an option was found, in order of precedence, and whether it is sent.
fn trace(course: &mut Course<'_>, scopes: &[Scope<'_>], code: u16, sent: bool) {
    if !course.datagram.trace {
        return;
    }
    let found: Box<[Box<str>]> =
        holders(scopes, course, code).map(|(scope, _)| scope.origin.to_string().into()).collect();
    if !found.is_empty() {
        course.tell(Event::Step(Step::Option { code, found, sent }));
    }
}

/// Lists the scopes that count for the client, most specific first.
pub(crate) fn scopes<'a>(course: &Course<'a>) -> Vec<Scope<'a>> {
    let model = course.model;
    let mut scopes = Vec::new();
    let mut add = |origin: Origin<'a>, options: &'a OptionSet| {
        if !options.is_empty() {
            scopes.push(Scope { origin, options });
        }
    };
    if let Some(options) = course.reservations.current(course.subnet).and_then(Host::options) {
        add(Origin::Host, options);
    }
    course.pools_here().for_each(|pool| add(Origin::Pool(pool), &pool.options));
    if let Some(subnet) = course.subnet {
        add(Origin::Subnet(subnet.id), &subnet.options);
        if let Some(network) = model.network_of(subnet) {
            add(Origin::Network(&network.name), &network.options);
        }
    }
    for class in course.classes.iter().filter_map(|name| model.class(name)) {
        add(Origin::Class(&class.name), &class.options);
    }
    add(Origin::Global, &model.options);
    scopes
}

/// Finds the value of one option, if a client of this course gets it at all.
pub(crate) fn value<'a>(course: &Course<'a>, code: u16) -> Option<&'a [u8]> {
    let mut found = None;
    values(&scopes(course), course, code, |option| found = found.or(Some(&*option.value)));
    found
}

/// Finds the value of an option: that of the first scope that has it. Of vendor classes there is one for each enterprise.
fn values<'a>(scopes: &[Scope<'a>], course: &Course<'a>, code: u16, mut take: impl FnMut(&'a ConfiguredOption)) {
    let dialect = dialect(course.model.family);
    if is_never_sent(scopes, dialect, code) {
        return;
    }
    let all = || scopes.iter().flat_map(|scope| scope.options.all(dialect.space, code, &course.classes));
    if code != dialect.vendor_class {
        return all().take(1).for_each(take);
    }
    let mut enterprises = Vec::new();
    for option in all() {
        let enterprise = option.value.first_chunk::<4>();
        if !enterprises.contains(&enterprise) {
            enterprises.push(enterprise);
            take(option);
        }
    }
}

fn is_never_sent(scopes: &[Scope<'_>], dialect: &Dialect, code: u16) -> bool {
    scopes.iter().flat_map(|scope| scope.options.entries(dialect.space, code)).any(|option| option.never_send)
}

/// Finds the scopes that have values of an option for the client, most specific first.
fn holders<'s, 'a>(
    scopes: &'s [Scope<'a>],
    course: &'s Course<'a>,
    code: u16,
) -> impl Iterator<Item = (&'s Scope<'a>, Vec<&'a ConfiguredOption>)> {
    let space = dialect(course.model.family).space;
    let of = move |scope: &'s Scope<'a>| {
        let options: Vec<_> = scope.options.all(space, code, &course.classes).collect();
        (scope, options)
    };
    scopes.iter().map(of).filter(|(_, options)| !options.is_empty())
}

/// Adds the vendor options of every enterprise that the configuration or the client names.
fn vendor<'a>(course: &Course<'a>, scopes: &[Scope<'a>], asked: Asked, reply: &mut Options<'a>) {
    let dialect = dialect(course.model.family);
    let mut clients = asked.vendors;
    clients.sort_by_key(|(enterprise, _)| *enterprise);
    clients.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1.append(&mut later.1);
        }
        same
    });
    // A configured value names an enterprise to those who ask for vendor options.
    let named = named(course, scopes, asked.codes.contains(&dialect.vendor_options));
    let others: Vec<u32> =
        clients.iter().map(|(enterprise, _)| *enterprise).filter(|enterprise| !named.contains(enterprise)).collect();
    for enterprise in named.iter().chain(&others) {
        let requested = clients.iter().find(|(client, _)| client == enterprise);
        let requested = requested.map(|(_, codes)| &**codes).unwrap_or_default();
        let (value, any) = container(course, scopes, *enterprise, requested);
        if any || named.contains(enterprise) {
            reply.add(dialect.vendor_options, value);
        }
    }
}

/// Lists the enterprises the configuration names to a client.
///
/// Kea: the last one of a scope comes first, and all come before those only the client names.
fn named(course: &Course<'_>, scopes: &[Scope<'_>], wants: bool) -> Vec<u32> {
    let dialect = dialect(course.model.family);
    let mut named = Vec::new();
    if is_never_sent(scopes, dialect, dialect.vendor_options) {
        return named;
    }
    for scope in scopes {
        let start = named.len();
        for option in scope.options.all(dialect.space, dialect.vendor_options, &course.classes) {
            if let Ok(enterprise) = Reader::new(&option.value).u32("enterprise number")
                && (wants || option.always_send)
                && !named.contains(&enterprise)
            {
                named.insert(start, enterprise);
            }
        }
    }
    named
}

fn container(course: &Course<'_>, scopes: &[Scope<'_>], enterprise: u32, requested: &[u16]) -> (Vec<u8>, bool) {
    let space = format!("vendor-{enterprise}");
    let entries: Vec<&ConfiguredOption> =
        scopes.iter().flat_map(|scope| scope.options.in_space(&space, &course.classes)).collect();
    let always = entries.iter().filter(|option| option.always_send).map(|option| option.code);
    let mut wanted: Vec<u16> = requested.iter().copied().chain(always).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut writer = Writer::new();
    let mut any = false;
    for code in wanted {
        let mut values = entries.iter().filter(|option| option.code == code);
        if entries.iter().any(|option| option.code == code && option.never_send) {
            continue;
        }
        if let Some(option) = values.next() {
            any = true;
            match course.model.family {
                Family::V4 => writer.option4(u8::try_from(code).unwrap_or_default(), &option.value),
                Family::V6 => writer.option6(code, &option.value),
            }
        }
    }
    let options = writer.finish();
    let mut value = enterprise.to_be_bytes().to_vec();
    // RFC 3925 §4: in DHCPv4 a vendor's options have their length before them.
    value.extend(u8::try_from(options.len()).ok().filter(|_| course.model.family == Family::V4));
    value.extend(options);
    (value, any)
}
