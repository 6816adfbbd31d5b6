//! `libdhcp_class_cmds.so`: client classes looked at, added, changed and deleted.
//!
//! A change edits the configuration served and takes the road of any other: what is wrong with it changes nothing.

use config::Configuration;
use config::json::{Entry as Member, Node, Value, print};
use control::{Access, Answer, Arguments, Entry};
use model::class::Test;
use model::{ClientClass, Family};

use crate::{Desk, Served};

/// The file name of the Kea library this stands for.
pub const LIBRARY: &str = "libdhcp_class_cmds.so";

/// The commands of the library.
pub(crate) const COMMANDS: &[&Served] = &[&CLASS_ADD, &CLASS_DEL, &CLASS_GET, &CLASS_LIST, &CLASS_UPDATE];

const CLASS_ADD: Served = Entry {
    names: ["class-add"; 2],
    access: Access::Write,
    brief: "Adds a client class behind all others.",
    run: |desk, _, arguments| change(desk, arguments, Purpose::Add),
};

const CLASS_UPDATE: Served = Entry {
    names: ["class-update"; 2],
    access: Access::Write,
    brief: "Puts a client class in place of the one of its name.",
    run: |desk, _, arguments| change(desk, arguments, Purpose::Update),
};

const CLASS_DEL: Served = Entry {
    names: ["class-del"; 2],
    access: Access::Write,
    brief: "Deletes a client class that no other one asks for.",
    run: |desk, _, arguments| delete(desk, arguments),
};

const CLASS_GET: Served = Entry {
    names: ["class-get"; 2],
    access: Access::Read,
    brief: "Returns the definition of a client class.",
    run: |desk, _, arguments| get(desk, arguments),
};

const CLASS_LIST: Served = Entry {
    names: ["class-list"; 2],
    access: Access::Read,
    brief: "Returns the names of all client classes.",
    run: |desk, _, _| Ok(list(desk)),
};

/// Where classes stand.
const CLASSES: &str = "client-classes";
/// What a class may be told in both families.
const KEYWORDS: [&str; 12] = [
    "name",
    "test",
    "template-test",
    "option-data",
    "valid-lifetime",
    "min-valid-lifetime",
    "max-valid-lifetime",
    "only-if-required",
    "only-in-additional-list",
    "user-context",
    "comment",
    "option-def",
];
const KEYWORDS_4: [&str; 4] = ["next-server", "server-hostname", "boot-file-name", "offer-lifetime"];
const KEYWORDS_6: [&str; 3] = ["preferred-lifetime", "min-preferred-lifetime", "max-preferred-lifetime"];

/// Whether a class is new.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Add,
    Update,
}

fn change(desk: &Desk, arguments: Arguments<'_>, purpose: Purpose) -> Result<Answer, Answer> {
    let class = definition(desk, arguments)?;
    let name = class.get("name").and_then(Node::as_str).unwrap_or_default();
    let mut classes = defined(desk);
    let place = classes.iter().position(|there| is_named(there, name));
    let verb = match (purpose, place) {
        (Purpose::Add, Some(_)) => {
            return Err(Answer::error(format!("Can't add class: Client Class: {name} has already been defined")));
        }
        (Purpose::Add, None) => {
            classes.push(class.clone());
            "added"
        }
        // Kea: what is wrong with a class is only looked for if there is one of its name.
        (Purpose::Update, None) => return Err(Answer::empty(format!("Class '{name}' is not found"))),
        (Purpose::Update, Some(place)) => {
            if let Some(there) = classes.get_mut(place) {
                *there = class.clone();
            }
            "updated"
        }
    };
    let changed = checked(desk, classes)?;
    if purpose == Purpose::Update {
        keeps_its_place_in_time(desk, &changed, name)?;
    }
    desk.configurator.serve(changed).map_err(Answer::error)?;
    Ok(Answer::success(format!("Class '{name}' {verb}")))
}

/// Refuses a change to whether a class waits for reservations, by which others may go.
fn keeps_its_place_in_time(desk: &Desk, changed: &Configuration, name: &str) -> Result<(), Answer> {
    let waits = |configuration: &Configuration| {
        let mut classes = configuration.model.settings.classes.iter();
        classes.find(|class| class.name.as_str() == name).is_some_and(|class| class.depends_on_known)
    };
    if waits(&desk.configuration) == waits(changed) {
        return Ok(());
    }
    Err(Answer::error(format!(
        "modification of the class '{name}' would affect its dependency on the KNOWN and/or UNKNOWN built-in classes. Such \
         modification is not allowed because there may be other classes depending on those built-ins via the updated class"
    )))
}

fn delete(desk: &Desk, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    let name = named(arguments)?;
    let classes = &desk.configuration.model.settings.classes;
    if !classes.iter().any(|class| class.name.as_str() == name) {
        return Err(Answer::empty(format!("Class '{name}' not found")));
    }
    if let Some(user) = classes.iter().find(|class| asks_for(class, name)) {
        return Err(Answer::error(format!("Class '{name}' is used by class '{}'", user.name)));
    }
    let mut left = defined(desk);
    left.retain(|class| !is_named(class, name));
    let changed = checked(desk, left)?;
    desk.configurator.serve(changed).map_err(Answer::error)?;
    Ok(Answer::success(format!("Class '{name}' deleted")))
}

