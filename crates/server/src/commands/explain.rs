//! The command that says what a client would be answered now, and why. Kea has none like it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use config::json::{Node, Value};
use control::{Access, Answer, Arguments, Entry};
use hooks::limits::Rates;
use model::{Family, UnixTime};
use net::{Role, Socket};

use super::Served;
use crate::explain::{Question, Scene, tell};
use crate::server::{Running, Server};
use crate::{drive, sockets};

pub(super) const NESTOR_EXPLAIN: Served = Entry {
    names: ["nestor-explain"; 2],
    access: Access::Read,
    brief: "Says what a client would be answered, and why; nothing is changed.",
    run: explain,
};

fn explain(server: &Arc<Server>, _: Family, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    let question = question(arguments.given()).map_err(Answer::error)?;
    let running = server.running();
    let socket = socket_of(&running, &question);
    let of = |address: &IpAddr| if let IpAddr::V4(address) = address { Some(*address) } else { None };
    let own = socket.and_then(|socket| socket.addresses().iter().find_map(of));
    let leases = running.storage.store.facts();
    let counted = running.rates.as_ref().map(|rates| rates.over(&leases, Rates::now()));
    let users = running.registry.as_ref().map(|registry| drive::users(server, registry));
    let scene = Scene {
        configuration: &running.configuration,
        leases: counted.as_ref().map_or(&leases, |counted| counted),
        users: users.as_deref(),
        interface: question.client.interface.as_deref().or(socket.map(|socket| socket.interface())).unwrap_or_default(),
        local: question.server.or(own).unwrap_or(Ipv4Addr::UNSPECIFIED),
        served: &sockets::served(&running.sockets),
        raw: socket.is_none_or(|socket| socket.role() == Role::Raw),
        at: question.at.map_or_else(drive::now, UnixTime),
    };
    let lines = tell(&question, &scene).map_err(Answer::error)?;
    let verdict = lines.last().map(|line| line.trim_start_matches("verdict: ").to_owned()).unwrap_or_default();
    let answer = Answer::success(verdict);
    Ok(answer.with(|json| {
        json.map(|map| {
            map.key("family").literal(server.family.digit());
            map.key("lines").list(|list| lines.iter().for_each(|line| list.string(line)));
        });
    }))
}

/// Reads the words of the question out of the arguments: each a string, some a number, or a list of them.
fn question(node: Option<&Node>) -> Result<Question, String> {
    let mut question = Question::default();
    let Some(node) = node else { return Ok(question) };
    for entry in node.as_map().ok_or("arguments must be a map")? {
        let values = entry.value.as_list().unwrap_or(std::slice::from_ref(&entry.value));
        for value in values {
            let text = match &value.value {
                Value::String(text) => (**text).to_owned(),
                Value::Integer(number) => number.to_string(),
                Value::Null
                | Value::Boolean(_)
                | Value::Real(_)
                | Value::Map(_)
                | Value::List(_)
                | Value::Printed(_) => {
                    return Err(format!("'{}' must be a string", entry.key));
                }
            };
            let known = question.say(&entry.key, &text).map_err(|why| format!("'{}': {why}", entry.key))?;
            if !known {
                return Err(format!("unknown entry '{}'", entry.key));
            }
        }
    }
    Ok(question)
}

/// Finds the socket the client would be heard by: on the interface named, or with the address it sends to, or any.
fn socket_of<'a>(running: &'a Running, question: &Question) -> Option<&'a Arc<Socket>> {
    let sockets = &running.sockets;
    if let Some(named) = &question.client.interface {
        return sockets::by(sockets, named);
    }
    let to = question.to;
    let asked = sockets.iter().find(|socket| to.is_some_and(|to| socket.addresses().contains(&to)));
    asked.or_else(|| sockets.iter().find(|socket| socket.role() != Role::Channel))
}
