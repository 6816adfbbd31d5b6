//! `loggers` and `hooks-libraries`.

use super::Reader;
use super::sockets::shown;
use crate::fault::{Fault, Read};
use crate::fields::{flag, integer, item_text, list, map, text};
use crate::json::{Node, Value};
use crate::paths::supported_path;
use crate::show::{Shown, made};
use crate::{HookLibrary, LoggerOutput, LoggerSpec};

const HOOK_KEYWORDS: [&str; 4] = ["library", "parameters", "user-context", "comment"];

/// Libraries whose features are served in both families.
const SERVED: [&str; 8] = [
    "libdhcp_class_cmds.so",
    "libdhcp_ddns_tuning.so",
    "libdhcp_flex_id.so",
    "libdhcp_flex_option.so",
    "libdhcp_lease_cmds.so",
    "libdhcp_limits.so",
    "libdhcp_stat_cmds.so",
    "libdhcp_user_chk.so",
];
/// Libraries whose features are served in DHCPv4 alone.
const SERVED_4: [&str; 2] = ["libdhcp_bootp.so", "libdhcp_ping_check.so"];

impl Reader<'_> {
    /// Reads `hooks-libraries`. Whether the files exist is for the shell to find out.
    pub(crate) fn hooks(&mut self, root: &Node) -> Read<(Vec<HookLibrary>, Node)> {
        let (mut hooks, mut shown_hooks, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for node in list(root, "hooks-libraries")? {
            let hook = self.hook(map(node)?)?;
            if (self.surroundings.file_mode)(&hook.path).is_none() {
                missing.push(hook.path.clone());
            }
            hooks.push(hook);
            shown_hooks.push(shown(node));
        }
        if let (false, Some(node)) = (missing.is_empty(), root.get("hooks-libraries")) {
            let text = "hooks libraries failed to validate - library or libraries in error are:";
            return Err(Fault::at(node, format!("{text} {}", missing.join(", "))));
        }
        let own = self.family.pick(&SERVED_4[..], &[]);
        if hooks.iter().any(|hook: &HookLibrary| !SERVED.iter().chain(own).any(|served| *served == hook.name)) {
            self.unserved(self.family.pick(
                "hooks-libraries other than bootp, class_cmds, ddns_tuning, flex_id, flex_option, lease_cmds, limits, ping_check, stat_cmds and user_chk",
                "hooks-libraries other than class_cmds, ddns_tuning, flex_id, flex_option, lease_cmds, limits, stat_cmds and user_chk",
            ));
        }
        self.ping_check(&hooks)?;
        Ok((hooks, made(Value::List(shown_hooks))))
    }

    fn hook(&mut self, node: &Node) -> Read<HookLibrary> {
        for entry in node.as_map().unwrap_or_default() {
            if !HOOK_KEYWORDS.contains(&&*entry.key) {
                return Err(Fault::near(
                    node,
                    format!("unknown hooks library parameter: {}({})", entry.key, node.span),
                ));
            }
        }
        let Some(at) = node.get("library") else {
            return Err(Fault::at(node, "hooks library configuration error: missing mandatory 'library' element"));
        };
        let wrong = |text: String| Fault::at(at, format!("hooks library configuration error: {text}"));
        let Some(written) = at.as_str() else {
            return Err(wrong(
                "value of 'library' element is not a string giving the path to a hooks library".to_owned(),
            ));
        };
        let path = match supported_path(written, &self.surroundings.directories.hooks) {
            Ok(path) => path,
            Err(text) if self.surroundings.relaxed && text.starts_with("invalid path") => written.to_owned(),
            Err(text) => return Err(wrong(text)),
        };
        let name = path.rsplit('/').next().unwrap_or("").to_owned();
        Ok(HookLibrary { path, name, parameters: node.get("parameters").cloned(), position: at.span.clone() })
    }

    /// Reads `loggers`. Levels, severities and files are checked when they are put to use, as Kea does.
    pub(crate) fn loggers(&self, root: &Node) -> Read<(Vec<LoggerSpec>, Option<Node>)> {
        let Some(node) = root.get("loggers") else { return Ok((Vec::new(), None)) };
        let Some(entries) = node.as_list() else { return Ok((Vec::new(), None)) };
        let (mut loggers, mut shown_loggers) = (Vec::new(), Vec::new());
        for entry in entries {
            let (logger, tree) = self.logger(entry)?;
            loggers.push(logger);
            shown_loggers.push(tree);
        }
        Ok((loggers, Some(made(Value::List(shown_loggers)))))
    }

    fn logger(&self, entry: &Node) -> Read<(LoggerSpec, Node)> {
        let name = text(entry, "name")?;
        let severity = text(entry, "severity")?;
        let debuglevel = integer(entry, "debuglevel")?.unwrap_or(0);
        let (mut outputs, mut shown_outputs) = (Vec::new(), Vec::new());
        for output in list(entry, "output-options")? {
            let (output, tree) = self.output(output)?;
            outputs.push(output);
            shown_outputs.push(tree);
        }
        let mut tree = Shown::new();
        tree.set("name", name.unwrap_or(""))
            .set("severity", severity.unwrap_or("INFO").to_ascii_uppercase())
            .set("debuglevel", Value::Integer(debuglevel))
            .context(entry);
        if !outputs.is_empty() {
            tree.set("output-options", shown_outputs);
        }
        let logger = LoggerSpec {
            name: name.map(str::to_owned),
            severity: severity.map(str::to_owned),
            debuglevel: i64::try_from(debuglevel).unwrap_or(i64::MAX),
            debuglevel_position: entry.get("debuglevel").map(|node| node.span.clone()),
            outputs,
            position: entry.span.clone(),
        };
        Ok((logger, tree.finish()))
    }

    fn output(&self, node: &Node) -> Read<(LoggerOutput, Node)> {
        let written = text(node, "output")?.unwrap_or("");
        let number = |key, default| Ok::<_, Fault>(integer(node, key)?.unwrap_or(default));
        let output = LoggerOutput {
            output: written.to_owned(),
            flush: flag(node, "flush")?.unwrap_or(true),
            maxsize: u64::try_from(number("maxsize", 10_240_000)?).unwrap_or(0),
            maxver: u32::try_from(number("maxver", 1)?).unwrap_or(1),
            pattern: pattern(node)?,
            position: node.get("output").unwrap_or(node).span.clone(),
        };
        let is_file = !matches!(written, "stdout" | "stderr") && !written.starts_with("syslog");
        let path = supported_path(written, &self.surroundings.directories.logs);
        let mut tree = Shown::new();
        tree.set("output", if is_file { path.unwrap_or_else(|_| written.to_owned()) } else { written.to_owned() })
            .set("flush", output.flush)
            .set("pattern", node.get("pattern").map_or_else(|| "".into(), |at| at.value.clone()));
        if is_file {
            tree.set("maxsize", Value::Integer(i128::from(output.maxsize))).set("maxver", output.maxver);
        }
        Ok((output, tree.finish()))
    }
}

/// Reads a pattern: one string, or several that are parts of it.
fn pattern(node: &Node) -> Read<String> {
    match node.get("pattern").and_then(Node::as_list) {
        Some(parts) => parts.iter().map(item_text).collect(),
        None => Ok(text(node, "pattern")?.unwrap_or("").to_owned()),
    }
}
