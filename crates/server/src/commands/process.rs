//! Commands about the program itself.

use control::{Access, Answer, Entry};

use super::Served;
use crate::server::Server;
use crate::service::OriginId;
use crate::version;

pub(super) const BUILD_REPORT: Served = Entry {
    names: ["build-report"; 2],
    access: Access::Read,
    brief: "Returns how the program was built.",
    run: |_, _, _| Ok(Answer::success(version::build_report())),
};

pub(super) const LIST_COMMANDS: Served = Entry {
    names: ["list-commands"; 2],
    access: Access::Read,
    brief: "Lists the commands served.",
    run: |server, _, _| {
        Ok(Answer::of(|json| {
            json.list(|list| super::names(server).into_iter().for_each(|name| list.string(name)));
        }))
    },
};

pub(super) const SERVER_TAG_GET: Served = Entry {
    names: ["server-tag-get"; 2],
    access: Access::Read,
    brief: "Returns the server's tag in a shared configuration database.",
    run: |server, _, _| {
        let running = server.running();
        Ok(Answer::of(|json| json.map(|map| map.key("server-tag").string(&running.configuration.server_tag))))
    },
};

pub(super) const SHUTDOWN: Served = Entry {
    names: ["shutdown"; 2],
    access: Access::Write,
    brief: "Ends the program, with an exit value if one is given.",
    run: |server, _, arguments| {
        let value = match arguments.node() {
            None => 0,
            Some(node) if node.as_map().is_none() => return Err(Answer::error("Argument must be a map")),
            Some(_) => match arguments.get("exit-value") {
                None => 0,
                Some(value) => {
                    let number = value.as_integer();
                    let number = number.ok_or_else(|| Answer::error("parameter 'exit-value' is not an integer"))?;
                    // The system keeps the low octet of an exit value.
                    u8::try_from(number.rem_euclid(256)).unwrap_or_default()
                }
            },
        };
        server.stop(value);
        Ok(Answer::success("Shutting down."))
    },
};

pub(super) const STATUS_GET: Served = Entry {
    names: ["status-get"; 2],
    access: Access::Read,
    brief: "Returns how the program is doing.",
    run: |server, _, _| Ok(status(server)),
};

pub(super) const VERSION_GET: Served = Entry {
    names: ["version-get"; 2],
    access: Access::Read,
    brief: "Returns the version.",
    run: |_, family, _| {
        let extended = version::extended(family);
        Ok(Answer::success(version::VERSION).with(|json| json.map(|map| map.key("extended").string(&extended))))
    },
};

fn status(server: &Server) -> Answer {
    let running = server.running();
    let threading = running.configuration.multi_threading;
    let threads = match threading.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        given => usize::from(given),
    };
    let off = server.service.disabled_by();
    let origins = |wanted: fn(u32) -> bool| off.iter().map(|id| id.0).filter(move |id| wanted(*id));
    Answer::of(|json| {
        json.map(|map| {
            map.key("dhcp-state").map(|state| {
                let database: fn(u32) -> bool = |id| id >= 3000;
                let local: fn(u32) -> bool = |id| (1000..2000).contains(&id);
                let remote: fn(u32) -> bool = |id| (2000..3000).contains(&id);
                for (key, kind) in [
                    ("disabled-by-db-connection", database),
                    ("disabled-by-local-command", local),
                    ("disabled-by-remote-command", remote),
                ] {
                    state.key(key).list(|list| origins(kind).for_each(|id| list.literal(id)));
                }
                state.key("disabled-by-user").literal(off.contains(&OriginId::USER));
                state.key("globally-disabled").literal(!off.is_empty());
            });
            if server.family == model::Family::V6 {
                map.key("extended-info-tables").literal(false);
            }
            map.key("multi-threading-enabled").literal(threading.enabled);
            if threading.enabled {
                map.key("packet-queue-size").literal(threading.queue_size);
                map.key("packet-queue-statistics").list(|list| (0..3).for_each(|_| list.literal("0.0")));
            }
            map.key("pid").literal(std::process::id());
            map.key("reload").literal(running.since.elapsed().as_secs());
            map.key("sockets").map(|sockets| {
                let retrying = running.socket_retries < running.configuration.interfaces.max_retries;
                if !running.socket_errors.is_empty() {
                    sockets
                        .key("errors")
                        .list(|list| running.socket_errors.iter().for_each(|error| list.string(error)));
                }
                sockets.key("status").string(match (running.socket_errors.is_empty(), retrying) {
                    (true, _) => "ready",
                    (false, true) => "retrying",
                    (false, false) => "failed",
                });
            });
            if threading.enabled {
                map.key("thread-pool-size").literal(threads);
            }
            map.key("uptime").literal(server.started.elapsed().as_secs());
        });
    })
}
