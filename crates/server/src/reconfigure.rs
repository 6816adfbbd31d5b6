//! From a configuration's text to a server that serves by it: prepare everything that can fail, swap, retire the old.

use std::io::{self, IsTerminal};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use config::json::{Node, Value};
use config::{Configuration, ControlSocket, FileError, Origin, Surroundings};
use control::channel::Endpoint;
use control::{Channel, authenticate::Authentication};
use hooks::user_chk::{self, Registry, RegistryError};
use logging::{Destination, Logs, OutputSpec, Threshold};
use model::{Family, LeaseKind, Severity};
use net::Interfaces;
use store::Durability;
use store::lease::check::LeaseChecks;

use crate::delivery::Delivery;
use crate::dialect::Dialect;
use crate::flags::Flags;
use crate::paths::Paths;
use crate::server::{Desk, Running, Server};
use crate::storage::{Plan, Storage, message};
use crate::{drive, ping, server_id, sockets};

/// Why a configuration is not served.
#[derive(Debug, thiserror::Error)]
pub enum ReconfigureError {
    /// The file cannot be read.
    #[error("Unable to open file {0}")]
    Unreadable(String),
    /// The file's text is wrong.
    #[error(transparent)]
    File(Box<FileError>),
    /// A command's configuration is wrong.
    #[error(transparent)]
    Command(Box<config::ConfigError>),
    /// The interfaces of the system cannot be listed.
    #[error("unable to list interfaces: {0}")]
    Interfaces(#[from] net::InterfaceError),
    /// The lease file cannot be used.
    #[error("Unable to open database: {0}")]
    Database(#[from] store::OpenError),
    /// The system refuses something every server needs.
    #[error("{0}")]
    System(io::Error),
    /// The lease file is to be opened anew, and is being cleaned up.
    #[error("Can not update configuration while lease file cleanup process is running.")]
    CleaningUp,
    /// The server has no DUID.
    #[error(transparent)]
    ServerId(#[from] server_id::ServerIdError),
    /// A control socket cannot be opened.
    #[error(transparent)]
    Channel(#[from] control::ChannelError),
    /// Something configured is not served by this version.
    #[error("{0}")]
    NotServed(String),
    /// Not all sockets could be opened, and all were required.
    #[error("Error initializing sockets: {0}")]
    Sockets(String),
    /// A library cannot do its work.
    #[error("One or more hook libraries failed to load: {0}")]
    Library(#[from] RegistryError),
    /// Addresses cannot be asked whether somebody is there.
    #[error("Error initializing hooks: ICMP socket: {0}{hint}", hint = ping::hint(.0))]
    Icmp(io::Error),
}

/// What a configuration is read with.
pub struct Reader<'a> {
    /// The protocol.
    pub family: Family,
    /// The command line.
    pub flags: &'a Flags,
    /// The directories.
    pub paths: &'a Paths,
    /// The way out for log lines.
    pub delivery: &'a Delivery,
}

impl Reader<'_> {
    /// Reads and checks the configuration file, and logs what that gave rise to.
    ///
    /// # Errors
    /// [`ReconfigureError`]; nothing has changed.
    pub fn file(&self, interfaces: &Interfaces) -> Result<Configuration, ReconfigureError> {
        let name = &self.flags.file;
        let text = read_text(name).ok().ok_or_else(|| ReconfigureError::Unreadable(name.clone()))?;
        let outcome = self.with_surroundings(interfaces, |surroundings| {
            config::from_file_text(self.family, name, &text, &read_text, surroundings)
        });
        self.notices(outcome.map_err(|error| ReconfigureError::File(Box::new(error))))
    }

    /// Checks a configuration that came with a command: the value of `Dhcp6` or `Dhcp4`.
    ///
    /// # Errors
    /// [`ReconfigureError::Command`]; nothing has changed.
    pub fn command(&self, root: &Node, interfaces: &Interfaces) -> Result<Configuration, ReconfigureError> {
        let outcome = self.with_surroundings(interfaces, |surroundings| {
            config::configure(self.family, root, Origin::Command, surroundings)
        });
        let outcome = outcome.map(|configuration| (configuration, Vec::new()));
        self.notices(outcome.map_err(|error| ReconfigureError::Command(Box::new(error))))
    }

    /// Gives the lease file of a configuration.
    ///
    /// # Errors
    /// [`ReconfigureError::NotServed`] if it lies outside the only directory it may be in.
    fn lease_file(&self, configuration: &Configuration) -> Result<std::path::PathBuf, ReconfigureError> {
        let none = Interfaces::new(Vec::new());
        let path =
            self.with_surroundings(&none, |surroundings| configuration.lease_database.path(self.family, surroundings));
        path.map(Into::into).map_err(|text| ReconfigureError::NotServed(format!("Unable to open database: {text}")))
    }

    /// Reads who is registered, if somebody is to be, and logs why that cannot be read.
    fn registry(&self, configuration: &Configuration) -> Result<Option<Registry>, RegistryError> {
        registry(configuration, self.paths).inspect_err(|error| {
            self.delivery
                .log("USER_CHK_HOOK_LOAD_ERROR", format_args!("{} could not be loaded: {error}", user_chk::LIBRARY));
        })
    }

    fn with_surroundings<T>(&self, interfaces: &Interfaces, read: impl FnOnce(&Surroundings<'_>) -> T) -> T {
        with_surroundings(self.paths, self.flags.relaxed, interfaces, read)
    }

    fn notices(
        &self,
        outcome: Result<(Configuration, Vec<config::json::Warning>), ReconfigureError>,
    ) -> Result<Configuration, ReconfigureError> {
        let syntax = self.family.pick("DHCP4_CONFIG_SYNTAX_WARNING", "DHCP6_CONFIG_SYNTAX_WARNING");
        let warn = |warnings: &[config::json::Warning]| {
            for warning in warnings {
                self.delivery.log(syntax, format_args!("configuration syntax warning: {warning}"));
            }
        };
        match outcome {
            Ok((mut configuration, warnings)) => {
                warn(&warnings);
                for notice in std::mem::take(&mut configuration.notices) {
                    self.delivery.log(notice.id, format_args!("{}", notice.text));
                }
                log_backends(self.delivery);
                refuse_unserved(&configuration)?;
                self.registry(&configuration)?;
                durability(&configuration)?;
                Ok(configuration)
            }
            Err(ReconfigureError::File(error)) => {
                warn(match &*error {
                    FileError::Syntax(errors) => &errors.warnings,
                    FileError::Semantic(_, warnings) => warnings,
                });
                Err(ReconfigureError::File(error))
            }
            Err(error) => Err(error),
        }
    }
}

/// Lends what configurations on this machine are held against; `relaxed` passes over paths, as `-X` does.
pub fn with_surroundings<T>(
    paths: &Paths,
    relaxed: bool,
    interfaces: &Interfaces,
    read: impl FnOnce(&Surroundings<'_>) -> T,
) -> T {
    let known: Vec<_> = interfaces.iter().map(sockets::info).collect();
    read(&Surroundings {
        interfaces: &known,
        directories: &paths.directories,
        relaxed,
        file_mode: &mode,
        file_text: &|path| std::fs::read_to_string(path).ok(),
    })
}

/// Reads who is registered; `None` if nobody is to be.
///
/// # Errors
/// [`RegistryError`].
pub fn registry(configuration: &Configuration, paths: &Paths) -> Result<Option<Registry>, RegistryError> {
    let is_wanted = configuration.hooks.iter().any(|hook| hook.name == user_chk::LIBRARY);
    is_wanted.then(|| Registry::open(&paths.user_registry)).transpose()
}

/// What leases, hosts, legal logs and configurations can be kept in, as the log says it.
const BACKENDS: [(&str, &str, &str); 4] = [
    ("DHCPSRV_LEASE_MGR_BACKENDS_REGISTERED", "lease", "memfile"),
    ("HOSTS_BACKENDS_REGISTERED", "host", ""),
    ("DHCPSRV_FORENSIC_BACKENDS_REGISTERED", "forensic", ""),
    ("CONFIG_BACKENDS_REGISTERED", "config", ""),
];

fn log_backends(delivery: &Delivery) {
    for (id, what, types) in BACKENDS {
        delivery.log(id, format_args!("the following {what} backend types are available: {types}"));
    }
}

fn read_text(path: &str) -> io::Result<String> {
    std::fs::read(path).map(|octets| String::from_utf8_lossy(&octets).into_owned())
}

/// Gives the permission bits of a directory, or of a hook library; libraries we stand in for need not exist.
fn mode(path: &str) -> Option<u32> {
    let stands_in = Path::new(path).file_name().and_then(|name| name.to_str());
    match std::fs::metadata(path) {
        Ok(metadata) => Some(metadata.permissions().mode() & 0o7777),
        Err(_) => stands_in.filter(|name| hooks::LIBRARIES.contains(name)).map(|_| 0o644),
    }
}

/// Logs what reading a wrong configuration gave rise to, and the line about the part that is wrong, as parsers do.
pub fn log_parser_failure(family: Family, delivery: &Delivery, error: &ReconfigureError) {
    let semantic = if let ReconfigureError::Command(error) = error {
        Some(&**error)
    } else if let ReconfigureError::File(error) = error {
        semantic_of(error)
    } else {
        None
    };
    if let Some(error) = semantic {
        for notice in &error.notices {
            delivery.log(notice.id, format_args!("{}", notice.text));
        }
        delivery.log(
            family.pick("DHCP4_PARSER_FAIL", "DHCP6_PARSER_FAIL"),
            format_args!("failed to create or run parser for configuration element {}: {}", error.element, error.text),
        );
        log_backends(delivery);
    }
}

/// Says whether the text of a file is wrong already, before its meaning.
pub fn is_syntax(error: &ReconfigureError) -> bool {
    if let ReconfigureError::File(error) = error {
        semantic_of(error).is_none()
    } else {
        matches!(error, ReconfigureError::Unreadable(_))
    }
}

/// Shows all that is wrong with a file, each with its line, if the console is a terminal.
pub fn picture(family: Family, error: &ReconfigureError) -> Option<String> {
    let ReconfigureError::File(error) = error else { return None };
    let source = |name: &str| read_text(name).ok();
    io::stderr().is_terminal().then(|| match &**error {
        FileError::Syntax(errors) => config::diagnostic::render(errors, family, &source, true),
        FileError::Semantic(error, _) => config::diagnostic::render_meaning(error, &source, true),
    })
}

const fn semantic_of(error: &FileError) -> Option<&config::ConfigError> {
    match error {
        FileError::Syntax(_) => None,
        FileError::Semantic(error, _) => Some(error),
    }
}

/// Loads the lease file of a configuration into memory that is thrown away.
///
/// # Errors
/// [`ReconfigureError::Database`].
pub fn try_database(reader: &Reader<'_>, configuration: &Configuration) -> Result<(), ReconfigureError> {
    let path = reader.lease_file(configuration)?;
    let store = store::LeaseStore::new(reader.family);
    store::lease::open::load_one(&store::SystemDisk, &path, &store)?;
    Ok(())
}

/// Logs that a configuration is served now.
pub fn log_complete(server: &Server, running: &Running) {
    let (family, model) = (server.family, &running.configuration.model);
    let ddns = if running.configuration.ddns.is_some() { "enabled" } else { "disabled" };
    server.delivery.log(
        family.pick("DHCP4_CONFIG_COMPLETE", "DHCP6_CONFIG_COMPLETE"),
        format_args!(
            "DHCPv{} server has completed configuration: added {family} subnets: {}; DDNS: {ddns}",
            family.digit(),
            model.subnets.len()
        ),
    );
}

/// Opens everything a configuration needs. What `old` has open and fits is used on.
///
/// # Errors
/// [`ReconfigureError`]; `old` has not noticed.
pub fn prepare(
    reader: &Reader<'_>,
    mut configuration: Configuration,
    interfaces: &Interfaces,
    outlet: &Arc<Delivery>,
    old: Option<&Running>,
) -> Result<Running, ReconfigureError> {
    log_libraries(&configuration, outlet);
    let icmp = ping::open(&configuration.model, old)?;
    let registry = reader.registry(&configuration)?.map(Arc::new);
    let path = reader.lease_file(&configuration)?;
    let plan = Plan::of(reader.family, &configuration.lease_database, path, durability(&configuration)?);
    let storage = storage(reader, plan, outlet, (&configuration, old))?;
    if reader.family == Family::V6 {
        let file = reader.paths.server_id();
        let duid = server_id::establish(&file, &configuration.server_id, interfaces, drive::now())?;
        outlet.log(
            "DHCP6_USING_SERVERID",
            format_args!("server is using server-id {duid} and stores in the file {}", file.display()),
        );
        configuration.model.settings.server_duid = duid;
    }
    let open = old.map_or(&[][..], |old| &old.sockets);
    let sockets = sockets::open(&configuration, interfaces, reader.flags.port, open);
    sockets.log_errors(outlet);
    if !sockets.errors.is_empty() && configuration.interfaces.max_retries == 0 {
        outlet.log(Dialect::of(reader.family).sockets_failed, format_args!("{}", sockets::exhausted(0)));
        if configuration.interfaces.require_all {
            return Err(ReconfigureError::Sockets(sockets.errors.join("; ")));
        }
    }
    if sockets.open.iter().all(|socket| socket.role() == net::Role::Channel) {
        let text = format_args!("no interface configured to listen to DHCP traffic");
        outlet.log("DHCPSRV_NO_SOCKETS_OPEN", text);
    }
    log_allocators(&configuration, outlet);
    let checks = LeaseChecks::from_keyword(&configuration.sanity.lease_checks);
    let moved = checks.is_some_and(|checks| storage.check(&configuration.model, checks, outlet));
    if registry.is_some() {
        outlet.start_records(&reader.paths.user_outcome).map_err(ReconfigureError::System)?;
    }
    let limited = configuration.model.settings.limits.is_some();
    Ok(Running {
        // Kea: a library that is loaded anew has forgotten what it counted.
        rates: limited.then(Arc::default),
        leases_counted: !moved && old.is_some_and(|old| Arc::ptr_eq(&old.storage, &storage)),
        configuration: Arc::new(configuration),
        storage,
        sockets: sockets.open,
        socket_errors: sockets.errors,
        socket_retries: 0,
        registry,
        icmp,
        since: Instant::now(),
    })
}

/// Goes on with the storage of the old configuration if it fits, also while its file is cleaned up; else opens another.
fn storage(
    reader: &Reader<'_>,
    plan: Plan,
    outlet: &Arc<Delivery>,
    (configuration, old): (&Configuration, Option<&Running>),
) -> Result<Arc<Storage>, ReconfigureError> {
    if let Some(old) = old.filter(|old| old.storage.plan().fits(&plan) && old.storage.is_in_place()) {
        return Ok(Arc::clone(&old.storage));
    }
    if old.is_some_and(|old| old.storage.is_cleaning() && old.storage.plan().path == plan.path) {
        return Err(ReconfigureError::CleaningUp);
    }
    let (name, universe) = (&configuration.lease_database.name, reader.family.digit());
    outlet.log(
        "DHCPSRV_MEMFILE_DB",
        format_args!("opening memory file lease database: name={name} type=memfile universe={universe}"),
    );
    let storage = Storage::open(plan, outlet)?;
    if configuration.lease_database.persist {
        let seconds = configuration.lease_database.lfc_interval;
        outlet.log(
            "DHCPSRV_MEMFILE_LFC_SETUP",
            format_args!("setting up the Lease File Cleanup interval to {seconds} sec"),
        );
    }
    Ok(storage)
}

/// Refuses log files outside the only directory they may be in.
///
/// # Errors
/// [`ReconfigureError::NotServed`].
pub fn check_loggers(reader: &Reader<'_>, configuration: &Configuration) -> Result<(), ReconfigureError> {
    let outputs = configuration.loggers.iter().flat_map(|logger| &logger.outputs);
    for output in outputs.filter(|_| !reader.flags.relaxed) {
        if let Destination::File(path) = Destination::parse(&output.output)
            && let Err(text) = config::supported_path(&path.to_string_lossy(), &reader.paths.directories.logs)
        {
            let position = &output.position;
            return Err(ReconfigureError::NotServed(format!("invalid path in `output`: {text} ({position})")));
        }
    }
    Ok(())
}

/// Tells which libraries are in use.
fn log_libraries(configuration: &Configuration, outlet: &Delivery) {
    for library in &configuration.hooks {
        let Some(told) = hooks::told::loaded(&library.name) else { continue };
        outlet.log(&told.id, format_args!("{}", told.text));
        outlet.log("HOOKS_LIBRARY_LOADED", format_args!("hooks library {} successfully loaded", library.path));
    }
}

/// Tells how leases are picked in every subnet.
fn log_allocators(configuration: &Configuration, outlet: &Delivery) {
    if !outlet.logs().enabled(message("DHCPSRV_CFGMGR_USE_ALLOCATOR")) {
        return;
    }
    for subnet in &configuration.model.subnets {
        let kinds = configuration.model.family.pick(&[LeaseKind::V4][..], &[LeaseKind::Na, LeaseKind::Pd]);
        for kind in kinds {
            let (allocator, kind, prefix) = (subnet.allocator_of(*kind), kind.name(), subnet.prefix);
            outlet.log(
                "DHCPSRV_CFGMGR_USE_ALLOCATOR",
                format_args!("using the {allocator} allocator for {kind} leases in subnet {prefix}"),
            );
        }
    }
}

fn refuse_unserved(configuration: &Configuration) -> Result<(), ReconfigureError> {
    let https = configuration.control_sockets.iter().find_map(|socket| match socket {
        ControlSocket::Http { tls: Some(_), position, .. } => Some(position),
        ControlSocket::Http { .. } | ControlSocket::Unix { .. } => None,
    });
    match https {
        Some(position) => Err(ReconfigureError::NotServed(format!(
            "control sockets of type 'https' are not served yet, use 'http' behind a TLS proxy ({position})"
        ))),
        None => Ok(()),
    }
}

/// Reads our own setting out of the user context, where Kea keeps it for us: `nestor: { lease-durability }`.
fn durability(configuration: &Configuration) -> Result<Option<Durability>, ReconfigureError> {
    let setting = configuration
        .user_context
        .as_ref()
        .and_then(|context| context.get("nestor"))
        .and_then(|nestor| nestor.get("lease-durability"));
    let Some(setting) = setting else { return Ok(Some(Durability::Sync)) };
    match setting.as_str() {
        Some("sync") => Ok(Some(Durability::Sync)),
        Some("write") => Ok(Some(Durability::Write)),
        Some("off") => Ok(None),
        _ => Err(ReconfigureError::NotServed(format!(
            "lease-durability must be \"sync\", \"write\" or \"off\" ({})",
            setting.span
        ))),
    }
}

/// Serves by a checked configuration from now on. Gives its hash.
///
/// # Errors
/// [`ReconfigureError`]; the old configuration is served on.
pub fn apply(server: &Arc<Server>, configuration: Configuration) -> Result<Arc<str>, ReconfigureError> {
    let mut channels = server.channels();
    let interfaces = net::interfaces()?;
    let old = server.running();
    let reader =
        Reader { family: server.family, flags: &server.flags, paths: &server.paths, delivery: &server.delivery };
    check_loggers(&reader, &configuration)?;
    let durability = durability(&configuration)?;
    let previous = use_loggers(server.logs(), &configuration, &server.paths, &server.delivery);
    let outcome = prepare(&reader, configuration, &interfaces, &server.delivery, Some(&old))
        .and_then(|running| open_channels(server, &running.configuration, &mut channels).map(|()| running));
    let running = match outcome {
        Ok(running) => running,
        Err(error) => {
            if let Some(previous) = previous {
                drop(server.logs().swap(previous));
            }
            return Err(error);
        }
    };
    if let Some(durability) = durability {
        running.storage.set_durability(durability);
    }
    let configuration = Arc::clone(&running.configuration);
    count_anew(server, &running);
    log_complete(server, &running);
    ping::follow(server, &running);
    drop(old);
    retire(server.swap(running));
    Ok(configuration.shown.hash().into())
}

/// How long somebody may go on with a configuration that was replaced before it is left to them.
const RETIREMENT: Duration = Duration::from_mins(1);

/// Lets a configuration go where nobody waits for it: whoever serves a packet with it must not be the last to hold it, for
/// a large one takes as long to free as many packets take to answer.
fn retire(old: Arc<Running>) {
    let work = move || {
        let until = Instant::now() + RETIREMENT;
        while Arc::strong_count(&old) > 1 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        let configuration = Arc::clone(&old.configuration);
        drop(old);
        while Arc::strong_count(&configuration) > 1 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    // Without a thread it goes here and now.
    drop(std::thread::Builder::new().name("retire".to_owned()).spawn(work));
}

/// Makes the statistics of subnets and pools those of a configuration, and counts what it limits.
pub fn count_anew(server: &Server, running: &Running) {
    let configuration = &running.configuration;
    let (model, counts) = (&configuration.model, || running.storage.store.counts());
    server.statistics().configure(model, configuration.statistics, !running.leases_counted, &counts);
    running.storage.store.tally(running.rates.is_some());
}

/// Opens the channels of a configuration; open ones with the same endpoint stay.
///
/// # Errors
/// [`ReconfigureError::Channel`]; the channels are as they were.
pub fn open_channels(
    server: &Arc<Server>,
    configuration: &Configuration,
    channels: &mut Vec<Channel>,
) -> Result<(), ReconfigureError> {
    let wanted: Vec<Endpoint> = configuration.control_sockets.iter().map(endpoint).collect();
    let mut opened = Vec::new();
    for endpoint in &wanted {
        if channels.iter().any(|channel| channel.endpoint() == endpoint) {
            continue;
        }
        let channel = Channel::open(endpoint.clone(), Arc::new(Desk(Arc::downgrade(server))))?;
        match endpoint {
            Endpoint::Unix(path) => server.delivery.log(
                "COMMAND_ACCEPTOR_START",
                format_args!("Starting to accept connections via unix domain socket bound to {}", path.display()),
            ),
            Endpoint::Http { address, .. } => server.delivery.log(
                "HTTP_COMMAND_MGR_SERVICE_STARTED",
                format_args!("started HTTP service bound to address {} port {}", address.ip(), address.port()),
            ),
        }
        opened.push(channel);
    }
    channels.retain(|channel| wanted.contains(channel.endpoint()));
    channels.append(&mut opened);
    Ok(())
}

fn endpoint(socket: &ControlSocket) -> Endpoint {
    match socket {
        ControlSocket::Unix { path, .. } => Endpoint::Unix(path.into()),
        ControlSocket::Http { address, port, authentication, headers, .. } => Endpoint::Http {
            address: (*address, *port).into(),
            authentication: authentication.as_ref().map_or_else(Authentication::default, |wanted| Authentication {
                realm: wanted.realm.clone(),
                clients: wanted.clients.iter().map(|client| (client.user.clone(), client.password.clone())).collect(),
            }),
            headers: headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
        },
    }
}

/// Logs as a configuration says from now on; gives the old loggers, or `None` if nothing changed because it cannot be done.
pub fn use_loggers(
    logs: &Logs,
    configuration: &Configuration,
    paths: &Paths,
    delivery: &Delivery,
) -> Option<logging::Setup> {
    let specs: Vec<_> = configuration.loggers.iter().map(|spec| logger(spec, paths, delivery)).collect();
    match logs.prepare(&specs) {
        Ok(setup) => Some(logs.swap(setup)),
        Err(error) => {
            delivery.log("NESTOR_LOGGERS_UNUSABLE", format_args!("{error}; logging goes on as before"));
            None
        }
    }
}

fn logger(spec: &config::LoggerSpec, paths: &Paths, delivery: &Delivery) -> logging::LoggerSpec {
    let severity = spec.severity.as_ref().map(|keyword| {
        keyword.parse::<Threshold>().unwrap_or_else(|error| {
            delivery.log("LOG_BAD_SEVERITY", format_args!("{error}"));
            Threshold::From(Severity::Info)
        })
    });
    logging::LoggerSpec {
        name: spec.name.clone().unwrap_or_else(|| delivery.logs().root().to_owned()),
        severity,
        debuglevel: u8::try_from(spec.debuglevel.clamp(0, 99)).unwrap_or_default(),
        outputs: spec.outputs.iter().map(|output| self::output(output, paths)).collect(),
    }
}

fn output(output: &config::LoggerOutput, paths: &Paths) -> OutputSpec {
    let destination = match Destination::parse(&output.output) {
        Destination::File(path) => Destination::File(Path::new(&paths.directories.logs).join(path)),
        other @ (Destination::Stdout | Destination::Stderr | Destination::Syslog(_)) => other,
    };
    OutputSpec {
        flush: output.flush,
        maxsize: output.maxsize,
        maxver: output.maxver,
        pattern: output.pattern.clone(),
        ..OutputSpec::new(destination)
    }
}

/// Finds the configuration in the arguments of a command: the map under `Dhcp6` or `Dhcp4`, and nothing beside it.
///
/// # Errors
/// The sentence that says what is wrong.
pub fn of_arguments(family: Family, arguments: Option<&Node>) -> Result<&Node, String> {
    let key = family.pick("Dhcp4", "Dhcp6");
    let Some(arguments) = arguments else { return Err("Missing mandatory 'arguments' parameter.".to_owned()) };
    let Some(entries) = arguments.as_map() else { return Err("arguments for the command must be a map".to_owned()) };
    let Some(root) = arguments.get(key) else { return Err(format!("Missing mandatory '{key}' parameter.")) };
    if !matches!(root.value, Value::Map(_)) {
        return Err(format!("'{key}' parameter expected to be a map."));
    }
    let mut others = entries.iter().filter(|entry| entry.key != key && entry.key != "hash").map(|entry| &entry.key);
    match (others.next(), others.next()) {
        (None, _) => Ok(root),
        (Some(one), None) => Err(format!("Unsupported '{one}' parameter.")),
        (Some(one), Some(two)) => Err(format!("Unsupported '{one}' parameter (and '{two}').")),
    }
}