fn asks_for(class: &ClientClass, name: &str) -> bool {
    let asked = match &class.test {
        None => Vec::new(),
        Some(Test::Holds(test)) => test.classes(),
        Some(Test::Template(test)) => test.classes(),
    };
    asked.iter().any(|asked| asked.as_str() == name)
}

fn get(desk: &Desk, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    let name = named(arguments)?;
    let found = defined(desk).into_iter().find(|class| is_named(class, name));
    let class = found.ok_or_else(|| Answer::empty(format!("Class '{name}' not found")))?;
    let text = print::compact(&class);
    Ok(Answer::success(format!("Class '{name}' definition returned"))
        .with(|json| json.map(|map| map.key(CLASSES).list(|list| list.raw(&text)))))
}

fn list(desk: &Desk) -> Answer {
    let classes = &desk.configuration.model.settings.classes;
    let noun = if classes.len() == 1 { "class" } else { "classes" };
    let text = format!("{} {noun} found", classes.len());
    let answer = if classes.is_empty() { Answer::empty(text) } else { Answer::success(text) };
    answer.with(|json| {
        json.map(|map| {
            map.key(CLASSES).list(|list| {
                for class in classes {
                    list.map(|map| map.key("name").string(class.name.as_str()));
                }
            });
        });
    })
}

/// Lists the classes of the configuration served, as it shows them.
fn defined(desk: &Desk) -> Vec<Node> {
    let tree = desk.configuration.shown.tree();
    tree.get(CLASSES).and_then(Node::as_list).unwrap_or_default().to_vec()
}

fn is_named(class: &Node, name: &str) -> bool {
    class.get("name").and_then(Node::as_str) == Some(name)
}

/// Reads the configuration served with other classes.
fn checked(desk: &Desk, classes: Vec<Node>) -> Result<Configuration, Answer> {
    let mut root = desk.configuration.shown.tree();
    let span = root.span.clone();
    if let Value::Map(members) = &mut root.value {
        members.retain(|member| member.key != CLASSES);
        let value = Node { value: Value::List(classes), span };
        members.push(Member { key: CLASSES.into(), value });
    }
    desk.configurator.check(&root).map_err(Answer::error)
}

/// Reads the class a command brings.
fn definition<'a>(desk: &Desk, arguments: Arguments<'a>) -> Result<&'a Node, Answer> {
    let (command, map) = (arguments.command(), only(arguments, "'client-classes' list")?);
    let list = map.get(CLASSES);
    let list =
        list.ok_or_else(|| Answer::error(format!("missing '{CLASSES}' argument for the '{command}' command")))?;
    let wrong = || Answer::error(format!("'{CLASSES}' argument specified for the '{command}' command is not a list"));
    let [class] = list.as_list().ok_or_else(wrong)? else {
        let text = format!("invalid number of classes specified for the '{command}' command. Expected one class");
        return Err(Answer::error(text));
    };
    let Some(members) = class.as_map() else {
        let text = format!("invalid class definition specified for the '{command}' command. Expected a map");
        return Err(Answer::error(text));
    };
    let own = match desk.configuration.model.family {
        Family::V4 => &KEYWORDS_4[..],
        Family::V6 => &KEYWORDS_6[..],
    };
    let mut unknown = members.iter().filter(|member| !KEYWORDS.iter().chain(own).any(|known| *known == member.key));
    match unknown.next() {
        Some(member) => Err(Answer::error(format!("unsupported client class parameter '{}'", member.key))),
        None => Ok(class),
    }
}

/// Reads the name of the class a command is about.
fn named(arguments: Arguments<'_>) -> Result<&str, Answer> {
    let (command, map) = (arguments.command(), only(arguments, "'name' string")?);
    let node = map.get("name");
    let node = node.ok_or_else(|| Answer::error(format!("missing 'name' argument for the '{command}' command")))?;
    let wrong = || Answer::error(format!("'name' argument specified for the '{command}' command is not a string"));
    node.as_str().ok_or_else(wrong)
}

/// Lends the arguments of a command that takes one.
fn only<'a>(arguments: Arguments<'a>, expected: &str) -> Result<&'a Node, Answer> {
    let command = arguments.command();
    let invalid = |why: &str| Answer::error(format!("invalid command '{command}': {why}"));
    let node = arguments.node().ok_or_else(|| invalid("no arguments specified"))?;
    let Some(members) = node.as_map() else {
        let kind = node.value.type_name();
        return Err(invalid(&format!("expected 'arguments' to be a map, got {kind} instead")));
    };
    match members.len() {
        0 => Err(invalid("'arguments' is empty")),
        1 => Ok(node),
        count => {
            let text = format!("invalid number of arguments {count} for the '{command}' command. Expecting {expected}");
            Err(Answer::error(text))
        }
    }
}
